import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { openUdp } from '../../../drivers/transports/udp.ts';
import { freePort, until } from '../../support/resources.ts';
import { failureOf, readChunks } from '../support/chunks.ts';

const host = '127.0.0.1';
const opened: dgram.Socket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

const sender = (): dgram.Socket => {
  const socket = dgram.createSocket('udp4');
  opened.push(socket);
  return socket;
};

it('gives one chunk for each datagram, and each sender its channel', async () => {
  const port = await freePort();
  const reading = readChunks(context => openUdp({ transport: 'udp', host, port }, context));
  const [first, second] = [sender(), sender()];
  await until('a datagram arrives', () => {
    first.send('one', port, host);
    return reading.text() !== '';
  });
  second.send('two', port, host);
  await until('the second arrives', () => reading.channels().length === 2);
  expect(reading.channels().map(channel => reading.text(channel).slice(0, 3))).toEqual(['one', 'two']);
  expect(await reading.stop()).toBeLessThan(1000);
  expect(reading.ended()).toEqual({});
});

it('keeps the newest datagrams when nobody reads, and counts the others', async () => {
  const port = await freePort();
  const counts = new Map<string, number>();
  const chunks = openUdp(
    { transport: 'udp', host, port },
    {
      signal: new AbortController().signal,
      clock: { now: () => 0, steady: () => 0 },
      count: (reason, by = 1) => counts.set(reason, (counts.get(reason) ?? 0) + by),
    },
  );
  const first = chunks.next();
  const socket = sender();
  for (let sent = 0; sent < 10; sent++) {
    socket.send('first', port, host);
    await new Promise(resolve => setImmediate(resolve));
  }
  await first;
  await until('some are dropped', () => {
    for (let sent = 0; sent < 100; sent++) socket.send('more', port, host);
    return (counts.get('dropped.overflow') ?? 0) > 0;
  });
  await chunks.return();
});

it('is unreachable when the port is taken', async () => {
  const other = sender();
  other.bind(0, host);
  await once(other, 'listening');
  const { port } = other.address();
  const failure = await failureOf(context => openUdp({ transport: 'udp', host, port }, context));
  expect(failure).toMatchObject({ kind: 'unreachable', message: `${host}:${port} is in use by another program` });
});

it('refuses a group that is none', async () => {
  const port = await freePort();
  const config = { transport: 'udp', host: '0.0.0.0', port, multicast: '192.0.2.1' } as const;
  const failure = await failureOf(context => openUdp(config, context));
  expect(failure).toMatchObject({ kind: 'config', advice: expect.stringContaining('224.0.0.0') });
});

it('hears a group that it joined', async () => {
  const port = await freePort();
  const config = { transport: 'udp', host: '0.0.0.0', port, multicast: '239.192.0.77', interface: host } as const;
  const reading = readChunks(context => openUdp(config, context));
  const socket = sender();
  socket.bind(0);
  await once(socket, 'listening');
  socket.setMulticastInterface(host);
  await until('a datagram of the group arrives', () => {
    if (reading.ended()?.failure !== undefined) throw reading.ended()?.failure;
    socket.send('UdPbC', port, '239.192.0.77');
    return reading.text().startsWith('UdPbC');
  });
  await reading.stop();
});
