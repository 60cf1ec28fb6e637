/**
 * Whether a camera still sees as it should, judged by its pictures alone, a look a second. What it says it says once when it
 * begins and once when it ends, each after it has lasted for a while; what it cannot tell it leaves as it was. Weather and
 * the time of day are no impairment: they come slowly, or leave the edges of what stands there where they are. Pure but for
 * its own memory, which it hands out to be kept.
 */
import { z } from 'zod';
import type { CameraSignal, Picture } from '../../core/observation.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import { lumaInto } from './luma.ts';
import { createStandstill, keptNoiseSchema } from './standstill.ts';
import { compare, type Likeness, type Sight, toSight, viewGrid } from './view.ts';

export const healthSignals = ['black', 'frozen', 'blurred', 'covered', 'moved', 'night'] as const;
export type HealthSignal = (typeof healthSignals)[number];

export interface HealthConfig {
  /** How long something lasts before it has begun, and is over before it has ended. */
  readonly settle: Duration;
  /** How long a picture stays exactly the same before it is frozen. */
  readonly frozen: Duration;
  /** What is never said of this camera. */
  readonly except: readonly HealthSignal[];
}

export type HealthChange = Pick<CameraSignal, 'state'> & { readonly signal: HealthSignal };

export interface Health {
  /** Called at each connection, which says the state of everything again: meanwhile it may have changed. */
  connect(config: HealthConfig): void;
  look(picture: Picture, time: Instant): readonly HealthChange[];
  /** The camera was turned by order: what it shows from now on is its view. */
  turned(): void;
}

const cells = viewGrid.columns * viewGrid.rows;

/**
 * A remembered view in the form in which it outlives the process: of masked pictures, the mean of minutes in cells in which
 * nobody can be known.
 */
export const keptViewSchema = z.strictObject({
  /** Of this form; another one is not read. */
  version: z.literal(1),
  /** When the camera was looked at last. */
  time: z.number(),
  /** Levels of the cells from the top, a byte each. */
  plane: z.base64().length((cells * 4) / 3),
  looks: z.int().min(1),
  /** Of its colors when it was seen last, and whether the camera has ever shown any. */
  gray: z.boolean(),
  hasColors: z.boolean(),
  /** In milliseconds, as in `Memory`. */
  seenAgo: z.number().min(0),
  lostFor: z.number().min(0).exactOptional(),
  movedFor: z.number().min(0),
  sharpest: z.number().min(0).exactOptional(),
  noise: keptNoiseSchema.exactOptional(),
});
export type KeptView = z.output<typeof keptViewSchema>;

export interface Keeping {
  /** What was kept last; `remembers` tells for how long it is good. */
  readonly kept?: KeptView | undefined;
  /** Called now and then with what is remembered, and once with nothing when it is forgotten. */
  readonly keep?: (view: KeptView | undefined) => void;
}

const lookEvery = seconds(0.9);
/** Of the time between two pictures no more counts: nobody saw what was in it. */
const countsAtMost = seconds(15);
/** After this long without pictures the light may be another, and the view is learned again. */
const remembers = minutes(30);

/** A remembered view changes slowly, and a disk is to last. */
const keepEvery = minutes(10);

/** A picture whose brightest hundredth is darker (of 255) shows nothing. */
const darkest = 24;
/** What was brighter than this so short a time ago did not become dark by dusk, which takes minutes. */
const lit = 48;
const sudden = seconds(20);
/** No night within the tropics and well beyond is longer: 13.2 h at Huế, 16 h at 48° of latitude. */
const longestNight = hours(16);

/** Half of the picture is darker: night begins, and ends when it is brighter than the second. */
const night = { below: 40, above: 60 } as const;
/** Mean difference between the colors of a pixel: less is the gray of a camera's infrared light, more has colors. */
const colors = { gray: 1.5, colored: 5 } as const;
/** Cells this bright are dazzled; more of them than this part, and the sun or a headlight shines into the lens. */
const dazzled = { level: 245, part: 0.3 } as const;

/** Cells that changed by more than this level; fewer than this part of all is a clock that the recorder writes over. */
const unchanged = { level: 0.5, part: 0.002 } as const;
/**
 * A frozen picture is coded a little differently with each key frame, in turns that come again; what a sensor sees never
 * comes again. So many turns are known.
 */
const repeats = 8;
/** Where only the coding changes, a picture that stands still is known after so many times as long as an exact one. */
const codedAnew = 5;

/** Tiles that show the same as remembered: the view is there, or it is lost; between them nothing is said. */
const view = {
  there: 0.4,
  lost: 0.3,
  /** Of tiles that show anything, where the view is well seen. */ clear: 0.5,
} as const;
/** Tiles that show anything at all, as a part of those that did: below it something is before the lens. */
const leastShown = 0.25;
/** From here on bright and dark lie as they did. */
const sameLayout = 0.8;
/** Sharpness of a blur, absolutely and as a part of the sharpest that was known. */
const blur = { sharpness: 0.4, part: 0.5 } as const;

/** How fast the remembered view follows the light, and the known sharpness what dirt and age leave of it. */
const viewFollows = minutes(5);
const sharpnessFollows = hours(24);
const leastLooks = 10;
/** After this long the camera will not be turned back: what it shows is its view. */
const adoptsAfter = hours(24);
/** What was hidden for longer is looked at afresh, for the light has changed meanwhile. */
const hiddenFor = minutes(10);

/** Undefined: cannot be told now. */
type Evidence = boolean | undefined;

/** One condition that begins and ends only after it has lasted for a while. */
interface Condition {
  /** Undefined until it has been told for a while. */
  is: Evidence;
  /** Whether that was said in this connection. */
  said: boolean;
  /** What the evidence says other than `is`, and for how long. */
  leans: Evidence;
  against: Duration;
}

const judge = (
  condition: Condition,
  evidence: Evidence,
  elapsed: Duration,
  needed: Readonly<Record<'begun' | 'ended', Duration>>,
): CameraSignal['state'] | undefined => {
  if (evidence === undefined) return undefined;
  if (evidence === condition.is || evidence !== condition.leans) condition.against = 0;
  condition.leans = evidence;
  if (evidence !== condition.is) {
    condition.against += elapsed;
    if (condition.against < needed[evidence ? 'begun' : 'ended']) return undefined;
    condition.is = evidence;
    condition.against = 0;
    condition.said = false;
  }
  if (condition.said) return undefined;
  condition.said = true;
  return evidence ? 'begun' : 'ended';
};

interface Brightness {
  readonly median: number;
  /** The brightest hundredth begins here. */
  readonly brightest: number;
  readonly dazzled: number;
}

const brightnessOf = (plane: Float32Array): Brightness => {
  const counts = new Uint16Array(256);
  for (let cell = 0; cell < cells; cell++) {
    const level = Math.floor(plane[cell] ?? 0);
    counts[level] = (counts[level] ?? 0) + 1;
  }
  const quantile = (part: number): number => {
    let left = part * cells;
    for (let level = 0; level < 256; level++) {
      left -= counts[level] ?? 0;
      if (left < 0) return level;
    }
    return 255;
  };
  let bright = 0;
  for (let level = dazzled.level; level < 256; level++) bright += counts[level] ?? 0;
  return { median: quantile(0.5), brightest: quantile(0.99), dazzled: bright / cells };
};

/** Mean difference between the largest and the smallest color of a pixel, over about a thousand of them. */
const colorOf = ({ width, height, pixels }: Picture): number => {
  const step = Math.max(1, Math.floor((width * height) / 1009));
  let sum = 0;
  let count = 0;
  for (let pixel = 0; pixel < width * height; pixel += step) {
    const red = pixels[pixel * 3] ?? 0;
    const green = pixels[pixel * 3 + 1] ?? 0;
    const blue = pixels[pixel * 3 + 2] ?? 0;
    sum += Math.max(red, green, blue) - Math.min(red, green, blue);
    count++;
  }
  return sum / count;
};

const isUnchanged = (before: Float32Array, now: Float32Array): boolean => {
  let left = unchanged.part * cells;
  for (let cell = 0; cell < cells; cell++) {
    if (Math.abs((before[cell] ?? 0) - (now[cell] ?? 0)) > unchanged.level && --left < 0) return false;
  }
  return true;
};

/** The view as it is remembered. */
interface Memory {
  readonly plane: Float32Array;
  looks: number;
  learnedFor: Duration;
  /** Since it was surely there. */
  seenAgo: Duration;
  /** Since it was lost at once; undefined while it is there. */
  lostFor: Duration | undefined;
}

const newMemory = (): Memory => ({
  plane: new Float32Array(cells),
  looks: 0,
  learnedFor: 0,
  seenAgo: Number.POSITIVE_INFINITY,
  lostFor: undefined,
});

const toMemory = ({ plane, looks, seenAgo, lostFor }: KeptView): Memory => ({
  plane: Float32Array.from(Buffer.from(plane, 'base64')),
  looks,
  learnedFor: Number.POSITIVE_INFINITY,
  seenAgo,
  lostFor,
});

type Known = Record<HealthSignal, Evidence>;
type OfView = Pick<Known, 'blurred' | 'covered' | 'moved'>;

const nothingOfView: OfView = { blurred: undefined, covered: undefined, moved: undefined };

export const createHealth = (configured: HealthConfig, { kept, keep = () => {} }: Keeping = {}): Health => {
  let config = configured;
  const conditions = new Map<HealthSignal, Condition>(
    healthSignals.map(signal => [signal, { is: undefined, said: false, leans: undefined, against: 0 }]),
  );
  const isNow = (signal: HealthSignal): Evidence => conditions.get(signal)?.is;
  const plane = new Float32Array(cells);
  let lookedAt = kept?.time;
  let keptAt = kept?.time;
  /** The last pictures that were each unlike those before. */
  let recent: Float32Array[] = [];
  /** Whether there was more than one. */
  let changed = false;
  /** For how long none has been new. */
  let stillFor = 0;
  const standstill = createStandstill(kept?.noise);
  let litAgo = Number.POSITIVE_INFINITY;
  let dark: { readonly sudden: boolean; for: Duration } | undefined;
  let hasColors = kept?.hasColors ?? false;
  let gray = false;
  let nightly = false;
  let memory = kept === undefined ? newMemory() : toMemory(kept);
  let grayInMemory = kept?.gray ?? false;
  let sharpest = kept?.sharpest;
  /** How long the camera has been seen to be turned away. */
  let movedFor = kept?.movedFor ?? 0;

  const forget = (): void => {
    memory = newMemory();
    movedFor = 0;
    if (keptAt === undefined) return;
    keptAt = undefined;
    keep(undefined);
  };

  const keepNow = (time: Instant): void => {
    const { looks, seenAgo, lostFor } = memory;
    const isDue = keptAt === undefined || Math.abs(time - keptAt) >= keepEvery;
    // What is half seen now tells nobody later whether it went at once.
    if (!isDue || !isLearned() || (seenAgo > 0 && lostFor === undefined)) return;
    keptAt = time;
    const noise = standstill.kept();
    keep({
      version: 1,
      time,
      plane: Buffer.from(memory.plane).toString('base64'),
      looks,
      gray: grayInMemory,
      hasColors,
      movedFor,
      seenAgo,
      ...(lostFor !== undefined && { lostFor }),
      ...(sharpest !== undefined && { sharpest }),
      ...(noise !== undefined && { noise }),
    });
  };

  const isBlurred = (sight: Sight): Evidence => {
    if (sight.sharpness === undefined) return undefined;
    if (sight.sharpness >= blur.sharpness) return false;
    // Of a camera that was never seen sharp nobody can say that it became blurred.
    if (sharpest === undefined || sharpest < blur.sharpness) return undefined;
    return sight.sharpness < blur.part * sharpest;
  };

  const remember = (sight: Sight, elapsed: Duration): void => {
    memory.looks++;
    memory.learnedFor += elapsed;
    const part = isLearned() ? elapsed / viewFollows : 0;
    const follow = Math.max(part, 1 / memory.looks);
    for (let cell = 0; cell < cells; cell++) {
      const known = memory.plane[cell] ?? 0;
      memory.plane[cell] = known + Math.min(1, follow) * ((sight.plane[cell] ?? 0) - known);
    }
    if (sight.sharpness === undefined || isBlurred(sight) === true) return;
    const known = sharpest ?? sight.sharpness;
    sharpest = Math.max(sight.sharpness, known + (elapsed / sharpnessFollows) * (sight.sharpness - known));
  };

  const isLearned = (): boolean => memory.looks >= leastLooks && memory.learnedFor >= config.settle;

  /** The view is not there any more, and was a moment ago. */
  const whatHappened = (sight: Sight, { shown, layout }: Likeness): OfView => {
    if (shown < leastShown) {
      return layout >= sameLayout
        ? { ...nothingOfView, blurred: true, covered: false }
        : { ...nothingOfView, covered: true };
    }
    const blurred = isBlurred(sight);
    return blurred === true ? { ...nothingOfView, blurred, covered: false } : { covered: false, moved: true, blurred };
  };

  const judgeView = (sight: Sight, elapsed: Duration): OfView => {
    if (!isLearned()) {
      grayInMemory = gray;
      remember(sight, elapsed);
      return nothingOfView;
    }
    const likeness = compare(memory.plane, sight, view.there);
    if (likeness === undefined) {
      // Fog, darkness or the open sea: what may still come into sight is learned.
      remember(sight, elapsed);
      return nothingOfView;
    }
    memory.seenAgo += elapsed;
    const shows = likeness.shown >= leastShown;
    if (likeness.same >= view.there) {
      memory.lostFor = undefined;
      movedFor = 0;
      // Of what fog has left nobody can say that it went at once.
      if (likeness.shown >= view.clear) memory.seenAgo = 0;
      grayInMemory = gray;
      remember(sight, elapsed);
      return { covered: false, moved: false, blurred: isBlurred(sight) };
    }
    // Half a blur leaves the view half alike.
    if (likeness.same >= view.lost) return { ...nothingOfView, blurred: isBlurred(sight) };
    if (memory.lostFor === undefined) {
      if (memory.seenAgo > sudden) {
        forget();
        return nothingOfView;
      }
      memory.lostFor = 0;
    }
    memory.lostFor += elapsed;
    // A camera that goes over to its infrared light shows the same things in another way.
    const switched = shows && gray !== grayInMemory;
    const hidden = shows && isNow('covered') === true && memory.lostFor > hiddenFor;
    if (switched || hidden || movedFor >= adoptsAfter) {
      forget();
      return nothingOfView;
    }
    if (isNow('moved') === true) movedFor += elapsed;
    return whatHappened(sight, likeness);
  };

  const judgeDark = ({ brightest }: Brightness, elapsed: Duration): Evidence => {
    if (brightest >= darkest) {
      // By the time a night is over everything looks different.
      if (dark !== undefined && dark.for > hiddenFor) forget();
      dark = undefined;
      litAgo = brightest >= lit ? 0 : litAgo + elapsed;
      return false;
    }
    dark ??= { sudden: litAgo <= sudden, for: 0 };
    dark.for += elapsed;
    return dark.sudden || dark.for > longestNight ? true : undefined;
  };

  const judgeFrozen = (elapsed: Duration): Evidence => {
    if (!recent.some(each => isUnchanged(each, plane))) {
      const place = recent.length < repeats ? new Float32Array(cells) : recent.shift();
      place?.set(plane);
      if (place !== undefined) recent.push(place);
      changed ||= recent.length > 1;
      stillFor = 0;
    } else {
      stillFor += elapsed;
    }
    if (stillFor >= config.frozen) {
      standstill.interrupt();
      return true;
    }
    if (standstill.look(plane, elapsed) >= codedAnew * config.frozen) return true;
    return changed ? false : undefined;
  };

  const judgeAll = (picture: Picture, elapsed: Duration): Known => {
    lumaInto(plane, picture, viewGrid);
    const brightness = brightnessOf(plane);
    const black = judgeDark(brightness, elapsed);
    const frozen = judgeFrozen(elapsed);
    if (dark !== undefined) {
      nightly ||= !dark.sudden;
      standstill.interrupt();
      // All black pictures are the same.
      return { ...nothingOfView, black, frozen: undefined, night: dark.sudden ? undefined : true };
    }
    const color = colorOf(picture);
    hasColors ||= color >= colors.colored;
    gray = color < colors.gray;
    const ofView = brightness.dazzled > dazzled.part ? nothingOfView : judgeView(toSight(plane), elapsed);
    if (memory.lostFor !== undefined) return { black, frozen, ...ofView, night: undefined };
    nightly = brightness.median < (nightly ? night.above : night.below) || (hasColors && gray);
    return { black, frozen, ...ofView, night: nightly };
  };

  return {
    connect: next => {
      config = next;
      for (const condition of conditions.values()) condition.said = false;
      recent = [];
      changed = false;
      stillFor = 0;
      standstill.interrupt();
    },
    look: (picture, time) => {
      const since = lookedAt === undefined ? lookEvery : Math.abs(time - lookedAt);
      if (since < lookEvery) return [];
      lookedAt = time;
      if (since > remembers) forget();
      const elapsed = Math.min(since, countsAtMost);
      const known = judgeAll(picture, elapsed);
      keepNow(time);
      return healthSignals.flatMap((signal): readonly HealthChange[] => {
        const condition = conditions.get(signal);
        if (condition === undefined || config.except.includes(signal)) return [];
        const begun = signal === 'frozen' ? 0 : config.settle;
        const state = judge(condition, known[signal], elapsed, { begun, ended: config.settle });
        return state === undefined ? [] : [{ signal, state }];
      });
    },
    turned: forget,
  };
};
