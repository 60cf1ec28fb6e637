import { openDetector } from '../detector.ts';
import type { BenchRow } from '../row.ts';

const frames = 200;

export const row: BenchRow = {
  name: 'detect-steps',
  summary: 'What detection adds to the model: prepare and interpret of one frame already scaled, in CPU time',
  unit: 'ms',
  goal: { value: { atMost: 1.5 } },
  prepare: async ({ report }) => {
    const detector = await openDetector();
    report(`${detector.manifest.name}, ${detector.manifest.input.width} × ${detector.manifest.input.height}`);
    const outputs = await Promise.all(detector.pictures.map((_, index) => detector.infer(index)));
    return {
      ours: async () => {
        const began = process.cpuUsage();
        for (let frame = 0; frame < frames; frame++) {
          const output = outputs[frame % outputs.length];
          if (output !== undefined) detector.interpret(output, detector.prepare(frame));
        }
        const { user, system } = process.cpuUsage(began);
        return (user + system) / 1000 / frames;
      },
      close: async () => detector[Symbol.asyncDispose](),
    };
  },
};
