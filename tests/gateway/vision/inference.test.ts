import { expect, it } from 'vitest';
import { openInference } from '../../../gateway/vision/inference.ts';
import { modelFolder } from '../../../models/load.ts';

it('the model is run for what moves before mere looks, once the picture that it has is done', async () => {
  await using inference = openInference(failure => expect.unreachable(failure.message));
  const folder = modelFolder('simulated-scenes');
  await inference.load(folder);
  const served: string[] = [];
  const ask = async (camera: number, urgency: 'motion' | 'look'): Promise<void> => {
    const picture = { width: 320, height: 180, pixels: new Uint8Array(320 * 180 * 3) };
    const { found, waited } = await inference.infer({ camera, urgency, folder, picture, threshold: 0.5 });
    expect(found).toEqual([]);
    expect(waited).toBeGreaterThanOrEqual(0);
    served.push(`${urgency} of ${camera}`);
  };
  await Promise.all([ask(1, 'look'), ask(2, 'look'), ask(3, 'motion'), ask(4, 'look'), ask(5, 'motion')]);
  expect(served).toEqual(['look of 1', 'motion of 3', 'motion of 5', 'look of 2', 'look of 4']);
});
