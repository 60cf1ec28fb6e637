import { InferenceSession, Tensor } from 'onnxruntime-node';
import { outputNames } from '../../models/families.ts';
import { openDetector, sampleModel } from '../detector.ts';
import type { BenchRow } from '../row.ts';

/** Few in a round and many rounds: the moods of a machine change within a second by more than the goal is wide. */
const frames = 5;

/** CPU time a frame in ms: one thread works at a time, and what else runs on the machine matters less. */
const measured = async (work: (frame: number) => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  for (let frame = 0; frame < frames; frame++) await work(frame);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / frames;
};

export const row: BenchRow = {
  name: 'detect',
  summary: 'Frame to boxes: prepare, session.run and interpret, one thread, frames already scaled, in CPU time',
  unit: 'ms',
  peer: 'bare session.run of onnxruntime-node on the same tensor',
  goal: { ratio: { atMost: 1.1 } },
  rounds: 41,
  prepare: async ({ report }) => {
    const detector = await openDetector();
    const { manifest } = detector;
    report(`${manifest.name}, ${manifest.input.width} × ${manifest.input.height}`);
    const session = await InferenceSession.create(sampleModel().weights, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
    });
    detector.prepare(0);
    const values = Float32Array.from(detector.preparation.tensor);
    const shape = [1, 3, manifest.input.height, manifest.input.width];
    return {
      ours: () => measured(detector.detect),
      peer: () =>
        measured(() =>
          session.run({ [manifest.input.name]: new Tensor('float32', values, shape) }, outputNames(manifest.output)),
        ),
      close: async () => {
        await session.release();
        await detector[Symbol.asyncDispose]();
      },
    };
  },
};
