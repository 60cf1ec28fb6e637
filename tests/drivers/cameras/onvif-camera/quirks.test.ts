/** Each thing that firmwares do otherwise, by name; one simulated camera does them all, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CameraSignal, Observation } from '../../../../core/observation.ts';
import type { RunningSimulator } from '../../../../core/simulator.ts';
import { driver } from '../../../../drivers/cameras/onvif-camera/driver.ts';
import { pauseAfter } from '../../../../drivers/cameras/onvif-camera/signals.ts';
import { type Quirk, quirks } from '../../../../simulators/cameras/video/onvif-events.ts';
import { setQuirk, tellCamera } from '../../../../simulators/cameras/video/tell.ts';
import { missingPrograms, until } from '../../../support/resources.ts';
import { startSimulator } from '../../../support/simulate.ts';
import { createContext, type TestContext } from '../../support/context.ts';

const login = { username: 'operator', password: 's3cret of the camera' };

const listen = (camera: RunningSimulator) => {
  const context = createContext({ secrets: { CAMERA_PASSWORD: login.password } });
  const config = { ...camera.address, username: login.username, password: `\${env:CAMERA_PASSWORD}` };
  const device = driver.bindWithoutFrames?.('cam-1', config);
  const items: Observation[] = [];
  let batches = 0;
  const run = async (): Promise<void> => {
    for await (const batch of device?.open(context) ?? []) {
      batches++;
      items.push(...batch.items);
    }
  };
  const ended = run().then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return {
    context,
    ended,
    batches: () => batches,
    signals: () => items.filter((item): item is CameraSignal => item.kind === 'camera-signal'),
    [Symbol.asyncDispose]: async () => {
      context.abort();
      expect(await ended).toBeUndefined();
    },
  };
};

type Listening = ReturnType<typeof listen>;

const motion = (value: boolean) => ({
  topic: 'VideoSource/MotionAlarm',
  source: { Source: 'VideoSource_1' },
  data: { State: String(value) },
});

const inside = (object: string, value: boolean) => ({
  topic: 'RuleEngine/FieldDetector/ObjectsInside',
  source: { VideoSourceConfigurationToken: 'lens', Rule: 'gate' },
  key: { ObjectId: object },
  data: { IsInside: String(value) },
});

const countOf = ({ counts }: TestContext, reason: string): number => counts.get(reason) ?? 0;

/** What is to be seen before the camera tells that the motion ended. */
const meanwhile: Partial<Record<Quirk, (listening: Listening) => Promise<unknown>>> = {
  'kept-by-renewal': async ({ batches, context }) => {
    const before = batches();
    await until('it lives longer than a subscription', () => batches() > before + 4);
    expect(countOf(context, 'subscription.renewed')).toBe(0);
  },
  'renewal-refused': async ({ context }) => {
    await until('it is made anew', () => countOf(context, 'subscription.renewed') > 0);
    expect(countOf(context, 'renewal.refused')).toBe(1);
  },
  forgets: async ({ context }) => {
    const before = countOf(context, 'subscription.renewed');
    await until('it was forgotten', () => countOf(context, 'subscription.renewed') > before);
    const began = performance.now();
    const then = countOf(context, 'subscription.renewed');
    await until('it was forgotten again', () => countOf(context, 'subscription.renewed') > then);
    expect(performance.now() - began).toBeGreaterThan(900);
  },
  'local-time': async ({ signals, context }) => {
    expect(context.log.lines.map(({ message }) => message)).toContain("the camera's clock is 7h ahead");
    const [begun] = signals().filter(({ timeFrom }) => timeFrom === 'device');
    expect(Math.abs(Date.now() - (begun?.time ?? 0))).toBeLessThan(30_000);
  },
};

/** The others have a test of their own below. */
const heard = quirks.filter(quirk => quirk !== 'no-pull-point' && quirk !== 'clock-jumped');

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('a camera with the quirk', () => {
  let camera: RunningSimulator;
  beforeAll(async () => {
    camera = await startSimulator('onvif-camera', { scene: 'street', width: 320, fps: 5, ...login });
  }, 60_000);
  afterAll(() => camera[Symbol.asyncDispose]());

  it.each(heard)(
    '%s is heard',
    async quirk => {
      await setQuirk(camera, quirk);
      await tellCamera(camera, motion(false));
      await using listening = listen(camera);
      await until('it is subscribed', () => listening.signals().length > 0);
      await tellCamera(camera, motion(true));
      await until('motion', () => listening.signals().at(-1)?.state === 'begun');
      await meanwhile[quirk]?.(listening);
      await tellCamera(camera, motion(false));
      await until('its end', () => listening.signals().at(-1)?.state === 'ended');
      expect(listening.signals().at(-1)).toMatchObject({ signal: 'motion', source: 'VideoSource_1' });
    },
    30_000,
  );

  it('clock-jumped is heard on by tokens of its new time, and dates right', async () => {
    const guarded = { ...login, authentication: 'token', clockOffsetSeconds: 7200 };
    await using other = await startSimulator('onvif-camera', { scene: 'street', width: 320, fps: 5, ...guarded });
    await tellCamera(other, motion(false));
    await using listening = listen(other);
    await until('it is subscribed', () => listening.signals().length > 0);
    await setQuirk(other, 'clock-jumped');
    await tellCamera(other, motion(true));
    await until('motion', () => listening.signals().at(-1)?.state === 'begun');
    await tellCamera(other, motion(false));
    await until('its end', () => listening.signals().at(-1)?.state === 'ended');
    const last = listening.signals().at(-1);
    expect(last?.timeFrom).toBe('device');
    expect(Math.abs(Date.now() - (last?.time ?? 0))).toBeLessThan(30_000);
    expect(countOf(listening.context, 'subscription.renewed')).toBe(0);
  }, 30_000);

  it('no-pull-point is told of as one without events', async () => {
    await setQuirk(camera, 'no-pull-point');
    const listening = listen(camera);
    expect(await listening.ended).toMatchObject({ kind: 'unsupported', advice: expect.stringContaining('"detect"') });
  });

  it('that forgets its objects when it restarts is taken to see none of them any more', async () => {
    await setQuirk(camera, undefined);
    await using listening = listen(camera);
    const objects = (): readonly string[] =>
      listening
        .signals()
        .filter(({ signal }) => signal === 'field-entered')
        .map(({ object, state }) => `${object} ${state}`);
    await until('it is subscribed', () => listening.batches() > 0 || listening.signals().length > 0);
    await tellCamera(camera, inside('7', true));
    await tellCamera(camera, inside('8', true));
    await tellCamera(camera, inside('7', false));
    await until('all are heard', () => objects().length === 3);
    await tellCamera(camera, 'forget');
    await until('the other one is gone', () => objects().length === 4);
    expect(objects()).toEqual(['7 begun', '8 begun', '7 ended', '8 ended']);
  }, 30_000);
});

it('a camera that forgets every subscription is left alone for longer and longer, up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 60].map(pauseAfter)).toEqual([1, 2, 4, 8, 16, 30, 30, 30].map(each => each * 1000));
});
