import { describe, expect, it } from 'vitest';
import { remoteCommands } from '../../../core/commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import { hours } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { checkConfig } from '../../../gateway/downlink/check-config.ts';
import { openCommandKey } from '../../../gateway/downlink/keys.ts';
import { openMaintenance } from '../../../gateway/downlink/maintenance.ts';
import { createServing, type ServeOptions } from '../../../gateway/downlink/serve.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { createSender, keyConfigOf } from '../../support/commands.ts';
import { openTestOutbox, sealed } from '../../support/outbox.ts';
import { projectFile, temporaryFolder } from '../../support/resources.ts';

const now = Date.UTC(2026, 10, 25);
const key = await openCommandKey(keyConfigOf(createSender()));
const { signal } = new AbortController();

/** The gateway's own commands over a real outbox, with some parts of the gateway as the test gives them. */
const open = async (overrides: Partial<ServeOptions> = {}) => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const { outbox } = stack.use(await openTestOutbox(folder.path));
  const clock = { now: () => now, steady: () => now };
  const maintenance = stack.use(
    await openMaintenance({
      site: exampleSite,
      outbox,
      sealer: createSealer(exampleSite),
      clock,
      timeQuality: () => 'ntp',
      log: { info: () => {}, warn: () => {}, error: () => {} },
      statuses: new Map(),
      onChange: () => {},
    }),
  );
  const run = createServing({
    clock,
    outbox,
    maintenance,
    device: () => undefined,
    deviceOrders: {
      run: async ({ name, device }) => {
        throw new GatewayError('unsupported', `${device} has no ${name}`);
      },
    },
    tailLog: () => [],
    checkConfig: async () => {},
    ...overrides,
  });
  const order = async (name: string, input: unknown): Promise<unknown> => {
    const command = remoteCommands.get(name);
    if (command === undefined) throw new Error(`there is no command ${name}`);
    const claims = { jti: 'a-1', iss: 'ioc', aud: 'hue/gw-017', iat: 0, exp: 1, command: name, input: {} };
    const devices = ['cam-3'];
    return await run({ key, claims, digest: '', command, input, devices, expires: now + hours(1) }, signal);
  };
  return { order, outbox, maintenance, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};

describe('what the gateway serves itself', () => {
  it('is every command that is not for a driver', async () => {
    await using test = await open();
    const own = [...remoteCommands.values()].filter(({ served }) => served === 'gateway');
    for (const { name, example } of own) {
      await expect(test.order(name, example.input).catch(thrown => thrown.kind)).resolves.not.toBe('unsupported');
    }
    expect(own.length).toBeGreaterThan(5);
    await expect(test.order('snapshot', { device: 'cam-3' })).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('sends a range of a stream again, and says what is not kept', async () => {
    await using test = await open();
    await test.outbox.append({ events: [sealed(1), sealed(2)] });
    // Without an uplink nothing waits and nothing is kept.
    expect(await test.order('outbox.replay', { stream: 'environment/obs', from: 1, to: 5 })).toEqual({
      through: 5,
      offered: 0,
      waiting: 0,
      missing: [
        { from: 1, to: 2, reason: 'trimmed' },
        { from: 3, to: 5, reason: 'never-accepted' },
      ],
    });
  });

  it('gives as many of the newest lines of the log as fit into an answer', async () => {
    const lines = Array.from({ length: 1000 }, (_, n) => `{"level":"info","message":"${'x'.repeat(100)} ${n}"}`);
    await using test = await open({ tailLog: count => lines.slice(-count) });
    const answer = JSON.stringify(await test.order('logs.tail', { lines: 1000 }));
    expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(48 * 1024);
    expect(Buffer.byteLength(answer)).toBeGreaterThan(46 * 1024);
    expect(JSON.parse(answer).lines.at(-1)).toBe(lines.at(-1));
  });

  it('takes no maintenance that would never end', async () => {
    await using test = await open();
    const order = (until: string) =>
      test.order('maintenance.start', { devices: ['cam-3'], reason: 'Cleaning the lens', until });
    await expect(order('2026-11-26T00:00:01Z')).rejects.toMatchObject({ kind: 'config' });
    expect(test.maintenance.open()).toEqual([]);
    expect(await order('2026-11-25T01:00:00Z')).toEqual({ devices: ['cam-3'], until: '2026-11-25T01:00:00Z' });
    expect(test.maintenance.of('cam-3')).toMatchObject({ key: 'ioc', correlation: 'command/ioc/a-1' });
  });

  it('does not start afresh with a configuration that it could not start with', async () => {
    await using test = await open({ checkConfig: () => checkConfig(projectFile('package.json')) });
    await expect(test.order('gateway.restart', {})).rejects.toMatchObject({ kind: 'config' });
    await expect(checkConfig(projectFile('config/sensor-station.yaml'))).resolves.toBeUndefined();
  });
});
