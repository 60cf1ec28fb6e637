/**
 * A quay camera and an AIS receiver watch the simulated harbor, in which some vessels carry no AIS. What the camera
 * finds is the world's truth with the faults of a detector, through our own tracker; what the receiver hears is the
 * truth with the faults of GNSS and radio. Nothing waits: the time is that of the world.
 */
import type { Conclusion, Item } from '../core/conclusion.ts';
import { destinationOf, type Place } from '../core/geodesy.ts';
import type { Box, Detections } from '../core/observation.ts';
import type { Site } from '../core/site.ts';
import { type Duration, type Instant, minutes, seconds } from '../core/time.ts';
import type { VesselFix, VesselUpdate } from '../core/vessel.ts';
import { createTracker } from '../pipelines/detect/tracker.ts';
import { stage } from '../pipelines/sighting/stage.ts';
import { createWorld } from '../simulators/world/create.ts';
import { quayCamera } from '../simulators/world/harbour.ts';
import { phaseAt } from '../simulators/world/period.ts';
import { createRandom, type Random } from '../simulators/world/random.ts';
import { createView } from '../simulators/world/view.ts';
import type { VesselState, VisibleObject, World } from '../simulators/world/world.ts';

export interface HarbourOptions {
  readonly seed: number;
  /** Part of the vessels that carry no AIS, 0–1. */
  readonly dark: number;
  readonly duration: Duration;
  /** Part of the positions that are lost, and of the boats in a picture that the detector does not find. */
  readonly losses?: number;
  /** Instead of `losses`, of the boats. */
  readonly boatsLost?: number;
  /** How long a report takes to the stage. */
  readonly reportsLate?: Duration;
  /** One standard deviation of a reported position, metres. */
  readonly gnssMetres?: number;
  /** Error of the calibration: degrees of the heading and of the tilt, and by how much the focal length is too long. */
  readonly miscalibration?: { readonly heading?: number; readonly tilt?: number; readonly focal?: number };
  /** Laid over the stage's configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Part of those out of the camera's sight that say to lie in the middle of its picture. */
  readonly ghosts?: number;
  /** Reads the CPU time by which the stage is measured, microseconds; asking twice a frame costs a third of the whole. */
  readonly cpuTime?: () => number;
}

export interface Watched {
  readonly conclusions: readonly Conclusion[];
  /** What the camera's name of a boat stood for in the time before the instant: `vessel-574…`, by the most frames. */
  identityOf(track: string, instant: Instant): string | undefined;
  /** How long each vessel was followed by the camera, in whole. */
  readonly followed: ReadonlyMap<string, Duration>;
  readonly carriesAis: ReadonlySet<string>;
  /** Those that are not where they say to be. */
  readonly ghosts: ReadonlySet<string>;
  readonly frames: number;
  /** Of the stage alone, microseconds; 0 where it is not measured. */
  readonly cpu: number;
}

/** CPU time of this process, microseconds. */
export const cpuTime = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** 08:00 in Huế. */
const began = Date.UTC(2026, 10, 23, 1);
const framePeriod = 500;
/** Width of the model's pictures, and of the smallest boat in them that it finds. */
const pixels = 416;
const smallest = 10;
/** Of a boat's area that must be visible for the detector to find it. */
const leastVisible = 0.4;

/** A tracker mixes boats up; what it says of one is judged by what it followed lately. */
const memory = seconds(15);

/** How far from the camera ghosts say to lie, metres. */
const ghostRange = { least: 220, most: 330 } as const;

/** A coaster of class A at anchor: of smaller ones that tell no heading nobody can say that they would be seen. */
const ghostOf = (state: VesselState, place: Place): VesselState => ({
  ...state,
  ...place,
  sogKnots: 0,
  vessel: {
    ...state.vessel,
    stationClass: 'A',
    toBowMetres: 30,
    toSternMetres: 10,
    toPortMetres: 4,
    toStarboardMetres: 4,
  },
});

const degrees = (radians: number): number => (radians * 180) / Math.PI;

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The pose of the world's camera, as its rays have it. */
export const quayCameraConfig = (seed: number): Readonly<Record<string, unknown>> & { readonly id: string } => {
  const { camera } = createView(seed, 'harbour');
  const [, ahead, up] = camera.ray(0.5, 0.5);
  const [right] = camera.ray(1, 0.5);
  return {
    id: 'cam-quay',
    position: [quayCamera.longitude, quayCamera.latitude],
    height: camera.heightMetres,
    heading: quayCamera.bearingDegrees,
    tilt: degrees(Math.atan2(-up, ahead)),
    fieldOfView: 2 * degrees(Math.atan(right)),
    pixels,
  };
};

const site: Site = {
  city: 'hue',
  gateway: 'gw-017',
  siteId: 'quay',
  areaCode: '00000',
  timeZone: 'Asia/Ho_Chi_Minh',
  status: 'simulated',
  configVersion: '000000000000',
  devices: new Map(),
};

const positionEvery = ({ vessel, sogKnots }: VesselState): Duration => {
  if (sogKnots < 2) return minutes(3);
  return vessel.stationClass === 'B' ? seconds(30) : seconds(10);
};

const noisy = ({ x, y, width, height }: Box, random: Random): Box => {
  const edge = (size: number): number => normal(random) * (0.03 * size + 0.001);
  const left = Math.max(0, x + edge(width));
  const top = Math.max(0, y + edge(height));
  const right = Math.min(1, x + width + edge(width));
  const bottom = Math.min(1, y + height + edge(height));
  return { x: left, y: top, width: Math.max(0.002, right - left), height: Math.max(0.002, bottom - top) };
};

const keyOf = ({ x, y, width, height }: Box): string => `${x} ${y} ${width} ${height}`;

const detector = { model: 'simulated-scenes', version: '1.0.0', sha256: 'c789161e04bb', threshold: 0.5 };

/** What the camera sees of a world does not depend on who watches: by seed and phase. */
const boatsSeen = new Map<string, readonly VisibleObject[]>();

const boatsVisibleAt = (world: World, instant: Instant): readonly VisibleObject[] => {
  const key = `${world.seed} ${phaseAt(instant)}`;
  const known = boatsSeen.get(key);
  if (known !== undefined) return known;
  const boats = world.visibleAt('harbour', instant).filter(({ label }) => label === 'boat');
  boatsSeen.set(key, boats);
  return boats;
};

export const watchHarbour = (options: HarbourOptions): Watched => {
  const { seed, dark, duration, losses = 0.1, gnssMetres = 4, reportsLate = 0, ghosts: haunted = 0 } = options;
  const { boatsLost = losses, cpuTime: read = () => 0 } = options;
  const { heading = 0, tilt = 0, focal = 0 } = options.miscalibration ?? {};
  const random = createRandom(seed, 'watch');
  const world = createWorld(seed);
  const config = quayCameraConfig(seed);
  const settings = {
    cameras: [
      {
        ...config,
        heading: (Number(config['heading']) + heading + 360) % 360,
        tilt: Number(config['tilt']) + tilt,
        fieldOfView: 2 * degrees(Math.atan(Math.tan((Number(config['fieldOfView']) * Math.PI) / 360) / (1 + focal))),
        zones: [{ id: 'water', name: 'Mặt nước', bearings: [0, 0], ranges: [0, 5000], unidentified: 'event' }],
      },
    ],
    ...options.settings,
  };
  const running = stage.bind(settings, site).start(new Map());
  const tracker = createTracker(
    (() => {
      let count = 0;
      return () => `t-${++count}`;
    })(),
  );

  const vessels = world.vesselsAt(began).map(({ vessel }) => vessel);
  // Those out of the camera's sight, from the ninth on, all report.
  const carriesAis = new Set(
    vessels.filter((_, index) => index > 7 || random() >= dark).map(({ mmsi }) => `vessel-${mmsi}`),
  );
  const haunting = createRandom(seed, 'ghosts');
  const ghosts = new Map<string, Place>();
  for (const { mmsi } of vessels.slice(8)) {
    if (haunting() >= haunted) continue;
    const aside = (haunting() - 0.5) * 0.6 * Number(config['fieldOfView']);
    const range = ghostRange.least + haunting() * (ghostRange.most - ghostRange.least);
    ghosts.set(`vessel-${mmsi}`, destinationOf(quayCamera, quayCamera.bearingDegrees + aside, range));
  }
  const conclusions: Conclusion[] = [];
  const histories = new Map<string, { readonly time: Instant; readonly identity: string }[]>();
  const followed = new Map<string, Duration>();
  const due = new Map<number, Instant>(vessels.map(({ mmsi }) => [mmsi, began + random() * seconds(8)]));
  const hiddenUntil = new Map<string, Instant>();
  const previous = new Map<number, VesselFix>();
  let cpu = 0;
  let frames = 0;
  const take = (items: readonly Item[]): void => {
    const before = read();
    const { output } = running.step(items);
    cpu += read() - before;
    for (const item of output) if (item.kind === 'conclusion') conclusions.push(item);
  };

  const updateOf = (state: VesselState, time: Instant): VesselUpdate => {
    const { vessel } = state;
    const metres = 1 / 110_655;
    const fix: VesselFix = {
      source: 'ais',
      time,
      longitude: state.longitude + normal(random) * gnssMetres * metres,
      latitude: state.latitude + normal(random) * gnssMetres * metres,
      accurate: true,
      sogKnots: Math.round(state.sogKnots * 10) / 10,
      cogDegrees: Math.round(state.cogDegrees * 10) / 10,
      ...(vessel.stationClass === 'A' && { headingDegrees: Math.round(state.headingDegrees) % 360 }),
      stationClass: vessel.stationClass === 'B' ? 'B' : 'A',
    };
    const last = previous.get(vessel.mmsi);
    previous.set(vessel.mmsi, fix);
    return {
      kind: 'vessel-update',
      cause: 'position',
      device: 'ais-1',
      time,
      timeFrom: 'gateway',
      vessel: { key: `mmsi/${vessel.mmsi}`, mmsiKind: 'ship', ...vessel },
      fix,
      ...(last !== undefined && { previous: last }),
      receivers: ['ais-1'],
      firstSeen: began,
      lastSeen: time,
    };
  };

  const underWay: VesselUpdate[] = [];
  for (let now = began; now < began + duration; now += framePeriod) {
    for (const state of world.vesselsAt(now)) {
      const { mmsi } = state.vessel;
      const interval = positionEvery(state);
      const at = due.get(mmsi) ?? now;
      // Who gathers way reports sooner than was meant before.
      due.set(mmsi, now >= at ? now + interval * (0.9 + 0.2 * random()) : Math.min(at, now + interval * 1.1));
      if (now < at) continue;
      if (!carriesAis.has(`vessel-${mmsi}`) || random() < losses) continue;
      const place = ghosts.get(`vessel-${mmsi}`);
      underWay.push(updateOf(place === undefined ? state : ghostOf(state, place), now));
    }
    const arrived = underWay.findIndex(({ time }) => time > now - reportsLate);
    const updates = underWay.splice(0, arrived === -1 ? underWay.length : arrived);
    if (updates.length > 0) take(updates);

    const identities = new Map<string, string>();
    const found = boatsVisibleAt(world, now).flatMap(({ identity, box, visible }) => {
      if (random() < 0.002) hiddenUntil.set(identity, now + seconds(2 + 3 * random()));
      const isLost = random() < boatsLost || now < (hiddenUntil.get(identity) ?? 0);
      if (isLost || visible < leastVisible || box.width * pixels < smallest) return [];
      const seen = noisy(box, random);
      identities.set(keyOf(seen), identity);
      return [{ label: 'boat', score: 0.6 + 0.4 * random(), box: seen }];
    });
    // What the detector takes for a boat.
    if (random() < 0.01) {
      found.push({ label: 'boat', score: 0.55, box: { x: 0.9 * random(), y: 0.5, width: 0.05, height: 0.04 } });
    }
    const { objects, ended } = tracker.step(found, now);
    for (const { track, box } of objects) {
      const identity = identities.get(keyOf(box));
      if (track === undefined || identity === undefined) continue;
      const history = histories.get(track) ?? [];
      histories.set(track, history);
      history.push({ time: now, identity });
      followed.set(identity, (followed.get(identity) ?? 0) + framePeriod);
    }
    frames++;
    const detections: Detections = {
      kind: 'detections',
      device: config.id,
      time: now,
      timeFrom: 'gateway',
      objects,
      ended,
      detector,
    };
    take([detections]);
    if ((now - began) % 1000 === 0) {
      for (const item of running.tick(now).output) if (item.kind === 'conclusion') conclusions.push(item);
    }
  }
  const identityOf: Watched['identityOf'] = (track, instant) => {
    const counts = new Map<string, number>();
    for (const { time, identity } of histories.get(track) ?? []) {
      if (time <= instant && time > instant - memory) counts.set(identity, (counts.get(identity) ?? 0) + 1);
    }
    return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
  };
  return { conclusions, identityOf, followed, carriesAis, ghosts: new Set(ghosts.keys()), frames, cpu };
};

export interface Told {
  /** Events. */
  readonly right: number;
  readonly wrong: number;
  /** Vessels that were told of rightly at least once, and those that were followed for long enough and were not. */
  readonly found: number;
  readonly missed: number;
}

export interface Score {
  readonly sighted: Told;
  readonly unidentified: Told;
  readonly unseen: Told;
}

/** A vessel that was followed for so long is to be told of. */
const enough = { sighted: minutes(1), unidentified: minutes(5) } as const;

/** An alarm is right when the vessel is not there. */
const scoreOfUnseen = ({ conclusions, ghosts }: Watched): Told => {
  const accused = conclusions
    .filter(({ event }) => event === 'fishing-vessel.unseen-vessel.raised')
    .map(({ subject }) => subject.replace('vessel/mmsi/', 'vessel-'));
  const right = accused.filter(identity => ghosts.has(identity));
  const found = new Set(right).size;
  return { right: right.length, wrong: accused.length - right.length, found, missed: ghosts.size - found };
};

export const scoreOf = (watched: Watched): Score => {
  const { conclusions, identityOf, followed, carriesAis } = watched;
  const told = { sighted: new Set<string>(), unidentified: new Set<string>() };
  const right = { sighted: 0, unidentified: 0 };
  const wrong = { sighted: 0, unidentified: 0 };
  for (const { event, data, subject, time } of conclusions) {
    const { trackId = '' } = { ...(data['object'] as { trackId?: string } | undefined) };
    const really = identityOf(trackId, time) ?? 'nothing';
    if (event === 'fishing-vessel.vessel.sighted') {
      const said = subject.replace('vessel/mmsi/', 'vessel-');
      if (said === really) {
        right.sighted++;
        told.sighted.add(said);
      } else wrong.sighted++;
    }
    if (event === 'fishing-vessel.vessel.unidentified') {
      if (really !== 'nothing' && !carriesAis.has(really)) {
        right.unidentified++;
        told.unidentified.add(really);
      } else wrong.unidentified++;
    }
  }
  const missed = { sighted: 0, unidentified: 0 };
  for (const [identity, time] of followed) {
    const kind = carriesAis.has(identity) ? 'sighted' : 'unidentified';
    if (time >= enough[kind] && !told[kind].has(identity)) missed[kind]++;
  }
  const of = (kind: 'sighted' | 'unidentified'): Told => ({
    right: right[kind],
    wrong: wrong[kind],
    found: told[kind].size,
    missed: missed[kind],
  });
  return { sighted: of('sighted'), unidentified: of('unidentified'), unseen: scoreOfUnseen(watched) };
};
