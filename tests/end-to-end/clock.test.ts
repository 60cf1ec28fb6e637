/** A machine without a battery-backed clock: it wakes up in the past, and is set minutes later or not at all. */
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

const dated = z.looseObject({ type: z.string(), time: z.string(), recordedtime: z.string(), timequality: z.string() });

const clockStatus = z.looseObject({ ready: z.boolean(), timeQuality: z.string(), startedAt: z.number() });

/** A gateway that believes it to be 2001, until `set` puts its clock right, and a receiver that speaks all the time. */
const openUnsetSite = async (clockWait: string) => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const broker = stack.use(await startMosquitto({ folder: folder.path }));
  const center = stack.use(await openCenter(broker.port));
  const server = net.createServer(socket => {
    socket.on('error', () => {});
    const timer = setInterval(() => socket.write(sentence), 100);
    socket.once('close', () => clearInterval(timer));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  const address = server.address();
  const apiPort = await freePort();
  const file = await configFile(
    folder.path,
    `
${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port, clockWait })}
devices:
  - id: ais
    driver: ais-receiver
    connection: { transport: tcp-client, host: 127.0.0.1, port: ${typeof address === 'object' ? address?.port : 0} }
pipelines: [{ name: sea, from: [ais], stages: [{ stage: track }, { stage: downsample, every: 1s }] }]
`,
  );
  const right = path.join(folder.path, 'right');
  const wrong = path.join(folder.path, 'wrong-clock.mjs');
  // Loaded into every thread of the gateway.
  await writeFile(
    wrong,
    `import { existsSync } from 'node:fs';
const { now } = Date;
const offset = now() - Date.UTC(2001, 0, 1);
Date.now = () => (existsSync('${right}') ? now() : now() - offset);`,
  );
  return {
    center,
    start: async () => stack.use(await startGateway(file, apiPort, { NODE_OPTIONS: `--import=${wrong}` })),
    set: () => writeFile(right, ''),
    /** Undefined while it does not answer. */
    status: async () => {
      const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1/status`).catch(() => undefined);
      return response && clockStatus.parse(await response.json());
    },
    observed: () =>
      [...center.events.values()]
        .filter(({ type }) => type === 'vn.ioc.fishing-vessel.vessel.observed.v1')
        .map(event => dated.parse(event)),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
};

test.skipIf(missing !== undefined)(
  'lets its devices wait until the clock is set, and dates what they say by it',
  { timeout: 60_000 },
  async () => {
    await using site = await openUnsetSite('25m');
    const began = Date.now();
    const starting = site.start();
    const waiting = await until('it waits for the clock', () => site.status());
    expect(waiting).toMatchObject({ ready: false, timeQuality: 'unsynchronized' });
    await site.set();
    const gateway = await starting;
    const [first] = await until('something is observed', () => site.observed().length > 0 && site.observed());
    expect(Date.parse(first?.time ?? '')).toBeGreaterThan(began);
    expect(Date.parse(first?.recordedtime ?? '')).toBeGreaterThan(began);
    expect(first?.timequality).not.toBe('unsynchronized');
    expect((await site.status())?.startedAt).toBeGreaterThanOrEqual(began);
    expect(gateway.output()).toContain('the clock of this machine is not set; the devices wait for it');
    expect(Object.fromEntries(site.center.report().invalid)).toEqual({});
  },
);

test.skipIf(missing !== undefined)(
  'says of everything that its clock was not set, where it never is, and what to do',
  { timeout: 60_000 },
  async () => {
    await using site = await openUnsetSite('1s');
    const gateway = await site.start();
    const [first] = await until('something is observed', () => site.observed().length > 0 && site.observed());
    expect(first).toMatchObject({ time: expect.stringMatching(/^2001-/), timequality: 'unsynchronized' });
    expect(gateway.output()).toContain('the clock is still not set');
    expect(gateway.output()).toContain('Check that the machine reaches a time server');
    await site.set();
    await until('what follows is dated rightly', () =>
      site.observed().some(({ time, timequality }) => time > '2026' && timequality !== 'unsynchronized'),
    );
    expect(Object.fromEntries(site.center.report().invalid)).toEqual({});
    expect(site.center.report().streams.every(({ lost }) => lost === 0)).toBe(true);
  },
);
