import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { expect, it } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { openTlsDoor } from '../../../drivers/transports/tls-door.ts';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';

const identity = createAuthority(Date.now()).issueServer('camera');
const fingerprint = new X509Certificate(identity.certificate).fingerprint256;

/** A device that gives back what it is told, and remembers it. */
const startEcho = async () => {
  let told = '';
  const sockets = new Set<net.Socket>();
  const server = tls.createServer({ cert: identity.certificate, key: identity.key }, socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', chunk => {
      told += chunk.toString();
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    at: {
      host: '127.0.0.1',
      port: address !== null && typeof address === 'object' ? address.port : 0,
      within: 10_000,
      signal: AbortSignal.timeout(60_000),
      clock: systemClock,
    },
    told: () => told,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

it('leads the first who comes to the device that was trusted, and nobody else', async () => {
  await using device = await startEcho();
  await using door = await openTlsDoor(device.at, { fingerprint });
  const first = net.connect(door.port, '127.0.0.1');
  first.write('OPTIONS');
  const [answer] = await once(first, 'data');
  expect(String(answer)).toBe('OPTIONS');
  const second = net.connect(door.port, '127.0.0.1');
  await expect(once(second, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  device.hangUp();
  await once(first, 'close');
});

it('stays shut before a device that is not trusted, which is told nothing', async () => {
  await using device = await startEcho();
  await expect(openTlsDoor(device.at, { fingerprint: '00'.repeat(32) })).rejects.toMatchObject({ kind: 'denied' });
  await expect(openTlsDoor(device.at, {})).rejects.toMatchObject({ kind: 'denied' });
  expect(device.told()).toBe('');
});

it('ends the connection to the device with itself', async () => {
  await using device = await startEcho();
  const door = await openTlsDoor(device.at, { fingerprint });
  const inside = net.connect(door.port, '127.0.0.1');
  await once(inside, 'connect');
  const ended = once(inside, 'close');
  await door[Symbol.asyncDispose]();
  await ended;
});
