import { expect, it } from 'vitest';
import type { Detections } from '../../../core/observation.ts';
import { systemClock } from '../../../core/time.ts';
import { openVision } from '../../../gateway/vision/open.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';
import { manifestOf, writeModel } from '../../support/models.ts';
import { encodeConstants } from '../../support/onnx.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

it.skipIf(missingPrograms('ffmpeg', 'ffprobe') !== undefined)(
  'parts of a busy street are looked at beside the whole, without any picture kept, and none while the machine asks for less',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    // One person in the middle of whatever it is shown: 64 × 36 pixels of the 64 × 40 that it takes.
    const weights = encodeConstants(
      { type: 'float32', dimensions: [1, 3, 40, 64] },
      { output: { type: 'float32', dimensions: [1, 5, 1], values: [32, 18, 6, 12, 0.875] } },
    );
    await writeModel(
      folder.path,
      weights,
      manifestOf(weights, {
        ...{ name: 'middle', output: { family: 'yolov8', name: 'output' }, labels: ['person'], nms: 0.5 },
        redact: { person: ['person'], vehicle: [] },
      }),
    );
    await using camera = await simulator.start(
      { scene: 'street', width: 320, fps: 5 },
      {
        ...{ world: createWorld(20_261_125), clock: systemClock, log: recordedLog(), random: () => 0.5 },
        signal: new AbortController().signal,
      },
    );
    await using vision = openVision({ log: recordedLog() });
    const context = createContext();
    const seen: Detections[] = [];
    const detect = { model: folder.path, fps: 5, look: '1s', regions: 'on' };
    const run = async (): Promise<void> => {
      for await (const { items } of vision.device('cam-1', 'rtsp-camera', camera.address, detect).open(context)) {
        seen.push(...items.filter(item => item.kind === 'detections'));
      }
    };
    const ended = run();
    const looked = (): number => context.counts.get('inference.region') ?? 0;
    await until('parts are looked at', () => looked() >= 3, 40_000);
    expect(seen.every(({ snapshot }) => snapshot === undefined)).toBe(true);

    vision.setPace({ share: 0.5, model: 'usual', pictures: 'kept' });
    let count = seen.length;
    await until('what was under way is over', () => seen.length >= count + 2, 20_000);
    const before = looked();
    count = seen.length;
    await until('pictures are looked at', () => seen.length >= count + 3, 20_000);
    expect(looked()).toBe(before);
    context.abort();
    await ended;
  },
);
