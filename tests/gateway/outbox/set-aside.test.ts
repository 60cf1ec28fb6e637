import { expect, test } from 'vitest';
import { inspectOutbox } from '../../../gateway/outbox/inspect.ts';
import { eventTopic, openTestOutbox, sealed } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';
import { openRoughBroker, type Reaction } from '../../support/rough-broker.ts';

const payloadFormatInvalid = 0x99;

test.for([
  { protocol: 5, how: 'names a reason', bad: { kind: 'acknowledge', code: payloadFormatInvalid } },
  { protocol: '3.1.1', how: 'ends the connection', bad: { kind: 'end' } },
] as const satisfies readonly { protocol: 5 | '3.1.1'; how: string; bad: Reaction }[])(
  'sets one event aside that a broker of MQTT $protocol refuses ($how), and delivers all others',
  { timeout: 60_000 },
  async ({ protocol, bad }) => {
    await using folder = await temporaryFolder();
    await using broker = await openRoughBroker({
      react: ({ payload }) => (String(payload).includes('poison') ? bad : { kind: 'acknowledge' }),
    });
    const poison = sealed(3, {
      body: JSON.stringify({ specversion: '1.0', id: '3'.padStart(32, '0'), data: 'poison' }),
    });
    {
      await using opened = await openTestOutbox(folder.path, [{ url: broker.url, protocol }]);
      const { outbox, notices } = opened;
      await outbox.append({ events: [sealed(1), sealed(2), poison, sealed(4), sealed(5)] });
      let n = 5;
      const told = await until(
        'it is set aside',
        async () => {
          await outbox.append({ events: [sealed(++n)] });
          return notices.find(({ kind }) => kind === 'set-aside');
        },
        300_000,
      );
      expect(told).toMatchObject({ uplink: 'ioc', stream: 'environment/obs', epoch: '0001', number: 3, refusals: 5 });
      const taken = (): ReadonlySet<number> =>
        new Set(broker.taken(eventTopic('obs')).map(({ payload }) => Number(JSON.parse(String(payload)).id)));
      // The status is that of a moment ago, when the last one may not have been accepted yet.
      await until('all the others were taken', () => taken().size === n - 1);
      await until('nothing waits', () => outbox.status().uplinks[0]?.backlog === 0);
      expect(taken().size).toBe(n - 1);
      expect(taken().has(3)).toBe(false);
      await until('its room is free', () => outbox.status().outbox.lanes[2]?.rows === 0);
      expect(outbox.status().outbox.lanes[2]?.shed).toEqual({ refused: 1 });
      expect(outbox.status().outbox.setAside).toMatchObject([{ uplink: 'ioc', number: 3 }]);
    }
    // It is kept for a person.
    expect(inspectOutbox(folder.path, [{ name: 'ioc' }]).setAside).toMatchObject([
      { uplink: 'ioc', number: 3, body: poison.body },
    ]);
  },
);
