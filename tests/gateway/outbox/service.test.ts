import { expect, test } from 'vitest';
import type { Outgoing, RunningSink, SinkHost } from '../../../core/sink.ts';
import type { FromWorker, WorkerOptions } from '../../../gateway/outbox/protocol.ts';
import { openService, type Service } from '../../../gateway/outbox/service.ts';
import { openSinkOfKind } from '../../../gateway/outbox/sink-kinds.ts';
import { uplinkSchema } from '../../../sinks/mqtt/config.ts';
import { eventTopic, groupOf, listen, site } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');

/** Another kind of sink: it keeps what it takes in an array, while it is not dead. */
const openArchive = (host: SinkHost) => {
  const taken: Outgoing[] = [];
  let isAlive = false;
  const drain = (): void => {
    if (!isAlive) return;
    for (;;) {
      const events = host.feed.take(7, 100_000);
      if (events.length === 0) return;
      for (const event of events) {
        if (Buffer.from(event.body).includes('poison')) host.feed.refused(event, 'not-accepted', 'no such column');
        else {
          taken.push(event);
          host.feed.delivered(event);
        }
      }
    }
  };
  const timer = setInterval(drain, 50);
  const running: RunningSink = {
    wake: drain,
    report: () => ({
      state: isAlive ? 'connected' : 'waiting',
      since: 0,
      address: 'memory',
      delivered: taken.length,
      warnings: [],
    }),
    isIdle: () => true,
    stop: async () => clearInterval(timer),
  };
  return {
    running,
    taken,
    revive: () => {
      isAlive = true;
      host.feed.begin('all');
    },
    die: () => {
      isAlive = false;
      host.feed.end();
    },
  };
};

const open = (folder: string, port: number, names: readonly string[]) => {
  const config = (name: string) =>
    uplinkSchema.parse({ name, sink: 'mqtt', url: `mqtt://127.0.0.1:${port}`, protocol: 5 });
  const options: WorkerOptions = {
    folder,
    site,
    states: [
      { name: 'gateway.connection.reported', lane: 'state', version: '1.0.0' },
      { name: 'gateway.delivery.reported', lane: 'state', version: '1.1.0' },
    ],
    sinks: names.map(name => ({ config: config(name), clientId: `test-${name}`, secrets: {} })),
    budgetBytes: 2 ** 28,
    history: { bytes: 0, age: 0 },
    timeQuality: 'ntp',
  };
  const said: FromWorker[] = [];
  let archive: ReturnType<typeof openArchive> | undefined;
  const service = openService(
    options,
    message => said.push(message),
    (sinkOptions, host) => {
      if (sinkOptions.config.name !== 'archive') return openSinkOfKind(sinkOptions, host);
      archive = openArchive(host);
      return archive.running;
    },
  );
  return { service, said, archive: () => archive };
};

const closing = (service: Service): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => void (await service.answer({ kind: 'close' })),
});

const bodies = (first: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ id: `${first + n}` }));

const uplinkOf = (service: Service, name: string) => service.status().uplinks.find(uplink => uplink.name === name);

test.skipIf(missing)(
  'keeps a cursor of its own for a sink of another kind, dead for long beside a live uplink',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    const { service, archive } = open(folder.path, port, ['ioc', 'archive']);
    await using _closing = closing(service);
    service.append(groupOf(eventTopic('obs'), bodies(1, 100)));
    await until('the uplink delivers', () => uplinkOf(service, 'ioc')?.backlog === 0);
    expect(uplinkOf(service, 'archive')).toMatchObject({ state: 'waiting', backlog: 100 });
    expect(service.status().outbox.lanes[2]).toMatchObject({ rows: 100 });

    archive()?.revive();
    await until('the other one has them too', () => uplinkOf(service, 'archive')?.backlog === 0);
    service.append(groupOf(eventTopic('obs'), bodies(101, 10)));
    await until('both have what came later', () => service.status().uplinks.every(({ backlog }) => backlog === 0));
    expect(archive()?.taken.map(({ number }) => number)).toEqual(Array.from({ length: 110 }, (_, n) => n + 1));
    expect(new Set(listener.events().map(({ id }) => Number(id))).size).toBe(110);
    await until('nothing waits', () => service.status().outbox.lanes[2]?.rows === 0);
  },
);

test('sets aside at one sink what the other takes', { timeout: 30_000 }, async () => {
  await using folder = await temporaryFolder();
  const { service, said, archive } = open(folder.path, 9, ['ioc', 'archive']);
  await using _closing = closing(service);
  service.append(groupOf(eventTopic('obs'), ['{"id":"1"}', '{"id":"poison"}', '{"id":"3"}']));
  archive()?.revive();
  const told = await until(
    'it is set aside',
    () => {
      service.append(groupOf(eventTopic('obs'), ['{"id":"more"}']));
      return said.find(message => message.kind === 'notice' && message.notice.kind === 'set-aside');
    },
    300_000,
  );
  expect(told).toMatchObject({ notice: { uplink: 'archive', number: 2, detail: 'no such column' } });
  await until('it has all others', () => uplinkOf(service, 'archive')?.backlog === 0);
  const accepted = service.status().outbox.accepted;
  expect(uplinkOf(service, 'ioc')?.backlog).toBe(accepted);
  expect(service.status().outbox.lanes[2]).toMatchObject({ rows: accepted });
});

test('forgets a sink that is gone, and offers one under a new name what still waits for anybody', async () => {
  await using folder = await temporaryFolder();
  const first = open(folder.path, 9, ['ioc', 'archive']);
  first.service.append(groupOf(eventTopic('obs'), bodies(1, 5)));
  first.archive()?.revive();
  await until('one of the two has them', () => uplinkOf(first.service, 'archive')?.backlog === 0);
  await first.service.answer({ kind: 'close' });

  const without = open(folder.path, 9, ['ioc']);
  expect(uplinkOf(without.service, 'ioc')?.backlog).toBe(5);
  await without.service.answer({ kind: 'close' });

  const again = open(folder.path, 9, ['renamed', 'archive']);
  await using _closing = closing(again.service);
  expect(uplinkOf(again.service, 'renamed')?.backlog).toBe(5);
  again.archive()?.revive();
  await until('it is offered them again', () => uplinkOf(again.service, 'archive')?.backlog === 0);
  expect(again.archive()?.taken).toHaveLength(5);
});
