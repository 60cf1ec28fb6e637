import { InferenceSession, Tensor } from 'onnxruntime-node';
import { openDetector, sampleModel } from '../detector.ts';
import type { BenchRow } from '../row.ts';

const frames = 30;

export const row: BenchRow = {
  name: 'detect',
  summary: 'Frame to boxes: prepare, session.run and interpret, one thread, frames already scaled',
  unit: 'ms',
  peer: 'bare session.run of onnxruntime-node on the same tensor',
  goal: { ratio: { atMost: 1.1 } },
  rounds: 7,
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
    const values = Float32Array.from(detector.preparation.tensor);
    const shape = [1, 3, manifest.input.height, manifest.input.width];
    return {
      ours: async () => {
        const began = performance.now();
        for (let frame = 0; frame < frames; frame++) await detector.detect(frame);
        return (performance.now() - began) / frames;
      },
      peer: async () => {
        const began = performance.now();
        for (let frame = 0; frame < frames; frame++) {
          await session.run({ [manifest.input.name]: new Tensor('float32', values, shape) }, [manifest.output.name]);
        }
        return (performance.now() - began) / frames;
      },
      close: async () => {
        await session.release();
        await detector[Symbol.asyncDispose]();
      },
    };
  },
};
