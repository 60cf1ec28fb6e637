/** From a camera's lens to the center: what the events name is what stood there, and the boats are those of AIS. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Box } from '../../core/observation.ts';
import { type Instant, seconds, systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createAuthority } from '../../simulators/ioc/certificate.ts';
import type { CloudEvent } from '../../simulators/ioc/judge.ts';
import { startMediaServer } from '../../simulators/ioc/media.ts';
import { simulator as aisReceiver } from '../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { quayCamera } from '../../simulators/world/harbour.ts';
import { createView } from '../../simulators/world/view.ts';
import type { VisibleObject } from '../../simulators/world/world.ts';
import { openCenter } from '../support/center.ts';
import { configFile, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** That of the demonstration, whose films are rendered once for both. */
const seed = 7;
const password = 'a password of the cameras';
const scenes = { street: 'street', harbor: 'harbour' } as const;
type Camera = keyof typeof scenes;

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const object = z.object({ class: z.string(), trackId: z.string(), box });
const zoneData = z.looseObject({
  object,
});
const mediaData = z.looseObject({
  media: z.array(z.looseObject({ key: z.string(), sha256: z.string(), state: z.string() })).optional(),
});
const objectData = z.looseObject({
  object,
  firstSeen: z.string(),
  lastSeen: z.string(),
  firstBox: box,
  lastBox: box,
});
const vesselData = z.looseObject({
  mmsi: z.number(),
  location: z.looseObject({ coordinates: z.tuple([z.number(), z.number()]) }),
  speedOverGround: z.number().default(0),
  courseOverGround: z.number().default(0),
});

/** What an event says that a camera saw. */
interface Sight {
  readonly camera: Camera;
  readonly label: string;
  readonly box: Box;
  readonly time: Instant;
}

const typed = (events: Iterable<CloudEvent>, name: string): readonly CloudEvent[] =>
  [...events].filter(({ type }) => type === `vn.ioc.${name}.v1`);

const cameraOf = ({ source }: CloudEvent): Camera => (source.endsWith('/harbor') ? 'harbor' : 'street');

const sightsOf = (events: readonly CloudEvent[]): readonly Sight[] => [
  ...['entered', 'left'].flatMap(how =>
    typed(events, `urban-camera.zone.${how}`).map((event): Sight => {
      const { object: seen } = zoneData.parse(event.data);
      return { camera: cameraOf(event), label: seen.class, box: seen.box, time: Date.parse(event.time ?? '') };
    }),
  ),
  ...typed(events, 'urban-camera.object.observed').flatMap((event): readonly Sight[] => {
    const { object: seen, firstSeen, lastSeen, firstBox, lastBox } = objectData.parse(event.data);
    const common = { camera: cameraOf(event), label: seen.class };
    return [
      { ...common, box: firstBox, time: Date.parse(firstSeen) },
      { ...common, box: lastBox, time: Date.parse(lastSeen) },
    ];
  }),
];

const tracksOf = (events: readonly CloudEvent[], camera: Camera): ReadonlySet<string> =>
  new Set(
    typed(events, 'urban-camera.zone.entered')
      .filter(event => cameraOf(event) === camera)
      .map(event => zoneData.parse(event.data).object.trackId),
  );

/** Intersection over union. */
const overlap = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  return (width * height) / (a.width * a.height + b.width * b.height - width * height);
};

const world = createWorld(seed);

/** The world's object that is meant, `delay` before the gateway had the picture. */
const meant = ({ camera, label, box: seen, time }: Sight, delay: number): VisibleObject | undefined =>
  world
    .visibleAt(scenes[camera], time - delay)
    .filter(each => each.label === label && overlap(each.box, seen) >= 0.3)
    .toSorted((a, b) => overlap(b.box, seen) - overlap(a.box, seen))[0];

/** Coding, network and decoding take the same time for every picture of a camera. */
const delayOf = (sights: readonly Sight[]): number => {
  const delays = Array.from({ length: 13 }, (_, index) => index * 50);
  const right = (delay: number): number => sights.filter(sight => meant(sight, delay) !== undefined).length;
  return delays.toSorted((a, b) => right(b) - right(a))[0] ?? 0;
};

/** Where in the harbor's picture a place at sea is: metres to the camera's right and ahead, then through its lens. */
const lens = createView(seed, 'harbour').camera;
const toPicture = ([longitude, latitude]: readonly [number, number]) => {
  const axis = (quayCamera.bearingDegrees * Math.PI) / 180;
  const east = (longitude - quayCamera.longitude) * 111_320 * Math.cos((quayCamera.latitude * Math.PI) / 180);
  const north = (latitude - quayCamera.latitude) * 110_655;
  const right = east * Math.cos(axis) - north * Math.sin(axis);
  const ahead = east * Math.sin(axis) + north * Math.cos(axis);
  return lens.project([right, ahead, 1]);
};

/** Whether the vessel's last report, carried on by its speed and course, lies in the box or a quarter of it beside. */
const liesIn = (report: CloudEvent, { box: seen, time }: Sight, delay: number): boolean => {
  const { location, speedOverGround, courseOverGround } = vesselData.parse(report.data);
  const [longitude, latitude] = location.coordinates;
  const metres = (speedOverGround * (time - delay - Date.parse(report.time ?? ''))) / 1000;
  const course = (courseOverGround * Math.PI) / 180;
  const place = toPicture([
    longitude + (metres * Math.sin(course)) / (111_320 * Math.cos((latitude * Math.PI) / 180)),
    latitude + (metres * Math.cos(course)) / 110_655,
  ]);
  if (place === undefined) return false;
  const across = (place.u - seen.x) / seen.width;
  const down = (place.v - seen.y) / seen.height;
  return across > -0.25 && across < 1.25 && down > -0.25 && down < 1.25;
};

test.skipIf(missing !== undefined)(
  'cameras name what stands in front of them, with a picture at the center, also after they were away',
  { timeout: 240_000 },
  async () => {
    await using folder = await temporaryFolder();
    const authority = createAuthority(Date.now());
    await using media = await startMediaServer({ port: 0, authority, identity: authority.issueServer('center') });
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port, {
      onMedia: ({ key, sha256 }) => media.announce(key, sha256),
    });
    const client = authority.issueClient('gw-1');
    const pem = async (name: string, text: string): Promise<string> => {
      const file = path.join(folder.path, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    };
    const ca = await pem('ca.pem', authority.certificate);
    const certificate = await pem('gateway.pem', client.certificate);
    const key = await pem('gateway.key', client.key);

    const stop = new AbortController();
    const context = { world, clock: systemClock, log: silent, signal: stop.signal, random: () => 0.5 };
    const login = { username: 'viewer', password };
    await using street = await onvifCamera.start({ scene: 'street', ...login }, context);
    await using harbor = await rtspCamera.start({ scene: 'harbour', ...login }, context);
    await using ais = await aisReceiver.start(
      { connection: { transport: 'tcp-server', port: await freePort() } },
      context,
    );
    const apiPort = await freePort();
    const camera = (id: string, driver: string, address: object): string =>
      JSON.stringify({
        id,
        driver,
        ...address,
        username: login.username,
        password: '$' + '{env:CAMERA_PASSWORD}',
        detect: {
          ...{ model: 'simulated-scenes', fps: 3, snapshot: { width: 640 } },
          clip: { before: '3s', after: '2s', every: '60m' },
        },
      });
    const file = await configFile(
      folder.path,
      `
gateway: { id: gw-1, city: hue, site: quay, area: "00001", status: simulated, clockWait: 0s }
storage: { folder: ${folder.path}/storage, outbox: 200MB, media: 64MB }
api: { port: ${apiPort} }
uplinks: [{ name: ioc, sink: mqtt, url: "mqtt://127.0.0.1:${broker.port}" }]
media: ${JSON.stringify({ url: media.url, ca, certificate, key })}
devices:
  - ${camera('street', 'onvif-camera', street.address)}
  - ${camera('harbor', 'rtsp-camera', harbor.address)}
  - { id: sea, driver: ais-receiver, ${JSON.stringify(ais.address).slice(1)}
pipelines:
  - { name: sea, from: [sea], stages: [{ stage: track }, { stage: downsample, every: 0s }] }
  - name: cameras
    from: [street, harbor]
    stages:
      - stage: zones
        zones:
          - { id: left, name: Bên trái, polygon: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]] }
          - { id: right, name: Bên phải, polygon: [[0.5, 0], [1, 0], [1, 1], [0.5, 1]] }
      - stage: clips
`,
    );
    await using gateway = await startGateway(file, apiPort, { CAMERA_PASSWORD: password });
    const events = (): readonly CloudEvent[] => [...center.events.values()];
    const count = (name: string): number => typed(events(), name).length;

    await until(
      'both cameras told enough of both kinds of zone events, of objects, of their pictures and a clip',
      () =>
        sightsOf(events()).length >= 70 &&
        count('urban-camera.zone.left') > 0 &&
        count('urban-camera.object.observed') > 0 &&
        count('urban-camera.media.stored') > 1 &&
        typed(events(), 'urban-camera.media.stored').some(({ data }) => String(data['key']).endsWith('.mp4')) &&
        tracksOf(events(), 'street').size > 5 &&
        tracksOf(events(), 'harbor').size > 5,
      300_000,
    );

    const sights = sightsOf(events());
    const delays = {
      street: delayOf(sights.filter(each => each.camera === 'street')),
      harbor: delayOf(sights.filter(each => each.camera === 'harbor')),
    };
    const right = sights.filter(sight => meant(sight, delays[sight.camera]) !== undefined);
    expect(right.length / sights.length, `${right.length} of ${sights.length} are right`).toBeGreaterThan(0.85);

    const reports = typed(events(), 'fishing-vessel.vessel.observed');
    // Of a hull that the edge of the picture cuts, the aerial may be outside.
    const isWhole = ({ box: seen }: Sight): boolean => seen.x > 0.01 && seen.x + seen.width < 0.99;
    const boats = sights.filter(isWhole).flatMap((sight): readonly boolean[] => {
      const vessel = sight.label === 'boat' ? meant(sight, delays.harbor)?.identity : undefined;
      // A curve is not carried on for long.
      const [report] = reports
        .filter(each => vessel === `vessel-${vesselData.parse(each.data).mmsi}`)
        .filter(each => Math.abs(Date.parse(each.time ?? '') - sight.time) < seconds(10))
        .toSorted(
          (a, b) => Math.abs(Date.parse(a.time ?? '') - sight.time) - Math.abs(Date.parse(b.time ?? '') - sight.time),
        );
      return report === undefined ? [] : [liesIn(report, sight, delays.harbor)];
    });
    const lying = boats.filter(lies => lies).length;
    expect(boats.length, 'boats that are on the air').toBeGreaterThan(3);
    expect(lying / boats.length, `${lying} of ${boats.length} boats lie where AIS says`).toBeGreaterThan(0.85);

    const before = { street: tracksOf(events(), 'street'), harbor: tracksOf(events(), 'harbor') };
    for (const each of [street, harbor]) each.show('away');
    await until('both are told to have failed', () => count('gateway.device.failed') === 2, 60_000);
    for (const each of [street, harbor]) each.show(undefined);
    await until('both are told to be back', () => count('gateway.device.recovered') === 2, 60_000);
    for (const name of ['street', 'harbor'] as const) {
      await until(
        `${name} sees objects with new names`,
        () => [...tracksOf(events(), name)].some(track => !before[name].has(track)),
        300_000,
      );
    }

    expect(await gateway.stop()).toBe(0);
    const announced = ['zone.entered', 'object.observed', 'clip.recorded']
      .flatMap(name => typed(events(), `urban-camera.${name}`))
      .flatMap(event =>
        (mediaData.parse(event.data).media ?? []).map(each => ({ ...each, correlation: event.correlationid })),
      )
      .filter(({ state }) => state === 'pending');
    const stored = typed(events(), 'urban-camera.media.stored');
    expect(stored.length).toBeGreaterThan(0);
    for (const event of stored) {
      const [named] = announced.filter(
        each => each.key === event.data['key'] && each.correlation === event.correlationid,
      );
      expect(named, 'it is told under the correlation of the event that named the picture').toBeDefined();
      expect(event.data['sha256']).toBe(named?.sha256);
    }
    expect(count('urban-camera.media.lost')).toBe(0);
    expect(media.report()).toMatchObject({ mismatched: 0, unannounced: 0 });
    expect(media.report().stored).toBeGreaterThan(0);
    expect(Object.fromEntries(center.report().invalid)).toEqual({});
    expect(gateway.output()).not.toContain(password);
    stop.abort();
  },
);
