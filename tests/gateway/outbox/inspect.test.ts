import { expect, test } from 'vitest';
import { inspectOutbox } from '../../../gateway/outbox/inspect.ts';
import { eventTopic, openTestOutbox, sealed } from '../../support/outbox.ts';
import { temporaryFolder } from '../../support/resources.ts';

const deadLetter = {
  pipeline: 'air',
  stage: 'aggregate',
  device: 'dev-1',
  reason: 'negative count',
  item: '{}',
  at: 5,
};

test('tells what waits in an outbox whose gateway is down', async () => {
  await using folder = await temporaryFolder();
  {
    await using opened = await openTestOutbox(folder.path, [{ url: 'mqtt://127.0.0.1:9' }]);
    await opened.outbox.append({
      events: [sealed(1, { time: 1000 }), sealed(2), sealed(3, { lane: 'alert', topic: eventTopic('alert') })],
      deadLetters: [deadLetter],
    });
  }
  expect(
    inspectOutbox(folder.path, [{ name: 'ioc' }, { name: 'alerts', wanted: { classes: ['alert'] } }]),
  ).toMatchObject({
    epoch: '0001',
    waiting: [
      { uplink: 'ioc', events: 3 },
      { uplink: 'alerts', events: 1 },
    ],
    outbox: { accepted: 3, lanes: [{ lane: 'alert', rows: 1 }, { rows: 0 }, { lane: 'obs', rows: 2, oldest: 1000 }] },
    deadLetters: [{ stage: 'aggregate', reason: 'negative count', at: 5 }],
  });
});

test('says so when the gateway runs', async () => {
  await using folder = await temporaryFolder();
  await using _opened = await openTestOutbox(folder.path);
  expect(() => inspectOutbox(folder.path, [])).toThrow(/in use by another program/);
});

test('says so when there is no outbox', async () => {
  await using folder = await temporaryFolder();
  expect(() => inspectOutbox(folder.path, [])).toThrow(/no outbox/);
});
