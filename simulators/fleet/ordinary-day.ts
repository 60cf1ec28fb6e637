/**
 * A day at a harbor on which nothing happens that an officer must be told, and much looks as if it did: boats lie side
 * by side at a pier that no zone names, pair trawlers meet over their net, ships pass each other in the bends of the
 * channel, ships swing at anchor. Positions scatter and jump, and two poor receivers hear all that.
 */
import { metresPerNauticalMile, metresPerSecondPerKnot } from '../../core/geodesy.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import { createHearing, type Transmission } from '../world/hearing.ts';
import { between, createRandom, hash, type Random, wander } from '../world/random.ts';
import { createTagger } from '../world/tagger.ts';
import type { SimulatedVessel, Station, VesselState } from '../world/world.ts';
import type { Fleet } from './fleet.ts';
import type { RecordedLine } from './record.ts';
import { atSea, basin, channel, distanceOf, type Spot, toPlace, toSpot } from './waters.ts';

/** What a vessel does at an instant; undefined while its transponder is off. */
type Conduct = (instant: Instant) => (Spot & Pick<VesselState, 'sogKnots' | 'cogDegrees'>) | undefined;

interface Kind {
  readonly name: string;
  readonly stationClass: 'A' | 'B';
  readonly shipType: number;
  readonly lengthMetres: number;
  readonly navigationStatus: number;
}

/** ITU-R M.1371-5 table 45. */
const status = { underWay: 0, atAnchor: 1, moored: 5 } as const;

const courseOf = (from: Spot, to: Spot): number =>
  ((Math.atan2(to.east - from.east, to.north - from.north) * 180) / Math.PI + 360) % 360;

const lying =
  ({ east, north }: Spot): Conduct =>
  () => ({ east, north, sogKnots: 0, cogDegrees: 0 });

/** Around its anchor with tide and wind, once in some hours. */
const swinging = ({ east, north }: Spot, metres: number, key: number): Conduct => {
  const at = (instant: Instant): Spot => {
    const angle =
      2 * Math.PI * (wander(instant / hours(3), 'swing', key) + 0.1 * wander(instant / minutes(6), 'yaw', key));
    return { east: east + metres * Math.cos(angle), north: north + metres * Math.sin(angle) };
  };
  return instant => {
    const [here, next] = [at(instant), at(instant + seconds(10))];
    const knots = distanceOf(here, next) / 10 / metresPerSecondPerKnot;
    return { ...here, sogKnots: knots, cogDegrees: courseOf(here, next) };
  };
};

/** Beside the line that it would follow, to starboard; corners are rounded. */
const beside = (metres: number, conduct: Conduct): Conduct => {
  const around = seconds(20);
  return instant => {
    const here = conduct(instant);
    const [before, after] = [conduct(instant - around), conduct(instant + around)];
    if (here === undefined || before === undefined || after === undefined) return here;
    const far = distanceOf(before, after);
    // Whoever stops comes to the line.
    const part = Math.min(1, far / (2 * 3 * metresPerSecondPerKnot * (around / 1000)));
    const side = ((courseOf(before, after) + 90) * Math.PI) / 180;
    const off = far < 1 ? 0 : metres * part;
    return { ...here, east: here.east + off * Math.sin(side), north: here.north + off * Math.cos(side) };
  };
};

interface Trip {
  readonly spots: readonly Spot[];
  readonly departs: Instant;
  readonly knots: number;
}

const lengthOf = (spots: readonly Spot[]): number =>
  spots.slice(1).reduce((sum, spot, index) => sum + distanceOf(spots[index] ?? spot, spot), 0);

const durationOf = ({ spots, knots }: Trip): Duration => seconds(lengthOf(spots) / (knots * metresPerSecondPerKnot));

/** One trip after the other, lying in between. */
const making =
  (trips: readonly Trip[], home: Spot): Conduct =>
  instant => {
    const trip = trips.findLast(({ departs }) => departs <= instant);
    if (trip === undefined) return { ...home, sogKnots: 0, cogDegrees: 0 };
    const { spots, departs, knots } = trip;
    let metres = ((instant - departs) / 1000) * knots * metresPerSecondPerKnot;
    let here = home;
    for (const [index, from] of spots.entries()) {
      const to = spots[index + 1];
      here = from;
      if (to === undefined) break;
      const length = distanceOf(from, to);
      if (metres >= length) {
        metres -= length;
        continue;
      }
      const part = metres / length;
      const place = {
        east: from.east + (to.east - from.east) * part,
        north: from.north + (to.north - from.north) * part,
      };
      return { ...place, sogKnots: knots, cogDegrees: courseOf(from, to) };
    }
    return { ...here, sogKnots: 0, cogDegrees: 0 };
  };

/** Who is where in the harbor at each moment: nobody sets out who would come too close to another one. */
const createHarborMaster = (start: Instant, end: Instant) => {
  const step = seconds(10);
  const taken = new Map<number, Spot[]>();
  const isNear = ({ east, north }: Spot): boolean => north > -300 && north < 6000 && Math.abs(east) < 3000;
  const enter = (conduct: Conduct, from: Instant, to: Instant): void => {
    for (let at = Math.max(start, from); at < Math.min(end, to); at += step) {
      const spot = conduct(at);
      if (spot === undefined || spot.sogKnots === 0 || !isNear(spot)) continue;
      const bin = Math.floor(at / step);
      const known = taken.get(bin);
      if (known === undefined) taken.set(bin, [spot]);
      else known.push(spot);
    }
  };
  const isClear = (conduct: Conduct, from: Instant, to: Instant, metres: number): boolean => {
    for (let at = from; at < to; at += step) {
      const spot = conduct(at);
      if (spot === undefined || !isNear(spot)) continue;
      for (const bin of [-1, 0, 1])
        for (const other of taken.get(Math.floor(at / step) + bin) ?? [])
          if (distanceOf(spot, other) < (bin === 0 ? metres : metres / 2)) return false;
    }
    return true;
  };
  return {
    enter,
    /** Trips to and fro, each as soon after its rest as the way is clear. */
    plan: (
      spots: readonly Spot[],
      {
        knots,
        rest,
        first,
        besideMetres,
        metres,
      }: Record<'knots' | 'rest' | 'first' | 'besideMetres' | 'metres', number>,
    ): Conduct => {
      const home = spots[0] ?? basin;
      const trips: Trip[] = [];
      let departs = first;
      let isOut = true;
      while (departs < end) {
        const trip: Trip = { spots: isOut ? spots : spots.toReversed(), departs, knots };
        const took = durationOf(trip);
        const conduct = beside(besideMetres, making([trip], home));
        if (!isClear(conduct, departs, departs + took, metres)) {
          departs += minutes(1);
          continue;
        }
        enter(conduct, departs, departs + took);
        trips.push(trip);
        departs += took + rest;
        isOut = !isOut;
      }
      return beside(besideMetres, making(trips, home));
    },
  };
};

/** Rounds about a spot. */
const rounding = ({ east, north }: Spot, radius: number, knots: number, phase: number): Conduct => {
  const period = seconds((2 * Math.PI * radius) / (knots * metresPerSecondPerKnot));
  return instant => {
    const angle = 2 * Math.PI * ((instant / period) % 1) + phase;
    return {
      east: east + radius * Math.sin(angle),
      north: north + radius * Math.cos(angle),
      sogKnots: knots,
      cogDegrees: ((((angle * 180) / Math.PI + 90) % 360) + 360) % 360,
    };
  };
};

/** Two that draw a net between them, and every four hours lie close for 45 minutes to take it in, adrift. */
const trawlingPairs = (middle: Spot, side: 1 | -1, start: Instant): Conduct => {
  const tow = rounding(middle, 2500, 3, 0);
  const [cycle, haul, closing] = [hours(4), minutes(45), minutes(5)];
  const driftMetres = 0.6 * metresPerSecondPerKnot;
  return instant => {
    const number = Math.floor((instant - start) / cycle);
    const at = instant - start - number * cycle;
    const isHauling = at < haul;
    const here = tow(start + number * (cycle - haul) + Math.max(0, at - haul));
    if (here === undefined) return undefined;
    const apart = 25 + 125 * Math.min(1, Math.max(0, at - haul) / closing, (cycle - at) / closing);
    const across = ((here.cogDegrees + 90) * Math.PI) / 180;
    const drift = driftMetres * ((number * haul + Math.min(at, haul)) / 1000);
    return {
      east: here.east + side * apart * Math.sin(across) + drift,
      north: here.north + side * apart * Math.cos(across),
      sogKnots: isHauling ? 0.6 : here.sogKnots,
      cogDegrees: isHauling ? 90 : here.cogDegrees,
    };
  };
};

/** Off but for these hours of the day. */
const onBetween =
  (conduct: Conduct, start: Instant, from: number, to: number): Conduct =>
  instant => {
    const hour = ((instant - start) / hours(1)) % 24;
    return hour >= from && hour < to ? conduct(instant) : undefined;
  };

/** A position scatters slowly by this, and jumps now and then between tall hulls. */
const scatterMetres = 8;
const jumpEvery = seconds(10);
const jumpShare = 0.005;

const scattered = (state: VesselState, instant: Instant): VesselState => {
  const { mmsi } = state.vessel;
  const spot = toSpot(state);
  const bin = Math.floor(instant / jumpEvery);
  const dice = hash('jump', mmsi, bin) / 2 ** 32;
  const jump = dice < jumpShare ? 100 + (200 * dice) / jumpShare : 0;
  const angle = hash('way', mmsi, bin);
  const noise = (axis: string, every: Duration): number => wander(instant / every, axis, mmsi);
  const knots = Math.max(0, state.sogKnots + 0.2 * noise('knots', seconds(5)));
  const drift = state.sogKnots < 0.5 ? 180 : 8 / Math.max(1, state.sogKnots);
  return {
    ...state,
    ...toPlace({
      east: spot.east + scatterMetres * noise('east', minutes(1)) + jump * Math.cos(angle),
      north: spot.north + scatterMetres * noise('north', minutes(1)) + jump * Math.sin(angle),
    }),
    // A transponder whose receiver has lost its satellites for a moment tells no speed.
    sogKnots: hash('lost', mmsi, bin) % 50 === 0 ? 102.3 : knots,
    cogDegrees: (state.cogDegrees + drift * noise('course', seconds(7)) + 360) % 360,
    // Cargo and destination are other ones after each call.
    vessel: {
      ...state.vessel,
      destination: Math.floor(instant / hours(5)) % 2 === 0 ? state.vessel.destination : 'CUA VIET',
      shipType: state.vessel.shipType === 70 ? 70 + (Math.floor(instant / hours(6)) % 5) : state.vessel.shipType,
    },
  };
};

const stationOf = (
  number: number,
  { name, stationClass, shipType, lengthMetres, navigationStatus }: Kind,
  conduct: Conduct,
  mmsi = 574_500_000 + number,
): Station => {
  const vessel: SimulatedVessel = {
    mmsi,
    stationClass,
    imo: 0,
    name: `${name} ${number}`,
    callSign: `XVB${number}`,
    shipType,
    toBowMetres: Math.round(lengthMetres * 0.7),
    toSternMetres: Math.round(lengthMetres * 0.3),
    toPortMetres: Math.max(1, Math.round(lengthMetres * 0.1)),
    toStarboardMetres: Math.max(1, Math.round(lengthMetres * 0.1)),
    draughtMetres: 3,
    destination: 'THUAN AN',
  };
  return {
    stateAt: instant => {
      const found = conduct(instant);
      if (found === undefined) return undefined;
      const { sogKnots, cogDegrees, ...spot } = found;
      return { vessel, ...toPlace(spot), sogKnots, cogDegrees, headingDegrees: cogDegrees, navigationStatus };
    },
  };
};

/** Boats of the fleet keep to the edge of the channel. */
const edgeMetres = 120;
const toEdge = ({ stateAt }: Station): Conduct => {
  const conduct: Conduct = instant => {
    const state = stateAt(instant);
    return state && { ...toSpot(state), sogKnots: state.sogKnots, cogDegrees: state.cogDegrees };
  };
  const aside = beside(edgeMetres, conduct);
  return instant => {
    const here = conduct(instant);
    const isInChannel = here !== undefined && here.north > 150 && here.north < 3000 && Math.abs(here.east) < 1500;
    if (!isInChannel) return here;
    // In and out of the channel they change over by and by.
    const there = aside(instant) ?? here;
    const part = Math.min(1, (here.north - 150) / 300, (3000 - here.north) / 300);
    return {
      ...here,
      east: here.east + (there.east - here.east) * part,
      north: here.north + (there.north - here.north) * part,
    };
  };
};

/** Where no zone is: a pier on the other side of the lagoon, and a beach. */
const pier: Spot = { east: -2600, north: -900 };
const roads: Spot = { east: -2500, north: 7500 };

const harborStations = (seed: number, fleet: Fleet, boats: readonly Conduct[]): readonly Station[] => {
  const { start, end } = fleet;
  const random = createRandom(seed, 'ordinary day');
  const stations: Station[] = [];
  const add = (kind: Kind, conduct: Conduct, mmsi?: number): void => {
    stations.push(stationOf(stations.length, kind, conduct, mmsi));
  };
  const cargo = {
    name: 'CARGO',
    stationClass: 'A',
    shipType: 70,
    lengthMetres: 95,
    navigationStatus: status.underWay,
  } as const;
  const ferry = { ...cargo, name: 'FERRY', shipType: 60, lengthMetres: 28 } as const;
  const tug = { ...cargo, name: 'TUG', shipType: 52, lengthMetres: 25 } as const;
  const pilot = { ...cargo, name: 'PILOT', shipType: 50, lengthMetres: 14 } as const;
  const boat = { name: 'BOAT', stationClass: 'B', shipType: 30, lengthMetres: 13, navigationStatus: 15 } as const;

  const master = createHarborMaster(start, end);
  for (const conduct of boats) master.enter(conduct, start, end);
  for (let number = 0; number < 8; number++) {
    const berth = { east: -1300 + 130 * number, north: 450 - 40 * number };
    const anchorage = { east: roads.east + 500 * number - 1000, north: roads.north - 1200 };
    const knots = between(random, 8, 12);
    const ways = {
      knots,
      rest: hours(between(random, 0.5, 1.5)),
      first: start + hours(between(random, 0, 3)),
      metres: 75,
    };
    const conduct = master.plan([berth, ...channel, anchorage], { ...ways, besideMetres: 45 });
    add(cargo, conduct);
    // A tug close by, or the pilot's boat alongside.
    if (number % 3 === 0) add(tug, beside(35, conduct));
    if (number % 3 === 1) add(pilot, beside(18, conduct));
  }
  for (let number = 0; number < 4; number++)
    add(
      ferry,
      master.plan(
        [
          { east: -1250, north: 1000 + number * 70 },
          { east: -350, north: 1100 + number * 70 },
        ],
        {
          knots: between(random, 9, 12),
          rest: minutes(6),
          first: start + minutes(number * 5),
          besideMetres: 15,
          metres: 120,
        },
      ),
    );
  for (let number = 0; number < 20; number++) {
    const spot = { east: roads.east + (number % 5) * 700 - 1400, north: roads.north + Math.floor(number / 5) * 700 };
    const isCareless = number % 5 === 0;
    add(
      { ...cargo, name: 'ANCHOR', navigationStatus: isCareless ? status.underWay : status.atAnchor },
      swinging(spot, between(random, 60, 150), number),
    );
    if (number === 7)
      add(
        { ...cargo, name: 'BARGE', shipType: 80, lengthMetres: 45 },
        swinging({ ...spot, east: spot.east + 25 }, 60, number),
      );
  }
  // Rafts at the pier: by two, three and one; some switch off for the night. A raft that casts off in the morning.
  for (let number = 0; number < 9; number++) {
    const spot = { east: pier.east + Math.floor(number / 2) * 1200, north: pier.north - (number % 2) * 6 };
    const goes = master.plan([spot, { east: spot.east - 900, north: spot.north - 700 }], {
      knots: 5,
      rest: hours(5),
      first: start + hours(number / 3),
      besideMetres: 0,
      metres: 0,
    });
    const conduct = number % 4 === 3 ? goes : lying(spot);
    add({ ...boat, name: 'RAFT' }, number % 3 === 1 ? onBetween(conduct, start, 2, 14) : conduct);
  }
  for (let number = 0; number < 4; number++) {
    const middle = atSea(-8 + number * 5, 9 + number);
    for (const side of [1, -1] as const)
      add({ ...boat, name: 'PAIR', lengthMetres: 18 }, trawlingPairs(middle, side, start));
  }
  for (let number = 0; number < 6; number++) {
    const off = { east: 900 * number - 2500, north: 2500 * (number % 2) + 4500 };
    add({ ...boat, name: 'ANGLER', shipType: 37, lengthMetres: 9 }, rounding(off, 500, 1.5, random() * 6));
  }
  // Two boats of one owner, who gave both the same number, fish a mile apart.
  for (const side of [0, 1])
    add({ ...boat, name: `SAME${side}` }, rounding(atSea(6 + side, 5), 400, 2.6, side), 574_599_999);
  // Buoys of nets with made-up numbers, in the way of everybody.
  for (let number = 0; number < 16; number++) {
    const spot = atSea(-4 + number * 0.25, 4);
    add(
      { ...boat, name: `${100 + number}-${50 + number}%`, shipType: 0, lengthMetres: 0 },
      lying(spot),
      100_910_000 + number,
    );
  }
  return stations;
};

/** Stations of the fleet and of the harbor, as they are on the air. */
const ordinaryStations = (seed: number, fleet: Fleet): readonly Station[] => {
  const conducts = fleet.stations.map(toEdge);
  const boats = fleet.stations.map(({ stateAt }, index): Station => {
    const conduct = conducts[index];
    return {
      stateAt: instant => {
        const state = stateAt(instant);
        const spot = conduct?.(instant);
        return state && spot && { ...state, ...toPlace(spot) };
      },
    };
  });
  return [...boats, ...harborStations(seed, fleet, conducts)].map(
    ({ stateAt }): Station => ({
      stateAt: instant => {
        const state = stateAt(instant);
        return state && scattered(state, instant);
      },
    }),
  );
};

export interface Receiver {
  readonly id: string;
  readonly place: Spot;
  /** Its clock is so far ahead. */
  readonly ahead: Duration;
  /** Hours from the start between which it is switched off. */
  readonly off?: readonly [from: number, to: number];
}

export const ordinaryReceivers: readonly Receiver[] = [
  { id: 'ais-quay', place: { east: 0, north: 0 }, ahead: 0, off: [11, 12] },
  { id: 'ais-headland', place: { east: -4200, north: 4600 }, ahead: seconds(2) },
];

/** Of ten messages within range three are lost: two stations sent at once, or a hull was in the way. */
const lostShare = 0.3;
const repeatedShare = 0.03;
const delayedShare = 0.05;
const longestDelay = seconds(4);
/** Reception ends somewhere between, by air and sea. */
const [surelyMiles, neverMiles] = [15, 25] as const;
const fadesEvery = minutes(20);

const isHeard = (
  { from }: Transmission,
  { id, place, off }: Receiver,
  now: Instant,
  start: Instant,
  random: Random,
): boolean => {
  const hour = (now - start) / hours(1);
  if (off !== undefined && hour >= off[0] && hour < off[1]) return false;
  if (random() < lostShare) return false;
  if (from === undefined) return true;
  const miles = distanceOf(place, toSpot(from)) / metresPerNauticalMile;
  const middle = (surelyMiles + neverMiles) / 2;
  return miles < middle + (neverMiles - middle) * wander(now / fadesEvery, 'fade', id, from.vessel.mmsi);
};

/** What each receiver hands on, by the id of the receiver. */
export const recordOrdinaryDay = (seed: number, fleet: Fleet): ReadonlyMap<string, readonly RecordedLine[]> => {
  const hearing = createHearing(ordinaryStations(seed, fleet), createRandom(seed, 'hearing'));
  const ears = ordinaryReceivers.map(receiver => ({
    receiver,
    random: createRandom(seed, receiver.id),
    tag: createTagger(receiver.id),
    lines: [] as RecordedLine[],
  }));
  for (let now = fleet.start; now < fleet.end; now += seconds(1))
    for (const sent of hearing.sentAt(now))
      for (const { receiver, random, tag, lines } of ears) {
        if (!isHeard(sent, receiver, now, fleet.start, random)) continue;
        const bytes = Buffer.from(tag(sent.message, now + receiver.ahead), 'latin1');
        const time = now + (random() < delayedShare ? Math.ceil(random() * longestDelay) : 0);
        lines.push({ bytes, time });
        if (random() < repeatedShare) lines.push({ bytes, time: time + seconds(1) });
      }
  return new Map(ears.map(({ receiver: { id }, lines }) => [id, lines.sort((one, other) => one.time - other.time)]));
};
