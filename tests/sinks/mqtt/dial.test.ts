/** Certificates that expire and are renewed on the disk, through a whole outbox to a real broker; nobody restarts anything. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hours } from '../../../core/time.ts';
import { createAuthority } from '../../../simulators/ioc/certificate.ts';
import { dial, isReachable, readIdentity, stampIdentity } from '../../../sinks/mqtt/dial.ts';
import { openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';
import { openLink } from '../../support/rough-broker.ts';

const missing = missingPrograms('mosquitto');

const past = createAuthority(Date.now() - hours(48), hours(1));
const present = createAuthority(Date.now());

const write = async (folder: string, name: string, { certificate, key }: { certificate: string; key: string }) => {
  await writeFile(path.join(folder, `${name}.key`), key, { mode: 0o644 });
  await writeFile(path.join(folder, `${name}.pem`), certificate, { mode: 0o644 });
};

/** With a broker that trusts both authorities, as its clients do. */
const startWithTls = async (folder: string, server: typeof present, client: typeof present) => {
  const [port, plainPort] = await Promise.all([freePort(), freePort()]);
  await writeFile(path.join(folder, 'ca.pem'), past.certificate + present.certificate, { mode: 0o644 });
  await write(folder, 'server', server.issueServer('broker'));
  await write(folder, 'client', client.issueClient('gw-1'));
  const lines = [
    'allow_anonymous true',
    `listener ${plainPort} 127.0.0.1`,
    `listener ${port} 127.0.0.1`,
    `cafile ${path.join(folder, 'ca.pem')}`,
    `certfile ${path.join(folder, 'server.pem')}`,
    `keyfile ${path.join(folder, 'server.key')}`,
    'require_certificate true',
  ];
  const broker = await startMosquitto({ folder, port, configuration: lines.join('\n') });
  const file = (name: string): string => path.join(folder, name);
  return {
    broker,
    plainPort,
    uplink: {
      url: `mqtts://127.0.0.1:${port}`,
      ca: file('ca.pem'),
      certificate: file('client.pem'),
      key: file('client.key'),
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
};

test.skipIf(missing)(
  'says that its certificate is refused, and uses the renewed one as soon as it is there',
  async () => {
    await using folder = await temporaryFolder();
    await using tls = await startWithTls(folder.path, present, past);
    await using opened = await openTestOutbox(folder.path, [tls.uplink]);
    await opened.outbox.append({ events: [sealed(1)] });
    const lost = await until('it says so', () => opened.notices.find(({ kind }) => kind === 'lost'));
    expect(lost).toMatchObject({ error: { kind: 'denied', message: expect.stringContaining('certificate') } });
    await write(folder.path, 'client', present.issueClient('gw-1'));
    // Long before the five minutes after which it would knock again.
    await until('it is connected', () => opened.notices.some(({ kind }) => kind === 'connected'), 15_000);
  },
);

test.skipIf(missing)('says that the certificate of the broker expired, and goes on when it is renewed', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path, past, present);
  await using opened = await openTestOutbox(folder.path, [tls.uplink]);
  await opened.outbox.append({ events: [sealed(1)] });
  const lost = await until('it says so', () => opened.notices.find(({ kind }) => kind === 'lost'));
  expect(lost).toMatchObject({ error: { kind: 'unreachable', message: expect.stringContaining('expired') } });
  await write(folder.path, 'server', present.issueServer('broker'));
  tls.broker.process.kill('SIGHUP');
  await until('it is connected', () => opened.notices.some(({ kind }) => kind === 'connected'), 20_000);
});

test.skipIf(missing)('waits for a certificate that is not there yet', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path, present, present);
  const certificate = path.join(folder.path, 'later.pem');
  const key = path.join(folder.path, 'later.key');
  await using opened = await openTestOutbox(folder.path, [{ ...tls.uplink, certificate, key }]);
  const lost = await until('it says so', () => opened.notices.find(({ kind }) => kind === 'lost'));
  expect(lost).toMatchObject({ error: { kind: 'config' } });
  await write(folder.path, 'later', present.issueClient('gw-1'));
  await until('it is connected', () => opened.notices.some(({ kind }) => kind === 'connected'), 15_000);
});

test.skipIf(missing)('counts what goes over the network, with what TLS adds', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path, present, past);
  await using link = await openLink(Number(new URL(tls.uplink.url).port));
  const ready = Promise.withResolvers<void>();
  const files = { ca: tls.uplink.ca };
  const line = dial(`mqtts://127.0.0.1:${link.port}`, await readIdentity(files), ready.resolve, ready.reject);
  await ready.promise;
  line.stream.write(Buffer.alloc(10_000));
  await until('the other side has it', () => link.bytes().up + link.bytes().down >= line.carried());
  expect(line.carried()).toBeGreaterThan(11_000);
  line.stream.destroy();
});

test.skipIf(missing)('reaches who it should be, and nobody else', async () => {
  await using folder = await temporaryFolder();
  await using tls = await startWithTls(folder.path, present, present);
  const { url, ...files } = tls.uplink;
  expect(await isReachable(url, files)).toBe(true);
  expect(await isReachable(`mqtts://127.0.0.1:${tls.plainPort}`, files)).toBe(false);
  expect(await isReachable(`mqtt://127.0.0.1:${await freePort()}`, {})).toBe(false);
  expect(await isReachable(url, { ...files, key: path.join(folder.path, 'server.key') })).toBe(false);
});

test.skipIf(missing)('leaves no socket behind for a certificate and a key that do not belong together', async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, 'one', present.issueClient('one'));
  await write(folder.path, 'other', present.issueClient('other'));
  await using broker = await startMosquitto({ folder: folder.path });
  await using link = await openLink(broker.port);
  const file = (name: string): string => path.join(folder.path, name);
  const identity = await readIdentity({ certificate: file('one.pem'), key: file('other.key') });
  const ignore = (): void => {};
  const sockets = (): number => process.getActiveResourcesInfo().filter(name => name === 'TCPSocketWrap').length;
  const before = sockets();
  expect(() => dial(`mqtts://127.0.0.1:${link.port}`, identity, ignore, ignore)).toThrow();
  await until('no socket is left', () => sockets() <= before);
});

test('tells a renewed file from the one before', async () => {
  await using folder = await temporaryFolder();
  const ca = path.join(folder.path, 'ca.pem');
  expect(await stampIdentity({})).toBe('');
  const missingStamp = await stampIdentity({ ca });
  await writeFile(ca, 'one');
  const first = await stampIdentity({ ca });
  await writeFile(ca, 'another');
  expect(new Set([missingStamp, first, await stampIdentity({ ca })]).size).toBe(3);
});
