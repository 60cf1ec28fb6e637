/**
 * How many vessels each receiver hears in a period, against what it usually hears at that time of the day: a receiver
 * whose antenna fell still sends, but hears only what is near.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, hours, type Instant } from '../../core/time.ts';
import type { TrackConfig } from './config.ts';
import { deafnessCleared, deafnessRaised, type Hearing } from './events.ts';
import { mix } from './mix.ts';

/** A share of vessels that hash to a bit already set is estimated away: exact within 1 % up to 100 000 vessels. */
const sketchBits = 65_536;

interface Heard {
  readonly bits: Uint8Array;
  /** Bits that are set. */
  count: number;
}

interface Receiver {
  /** In the current period; made when it hears something. */
  heard: Heard | undefined;
  /** Periods that it could hear all of, oldest first. */
  readonly history: { readonly start: Instant; readonly count: number }[];
  deafness: { readonly since: Instant; periods: number } | undefined;
}

export interface HearingState {
  readonly receivers: Map<string, Receiver>;
  /** Undefined before the first tick. Only a period that was lived through from its start is judged. */
  period: { readonly start: Instant; readonly isWhole: boolean } | undefined;
}

/** Four weeks of hours. */
const longestHistory = 672;
const day = hours(24);
/** So many periods of the same time of the day are a measure of their own. */
const enoughAtThisTime = 5;
/** Ticks come about every second, and later on a busy machine. */
const tickSlack = 10_000;

const stored = z.object({
  period: z.number(),
  history: z.array(z.tuple([z.number(), z.number()])),
  deafness: z.object({ since: z.number(), periods: z.number() }).exactOptional(),
});

export const createHearing = (): HearingState => ({ receivers: new Map(), period: undefined });

/** What was heard in periods of another length is no measure; a deafness that was found by it ends as superseded. */
export const restoreReceiver = (
  { receivers }: HearingState,
  device: string,
  raw: unknown,
  { deafness: { period: length } }: TrackConfig,
): void => {
  const { period, history, deafness } = stored.parse(raw);
  receivers.set(device, {
    heard: undefined,
    history: period === length ? history.map(([start, count]) => ({ start, count })) : [],
    deafness,
  });
};

const encode = ({ history, deafness }: Receiver, period: Duration): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      period,
      history: history.map(({ start, count }) => [start, count]),
      ...(deafness !== undefined && { deafness }),
    }),
  );

export const countHeard = ({ receivers }: HearingState, device: string, mmsi: number): void => {
  let receiver = receivers.get(device);
  if (receiver === undefined) {
    receiver = { heard: undefined, history: [], deafness: undefined };
    receivers.set(device, receiver);
  }
  receiver.heard ??= { bits: new Uint8Array(sketchBits / 8), count: 0 };
  const bit = mix(0, mmsi) & (sketchBits - 1);
  const mask = 1 << (bit & 7);
  const { bits } = receiver.heard;
  const byte = bits[bit >>> 3] ?? 0;
  if ((byte & mask) !== 0) return;
  bits[bit >>> 3] = byte | mask;
  receiver.heard.count++;
};

/** Linear counting: K.-Y. Whang and others, ACM Transactions on Database Systems 15 (1990) 208. */
const estimate = (heard: Heard | undefined): number => {
  if (heard === undefined) return 0;
  const free = Math.max(1, sketchBits - heard.count);
  return Math.round(-sketchBits * Math.log(free / sketchBits));
};

/** The value that `share` of the values are not above. */
const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
};

/**
 * What it usually hears in a period that begins at `start`: as long as little is known of this time of the day, what it
 * hears in nine of ten periods, since fleets sleep at night.
 */
const usualOf = ({ history }: Receiver, start: Instant): number => {
  const here = history.filter(period => (start - period.start) % day === 0);
  const isEnough = here.length >= enoughAtThisTime;
  return quantile(
    (isEnough ? here : history).map(({ count }) => count),
    isEnough ? 0.5 : 0.1,
  );
};

type Changes = Map<string, Uint8Array | undefined>;

const keyOf = (device: string): string => `hearing/${device}`;

/** A period of this receiver is over. */
const judge = (
  device: string,
  receiver: Receiver,
  start: Instant,
  { deafness: limits }: TrackConfig,
  site: Site,
): readonly Conclusion[] => {
  const { history, deafness } = receiver;
  const count = estimate(receiver.heard);
  const usual = usualOf(receiver, start);
  const hearing: Hearing = { device, start, count, usual, periods: history.length, limits };
  const remember = (): void => {
    history.push({ start, count });
    if (history.length > longestHistory) history.shift();
  };
  if (deafness === undefined) {
    if (history.length >= limits.history && usual >= limits.least && count < limits.raise * usual) {
      receiver.deafness = { since: start, periods: 1 };
      return [deafnessRaised(hearing, start, site)];
    }
    remember();
    return [];
  }
  deafness.periods++;
  const isMeasured = history.length > 0;
  const hasRecovered = isMeasured && count >= limits.clear * usual;
  if (isMeasured && !hasRecovered && deafness.periods < limits.settle) return [];
  // What it hears now is usual from here on; the old history would call it deaf again.
  if (!hasRecovered) history.length = 0;
  receiver.deafness = undefined;
  remember();
  return [deafnessCleared(hearing, deafness.since, hasRecovered ? 'recovered' : 'superseded', site)];
};

export const listen = (
  state: HearingState,
  now: Instant,
  config: TrackConfig,
  site: Site,
  changes: Changes,
): readonly Conclusion[] => {
  const { period: length } = config.deafness;
  const start = Math.floor(now / length) * length;
  const { period, receivers } = state;
  if (period?.start === start) return [];
  const output: Conclusion[] = [];
  const isJudged = period?.isWhole === true && start === period.start + length;
  for (const [device, receiver] of receivers) {
    if (!site.devices.has(device)) {
      receivers.delete(device);
      changes.set(keyOf(device), undefined);
      if (receiver.deafness !== undefined) {
        const { history, deafness } = receiver;
        const usual = usualOf(receiver, deafness.since);
        const hearing: Hearing = {
          device,
          start,
          count: 0,
          usual,
          periods: history.length,
          limits: config.deafness,
        };
        output.push(deafnessCleared(hearing, deafness.since, 'config-removed', site));
      }
      continue;
    }
    if (isJudged) {
      output.push(...judge(device, receiver, period.start, config, site));
      changes.set(keyOf(device), encode(receiver, length));
    }
    receiver.heard = undefined;
  }
  state.period = { start, isWhole: now - start <= tickSlack };
  return output;
};

/** The clock was set: the current period is not one of its length any more. */
export const interruptHearing = (state: HearingState): void => {
  if (state.period !== undefined) state.period = { ...state.period, isWhole: false };
};
