import path from 'node:path';
import type { Outbox } from '../../gateway/outbox/outbox.ts';
import { missingPrograms, start, startMosquitto, until } from '../../tests/support/resources.ts';
import { backlogFolder, fill, openBenchOutbox } from '../backlog.ts';
import type { BenchRow } from '../row.ts';

const little = 100_000;
/** So many leave in a round, also of the little: the end of it is no part of the measurement. */
const count = 50_000;

/** Events a second, from the first that were delivered on. */
const drainRate = async (outbox: Outbox): Promise<number> => {
  const delivered = (): number => outbox.status().uplinks[0]?.delivered ?? 0;
  await until('the first are delivered', () => delivered() > 0, 30_000);
  const [first, began] = [delivered(), performance.now()];
  await until('enough are delivered', () => delivered() >= count, 60_000);
  return ((delivered() - first) / (performance.now() - began)) * 1000;
};

export const row: BenchRow = {
  name: 'backlog-drain',
  summary: `${count} events leave at QoS 1 for mosquitto from an outbox in which many wait`,
  unit: 'events/s',
  peer: `an outbox in which ${little} wait`,
  goal: { ratio: { atLeast: 0.8 } },
  missing: () => missingPrograms('mosquitto', 'mosquitto_sub'),
  prepare: async preparation => {
    const { folder } = preparation;
    const full = await backlogFolder(preparation);
    const broker = await startMosquitto({ folder });
    const port = String(broker.port);
    const subscriber = start('mosquitto_sub', ['-p', port, '-t', 'ioc/v1/#', '-q', '0', '-F', '%l']);
    let round = 0;
    const measured = async (outboxFolder: string): Promise<number> => {
      await using outbox = await openBenchOutbox(outboxFolder, `mqtt://127.0.0.1:${port}`);
      return await drainRate(outbox);
    };
    return {
      ours: () => measured(full),
      peer: async () => {
        const outboxFolder = path.join(folder, `little-${++round}`);
        await fill(outboxFolder, little);
        return measured(outboxFolder);
      },
      close: async () => {
        await subscriber[Symbol.asyncDispose]();
        await broker[Symbol.asyncDispose]();
      },
    };
  },
};
