/**
 * A busy harbor and its roads as an AIS receiver hears them, each vessel as often as ITU-R M.1371-5 tells it to report,
 * through decoder, stages and seal: what goes over the uplink, and how far the center is off the truth by it. Nothing
 * waits: the time is that of the world.
 */
import { distanceMetres, metresPerSecondPerKnot, type Place } from '../core/geodesy.ts';
import { type Duration, type Instant, minutes, seconds } from '../core/time.ts';
import { createDecoder } from '../drivers/vessels/ais-receiver/codec.ts';
import { createDistances, createReconstruction, type Distances } from '../gateway/replay/reconstruction.ts';
import { bindPipelines } from '../gateway/runtime/bind-pipelines.ts';
import { createSealer } from '../gateway/runtime/create-sealer.ts';
import { openStageLine } from '../gateway/runtime/stage-line.ts';
import { stages } from '../pipelines/registry.generated.ts';
import { createHearing } from '../simulators/world/hearing.ts';
import { between, createRandom, type Random, wander } from '../simulators/world/random.ts';
import type { SimulatedVessel, Station, VesselState } from '../simulators/world/world.ts';
import { receiverSite } from './events.ts';

/** What is on the air at once. */
export interface Traffic {
  /** Class A under way; one in ten is a fast ferry or pilot boat. */
  readonly underWay: number;
  /** Class A, moored and at anchor in equal parts. */
  readonly still: number;
  readonly classBUnderWay: number;
  readonly classBStill: number;
}

/** Of the size of Hải Phòng with its roads. */
export const busyTraffic: Traffic = { underWay: 120, still: 260, classBUnderWay: 60, classBStill: 60 };

export interface HarborDay {
  readonly vessels: number;
  readonly duration: Duration;
  /** Positions of vessels that were heard. */
  readonly positions: number;
  /** Those that became events, and all events with what vessels say of themselves. */
  readonly told: number;
  readonly events: number;
  /** On the wire: event, topic, and the headers of MQTT, TCP and IP with the acknowledgement. */
  readonly bytes: number;
  /** Between where the center believes a vessel to be and where it is, once every five seconds. */
  readonly errors: Distances;
  /** Of those under way alone. */
  readonly errorsUnderWay: Distances;
}

const began: Instant = Date.UTC(2026, 10, 23, 1);
const step = seconds(1);
const judgedEvery = seconds(5);
/** First everybody is new to the center, which says nothing of the traffic afterwards. */
const warmUp = minutes(20);
/** MQTT and TCP/IP headers of a publish and of its acknowledgement. */
const overheadBytes = 100;

const center: Place = { longitude: 106.75, latitude: 20.7 };
const metresPerDegree = 111_195;
const eastMetresPerDegree = metresPerDegree * Math.cos((center.latitude * Math.PI) / 180);
const radiusMetres = 12_000;

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** What GNSS says scatters by this, one standard deviation: slowly where it is, quickly how it moves. */
const scatter = { metres: 4, wanderEvery: seconds(40), knots: 0.1, metresPerSecondAcross: 0.08 } as const;

interface Motion extends Place {
  readonly knots: number;
  readonly course: number;
}

const aroundCircle = (degrees: number): number => ((degrees % 360) + 360) % 360;

/** Straight for some minutes, then a turn at the rate of its kind and perhaps another speed, for ever. */
const createCourse = (
  random: Random,
  { knots, legMinutes, turnRate }: { readonly knots: number; readonly legMinutes: number; readonly turnRate: number },
): ((instant: Instant) => Motion) => {
  const angle = random() * 2 * Math.PI;
  const out = Math.sqrt(random()) * radiusMetres;
  let east = Math.cos(angle) * out;
  let north = Math.sin(angle) * out;
  let course = random() * 360;
  let wanted = course;
  let speed = knots;
  let wantedSpeed = knots;
  let turnsAt = began + random() * minutes(legMinutes);
  let now = began;
  const advance = (): void => {
    now += step;
    if (now >= turnsAt) {
      turnsAt = now + minutes(legMinutes) * between(random, 0.4, 1.6);
      const isFar = Math.hypot(east, north) > radiusMetres;
      const homeward = aroundCircle((Math.atan2(-east, -north) * 180) / Math.PI);
      wanted = isFar ? homeward : aroundCircle(course + between(random, -80, 80));
      wantedSpeed = knots * between(random, 0.6, 1.1);
    }
    const rest = ((wanted - course + 540) % 360) - 180;
    // Nobody steers quite straight.
    course = aroundCircle(course + Math.max(-turnRate, Math.min(turnRate, rest)) + normal(random) * 0.05);
    speed += Math.max(-0.05, Math.min(0.05, wantedSpeed - speed));
    const metres = speed * metresPerSecondPerKnot;
    east += metres * Math.sin((course * Math.PI) / 180);
    north += metres * Math.cos((course * Math.PI) / 180);
  };
  return instant => {
    while (now < instant) advance();
    return {
      longitude: center.longitude + east / eastMetresPerDegree,
      latitude: center.latitude + north / metresPerDegree,
      knots: speed,
      course,
    };
  };
};

/** Around its anchor with the tide, or at its berth. */
const createRest = (random: Random, swingMetres: number): ((instant: Instant) => Motion) => {
  const angle = random() * 2 * Math.PI;
  const out = Math.sqrt(random()) * radiusMetres;
  const phase = random() * 1000;
  const heading = random() * 360;
  return instant => {
    const swing = heading + 60 * wander(instant / minutes(40) + phase, 'swing', heading);
    const turn = (swing * Math.PI) / 180;
    return {
      longitude: center.longitude + (Math.cos(angle) * out + swingMetres * Math.sin(turn)) / eastMetresPerDegree,
      latitude: center.latitude + (Math.sin(angle) * out + swingMetres * Math.cos(turn)) / metresPerDegree,
      knots: 0,
      course: aroundCircle(swing),
    };
  };
};

/** ITU-R M.1371-5 table 45. */
const status = { underWay: 0, atAnchor: 1, moored: 5 } as const;

interface Afloat {
  readonly station: Station;
  readonly subject: string;
  readonly isUnderWay: boolean;
  /** The truth. Called with instants that never go back. */
  placeAt(instant: Instant): Place;
}

const afloat = (
  seed: number,
  index: number,
  stationClass: 'A' | 'B',
  navigationStatus: number,
  courseOf: (random: Random) => (instant: Instant) => Motion,
): Afloat => {
  const mmsi = 574_000_001 + index;
  const motionAt = courseOf(createRandom(seed, 'course', index));
  const random = createRandom(seed, 'gnss', index);
  const isUnderWay = navigationStatus === status.underWay;
  const vessel: SimulatedVessel = {
    mmsi,
    stationClass,
    imo: stationClass === 'A' ? 9_000_000 + index : 0,
    name: `VESSEL ${index}`,
    callSign: `XV${1000 + index}`,
    shipType: stationClass === 'A' ? 70 : 30,
    toBowMetres: 12,
    toSternMetres: 5,
    toPortMetres: 2,
    toStarboardMetres: 3,
    draughtMetres: 2.1,
    destination: 'HAI PHONG',
  };
  const stateAt = (instant: Instant): VesselState => {
    const { longitude, latitude, knots, course } = motionAt(instant);
    const off = (axis: string): number => 2 * scatter.metres * wander(instant / scatter.wanderEvery, seed, axis, index);
    const across = knots < 1 ? random() * 360 : (normal(random) * scatter.metresPerSecondAcross * 180) / Math.PI;
    const metres = Math.max(knots, 1) * metresPerSecondPerKnot;
    return {
      vessel,
      longitude: longitude + off('east') / eastMetresPerDegree,
      latitude: latitude + off('north') / metresPerDegree,
      sogKnots: Math.max(0, Math.round((knots + normal(random) * scatter.knots) * 10) / 10),
      cogDegrees: aroundCircle(Math.round((course + across / metres) * 10) / 10),
      headingDegrees: course,
      navigationStatus,
    };
  };
  return { station: { stateAt }, subject: `vessel/mmsi/${mmsi}`, isUnderWay, placeAt: motionAt };
};

const createHarbor = (seed: number, { underWay, still, classBUnderWay, classBStill }: Traffic): readonly Afloat[] => {
  const all: Afloat[] = [];
  const add = (count: number, make: (index: number, count: number) => Afloat): void => {
    for (let number = 0; number < count; number++) all.push(make(all.length, number));
  };
  add(underWay, (index, number) =>
    afloat(seed, index, 'A', status.underWay, random =>
      createCourse(
        random,
        number % 10 === 0
          ? { knots: between(random, 24, 30), legMinutes: 4, turnRate: 3 }
          : { knots: between(random, 6, 14), legMinutes: 8, turnRate: 0.6 },
      ),
    ),
  );
  add(still, (index, number) =>
    afloat(seed, index, 'A', number % 2 === 0 ? status.moored : status.atAnchor, random =>
      createRest(random, number % 2 === 0 ? 0 : between(random, 60, 150)),
    ),
  );
  add(classBUnderWay, index =>
    afloat(seed, index, 'B', status.underWay, random =>
      createCourse(random, { knots: between(random, 3, 9), legMinutes: 4, turnRate: 4 }),
    ),
  );
  add(classBStill, index => afloat(seed, index, 'B', status.moored, random => createRest(random, 0)));
  return all;
};

export const watchTraffic = (
  seed: number,
  traffic: Traffic,
  duration: Duration,
  settings: Readonly<Record<string, unknown>> = {},
): HarborDay => {
  const harbor = createHarbor(seed, traffic);
  const hearing = createHearing(
    harbor.map(({ station }) => station),
    createRandom(seed, 'hearing'),
  );
  const decode = createDecoder('ais-1');
  const sealer = createSealer(receiverSite);
  const pipeline = {
    name: 'vessels',
    from: ['ais-1'],
    stages: [{ stage: 'track' }, { stage: 'downsample', ...settings }],
  };
  const lines = bindPipelines([pipeline], receiverSite, stages).map(bound => openStageLine(bound.stages));
  const reconstruction = createReconstruction();
  const errors = createDistances();
  const errorsUnderWay = createDistances();
  let positions = 0;
  let told = 0;
  let events = 0;
  let bytes = 0;

  const end = began + warmUp + duration;
  for (let now = began; now < end; now += step) {
    const isCounted = now >= began + warmUp;
    const heard = Buffer.from(hearing.heardAt(now).join(''), 'latin1');
    const items = decode({ bytes: heard, channel: '', receivedAt: now }).flatMap(decoded =>
      decoded.kind === 'observation' ? [decoded.observation] : [],
    );
    if (isCounted) positions += items.filter(({ kind }) => kind === 'vessel-position').length;
    for (const line of lines) {
      for (const item of [...line.take(items), ...line.tick(now)]) {
        if (item.kind !== 'conclusion') continue;
        reconstruction.take(item);
        if (!isCounted) continue;
        events++;
        if (item.event === 'fishing-vessel.vessel.observed') told++;
        const { body, topic } = sealer.event(item, now, 'ntp');
        bytes += Buffer.byteLength(body) + topic.length + overheadBytes;
      }
    }
    if (!isCounted || (now - began) % judgedEvery !== 0) continue;
    for (const { subject, placeAt, isUnderWay } of harbor) {
      const believed = reconstruction.placeOf(subject, now);
      if (believed === undefined) continue;
      const metres = distanceMetres(believed, placeAt(now));
      errors.add(metres);
      if (isUnderWay) errorsUnderWay.add(metres);
    }
  }
  return { vessels: harbor.length, duration, positions, told, events, bytes, errors, errorsUnderWay };
};
