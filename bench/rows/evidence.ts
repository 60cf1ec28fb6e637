import { missingPrograms } from '../../tests/support/resources.ts';
import { type CameraSite, openCameraSite } from '../cameras.ts';
import { openQuietStream } from '../quiet-stream.ts';
import type { BenchRow } from '../row.ts';

const sub = { width: 640, height: 360, fps: 15 };
const main = { width: 1920, height: 1080, fps: 25 };
const detect = { model: 'simulated-scenes', fps: 5, snapshot: { width: 1280 } };
const windowSeconds = 15;
/** After the cameras begin, until decoders and model are warm. */
const settles = 10_000;

const sleep = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));

const measure = async ({ cpuSeconds }: CameraSite): Promise<number> => {
  const before = cpuSeconds();
  const began = performance.now();
  await sleep(windowSeconds * 1000);
  return (cpuSeconds() - before) / ((performance.now() - began) / 1000);
};

export const row: BenchRow = {
  name: 'evidence',
  summary: `A quiet camera with pictures of events ${detect.snapshot.width} wide: watched by ${sub.width} × ${sub.height} at ${sub.fps}, key frames of ${main.width} × ${main.height} at ${main.fps}, by the whole vision process with its decoders`,
  unit: 's of CPU a second',
  peer: 'the same, watched by the larger stream alone',
  goal: { ratio: { atMost: 1 } },
  rounds: 3,
  missing: () => (process.platform === 'linux' ? missingPrograms('ffmpeg') : 'it reads /proc'),
  prepare: async ({ folder }) => {
    await using opening = new AsyncDisposableStack();
    // Each is closed by the site that watches it.
    const larger = await openQuietStream(main);
    const smaller = await openQuietStream(sub);
    const { url } = larger.address;
    const both = { ...smaller, address: { ...smaller.address, evidence: url } };
    const ours = opening.use(await openCameraSite(both, folder));
    const peer = opening.use(await openCameraSite(larger, folder));
    for (const site of [ours, peer]) await site.add(detect);
    await sleep(settles);
    const opened = opening.move();
    return { ours: () => measure(ours), peer: () => measure(peer), close: () => opened.disposeAsync() };
  },
};
