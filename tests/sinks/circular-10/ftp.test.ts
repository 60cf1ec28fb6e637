/** Files go to vsftpd, with and without TLS. */
import { chmod, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { minutes } from '../../../core/time.ts';
import { circular10Schema } from '../../../sinks/circular-10/config.ts';
import { deliver, openPlace } from '../../../sinks/circular-10/delivery.ts';
import { nameOf, openStation, pm25 } from '../../support/circular-10.ts';
import { type FileServer, ftpPassword, makeCertificate, startFtpServer } from '../../support/file-servers.ts';
import { freePort, missingPrograms, openPeer, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('/usr/sbin/vsftpd', 'openssl');

const deliveryTo = ({ port, root }: Pick<FileServer, 'port' | 'root'>, overrides: object = {}) => ({
  transport: 'ftp',
  host: '127.0.0.1',
  port,
  user: 'anonymous',
  password: `\${env:PASSWORD}`,
  tls: 'none',
  folder: root,
  ...overrides,
});

const right = { 'delivery.password': ftpPassword };

const open = (delivery: object, secrets: Readonly<Record<string, string>> = right) =>
  openPlace(
    circular10Schema.parse({ name: 'a', sink: 'circular-10', station: 'Hue', values: [pm25], delivery }).delivery,
    { secrets, now: Date.now, signal: new AbortController().signal },
  );

test.skipIf(missing !== undefined)(
  'what a server missed while it was away comes in order when it is back',
  async () => {
    await using folder = await temporaryFolder();
    const server = await startFtpServer({ folder: folder.path });
    const { root, port } = server;
    await using station = await openStation({
      folder: path.join(folder.path, 'outbox'),
      values: [pm25],
      delivery: deliveryTo(server),
      secrets: right,
    });
    await until('it is connected', () => station.report().state === 'connected');
    await station.pass(minutes(7.1));
    await until('the first came', () => station.report().delivered === 1);
    await server[Symbol.asyncDispose]();
    await station.pass(minutes(15));
    await until('it is lost', () => station.report().error?.kind === 'unreachable');
    await until('three wait', async () => (await station.waiting()).length === 3);
    const log = path.join(folder.path, 'ftp.log');
    await using _ = await startFtpServer({
      folder: folder.path,
      port,
      configuration: ['log_ftp_protocol=YES', `vsftpd_log_file=${log}`, 'xferlog_enable=YES', 'xferlog_std_format=NO'],
    });
    await until('all came', async () => (await station.sent()).length === 4);
    expect(await readdir(root)).toEqual(['10:05', '10:10', '10:15', '10:20'].map(clock => nameOf(clock)));
    const renamed = [...(await readFile(log, 'utf8')).matchAll(/"RNTO [^"]*_(\d{14})\.txt"/g)].map(
      ([, stamp]) => stamp,
    );
    expect(renamed).toEqual(['20261126101000', '20261126101500', '20261126102000']);
  },
);

test.skipIf(missing !== undefined)('files go through TLS, to a server whose authority is known', async () => {
  await using folder = await temporaryFolder();
  const tls = makeCertificate(folder.path);
  await using server = await startFtpServer({ folder: folder.path, tls });
  const place = await open(deliveryTo(server, { tls: 'explicit', ca: tls.certificate }));
  await deliver(place, server.root, nameOf('10:05'), Buffer.from('one'));
  await deliver(place, server.root, nameOf('10:10'), Buffer.from('two'));
  place.close();
  expect(await readdir(server.root)).toEqual([nameOf('10:05'), nameOf('10:10')]);
  expect(await readFile(path.join(server.root, nameOf('10:10')), 'utf8')).toBe('two');
});

test.skipIf(missing !== undefined)(
  'a server with a certificate that nobody known signed is not told the password',
  async () => {
    await using folder = await temporaryFolder();
    const tls = makeCertificate(folder.path);
    await using server = await startFtpServer({ folder: folder.path, tls });
    await expect(open(deliveryTo(server, { tls: 'explicit' }))).rejects.toMatchObject({
      kind: 'denied',
      advice: 'Give its authority as "ca".',
    });
  },
);

test.skipIf(missing !== undefined)('a server without TLS is not told the password where TLS is wanted', async () => {
  await using folder = await temporaryFolder();
  await using server = await startFtpServer({ folder: folder.path });
  await expect(open(deliveryTo(server, { tls: 'explicit' }))).rejects.toMatchObject({
    kind: 'unsupported',
    message: expect.stringContaining('does not speak TLS'),
  });
});

test.skipIf(missing !== undefined)('a login that is refused is denied, without its secret', async () => {
  await using folder = await temporaryFolder();
  await using server = await startFtpServer({ folder: folder.path });
  const refused = open(deliveryTo(server), { 'delivery.password': 'wrong-horse' });
  await expect(refused).rejects.toMatchObject({ kind: 'denied', advice: 'Check "user" and "password".' });
  await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('wrong-horse') });
});

test.skipIf(missing !== undefined)('a server that lets nobody write is denied, in its own words', async () => {
  await using folder = await temporaryFolder();
  await using server = await startFtpServer({ folder: folder.path, configuration: ['write_enable=NO'] });
  const place = await open(deliveryTo(server));
  await expect(deliver(place, server.root, nameOf('10:05'), Buffer.from('x'))).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringMatching(/does not take .*\.txt\.tmp: 550 Permission denied/),
  });
  place.close();
});

test.skipIf(missing !== undefined)('a file that is there already is left or replaced, as it should be', async () => {
  await using folder = await temporaryFolder();
  await using server = await startFtpServer({ folder: folder.path });
  await mkdir(path.join(server.root, '2026'));
  await chmod(path.join(server.root, '2026'), 0o755);
  const place = await open(deliveryTo(server));
  for (const text of ['half', 'whole', 'whole'])
    await deliver(place, `${server.root}/2026/11`, nameOf('10:05'), Buffer.from(text));
  place.close();
  expect(await readdir(path.join(server.root, '2026/11'))).toEqual([nameOf('10:05')]);
  expect(await readFile(path.join(server.root, '2026/11', nameOf('10:05')), 'utf8')).toBe('whole');
});

test.for([
  ['421 Too many users\r\n', 'unreachable'],
  ['500 what\r\n', 'protocol'],
] as const)('a server that greets with %j is %s', async ([greeting, kind]) => {
  await using peer = await openPeer(greeting);
  await expect(open(deliveryTo({ port: peer.port, root: '/x' }))).rejects.toMatchObject({ kind });
});

test('nobody at the address is unreachable', async () => {
  const port = await freePort();
  await expect(open(deliveryTo({ port, root: '/x' }))).rejects.toMatchObject({
    kind: 'unreachable',
    message: `ftp://127.0.0.1:${port} cannot be reached: ECONNREFUSED`,
  });
});
