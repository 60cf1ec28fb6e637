import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';
import { missingPrograms, temporaryFolder } from '../../support/resources.ts';

test('what the authority issues is signed by it and names the loopback', () => {
  const authority = createAuthority(Date.now());
  const root = new X509Certificate(authority.certificate);
  const server = new X509Certificate(authority.issueServer('center').certificate);
  expect(root.ca).toBe(true);
  expect(server.ca).toBe(false);
  expect(server.verify(root.publicKey)).toBe(true);
  expect(server.checkHost('localhost')).toBe('localhost');
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

test.skipIf(missingPrograms('openssl') !== undefined)('openssl accepts the chain for its purpose', async () => {
  await using folder = await temporaryFolder();
  const authority = createAuthority(Date.now());
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(folder.path, name);
    await writeFile(file, text);
    return file;
  };
  const ca = await write('ca.pem', authority.certificate);
  const client = await write('client.pem', authority.issueClient('gw-017').certificate);
  const server = await write('server.pem', authority.issueServer('center').certificate);
  const verify = (purpose: string, file: string) =>
    spawnSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', ca, file], { encoding: 'utf8' });
  expect(verify('sslclient', client)).toMatchObject({ status: 0 });
  expect(verify('sslserver', server)).toMatchObject({ status: 0 });
  expect(verify('sslserver', client).status).not.toBe(0);
});
