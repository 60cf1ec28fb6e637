/**
 * How well a vessel's way explains what a camera saw of a boat: the logarithm of a likelihood, gathered along both ways.
 *
 * What is left between the place of a box and the expected one is taken for an offset that stays (the camera's error,
 * the antenna's, the hull's) and wanders a little (the vessel leaves the straight line), under the noise of the boxes. A
 * scalar Kalman filter follows the offset of each measure, so that a hundred pictures of one wrong offset are not taken
 * for a hundred witnesses. An unknown boat may be anywhere and go anywhere. Pure.
 */
import type { Instant } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import type { Camera, ExpectedBox, Hull, PoseUncertainty } from './camera.ts';
import { expectBox } from './camera.ts';
import type { Plane } from './plane.ts';
import { lyingOf, placeAt, type VesselPlace } from './vessel-motion.ts';

/** One look at a boat: the middle and the lower edge of its box with one standard deviation each, and its width. */
export interface Sight {
  readonly time: Instant;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly sigmaX: number;
  readonly sigmaY: number;
}

export interface Candidate {
  readonly fixes: readonly VesselFix[];
  readonly hull: Hull | undefined;
  readonly lengthMetres: number;
}

export interface Station {
  readonly camera: Camera;
  readonly plane: Plane;
  readonly uncertainty: PoseUncertainty;
}

/** Part of the boxes that are of something else, or cut a boat in two. */
const glitches = 0.02;
const glitchDeviations = 5;

/**
 * How fast an unknown boat may leave where it was last seen, metres a second: moored, drifting, under way. Each is as
 * likely; with one alone every boat that lies still would look like every vessel that does.
 */
const unknownWanders = [0.1, 0.7, 3] as const;

/** One standard deviation of the logarithm of a box's width over the expected one: its own, and of an unknown boat. */
const widthOffset = 0.35;
const unknownWidthOffset = 1.2;
const widthNoise = 0.15;
const widthWander = 0.02;

interface Filter {
  offset: number;
  variance: number;
}

/** Log-likelihood of a residual. `filter` moves towards it, unless it is a glitch. */
const take = (filter: Filter, residual: number, noise: number, wander: number): number => {
  const before = filter.variance + wander;
  const total = before + noise;
  const apart = residual - filter.offset;
  const gauss = Math.exp((-0.5 * apart * apart) / total) / Math.sqrt(2 * Math.PI * total);
  if (apart * apart <= glitchDeviations ** 2 * total) {
    const gain = before / total;
    filter.offset += gain * apart;
    filter.variance = (1 - gain) * before;
  } else filter.variance = before;
  return Math.log((1 - glitches) * gauss + glitches);
};

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres across the line of sight, and along it, → fractions of the picture. */
const scaleAt = ({ camera }: Station, rangeMetres: number): { readonly x: number; readonly y: number } => {
  const range = Math.max(1, rangeMetres);
  const { focal, pose } = camera;
  return { x: focal / range, y: (focal * pose.aspect * pose.heightMetres) / (range * range) };
};

/** Height of the water in the picture, as a fraction: an unknown boat is somewhere in it. */
const leastWater = 0.05;

export const waterOf = ({ camera }: Station): number => {
  const far = { bearingDegrees: camera.pose.headingDegrees, rangeMetres: camera.horizonMetres * 0.999 };
  const horizon = camera.toPicture(far)?.y ?? 0;
  return Math.max(leastWater, 1 - Math.min(1, Math.max(0, horizon)));
};

const likelihoodOfWandering = (station: Station, sights: readonly Sight[], unknownWander: number): number => {
  const [first] = sights;
  if (first === undefined) return 0;
  const x = { offset: first.x, variance: first.sigmaX ** 2 };
  const y = { offset: first.y, variance: first.sigmaY ** 2 };
  let sum = -Math.log(waterOf(station));
  let before = first.time;
  for (const sight of sights.slice(1)) {
    const elapsed = (sight.time - before) / 1000;
    before = sight.time;
    const range = station.camera.toSea(sight)?.rangeMetres ?? station.camera.horizonMetres;
    const scale = scaleAt(station, range);
    const wander = unknownWander * elapsed;
    sum += take(x, sight.x, sight.sigmaX ** 2, (scale.x * wander) ** 2);
    sum += take(y, sight.y, sight.sigmaY ** 2, (scale.y * wander) ** 2);
  }
  return sum;
};

/** Of a boat that nobody knows. The width is judged in `likelihoodOf`, which knows what to compare it with. */
export const likelihoodOfUnknown = (station: Station, sights: readonly Sight[]): number => {
  const each = unknownWanders.map(wander => likelihoodOfWandering(station, sights, wander));
  const most = Math.max(...each);
  return most + Math.log(each.reduce((sum, value) => sum + Math.exp(value - most), 0) / each.length);
};

export interface Explained {
  /** Natural logarithm of the likelihood. */
  readonly likelihood: number;
  /** Root of the mean square of what is left, in standard deviations of what was expected. */
  readonly deviations: number;
  /** At the newest look: where its box was expected, and what is left. */
  readonly expected: ExpectedBox;
  readonly residual: { readonly x: number; readonly y: number };
}

const middleOf = ({ left, right }: ExpectedBox): number => (left + right) / 2;

/** What the way of a vessel has for one look: where its box is expected, and what is left. */
interface Expectation {
  readonly place: VesselPlace;
  readonly isLying: boolean;
  readonly expected: ExpectedBox;
  /** Metres → fractions of the picture. */
  readonly scale: { readonly x: number; readonly y: number };
  readonly variance: { readonly x: number; readonly y: number };
  readonly residual: { readonly x: number; readonly y: number };
  /** Of what is left, in standard deviations. */
  readonly square: number;
}

/** Undefined where it cannot have been this vessel: behind the camera, or beyond the horizon. */
export type Expect = (sight: Sight) => Expectation | undefined;

/** Each look is worked out once, in however many parts of a way it is asked for. */
export const createExpect = (station: Station, { fixes, hull, lengthMetres }: Candidate): Expect => {
  const { camera, plane, uncertainty } = station;
  const { focal, pose } = camera;
  const headingPart = focal * radians(uncertainty.headingDegrees);
  const tiltPart = focal * pose.aspect * radians(uncertainty.tiltDegrees);
  const workOut: Expect = sight => {
    const place = placeAt(fixes, plane, sight.time);
    if (place === undefined) return undefined;
    const lying = lyingOf(hull, place);
    const expected = expectBox(camera, place, lying, lengthMetres);
    if (expected === undefined) return undefined;
    const scale = scaleAt(station, expected.foot.rangeMetres);
    // Without its hull the antenna may be anywhere from bow to stern.
    const position = Math.hypot(place.uncertaintyMetres, lying === undefined ? lengthMetres / 4 : 0);
    const heightPart = (focal * pose.aspect * uncertainty.heightMetres) / Math.max(1, expected.foot.rangeMetres);
    const variance = {
      x: (scale.x * position) ** 2 + headingPart ** 2,
      y: (scale.y * position) ** 2 + tiltPart ** 2 + heightPart ** 2,
    };
    const residual = { x: sight.x - middleOf(expected), y: sight.y - expected.bottom };
    const square =
      residual.x ** 2 / (variance.x + sight.sigmaX ** 2) + residual.y ** 2 / (variance.y + sight.sigmaY ** 2);
    return { place, isLying: lying !== undefined, expected, scale, variance, residual, square };
  };
  const known = new Map<Sight, Expectation | undefined>();
  return sight => {
    const found = known.get(sight);
    if (found !== undefined || known.has(sight)) return found;
    const expectation = workOut(sight);
    known.set(sight, expectation);
    return expectation;
  };
};

/**
 * Likelihood of the looks under the way of a vessel. Undefined where it cannot have been this vessel at one of them, or
 * was farther than `gate` standard deviations from the boat at the first or at the last.
 */
export const likelihoodOf = (sights: readonly Sight[], expect: Expect, gate: number): Explained | undefined => {
  for (const sight of [sights[0], sights.at(-1)]) {
    const expectation = sight && expect(sight);
    if (expectation === undefined || expectation.square > gate * gate) return undefined;
  }
  let filters: { readonly x: Filter; readonly y: Filter; readonly width: Filter; readonly other: Filter } | undefined;
  let sum = 0;
  let squares = 0;
  let before: Instant | undefined;
  let last: Pick<Explained, 'expected' | 'residual'> | undefined;
  for (const sight of sights) {
    const expectation = expect(sight);
    if (expectation === undefined) return undefined;
    const { place, isLying, expected, scale, variance, residual, square } = expectation;
    squares += square;
    filters ??= {
      x: { offset: 0, variance: variance.x },
      y: { offset: 0, variance: variance.y },
      width: { offset: 0, variance: widthOffset ** 2 },
      other: { offset: 0, variance: unknownWidthOffset ** 2 },
    };
    const elapsed = before === undefined ? 0 : (sight.time - before) / 1000;
    before = sight.time;
    const wander = place.wanderMetresPerSecond * elapsed;
    sum += take(filters.x, residual.x, sight.sigmaX ** 2, (scale.x * wander) ** 2);
    sum += take(filters.y, residual.y, sight.sigmaY ** 2, (scale.y * wander) ** 2);
    if (isLying && expected.right > expected.left) {
      const ratio = Math.log(sight.width / (expected.right - expected.left));
      const drift = (widthWander * elapsed) ** 2;
      sum += take(filters.width, ratio, widthNoise ** 2, drift) - take(filters.other, ratio, widthNoise ** 2, drift);
    }
    last = { expected, residual };
  }
  return last && { likelihood: sum, deviations: Math.sqrt(squares / (2 * sights.length)), ...last };
};
