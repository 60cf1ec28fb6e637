import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { missingPrograms } from '../../tests/support/resources.ts';
import { backlogFolder, openBenchOutbox } from '../backlog.ts';
import type { BenchRow } from '../row.ts';

/** Takes the files of a folder out of the page cache, as after a start of the machine (dd(1), `nocache`). */
const forget = async (folder: string): Promise<void> => {
  for (const file of await readdir(folder)) {
    spawnSync('dd', [`if=${path.join(folder, file)}`, 'iflag=nocache', 'count=0', 'status=none']);
  }
};

export const row: BenchRow = {
  name: 'backlog-open',
  summary: 'An outbox opens in which many events wait, with nothing of it in the page cache',
  unit: 's',
  goal: { value: { atMost: 2 } },
  missing: () => missingPrograms('dd'),
  prepare: async preparation => {
    const outboxFolder = await backlogFolder(preparation);
    return {
      ours: async () => {
        await forget(outboxFolder);
        const began = performance.now();
        await using _outbox = await openBenchOutbox(outboxFolder);
        return (performance.now() - began) / 1000;
      },
    };
  },
};
