/**
 * `npx node models/training/judge.ts MODEL [FIRST_SEED LAST_SEED [THRESHOLD]]` prints precision and recall of a model on
 * whole scenes of judging seeds, which training never saw (it uses seeds from 1000 on).
 */
import { worldPeriod } from '../../simulators/world/period.ts';
import { sceneNames } from '../../simulators/world/view.ts';
import { loadModel, modelFolder } from '../load.ts';
import { addTallies, judgeClip, precisionOf, recallOf, type Tallies, type Tally, totalOf } from './judging.ts';

const [name = '', first = '1', last = first, threshold] = process.argv.slice(2);
if (name === '') throw new Error('usage: judge.ts MODEL [FIRST_SEED LAST_SEED [THRESHOLD]]');

const row = (label: string, tally: Tally): string =>
  [
    label.padEnd(12),
    `precision ${precisionOf(tally).toFixed(4)}`,
    `recall ${recallOf(tally).toFixed(4)}`,
    `found ${tally.found}, missed ${tally.missed}, wrong ${tally.wrong}`,
  ].join('  ');

await using model = await loadModel(modelFolder(name));
const all: Tallies[] = [];
for (const scene of sceneNames) {
  for (let seed = Number(first); seed <= Number(last); seed++) {
    const tallies = await judgeClip(
      model,
      { scene, seed, start: 0, duration: worldPeriod },
      { fps: 1, ...(threshold !== undefined && { threshold: Number(threshold) }) },
    );
    all.push(tallies);
    process.stdout.write(`${row(`${scene} ${seed}`, totalOf(tallies))}\n`);
  }
}
const sum = addTallies(...all);
for (const [label, tally] of [...sum].sort()) process.stdout.write(`${row(label, tally)}\n`);
process.stdout.write(`${row('all', totalOf(sum))}\n`);
