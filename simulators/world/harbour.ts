/**
 * Vessels of the harbour at Thuận An, Huế. Those near the quay move on loops of one `worldPeriod`, since the camera
 * sees them; those out of its sight take their time.
 */
import { type Duration, type Instant, minutes } from '../../core/time.ts';
import { worldPeriod } from './period.ts';
import { between, createRandom, hash, type Random } from './random.ts';
import type { SimulatedVessel, VesselState } from './world.ts';

/** Foot of the camera on the quay, WGS 84 degrees, and the compass bearing it looks along. */
export const quayCamera = { longitude: 107.64612, latitude: 16.55734, bearingDegrees: 320 } as const;

const metresPerDegreeLatitude = 110_655;
const metresPerDegreeLongitude = 111_320 * Math.cos((quayCamera.latitude * Math.PI) / 180);
const knotsPerMetrePerSecond = 1 / 0.514444;
const turn = 2 * Math.PI;
const axis = (quayCamera.bearingDegrees * Math.PI) / 180;

/** A vessel's middle on the water as the camera has it: metres to its right, metres ahead, bow's angle clockwise from ahead. */
export interface Afloat {
  readonly x: number;
  readonly y: number;
  /** Radians, 0 = pointing away from the camera, π/2 = to its right. */
  readonly bearing: number;
}

/** Once around an ellipse in `period`; an ellipse of no size is a berth or an anchorage. */
interface Course {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  readonly start: number;
  readonly sense: 1 | -1;
  readonly period: Duration;
  /** Where the bow points while lying still, radians, and how far it swings. */
  readonly bearing: number;
  readonly swing: number;
}

export interface HarbourVessel {
  readonly vessel: SimulatedVessel;
  readonly course: Course;
  readonly navigationStatus: number;
}

const underWayUsingEngine = 0;
const atAnchor = 1;
const moored = 5;
const engagedInFishing = 7;

const afloat = (course: Course, instant: Instant): Afloat & { readonly speed: number } => {
  const angle = course.start + (course.sense * turn * (instant % course.period)) / course.period;
  if (course.halfWidth === 0) {
    return { x: course.x, y: course.y, bearing: course.bearing + course.swing * Math.sin(angle), speed: 0 };
  }
  const rate = (course.sense * turn) / (course.period / 1000);
  const right = -course.halfWidth * Math.sin(angle) * rate;
  const ahead = course.halfDepth * Math.cos(angle) * rate;
  return {
    x: course.x + course.halfWidth * Math.cos(angle),
    y: course.y + course.halfDepth * Math.sin(angle),
    bearing: Math.atan2(right, ahead),
    speed: Math.hypot(right, ahead),
  };
};

/** Where the camera has the vessel at the instant. */
export const afloatAt = ({ course }: HarbourVessel, instant: Instant): Afloat => afloat(course, instant);

const degrees = (radians: number): number => {
  const value = ((radians * 180) / Math.PI) % 360;
  return value < 0 ? value + 360 : value;
};

/** What the vessel's own receiver knows: the place of its antenna, speed and course over ground. */
export const stateOf = ({ vessel, course, navigationStatus }: HarbourVessel, instant: Instant): VesselState => {
  const { x, y, bearing, speed } = afloat(course, instant);
  // The position in AIS is the antenna's, given by its distances to bow, stern, port and starboard.
  const ahead = (vessel.toSternMetres - vessel.toBowMetres) / 2;
  const right = (vessel.toPortMetres - vessel.toStarboardMetres) / 2;
  const antennaX = x + ahead * Math.sin(bearing) + right * Math.cos(bearing);
  const antennaY = y + ahead * Math.cos(bearing) - right * Math.sin(bearing);
  const east = antennaX * Math.cos(axis) + antennaY * Math.sin(axis);
  const north = antennaY * Math.cos(axis) - antennaX * Math.sin(axis);
  const compass = degrees(bearing + axis);
  return {
    vessel,
    longitude: quayCamera.longitude + east / metresPerDegreeLongitude,
    latitude: quayCamera.latitude + north / metresPerDegreeLatitude,
    sogKnots: speed * knotsPerMetrePerSecond,
    cogDegrees: compass,
    headingDegrees: compass,
    navigationStatus,
  };
};

interface Kind {
  readonly name: (random: Random) => string;
  readonly stationClass: 'A' | 'B';
  readonly shipType: number;
  readonly length: readonly [least: number, most: number];
  /** Beam as a part of the length. */
  readonly slender: number;
  readonly draught: number;
  readonly destination: string;
}

const mark = (random: Random): string => `TTH ${90000 + Math.floor(random() * 9999)} TS`;
const fishingBoat: Kind = {
  name: mark,
  stationClass: 'B',
  shipType: 30,
  length: [11, 17],
  slender: 0.27,
  draught: 1.4,
  destination: 'THUAN AN',
};
const trawler: Kind = { ...fishingBoat, stationClass: 'A', length: [18, 24], slender: 0.25, draught: 2.2 };
const ferry: Kind = {
  name: () => 'PHA THUAN AN',
  stationClass: 'A',
  shipType: 60,
  length: [22, 28],
  slender: 0.28,
  draught: 1.6,
  destination: 'THUAN AN - HAI DUONG',
};
const cargo: Kind = {
  name: random => `HUONG GIANG ${String(1 + Math.floor(random() * 88)).padStart(2, '0')}`,
  stationClass: 'A',
  shipType: 70,
  length: [62, 92],
  slender: 0.16,
  draught: 4.8,
  destination: 'CHAN MAY',
};

const vesselOf = (kind: Kind, seed: number, index: number): SimulatedVessel => {
  const random = createRandom(seed, 'vessel', index);
  const length = Math.round(between(random, ...kind.length));
  const beam = Math.max(3, Math.round(length * kind.slender));
  const toBow = Math.round(length * between(random, 0.55, 0.75));
  const toPort = Math.round(beam / 2);
  return {
    // Vietnam's maritime identification digits are 574; the index keeps the numbers of one world apart.
    mmsi: 574_000_000 + (hash(seed, 'mmsi') % 9000) * 100 + index,
    stationClass: kind.stationClass,
    imo: kind === cargo ? imoNumber(900_000 + (hash(seed, 'imo', index) % 99_999)) : 0,
    name: kind.name(random),
    callSign: `XV${String.fromCharCode(65 + (hash(seed, 'call', index) % 26))}${1000 + (hash(seed, 'sign', index) % 8999)}`,
    shipType: kind.shipType,
    toBowMetres: toBow,
    toSternMetres: length - toBow,
    toPortMetres: toPort,
    toStarboardMetres: beam - toPort,
    draughtMetres: kind.draught,
    destination: kind.destination,
  };
};

/** Six digits and their check digit (IMO A.1117(30)): the sum of each digit times 7 … 2, its last digit. */
const imoNumber = (digits: number): number => {
  let sum = 0;
  for (let place = 0; place < 6; place++) sum += (Math.floor(digits / 10 ** place) % 10) * (place + 2);
  return digits * 10 + (sum % 10);
};

const loop = (
  random: Random,
  y: readonly [least: number, most: number],
  halfWidth: readonly [least: number, most: number],
): Course => ({
  x: between(random, -8, 8),
  y: between(random, ...y),
  halfWidth: between(random, ...halfWidth),
  halfDepth: between(random, 2.5, 5),
  start: between(random, 0, turn),
  sense: random() < 0.5 ? 1 : -1,
  period: worldPeriod,
  bearing: 0,
  swing: 0,
});

const still = (
  random: Random,
  x: readonly [least: number, most: number],
  y: readonly [least: number, most: number],
): Course => ({
  x: between(random, ...x),
  y: between(random, ...y),
  halfWidth: 0,
  halfDepth: 0,
  start: between(random, 0, turn),
  sense: 1,
  period: worldPeriod,
  bearing: between(random, 0, turn),
  swing: 0.12,
});

/** Behind the camera or far to its side: never in the picture. */
const away = (random: Random, period: Duration): Course => {
  const direction = between(random, 0.45 * Math.PI, 1.55 * Math.PI);
  const distance = between(random, 1600, 4200);
  return {
    x: distance * Math.sin(direction),
    y: distance * Math.cos(direction) - 500,
    halfWidth: between(random, 300, 700),
    halfDepth: between(random, 150, 400),
    start: between(random, 0, turn),
    sense: random() < 0.5 ? 1 : -1,
    period,
    bearing: 0,
    swing: 0,
  };
};

/** The fleet of a seed. Loops and berths lie in bands of distance of their own, so that no hull meets another. */
export const fleetOf = (seed: number): readonly HarbourVessel[] => {
  const random = createRandom(seed, 'fleet');
  const side = random() < 0.5 ? 1 : -1;
  const berth = (least: number, most: number): readonly [number, number] =>
    side === 1 ? [least, most] : [-most, -least];
  const plan: readonly (readonly [Kind, Course, number])[] = [
    [fishingBoat, still(random, berth(8, 14), [37, 40]), moored],
    [fishingBoat, loop(random, [52, 56], [34, 52]), underWayUsingEngine],
    [fishingBoat, still(random, berth(-26, -14), [72, 75]), atAnchor],
    [trawler, loop(random, [93, 97], [50, 80]), underWayUsingEngine],
    [fishingBoat, still(random, berth(10, 30), [118, 122]), atAnchor],
    [ferry, loop(random, [148, 154], [80, 125]), underWayUsingEngine],
    [fishingBoat, loop(random, [188, 194], [60, 110]), underWayUsingEngine],
    [cargo, { ...still(random, [-60, 60], [330, 360]), bearing: between(random, 1.2, 1.9) }, atAnchor],
    [trawler, away(random, minutes(20)), engagedInFishing],
    [fishingBoat, away(random, minutes(24)), underWayUsingEngine],
    [fishingBoat, away(random, minutes(18)), underWayUsingEngine],
    [cargo, away(random, minutes(16)), underWayUsingEngine],
    [fishingBoat, away(random, minutes(30)), underWayUsingEngine],
  ];
  return plan.map(([kind, course, navigationStatus], index) => ({
    vessel: vesselOf(kind, seed, index + 1),
    course,
    navigationStatus,
  }));
};
