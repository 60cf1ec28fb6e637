import { describe, expect, it } from 'vitest';
import { quayCameraConfig } from '../../../bench/harbour-watch.ts';
import { calibrate, leastPairs, type Pair, type Unknown } from '../../../pipelines/sighting/calibration.ts';
import { type CameraPose, createCamera, expectBox } from '../../../pipelines/sighting/camera.ts';
import { alongBearing, createPlane, turnBetween } from '../../../pipelines/sighting/plane.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { quayCamera } from '../../../simulators/world/harbour.ts';
import { between, createRandom, type Random } from '../../../simulators/world/random.ts';
import { createView } from '../../../simulators/world/view.ts';

const position = { longitude: 107.64612, latitude: 16.55734 };
const plane = createPlane(position);
const all: readonly Unknown[] = ['heading', 'tilt', 'roll', 'field-of-view'];

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const drawPose = (random: Random): CameraPose => ({
  heightMetres: between(random, 6, 40),
  headingDegrees: between(random, 0, 360),
  tiltDegrees: between(random, 1, 12),
  rollDegrees: between(random, -3, 3),
  fieldOfViewDegrees: between(random, 35, 90),
  aspect: 16 / 9,
  k1: 0,
});

interface Faults {
  /** One standard deviation in the picture, fraction of its width. */
  readonly picture?: number;
  readonly gnss?: number;
  /** Part of the pairs that are of other boats. */
  readonly wrong?: number;
}

/** Boats here and there before the camera. */
const drawPairs = (random: Random, pose: CameraPose, count: number, faults: Faults = {}): readonly Pair[] => {
  const { picture = 0.003, gnss = 5, wrong = 0 } = faults;
  const camera = createCamera(pose);
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const place = {
      bearingDegrees: pose.headingDegrees + between(random, -0.5, 0.5) * pose.fieldOfViewDegrees,
      rangeMetres: Math.exp(between(random, Math.log(8 * pose.heightMetres), Math.log(80 * pose.heightMetres))),
    };
    const seen = camera.toPicture(place);
    if (seen === undefined || seen.x < 0.02 || seen.x > 0.98 || seen.y < 0 || seen.y > 0.98) continue;
    const { east, north } = alongBearing(place.bearingDegrees, place.rangeMetres);
    const said = plane.toPosition({ east: east + gnss * normal(random), north: north + gnss * normal(random) });
    const isWrong = random() < wrong;
    pairs.push({
      x: isWrong ? random() : seen.x + picture * normal(random),
      y: isWrong ? between(random, 0.1, 1) : seen.y + picture * pose.aspect * normal(random),
      ...said,
      positionMetres: Math.max(1, gnss),
    });
  }
  return pairs;
};

describe('a calibration', () => {
  it('finds heading, tilt, roll and field of view from twenty pairs, a quarter of them wrong, without any guess', () => {
    const random = createRandom(5, 'calibration');
    const errors = { heading: [] as number[], tilt: [] as number[], roll: [] as number[], view: [] as number[] };
    let withinThree = 0;
    let stated = 0;
    for (let round = 0; round < 25; round++) {
      const truth = drawPose(random);
      const pairs = drawPairs(random, truth, 20, { wrong: 0.25 });
      // The data sheet of the lens is right within a tenth.
      const fieldOfViewDegrees = truth.fieldOfViewDegrees * between(random, 0.9, 1.1);
      const { pose, found } = calibrate({
        position,
        pairs,
        pose: { ...truth, headingDegrees: 0, tiltDegrees: 0, rollDegrees: 0, fieldOfViewDegrees },
        unknowns: all,
        guess: 'none',
      });
      const off = {
        heading: Math.abs(turnBetween(pose.headingDegrees, truth.headingDegrees)),
        tilt: Math.abs(pose.tiltDegrees - truth.tiltDegrees),
        roll: Math.abs(pose.rollDegrees - truth.rollDegrees),
        view: Math.abs(pose.fieldOfViewDegrees - truth.fieldOfViewDegrees),
      };
      for (const key of ['heading', 'tilt', 'roll', 'view'] as const) errors[key].push(off[key]);
      for (const [index, value] of [off.heading, off.tilt, off.roll, off.view].entries()) {
        stated++;
        if (value <= 3 * (found[index]?.error ?? Number.POSITIVE_INFINITY)) withinThree++;
      }
    }
    const worstButOne = (values: readonly number[]): number => values.toSorted((a, b) => a - b).at(-2) ?? 0;
    const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[12] ?? 0;
    for (const [name, values] of Object.entries(errors)) {
      console.info(`${name}: median ${median(values).toFixed(3)}°, worst but one ${worstButOne(values).toFixed(3)}°`);
    }
    expect(worstButOne(errors.heading)).toBeLessThan(0.5);
    expect(worstButOne(errors.tilt)).toBeLessThan(0.3);
    expect(worstButOne(errors.roll)).toBeLessThan(1.5);
    expect(worstButOne(errors.view)).toBeLessThan(2.5);
    // The errors that it states are true: three standard deviations hold nearly always.
    expect(withinThree / stated).toBeGreaterThan(0.95);
  });

  it('is exact where the pairs are', () => {
    const random = createRandom(6, 'calibration');
    const truth = drawPose(random);
    const pairs = drawPairs(random, truth, 12, { picture: 0, gnss: 0 });
    const { pose, residual, found } = calibrate({
      position,
      pairs,
      pose: { ...truth, headingDegrees: 0, tiltDegrees: 0, rollDegrees: 0 },
      unknowns: ['heading', 'tilt', 'roll', 'height'],
      guess: 'none',
    });
    expect(turnBetween(pose.headingDegrees, truth.headingDegrees)).toBeCloseTo(0, 4);
    expect(pose.tiltDegrees).toBeCloseTo(truth.tiltDegrees, 4);
    expect(pose.heightMetres).toBeCloseTo(truth.heightMetres, 2);
    expect(residual).toBeLessThan(1e-5);
    expect(found.every(({ isDetermined }) => isDetermined)).toBe(true);
  });

  it('says what the pairs do not determine', () => {
    const random = createRandom(7, 'calibration');
    const truth = { ...drawPose(random), heightMetres: 10, fieldOfViewDegrees: 60 };
    const camera = createCamera(truth);
    // All in one corner of the picture.
    const pairs = Array.from({ length: 10 }, (): Pair => {
      const place = {
        bearingDegrees: truth.headingDegrees + between(random, 9, 11),
        rangeMetres: between(random, 380, 420),
      };
      const { x = 0, y = 0 } = camera.toPicture(place) ?? {};
      return {
        x: x + 0.003 * normal(random),
        y: y + 0.003 * normal(random),
        ...plane.toPosition(alongBearing(place.bearingDegrees, place.rangeMetres)),
        positionMetres: 5,
      };
    });
    const { found } = calibrate({ position, pairs, pose: truth, unknowns: all, guess: 'given' });
    const determined = Object.fromEntries(found.map(({ name, isDetermined }) => [name, isDetermined]));
    expect(determined).toMatchObject({ 'field-of-view': false, roll: false });
    const { found: fewer } = calibrate({ position, pairs, pose: truth, unknowns: ['heading', 'tilt'], guess: 'given' });
    expect(fewer.every(({ isDetermined }) => isDetermined)).toBe(true);
  });

  it('knows which pairs were wrong', () => {
    const random = createRandom(8, 'calibration');
    const truth = drawPose(random);
    const good = drawPairs(random, truth, 15);
    const bad = drawPairs(random, truth, 4).map((pair): Pair => ({ ...pair, x: (pair.x + 0.4) % 1 }));
    const { pairs } = calibrate({ position, pairs: [...bad, ...good], pose: truth, unknowns: all, guess: 'none' });
    expect(pairs.map(({ verdict }) => verdict)).toEqual([...bad.map(() => 'outlier'), ...good.map(() => 'taken')]);
  });

  it('takes the place of an antenna for what it is', () => {
    const random = createRandom(9, 'calibration');
    const truth = { ...drawPose(random), heightMetres: 10 };
    const camera = createCamera(truth);
    const hull = { toBowMetres: 60, toSternMetres: 20, toPortMetres: 6, toStarboardMetres: 6 };
    const pairs = Array.from({ length: 12 }, (): Pair => {
      const bearing = truth.headingDegrees + between(random, -0.35, 0.35) * truth.fieldOfViewDegrees;
      const antenna = alongBearing(bearing, between(random, 400, 900));
      const lying = { hull, bowDegrees: between(random, 0, 360) };
      const box = expectBox(camera, antenna, lying, 80);
      if (box === undefined) throw new Error('not before the camera');
      return {
        x: (box.left + box.right) / 2,
        y: box.bottom,
        ...plane.toPosition(antenna),
        lying,
        positionMetres: 5,
      };
    });
    const { pose } = calibrate({ position, pairs, pose: truth, unknowns: ['heading', 'tilt'], guess: 'none' });
    expect(Math.abs(turnBetween(pose.headingDegrees, truth.headingDegrees))).toBeLessThan(0.01);
    expect(pose.tiltDegrees).toBeCloseTo(truth.tiltDegrees, 2);
  });

  it('needs a pair more than the unknowns ask for', () => {
    expect([2, 3, 4, 5].map(leastPairs)).toEqual([2, 3, 3, 4]);
  });

  it('finds how the camera of the simulated harbor looks from its boats', () => {
    const seed = 11;
    const random = createRandom(seed, 'pairs');
    const truth = quayCameraConfig(seed);
    const view = createView(seed, 'harbour');
    const world = createWorld(seed);
    const began = Date.UTC(2026, 10, 23, 1);
    const pairs: Pair[] = [];
    for (let at = 0; at < 120_000; at += 6000) {
      const states = world.vesselsAt(began + at);
      for (const { label, identity, box, visible } of view.visibleAt(began + at)) {
        const state = states.find(({ vessel }) => identity === `vessel-${vessel.mmsi}`);
        const isCut = box.x < 0.01 || box.x + box.width > 0.99;
        if (label !== 'boat' || visible < 0.8 || isCut || state === undefined) continue;
        pairs.push({
          x: box.x + box.width / 2 + 0.004 * normal(random),
          y: box.y + box.height + 0.004 * normal(random),
          longitude: state.longitude + (4 * normal(random)) / 110_655,
          latitude: state.latitude + (4 * normal(random)) / 110_655,
          lying: { hull: state.vessel, bowDegrees: state.headingDegrees },
          positionMetres: 5,
        });
      }
    }
    expect(pairs.length).toBeGreaterThan(40);
    const { pose } = calibrate({
      position: quayCamera,
      pairs,
      pose: {
        heightMetres: view.camera.heightMetres,
        headingDegrees: 0,
        tiltDegrees: 0,
        rollDegrees: 0,
        fieldOfViewDegrees: 60,
        aspect: 16 / 9,
        k1: 0,
      },
      unknowns: all,
      guess: 'none',
    });
    console.info(
      `harbor: heading ${pose.headingDegrees.toFixed(2)}° of 320°, tilt ${pose.tiltDegrees.toFixed(2)}° of ${Number(truth['tilt']).toFixed(2)}°, field of view ${pose.fieldOfViewDegrees.toFixed(1)}° of ${Number(truth['fieldOfView']).toFixed(1)}°`,
    );
    expect(Math.abs(turnBetween(pose.headingDegrees, 320))).toBeLessThan(0.5);
    expect(Math.abs(pose.tiltDegrees - Number(truth['tilt']))).toBeLessThan(0.3);
    expect(Math.abs(pose.fieldOfViewDegrees - Number(truth['fieldOfView']))).toBeLessThan(1.5);
    expect(Math.abs(pose.rollDegrees)).toBeLessThan(0.7);
  });
});
