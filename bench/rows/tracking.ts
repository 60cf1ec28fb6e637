import { loadModel, modelFolder } from '../../models/load.ts';
import { lowestThreshold, thresholdOf } from '../../models/manifest.ts';
import { detectClip } from '../../models/training/judging.ts';
import { doubtfulFrom } from '../../pipelines/detect/thresholds.ts';
import { createView, sceneNames } from '../../simulators/world/view.ts';
import type { BenchRow } from '../row.ts';
import { type FoundPicture, scoreScenes, truthOf, unseenSeeds } from '../tracking.ts';

/** Pictures a second, and every how many of them the tracker gets. */
const fps = 5;
const steps = [1, 2] as const;

export const row: BenchRow = {
  name: 'tracking',
  summary:
    'The worse MOTA of the tracker over what the shipped model finds in the film of simulated streets and harbors at 5 and 2.5 pictures a second. What the model misses is missed, whoever tracks.',
  unit: 'MOTA',
  goal: { value: { atLeast: 0.9 } },
  rounds: 1,
  prepare: async ({ report }) => {
    const model = await loadModel(modelFolder('simulated-scenes'));
    const threshold = doubtfulFrom(lowestThreshold(model.manifest));
    const scenesOf = new Map<string, (readonly FoundPicture[])[]>();
    for (const scene of sceneNames) {
      const scenes: (readonly FoundPicture[])[] = [];
      for (const seed of unseenSeeds) {
        const view = createView(seed, scene);
        const pictures: FoundPicture[] = [];
        const clip = { scene, seed, start: 30_000, duration: 20_000 };
        for await (const { instant, found } of detectClip(model, clip, { fps, threshold }))
          pictures.push({ instant, truth: truthOf(view, instant), found });
        scenes.push(pictures);
        report(`${scene} ${seed}: ${pictures.length} pictures looked at`);
      }
      scenesOf.set(scene, scenes);
    }
    return {
      ours: async () => {
        let worst = 1;
        for (const [scene, scenes] of scenesOf) {
          for (const step of steps) {
            const score = scoreScenes(scenes, step, label => thresholdOf(model.manifest, label));
            const { mota, idf1, boxes, misses, falseAlarms, switches } = score;
            report(
              `${scene} at ${fps / step} pictures a second: MOTA ${mota.toFixed(3)}, IDF1 ${idf1.toFixed(3)}; of ${boxes} boxes ${misses} missed, ${falseAlarms} false, ${switches} switches`,
            );
            worst = Math.min(worst, mota);
          }
        }
        return worst;
      },
      close: async () => {
        await model[Symbol.asyncDispose]();
      },
    };
  },
};
