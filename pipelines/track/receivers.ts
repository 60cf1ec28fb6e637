/** Which receivers heard a vessel lately. */
import type { Duration, Instant } from '../../core/time.ts';
import { mostReceivers, of, type Track } from './tracks.ts';

/** Few combinations of receivers hear many vessels: each is one array. */
export type Combinations = Map<string, readonly string[]>;

const mostCombinations = 4096;

const shared = (combinations: Combinations, devices: readonly string[]): readonly string[] => {
  const name = devices.join(' ');
  const known = combinations.get(name);
  if (known !== undefined) return known;
  if (combinations.size < mostCombinations) combinations.set(name, devices);
  return devices;
};

/** The device heard it at `time`; those that did not hear it within `lately` are let go, and one beyond the most. */
export const hear = (
  track: Track,
  device: string,
  time: Instant,
  lately: Duration,
  combinations: Combinations,
): void => {
  const { numbers, offset } = track;
  const first = offset + of.heard;
  const index = track.receivers.indexOf(device);
  let isSame = index >= 0;
  if (isSame) numbers[first + index] = Math.max(time, numbers[first + index] ?? time);
  for (let other = 0; isSame && other < track.receivers.length; other++)
    if (other !== index && Math.abs(time - (numbers[first + other] ?? 0)) > lately) isSame = false;
  if (isSame) return;
  const heard = track.receivers.map((name, other) => ({ name, time: numbers[first + other] ?? 0 }));
  if (index < 0) heard.push({ name: device, time });
  const kept = heard
    .filter(other => other.name === device || Math.abs(time - other.time) <= lately)
    .toSorted((a, b) => Number(b.name === device) - Number(a.name === device) || b.time - a.time)
    .slice(0, mostReceivers)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  track.receivers = shared(
    combinations,
    kept.map(({ name }) => name),
  );
  for (const [position, other] of kept.entries()) numbers[first + position] = other.time;
};
