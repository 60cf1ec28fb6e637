/** The file of zones is changed while the gateway runs: what it made of vessels before goes on. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');
const seen = z.looseObject({ type: z.string(), data: z.looseObject({}) });

const zonesFile = (west: number, corners = 5): string => {
  const ring = [
    [west, 16.5],
    [west + 0.2, 16.5],
    [west + 0.2, 16.7],
    [west, 16.7],
    [west, 16.5],
  ];
  const port = {
    type: 'Feature',
    properties: { id: 'port', name: 'Cảng thử', kind: 'port' },
    geometry: { type: 'Polygon', coordinates: [ring.slice(0, corners)] },
  };
  return JSON.stringify({ type: 'FeatureCollection', features: [port] });
};

test.skipIf(missing !== undefined)(
  'zones that cannot be used are refused and the old ones go on, until good ones come',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, vmsPort] = await Promise.all([freePort(), freePort()]);
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    const zones = path.join(folder.path, 'zones.geojson');
    await writeFile(zones, zonesFile(107.5));
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
devices:
  - id: vms-post
    driver: json-vms
    provider: bien-xanh
    connection: { transport: http-server, port: ${vmsPort}, path: /positions, token: "\${env:VMS_TOKEN}" }
    records: data
    fields: { vmsId: id, mark: mark, time: { path: at, format: epoch-ms }, latitude: lat, longitude: lon }
pipelines:
  - name: harbor
    from: [vms-post]
    stages:
      - { stage: track }
      - { stage: geofence, zones: ${zones} }
      - { stage: downsample }
`,
    );
    await using _gateway = await startGateway(file, apiPort, { VMS_TOKEN: 'sesame' });
    const began = Date.now() - 600_000;
    const report = async (number: number, minutes: number): Promise<void> => {
      const position = {
        id: `BX${number}`,
        mark: `TTH 9000${number} TS`,
        at: began + minutes * 60_000,
        lat: 16.6,
        lon: 107.6,
      };
      const answer = await until('the provider is answered', () =>
        fetch(`http://127.0.0.1:${vmsPort}/positions`, {
          method: 'POST',
          body: JSON.stringify({ data: [position] }),
          headers: { authorization: 'Bearer sesame', connection: 'close' },
        }).catch(() => undefined),
      );
      expect(answer.status).toBe(200);
    };
    const told = (name: string) =>
      [...center.events.values()].flatMap(event => {
        const { type, data } = seen.parse(event);
        return type === `vn.ioc.${name}.v1` ? [data] : [];
      });
    const arrived = (name: string, count: number) =>
      until(`${count} × ${name}`, () => told(name).length >= count, 30_000);

    await arrived('gateway.file.loaded', 1);
    const [loaded] = told('gateway.file.loaded');
    await report(1, 0);
    await arrived('fishing-vessel.zone.entered', 1);

    await writeFile(zones, zonesFile(107.5, 4));
    await arrived('gateway.file.refused', 1);
    expect(told('gateway.file.refused')).toMatchObject([
      {
        stage: 'geofence',
        path: zones,
        message: 'feature 1 "port": the outline is not closed',
        advice: expect.stringMatching(/Repeat the first corner/),
        inForce: loaded?.['version'],
      },
    ]);
    await report(2, 1);
    await arrived('fishing-vessel.zone.entered', 2);
    expect(told('fishing-vessel.zone.left')).toEqual([]);

    await writeFile(zones, zonesFile(108.5));
    await arrived('gateway.file.loaded', 2);
    await arrived('fishing-vessel.zone.left', 2);
    expect(told('fishing-vessel.zone.left')).toMatchObject([
      { reason: 'config-removed' },
      { reason: 'config-removed' },
    ]);
    expect([...center.report().invalid]).toEqual([]);
  },
);
