/**
 * Measurements → one value for each quantity and period. A sample is swallowed only together with the saved state that
 * holds it, so its source may be told; one that comes again with the same device time is counted once.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { duration } from '../../core/fields.ts';
import type { Measurement } from '../../core/observation.ts';
import { isQuantity, type QuantityName } from '../../core/quantity.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Step } from '../../core/stage.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import { accumulate, methodOf } from './accumulator.ts';
import { conclude, type Period, type Tally } from './mean.ts';
import { addSample, createSeen, encodeChunk, forgetBefore, restoreChunk, type Seen } from './seen.ts';
import { isTold, markTold, restoreTold, type Told } from './told.ts';

const config = z.strictObject({
  period: duration({ minimum: seconds(1), maximum: hours(1) })
    .refine(length => hours(24) % length === 0, 'a day must hold a whole number of periods')
    .prefault('1m')
    .describe('Time over which samples become one value.'),
  lateness: duration({ maximum: minutes(10) })
    .prefault('5s')
    .describe('How long a period stays open for samples that come late; later ones are told in an event of their own.'),
  interval: duration({ minimum: 1 })
    .optional()
    .describe('Time between two samples of a device; then events tell how complete their period is.'),
});
type Config = z.output<typeof config>;

/**
 * Samples for a period that was told before, or that the device's clock dates ahead of ours, are told apart: a period's
 * own event is told once, so what would have its id must not hold anything else.
 */
interface Window extends Period {
  readonly tallies: Map<QuantityName, Tally>;
  /** Steady time of the newest sample; undefined until the first tick after it. */
  touched: Duration | undefined;
}

interface DeviceState {
  readonly windows: Map<Instant, Window>;
  readonly seen: Seen;
  /** Times whose periods' own events were told: more than one where the clock was set. The latest to grow is the last. */
  readonly told: Told[];
}

interface State {
  readonly devices: Map<string, DeviceState>;
  /** The clock at the last tick; undefined before the first. */
  now: Instant | undefined;
  steady: Duration | undefined;
}

/** A device with a wild clock must not open windows without end: beyond these the oldest is told at once. */
const maximumWindows = 256;
/** How long a sample can be recognized when it comes again. */
const memory = minutes(10);

const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const accumulator = z.object({ count: z.number(), total: z.number(), cross: z.number() });
const storedWindow = z.object({
  length: z.number(),
  supplement: z.number().optional(),
  tallies: z.record(z.string(), z.object({ passing: accumulator, suspect: accumulator, unjudged: z.number() })),
});

const windowKey = ({ device, start }: Window): string => `window/${device}/${start}`;
const toldKey = (device: string): string => `until/${device}`;
const chunkKey = (device: string, chunk: number): string => `seen/${device}/${chunk}`;

const encodeWindow = ({ length, supplement, tallies }: Window): Uint8Array =>
  encode({ length, supplement, tallies: Object.fromEntries(tallies) });

const deviceOf = (state: State, device: string): DeviceState => {
  let found = state.devices.get(device);
  if (found === undefined) {
    found = { windows: new Map(), seen: createSeen(), told: [] };
    state.devices.set(device, found);
  }
  return found;
};

const restore = (saved: ReadonlyMap<string, Uint8Array>): State => {
  const state: State = { devices: new Map(), now: undefined, steady: undefined };
  const chunks: { readonly device: string; readonly number: number; readonly raw: unknown }[] = [];
  for (const [key, value] of saved) {
    const [kind = '', device = '', rest = ''] = key.split('/');
    const raw: unknown = JSON.parse(decoder.decode(value));
    const known = deviceOf(state, device);
    if (kind === 'until') known.told.push(...restoreTold(raw));
    else if (kind === 'seen') chunks.push({ device, number: Number(rest), raw });
    else if (kind === 'window') {
      const { length, supplement, tallies } = storedWindow.parse(raw);
      const start = Number(rest);
      const named = Object.entries(tallies).flatMap(([name, tally]): [QuantityName, Tally][] =>
        isQuantity(name) ? [[name, tally]] : [],
      );
      known.windows.set(start, { device, start, length, supplement, tallies: new Map(named), touched: undefined });
    }
  }
  chunks.sort((a, b) => a.number - b.number);
  for (const { device, number, raw } of chunks) restoreChunk(deviceOf(state, device).seen, number, raw);
  return state;
};

const newTally = (): Tally => ({
  passing: { count: 0, total: 0, cross: 0 },
  suspect: { count: 0, total: 0, cross: 0 },
  unjudged: 0,
});

const add = ({ tallies }: Window, { quantity, value, quality }: Measurement): void => {
  let tally = tallies.get(quantity);
  if (tally === undefined) {
    tally = newTally();
    tallies.set(quantity, tally);
  }
  if (quality === undefined) tally.unjudged++;
  accumulate(quality === 'suspect' ? tally.suspect : tally.passing, methodOf(quantity), value);
};

type Changes = Map<string, Uint8Array | undefined>;

const close = (
  known: DeviceState,
  window: Window,
  changes: Changes,
  { interval }: Config,
  site: Site,
): readonly Conclusion[] => {
  known.windows.delete(window.start);
  changes.set(windowKey(window), undefined);
  if (window.supplement === undefined) {
    markTold(known.told, window.start, window.start + window.length);
    changes.set(toldKey(window.device), encode(known.told));
  }
  return conclude(window, site, interval);
};

const isDue = ({ start, length }: Window, now: Instant, quiet: Duration, lateness: Duration): boolean => {
  // A device whose clock runs ahead fills periods that are not over yet: those are told once nothing more comes.
  return (now >= start + length + lateness && quiet >= lateness) || quiet >= length + lateness;
};

export const stage = defineStage({
  name: 'aggregate',
  summary: 'Means of measurements over a period: arithmetic, of energy for sound, of vectors for wind, sums for rain.',
  consumes: ['measurement'],
  config,
  restore: (_, saved) => restore(saved),
  step: (state, batch, settings, site): Step => {
    const output: Conclusion[] = [];
    const changes: Changes = new Map();
    const grown = new Set<Window>();
    const grownChunks = new Map<string, Set<number>>();
    const chunksOf = (device: string): Set<number> => {
      const chunks = grownChunks.get(device) ?? new Set();
      grownChunks.set(device, chunks);
      return chunks;
    };
    let repeated = 0;
    for (const sample of batch) {
      const { device, time, timeFrom, quantity } = sample;
      const known = deviceOf(state, device);
      const isNew = timeFrom === 'gateway' || addSample(known.seen, quantity, time, state.steady, chunksOf(device));
      if (!isNew) {
        repeated++;
        continue;
      }
      const start = Math.floor(time / settings.period) * settings.period;
      let window = known.windows.get(start);
      if (window === undefined) {
        const length = settings.period;
        const isApart =
          isTold(known.told, start, start + length) || (state.now !== undefined && start > state.now + length);
        const supplement = isApart ? time : undefined;
        window = { device, start, length, supplement, tallies: new Map(), touched: undefined };
        known.windows.set(start, window);
        if (known.windows.size > maximumWindows) {
          const oldest = [...known.windows.values()].reduce((a, b) => (b.start < a.start ? b : a));
          grown.delete(oldest);
          // The newest may itself be the oldest: it is told with the sample that opened it.
          if (oldest === window) add(window, sample);
          output.push(...close(known, oldest, changes, settings, site));
          if (oldest === window) continue;
        }
      }
      add(window, sample);
      window.touched = state.steady;
      grown.add(window);
    }
    for (const window of grown) changes.set(windowKey(window), encodeWindow(window));
    for (const [device, chunks] of grownChunks)
      for (const chunk of chunks)
        changes.set(chunkKey(device, chunk), encodeChunk(deviceOf(state, device).seen, chunk));
    return { output, save: changes, ...(repeated > 0 && { dropped: { repeated } }) };
  },
  tick: (state, now, settings, site, steady): Step => {
    state.now = now;
    state.steady = steady;
    const output: Conclusion[] = [];
    const changes: Changes = new Map();
    for (const [device, known] of state.devices) {
      for (const window of [...known.windows.values()].toSorted((a, b) => a.start - b.start)) {
        window.touched ??= steady;
        if (isDue(window, now, steady - window.touched, settings.lateness))
          output.push(...close(known, window, changes, settings, site));
      }
      for (const chunk of forgetBefore(known.seen, steady - memory, steady))
        changes.set(chunkKey(device, chunk), undefined);
    }
    return { output, save: changes };
  },
});
