/** The demonstration as it is started by `npm start`, with the devices that need no scene to be rendered. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runDemo } from '../../../simulators/demo/demo.ts';
import { freePort, temporaryFolder, until } from '../../support/resources.ts';

const writeSite = async (folder: string, vesselsPort: number) => {
  const [api, broker, uplink, media, air] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const configFile = path.join(folder, 'site.yaml');
  const scenario = path.join(folder, 'scenario.yaml');
  await writeFile(
    configFile,
    `
gateway: { id: gw-demo, city: hue, site: demo, area: "00000", status: simulated }
storage: { folder: .cache/demo/storage, outbox: 64MB, media: 16MB }
api: { port: ${api} }
broker:
  port: ${broker}
  users:
    - { device: weather-1, username: weather-1, password: "\${env:HAIDANG_DEMO_SENSOR}", publish: [weather-1/state] }
uplinks:
  - name: center
    sink: mqtt
    url: mqtt://127.0.0.1:${uplink}
    protocol: "3.1.1"
    username: gw-demo
    password: \${env:HAIDANG_DEMO_UPLINK}
media:
  url: https://127.0.0.1:${media}/media
  ca: .cache/demo/tls/ca.pem
  certificate: .cache/demo/tls/gateway.pem
  key: .cache/demo/tls/gateway.key
devices:
  - { id: air-1, driver: pms5003, connection: { transport: tcp-client, host: 127.0.0.1, port: ${air} } }
  - { id: ais-1, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${vesselsPort} } }
  - id: weather-1
    driver: mqtt-json
    broker: embedded
    topics: [weather-1/state]
    values: [{ quantity: temperature, path: BME280.Temperature }]
    time: { path: Time }
pipelines:
  - { name: air, from: [air-1, weather-1], stages: [{ stage: normalize }, { stage: aggregate, periods: [1s] }] }
  - { name: vessels, from: [ais-1], stages: [{ stage: track }, { stage: downsample }] }
`,
  );
  await writeFile(
    scenario,
    `
summary: Of a test.
devices:
  - { id: air-1, simulator: pms5003, connection: { transport: tcp-server, port: ${air} } }
  - { id: ais-1, simulator: ais-receiver, connection: { transport: tcp-server, port: ${vesselsPort} } }
  - id: weather-1
    simulator: mqtt-json
    url: mqtt://127.0.0.1:${broker}
    username: weather-1
    password: \${env:HAIDANG_DEMO_SENSOR}
    topic: weather-1/state
    interval: 500ms
`,
  );
  return { configFile, scenario, folder };
};

/** Command lines of the processes that know of this folder. */
const processesOf = (folder: string): readonly string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes(folder) ? [line] : [];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });

test('every device delivers to the center, and nothing is left behind', async () => {
  await using folder = await temporaryFolder();
  const place = await writeSite(folder.path, await freePort());
  const stopping = new AbortController();
  let printed = '';
  const running = runDemo({
    signal: stopping.signal,
    place,
    out: text => {
      printed += text;
    },
  });
  const arrived = (service: string): number =>
    Number([...printed.matchAll(new RegExp(`arrived: .*${service} (\\d+) \\(`, 'g'))].at(-1)?.[1] ?? 0);
  await until(
    'all devices run and their events arrive',
    () => printed.includes('3 of 3 devices running') && arrived('environment') > 5 && arrived('fishing-vessel') > 0,
    300_000,
  );
  const asked = performance.now();
  stopping.abort();
  expect(await running).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5000);
  expect(printed).toContain('every device delivered');
  expect(printed).toMatch(/messages arrived in .*: 0 refused, 0 lost, 0 on their way/);
  expect(processesOf(folder.path)).toEqual([]);
});

test('a gateway that does not start is told with its last words', async () => {
  await using folder = await temporaryFolder();
  const place = await writeSite(folder.path, await freePort());
  await writeFile(place.configFile, `${await readFile(place.configFile, 'utf8')}\nspeed: 9\n`);
  let printed = '';
  const code = await runDemo({
    signal: new AbortController().signal,
    place,
    out: text => {
      printed += text;
    },
  });
  expect(code).toBe(1);
  expect(printed).toContain('the gateway ended with exit code 1; its last words:');
  expect(printed).toContain('unknown key "speed"');
});
