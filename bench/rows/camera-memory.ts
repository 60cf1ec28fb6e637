import { missingPrograms } from '../../tests/support/resources.ts';
import { openCameraSite } from '../cameras.ts';
import type { BenchRow } from '../row.ts';

const few = 1;
const many = 8;
/** After a camera begins, until its decoder and its model are warm. */
const settles = 10_000;

export const row: BenchRow = {
  name: 'camera-memory',
  summary: `Memory of the vision process and its decoders for each camera more, 720p at 10 pictures a second, ${many} beside ${few}`,
  unit: 'MiB a camera',
  goal: {},
  rounds: 1,
  missing: () => (process.platform === 'linux' ? missingPrograms('ffmpeg') : 'it reads /proc'),
  prepare: async ({ report }) => {
    const site = await openCameraSite({ scene: 'street', width: 1280, fps: 10 });
    const grow = async (count: number): Promise<number> => {
      for (let camera = 0; camera < count; camera++) await site.add();
      await new Promise(resolve => setTimeout(resolve, settles));
      return site.megabytes();
    };
    const first = await grow(few);
    const all = await grow(many - few);
    report(`${few} camera: ${first.toFixed(0)} MiB, ${many} cameras: ${all.toFixed(0)} MiB`);
    return {
      ours: async () => (site.megabytes() - first) / (many - few),
      close: async () => {
        await site[Symbol.asyncDispose]();
      },
    };
  },
};
