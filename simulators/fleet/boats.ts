/** The boats of the fleet: who they are, what they fish with and what they carry to be seen by. */
import { between, createRandom, hash, pick, type Random } from '../world/random.ts';
import type { SimulatedVessel } from '../world/world.ts';

export const gears = ['trawl', 'gillnet', 'purse-seine', 'longline', 'squid-jig', 'trap'] as const;
export type Gear = (typeof gears)[number];

export const providers = ['vishipel', 'vnpt', 'viettel'] as const;

export interface BoatTraits {
  readonly lengthMetres: number;
  readonly gear: Gear;
  readonly crew: number;
  readonly ais: 'A' | 'B' | 'none';
  /** Who runs its VMS device; `none` where it has no device. */
  readonly vms: string;
  /** Knots at which it goes to its ground and home, in the channel and while it fishes. */
  readonly cruiseKnots: number;
  readonly channelKnots: number;
  readonly fishingKnots: number;
}

export interface Boat extends BoatTraits {
  /** From 1. */
  readonly number: number;
  /** `TTH-90017-TS`. */
  readonly mark: string;
  readonly vmsId: string;
  readonly vessel: SimulatedVessel;
}

interface Size {
  readonly part: number;
  readonly length: readonly [least: number, most: number];
  readonly gears: readonly [Gear, ...Gear[]];
  readonly crew: readonly [least: number, most: number];
  /** Part of them that carries AIS. */
  readonly ais: number;
}

/** The law asks for VMS from 15 m on (Law on Fisheries 2017, article 50); small boats carry what they like. */
const sizes: readonly Size[] = [
  { part: 0.25, length: [8, 11.9], gears: ['gillnet', 'trap'], crew: [2, 4], ais: 0.4 },
  { part: 0.3, length: [12, 14.9], gears: ['gillnet', 'squid-jig', 'trap'], crew: [4, 7], ais: 0.7 },
  { part: 0.45, length: [15, 27], gears: ['trawl', 'purse-seine', 'longline', 'gillnet'], crew: [7, 14], ais: 0.65 },
];
export const vmsFromMetres = 15;
const classAFromMetres = 24;

const sizeOf = (part: number): Size => {
  let below = 0;
  for (const size of sizes) {
    below += size.part;
    if (part < below) return size;
  }
  return sizes[sizes.length - 1] as Size;
};

const traitsOf = (random: Random, seed: number, number: number): BoatTraits => {
  const size = sizeOf(random());
  const lengthMetres = Math.round(between(random, ...size.length) * 10) / 10;
  const hasAis = random() < size.ais;
  return {
    lengthMetres,
    gear: pick(random, size.gears),
    crew: Math.round(between(random, ...size.crew)),
    ais: hasAis ? (lengthMetres >= classAFromMetres ? 'A' : 'B') : 'none',
    vms: lengthMetres >= vmsFromMetres ? (providers[hash(seed, 'provider', number) % providers.length] ?? '') : 'none',
    cruiseKnots: between(random, 7, 8.5),
    channelKnots: 6,
    fishingKnots: between(random, 2.4, 3.4),
  };
};

const vesselOf = (number: number, mark: string, seed: number, { lengthMetres, ais }: BoatTraits): SimulatedVessel => {
  const length = Math.max(4, Math.round(lengthMetres));
  const beam = Math.max(3, Math.round(length * 0.26));
  const toBowMetres = Math.round(length * 0.65);
  const toPortMetres = Math.round(beam / 2);
  return {
    // Vietnam's maritime identification digits are 574; the harbour's own vessels have numbers below a million.
    mmsi: 574_000_000 + (1 + (hash(seed, 'fleet') % 900)) * 1000 + number,
    stationClass: ais === 'A' ? 'A' : 'B',
    imo: 0,
    name: mark.replaceAll('-', ' '),
    callSign: `XV${String.fromCharCode(65 + (Math.floor(number / 1000) % 26))}${1000 + (number % 9000)}`,
    shipType: 30,
    toBowMetres,
    toSternMetres: length - toBowMetres,
    toPortMetres,
    toStarboardMetres: beam - toPortMetres,
    draughtMetres: Math.round(length) / 10,
    destination: 'THUAN AN',
  };
};

/** `changes`: what a scenario says of a boat, by its number. */
export const createBoats = (
  seed: number,
  count: number,
  changes: ReadonlyMap<number, Partial<BoatTraits>>,
): readonly Boat[] =>
  Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const traits = { ...traitsOf(createRandom(seed, 'boat', number), seed, number), ...changes.get(number) };
    const mark = `TTH-${90_000 + number}-TS`;
    return {
      ...traits,
      number,
      mark,
      vmsId: `${traits.vms.slice(0, 2).toUpperCase()}${String(180_000 + number)}`,
      vessel: vesselOf(number, mark, seed, traits),
    };
  });
