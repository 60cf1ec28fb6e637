/** Real databases of time series for tests, on free loopback ports and in temporary folders. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Identity } from '../../simulators/ioc/certificate.ts';
import { freePort, type Running, start, temporaryFolder, until } from './resources.ts';

export interface TimeSeries extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

const answers = async (url: string, running: Running): Promise<boolean> => {
  if (running.process.exitCode !== null) throw new Error(`it ended: ${running.output()}`);
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
};

const withFolder = async (
  begin: (folder: string) => Promise<TimeSeries & { readonly running: Running }>,
): Promise<TimeSeries> => {
  const folder = await temporaryFolder();
  const server = await begin(folder.path);
  return {
    url: server.url,
    port: server.port,
    [Symbol.asyncDispose]: async () => {
      await server.running[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

/** The administrator of `startInfluxd`. */
const admin = { username: 'root', password: 'correct horse' };

/** InfluxDB 1.x that asks for a password, with one administrator; with `identity` it speaks TLS, and has none. */
export const startInfluxd = (
  options: { readonly port?: number; readonly identity?: Identity } = {},
): Promise<TimeSeries> =>
  withFolder(async folder => {
    const [port, backup] = [options.port ?? (await freePort()), await freePort()];
    const { identity } = options;
    const pem = path.join(folder, 'server.pem');
    if (identity !== undefined) await writeFile(pem, identity.certificate + identity.key);
    const file = path.join(folder, 'influxd.conf');
    const lines = [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${backup}"`,
      `[meta]\n  dir = "${path.join(folder, 'meta')}"`,
      `[data]\n  dir = "${path.join(folder, 'data')}"\n  wal-dir = "${path.join(folder, 'wal')}"`,
      '[monitor]\n  store-enabled = false',
      `[http]\n  bind-address = "127.0.0.1:${port}"\n  auth-enabled = ${identity === undefined}\n  log-enabled = false`,
      ...(identity === undefined ? [] : [`  https-enabled = true\n  https-certificate = "${pem}"`]),
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const running = start('influxd', ['-config', file]);
    const url = `${identity === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
    if (identity !== undefined) {
      await until('influxd listens', () => running.output().includes('Listening on HTTP'));
    } else {
      await until('influxd answers', () => answers(`${url}/ping`, running));
      await ask(url, `CREATE USER ${admin.username} WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`);
    }
    return { url, port, running, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
  });

const answer = z.object({
  results: z.array(
    z.object({
      error: z.string().optional(),
      series: z
        .array(
          z.object({
            name: z.string(),
            tags: z.record(z.string(), z.string()).optional(),
            columns: z.array(z.string()),
            values: z.array(z.array(z.unknown())),
          }),
        )
        .optional(),
    }),
  ),
});

/** Asks `startInfluxd`'s server; times are milliseconds. */
export const ask = async (url: string, query: string, database = '') => {
  const response = await fetch(`${url}/query?epoch=ms&db=${database}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}` },
    body: new URLSearchParams({ q: query }),
  });
  const [result] = answer.parse(await response.json()).results;
  if (result?.error !== undefined) throw new Error(result.error);
  return result?.series ?? [];
};

/** VictoriaMetrics, which takes what InfluxDB 2.x takes. */
export const startVictoriaMetrics = (): Promise<TimeSeries> =>
  withFolder(async folder => {
    const port = await freePort();
    const running = start('victoria-metrics', [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${path.join(folder, 'data')}`,
      '-retentionPeriod=100y',
      '-memory.allowedBytes=32MB',
    ]);
    const url = `http://127.0.0.1:${port}`;
    await until('victoria-metrics answers', () => answers(`${url}/health`, running));
    return { url, port, running, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
  });

const exported = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(z.number()),
  timestamps: z.array(z.number()),
});

/** What `startVictoriaMetrics`' server holds of a measurement. */
export const exportSeries = async (url: string, measurement: string) => {
  // What was written a moment ago is not found before.
  await fetch(`${url}/internal/force_flush`);
  const text = await (await fetch(`${url}/api/v1/export?match[]={__name__=~"${measurement}_.*"}`)).text();
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => exported.parse(JSON.parse(line)));
};
