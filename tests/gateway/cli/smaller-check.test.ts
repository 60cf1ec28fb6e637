import { expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.ts';
import { checkSmaller } from '../../../gateway/cli/smaller-check.ts';
import { siteSections } from '../../support/gateway.ts';
import { manifestOf, writeModel } from '../../support/models.ts';
import { temporaryFolder } from '../../support/resources.ts';

/** What is said of a camera whose smaller model has these labels; its own is the shipped one. */
const check = async (labels: string[]) => {
  await using folder = await temporaryFolder();
  const weights = Buffer.from('any');
  const output = { family: 'yolov8', name: 'output' } as const;
  const redact = { person: [], vehicle: [] };
  await writeModel(folder.path, weights, manifestOf(weights, { output, redact, labels, nms: 0.5 }));
  const text = `${siteSections({ folder: folder.path, apiPort: 8080 })}
devices:
  - id: cam-1
    driver: rtsp-camera
    url: "rtsp://127.0.0.1/live"
    detect: { model: simulated-scenes, smaller: ${folder.path} }
`;
  const { config, texts } = parseConfig(text, 'gateway.yaml');
  if (config === undefined) throw new Error('the configuration was refused');
  return checkSmaller(config, texts);
};

it('the check says which labels a smaller model lacks, before a camera refuses it', async () => {
  expect(await check(['person', 'motorbike', 'car', 'bus', 'boat'])).toEqual([]);
  expect(await check(['person', 'car', 'bus', 'boat'])).toMatchObject([
    {
      path: 'devices[0].detect.smaller',
      line: expect.any(Number),
      message: 'tiny does not know motorbike, as simulated-scenes does',
      advice: 'Name a model with the same labels, or leave "smaller" out.',
    },
  ]);
});
