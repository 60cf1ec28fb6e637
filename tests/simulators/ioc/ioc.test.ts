import mqtt from 'mqtt';
import { expect, test } from 'vitest';
import { readCaptured } from '../../../scripts/capture/captured.ts';
import { attachIoc, startIoc } from '../../../simulators/ioc/ioc.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

const login = { username: 'gw-017', password: 'correct' };

const connect = (url: string, password = login.password) =>
  mqtt.connectAsync(url, {
    protocolVersion: 4,
    username: login.username,
    password,
    reconnectPeriod: 0,
    reconnectOnConnackError: false,
  });

const captured = [...(await readCaptured()).values()];

/** A captured observation with the given number. */
const numbered = (number: number): { readonly topic: string; readonly body: string } => {
  const example = captured.find(({ topic }) => topic.includes('/environment/obs/'));
  if (example === undefined) throw new Error('no observation was captured');
  const id = number.toString(16).padStart(32, '0');
  const streamseq = `0001-${String(number).padStart(12, '0')}`;
  return { topic: example.topic, body: JSON.stringify(Object.assign({}, example.event, { id, streamseq })) };
};

test('what was captured of a gateway is taken', async () => {
  await using center = await startIoc({ port: 0, login });
  const gateway = await connect(center.url);
  for (const { topic, retained, event } of captured)
    await gateway.publishAsync(topic, JSON.stringify(event), { qos: 1, retain: retained });
  await until('all were judged', () => center.report().received >= captured.length);
  expect([...center.report().invalid]).toEqual([]);
  expect(center.report().connected).toBe(1);
  await gateway.endAsync(true);
});

test('nobody gets in without the password', async () => {
  await using center = await startIoc({ port: 0, login });
  await expect(connect(center.url, 'wrong')).rejects.toThrow(/bad username or password/i);
});

test('refuse-login refuses those who were let in before', async () => {
  await using center = await startIoc({ port: 0, login });
  const gateway = await connect(center.url);
  const closed = new Promise<void>(resolve => gateway.once('close', () => resolve()));
  center.show('refuse-login');
  await closed;
  await expect(connect(center.url)).rejects.toThrow();
  center.show(undefined);
  const again = await connect(center.url);
  await again.endAsync(true);
});

test('away closes the port, and the same port comes back', async () => {
  const port = await freePort();
  await using center = await startIoc({ port, login });
  for (const round of [1, 2]) {
    center.show('away');
    await expect(connect(center.url), `round ${round}`).rejects.toThrow();
    center.show(undefined);
    const gateway = await until('it listens again', () => connect(center.url).catch(() => undefined));
    await gateway.endAsync(true);
  }
});

test('while it hangs nothing is acknowledged, and nothing counts as received', async () => {
  await using center = await startIoc({ port: 0, login });
  const gateway = await connect(center.url);
  center.show('hang');
  const sent = new Promise<void>(resolve => gateway.once('packetsend', () => resolve()));
  let acknowledged = 0;
  const { topic, body } = numbered(1);
  gateway.publish(topic, body, { qos: 1 }, error => {
    if (!error) acknowledged++;
  });
  await sent;
  center.show(undefined);
  await until('its connection was closed', () => !gateway.connected);
  expect(acknowledged).toBe(0);
  expect(center.report().received).toBe(0);
  await gateway.endAsync(true);
});

test.skipIf(missingPrograms('mosquitto') !== undefined)(
  'at another broker it judges what a subscriber gets',
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await using center = await attachIoc({ url, protocol: 5, from: 'one' });
    const gateway = await mqtt.connectAsync(url);
    for (const number of [1, 2, 2, 5]) {
      const { topic, body } = numbered(number);
      await gateway.publishAsync(topic, body, { qos: 1 });
    }
    await until('all arrived', () => center.report().received === 4);
    expect(center.report()).toMatchObject({ duplicates: 1, streams: [{ received: 3, late: 2 }] });
    expect([...center.report().invalid]).toEqual([]);
    await gateway.endAsync(true);
  },
);
