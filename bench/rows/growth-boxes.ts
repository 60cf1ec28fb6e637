import type { Detection } from '../../pipelines/detect/interpret.ts';
import { createTracker } from '../../pipelines/detect/tracker.ts';
import { createRandom } from '../../simulators/world/random.ts';
import type { BenchRow } from '../row.ts';

const few = 10;
const many = 300;
/** Of each round, for both. */
const boxes = 120_000;
const interval = 333;

/** Persons who walk about: each has its own way through the picture, and every tenth box is doubtful. */
const walking = (count: number): (() => number) => {
  const random = createRandom(count, 'boxes');
  const walkers = Array.from({ length: count }, () => ({
    x: random(),
    y: 0.05 + 0.7 * random(),
    speed: 0.04 * (random() - 0.5),
  }));
  let names = 0;
  let picture = 0;
  const tracker = createTracker(() => `t${++names}`);
  return () => {
    const pictures = Array.from({ length: boxes / count }, () => {
      const time = picture++ * interval;
      const all = walkers.map(({ x, y, speed }): Detection => {
        const along = (x + (speed * time) / 1000) % 1;
        const box = { x: along < 0 ? along + 1 : along, y, width: 0.02, height: 0.06 };
        return { label: 'person', score: random() < 0.1 ? 0.3 : 0.8, box };
      });
      return {
        time,
        sure: all.filter(({ score }) => score >= 0.5),
        doubtful: all.filter(({ score }) => score < 0.5),
      };
    });
    const began = process.cpuUsage();
    for (const { time, sure, doubtful } of pictures) tracker.step(sure, time, doubtful);
    const { user, system } = process.cpuUsage(began);
    return (user + system) / boxes;
  };
};

export const row: BenchRow = {
  name: 'growth-boxes',
  summary: `CPU time of a box through the tracker, with ${many} boxes in each picture`,
  unit: 'µs',
  peer: `the same with ${few} boxes`,
  goal: { value: { atMost: 50 } },
  prepare: async () => {
    const large = walking(many);
    const small = walking(few);
    return { ours: async () => large(), peer: async () => small() };
  },
};
