/**
 * Which values belong to which file, and when a file can be made: when all its values are there, or when it has waited
 * long enough for them. Pure: the sink reads, writes and keeps time.
 */
import { z } from 'zod';
import type { Duration, Instant } from '../../core/time.ts';
import type { Circular10Value } from './config.ts';
import { filePeriod, type Reading, type Trouble } from './reading.ts';
import type { Line } from './text.ts';

/** Files are made for marks that passed while the gateway was down, if they are no older. */
const oldestOwed: Duration = 24 * 3_600_000;
/** Marks for which something has come and no file is made; a wild clock must not open files without end. */
const mostOpen = 300;
/** Troubles remembered; the oldest is forgotten beyond them. */
const mostTroubles = 1000;

interface Mean {
  readonly measured: number | undefined;
  readonly isActual: boolean;
}

interface Spell {
  readonly trouble: Trouble;
  readonly device: string;
  readonly quantity: string | undefined;
  readonly since: Instant;
  /** Undefined while nobody knows when it ends. */
  readonly until: Instant | undefined;
}

export interface Station {
  /** The last mark that is done with; undefined before the first. */
  through: Instant | undefined;
  /** By mark, then by `device/quantity`. */
  readonly open: Map<Instant, Map<string, Mean>>;
  /** By correlation and device. */
  readonly spells: Map<string, Spell>;
}

/** `late`: its file was made without it. */
export type Taken = 'kept' | 'late' | 'unwanted';

const keyOf = ({ device, quantity }: Pick<Circular10Value, 'device' | 'quantity'>): string => `${device}/${quantity}`;

export const lastMark = (now: Instant): Instant => Math.floor(now / filePeriod) * filePeriod;

const takeMean = (
  station: Station,
  { device, mark, values, isActual }: Extract<Reading, { kind: 'mean' }>,
  wanted: readonly Circular10Value[],
): Taken => {
  const own = wanted.filter(value => value.device === device && values.has(value.quantity));
  if (own.length === 0) return 'unwanted';
  if (station.through !== undefined && mark <= station.through) return 'late';
  const means = station.open.get(mark) ?? new Map<string, Mean>();
  for (const value of own) {
    const known = means.get(keyOf(value));
    // A supplement to a mean that is there already is told apart in events; a file has one line for both.
    if (known?.measured === undefined) means.set(keyOf(value), { measured: values.get(value.quantity), isActual });
  }
  station.open.set(mark, means);
  if (station.open.size > mostOpen) station.open.delete(Math.max(...station.open.keys()));
  return 'kept';
};

const takeTrouble = (
  { spells }: Station,
  { trouble, phase, correlation, devices, quantity, at, until }: Extract<Reading, { kind: 'trouble' }>,
  wanted: readonly Circular10Value[],
): Taken => {
  let taken: Taken = 'unwanted';
  for (const device of devices) {
    if (!wanted.some(value => value.device === device && (quantity ?? value.quantity) === value.quantity)) continue;
    const key = `${correlation} ${device}`;
    const known = spells.get(key);
    if (phase === 'ends') {
      if (known === undefined) continue;
      spells.set(key, { ...known, until: Math.min(known.until ?? at, at) });
    } else {
      // It came before: an event is delivered again after a crash.
      if (known !== undefined && at < (known.until ?? Number.POSITIVE_INFINITY)) continue;
      spells.set(key, { trouble, device, quantity, since: at, until });
    }
    taken = 'kept';
  }
  for (const key of spells.keys()) {
    if (spells.size <= mostTroubles) break;
    spells.delete(key);
  }
  return taken;
};

/** Remembers what a reading says, for the files that are to come. */
export const takeReading = (station: Station, reading: Reading, wanted: readonly Circular10Value[]): Taken =>
  reading.kind === 'mean' ? takeMean(station, reading, wanted) : takeTrouble(station, reading, wanted);

export interface Due {
  /** By the clock of the gateway, which must be one that can be trusted. */
  readonly now: Instant;
  /** No file waits until it has waited so long since then: what was on its way at a start comes some time after it. */
  readonly since: Instant;
  readonly wait: Duration;
}

/**
 * The next mark for which a file is to be made, or undefined. The first mark of all is the one after the sink began; a
 * clock that was set back goes over marks again, whose files are there already.
 */
export const nextDue = (
  station: Station,
  { now, since, wait }: Due,
  wanted: readonly Circular10Value[],
): Instant | undefined => {
  const last = lastMark(now);
  station.through = Math.min(Math.max(station.through ?? last, last - oldestOwed), last);
  const mark = station.through + filePeriod;
  if (mark > now) return undefined;
  const means = station.open.get(mark);
  const isWhole = means !== undefined && wanted.every(value => means.has(keyOf(value)));
  return isWhole || now >= Math.max(mark, since) + wait ? mark : undefined;
};

/** The lines of the file of `mark`. */
export const linesOf = (station: Station, mark: Instant, wanted: readonly Circular10Value[]): readonly Line[] => {
  const means = station.open.get(mark);
  const began = mark - filePeriod;
  const now = [...station.spells.values()].filter(
    ({ since, until }) => since < mark && (until === undefined || until > began),
  );
  const isIn = (trouble: Trouble, { device, quantity }: Circular10Value): boolean =>
    now.some(
      spell => spell.trouble === trouble && spell.device === device && (spell.quantity ?? quantity) === quantity,
    );
  return wanted.map(value => {
    const mean = means?.get(keyOf(value));
    const measured = mean?.measured;
    if (isIn('calibrating', value) || mean?.isActual === false) return { value, measured, status: '01' };
    return { value, measured, status: measured === undefined || isIn('faulty', value) ? '02' : '00' };
  });
};

/** The file of `mark` is on the disk. */
export const markDone = (station: Station, mark: Instant): void => {
  station.through = mark;
  for (const known of station.open.keys()) if (known <= mark) station.open.delete(known);
  for (const [key, { until }] of station.spells) if (until !== undefined && until <= mark) station.spells.delete(key);
};

const stored = z.object({
  through: z.number().optional(),
  open: z.array(
    z.tuple([
      z.number(),
      z.array(z.tuple([z.string(), z.object({ measured: z.number().optional(), isActual: z.boolean() })])),
    ]),
  ),
  spells: z.array(
    z.tuple([
      z.string(),
      z.object({
        trouble: z.enum(['calibrating', 'faulty']),
        device: z.string(),
        quantity: z.string().optional(),
        since: z.number(),
        until: z.number().optional(),
      }),
    ]),
  ),
});

export const encodeStation = ({ through, open, spells }: Station): string =>
  JSON.stringify({
    through,
    open: [...open].map(([mark, means]) => [mark, [...means]]),
    spells: [...spells],
  });

export const newStation = (): Station => ({ through: undefined, open: new Map(), spells: new Map() });

/** Undefined when it is not what `encodeStation` wrote. */
export const decodeStation = (text: string): Station | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = stored.safeParse(value);
  if (!success) return undefined;
  return {
    through: data.through,
    open: new Map(
      data.open.map(([mark, means]) => [
        mark,
        new Map(means.map(([key, { measured, isActual }]) => [key, { measured, isActual }])),
      ]),
    ),
    spells: new Map(data.spells.map(([key, { quantity, until, ...spell }]) => [key, { ...spell, quantity, until }])),
  };
};
