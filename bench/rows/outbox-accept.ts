import path from 'node:path';
import { openBenchOutbox } from '../backlog.ts';
import { benchEvents } from '../events.ts';
import { percentile } from '../measure.ts';
import type { BenchRow } from '../row.ts';

const perSecond = 1000;
const count = 5000;

export const row: BenchRow = {
  name: 'outbox-accept',
  summary: `The 99th percentile of the time from append to commit, at ${perSecond} events a second, each in its own call`,
  unit: 'ms',
  goal: { value: { atMost: 25 } },
  prepare: async ({ folder }) => {
    const events = benchEvents(count);
    let round = 0;
    return {
      ours: async () => {
        await using outbox = await openBenchOutbox(path.join(folder, `${++round}`));
        const took: number[] = [];
        const appended: Promise<void>[] = [];
        const began = performance.now();
        for (let next = 0; next < count; ) {
          const due = Math.min(count, Math.floor(((performance.now() - began) / 1000) * perSecond));
          for (; next < due; next++) {
            const at = performance.now();
            appended.push(
              outbox
                .append({ events: events.slice(next, next + 1) })
                .then(() => void took.push(performance.now() - at)),
            );
          }
          await new Promise(resolve => setTimeout(resolve, 1));
        }
        await Promise.all(appended);
        return percentile(took, 0.99);
      },
    };
  },
};
