import { once } from 'node:events';
import net from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../../../../core/time.ts';
import { driver } from '../../../../drivers/sensors/mh-z19/driver.ts';
import { simulator } from '../../../../simulators/sensors/mh-z19.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { until } from '../../../support/resources.ts';
import { recordedLog } from '../../support/context.ts';
import { read } from '../../support/reading.ts';

/** A hop before the sensor at `port` that keeps all that the gateway sends. */
const startTap = async (port: number) => {
  const sent: number[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(gateway => {
    const sensor = net.connect({ port, host: '127.0.0.1' });
    for (const socket of [gateway, sensor]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    gateway.on('data', bytes => {
      sent.push(...bytes);
      sensor.write(bytes);
    });
    sensor.on('data', bytes => gateway.write(bytes));
    gateway.on('close', () => sensor.destroy());
    sensor.on('close', () => gateway.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    sent,
    connection: { transport: 'tcp-client', host: '127.0.0.1', port: address.port },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

// 87 would set the zero point to the air of the place, 88 the span, and 79 would switch the automatic calibration.
it('sends the reading alone, from opening to the end, over noise and silence too', async () => {
  const ending = new AbortController();
  await using device = await simulator.start(
    { connection: { transport: 'tcp-server' } },
    {
      world: createWorld(7),
      clock: systemClock,
      log: recordedLog(),
      signal: ending.signal,
      random: createRandom('mh-z19'),
    },
  );
  const { connection } = device.address;
  if (typeof connection !== 'object' || connection === null || !('port' in connection)) throw new Error('no port');
  await using tap = await startTap(Number(connection.port));
  const bound = driver.bind('co2-1', { connection: tap.connection, interval: '100ms' });

  const first = read(bound);
  await until('three readings', () => first.batches() >= 3);
  device.show('noise');
  await until('noise was heard', () => (first.context.counts.get('malformed.noise') ?? 0) > 0);
  device.show('silent');
  await until('it counts as gone', () => first.ended() !== undefined);
  expect(first.ended()?.failure).toMatchObject({ kind: 'unreachable' });
  device.show(undefined);
  const second = read(bound);
  await until('readings after it came back', () => second.batches() >= 2);
  await second.stop();

  // Winsen's manual, clause "Serial port": the whole message with its check.
  const reading = [0xff, 0x01, 0x86, 0, 0, 0, 0, 0, 0x79];
  expect(tap.sent.length).toBeGreaterThanOrEqual(8 * reading.length);
  expect(tap.sent.length % reading.length).toBe(0);
  for (let at = 0; at < tap.sent.length; at += reading.length)
    expect(tap.sent.slice(at, at + reading.length)).toEqual(reading);
  ending.abort();
});
