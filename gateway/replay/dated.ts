/**
 * A time for each record of a recording: its own, or that of the one before, or one that is assumed. The clock of a
 * recording only goes on, and does not follow one record alone into the future.
 */
import { GatewayError } from '../../core/errors.ts';
import { type Duration, hours, type Instant, minutes } from '../../core/time.ts';
import type { Recorded } from './recording.ts';

export interface Dated {
  readonly bytes: Uint8Array;
  readonly time: Instant;
}

/** How the records of a recording that tells no time are dated: one after the other from `start` on. */
export interface AssumedTime {
  readonly start: Instant;
  readonly every: Duration;
}

/**
 * Of a record: why it was not dated by the time that it tells, but by that of those around it. `start-not-used` once for a
 * recording that tells times of its own, although one was assumed.
 */
export type Doubt = 'time-before-the-last' | 'time-far-ahead' | 'start-not-used';

export interface Dating {
  /** Of the recording, for people. */
  readonly name: string;
  readonly assumed?: AssumedTime | undefined;
  readonly onDoubt?: (doubt: Doubt) => void;
}

/** So far ahead of what was told before, a time waits for the next one: one broken clock must not take away a year. */
const farAhead = hours(1);
/** The sources of one feed are seconds apart, which is nothing to tell of. */
const outOfOrder = minutes(1);
/** So many bytes may wait for a time. */
const waitingAtMost = 16 * 2 ** 20;

/** Throws `config` when it tells no time and none is assumed. */
export async function* dated(
  records: AsyncIterable<Recorded> | Iterable<Recorded>,
  { name, assumed, onDoubt = () => {} }: Dating,
): AsyncGenerator<Dated, void> {
  let latest: Instant | undefined;
  /** What was told last, where that is far ahead of `latest`, or the first. */
  let ahead: Instant | undefined;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  /** Set once nothing told a time for too long. */
  let next = assumed?.start;
  let tellsNone = false;

  const wait = (bytes: Uint8Array): void => {
    // It may be a part of a buffer that is read into again.
    waiting.push(Uint8Array.from(bytes));
    waitingBytes += bytes.length;
  };
  const release = function* (timeOf: () => Instant): Generator<Dated, void> {
    const released = waiting;
    waiting = [];
    waitingBytes = 0;
    for (const bytes of released) yield { bytes, time: timeOf() };
  };
  const assume = (): Instant => {
    if (assumed === undefined || next === undefined)
      throw new GatewayError('config', `${name} does not tell when it was recorded`, {
        advice: 'Say when it began, and how far its records are apart: --start 2026-11-23T08:00:00Z --every 100ms.',
      });
    const time = next;
    next += assumed.every;
    return time;
  };
  const believe = function* (time: Instant): Generator<Dated, void> {
    if (latest === undefined && assumed !== undefined) onDoubt('start-not-used');
    yield* release(() => time);
    latest = time;
    ahead = undefined;
  };

  for await (const { bytes, time } of records) {
    if (tellsNone) {
      yield { bytes, time: assume() };
      continue;
    }
    if (ahead !== undefined && time !== undefined) {
      if (time >= ahead - farAhead) yield* believe(ahead);
      else {
        onDoubt('time-far-ahead');
        const known = latest;
        if (known !== undefined) yield* release(() => known);
        ahead = undefined;
      }
    }
    if (ahead === undefined && time !== undefined && (latest === undefined || time > latest + farAhead)) ahead = time;
    if (ahead === undefined && latest !== undefined) {
      if (time !== undefined && time < latest - outOfOrder) onDoubt('time-before-the-last');
      latest = Math.max(latest, time ?? latest);
      yield { bytes, time: latest };
      continue;
    }
    wait(bytes);
    if (waitingBytes <= waitingAtMost) continue;
    if (ahead !== undefined) yield* believe(ahead);
    else {
      tellsNone = true;
      yield* release(assume);
    }
  }
  if (ahead !== undefined) yield* believe(ahead);
  else yield* release(assume);
}
