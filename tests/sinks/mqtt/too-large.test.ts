import { expect, test } from 'vitest';
import { listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

test.skipIf(missingPrograms('mosquitto') !== undefined)(
  'goes on where mosquitto finds one event too large, and sets that one aside',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    const port = await freePort();
    await using broker = await startMosquitto({
      folder: folder.path,
      port,
      // Told to queue without end, mosquitto 2.0.11 ends the connection besides.
      configuration: `listener ${port} 127.0.0.1\nallow_anonymous true\nmessage_size_limit 1000\nmax_queued_messages 1000`,
    });
    await using listener = await listen(broker.port);
    await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${port}` }]);
    const large = sealed(2, {
      body: JSON.stringify({ specversion: '1.0', id: '2'.padStart(32, '0'), data: 'x'.repeat(2000) }),
    });
    await opened.outbox.append({ events: [sealed(1), large, sealed(3)] });
    let n = 3;
    const told = await until(
      'it is set aside',
      async () => {
        await opened.outbox.append({ events: [sealed(++n)] });
        return opened.notices.find(({ kind }) => kind === 'set-aside');
      },
      300_000,
    );
    expect(told).toMatchObject({ stream: 'environment/obs', number: 2 });
    await until('all others arrived', () => new Set(listener.events().map(({ id }) => Number(id))).size === n - 1);
    expect(opened.notices.filter(({ kind }) => kind === 'lost')).toEqual([]);
  },
);
