/** Files go to OpenSSH's own server. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { minutes } from '../../../core/time.ts';
import { circular10Schema } from '../../../sinks/circular-10/config.ts';
import { deliver, openPlace } from '../../../sinks/circular-10/delivery.ts';
import { filesIn, nameOf, openStation, pm25 } from '../../support/circular-10.ts';
import { type SshServer, startSshServer } from '../../support/file-servers.ts';
import { freePort, missingPrograms, openPeer, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('/usr/sbin/sshd', 'ssh-keygen');

const deliveryTo = ({ port, user, hostKey, root }: SshServer, overrides: object = {}) => ({
  transport: 'sftp',
  host: '127.0.0.1',
  port,
  user,
  hostKey,
  privateKey: `\${file:/etc/haidang/kimlong.key}`,
  folder: root,
  ...overrides,
});

const secretsFor = ({ privateKey }: SshServer) => ({ 'delivery.privateKey': privateKey });

/** The names of files in the order in which they were renamed. */
const byArrival = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder);
  const times = await Promise.all(names.map(name => stat(path.join(folder, name), { bigint: true })));
  return names.toSorted((one, other) =>
    Number((times[names.indexOf(one)]?.ctimeNs ?? 0n) - (times[names.indexOf(other)]?.ctimeNs ?? 0n)),
  );
};

const parse = (delivery: object) =>
  circular10Schema.parse({ name: 'a', sink: 'circular-10', station: 'Hue', values: [pm25], delivery }).delivery;

const open = (delivery: object, secrets: Readonly<Record<string, string>>) =>
  openPlace(parse(delivery), { secrets, now: Date.now, signal: new AbortController().signal });

test.skipIf(missing !== undefined)(
  'what a server missed while it was away comes in order when it is back',
  async () => {
    await using folder = await temporaryFolder();
    let server = await startSshServer(folder.path);
    const { root, port } = server;
    await using station = await openStation({
      folder: path.join(folder.path, 'outbox'),
      values: [pm25],
      delivery: deliveryTo(server),
      secrets: secretsFor(server),
    });
    await until('it is connected', () => station.report().state === 'connected');
    await station.pass(minutes(7.1));
    await until('the first came', () => station.report().delivered === 1);
    await server[Symbol.asyncDispose]();
    await station.pass(minutes(15));
    await until('it is lost', () => station.report().error?.kind === 'unreachable');
    await until('three wait', async () => (await station.waiting()).length === 3);
    server = await startSshServer(folder.path, port);
    await using _ = server;
    await until('all came', () => station.report().delivered === 4);
    expect(await readdir(root)).toEqual(['10:05', '10:10', '10:15', '10:20'].map(clock => nameOf(clock)));
    expect(await byArrival(root)).toEqual(await readdir(root));
    expect(station.report()).toMatchObject({ address: `sftp://127.0.0.1:${port}${root}` });
  },
);

test.skipIf(missing !== undefined)('a connection that broke after the renaming leaves one whole file', async () => {
  await using folder = await temporaryFolder();
  await using server = await startSshServer(folder.path);
  const name = nameOf('10:05');
  const bytes = Buffer.from('PM2,5\t20.60\tug/Nm3\t20261126100500\t00\r\n');
  const place = await open(deliveryTo(server), secretsFor(server));
  await deliver(place, server.root, name, bytes);
  await deliver(place, server.root, name, bytes);
  expect(await readdir(server.root)).toEqual([name]);
  // What another program left under its name is not what is to be there.
  await writeFile(path.join(server.root, name), 'PM2,5\t20');
  await deliver(place, server.root, name, bytes);
  place.close();
  expect(await readdir(server.root)).toEqual([name]);
  expect(await readFile(path.join(server.root, name))).toEqual(bytes);
});

test.skipIf(missing !== undefined)('folders of days are made where they are missing', async () => {
  await using folder = await temporaryFolder();
  await using server = await startSshServer(folder.path);
  await using station = await openStation({
    folder: path.join(folder.path, 'outbox'),
    values: [pm25],
    delivery: deliveryTo(server, { folder: `${server.root}/{yyyy}/{MM}/{dd}` }),
    secrets: secretsFor(server),
  });
  await until('it is connected', () => station.report().state === 'connected');
  await station.pass(minutes(7.1));
  await until('it came', async () => (await filesIn(path.join(server.root, '2026/11/26'))).length === 1);
});

test.skipIf(missing !== undefined)('a server with another key gets nothing, and its key is shown', async () => {
  await using folder = await temporaryFolder();
  await using server = await startSshServer(folder.path);
  const other = `SHA256:${'A'.repeat(43)}`;
  await expect(open(deliveryTo(server, { hostKey: other }), secretsFor(server))).rejects.toMatchObject({
    kind: 'denied',
    message: `sftp://127.0.0.1:${server.port} shows the key ${server.hostKey}, which is not its "hostKey"`,
    advice: expect.stringContaining('Ask the operator'),
  });
  expect(server.output()).not.toContain('Accepted');
});

test.skipIf(missing !== undefined)(
  'a login that is refused says so, without its secret, and is not tried again at once',
  async () => {
    await using folder = await temporaryFolder();
    await using server = await startSshServer(folder.path);
    await using station = await openStation({
      folder: path.join(folder.path, 'outbox'),
      values: [pm25],
      delivery: deliveryTo(server, { privateKey: undefined, password: `\${env:PASSWORD}` }),
      secrets: { 'delivery.password': 'wrong-horse' },
    });
    const error = await until('it is refused', () => station.report().error, 30_000);
    expect(error).toMatchObject({ kind: 'denied', message: expect.stringContaining('refuses the login') });
    expect(JSON.stringify(error)).not.toContain('wrong-horse');
    expect((station.report().nextRetry ?? 0) - station.report().since).toBeGreaterThan(minutes(2));
  },
);

test.skipIf(missing !== undefined)(
  'a folder in which this user may not write is denied, with what to ask for',
  async () => {
    await using folder = await temporaryFolder();
    await using server = await startSshServer(folder.path);
    const place = await open(deliveryTo(server), secretsFor(server));
    // Nobody may write there, root included.
    await expect(deliver(place, '/proc/1', nameOf('10:05'), Buffer.from('x'))).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringContaining(`/proc/1/${nameOf('10:05')}.tmp`),
      advice: expect.stringContaining('operator'),
    });
    place.close();
  },
);

test('a private key that is none is told before anybody is asked', async () => {
  await using peer = await openPeer('SSH-2.0-Rough\r\n');
  const server = { port: peer.port, user: 'x', hostKey: `SHA256:${'A'.repeat(43)}`, root: '/x' } as SshServer;
  await expect(open(deliveryTo(server), { 'delivery.privateKey': 'no key' })).rejects.toMatchObject({ kind: 'config' });
});

test('a server that breaks the dialogue is told apart from one that is away', async () => {
  await using peer = await openPeer(`SSH-2.0-Rough\r\n${'no packet'.repeat(10)}`);
  const server = { port: peer.port, user: 'x', hostKey: `SHA256:${'A'.repeat(43)}`, root: '/x' } as SshServer;
  const delivery = deliveryTo(server, { privateKey: undefined, password: `\${env:PASSWORD}` });
  await expect(open(delivery, { 'delivery.password': 'x' })).rejects.toMatchObject({ kind: 'protocol' });
});

test('nobody at the address is unreachable', async () => {
  const server = { port: await freePort(), user: 'x', hostKey: `SHA256:${'A'.repeat(43)}`, root: '/x' } as SshServer;
  const delivery = deliveryTo(server, { privateKey: undefined, password: `\${env:PASSWORD}` });
  await expect(open(delivery, { 'delivery.password': 'x' })).rejects.toMatchObject({
    kind: 'unreachable',
    message: `sftp://127.0.0.1:${server.port} cannot be reached: ECONNREFUSED`,
  });
});
