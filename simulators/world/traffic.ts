/** People and vehicles that pass along lanes, each once or more in a `worldPeriod`. */
import type { Duration } from '../../core/time.ts';
import { worldPeriod } from './period.ts';
import { between, createRandom, type Random } from './random.ts';
import type { Actor, ShapeName } from './shapes.ts';

/** A straight lane in metres: along `s` from −reach to +reach (or back), at distance `t` from the camera's foot. */
export interface Lane {
  readonly name: string;
  readonly t: number;
  readonly sense: 1 | -1;
  readonly reach: number;
  readonly metresPerSecond: number;
  /** How many pass in one period. */
  readonly count: number;
  /** What passes, drawn for each. */
  readonly kind: (random: Random) => Traveller;
  /** How far to the side of the lane's middle each keeps, metres. */
  readonly stray: number;
}

export interface Traveller {
  readonly label: string;
  readonly shape: ShapeName;
  readonly length: number;
  readonly width: number;
  readonly rider?: 'aboard' | 'none';
  readonly walks?: 'walks';
}

export const walker = (): Traveller => ({ label: 'person', shape: 'person', length: 0.4, width: 0.5, walks: 'walks' });
export const rider = (): Traveller => ({
  label: 'motorbike',
  shape: 'motorbike',
  length: 1.9,
  width: 0.7,
  rider: 'aboard',
});
export const bus = (random: Random): Traveller => ({
  label: 'bus',
  shape: 'bus',
  length: between(random, 6.8, 8.6),
  width: 2.3,
});
export const driver = (random: Random): Traveller =>
  random() < 0.2
    ? bus(random)
    : { label: 'car', shape: 'car', length: between(random, 3.8, 4.9), width: between(random, 1.7, 1.9) };

interface Trip extends Traveller {
  readonly identity: string;
  readonly lane: Lane;
  readonly t: number;
  readonly start: Duration;
  readonly look: number;
}

/** Axis of a road: its direction turned by `angle` (radians) from the camera's right towards ahead. */
export interface Road {
  readonly angle: number;
  readonly lanes: readonly Lane[];
}

const stepsPerMetre = 0.75;

export const createTraffic = (seed: number, name: string, road: Road): ((phase: Duration) => readonly Actor[]) => {
  const trips: Trip[] = [];
  for (const lane of road.lanes) {
    const random = createRandom(seed, name, lane.name);
    const slot = worldPeriod / Math.max(1, lane.count);
    for (let index = 0; index < lane.count; index++) {
      const traveller = lane.kind(random);
      trips.push({
        ...traveller,
        identity: `${traveller.label}-${name}-${lane.name}-${index + 1}`,
        lane,
        t: lane.t + between(random, -lane.stray, lane.stray),
        // Each leaves within the first third of its own slot, so that none runs into the one before.
        start: slot * (index + random() / 3),
        look: Math.floor(random() * 1e9),
      });
    }
  }
  const cosine = Math.cos(road.angle);
  const sine = Math.sin(road.angle);
  return phase => {
    const actors: Actor[] = [];
    for (const { lane, t, start, walks, identity, label, shape, length, width, look, rider } of trips) {
      const under = (((phase - start) % worldPeriod) + worldPeriod) % worldPeriod;
      const travelled = (under / 1000) * lane.metresPerSecond;
      if (travelled > 2 * lane.reach) continue;
      const s = lane.sense * (travelled - lane.reach);
      actors.push({
        identity,
        label,
        shape,
        x: s * cosine - t * sine,
        y: s * sine + t * cosine,
        bearing: Math.atan2(lane.sense * cosine, lane.sense * sine),
        length,
        width,
        look,
        ...(walks !== undefined && { gait: (travelled * stepsPerMetre) % 1 }),
        ...(rider !== undefined && { rider }),
      });
    }
    return actors;
  };
};
