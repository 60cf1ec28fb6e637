import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { concat } from '../../../core/framing.ts';
import { systemClock } from '../../../core/time.ts';
import { encodeAnswer, type Framing, firstRead } from '../../../drivers/protocols/modbus/codec.ts';
import { type ScanOptions, scanModbus } from '../../../gateway/discover/modbus.ts';
import { startSimulator } from '../../support/simulate.ts';

const scan = (port: number, options: Partial<ScanOptions> = {}) =>
  scanModbus({
    connection: { transport: 'tcp-client', host: '127.0.0.1', port },
    framing: 'rtu',
    addresses: [1, 2, 3, 4, 5, 6],
    timeout: 60,
    signal: new AbortController().signal,
    clock: systemClock,
    ...options,
  });

const simulate = async (config: Readonly<Record<string, unknown>>) => {
  const running = await startSimulator('modbus', { connection: { transport: 'tcp-server' }, ...config });
  const { connection } = running.address as { connection: { port: number } };
  return { ...running, port: connection.port };
};

type Heard = { readonly address: number; readonly answer: (code: number) => void };

/** A line that `onRequest` answers with exceptions. */
const serve = async (framing: Framing, onRequest: (heard: Heard) => void) => {
  const server = net.createServer(socket => {
    let bytes: Uint8Array = new Uint8Array(0);
    socket.on('error', () => {});
    socket.on('data', chunk => {
      bytes = concat(bytes, chunk);
      for (let read = firstRead(framing, bytes); read !== undefined; read = firstRead(framing, bytes)) {
        const { request, taken } = read;
        bytes = bytes.subarray(taken);
        const answer = (code: number): void => {
          if (socket.writable) socket.write(encodeAnswer(framing, request, { kind: 'exception', code }));
        };
        onRequest({ address: request.address, answer });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { port: address.port, [Symbol.asyncDispose]: async () => void server.close() };
};

describe('a scan of a Modbus line', () => {
  it('finds the addresses that answer and the map whose registers they have', async () => {
    await using line = await simulate({ addresses: [2, 5], map: 'renke-weather-station' });
    const found = await scan(line.port);
    expect(found.map(({ address }) => address)).toEqual([2, 5]);
    for (const { matches } of found) expect(matches?.map(({ map }) => map)).toEqual(['renke-weather-station']);
  });

  it('knows each map that comes with the gateway by its own registers', async () => {
    await using orch = await simulate({ framing: 'tcp', addresses: [3], map: 'sensecap-orch-s7' });
    await using metsens = await simulate({ framing: 'tcp', addresses: [3], map: 'metsens300' });
    const [first, second] = await Promise.all([
      scan(orch.port, { framing: 'tcp' }),
      scan(metsens.port, { framing: 'tcp' }),
    ]);
    expect(first?.[0]?.matches?.[0]?.map).toBe('sensecap-orch-s7');
    expect(second?.[0]?.matches?.[0]?.map).toBe('metsens300');
  });

  it('tells a device that no map fits', async () => {
    const map = [{ quantity: 'temperature', register: 0, scale: 0.1 }];
    await using line = await simulate({ addresses: [4], map });
    expect(await scan(line.port)).toMatchObject([{ address: 4, answer: { kind: 'registers' }, matches: [] }]);
  });

  it('hears an answer that comes while the next address is asked', async () => {
    await using line = await serve('rtu', ({ address, answer }) => {
      if (address === 3) setTimeout(() => answer(2), 100);
    });
    expect(await scan(line.port)).toMatchObject([{ address: 3, isLate: true }]);
  });

  it('takes for nobody what a gateway answers in place of a device', async () => {
    await using line = await serve('tcp', ({ address, answer }) => answer(address === 6 ? 1 : 11));
    const found = await scan(line.port, { framing: 'tcp' });
    expect(found.map(({ address }) => address)).toEqual([6]);
  });

  it('tells a device once that answers to every address', async () => {
    await using line = await serve('tcp', ({ answer }) => answer(2));
    const found = await scan(line.port, { framing: 'tcp' });
    expect(found.map(({ address }) => address)).toEqual([1]);
  });

  it('gives what it found so far when it is stopped', async () => {
    const stop = new AbortController();
    await using line = await serve('rtu', ({ address, answer }) => {
      if (address === 1) answer(2);
      if (address === 4) stop.abort();
    });
    const found = await scan(line.port, { signal: stop.signal });
    expect(found.map(({ address }) => address)).toEqual([1]);
  });

  it('reads register 0 and what the maps name, and writes nothing', async () => {
    const functions = new Set<number>();
    await using line = await serve('rtu', ({ answer }) => answer(2));
    await using tap = await (async () => {
      const server = net.createServer(socket => {
        const upstream = net.connect(line.port, '127.0.0.1');
        socket.on('data', bytes => {
          functions.add(bytes[1] ?? -1);
          upstream.write(bytes);
        });
        upstream.on('data', bytes => void socket.write(bytes));
        for (const end of [socket, upstream]) {
          end.on('error', () => {});
          end.on('close', () => {
            socket.destroy();
            upstream.destroy();
          });
        }
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      return { port, [Symbol.asyncDispose]: async () => void server.close() };
    })();
    await scan(tap.port, { addresses: [1, 2] });
    expect([...functions].toSorted()).toEqual([3, 4]);
  });
});
