import { describe, expect, it } from 'vitest';
import type { Detections } from '../../../core/observation.ts';
import { systemClock } from '../../../core/time.ts';
import { openVision } from '../../../gateway/vision/open.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';
import { manifestOf, writeModel } from '../../support/models.ts';
import { encodeConstants } from '../../support/onnx.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

/** A model with a smaller input than the shipped one, which always finds one person in the middle. */
const writeSmaller = async (folder: string, labels: readonly string[]): Promise<void> => {
  // Center and size in pixels of the input, then a score a label.
  const values = [32, 20, 16, 20, 0.875, ...labels.slice(1).map(() => 0)];
  const weights = encodeConstants(
    { type: 'float32', dimensions: [1, 3, 40, 64] },
    { output: { type: 'float32', dimensions: [1, 4 + labels.length, 1], values } },
  );
  const redact = { person: ['person'], vehicle: [] };
  const output = { family: 'yolov8', name: 'output' } as const;
  await writeModel(
    folder,
    weights,
    manifestOf(weights, { name: 'smaller', output, labels: [...labels], redact, nms: 0.5 }),
  );
};

describe.skipIf(missingPrograms('ffmpeg', 'ffprobe') !== undefined)('a camera with a smaller model', () => {
  it('is looked at with it while the machine asks for it, and with its own again', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder();
    await writeSmaller(folder.path, ['person', 'motorbike', 'car', 'bus', 'boat']);
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
    const detect = { model: 'simulated-scenes', smaller: folder.path, fps: 5, look: '1s' };
    const run = async (): Promise<void> => {
      for await (const { items } of vision.device('cam-1', 'rtsp-camera', camera.address, detect).open(context)) {
        seen.push(...items.filter(item => item.kind === 'detections'));
      }
    };
    const ended = run();
    const modelNow = (): string | undefined => seen.at(-1)?.detector.model;
    await until('its own model looks', () => modelNow() === 'simulated-scenes', 40_000);

    vision.setPace({ share: 1, model: 'smaller', pictures: 'kept' });
    await until('the smaller one looks', () => modelNow() === 'smaller' && seen.at(-1)?.objects.length === 1, 20_000);
    const [found] = seen.at(-1)?.objects ?? [];
    expect(found).toMatchObject({ label: 'person', confidence: 0.875 });
    // The middle of what it was shown: 64 × 36 pixels of the 64 × 40 that it takes.
    expect(found?.box.x).toBeCloseTo(24 / 64);
    expect(found?.box.y).toBeCloseTo(10 / 36);

    vision.setPace({ share: 1, model: 'usual', pictures: 'kept' });
    await until('its own looks again', () => modelNow() === 'simulated-scenes', 20_000);
    const said = context.log.lines.filter(({ message }) => message === 'another model looks from now on');
    expect(said.map(({ fields }) => fields?.['model'])).toEqual(['smaller', 'simulated-scenes']);

    // One that cannot stand in is refused before it looks.
    await writeSmaller(folder.path, ['person']);
    const refused = vision.device('cam-2', 'rtsp-camera', camera.address, detect).open(createContext());
    await expect(refused[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('smaller does not know motorbike, car, bus, boat'),
    });
    context.abort();
    await ended;
  });
});
