/**
 * How a camera stands and looks, from boats whose place in the picture and on the map are both known. Least squares
 * that outliers do not move: a boat taken for another one, a position that is minutes old. Pure.
 */
import { type CameraPose, createCamera, expectBox, type Lying } from './camera.ts';
import { minimize } from './least-squares.ts';
import { createPlane, type PlanePoint, type Position } from './plane.ts';

export interface Pair extends Position {
  /** Where the boat meets the water in the picture: fractions of its width and height from the top left. */
  readonly x: number;
  readonly y: number;
  /** Of a fix of AIS: how the hull lies around the antenna, whose place the position is. */
  readonly lying?: Lying;
  /** One standard deviation of the position, metres. */
  readonly positionMetres: number;
}

/** What can be looked for. */
export const unknowns = ['heading', 'tilt', 'roll', 'field-of-view', 'height'] as const;
export type Unknown = (typeof unknowns)[number];

interface UnknownTraits {
  readonly of: keyof CameraPose;
  readonly step: number;
  /** Above this standard deviation the pairs do not determine it. */
  readonly determined: (pose: CameraPose) => number;
  readonly least: number;
  readonly most: number;
}

const traits: Readonly<Record<Unknown, UnknownTraits>> = {
  heading: { of: 'headingDegrees', step: 0.01, determined: () => 1, least: -360, most: 720 },
  tilt: { of: 'tiltDegrees', step: 0.01, determined: () => 0.5, least: -30, most: 89 },
  roll: { of: 'rollDegrees', step: 0.01, determined: () => 2, least: -45, most: 45 },
  'field-of-view': { of: 'fieldOfViewDegrees', step: 0.01, determined: () => 3, least: 1, most: 150 },
  height: {
    of: 'heightMetres',
    step: 0.01,
    determined: ({ heightMetres }) => 0.2 * heightMetres,
    least: 1,
    most: 2000,
  },
};

export interface CalibrationProblem {
  readonly position: Position;
  readonly pairs: readonly Pair[];
  /** What is known; for what is looked for, where to begin. */
  readonly pose: CameraPose;
  readonly unknowns: readonly Unknown[];
  /** Whether `pose.headingDegrees` and `pose.tiltDegrees` are a first guess, or nothing is known of them. */
  readonly guess: 'given' | 'none';
}

export interface JudgedPair {
  readonly pair: Pair;
  /** Where the pose has it, undefined where it would not show it. */
  readonly expected: { readonly x: number; readonly y: number } | undefined;
  /** Distance in standard deviations. */
  readonly deviations: number;
  readonly verdict: 'taken' | 'outlier';
}

export interface FoundUnknown {
  readonly name: Unknown;
  readonly value: number;
  /** One standard deviation; undefined when the pairs say nothing of it. */
  readonly error: number | undefined;
  readonly isDetermined: boolean;
}

export interface Calibration {
  readonly pose: CameraPose;
  readonly found: readonly FoundUnknown[];
  readonly pairs: readonly JudgedPair[];
  /** Root of the mean square over the pairs that were taken, fractions of the picture's width. */
  readonly residual: number;
}

/** One standard deviation of a place that a person or a detector gives in the picture, fraction of its width. */
const pictureError = 0.004;

/** Beyond so many standard deviations a pair is an outlier, and while it is searched, so many weigh half. */
const outlierDeviations = 4;
const annealing = [40, 12, 5, 3] as const;

/** A pair that the pose would not show at all is as far off as this. */
const unseenDeviations = 1000;

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

interface Placed {
  readonly pair: Pair;
  readonly plane: PlanePoint;
  readonly range: number;
}

const expectedOf = (
  pose: CameraPose,
  { pair, plane }: Placed,
): { readonly x: number; readonly y: number } | undefined => {
  const camera = createCamera(pose);
  if (pair.lying === undefined) {
    const bearingDegrees = (Math.atan2(plane.east, plane.north) * 180) / Math.PI;
    return camera.toPicture({ bearingDegrees, rangeMetres: Math.hypot(plane.east, plane.north) });
  }
  const { toBowMetres, toSternMetres } = pair.lying.hull;
  const box = expectBox(camera, plane, pair.lying, toBowMetres + toSternMetres);
  return box && { x: (box.left + box.right) / 2, y: box.bottom };
};

/** To the right and down, in standard deviations. */
const residualOf = (pose: CameraPose, placed: Placed): readonly [right: number, down: number] => {
  const expected = expectedOf(pose, placed);
  if (expected === undefined) return [unseenDeviations, unseenDeviations];
  const { pair, range } = placed;
  const focal = 0.5 / Math.tan(radians(pose.fieldOfViewDegrees) / 2);
  const across = Math.hypot(pictureError, (focal * pair.positionMetres) / range);
  const along = Math.hypot(pictureError, (focal * pose.heightMetres * pair.positionMetres) / range ** 2);
  return [(expected.x - pair.x) / across, (expected.y - pair.y) / pose.aspect / along];
};

const deviationsOf = (pose: CameraPose, placed: Placed): number => Math.hypot(...residualOf(pose, placed));

/** Sum that a few wild pairs do not rule. */
const wildness = (pose: CameraPose, all: readonly Placed[]): number =>
  all.reduce((sum, placed) => sum + Math.log1p((deviationsOf(pose, placed) / 15) ** 2), 0);

const startsOf = (
  { pose, unknowns: wanted, guess }: CalibrationProblem,
  all: readonly Placed[],
): readonly CameraPose[] => {
  if (guess === 'given') return [pose];
  const headings = wanted.includes('heading')
    ? Array.from({ length: 120 }, (_, index) => index * 3)
    : [pose.headingDegrees];
  const tilts = wanted.includes('tilt') ? Array.from({ length: 24 }, (_, index) => -4 + index * 2) : [pose.tiltDegrees];
  const ranked: { readonly start: CameraPose; readonly cost: number }[] = [];
  for (const headingDegrees of headings) {
    for (const tiltDegrees of tilts) {
      const start = { ...pose, headingDegrees, tiltDegrees };
      ranked.push({ start, cost: wildness(start, all) });
    }
  }
  return ranked
    .toSorted((a, b) => a.cost - b.cost)
    .slice(0, 5)
    .map(({ start }) => start);
};

const withValues = (pose: CameraPose, wanted: readonly Unknown[], values: readonly number[]): CameraPose => {
  const changed: { -readonly [Key in keyof CameraPose]: CameraPose[Key] } = { ...pose };
  for (const [index, name] of wanted.entries()) {
    const { of, least, most } = traits[name];
    changed[of] = Math.min(most, Math.max(least, values[index] ?? pose[of]));
  }
  return changed;
};

const solveFor = (
  start: CameraPose,
  wanted: readonly Unknown[],
  all: readonly Placed[],
  weights: readonly number[],
) => {
  const solution = minimize({
    start: wanted.map(name => start[traits[name].of]),
    steps: wanted.map(name => traits[name].step),
    residuals: values => {
      const pose = withValues(start, wanted, values);
      return all.flatMap((placed, index) => {
        const [right, down] = residualOf(pose, placed);
        const weight = weights[index] ?? 0;
        return [right * weight, down * weight];
      });
    },
  });
  return { ...solution, pose: withValues(start, wanted, solution.parameters) };
};

/** Each round weighs the pairs by how far off they are (Geman & McClure), with a measure that becomes stricter. */
const anneal = (start: CameraPose, wanted: readonly Unknown[], all: readonly Placed[]): CameraPose => {
  let pose = start;
  for (const scale of annealing) {
    for (let round = 0; round < 3; round++) {
      const weights = all.map(placed => 1 / (1 + (deviationsOf(pose, placed) / scale) ** 2));
      pose = solveFor(pose, wanted, all, weights).pose;
    }
  }
  return pose;
};

/** As few pairs as leave one to spare: each gives two numbers. */
export const leastPairs = (count: number): number => Math.ceil(count / 2) + 1;

/** `pairs` are at least `leastPairs(unknowns.length)`. */
export const calibrate = (problem: CalibrationProblem): Calibration => {
  const { position, pairs, unknowns: wanted } = problem;
  const plane = createPlane(position);
  const all = pairs.map((pair): Placed => {
    const point = plane.toPlane(pair);
    return { pair, plane: point, range: Math.max(1, Math.hypot(point.east, point.north)) };
  });
  const candidates = startsOf(problem, all).map(start => anneal(start, wanted, all));
  const strictness = (pose: CameraPose): number =>
    all.reduce((sum, placed) => sum + Math.min(1, (deviationsOf(pose, placed) / outlierDeviations) ** 2), 0);
  const best = candidates.toSorted((a, b) => strictness(a) - strictness(b))[0] ?? problem.pose;
  const isTaken = (placed: Placed): boolean => deviationsOf(best, placed) <= outlierDeviations;
  const taken = all.filter(isTaken);
  const usable = taken.length >= leastPairs(wanted.length) ? taken : all;
  const last = solveFor(
    best,
    wanted,
    usable,
    usable.map(() => 1),
  );
  // What the boxes scatter more than was assumed makes the answer less certain.
  const freedom = Math.max(1, 2 * usable.length - wanted.length);
  const scatter = Math.max(1, Math.sqrt((2 * last.cost) / freedom));
  const { pose } = last;
  const judged = all.map(
    (placed): JudgedPair => ({
      pair: placed.pair,
      expected: expectedOf(pose, placed),
      deviations: deviationsOf(pose, placed),
      verdict: usable.includes(placed) ? 'taken' : 'outlier',
    }),
  );
  const squares = judged.flatMap(({ verdict, expected, pair }) =>
    verdict === 'taken' && expected !== undefined
      ? [(expected.x - pair.x) ** 2 + ((expected.y - pair.y) / pose.aspect) ** 2]
      : [],
  );
  return {
    pose: { ...pose, headingDegrees: ((pose.headingDegrees % 360) + 360) % 360 },
    found: wanted.map((name, index): FoundUnknown => {
      const error = last.errors[index];
      const scattered = error === undefined ? undefined : error * scatter;
      const value = pose[traits[name].of];
      return {
        name,
        value: name === 'heading' ? ((value % 360) + 360) % 360 : value,
        error: scattered,
        isDetermined: scattered !== undefined && scattered <= traits[name].determined(pose),
      };
    }),
    pairs: judged,
    residual: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length)),
  };
};
