/** VMS providers who were told that their positions are taken: then no crash loses them. */
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { toTimestamp } from '../../core/time.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

test.skipIf(missing !== undefined)(
  'what a provider posted or dropped is at the center after a crash, once, wherever it was taken',
  { timeout: 90_000 },
  async () => {
    await using folder = await temporaryFolder();
    const [apiPort, brokerPort, vmsPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const spool = path.join(folder.path, 'spool');
    await mkdir(spool);
    const file = await configFile(
      folder.path,
      `
${siteSections({ folder: folder.path, apiPort, brokerPort })}
devices:
  - id: vms-post
    driver: json-vms
    provider: bien-xanh
    connection: { transport: http-server, port: ${vmsPort}, path: /positions, token: "\${env:VMS_TOKEN}" }
    records: data
    fields: { vmsId: id, mark: mark, time: { path: at, format: epoch-ms }, latitude: lat, longitude: lon, speed: { path: v, unit: km/h }, alarm: { path: sos, values: { "true": distress } } }
  - id: vms-files
    driver: naf-vms
    connection: { transport: folder, path: ${spool}, interval: 50ms }
pipelines:
  - { name: vessels, from: [vms-post, vms-files], stages: [{ stage: track }, { stage: vessel-rules }, { stage: downsample }] }
`,
    );
    const env = { VMS_TOKEN: 'sesame' };
    const post = (token: string, ...positions: readonly object[]) =>
      fetch(`http://127.0.0.1:${vmsPort}/positions`, {
        method: 'POST',
        body: JSON.stringify({ data: positions }),
        headers: { authorization: `Bearer ${token}`, connection: 'close' },
      });
    const at = Date.now() - 600_000;
    const position = { id: 'BX1', mark: 'TTH 96969 TS', at, lat: 16.6, lon: 107.7, v: 18.52 };

    // Without a center: all that is accepted waits in the outbox.
    {
      await using gateway = await startGateway(file, apiPort, env);
      await until('both devices listen', async () => {
        const answer = await post('wrong', position).catch(() => undefined);
        return answer?.status === 401 && (await readdir(spool)).includes('done');
      });
      const answer = await post('sesame', position, { ...position, lat: 'north' });
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { accepted: 1, refused: { 'malformed.bad-position': 1 } },
      ]);
      const stamp = toTimestamp(at).replace(/[-:]/g, '');
      const record = `//SR//TM/POS//XR/QT-90001-TS//DA/${stamp.slice(0, 8)}//TI/${stamp.slice(9, 13)}//LT/17.1//LG/107.5//SP/50//ER//`;
      await writeFile(path.join(folder.path, 'a.naf'), record);
      await rename(path.join(folder.path, 'a.naf'), path.join(spool, 'a.naf'));
      await until('the file is taken', async () => (await readdir(path.join(spool, 'done'))).length === 1);
      await gateway.kill();
    }

    await using broker = await startMosquitto({ folder: folder.path, port: brokerPort });
    await using center = await openCenter(broker.port);
    await using _gateway = await startGateway(file, apiPort, env);
    // The provider repeats itself, as one does who was not answered.
    expect((await until('it listens', () => post('sesame', position).catch(() => undefined))).status).toBe(200);
    const observed = () =>
      [...center.events.values()].filter(({ type }) => type === 'vn.ioc.fishing-vessel.vessel.observed.v1');
    await until('both are there', () => observed().length >= 2, 20_000);
    await post('sesame', { ...position, id: 'BX2', mark: 'TTH 90002 TS', sos: true });
    await until('the last one is there', () => observed().length >= 3, 20_000);
    // The crew pressed the alarm button ten minutes ago: that is when it counts from.
    const distress = await until('the call for help is there', () =>
      [...center.events.values()].find(({ type }) => type === 'vn.ioc.fishing-vessel.distress.raised.v1'),
    );
    expect(distress).toMatchObject({
      subject: 'vessel/vnfish/TTH-90002-TS',
      time: toTimestamp(at),
      severitytext: 'CRITICAL',
      data: { beacon: 'vms', evidence: { lastReport: { dataProvider: 'VMS' } } },
    });
    expect(
      observed()
        .map(({ subject }) => subject)
        .toSorted(),
    ).toEqual(['vessel/vnfish/QT-90001-TS', 'vessel/vnfish/TTH-90002-TS', 'vessel/vnfish/TTH-96969-TS']);
  },
);
