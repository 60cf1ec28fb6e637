import { minutes } from '../../core/time.ts';
import { cpuTime, scoreOf, watchHarbour } from '../harbour-watch.ts';
import type { BenchRow } from '../row.ts';

const harborsOfRound = 6;

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);

export const row: BenchRow = {
  name: 'sighting',
  summary:
    'The worst of precision and recall, of sighted vessels and of boats without AIS, before a quay camera in six simulated harbors a round.',
  unit: '%',
  goal: { value: { atLeast: 90 } },
  rounds: 3,
  prepare: async ({ report }) => {
    let seed = 100;
    return {
      ours: async () => {
        const none = { right: 0, wrong: 0, found: 0, missed: 0 };
        const sum = { sighted: { ...none }, unidentified: { ...none } };
        let cpu = 0;
        let frames = 0;
        for (let harbor = 0; harbor < harborsOfRound; harbor++) {
          const watched = watchHarbour({ seed: ++seed, dark: 0.4, duration: minutes(15), cpuTime });
          const score = scoreOf(watched);
          for (const kind of ['sighted', 'unidentified'] as const) {
            for (const how of ['right', 'wrong', 'found', 'missed'] as const) sum[kind][how] += score[kind][how];
          }
          cpu += watched.cpu;
          frames += watched.frames;
        }
        const figures = (['sighted', 'unidentified'] as const).map(kind => {
          const { right, wrong, found, missed } = sum[kind];
          const precision = percent(right, right + wrong);
          const recall = percent(found, found + missed);
          report(
            `${kind}: precision ${precision.toFixed(1)} %, recall ${recall.toFixed(1)} % (${right} right, ${wrong} wrong; ${found} vessels found, ${missed} missed)`,
          );
          return Math.min(precision, recall);
        });
        report(`${(cpu / frames).toFixed(0)} µs of CPU a frame`);
        return Math.min(...figures);
      },
    };
  },
};
