import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { createPost } from '../../../drivers/transports/http.ts';
import { createDigestGuard } from '../../../simulators/cameras/video/digest.ts';
import { freePort } from '../../support/resources.ts';

interface Device extends AsyncDisposable {
  readonly url: URL;
  readonly requests: http.IncomingMessage[];
}

const startDevice = async (answer: http.RequestListener): Promise<Device> => {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: new URL(`http://127.0.0.1:${address.port}/onvif?x=1`),
    requests,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const login = { username: 'operator', password: 'pässword' };
const signal = new AbortController().signal;
const message = { contentType: 'text/plain', body: 'hello', signal };

describe('a request to a device', () => {
  it('proves the password when it is asked for, and at once from then on', async () => {
    const guard = createDigestGuard('camera', login, 'auth');
    await using device = await startDevice((request, response) => {
      const granted = guard.grants('POST', request.headers.authorization);
      response.writeHead(granted ? 200 : 401, { 'WWW-Authenticate': guard.challenge }).end(granted ? 'yes' : 'no');
    });
    const post = createPost(login);
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 200, body: 'yes' });
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 200, body: 'yes' });
    expect(device.requests.length).toBe(3);
    expect(JSON.stringify(device.requests.map(({ headers }) => headers))).not.toContain(login.password);
  });

  it('says 401 when the password is wrong, without trying it again and again', async () => {
    const guard = createDigestGuard('camera', login, 'auth');
    await using device = await startDevice((_, response) => {
      response.writeHead(401, { 'WWW-Authenticate': guard.challenge }).end();
    });
    const post = createPost({ ...login, password: 'wrong' });
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 401 });
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 401 });
    expect(device.requests.length).toBe(3);
  });

  it('answers a new challenge when the old one is stale', async () => {
    let guard = createDigestGuard('camera', login, 'auth');
    await using device = await startDevice((request, response) => {
      const granted = guard.grants('POST', request.headers.authorization);
      response.writeHead(granted ? 200 : 401, { 'WWW-Authenticate': guard.challenge }).end();
    });
    const post = createPost(login);
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 200 });
    guard = createDigestGuard('camera', login, 'auth');
    expect(await post({ url: device.url, ...message })).toMatchObject({ status: 200 });
  });

  it('ends when the answer has no end', async () => {
    await using device = await startDevice((_, response) => {
      const pour = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', pour);
      };
      pour();
    });
    await expect(createPost(undefined)({ url: device.url, ...message })).rejects.toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('more than'),
    });
  });

  it('is unreachable when nobody listens, and when something else does', async () => {
    const nobody = new URL(`http://127.0.0.1:${await freePort()}/`);
    await expect(createPost(undefined)({ url: nobody, ...message })).rejects.toMatchObject({ kind: 'unreachable' });
    const server = net.createServer(socket => socket.end('SSH-2.0-OpenSSH_9\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const other = new URL(`http://127.0.0.1:${port}/`);
    await expect(createPost(undefined)({ url: other, ...message })).rejects.toMatchObject({ kind: 'unreachable' });
    server.close();
  });

  it('ends with its signal', async () => {
    await using device = await startDevice(() => {});
    const abort = new AbortController();
    const answer = createPost(undefined)({ url: device.url, ...message, signal: abort.signal });
    abort.abort();
    await expect(answer).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
