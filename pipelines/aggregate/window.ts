/** The open periods of devices, and how they are saved. */
import { z } from 'zod';
import { isQuantity, type QuantityName } from '../../core/quantity.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { Period } from './mean.ts';
import { createSeen, restoreChunk, type Seen } from './seen.ts';
import { encodeTally, storedTally, type Tally } from './tally.ts';
import { restoreTold, type Told } from './told.ts';

/**
 * Samples for a period that was told before, or that the device's clock dates ahead of ours, are told apart: a period's
 * own event is told once, so what would have its id must not hold anything else.
 */
export interface Window extends Period {
  /** Under which it is saved. */
  readonly key: string;
  readonly tallies: Map<QuantityName, Tally>;
  /** Steady time of what came last; undefined until the first tick after it. */
  touched: Duration | undefined;
  /** End of the latest of the shorter periods that it was made of; its start before the first. */
  filledTo: Instant;
}

export interface DeviceState {
  /** By length and start. */
  readonly windows: Map<string, Window>;
  readonly seen: Seen;
  /**
   * By length, times whose periods' own events were told: more than one where the clock was set. The latest to grow is
   * the last.
   */
  readonly told: Map<Duration, Told[]>;
  /** Whole hours that were told, by their start: what the moving mean is made of. */
  readonly hours: Map<Instant, Map<QuantityName, Tally>>;
}

export const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const slotOf = (length: Duration, start: Instant): string => `${length}/${start}`;
export const windowKey = (device: string, start: Instant, length: Duration, isShortest: boolean): string =>
  isShortest ? `window/${device}/${start}` : `window/${device}/${start}/${length}`;
export const toldKey = (device: string, length: Duration, isShortest: boolean): string =>
  isShortest ? `until/${device}` : `until/${device}/${length}`;
export const chunkKey = (device: string, chunk: number): string => `seen/${device}/${chunk}`;
export const hourKey = (device: string, start: Instant): string => `hour/${device}/${start}`;

const encodeTallies = (tallies: ReadonlyMap<QuantityName, Tally>): object =>
  Object.fromEntries([...tallies].map(([name, tally]) => [name, encodeTally(tally)]));

export const encodeWindow = ({ start, length, supplement, filledTo, tallies }: Window): Uint8Array =>
  encode({ length, supplement, ...(filledTo > start && { filledTo }), tallies: encodeTallies(tallies) });

export const encodeHour = (tallies: ReadonlyMap<QuantityName, Tally>): Uint8Array => encode(encodeTallies(tallies));

const storedTallies = z
  .record(z.string(), storedTally)
  .transform(
    tallies =>
      new Map(
        Object.entries(tallies).flatMap(([name, tally]): [QuantityName, Tally][] =>
          isQuantity(name) ? [[name, tally]] : [],
        ),
      ),
  );
const storedWindow = z.object({
  length: z.number(),
  supplement: z.number().optional(),
  filledTo: z.number().optional(),
  tallies: storedTallies,
});

export const deviceIn = (devices: Map<string, DeviceState>, device: string): DeviceState => {
  let found = devices.get(device);
  if (found === undefined) {
    found = { windows: new Map(), seen: createSeen(), told: new Map(), hours: new Map() };
    devices.set(device, found);
  }
  return found;
};

/** `shortest` is the length of the periods that are made of samples. Throws ZodError for what was never saved. */
export const restoreDevices = (
  saved: ReadonlyMap<string, Uint8Array>,
  shortest: Duration,
): Map<string, DeviceState> => {
  const devices = new Map<string, DeviceState>();
  const chunks: { readonly device: string; readonly number: number; readonly raw: unknown }[] = [];
  const decoder = new TextDecoder();
  for (const [key, value] of saved) {
    const [kind = '', device = '', rest = '', length = ''] = key.split('/');
    const raw: unknown = JSON.parse(decoder.decode(value));
    const known = deviceIn(devices, device);
    if (kind === 'until') known.told.set(rest === '' ? shortest : Number(rest), restoreTold(raw));
    else if (kind === 'seen') chunks.push({ device, number: Number(rest), raw });
    else if (kind === 'hour') known.hours.set(Number(rest), storedTallies.parse(raw));
    else if (kind === 'window') {
      const window = storedWindow.parse(raw);
      const start = Number(rest);
      const slot = slotOf(length === '' ? window.length : Number(length), start);
      known.windows.set(slot, {
        ...window,
        supplement: window.supplement,
        key,
        device,
        start,
        touched: undefined,
        filledTo: window.filledTo ?? start,
      });
    }
  }
  chunks.sort((a, b) => a.number - b.number);
  for (const { device, number, raw } of chunks) restoreChunk(deviceIn(devices, device).seen, number, raw);
  return devices;
};
