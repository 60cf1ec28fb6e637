/**
 * A fishing fleet that goes out of Thuận An and comes home: what its AIS says, what its VMS devices report and when that
 * arrives, and the registry of its boats. A pure function of seed, plan and instant, as the whole world is.
 */
import { GatewayError } from '../../core/errors.ts';
import { metresPerNauticalMile } from '../../core/geodesy.ts';
import { type Instant, minutes, seconds } from '../../core/time.ts';
import { createRandom, hash, wander } from '../world/random.ts';
import type { Afloat, Station, VesselState, VmsReport } from '../world/world.ts';
import { type Boat, type BoatTraits, createBoats } from './boats.ts';
import type { FleetPlan, Incident } from './plan.ts';
import { type Detour, motionAt, planVoyage, stayIn, type Voyage } from './voyage.ts';
import { atSea, distanceOf, type Spot, toPlace, toSpot } from './waters.ts';

/** A report by satellite, and when the provider hands it on. Its time is that of a whole minute. */
export interface FleetReport extends VmsReport {
  readonly boat: Boat;
  readonly provider: string;
  readonly arrives: Instant;
}

export interface Fleet extends Afloat {
  readonly boats: readonly Boat[];
  readonly start: Instant;
  readonly end: Instant;
  /** All of the fleet's time, in the order in which they arrive. */
  readonly vmsReports: readonly FleetReport[];
  /** Who is reported to in the fleet's time, sorted. */
  readonly providers: readonly string[];
  /** Marks of boats that the registry does not hold, or holds without a length. */
  readonly unregistered: ReadonlySet<string>;
  readonly withoutLength: ReadonlySet<string>;
}

type Of<Kind extends Incident['kind']> = Extract<Incident, { kind: Kind }>;

/** Nautical miles along the coast and out to sea between which boats of a length fish, and how far apart. */
const grounds = [
  { toMetres: 12, along: [-12, 12], out: [2.4, 4.6], radius: 0.12 },
  { toMetres: 15, along: [-15, 15], out: [6, 11], radius: 0.2 },
  { toMetres: Number.POSITIVE_INFINITY, along: [-16, 16], out: [13.5, 28], radius: 0.3 },
] as const;

/** How far a position of GPS wanders, metres. */
const wanderMetres = 3;
const wanderEvery = minutes(1);

/** How long a satellite report takes at least, and how much longer by chance. */
const leastDelay = seconds(40);
const furtherDelay = minutes(12);

/** Each boat has a ground of its own: the cells of a grid, shuffled, and the middle of one. */
const groundsOf = (
  seed: number,
  boats: readonly Boat[],
  part: number,
): ReadonlyMap<Boat, Spot & { radius: number }> => {
  const found = new Map<Boat, Spot & { radius: number }>();
  let from = 0;
  for (const { toMetres, along, out, radius } of grounds) {
    const own = boats.filter(({ lengthMetres }) => lengthMetres >= from && lengthMetres < toMetres);
    from = toMetres;
    const [width, depth] = [along[1] - along[0], out[1] - out[0]];
    const columns = Math.max(1, Math.round(Math.sqrt((own.length * width) / depth)));
    const rows = Math.max(1, Math.ceil(own.length / columns));
    const cells = Array.from({ length: columns * rows }, (_, cell) => cell).toSorted(
      (one, other) => hash(seed, 'ground', one) - hash(seed, 'ground', other),
    );
    for (const [index, boat] of own.entries()) {
      const cell = cells[index] ?? 0;
      const middle = [(cell % columns) + 0.5, Math.floor(cell / columns) + 0.5] as const;
      const spot = atSea(
        part * (along[0] + (middle[0] / columns) * width),
        part * (out[0] + (middle[1] / rows) * depth),
      );
      found.set(boat, { ...spot, radius: part * radius });
    }
  }
  return found;
};

const wrong = (message: string): GatewayError => new GatewayError('config', `fleet: ${message}`);

/** Throws `config` when an incident names a boat that is not there, or a boat has no time to come home. */
export const createFleet = (seed: number, plan: FleetPlan): Fleet => {
  const start = Date.parse(plan.start);
  const end = start + plan.duration;
  const changes = new Map(
    plan.change.map(({ number, registered: _, ...traits }) => {
      const set = Object.entries(traits).filter(([, value]) => value !== undefined);
      return [number, Object.fromEntries(set) as Partial<BoatTraits>] as const;
    }),
  );
  const boats = createBoats(seed, plan.boats, changes);
  const boatOf = (number: number): Boat => {
    const boat = boats[number - 1];
    if (boat === undefined) throw wrong(`there is no boat ${number}, there are ${boats.length}`);
    return boat;
  };
  for (const { number } of plan.change) boatOf(number);
  const of = <Kind extends Incident['kind']>(kind: Kind): readonly Of<Kind>[] =>
    plan.incidents.filter((incident): incident is Of<Kind> => incident.kind === kind);
  const named = new Set(plan.incidents.flatMap(incident => ('boat' in incident ? [boatOf(incident.boat)] : [])));

  const detoursOf = (boat: Boat): readonly Detour[] =>
    of('detour')
      .filter(({ boat: number }) => number === boat.number)
      .map(({ at, to: [longitude, latitude], knots, stay, driftKnots }) => ({
        at: start + at,
        to: toSpot({ longitude, latitude }),
        knots,
        stay,
        driftKnots,
      }));

  const spots = groundsOf(seed, boats, plan.grounds);
  // Something happens only to boats that are out, but for what names one that lies at its berth.
  const goesOut = (boat: Boat): boolean =>
    named.has(boat) || createRandom(seed, 'stays in', boat.number)() >= plan.stayIn;
  const leaving = boats.filter(goesOut);
  const homeOrder = new Map(
    leaving
      .toSorted((one, other) => hash(seed, 'home', one.number) - hash(seed, 'home', other.number))
      .map((boat, index) => [boat, index] as const),
  );
  const slot = ([first, last]: readonly [number, number], index: number): Instant =>
    start + first + ((last - first) * index) / Math.max(1, leaving.length - 1);
  const voyages = new Map<Boat, Voyage>();
  for (const [index, boat] of leaving.entries()) {
    const ground = spots.get(boat);
    if (ground === undefined) continue;
    try {
      voyages.set(
        boat,
        planVoyage({
          boat,
          out: slot(plan.out, index),
          home: slot(plan.home, homeOrder.get(boat) ?? 0),
          ground,
          groundMiles: ground.radius,
          detours: detoursOf(boat),
        }),
      );
    } catch (thrown) {
      if (thrown instanceof RangeError) throw wrong(thrown.message);
      throw thrown;
    }
  }
  const voyageOf = (boat: Boat): Voyage => voyages.get(boat) ?? stayIn(boat);

  const isWithin = (
    { from, to }: { readonly from: number; readonly to?: number | undefined },
    instant: Instant,
  ): boolean => instant >= start + from && instant < (to === undefined ? Number.POSITIVE_INFINITY : start + to);

  const silences = of('silent');
  const teleports = of('teleport');
  const renames = of('rename');
  const isSilent = (boat: Boat, device: 'ais' | 'vms', instant: Instant): boolean =>
    silences.some(
      incident =>
        incident.boat === boat.number &&
        (incident.device === device || incident.device === 'both') &&
        isWithin(incident, instant),
    );
  const falsePlace = (boat: Boat, device: 'ais' | 'vms', instant: Instant): Spot | undefined => {
    const found = teleports.find(
      incident => incident.boat === boat.number && incident.device === device && isWithin(incident, instant),
    );
    return found && toSpot({ longitude: found.place[0], latitude: found.place[1] });
  };
  const jitter = (key: number, axis: string, instant: Instant): number =>
    wanderMetres * wander(instant / wanderEvery, seed, key, axis);

  const stateOf = (boat: Boat, instant: Instant): VesselState => {
    const { east, north, sogKnots, courseDegrees, navigationStatus } = motionAt(voyageOf(boat), instant);
    const elsewhere = falsePlace(boat, 'ais', instant);
    const spot = elsewhere ?? { east, north };
    const { mmsi } = boat.vessel;
    const name = renames.find(({ boat: number, at }) => number === boat.number && instant >= start + at)?.name;
    return {
      vessel: name === undefined ? boat.vessel : { ...boat.vessel, name },
      ...toPlace({
        east: spot.east + jitter(mmsi, 'east', instant),
        north: spot.north + jitter(mmsi, 'north', instant),
      }),
      sogKnots,
      cogDegrees: courseDegrees,
      headingDegrees: courseDegrees,
      navigationStatus,
    };
  };

  const withAis = boats.filter(({ ais }) => ais !== 'none');
  const still = (
    vessel: VesselState['vessel'],
    spot: Spot,
    navigationStatus: number,
    instant: Instant,
  ): VesselState => ({
    vessel,
    ...toPlace({
      east: spot.east + jitter(vessel.mmsi, 'east', instant),
      north: spot.north + jitter(vessel.mmsi, 'north', instant),
    }),
    sogKnots: 0,
    cogDegrees: 0,
    headingDegrees: 0,
    navigationStatus,
  });
  const beacons = of('beacon').map(({ mmsi, mode, place: [longitude, latitude], ...when }) => ({
    when,
    vessel: beaconOf(mmsi, mode),
    spot: toSpot({ longitude, latitude }),
    navigationStatus: mode === 'active' ? sartActive : undefinedStatus,
  }));
  const buoys = of('net-buoys').flatMap(({ count, place: [longitude, latitude], ...when }, net) =>
    Array.from({ length: count }, (_, index) => ({
      when,
      vessel: netBuoyOf(net * 100 + index),
      spot: { ...toSpot({ longitude, latitude }), ...along(toSpot({ longitude, latitude }), index) },
      navigationStatus: undefinedStatus,
    })),
  );
  const twins = of('twin').map(({ boat, place: [longitude, latitude], ...when }) => ({
    when,
    vessel: boatOf(boat).vessel,
    spot: toSpot({ longitude, latitude }),
    navigationStatus: undefinedStatus,
  }));
  const others = [...beacons, ...buoys, ...twins];
  const quay: Spot = { east: 0, north: 0 };
  const hearingMetres = plan.hearing * metresPerNauticalMile;
  const heard = (state: VesselState): VesselState | undefined =>
    distanceOf(quay, toSpot(state)) <= hearingMetres ? state : undefined;

  const reportAt = (boat: Boat, time: Instant, arrives: Instant): FleetReport => {
    const motion = motionAt(voyageOf(boat), time);
    const { longitude, latitude } = toPlace(falsePlace(boat, 'vms', time) ?? motion);
    const { sogKnots, courseDegrees } = motion;
    const { vms: provider, vmsId, mark, vessel } = boat;
    const { name, callSign } = vessel;
    const where = { time, longitude, latitude, sogKnots, cogDegrees: courseDegrees };
    return { boat, provider, arrives, vmsId, mark, name, callSign, ...where };
  };
  const reportsOf = (boat: Boat): readonly FleetReport[] => {
    const reports: FleetReport[] = [];
    const phase = Math.floor(((hash(seed, 'vms', boat.number) % 1e6) / 1e6) * plan.vmsInterval);
    for (let time = start + phase; time < end; time += plan.vmsInterval) {
      const minute = Math.floor(time / minutes(1)) * minutes(1);
      if (isSilent(boat, 'vms', minute)) continue;
      const delay = leastDelay + createRandom(seed, 'delay', boat.number, minute)() * furtherDelay;
      const arrives = minute + Math.round(delay);
      const outage = of('outage').find(incident => incident.provider === boat.vms && isWithin(incident, arrives));
      if (outage?.kept === 'lost') continue;
      reports.push(reportAt(boat, minute, outage === undefined ? arrives : start + outage.to + delay));
    }
    return reports;
  };

  const vmsReports = boats
    .filter(({ vms }) => vms !== 'none')
    .flatMap(reportsOf)
    .toSorted((one, other) => one.arrives - other.arrives || one.boat.number - other.boat.number);

  return {
    boats,
    start,
    end,
    stations: [
      ...withAis.map((boat): Station => {
        const silent = silences.some(({ boat: number }) => number === boat.number);
        return {
          stateAt: instant => (silent && isSilent(boat, 'ais', instant) ? undefined : heard(stateOf(boat, instant))),
        };
      }),
      ...others.map(
        ({ when, vessel, spot, navigationStatus }): Station => ({
          stateAt: instant =>
            isWithin(when, instant) ? heard(still(vessel, spot, navigationStatus, instant)) : undefined,
        }),
      ),
    ],
    vmsReports,
    vmsReportsBetween: (from, to, provider) =>
      vmsReports.filter(
        report => report.arrives > from && report.arrives <= to && (provider ?? report.provider) === report.provider,
      ),
    providers: [...new Set(vmsReports.flatMap(({ provider, arrives }) => (arrives < end ? [provider] : [])))].sort(),
    unregistered: marksOf(boats, plan, 'no'),
    withoutLength: marksOf(boats, plan, 'without-length'),
  };
};

const marksOf = (boats: readonly Boat[], { change }: FleetPlan, registered: 'no' | 'without-length'): Set<string> =>
  new Set(change.flatMap(({ number, registered: how }) => (how === registered ? [boats[number - 1]?.mark ?? ''] : [])));

/** ITU-R M.1371-5 table 45: 14 is an active AIS-SART, 15 not defined and a test of one. */
const sartActive = 14;
const undefinedStatus = 15;

const nothingOf = { imo: 0, callSign: '', toBowMetres: 0, toSternMetres: 0, toPortMetres: 0, toStarboardMetres: 0 };

const beaconOf = (mmsi: number, mode: 'active' | 'test'): VesselState['vessel'] => {
  const word = { 970: 'SART', 972: 'MOB', 974: 'EPIRB' }[Math.floor(mmsi / 1e6)] ?? 'SART';
  return {
    ...nothingOf,
    mmsi,
    stationClass: 'beacon',
    name: '',
    shipType: 0,
    draughtMetres: 0,
    destination: '',
    safetyText: `${word} ${mode.toUpperCase()}`,
  };
};

/** Made-up identities, and the charge of the battery in the name. */
const netBuoyOf = (number: number): VesselState['vessel'] => ({
  ...nothingOf,
  mmsi: 100_900_000 + number,
  stationClass: 'B',
  name: `NET-${number + 1}-${60 + ((number * 7) % 40)}%`,
  shipType: 0,
  draughtMetres: 0,
  destination: '',
});

/** A net lies along the coast, a buoy every 400 metres. */
const along = ({ east, north }: Spot, index: number): Spot => ({
  east: east + index * 330,
  north: north - index * 230,
});
