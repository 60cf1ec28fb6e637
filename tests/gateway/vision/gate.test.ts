import { it } from 'vitest';
import type { Detections } from '../../../core/observation.ts';
import { systemClock } from '../../../core/time.ts';
import { openVision } from '../../../gateway/vision/open.ts';
import { simulator } from '../../../simulators/cameras/onvif-camera.ts';
import { tellCamera } from '../../../simulators/cameras/video/tell.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';
import { missingPrograms, until } from '../../support/resources.ts';

const motion = (isThere: boolean) => ({ topic: 'VideoSource/MotionAlarm', data: { State: String(isThere) } });

it.skipIf(missingPrograms('ffmpeg') !== undefined)(
  'a busy street is looked at only while its camera says that something moves',
  { timeout: 120_000 },
  async () => {
    const login = { username: 'viewer', password: 's3cret of the camera' };
    await using camera = await simulator.start(
      { scene: 'street', width: 320, fps: 5, ...login },
      {
        ...{ world: createWorld(20_261_125), clock: systemClock, log: recordedLog() },
        ...{ signal: new AbortController().signal, random: () => 0.5 },
      },
    );
    await using vision = openVision({ log: recordedLog() });
    const context = createContext({ secrets: { CAMERA_PASSWORD: login.password } });
    const own = { ...camera.address, username: login.username, password: '$' + '{env:CAMERA_PASSWORD}' };
    const detect = { model: 'simulated-scenes', fps: 2, look: '10m', gate: 'events' };
    const seen: Detections[] = [];
    let batches = 0;
    const run = async (): Promise<void> => {
      for await (const { items } of vision.device('cam-1', 'onvif-camera', own, detect).open(context)) {
        batches++;
        seen.push(...items.filter(item => item.kind === 'detections'));
      }
    };
    const ended = run();
    /** For four signs of life in a row nothing is inferred. */
    const rests = async (): Promise<void> => {
      let last = -1;
      let since = batches;
      await until(
        'nothing is inferred any more',
        () => {
          if (seen.length !== last) since = batches;
          last = seen.length;
          return batches - since >= 4;
        },
        60_000,
      );
    };

    // Until the camera has said for the first time how it is, its pictures decide.
    await until('pictures of the street are inferred', () => seen.length >= 4, 60_000);
    await tellCamera(camera, motion(false));
    await rests();
    const before = seen.length;
    await tellCamera(camera, motion(true));
    await until('pictures are inferred', () => seen.length >= before + 4, 30_000);
    await tellCamera(camera, motion(false));
    await rests();
    context.abort();
    await ended;
  },
);
