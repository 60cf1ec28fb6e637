/** How many passed and how many were there, interval by interval. Pure. */
import { z } from 'zod';
import type { Detector } from '../../core/observation.ts';
import { type ClockShift, type Duration, type Instant, seconds, shiftInstant, shiftStart } from '../../core/time.ts';

/** Of one class: in and out of a line's inward side, or of a zone. */
export interface Flow {
  in: number;
  out: number;
}

/** One interval of one camera. */
export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
  /** How much of it the camera was watched. */
  covered: Duration;
  /** By line, then by class. */
  readonly lines: Map<string, Map<string, Flow>>;
  /** By zone, then by class. */
  readonly zones: Map<string, Map<string, Flow>>;
  /** By zone, the most that were there at once, and how long all together were there. */
  readonly stays: Map<string, Stay>;
}

export interface Stay {
  readonly peak: number;
  readonly duration: Duration;
}

export interface Counter {
  /** The oldest first. */
  readonly intervals: Interval[];
  lastFrame: Instant | undefined;
  /** Of the last frame. */
  detector: Detector | undefined;
  /** By zone, how many are there now. */
  there: ReadonlyMap<string, number>;
}

/** A crossing is dated between two frames and certain some frames later: so long an interval stays open for it. */
const staysOpen = seconds(15);

/** Labels are those of a model; whatever is beyond is counted under the last name. */
const mostClasses = 100;
const beyond = 'other';

export const createCounter = (): Counter => ({
  intervals: [],
  lastFrame: undefined,
  detector: undefined,
  there: new Map(),
});

const intervalAt = (counter: Counter, time: Instant, every: Duration): Interval => {
  const known = counter.intervals.find(({ start, end }) => time >= start && time < end);
  if (known !== undefined) return known;
  const start = Math.floor(time / every) * every;
  const interval: Interval = {
    start,
    end: start + every,
    covered: 0,
    lines: new Map(),
    zones: new Map(),
    stays: new Map(),
  };
  counter.intervals.push(interval);
  counter.intervals.sort((a, b) => a.start - b.start);
  return interval;
};

const addStay = ({ stays }: Interval, zone: string, there: number, duration: Duration): void => {
  const stay = stays.get(zone) ?? { peak: 0, duration: 0 };
  stays.set(zone, { peak: Math.max(stay.peak, there), duration: stay.duration + duration });
};

/** One more frame: the time since the last one was watched, unless that is longer than `lost`. */
export const watchFrame = (
  counter: Counter,
  time: Instant,
  detector: Detector,
  { every, lost }: { readonly every: Duration; readonly lost: Duration },
): void => {
  const elapsed = time - (counter.lastFrame ?? time);
  const since = time - Math.min(Math.max(0, elapsed), lost);
  counter.lastFrame = time;
  counter.detector = detector;
  intervalAt(counter, time, every);
  for (const interval of counter.intervals) {
    const watched = Math.max(0, Math.min(time, interval.end) - Math.max(since, interval.start));
    interval.covered += watched;
    for (const [zone, there] of counter.there) addStay(interval, zone, there, there * watched);
  }
};

/** So many are in each zone from now on. */
export const noteThere = (
  counter: Counter,
  there: ReadonlyMap<string, number>,
  time: Instant,
  every: Duration,
): void => {
  counter.there = there;
  const interval = intervalAt(counter, time, every);
  for (const [zone, count] of there) addStay(interval, zone, count, 0);
};

const flowOf = (places: Map<string, Map<string, Flow>>, place: string, label: string): Flow => {
  const classes = places.get(place) ?? new Map<string, Flow>();
  places.set(place, classes);
  const name = classes.has(label) || classes.size < mostClasses - 1 ? label : beyond;
  const flow = classes.get(name) ?? { in: 0, out: 0 };
  classes.set(name, flow);
  return flow;
};

/** The interval to which something at `time` belongs; of a time that was told already, the oldest that was not. */
const openAt = (counter: Counter, time: Instant, every: Duration): Interval => {
  const [oldest] = counter.intervals;
  return oldest !== undefined && time < oldest.start ? oldest : intervalAt(counter, time, every);
};

export const countPassage = (
  counter: Counter,
  place: { readonly kind: 'lines' | 'zones'; readonly id: string },
  label: string,
  way: keyof Flow,
  time: Instant,
  every: Duration,
): void => {
  flowOf(openAt(counter, time, every)[place.kind], place.id, label)[way]++;
};

/** Takes out what is over at `now`, the oldest first. */
export const closeIntervals = (counter: Counter, now: Instant): readonly Interval[] => {
  const over = counter.intervals.filter(({ end }) => end + staysOpen <= now);
  for (const interval of over) counter.intervals.splice(counter.intervals.indexOf(interval), 1);
  return over;
};

export const shiftCounter = (counter: Counter, shift: ClockShift): void => {
  for (const [index, interval] of counter.intervals.entries()) {
    const start = shiftStart(interval.start, interval.end - interval.start, shift);
    counter.intervals[index] = { ...interval, start, end: start + interval.end - interval.start };
  }
  if (counter.lastFrame !== undefined) counter.lastFrame = shiftInstant(counter.lastFrame, shift);
};

const flows = z.record(z.string(), z.record(z.string(), z.object({ in: z.number(), out: z.number() })));
const stored = z.object({
  intervals: z.array(
    z.object({
      start: z.number(),
      end: z.number(),
      covered: z.number(),
      lines: flows,
      zones: flows,
      stays: z.record(z.string(), z.object({ peak: z.number(), duration: z.number() })),
    }),
  ),
  lastFrame: z.number().optional(),
  detector: z
    .object({
      model: z.string(),
      version: z.string(),
      sha256: z.string().exactOptional(),
      threshold: z.number(),
      thresholds: z.record(z.string(), z.number()).exactOptional(),
    })
    .optional(),
});

type Flows = z.output<typeof flows>;

const toFlows = (places: Interval['lines']): Flows =>
  Object.fromEntries([...places].map(([place, classes]) => [place, Object.fromEntries(classes)]));

const fromFlows = (places: Flows): Interval['lines'] =>
  new Map(Object.entries(places).map(([place, classes]) => [place, new Map(Object.entries(classes))]));

const decoder = new TextDecoder();

export const encodeCounter = ({ intervals, lastFrame, detector }: Counter): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      intervals: intervals.map(({ lines, zones, stays, ...rest }) => ({
        ...rest,
        lines: toFlows(lines),
        zones: toFlows(zones),
        stays: Object.fromEntries(stays),
      })),
      lastFrame,
      detector,
    }),
  );

export const decodeCounter = (bytes: Uint8Array): Counter => {
  const { intervals, lastFrame, detector } = stored.parse(JSON.parse(decoder.decode(bytes)));
  return {
    intervals: intervals.map(({ lines, zones, stays, ...rest }) => ({
      ...rest,
      lines: fromFlows(lines),
      zones: fromFlows(zones),
      stays: new Map(Object.entries(stays)),
    })),
    lastFrame,
    detector,
    there: new Map(),
  };
};
