import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Observation } from '../../../../core/observation.ts';
import { driver } from '../../../../drivers/sensors/rain-gauge/driver.ts';
import { temporaryFolder } from '../../../support/resources.ts';
import { createContext } from '../../support/context.ts';

const counterAt = (file: string) =>
  driver.bind('rain-1', {
    connection: { transport: 'linux-counter', path: file, interval: '1s' },
    tipMillimeters: 0.25,
    counterBits: 32,
  });

it('reads the count again and again, and says when the counter is gone', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'count');
  await writeFile(file, '41\n');
  const items: Observation[] = [];
  const reading = (async () => {
    for await (const batch of counterAt(file).open(createContext())) {
      items.push(...batch.items);
      await (items.length === 1 ? writeFile(file, '43\n') : rm(file));
    }
  })();
  await expect(reading).rejects.toMatchObject({
    kind: 'unreachable',
    advice: expect.stringContaining('/sys/bus/counter'),
  });
  expect(items).toMatchObject([
    { quantity: 'precipitationTotal', value: 10.25, rollover: 2 ** 30 },
    { quantity: 'precipitationTotal', value: 10.75, rollover: 2 ** 30 },
  ]);
});

it('refuses a file that holds no count', async () => {
  await using folder = await temporaryFolder();
  const file = path.join(folder.path, 'count');
  await writeFile(file, 'enabled\n');
  const first = counterAt(file).open(createContext())[Symbol.asyncIterator]().next();
  await expect(first).rejects.toMatchObject({ kind: 'protocol' });
});
