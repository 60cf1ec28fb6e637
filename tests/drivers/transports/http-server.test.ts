import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { DocumentOutcome } from '../../../core/document.ts';
import { GatewayError } from '../../../core/errors.ts';
import { httpServerConfig, openHttpServer } from '../../../drivers/transports/http-server.ts';
import { createAuthority, type Identity } from '../../../simulators/ioc/certificate.ts';
import { freePort, temporaryFolder, until } from '../../support/resources.ts';
import { readDocuments, taken, unreadable } from '../support/documents.ts';

const open = async (
  settings: Readonly<Record<string, unknown>> = {},
  settleAs?: (text: string) => DocumentOutcome,
  secrets?: Readonly<Record<string, string>>,
) => {
  const port = await freePort();
  const config = httpServerConfig.parse({ transport: 'http-server', port, path: '/vms', ...settings });
  const reading = readDocuments(context => openHttpServer(config, context), settleAs, secrets);
  const url = `http://127.0.0.1:${port}/vms`;
  // Until it listens.
  await until('it listens', () =>
    fetch(url, { headers: { connection: 'close' } }).then(
      () => true,
      () => false,
    ),
  );
  return { ...reading, port, url, [Symbol.asyncDispose]: async () => void (await reading.stop()) };
};

const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: 'POST', body, headers: { connection: 'close', ...headers } });

describe('a posted body', () => {
  it('is answered when it is settled, and not before', async () => {
    await using server = await open();
    let status: number | undefined;
    const answered = post(server.url, 'hello').then(response => {
      status = response.status;
      return response.json();
    });
    await until('it comes', () => server.texts().length === 1);
    await post(`${server.url}/elsewhere`, '');
    expect(status).toBeUndefined();
    server.settle(0, { kind: 'taken', tally: { accepted: 3, reasons: new Map([['malformed.bad-position', 2]]) } });
    expect(await answered).toEqual({ accepted: 3, refused: { 'malformed.bad-position': 2 } });
    expect([status, server.texts()]).toEqual([200, ['hello']]);
  });

  it.each([
    ['nothing of it could be read', unreadable, 422],
    ['it has to come again', { kind: 'failed', failure: new GatewayError('exhausted', 'full') } as const, 503],
  ])('is answered accordingly where %s', async (_, outcome, status) => {
    await using server = await open({}, () => outcome);
    const response = await post(server.url, 'hello');
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(status === 503 ? '30' : null);
    expect(JSON.stringify(await response.json())).not.toContain('full');
  });

  it('may come again and again on one connection', async () => {
    await using server = await open({}, () => taken());
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const send = (body: string) =>
      new Promise<boolean>((resolve, reject) => {
        const request = http.request(server.url, { method: 'POST', agent }, response => {
          response.resume();
          response.on('end', () => resolve(request.reusedSocket));
        });
        request.on('error', reject);
        request.end(body);
      });
    expect([await send('1'), await send('2'), await send('3')]).toEqual([false, true, true]);
    agent.destroy();
    expect(server.texts()).toEqual(['1', '2', '3']);
  });

  it.each([
    ['under another path', 404, (url: string) => post(`${url}x`, 'a')],
    ['by GET', 405, (url: string) => fetch(url, { headers: { connection: 'close' } })],
    ['compressed', 415, (url: string) => post(url, 'a', { 'content-encoding': 'gzip' })],
    ['larger than allowed', 413, (url: string) => post(url, 'a'.repeat(1001))],
  ])('is refused %s', async (_, status, send) => {
    await using server = await open({ maximumSize: '1000B' }, () => taken());
    expect((await send(server.url)).status).toBe(status);
    expect(server.texts()).toEqual([]);
  });

  it('is refused larger than allowed also when it does not say so beforehand', async () => {
    await using server = await open({ maximumSize: '1000B' }, () => taken());
    const status = await new Promise(resolve => {
      const request = http.request(server.url, { method: 'POST' }, response => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', () => {});
      const timer = setInterval(() => request.write('a'.repeat(300)), 5);
      request.on('close', () => clearInterval(timer));
    });
    expect(status).toBe(413);
    expect([...server.context.counts]).toEqual([['malformed.too-long', 1]]);
  });

  it('that breaks off is none', async () => {
    await using server = await open({}, () => taken());
    const socket = net.connect(server.port, '127.0.0.1');
    socket.end('POST /vms HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf');
    await until('it is counted', () => server.context.counts.get('malformed.broken-off') === 1);
    expect(server.texts()).toEqual([]);
  });

  it('waits with seven others at most', async () => {
    await using server = await open();
    const answers = Array.from({ length: 8 }, (_, at) => post(server.url, String(at)).then(({ status }) => status));
    await until('they wait', () => server.texts().length === 8);
    expect((await post(server.url, 'one more')).status).toBe(503);
    for (let at = 0; at < 8; at++) server.settle(at, taken());
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(server.context.counts.get('refused.too-many')).toBe(1);
    const after = post(server.url, 'after');
    await until('there is room again', () => server.texts().length === 9);
    server.settle(8, taken());
    expect((await after).status).toBe(200);
  });

  it('is not answered with success when the gateway closes first', async () => {
    await using server = await open();
    const answer = post(server.url, 'hello').then(
      ({ status }) => status,
      () => 'broken',
    );
    await until('it comes', () => server.texts().length === 1);
    expect(await server.stop()).toBeLessThan(1000);
    expect(server.ended()).toEqual({});
    expect(await answer).toBe('broken');
    // What is settled afterwards has nobody to tell.
    server.settle(0, taken());
  });
});

describe('the login of a sender', () => {
  const token = { token: `\${env:PLAIN}` };
  const basic = { username: 'bien-xanh', password: `\${env:TOKEN}` };
  const secrets = { TOKEN: 'mở cửa' };
  const ok = `Basic ${Buffer.from('bien-xanh:mở cửa').toString('base64')}`;

  it.each([
    [token, {}, 401],
    [token, { authorization: 'Bearer wrong' }, 401],
    [token, { authorization: 'Bearer sesame' }, 200],
    [token, { authorization: 'bearer  sesame' }, 200],
    [token, { authorization: 'sesame' }, 401],
    [basic, { authorization: ok }, 200],
    [basic, { authorization: `${ok}x` }, 401],
    [{}, { authorization: 'Bearer whatever' }, 200],
  ])('with %j: %j gets %d', async (settings, headers, status) => {
    await using server = await open(settings, () => taken(), { ...secrets, PLAIN: 'sesame' });
    const response = await post(server.url, 'hello', headers as Record<string, string>);
    expect(response.status).toBe(status);
    expect(server.texts()).toEqual(status === 200 ? ['hello'] : []);
  });

  it('is asked for before anything else is told', async () => {
    await using server = await open({ token: `\${env:PLAIN}` }, () => taken(), { PLAIN: 'sesame' });
    const response = await post(`${server.url}/elsewhere`, 'hello');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('parks the device where its own token cannot be one', async () => {
    const config = httpServerConfig.parse({ transport: 'http-server', port: 1, token: `\${env:TOKEN}` });
    const reading = readDocuments(context => openHttpServer(config, context), undefined, secrets);
    const end = await until('it ends', () => reading.ended());
    expect(end.failure).toMatchObject({ kind: 'config', path: ['connection', 'token'] });
    expect(end.failure?.message).not.toContain('mở');
  });

  it('is demanded where others than this machine reach it', () => {
    const parse = (settings: object) => httpServerConfig.safeParse({ transport: 'http-server', port: 1, ...settings });
    expect(parse({ host: '0.0.0.0' }).success).toBe(false);
    expect(parse({ host: '192.168.1.2' }).success).toBe(false);
    expect(parse({ host: '0.0.0.0', ...token }).success).toBe(true);
    expect(parse({ host: '0.0.0.0', ...basic }).success).toBe(true);
    expect(parse({ host: '127.0.0.5' }).success).toBe(true);
    expect(parse({ username: 'x' }).success).toBe(false);
    expect(parse({ ...token, ...basic }).success).toBe(false);
    expect(parse({ token: 'in the file itself' }).success).toBe(false);
  });
});

it('says unreachable when the port is taken', async () => {
  await using server = await open();
  const config = httpServerConfig.parse({ transport: 'http-server', port: server.port });
  const second = readDocuments(context => openHttpServer(config, context));
  const end = await until('it ends', () => second.ended());
  expect(end.failure).toMatchObject({ kind: 'unreachable' });
});

describe('with a certificate', () => {
  const authority = createAuthority(Date.now());

  const secured = async () => {
    const folder = await temporaryFolder();
    const certificate = path.join(folder.path, 'server.pem');
    const key = path.join(folder.path, 'server.key');
    const write = async (identity: Identity): Promise<void> => {
      await writeFile(`${key}.new`, identity.key);
      await writeFile(`${certificate}.new`, identity.certificate);
      await rename(`${key}.new`, key);
      await rename(`${certificate}.new`, certificate);
    };
    await write(authority.issueServer('first'));
    const port = await freePort();
    const config = httpServerConfig.parse({ transport: 'http-server', port, certificate, key });
    const reading = readDocuments(
      context => openHttpServer(config, context, 10),
      () => taken(),
    );
    /** Who shows itself; undefined where nobody listens yet. */
    const subject = async (): Promise<string | undefined> => {
      const socket = tls.connect({ port, host: '127.0.0.1', ca: authority.certificate });
      socket.on('error', () => {});
      await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined);
      const shown = socket.getPeerX509Certificate()?.subject;
      socket.destroy();
      return shown?.replace('CN=', '');
    };
    await until('it listens', subject);
    return {
      ...reading,
      port,
      certificate,
      write,
      subject,
      [Symbol.asyncDispose]: async () => {
        await reading.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  };

  const post = (port: number): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', method: 'POST', ca: authority.certificate, agent: false } as const;
      const request = https.request(options, response => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end('hello');
    });

  it('takes posts by HTTPS and by nothing else', async () => {
    await using server = await secured();
    expect(await post(server.port)).toBe(200);
    await expect(fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: 'plain' })).rejects.toThrow();
    expect(server.texts()).toEqual(['hello']);
  });

  it('shows the one that was renewed, and the old one while the new one is no good', async () => {
    await using server = await secured();
    expect(await server.subject()).toBe('first');
    await writeFile(server.certificate, 'half of a certif');
    await until('it is counted', () => server.context.counts.has('refused.certificate'));
    expect(await server.subject()).toBe('first');
    await server.write(authority.issueServer('second'));
    await until('it is shown', async () => (await server.subject()) === 'second');
    expect(await post(server.port)).toBe(200);
  });

  it.each([
    ['is not there', undefined],
    ['is none', 'no PEM'],
    ['belongs to another one', authority.issueServer('other').key],
  ])('does not listen where its key %s', async (_, text) => {
    await using folder = await temporaryFolder();
    const [certificate, key] = ['server.pem', 'server.key'].map(name => path.join(folder.path, name));
    await writeFile(certificate ?? '', authority.issueServer('first').certificate);
    if (text !== undefined) await writeFile(key ?? '', text);
    const config = httpServerConfig.parse({ transport: 'http-server', port: 1, certificate, key });
    const reading = readDocuments(context => openHttpServer(config, context));
    const end = await until('it ends', () => reading.ended());
    expect(end.failure).toMatchObject({ kind: 'config', path: ['connection', expect.any(String)] });
  });

  it('needs its key, and a login all the same beyond this machine', () => {
    const parse = (settings: object) => httpServerConfig.safeParse({ transport: 'http-server', port: 1, ...settings });
    const both = { certificate: '/a.pem', key: '/a.key' };
    expect(parse({ certificate: '/a.pem' }).error?.issues[0]?.path).toEqual(['key']);
    expect(parse({ key: '/a.key' }).error?.issues[0]?.path).toEqual(['certificate']);
    expect(parse(both).success).toBe(true);
    expect(parse({ ...both, host: '0.0.0.0' }).success).toBe(false);
  });
});
