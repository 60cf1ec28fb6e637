import { createHash } from 'node:crypto';
import https from 'node:https';
import { expect, test } from 'vitest';
import { createAuthority, type Identity } from '../../../simulators/ioc/certificate.ts';
import { startMediaServer } from '../../../simulators/ioc/media.ts';

const authority = createAuthority(Date.now());

const start = () => startMediaServer({ port: 0, authority, identity: authority.issueServer('center') });

const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex');

const put = (url: string, body: string, client: Identity | undefined, method = 'PUT'): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = https.request(
      url,
      {
        method,
        ca: authority.certificate,
        agent: false,
        ...(client !== undefined && { cert: client.certificate, key: client.key }),
      },
      response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end(body);
  });

const client = authority.issueClient('gw-017');

test('a picture that was announced is stored', async () => {
  await using center = await start();
  center.announce('hue/gw/a.jpg', sha256('picture'));
  expect(center.report()).toMatchObject({ stored: 0, awaited: 1 });
  expect(await put(`${center.url}/hue/gw/a.jpg`, 'picture', client)).toBe(201);
  expect(center.report()).toEqual({ stored: 1, bytes: 7, mismatched: 0, unannounced: 0, awaited: 0 });
});

test('a picture that comes twice is taken twice and counted once', async () => {
  await using center = await start();
  center.announce('a.jpg', sha256('picture'));
  await put(`${center.url}/a.jpg`, 'picture', client);
  expect(await put(`${center.url}/a.jpg`, 'picture', client)).toBe(204);
  expect(center.report()).toMatchObject({ stored: 1, bytes: 7 });
});

test('other bytes than were announced are noticed', async () => {
  await using center = await start();
  center.announce('a.jpg', sha256('picture'));
  await put(`${center.url}/a.jpg`, 'another', client);
  expect(center.report()).toMatchObject({ stored: 0, mismatched: 1 });
});

test('a client without a certificate is not let in', async () => {
  await using center = await start();
  await expect(put(`${center.url}/a.jpg`, 'picture', undefined)).rejects.toThrow();
  expect(center.report()).toMatchObject({ unannounced: 0 });
});

test('a client of another authority is not let in', async () => {
  await using center = await start();
  const stranger = createAuthority(Date.now()).issueClient('gw-017');
  await expect(put(`${center.url}/a.jpg`, 'picture', stranger)).rejects.toThrow();
});

test('only PUT is understood', async () => {
  await using center = await start();
  expect(await put(`${center.url}/a.jpg`, '', client, 'POST')).toBe(405);
});

test.each([
  ['refuse-login', 403],
  ['noise', 500],
] as const)('%s answers %i', async (fault, status) => {
  await using center = await start();
  center.show(fault);
  expect(await put(`${center.url}/a.jpg`, 'picture', client)).toBe(status);
  center.show(undefined);
  expect(await put(`${center.url}/a.jpg`, 'picture', client)).toBe(201);
});
