import { expect, test } from 'vitest';
import { listen, openTestOutbox, sealed } from '../../support/outbox.ts';
import { missingPrograms, startMosquitto, temporaryFolder, until } from '../../support/resources.ts';

const missing = missingPrograms('mosquitto');

test.skipIf(missing).for([5, '3.1.1'] as const)('delivers what was appended over MQTT %s, numbered', async protocol => {
  await using folder = await temporaryFolder();
  await using broker = await startMosquitto({ folder: folder.path });
  await using listener = await listen(broker.port);
  await using opened = await openTestOutbox(folder.path, [{ url: `mqtt://127.0.0.1:${broker.port}`, protocol }]);
  await opened.outbox.append({ events: [sealed(1), sealed(2)] });
  await opened.outbox.append({ events: [sealed(3)] });
  await until('three events arrived', () => listener.events().length === 3);
  expect(listener.events().map(event => event.streamseq)).toEqual([
    '0001-000000000001',
    '0001-000000000002',
    '0001-000000000003',
  ]);
});
