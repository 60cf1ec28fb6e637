import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { knockTcp, openTcpClient, openTcpServer } from '../../../drivers/transports/tcp.ts';
import { freePort, until } from '../../support/resources.ts';
import { failureOf, readChunks } from '../support/chunks.ts';

const host = '127.0.0.1';
const opened: { destroy(): void }[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

interface Device {
  readonly port: number;
  readonly clients: readonly net.Socket[];
}

/** A device that listens and lets the test speak. */
const startDevice = async (): Promise<Device> => {
  const clients: net.Socket[] = [];
  const server = net.createServer(socket => {
    clients.push(socket);
    opened.push(socket);
    socket.on('error', () => {});
  });
  opened.push({ destroy: () => server.close() });
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { port: address.port, clients };
};

const dial = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, host);
  opened.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
};

describe('a device that is dialed', () => {
  const client = (port: number) => ({ transport: 'tcp-client', host, port }) as const;

  it('is read until the abort, which ends within a second', async () => {
    const device = await startDevice();
    const reading = readChunks(context => openTcpClient(client(device.port), context));
    const socket = await until('the gateway dials', () => device.clients[0]);
    socket.write('hello ');
    socket.write('there');
    await until('both arrive', () => reading.text() === 'hello there');
    expect(await reading.stop()).toBeLessThan(1000);
    expect(reading.ended()).toEqual({});
    await until('the connection is closed', () => socket.destroyed || socket.readableEnded);
  });

  it('is unreachable when nobody listens, and the error says where and what to do', async () => {
    const port = await freePort();
    const failure = await failureOf(context => openTcpClient(client(port), context));
    expect(failure).toMatchObject({ kind: 'unreachable', message: `${host}:${port} refused the connection` });
    expect(failure.advice).toMatch(/^Check that the device is on/);
  });

  it('is unreachable when its name is unknown', async () => {
    const failure = await failureOf(context =>
      openTcpClient({ transport: 'tcp-client', host: 'no-such-device.invalid', port: 1 }, context),
    );
    expect(failure).toMatchObject({ kind: 'unreachable', advice: expect.stringContaining('IP address') });
  });

  it('is unreachable when it closes the connection, after what it said was given', async () => {
    const device = await startDevice();
    const reading = readChunks(context => openTcpClient(client(device.port), context));
    (await until('the gateway dials', () => device.clients[0])).end('goodbye');
    const end = await until('it ends', () => reading.ended());
    expect(end.failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('closed the connection'),
    });
    expect(reading.text()).toBe('goodbye');
  });

  it('is unreachable when it breaks the connection', async () => {
    const device = await startDevice();
    const reading = readChunks(context => openTcpClient(client(device.port), context));
    (await until('the gateway dials', () => device.clients[0])).resetAndDestroy();
    const end = await until('it ends', () => reading.ended());
    expect(end.failure?.kind).toBe('unreachable');
  });

  it('cannot hurry a slow reader: what is not read stays with the device', async () => {
    const device = await startDevice();
    const chunks = openTcpClient(client(device.port), { ...readContext(), count: () => {} });
    const first = chunks.next();
    const socket = await until('the gateway dials', () => device.clients[0]);
    const block = Buffer.alloc(1_000_000);
    for (let index = 0; index < 50; index++) socket.write(block);
    await first;
    await until('the device has to wait', () => socket.writableLength > 30_000_000);
    await chunks.return();
  });
});

describe('a knock', () => {
  const never = new AbortController().signal;

  it('is answered by whoever listens, and leaves no connection', async () => {
    const device = await startDevice();
    await knockTcp({ host, port: device.port }, never);
    const socket = await until('it was dialed', () => device.clients[0]);
    socket.resume();
    await until('it is closed', () => socket.readableEnded);
  });

  it('says that nobody listens', async () => {
    await expect(knockTcp({ host, port: await freePort() }, never)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('waits a second at most for a host that says nothing', async () => {
    const began = performance.now();
    // TEST-NET-1 (RFC 5737).
    await expect(knockTcp({ host: '192.0.2.1', port: 9 }, never)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('is given up at once when nobody waits for it', async () => {
    const stop = new AbortController();
    const knocking = knockTcp({ host: '192.0.2.1', port: 9 }, stop.signal);
    stop.abort();
    await expect(knocking).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

const readContext = () => ({ signal: new AbortController().signal, clock: { now: () => 0, steady: () => 0 } });

describe('devices that dial in', () => {
  const listening = (port: number, peers = 8) => ({ transport: 'tcp-server', host, port, peers }) as const;

  it('are read under a channel of their own each, and may come and go', async () => {
    const port = await freePort();
    const reading = readChunks(context => openTcpServer(listening(port), context));
    const first = await until('it listens', () => dial(port).catch(() => undefined));
    const second = await dial(port);
    first.write('one');
    second.end('two');
    await until('both arrive', () => reading.text().length === 6);
    const channels = reading.channels();
    expect(channels.map(channel => reading.text(channel)).sort()).toEqual(['one', 'two']);
    const third = await dial(port);
    third.write('three');
    await until('the third arrives', () => reading.text().includes('three'));
    expect(reading.ended()).toBeUndefined();
    expect(await reading.stop()).toBeLessThan(1000);
    expect(reading.ended()).toEqual({});
  });

  it('are turned away when there are too many, and counted', async () => {
    const port = await freePort();
    const reading = readChunks(context => openTcpServer(listening(port, 1), context));
    await until('it listens', () => dial(port).catch(() => undefined));
    const second = await dial(port);
    await until('it is closed', () => second.destroyed || second.readableEnded);
    expect(reading.context.counts.get('refused.too-many-peers')).toBe(1);
    await reading.stop();
  });

  it('cannot come when the port is taken, and the error says so', async () => {
    const { port } = await startDevice();
    const failure = await failureOf(context => openTcpServer(listening(port), context));
    expect(failure).toMatchObject({ kind: 'unreachable', message: `${host}:${port} is in use by another program` });
  });

  it('cannot come when the address is none of this machine', async () => {
    const config = { transport: 'tcp-server', host: '192.0.2.1', port: 10110, peers: 1 } as const;
    const failure = await failureOf(context => openTcpServer(config, context));
    expect(failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('no address of this machine'),
    });
  });
});
