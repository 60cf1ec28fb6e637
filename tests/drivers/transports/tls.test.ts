import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { createPost } from '../../../drivers/transports/http.ts';
import { connectTls, readFingerprint, type Trust } from '../../../drivers/transports/tls.ts';
import { createDigestGuard } from '../../../simulators/cameras/video/digest.ts';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';

const login = { username: 'operator', password: 's3cret' };
const authority = createAuthority(Date.now());
const identity = authority.issueServer('camera');
const fingerprint = new X509Certificate(identity.certificate).fingerprint256;
const another = new X509Certificate(authority.issueServer('other').certificate).fingerprint256;
const ca = Buffer.from(authority.certificate);

const portOf = (server: net.Server): number => {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
};

/** A camera that asks for a login over HTTPS, and remembers what came. */
const startCamera = async () => {
  const guard = createDigestGuard('camera', login, 'auth');
  const requests: IncomingHttpHeaders[] = [];
  const server = https.createServer({ cert: identity.certificate, key: identity.key }, (request, response) => {
    requests.push(request.headers);
    const granted = guard.grants('POST', request.headers.authorization);
    response.writeHead(granted ? 200 : 401, { 'WWW-Authenticate': guard.challenge }).end(granted ? 'yes' : 'no');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    requests,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const at = (port: number) => ({
  host: '127.0.0.1',
  port,
  within: 5000,
  signal: AbortSignal.timeout(10_000),
  clock: systemClock,
});

const ask = (port: number, trust: Trust) =>
  createPost(
    login,
    trust,
  )({
    url: new URL(`https://127.0.0.1:${port}/onvif`),
    contentType: 'text/plain',
    body: 'hello',
    signal: AbortSignal.timeout(10_000),
  });

describe('a device behind TLS', () => {
  it.each([
    ['the fingerprint of its certificate', { fingerprint }],
    ['that fingerprint in one word', { fingerprint: fingerprint.replaceAll(':', '').toLowerCase() }],
    ['the authority of its certificate', { ca }],
  ])('is given the login when it shows %s', async (_, trust) => {
    await using camera = await startCamera();
    expect(await ask(camera.port, trust)).toMatchObject({ status: 200, body: 'yes' });
    expect(camera.requests).toHaveLength(2);
  });

  it('is sent nothing when its certificate is not the pinned one, and its fingerprint is told', async () => {
    await using camera = await startCamera();
    await expect(ask(camera.port, { fingerprint: another })).rejects.toMatchObject({
      kind: 'denied',
      message: `127.0.0.1:${camera.port} shows another certificate than the pinned one: ${fingerprint}`,
      path: ['fingerprint'],
      advice: expect.stringContaining('Compare'),
    });
    expect(camera.requests).toEqual([]);
  });

  it('is sent nothing when nobody is known to have signed its certificate, and its fingerprint is told', async () => {
    await using camera = await startCamera();
    const failure = { kind: 'denied', message: expect.stringContaining(`fingerprint is ${fingerprint}`) };
    await expect(ask(camera.port, {})).rejects.toMatchObject(failure);
    const stranger = Buffer.from(createAuthority(Date.now()).certificate);
    await expect(ask(camera.port, { ca: stranger })).rejects.toMatchObject(failure);
    expect(camera.requests).toEqual([]);
    expect(await readFingerprint(at(camera.port))).toBe(fingerprint);
    expect(camera.requests, 'nor when it is only asked for').toEqual([]);
  });

  it('that speaks no TLS, or nothing at all, is told of as such', async () => {
    const plain = net.createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    const mute = net.createServer(() => {}).listen(0, '127.0.0.1');
    try {
      await Promise.all([once(plain, 'listening'), once(mute, 'listening')]);
      await expect(connectTls(at(portOf(plain)), { fingerprint })).rejects.toMatchObject({ kind: 'protocol' });
      await expect(connectTls({ ...at(portOf(mute)), within: 200 }, { fingerprint })).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('did not answer within 0.2 s'),
      });
    } finally {
      plain.close();
      mute.close();
    }
  });
});
