import path from 'node:path';
import { append, backlogFolder, openBenchOutbox } from '../backlog.ts';
import type { BenchRow } from '../row.ts';

const count = 50_000;

export const row: BenchRow = {
  name: 'backlog-append',
  summary: `${count} events accepted by an outbox in which many wait`,
  unit: 'events/s',
  peer: 'the same outbox, empty',
  goal: { ratio: { atLeast: 0.8 } },
  prepare: async preparation => {
    const { folder } = preparation;
    const full = await backlogFolder(preparation);
    let round = 0;
    const measured = async (outboxFolder: string): Promise<number> => {
      await using outbox = await openBenchOutbox(outboxFolder);
      return await append(outbox, count);
    };
    return { ours: () => measured(full), peer: () => measured(path.join(folder, `empty-${++round}`)) };
  },
};
