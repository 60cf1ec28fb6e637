import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Authority, createAuthority } from '../../../simulators/ioc/certificate.ts';
import {
  eventTopic,
  listen,
  measured,
  measuredFrom,
  type OpenedOutbox,
  openTestOutbox,
  sealed,
} from '../../support/outbox.ts';
import {
  freePort,
  missingPrograms,
  projectFile,
  start,
  startMosquitto,
  temporaryFolder,
  until,
} from '../../support/resources.ts';
import { ask, exportSeries, startInfluxd, startVictoriaMetrics, type TimeSeries } from '../../support/time-series.ts';

const missing = missingPrograms('influxd', 'victoria-metrics', 'mosquitto');

let influxd: TimeSeries;
beforeAll(async () => {
  if (missing === undefined) influxd = await startInfluxd();
});
afterAll(async () => influxd?.[Symbol.asyncDispose]());

/** A user who may write into a database of its own, which is there unless `database` is `none`. */
const openAccount = async (name: string, database: 'there' | 'none' = 'there') => {
  await ask(influxd.url, `CREATE USER ${name} WITH PASSWORD 'secret of ${name}'`);
  process.env[`HAIDANG_TEST_${name}`] = `secret of ${name}`;
  if (database === 'there') await createDatabase(name);
  return {
    name: 'history',
    sink: 'influx',
    url: influxd.url,
    version: 1,
    database: name,
    username: name,
    password: `\${env:HAIDANG_TEST_${name}}`,
  };
};

const createDatabase = async (name: string): Promise<void> => {
  await ask(influxd.url, `CREATE DATABASE ${name}`);
  await ask(influxd.url, `GRANT WRITE ON ${name} TO ${name}`);
};

const history = ({ outbox }: OpenedOutbox) => outbox.status().uplinks.find(({ name }) => name === 'history');

const figures = async (database: string): Promise<readonly unknown[]> => {
  const [series] = await ask(influxd.url, 'SELECT pm25 FROM "air-quality"', database);
  return series?.values.map(([, pm25]) => pm25) ?? [];
};

test.skipIf(missing)('writes what is measured into InfluxDB 1.x, and leaves the rest to others', async () => {
  await using folder = await temporaryFolder();
  const account = await openAccount('plain');
  await using opened = await openTestOutbox(folder.path, [account]);
  await opened.outbox.append({
    events: [
      measured(1, { quality: { pm25: 'suspect' }, exceedsQcvn: true }),
      measured(2),
      sealed(3),
      sealed(4, { lane: 'alert', topic: eventTopic('alert') }),
    ],
  });
  await until('it has them', () => history(opened)?.backlog === 0 && history(opened)?.delivered === 2);
  const [series] = await ask(influxd.url, 'SELECT * FROM "air-quality"', 'plain');
  const rows = series?.values.map(values => Object.fromEntries(series.columns.map((key, at) => [key, values[at]])));
  expect(rows).toEqual([
    {
      time: measuredFrom + 1000,
      pm25: 1,
      pm25_quality: 3,
      exceedsQcvn: true,
      gateway: 'gw-1',
      site: 'pole-1',
      source: 'dev-1',
      subject: 'station/kim-long',
      status: 'actual',
    },
    expect.objectContaining({ time: measuredFrom + 2000, pm25: 2, pm25_quality: null }),
  ]);
  await until('nothing waits', () => opened.outbox.status().outbox.lanes.every(({ rows }) => rows === 0));
  expect(history(opened)).toMatchObject({ sink: 'influx', state: 'connected', shed: {}, warnings: [] });
});

test.skipIf(missing)('writes the same by the interface of InfluxDB 2.x', async () => {
  await using victoria = await startVictoriaMetrics();
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path, [
    { name: 'history', sink: 'influx', url: victoria.url, version: 2, organization: 'city', bucket: 'history' },
  ]);
  // Enough for a body that is worth packing.
  await opened.outbox.append({ events: Array.from({ length: 50 }, (_, n) => measured(n, { exceedsQcvn: n > 25 })) });
  await until('it has them', () => history(opened)?.backlog === 0);
  const series = await until('all are found', async () => {
    const found = await exportSeries(victoria.url, 'air-quality');
    return found.length === 2 && found.every(({ values }) => values.length === 50) && found;
  });
  const pm25 = series.find(({ metric }) => metric['__name__'] === 'air-quality_pm25');
  expect(pm25?.metric).toMatchObject({ gateway: 'gw-1', source: 'dev-1', subject: 'station/kim-long' });
  expect(pm25?.values).toEqual(Array.from({ length: 50 }, (_, n) => n));
  expect(pm25?.timestamps).toEqual(Array.from({ length: 50 }, (_, n) => measuredFrom + n * 1000));
});

test.skipIf(missing)('finds the one event that the database does not take, and writes all others', async () => {
  await using folder = await temporaryFolder();
  const account = await openAccount('faulty');
  await using opened = await openTestOutbox(folder.path, [account]);
  await opened.outbox.append({ events: [measured(0)] });
  await until('pm25 is a number there', async () => (await figures('faulty')).length === 1);
  const events = Array.from({ length: 40 }, (_, n) => measured(n + 1, n === 17 ? { pm25: true } : {}));
  await opened.outbox.append({ events });
  await until('it has all others', async () => (await figures('faulty')).length === 40);
  expect(await figures('faulty')).toEqual(Array.from({ length: 41 }, (_, n) => n).filter(n => n !== 18));
  await until('that one alone waits', () => history(opened)?.backlog === 1);
  expect(history(opened)?.warnings.join()).toContain('field type conflict');
});

test.skipIf(missing)('says that the database is not there, and goes on when it is', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder();
  const account = await openAccount('late', 'none');
  await using opened = await openTestOutbox(folder.path, [account]);
  await opened.outbox.append({ events: [measured(1)] });
  await until('it says so', () => history(opened)?.error?.kind === 'config');
  expect(history(opened)?.error?.advice).toContain('CREATE DATABASE "late"');
  await createDatabase('late');
  await until('it has it', () => history(opened)?.backlog === 0, 25_000);
  expect(opened.notices.map(({ kind }) => kind)).toEqual(['lost', 'connected']);
});

test.skipIf(missing)('waits long after its login was refused, and never says the password', async () => {
  await using folder = await temporaryFolder();
  const account = await openAccount('wrong');
  process.env['HAIDANG_TEST_wrong'] = 'not the word at all';
  await using opened = await openTestOutbox(folder.path, [account]);
  await opened.outbox.append({ events: [measured(1)] });
  await until('it says so', () => history(opened)?.error?.kind === 'denied' && history(opened)?.state === 'waiting');
  const { nextRetry = 0 } = history(opened) ?? {};
  expect(nextRetry - Date.now()).toBeGreaterThan(120_000);
  const said = JSON.stringify([opened.notices, opened.outbox.status()]);
  for (const word of ['not the word', Buffer.from('wrong:not the word at all').toString('base64')]) {
    expect(said).not.toContain(word);
  }
});

test.skipIf(missing)('speaks TLS with a database whose certificate is good, and with no other', async () => {
  await using folder = await temporaryFolder();
  const authority = createAuthority(Date.now());
  await using server = await startInfluxd({ identity: authority.issueServer('127.0.0.1') });
  const open = async (trusted: Authority) => {
    const ca = path.join(folder.path, 'ca.pem');
    await writeFile(ca, trusted.certificate);
    const account = { name: 'history', sink: 'influx', url: server.url, version: 1, database: 'none' };
    return openTestOutbox(await mkdtemp(path.join(folder.path, 'outbox-')), [{ ...account, ca }]);
  };
  {
    await using opened = await open(createAuthority(Date.now()));
    await until('it does not trust it', () => history(opened)?.error?.kind === 'unreachable');
    expect(history(opened)?.error?.advice).toContain('Check "ca"');
  }
  await using opened = await open(authority);
  await until('it was let in, and there is no such database', () => history(opened)?.error?.kind === 'config');
});

test.skipIf(missing)('dead, it costs the uplink nothing; back, it gets all of it', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder();
  const [brokerPort, port] = [await freePort(), await freePort()];
  await using _broker = await startMosquitto({ folder: folder.path, port: brokerPort });
  await using listener = await listen(brokerPort);
  const account = { name: 'history', sink: 'influx', url: `http://127.0.0.1:${port}`, version: 1, database: 'dead' };
  process.env['HAIDANG_TEST_root'] = 'correct horse';
  await using opened = await openTestOutbox(folder.path, [
    { url: `mqtt://127.0.0.1:${brokerPort}` },
    { ...account, username: 'root', password: `\${env:HAIDANG_TEST_root}` },
  ]);
  const count = 3000;
  for (let n = 0; n < count; n += 100) {
    await opened.outbox.append({ events: Array.from({ length: 100 }, (_, at) => measured(n + at)) });
  }
  await until('the center has all', () => new Set(listener.events().map(({ id }) => id)).size === count);
  await until('the history is missed', () => history(opened)?.error);
  expect(history(opened)).toMatchObject({ delivered: 0, error: { kind: 'unreachable' } });
  await until('the last acknowledgement is written down', () => opened.outbox.status().uplinks[0]?.backlog === 0);
  await until('it waits for none but the history', () => history(opened)?.backlog === count);
  expect(opened.outbox.status().uplinks[0]).toMatchObject({ name: 'ioc', backlog: 0, shed: {} });

  await using revived = await startInfluxd({ port });
  await ask(revived.url, 'CREATE DATABASE dead');
  await until('it has them', () => history(opened)?.backlog === 0, 25_000);
  const [series] = await ask(revived.url, 'SELECT count(pm25), min(pm25), max(pm25) FROM "air-quality"', 'dead');
  expect(series?.values.map(([, ...figures]) => figures)).toEqual([[count, 0, count - 1]]);
  await until('nothing waits', () => opened.outbox.status().outbox.lanes.every(({ rows }) => rows === 0));

  await revived[Symbol.asyncDispose]();
  await until('it is missed also while there is nothing to write', () => history(opened)?.state === 'waiting', 25_000);
});

test.skipIf(missing)(
  'the process killed in the middle of it loses nothing and writes nothing twice',
  { timeout: 40_000 },
  async () => {
    await using folder = await temporaryFolder();
    const account = await openAccount('killed');
    const appended: number[] = [];
    for (const first of [1, 100_001]) {
      await using child = start(process.execPath, [
        projectFile('tests/support/append-until-killed.ts'),
        folder.path,
        String(first),
        JSON.stringify(account),
      ]);
      const lines = (): string[] => child.output().split('\n').slice(0, -1);
      // Some are written, others on their way, others wait.
      await until(
        'some are written',
        async () => lines().length > 100 && (await figures('killed')).some(n => Number(n) >= first),
        300_000,
      );
      child.process.kill('SIGKILL');
      await once(child.process, 'close');
      appended.push(...lines().map(Number));
    }
    await using opened = await openTestOutbox(folder.path, [account]);
    await until('nothing waits', () => history(opened)?.backlog === 0, 25_000);
    const written = await figures('killed');
    expect(new Set(written).size).toBe(written.length);
    expect(appended.filter(n => !written.includes(n))).toEqual([]);
  },
);
