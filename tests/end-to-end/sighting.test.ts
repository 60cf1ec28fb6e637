/** A camera on the quay, an AIS receiver beside it: the center learns who was sighted, and who carries no AIS. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { quayCameraConfig } from '../../bench/harbour-watch.ts';
import { systemClock } from '../../core/time.ts';
import { overlap } from '../../pipelines/detect/overlap.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createAuthority } from '../../simulators/ioc/certificate.ts';
import type { CloudEvent } from '../../simulators/ioc/judge.ts';
import { startMediaServer } from '../../simulators/ioc/media.ts';
import { fleetZonesFile } from '../../simulators/scenarios/scenario.ts';
import { simulator as aisReceiver } from '../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** That of the demonstration, whose films are rendered once for both. */
const seed = 7;
const truth = createWorld(seed);
const mmsis = truth.vesselsAt(Date.now()).map(({ vessel }) => vessel.mmsi);
/** Boats before the camera without AIS: the first one passes close to the quay, where no zone asks for such. */
const dark: ReadonlySet<number | undefined> = new Set([mmsis[1], mmsis[3], mmsis[4], mmsis[6]]);

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const sightData = z.looseObject({
  object: z.looseObject({ box }),
  zone: z.looseObject({ id: z.string() }).optional(),
  place: z.looseObject({ range: z.number() }),
  media: z.array(z.looseObject({ sha256: z.string() })).default([]),
});
const countData = z.looseObject({
  zone: z.looseObject({ id: z.string() }).optional(),
  identified: z.number(),
  unidentified: z.number(),
  undetermined: z.number(),
});
const vesselData = z.looseObject({ mmsi: z.number() });

/** Coding, network and decoding take some time between these, milliseconds: the more, the busier the machine is. */
const delays = [100, 200, 300, 400, 500, 600];

/** A box around what is seen of a boat behind another one overlaps both: neither fits worse than by a quarter. */
const fitsAsWell = 0.75;

/** MMSI of the boats that may have stood where the event has its box: for each delay those that fit best. */
const reallyOf = ({ data, time }: CloudEvent): ReadonlySet<number> => {
  const seen = sightData.parse(data).object.box;
  return new Set(
    delays.flatMap(delay => {
      const boats = truth
        .visibleAt('harbour', Date.parse(time ?? '') - delay)
        .filter(({ label }) => label === 'boat')
        .map(({ identity, box }) => ({ mmsi: Number(identity.replace('vessel-', '')), shared: overlap(box, seen) }));
      const least = Math.max(0.2, fitsAsWell * Math.max(...boats.map(({ shared }) => shared)));
      return boats.filter(({ shared }) => shared >= least).map(({ mmsi }) => mmsi);
    }),
  );
};

/**
 * Of the few that a minute brings, one may be wrong, and of more a quarter, but never all: a boat that goes about
 * between two reports, one half behind another. How many are right over hours is asked of the stage by itself.
 */
const mostWrong = (all: number): number => Math.min(all - 1, Math.max(1, Math.floor(all / 4)));

/** What to read when a share of them is wrong. */
const asTold = (events: readonly CloudEvent[]): string =>
  events.map(event => `${event.subject} was ${[...reallyOf(event)].join(' or ')} at ${event.time}`).join('; ');

test.skipIf(missing !== undefined)(
  'a camera and an AIS receiver tell who is sighted, with a picture, and who carries no AIS',
  { timeout: 240_000 },
  async () => {
    await using folder = await temporaryFolder();
    const authority = createAuthority(Date.now());
    await using media = await startMediaServer({ port: 0, authority, identity: authority.issueServer('center') });
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port, { onMedia: ({ key, sha256 }) => media.announce(key, sha256) });
    const client = authority.issueClient('gw-1');
    const keep = async (name: string, text: string): Promise<string> => {
      const file = path.join(folder.path, name);
      await writeFile(file, text, { mode: 0o600 });
      return file;
    };
    const mediaSection = {
      url: media.url,
      ca: await keep('ca.pem', authority.certificate),
      certificate: await keep('gateway.pem', client.certificate),
      key: await keep('gateway.key', client.key),
    };
    const zones = path.join(folder.path, 'zones.geojson');
    await copyFile(fleetZonesFile, zones);

    const stop = new AbortController();
    const context = { clock: systemClock, log: silent, signal: stop.signal, random: () => 0.5 };
    await using camera = await rtspCamera.start({ scene: 'harbour' }, { ...context, world: truth });
    const stations = truth.stations.filter(each => !dark.has(each.stateAt(Date.now())?.vessel.mmsi));
    await using ais = await aisReceiver.start(
      { connection: { transport: 'tcp-server', port: await freePort() } },
      { ...context, world: createWorld(seed, { stations, vmsReportsBetween: () => [] }) },
    );
    const apiPort = await freePort();
    const detect = { model: 'simulated-scenes', fps: 3, snapshot: { width: 640 } };
    const zone = { name: 'Vùng nước', bearings: [0, 0] };
    const sighting = {
      cameras: [
        {
          ...quayCameraConfig(seed),
          zones: [
            { ...zone, id: 'before-the-quay', ranges: [0, 75] },
            { ...zone, id: 'beyond', ranges: [75, 5000], unidentified: 'event' },
          ],
        },
      ],
      patience: '15s',
      period: '1m',
    };
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
media: ${JSON.stringify(mediaSection)}
devices:
  - ${JSON.stringify({ id: 'cam-quay', driver: 'rtsp-camera', service: 'fishing-vessel', ...camera.address, detect })}
  - ${JSON.stringify({ id: 'ais-quay', driver: 'ais-receiver', ...ais.address })}
pipelines:
  - name: harbor
    from: [ais-quay, cam-quay]
    stages:
      - { stage: track }
      - { stage: geofence, zones: ${zones} }
      - ${JSON.stringify({ stage: 'sighting', ...sighting })}
      - { stage: downsample, every: 5s }
`,
    );
    await using gateway = await startGateway(file, apiPort);
    const typed = (name: string): readonly CloudEvent[] =>
      [...center.events.values()].filter(({ type }) => type === `vn.ioc.${name}.v1`);
    const counted = (id: string): number =>
      typed('fishing-vessel.unidentified.counted')
        .map(({ data }) => countData.parse(data))
        .filter(data => data.zone?.id === id)
        .reduce((sum, { identified, unidentified, undetermined }) => sum + identified + unidentified + undetermined, 0);
    const stored = () => new Set(typed('urban-camera.media.stored').map(({ data }) => data['sha256']));
    const withPicture = (event: CloudEvent): boolean =>
      sightData.parse(event.data).media.some(({ sha256 }) => stored().has(sha256));

    await until(
      'a vessel was sighted and one without AIS told of, both with a picture that the center has, and boats before the quay counted',
      () =>
        typed('fishing-vessel.vessel.sighted').some(withPicture) &&
        typed('fishing-vessel.vessel.unidentified').some(withPicture) &&
        counted('before-the-quay') > 0,
      150_000,
    );
    expect(await gateway.stop()).toBe(0);

    const sighted = typed('fishing-vessel.vessel.sighted');
    const mistaken = sighted.filter(
      event => ![...reallyOf(event)].some(mmsi => event.subject === `vessel/mmsi/${mmsi}`),
    );
    expect(mistaken.length, asTold(mistaken)).toBeLessThanOrEqual(mostWrong(sighted.length));
    const unidentified = typed('fishing-vessel.vessel.unidentified');
    const wronged = unidentified.filter(event => ![...reallyOf(event)].some(mmsi => dark.has(mmsi)));
    expect(wronged.length, asTold(wronged)).toBeLessThanOrEqual(mostWrong(unidentified.length));
    for (const { data } of unidentified) expect(sightData.parse(data).zone?.id).toBe('beyond');
    const heard = new Set(typed('fishing-vessel.vessel.observed').map(({ data }) => vesselData.parse(data).mmsi));
    expect(heard.size).toBeGreaterThan(3);
    expect([...heard].filter(mmsi => dark.has(mmsi))).toEqual([]);
    expect(typed('fishing-vessel.unseen-vessel.raised')).toEqual([]);
    expect(Object.fromEntries(center.report().invalid)).toEqual({});
    expect(media.report()).toMatchObject({ mismatched: 0, unannounced: 0 });
    stop.abort();
  },
);
