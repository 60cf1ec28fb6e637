import { harbourConditions, hauntedHarbors, watchHarbors } from '../harbour-conditions.ts';
import { cpuTime } from '../harbour-watch.ts';
import type { BenchRow } from '../row.ts';

const seeds = Array.from({ length: 24 }, (_, index) => 101 + index);

export const row: BenchRow = {
  name: 'sighting-conditions',
  summary:
    'The worst precision of sighted vessels before a quay camera in 24 simulated harbors, under each of several faults: a wrong calibration, late AIS, a detector that misses half, vessels that are not there.',
  unit: '%',
  goal: { value: { atLeast: 80 } },
  rounds: 1,
  prepare: async ({ report }) => ({
    ours: async () => {
      let worst = 100;
      for (const { name, faults, ...condition } of [...harbourConditions, hauntedHarbors]) {
        const { sighted, unidentified, unseen, cpu } = watchHarbors(seeds, {
          ...condition,
          faults: { ...faults, cpuTime },
        });
        const [ofSighted, ofUnidentified, ofUnseen] = [sighted, unidentified, unseen].map(
          ({ precision, recall }) => `${precision.toFixed(1)} / ${recall.toFixed(1)} %`,
        );
        const { right, wrong, missed } = unseen.sum;
        const alarms = `${right} rightly and ${wrong} wrongly unseen`;
        const ofGhosts = right + missed > 0 ? `${alarms}, ${ofUnseen}` : alarms;
        report(
          `${name}: precision / recall ${ofSighted} of sighted, ${ofUnidentified} of unidentified; ${ofGhosts}; ${cpu.toFixed(0)} µs a frame`,
        );
        worst = Math.min(worst, sighted.precision);
      }
      return worst;
    },
  }),
};
