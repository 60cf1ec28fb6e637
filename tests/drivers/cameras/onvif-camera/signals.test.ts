import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../../core/batch.ts';
import type { CameraSignal, Frame, Observation } from '../../../../core/observation.ts';
import type { RunningSimulator } from '../../../../core/simulator.ts';
import { systemClock } from '../../../../core/time.ts';
import { driver } from '../../../../drivers/cameras/onvif-camera/driver.ts';
import { simulator } from '../../../../simulators/cameras/onvif-camera.ts';
import { tellCamera } from '../../../../simulators/cameras/video/tell.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { missingPrograms, until } from '../../../support/resources.ts';
import { createContext, recordedLog } from '../../support/context.ts';

const password = 's3cret of the camera';
const login = { username: 'operator', password };

const start = (config: object = {}): Promise<RunningSimulator> =>
  simulator.start(
    { scene: 'street', width: 320, fps: 5, ...login, ...config },
    {
      world: createWorld(20_261_125),
      clock: systemClock,
      log: recordedLog(),
      signal: AbortSignal.timeout(120_000),
      random: () => 0.5,
    },
  );

const configOf = ({ address }: RunningSimulator) => ({
  ...address,
  username: login.username,
  password: '$' + '{env:CAMERA_PASSWORD}',
});

const listen = (camera: RunningSimulator, pictures: 'with pictures' | 'alone' = 'alone') => {
  const context = createContext({ secrets: { CAMERA_PASSWORD: password } });
  const bind = pictures === 'alone' ? driver.bindWithoutFrames : driver.bind;
  if (bind === undefined) throw new Error('it cannot do without pictures');
  const batches: Batch<Observation | Frame>[] = [];
  const run = async (): Promise<void> => {
    for await (const batch of bind('cam-1', configOf(camera)).open(context)) batches.push(batch);
  };
  const ended = run().then(
    () => undefined,
    (failure: unknown) => failure,
  );
  const items = () => batches.flatMap(batch => batch.items);
  return {
    context,
    batches,
    ended,
    items,
    signals: () => items().filter((item): item is CameraSignal => item.kind === 'camera-signal'),
    stop: async () => {
      const began = performance.now();
      context.abort();
      expect(await ended).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(1000);
    },
  };
};

const motion = (value: boolean) => ({
  topic: 'VideoSource/MotionAlarm',
  source: { Source: 'VideoSource_1' },
  data: { State: String(value) },
});

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('events of an ONVIF camera', () => {
  it('come as the camera tells them, without any picture, and end with their device', async () => {
    await using camera = await start();
    const listening = listen(camera);
    await tellCamera(camera, motion(true));
    await until('motion', () => listening.signals().length === 1);
    await tellCamera(camera, motion(false));
    await until('its end', () => listening.signals().length === 2);
    expect(listening.signals()).toMatchObject([
      { device: 'cam-1', signal: 'motion', state: 'begun', by: 'camera', source: 'VideoSource_1' },
      { signal: 'motion', state: 'ended', timeFrom: 'device' },
    ]);
    expect(new Set(listening.items().map(({ kind }) => kind))).toEqual(new Set(['camera-signal']));
    await tellCamera(camera, {
      topic: 'Monitoring/OperatingTime/LastReboot',
      data: { Status: '2026-01-01T00:00:00Z' },
    });
    await until('what is not reported is counted', () => listening.context.counts.get('ignored.topic') === 1);
    expect(listening.context.commands.isOffered('ptz')).toBe(true);
    await listening.stop();
  });

  it('are heard beside the pictures', async () => {
    await using camera = await start();
    const listening = listen(camera, 'with pictures');
    await until('a picture', () => listening.items().some(({ kind }) => kind === 'frame'), 30_000);
    await tellCamera(camera, motion(true));
    await until('motion', () => listening.signals().length === 1);
    const before = listening.batches.length;
    await until('pictures go on', () => listening.batches.length > before + 2);
    await listening.stop();
  }, 120_000);

  it('are dated by our clock where that of the camera is wrong', async () => {
    await using camera = await start({ clockOffsetSeconds: 7 * 3600, authentication: 'token' });
    const listening = listen(camera);
    await until('it is subscribed', () => listening.context.commands.isOffered('output.set'));
    await tellCamera(camera, motion(false));
    await until('it is heard', () => listening.signals().length > 0);
    await tellCamera(camera, motion(true));
    await until('motion', () => listening.signals().some(({ state }) => state === 'begun'));
    const begun = listening.signals().find(({ state }) => state === 'begun');
    expect(Math.abs(Date.now() - (begun?.time ?? 0))).toBeLessThan(10_000);
    await listening.stop();
  });

  it('are subscribed to again when the camera forgot the subscription', async () => {
    await using camera = await start();
    const listening = listen(camera);
    await tellCamera(camera, motion(true));
    await until('motion', () => listening.signals().length === 1);
    await tellCamera(camera, 'forget');
    await until('a new subscription', () => listening.context.counts.get('subscription.renewed') === 1);
    await tellCamera(camera, motion(false));
    await until('its end', () => listening.signals().at(-1)?.state === 'ended');
    await listening.stop();
  });

  it('are missed where the camera has none and nothing looks at its pictures, and only then', async () => {
    await using camera = await start({ events: 'off' });
    const alone = listen(camera);
    expect(await alone.ended).toMatchObject({ kind: 'unsupported', advice: expect.stringContaining('"detect"') });
    const seeing = listen(camera, 'with pictures');
    await until('a picture', () => seeing.items().length > 0, 30_000);
    await seeing.stop();
  }, 120_000);
});
