import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import type { DocumentOutcome } from '../../../core/document.ts';
import { GatewayError } from '../../../core/errors.ts';
import { httpClientConfig, openHttpClient } from '../../../drivers/transports/http-client.ts';
import { freePort, until } from '../../support/resources.ts';
import { readDocuments, taken, unreadable } from '../support/documents.ts';

const startProvider = async (answer: http.RequestListener) => {
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
    requests,
    url: `http://127.0.0.1:${address.port}/positions`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

const ask = (
  settings: Readonly<Record<string, unknown>>,
  settleAs?: (text: string) => DocumentOutcome,
  secrets?: Readonly<Record<string, string>>,
) => {
  const config = httpClientConfig.parse({ transport: 'http-client', interval: '100ms', timeout: '1s', ...settings });
  const reading = readDocuments(context => openHttpClient(config, context), settleAs, secrets);
  return { ...reading, [Symbol.asyncDispose]: async () => void (await reading.stop()) };
};

const failureOf = async (settings: Readonly<Record<string, unknown>>, settleAs?: (text: string) => DocumentOutcome) => {
  await using reading = ask(settings, settleAs);
  return (await until('it ends', () => reading.ended())).failure;
};

describe('a provider that is asked', () => {
  it('is asked again after each answer, with the login', async () => {
    let count = 0;
    await using provider = await startProvider((_, response) => response.end(`answer ${++count}`));
    await using reading = ask({ url: provider.url, token: `\${env:TOKEN}` }, () => taken(), { TOKEN: 'sesame' });
    await until('three answers', () => reading.texts().length === 3);
    expect(reading.texts()).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(provider.requests[0]?.headers.authorization).toBe('Bearer sesame');
    expect(await reading.stop()).toBeLessThan(1000);
    expect(reading.ended()).toEqual({});
  });

  it.each([
    [{ token: `\${env:S}`, tokenHeader: 'X-API-Key' }, { 'x-api-key': 'sesame' }],
    [{ username: 'hue', password: `\${env:S}` }, { authorization: `Basic ${btoa('hue:sesame')}` }],
    [{}, {}],
  ])('is told who asks: %j', async (login, headers) => {
    await using provider = await startProvider((_, response) => response.end('x'));
    await using reading = ask({ url: provider.url, ...login }, () => taken(), { S: 'sesame' });
    await until('an answer', () => reading.texts().length > 0);
    const { authorization, 'x-api-key': key } = provider.requests[0]?.headers ?? {};
    expect(JSON.parse(JSON.stringify({ authorization, 'x-api-key': key }))).toEqual(headers);
  });

  it('is not asked again before its last answer is settled', async () => {
    await using provider = await startProvider((_, response) => response.end('x'));
    await using reading = ask({ url: provider.url, interval: '100ms' });
    await until('an answer', () => reading.texts().length === 1);
    await using other = await startProvider((_, response) => response.end('x'));
    await using _others = ask({ url: other.url, interval: '100ms' }, () => taken());
    await until('others are asked again and again', () => other.requests.length === 4);
    expect(provider.requests.length).toBe(1);
    reading.settle(0, taken());
    await until('it is asked again', () => provider.requests.length === 2);
  });

  it('need not send again what did not change since it was taken', async () => {
    await using provider = await startProvider((request, response) => {
      const isSame = request.headers['if-none-match'] === '"v1"';
      response.writeHead(isSame ? 304 : 200, { ETag: '"v1"', 'Last-Modified': 'Thu, 26 Nov 2026 06:00:00 GMT' });
      response.end(isSame ? '' : 'all of it');
    });
    const failure = new GatewayError('exhausted', 'the disk is full');
    let settled = 0;
    await using reading = ask({ url: provider.url }, () => (settled++ === 0 ? { kind: 'failed', failure } : taken()));
    await until('nothing is new', () => reading.nothings() === 2);
    // What was not accepted is asked for once more, unconditionally.
    expect(reading.texts()).toEqual(['all of it', 'all of it']);
    expect(provider.requests.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      '"v1"',
      '"v1"',
    ]);
    expect(provider.requests[2]?.headers['if-modified-since']).toBe('Thu, 26 Nov 2026 06:00:00 GMT');
  });

  it('is asked from a little before the newest report that was taken', async () => {
    await using provider = await startProvider((_, response) => response.end('x'));
    const newest = Date.UTC(2026, 10, 26, 6);
    const url = `${provider.url}?from={since}&to=now`;
    await using _reading = ask({ url, since: { overlap: '30m', initially: '2h' } }, () => taken(1, newest));
    await until('it is asked twice', () => provider.requests.length === 2);
    const asked = provider.requests.map(({ url: path }) => new URL(path ?? '', provider.url).searchParams.get('from'));
    const first = Date.parse(asked[0] ?? '');
    expect(Math.abs(Date.now() - 2 * 3_600_000 - first)).toBeLessThan(60_000);
    expect(asked[1]).toBe('2026-11-26T05:30:00Z');
  });

  it('may have no more than the newest report in its cursor: an older one does not turn it back', async () => {
    await using provider = await startProvider((_, response) => response.end('x'));
    const times = [2000, 1000, undefined];
    const url = `${provider.url}?from={since}`;
    await using _reading = ask({ url, since: { format: 'epoch-ms', overlap: '0s' } }, () => taken(1, times.shift()));
    await until('it is asked four times', () => provider.requests.length === 4);
    expect(provider.requests.slice(1).map(({ url: path }) => path)).toEqual(
      Array.from({ length: 3 }, () => '/positions?from=2000'),
    );
  });

  it.each([
    [401, 'denied'],
    [403, 'denied'],
    [404, 'protocol'],
    [301, 'protocol'],
    [429, 'unreachable'],
    [500, 'unreachable'],
  ])('that answers with status %d is %s', async (status, kind) => {
    await using provider = await startProvider((_, response) => response.writeHead(status).end('secret body'));
    const failure = await failureOf({ url: `${provider.url}?key=verysecret` });
    expect(failure).toMatchObject({ kind, message: expect.stringContaining(`status ${status}`) });
    expect(`${failure?.message} ${failure?.advice}`).not.toMatch(/secret/);
  });

  it('that has nothing says so with 204', async () => {
    await using provider = await startProvider((_, response) => response.writeHead(204).end());
    await using reading = ask({ url: provider.url });
    await until('nothing', () => reading.nothings() === 2);
    expect(reading.texts()).toEqual([]);
  });

  it('whose answer cannot be read breaks the dialogue, and is told why', async () => {
    await using provider = await startProvider((_, response) => response.end('<html>'));
    const failure = await failureOf({ url: provider.url }, () => unreadable);
    expect(failure).toMatchObject({ kind: 'protocol', message: expect.stringContaining('malformed.not-json') });
  });

  it('is given up when it says nothing, stops in the middle, or says too much', async () => {
    await using silent = await startProvider(() => {});
    expect(await failureOf({ url: silent.url, timeout: '200ms' })).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('0.2 s'),
    });
    await using slow = await startProvider((_, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('half');
    });
    expect(await failureOf({ url: slow.url, timeout: '200ms' })).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('0.2 s'),
    });
    await using much = await startProvider((_, response) => response.end('x'.repeat(5000)));
    expect(await failureOf({ url: much.url, maximumSize: '4KB' })).toMatchObject({ kind: 'protocol' });
    expect(await failureOf({ url: `http://127.0.0.1:${await freePort()}/` })).toMatchObject({ kind: 'unreachable' });
  });

  it('ends within a second while it is waited for', async () => {
    await using silent = await startProvider(() => {});
    await using reading = ask({ url: silent.url, timeout: '60s' });
    await until('it is asked', () => silent.requests.length === 1);
    expect(await reading.stop()).toBeLessThan(1000);
    expect(reading.ended()).toEqual({});
  });
});

describe('the address of a provider', () => {
  const parse = (settings: object) =>
    httpClientConfig.safeParse({ transport: 'http-client', url: 'https://api.example.vn/p', ...settings }).success;

  it.each([
    [{}, true],
    [{ url: 'https://api.example.vn/p?from={since}&mail=a@b.vn' }, true],
    [{ url: 'https://user:password@api.example.vn/p' }, false],
    [{ url: 'ftp://api.example.vn/p' }, false],
    [{ url: 'file:///etc/passwd' }, false],
    [{ url: 'api.example.vn' }, false],
    [{ tokenHeader: 'X-API-Key' }, false],
    [{ url: 'http://api.example.vn', ca: '/etc/ca.pem' }, false],
    [{ ca: '/etc/ca.pem' }, true],
    [{ username: 'a:b', password: `\${env:S}` }, false],
  ])('with %j: %s', (settings, expected) => {
    expect(parse(settings)).toBe(expected);
  });
});
