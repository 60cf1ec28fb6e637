/**
 * Measurements → one value for each quantity and period. A sample is swallowed only together with the saved state that
 * holds it, so its source may be told; one that comes again with the same device time is counted once. A sample counts
 * in the shortest period only: longer ones are made of shorter ones as these close, so that a sample costs one write
 * whatever is asked for.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import { enoughOfPeriod } from '../../core/observed-values.ts';
import type { QuantityName } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import { methodOf } from './accumulator.ts';
import { day, type Level, levelsOf, moving } from './levels.ts';
import { completenessOf, conclude } from './mean.ts';
import { addSample, encodeChunk, forgetBefore } from './seen.ts';
import { addTo, mergeTally, newTally, noteMean, type Tally, usedOf } from './tally.ts';
import { isTold, markTold } from './told.ts';
import {
  chunkKey,
  type DeviceState,
  deviceIn,
  encode,
  encodeHour,
  encodeWindow,
  hourKey,
  restoreDevices,
  slotOf,
  toldKey,
  type Window,
  windowKey,
} from './window.ts';

const config = z.strictObject({
  periods: z
    .array(
      duration({ minimum: seconds(1), maximum: day }).refine(
        length => length === moving || length === day || (length <= hours(1) && day % length === 0),
        'expected 8h, 24h, or at most 1h of which a day holds a whole number of periods',
      ),
    )
    .min(1)
    .max(8)
    .refine(lengths => {
      const shortest = Math.min(...lengths, hours(1));
      return [...lengths, hours(1)].every(length => length % shortest === 0 || !lengths.includes(length));
    }, 'each must hold a whole number of the shortest')
    .prefault(['1m', '1h', '24h'])
    .describe(
      'Times over which samples become one value. 24h is the day of the time zone of the gateway, 8h are the eight ' +
        'hours before each full hour.',
    ),
  lateness: duration({ maximum: minutes(10) })
    .prefault('5s')
    .describe('How long a period stays open for samples that come late; later ones are told in an event of their own.'),
  interval: duration({ minimum: 1 })
    .optional()
    .describe(
      'Time between two samples of a device: by it events tell how complete their period is. Without it, by the ' +
        'shorter periods that a period is made of; so it is needed for a device that is slower than the shortest.',
    ),
});
type Config = z.output<typeof config>;

interface State {
  readonly levels: readonly Level[];
  readonly devices: Map<string, DeviceState>;
  /** The clock at the last tick; undefined before the first. */
  now: Instant | undefined;
  steady: Duration | undefined;
}

/** A device with a wild clock must not open windows without end: beyond these the oldest is told at once. */
const maximumWindows = 256;
/** Of the longer periods, each. */
const maximumLongWindows = 32;
/** Enough for the moving mean, and for an hour that comes late. */
const keptHours = 12;
/** How long a sample can be recognized when it comes again. */
const memory = minutes(10);

/** What a step or tick brings about. */
interface Work {
  readonly state: State;
  readonly settings: Config;
  readonly site: Site;
  readonly output: Conclusion[];
  readonly changes: Map<string, Uint8Array | undefined>;
  /** Their content is saved when everything is in them. */
  readonly grown: Set<Window>;
}

const begin = (state: State, settings: Config, site: Site): Work => ({
  state,
  settings,
  site,
  output: [],
  changes: new Map(),
  grown: new Set(),
});

const finish = ({ output, changes, grown }: Work): { output: Conclusion[]; save: Work['changes'] } => {
  for (const window of grown) changes.set(window.key, encodeWindow(window));
  return { output, save: changes };
};

const tallyIn = (tallies: Map<QuantityName, Tally>, quantity: QuantityName): Tally => {
  let tally = tallies.get(quantity);
  if (tally === undefined) {
    tally = newTally();
    tallies.set(quantity, tally);
  }
  return tally;
};

/** The open period that holds `time`; `fill` puts into it what it is opened or found for. */
const put = (
  work: Work,
  known: DeviceState,
  device: string,
  level: Level,
  time: Instant,
  supplement: Instant,
  fill: (window: Window) => void,
): void => {
  const { state } = work;
  const { start, end } = level.at(time);
  const slot = slotOf(level.length, start);
  let window = known.windows.get(slot);
  const isNew = window === undefined;
  if (window === undefined) {
    const length = end - start;
    const isApart =
      isTold(known.told.get(level.length) ?? [], start, end) || (state.now !== undefined && start > state.now + length);
    window = {
      key: windowKey(device, start, level.length, level.madeOf === undefined),
      device,
      start,
      length,
      supplement: isApart ? supplement : undefined,
      tallies: new Map(),
      touched: undefined,
      filledTo: start,
    };
    known.windows.set(slot, window);
  }
  fill(window);
  window.touched = state.steady;
  work.grown.add(window);
  if (isNew) makeRoom(work, known, level);
};

const windowsOf = (known: DeviceState, { length }: Level): [slot: string, window: Window][] => {
  const prefix = slotOf(length, 0).slice(0, -1);
  return [...known.windows].filter(([slot]) => slot.startsWith(prefix)).toSorted(([, a], [, b]) => a.start - b.start);
};

const makeRoom = (work: Work, known: DeviceState, level: Level): void => {
  const most = level.madeOf === undefined ? maximumWindows : maximumLongWindows;
  if (known.windows.size <= most) return;
  const windows = windowsOf(known, level);
  const [oldest] = windows;
  if (windows.length > most && oldest !== undefined) close(work, known, level, ...oldest);
};

const close = (work: Work, known: DeviceState, level: Level | undefined, slot: string, window: Window): void => {
  const { changes, settings, site, state, output } = work;
  const { device, start, length, supplement } = window;
  known.windows.delete(slot);
  work.grown.delete(window);
  changes.set(window.key, undefined);
  const expected = { interval: settings.interval, madeOf: level?.madeOf };
  if (supplement === undefined && level !== undefined) {
    const told = known.told.get(level.length) ?? [];
    known.told.set(level.length, told);
    markTold(told, start, start + length);
    changes.set(toldKey(device, level.length, level.madeOf === undefined), encode(told));
  }
  // A level that the configuration does not know any more: what is open of it is told.
  if (level === undefined || level.isTold) output.push(...conclude(window, site, expected));
  if (level === undefined) return;
  for (const longer of state.levels)
    if (longer.madeOf === level.length)
      put(work, known, device, longer, start, supplement ?? start, into => takePart(into, window, work, level));
  if (level.length === hours(1)) move(work, known, window);
};

/** A longer period takes in a shorter one that closes. */
const takePart = (into: Window, part: Window, { settings }: Work, level: Level): void => {
  const bit = 1n << BigInt(Math.floor((part.start - into.start) / level.length));
  for (const [quantity, tally] of part.tallies) {
    const whole = tallyIn(into.tallies, quantity);
    mergeTally(whole, quantity, tally);
    if (level.madeOf === undefined) noteMean(whole, quantity, tally);
    const complete = completenessOf(tally, part.length, { interval: settings.interval, madeOf: level.madeOf });
    if (usedOf(tally, methodOf(quantity)).count > 0 && (complete ?? 1) >= enoughOfPeriod) whole.parts |= bit;
  }
  into.filledTo = Math.max(into.filledTo, part.start + part.length);
};

/** An hour closed: the eight hours that end with it, where they are asked for. Late samples count from then on. */
const move = ({ changes, settings, site, output }: Work, known: DeviceState, hour: Window): void => {
  if (!settings.periods.includes(moving)) return;
  const { device, start, supplement } = hour;
  const own = known.hours.get(start);
  // Of an hour that is ahead of our clock, or older than what is kept, nothing will be told.
  if (supplement !== undefined && own === undefined) return;
  const tallies = own ?? new Map<QuantityName, Tally>();
  for (const [quantity, tally] of hour.tallies) {
    const into = tallyIn(tallies, quantity);
    mergeTally(into, quantity, tally);
    into.parts |= tally.parts;
  }
  known.hours.set(start, tallies);
  changes.set(hourKey(device, start), encodeHour(tallies));
  for (const old of [...known.hours.keys()].toSorted((a, b) => a - b).slice(0, -keptHours)) {
    known.hours.delete(old);
    changes.set(hourKey(device, old), undefined);
  }
  if (supplement !== undefined) return;
  const end = start + hours(1);
  const whole = new Map<QuantityName, Tally>();
  for (let index = 0; index < moving / hours(1); index++) {
    const part = known.hours.get(end - moving + index * hours(1)) ?? new Map<QuantityName, Tally>();
    for (const [quantity, tally] of part) {
      const into = tallyIn(whole, quantity);
      mergeTally(into, quantity, tally);
      const expected = { interval: settings.interval, madeOf: minutesOf(settings) };
      const complete = completenessOf(tally, hours(1), expected);
      if (usedOf(tally, methodOf(quantity)).count > 0 && (complete ?? 1) >= enoughOfPeriod)
        into.parts |= 1n << BigInt(index);
    }
  }
  const period = { device, start: end - moving, length: moving, supplement: undefined, tallies: whole };
  output.push(...conclude(period, site, { interval: settings.interval, madeOf: hours(1) }));
};

/** What hours are made of; undefined where it is samples. */
const minutesOf = ({ periods }: Config): Duration | undefined =>
  periods
    .filter(length => length < hours(1))
    .toSorted((a, b) => b - a)
    .find(length => hours(1) % length === 0);

const isDue = (
  { start, length, filledTo }: Window,
  madeOf: Duration,
  now: Instant,
  quiet: Duration,
  lateness: Duration,
): boolean => {
  // Nothing more is to come once the last of its parts closed, or nothing came for longer than a part takes.
  const isOver =
    now >= start + length + lateness && ((madeOf > 0 && filledTo >= start + length) || quiet >= madeOf + lateness);
  // A device whose clock runs ahead fills periods that are not over yet: those are told once nothing more comes.
  return isOver || quiet >= length + lateness;
};

export const stage = defineStage({
  name: 'aggregate',
  summary:
    'Values of measurements over periods, from seconds to days: means (of energy for sound, of vectors for wind), sums ' +
    'for rain, maxima for gusts, and how complete they are.',
  consumes: ['measurement'],
  config,
  restore: ({ periods }, saved, { timeZone }): State => {
    const levels = levelsOf(periods, timeZone);
    return {
      levels,
      devices: restoreDevices(saved, levels[0]?.length ?? 0),
      now: undefined,
      steady: undefined,
    };
  },
  step: (state, batch, settings, site): Step => {
    const work = begin(state, settings, site);
    const [shortest] = state.levels;
    if (shortest === undefined) return { output: [] };
    const grownChunks = new Map<string, Set<number>>();
    const chunksOf = (device: string): Set<number> => {
      const chunks = grownChunks.get(device) ?? new Set();
      grownChunks.set(device, chunks);
      return chunks;
    };
    let repeated = 0;
    for (const sample of batch) {
      const { device, time, timeFrom, quantity } = sample;
      const known = deviceIn(state.devices, device);
      const isNew = timeFrom === 'gateway' || addSample(known.seen, quantity, time, state.steady, chunksOf(device));
      if (isNew)
        put(work, known, device, shortest, time, time, ({ tallies }) => addTo(tallyIn(tallies, quantity), sample));
      else repeated++;
    }
    for (const [device, chunks] of grownChunks)
      for (const chunk of chunks)
        work.changes.set(chunkKey(device, chunk), encodeChunk(deviceIn(state.devices, device).seen, chunk));
    return { ...finish(work), ...(repeated > 0 && { dropped: { repeated } }) };
  },
  tick: (state, now, settings, site, steady): Step => {
    state.now = now;
    state.steady = steady;
    const work = begin(state, settings, site);
    for (const [device, known] of state.devices) {
      if (known.windows.size > 0) closeDue(work, known, now, steady);
      for (const chunk of forgetBefore(known.seen, steady - memory, steady))
        work.changes.set(chunkKey(device, chunk), undefined);
    }
    return finish(work);
  },
});

const closeDue = (work: Work, known: DeviceState, now: Instant, steady: Duration): void => {
  const { state, settings } = work;
  const lengths = new Set(state.levels.map(({ length }) => length));
  for (const [slot, window] of known.windows) {
    window.touched ??= steady;
    const length = Number(slot.slice(0, slot.indexOf('/')));
    if (!lengths.has(length) && isDue(window, 0, now, steady - window.touched, settings.lateness))
      close(work, known, undefined, slot, window);
  }
  for (const [index, level] of state.levels.entries())
    for (const [slot, window] of windowsOf(known, level)) {
      const quiet = steady - (window.touched ?? steady);
      if (!isDue(window, level.madeOf ?? 0, now, quiet, settings.lateness)) continue;
      if (index === 0 || !hasOpenPart(known, window, level)) close(work, known, level, slot, window);
    }
};

/** Whether a shorter period within it is still open. */
const hasOpenPart = (known: DeviceState, { start, length }: Window, level: Level): boolean =>
  known.windows
    .values()
    .some(other => other.length < level.length && other.start >= start && other.start < start + length);
