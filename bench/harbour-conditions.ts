/** What a camera on a quay has to bear, and how rightly the stage must still tell who is before it. */
import { type Duration, minutes } from '../core/time.ts';
import { type HarbourOptions, type Score, scoreOf, type Told, watchHarbour } from './harbour-watch.ts';

export interface HarbourCondition {
  readonly name: string;
  readonly faults: Omit<HarbourOptions, 'seed' | 'dark' | 'duration'>;
  /** How long each harbor is watched; a quarter of an hour when absent. */
  readonly duration?: Duration;
}

export const harbourConditions: readonly HarbourCondition[] = [
  { name: 'as calibrated', faults: {} },
  { name: 'heading 1° off', faults: { miscalibration: { heading: 1 } } },
  { name: 'focal length 10 % too long', faults: { miscalibration: { focal: 0.1 } } },
  { name: 'AIS 5 minutes late', faults: { reportsLate: minutes(5) } },
  { name: 'half of the detections missing', faults: { boatsLost: 0.5 } },
];

/** Twice as long as a vessel must be missing before anybody is told. */
export const hauntedHarbors: HarbourCondition = {
  name: 'coasters that say to lie there and do not',
  faults: { ghosts: 0.3 },
  duration: minutes(20),
};

export interface Figures {
  /** Per cent. */
  readonly precision: number;
  readonly recall: number;
  readonly sum: Told;
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);

export interface HarborsWatched {
  readonly sighted: Figures;
  readonly unidentified: Figures;
  /** Alarms that vessels are not there. */
  readonly unseen: Figures;
  /** CPU time of the stage, microseconds a frame. */
  readonly cpu: number;
}

/** Harbors with two of five boats without AIS. */
export const watchHarbors = (
  seeds: readonly number[],
  { faults, duration = minutes(15) }: Omit<HarbourCondition, 'name'>,
): HarborsWatched => {
  const watched = seeds.map(seed => watchHarbour({ ...faults, seed, dark: 0.4, duration }));
  const scores = watched.map(scoreOf);
  const figuresOf = (kind: keyof Score): Figures => {
    const total = (how: keyof Told): number => scores.reduce((sum, score) => sum + score[kind][how], 0);
    const sum = { right: total('right'), wrong: total('wrong'), found: total('found'), missed: total('missed') };
    return {
      precision: percent(sum.right, sum.right + sum.wrong),
      recall: percent(sum.found, sum.found + sum.missed),
      sum,
    };
  };
  const all = (of: (each: (typeof watched)[number]) => number): number =>
    watched.reduce((sum, each) => sum + of(each), 0);
  return {
    sighted: figuresOf('sighted'),
    unidentified: figuresOf('unidentified'),
    unseen: figuresOf('unseen'),
    cpu: all(({ cpu }) => cpu) / all(({ frames }) => frames),
  };
};
