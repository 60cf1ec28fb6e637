import { harbourConditions, watchHarbors } from '../harbour-conditions.ts';
import type { BenchRow } from '../row.ts';

const seeds = Array.from({ length: 24 }, (_, index) => 101 + index);

export const row: BenchRow = {
  name: 'sighting-conditions',
  summary:
    'The worst precision of sighted vessels before a quay camera in 24 simulated harbors, under each of several faults: a wrong calibration, late AIS, a detector that misses half.',
  unit: '%',
  goal: { value: { atLeast: 80 } },
  rounds: 1,
  prepare: async ({ report }) => ({
    ours: async () => {
      let worst = 100;
      for (const { name, faults } of harbourConditions) {
        const { sighted, unidentified, unseen, cpu } = watchHarbors(seeds, faults);
        const words = [sighted, unidentified].map(
          ({ precision, recall }) => `${precision.toFixed(1)} / ${recall.toFixed(1)} %`,
        );
        report(
          `${name}: precision / recall ${words[0]} of sighted, ${words[1]} of unidentified; ${unseen} wrongly unseen; ${cpu.toFixed(0)} µs a frame`,
        );
        worst = Math.min(worst, sighted.precision);
      }
      return worst;
    },
  }),
};
