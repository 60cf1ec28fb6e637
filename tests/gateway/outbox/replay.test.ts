import { expect, test } from 'vitest';
import { listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');
const stream = 'environment/obs';
const history = { bytes: 2 ** 24, age: 3_600_000 };

test.skipIf(missing)(
  'offers a piece of a stream again under the same ids and numbers, and says what is missing',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }], { history });
    const { outbox } = opened;
    const expires = Date.now() + 50;
    await outbox.append({ events: [1, 2, 3].map(n => sealed(n, n === 2 ? { expires } : {})) });
    await until('one has expired', () => Date.now() > expires);
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    await until('the others arrived', () => listener.events().length === 2);
    await outbox.append({ events: [4, 5].map(n => sealed(n)) });
    await until('all arrived', () => listener.events().length === 4);
    await until('all are delivered', () => outbox.status().uplinks[0]?.backlog === 0);

    expect(await outbox.replay({ stream, from: 1, to: 20 })).toEqual({
      through: 20,
      offered: 4,
      waiting: 0,
      missing: [
        { from: 2, to: 2, reason: 'expired' },
        { from: 6, to: 20, reason: 'never-accepted' },
      ],
    });
    await until('they came again', () => listener.events().length === 8);
    const [first, again] = [listener.events().slice(0, 4), listener.events().slice(4)];
    expect(again.map(({ id, streamseq, body }) => [id, streamseq, body])).toEqual(
      first.map(({ id, streamseq, body }) => [id, streamseq, body]),
    );
    expect(again.every(({ historical }) => historical)).toBe(true);
  },
);

test.skipIf(missing)(
  'keeps what is to be offered again over a lost connection, and delivers new events first',
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }], { history });
    const { outbox } = opened;
    {
      await using _broker = await startMosquitto({ folder: folder.path, port });
      await using listener = await listen(port);
      await outbox.append({ events: Array.from({ length: 50 }, (_, n) => sealed(n + 1)) });
      await until('all arrived', () => listener.events().length === 50);
      await until('all are delivered', () => outbox.status().uplinks[0]?.backlog === 0);
    }
    await until('lost', () => opened.notices.some(({ kind }) => kind === 'lost'));
    expect(await outbox.replay({ stream, from: 11, to: 30 })).toMatchObject({ offered: 20, missing: [] });
    await outbox.append({ events: [sealed(51)] });
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await using listener = await listen(port);
    await until('they came again', () => new Set(listener.events().map(({ id }) => id)).size === 21);
    expect(listener.events().map(({ id }) => Number(id))).toEqual([
      51,
      ...Array.from({ length: 20 }, (_, n) => n + 11),
    ]);
  },
);

test('says that nothing is kept where no history is asked for, and refuses an uplink that there is not', async () => {
  await using folder = await temporaryFolder();
  await using opened = await openTestOutbox(folder.path);
  const { outbox } = opened;
  await outbox.append({ events: [sealed(1), sealed(2)] });
  await outbox.append({});
  await until('they are gone', async () => {
    const { missing: gone } = await outbox.replay({ stream, from: 1, to: 3 });
    return gone[0]?.reason === 'trimmed' && gone[0].to === 2;
  });
  expect(await outbox.replay({ stream: 'warning/alert', from: 1, to: 3 })).toMatchObject({
    missing: [{ from: 1, to: 3, reason: 'never-accepted' }],
  });
  expect(await outbox.replay({ stream, epoch: '0009', from: 1, to: 3 })).toMatchObject({
    missing: [{ from: 1, to: 3, reason: 'other-epoch' }],
  });
  await expect(outbox.replay({ sink: 'nobody', stream, from: 1, to: 3 })).rejects.toMatchObject({ kind: 'config' });
});
