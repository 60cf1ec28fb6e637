import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../core/time.ts';
import { openVision } from '../../../gateway/vision/open.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

const password = 's3cret of the camera';

test.skipIf(missingPrograms('ffmpeg', 'ffprobe') !== undefined)(
  'the vision process looks at fewer pictures and keeps none while the machine asks for it, also when it begins again',
  { timeout: 60_000 },
  async () => {
    await using folder = await temporaryFolder();
    const simulating = { world: createWorld(20_261_125), clock: systemClock, log: recordedLog(), random: () => 0.5 };
    await using camera = await simulator.start(
      { scene: 'street', width: 320, fps: 8, username: 'viewer', password },
      { ...simulating, signal: new AbortController().signal },
    );
    const media = { folder: folder.path, city: 'hue', gateway: 'gw-1' };
    await using vision = openVision({ log: recordedLog(), media });
    const context = createContext({ secrets: { CAMERA_PASSWORD: password } });
    const config = { ...camera.address, username: 'viewer', password: '$' + '{env:CAMERA_PASSWORD}' };
    const detect = { model: 'simulated-scenes', fps: 8, snapshot: { width: 320, every: '1s' } };
    const read = () => {
      const seen: { time: number; hasPicture: boolean }[] = [];
      const run = async (): Promise<void> => {
        for await (const { items } of vision.device('cam-1', 'rtsp-camera', config, detect).open(context)) {
          for (const item of items) {
            if (item.kind === 'detections') seen.push({ time: item.time, hasPicture: item.snapshot !== undefined });
          }
        }
      };
      return { seen, ended: run().catch((failure: unknown) => failure) };
    };
    /** The shortest time between two pictures that were looked at. */
    const shortest = (times: readonly number[]): number =>
      Math.min(...times.slice(1).map((time, index) => time - (times[index] ?? time)));

    vision.setPace({ share: 0.25, model: 'usual', pictures: 'ordered' });
    const slow = read();
    await until('some are looked at', () => slow.seen.length >= 6, 40_000);
    expect(shortest(slow.seen.map(({ time }) => time))).toBeGreaterThan(400);
    expect(slow.seen.some(({ hasPicture }) => hasPicture)).toBe(false);

    const { pid } = vision;
    vision.startAfresh();
    await slow.ended;
    await until('the process is gone', () => !existsSync(`/proc/${pid}`));
    const again = read();
    await until('some are looked at', () => again.seen.length >= 4, 40_000);
    expect(shortest(again.seen.map(({ time }) => time))).toBeGreaterThan(400);

    vision.setPace({ share: 1, model: 'usual', pictures: 'kept' });
    await until('a picture is kept', () => again.seen.some(({ hasPicture }) => hasPicture), 40_000);
    context.abort();
    await again.ended;
  },
);
