/** What is ordered of an ONVIF camera, by its driver over real sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outputSet, ptz } from '../../../../core/device-commands.ts';
import type { RunningSimulator } from '../../../../core/simulator.ts';
import { systemClock } from '../../../../core/time.ts';
import { driver } from '../../../../drivers/cameras/onvif-camera/driver.ts';
import { simulator } from '../../../../simulators/cameras/onvif-camera.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { missingPrograms, until } from '../../../support/resources.ts';
import { createContext, recordedLog } from '../../support/context.ts';
import { read } from '../../support/reading.ts';

const login = { username: 'operator', password: 's3cret of the camera' };
const secrets = { CAMERA_PASSWORD: login.password };

const simulate = (config: object = {}): Promise<RunningSimulator> =>
  simulator.start(
    { scene: 'street', width: 320, fps: 5, ...login, ...config },
    {
      // As other tests of simulated cameras, which then find their films rendered.
      world: createWorld(20_261_125),
      clock: systemClock,
      log: recordedLog(),
      signal: AbortSignal.timeout(120_000),
      random: () => 0.5,
    },
  );

const stateSchema = z.object({
  operations: z.array(z.string()),
  head: z
    .object({ position: z.object({ pan: z.number(), tilt: z.number(), zoom: z.number() }), isMoving: z.boolean() })
    .optional(),
  relays: z.record(z.string(), z.enum(['active', 'inactive'])),
});

/** What the camera itself knows. */
const stateOf = async ({ address }: RunningSimulator): Promise<z.output<typeof stateSchema>> =>
  stateSchema.parse(await (await fetch(`http://127.0.0.1:${address['port']}/simulator`)).json());

const positionOf = async (camera: RunningSimulator) => (await stateOf(camera)).head?.position;

/** Waits until the camera is connected, for orders are taken from then on. */
const connect = async (camera: RunningSimulator) => {
  const device = driver.bind('cam-1', {
    ...camera.address,
    username: login.username,
    password: '$' + '{env:CAMERA_PASSWORD}',
  });
  const reading = read(device, { secrets });
  await until(
    'a frame',
    () => {
      const end = reading.ended();
      if (end !== undefined) throw end.failure ?? new Error('it ended');
      return reading.batches() > 0;
    },
    300_000,
  );
  const { commands } = reading.context;
  return {
    offers: (name: string) => commands.isOffered(name),
    move: (move: object) => commands.run(ptz.name, { device: 'cam-1', move }, AbortSignal.timeout(10_000)),
    set: (output: string, state: 'on' | 'off') =>
      commands.run(outputSet.name, { device: 'cam-1', output, state }, AbortSignal.timeout(10_000)),
    stop: reading.stop,
    [Symbol.asyncDispose]: async () => void (await reading.stop()),
  };
};

const skip = missingPrograms('ffmpeg');

describe.skipIf(skip !== undefined)('an ONVIF camera that can be turned', () => {
  let camera: RunningSimulator;
  let connected: Awaited<ReturnType<typeof connect>>;
  beforeAll(async () => {
    camera = await simulate({ authentication: 'digest' });
    connected = await connect(camera);
  }, 120_000);
  afterAll(async () => {
    await connected?.[Symbol.asyncDispose]();
    await camera?.[Symbol.asyncDispose]();
  });

  it('goes where it is told, and tells where it stands', async () => {
    expect(await connected.move({ kind: 'absolute', pan: 0.4, tilt: -0.2, zoom: 0.3 })).toMatchObject({
      state: 'moving',
    });
    await until('it is there', async () => !(await stateOf(camera)).head?.isMoving);
    expect(await connected.move({ kind: 'stop' })).toEqual({ state: 'idle', pan: 0.4, tilt: -0.2, zoom: 0.3 });
  });

  it('keeps the tilt where only the pan is ordered', async () => {
    await connected.move({ kind: 'absolute', pan: 0.1, tilt: 0.1, zoom: 0.2 });
    await until('it is there', async () => !(await stateOf(camera)).head?.isMoving);
    await connected.move({ kind: 'absolute', pan: 0.2 });
    await until('it is there', async () => !(await stateOf(camera)).head?.isMoving);
    expect(await positionOf(camera)).toEqual({ pan: 0.2, tilt: 0.1, zoom: 0.2 });
  });

  it('goes to the places that it remembers, by their names or tokens, and says which there are', async () => {
    await connected.move({ kind: 'preset', preset: 'quay' });
    await until('it is there', async () => (await positionOf(camera))?.pan === 0.25);
    await connected.move({ kind: 'preset', preset: '1' });
    await until('it is there', async () => (await positionOf(camera))?.pan === -0.5);
    await connected.move({ kind: 'home' });
    await until('it is there', async () => (await positionOf(camera))?.pan === 0);
    await expect(connected.move({ kind: 'preset', preset: 'nowhere' })).rejects.toMatchObject({
      kind: 'config',
      advice: 'It knows: gate, quay.',
    });
  });

  it('moves by so much', async () => {
    await connected.move({ kind: 'home' });
    await until('it is there', async () => !(await stateOf(camera)).head?.isMoving);
    await connected.move({ kind: 'relative', pan: -0.1 });
    await until('it is there', async () => (await positionOf(camera))?.pan === -0.1);
  });

  it('is stopped when its time is over, and not by an order before the last one', async () => {
    await connected.move({ kind: 'home' });
    await until('it is there', async () => !(await stateOf(camera)).head?.isMoving);
    await connected.move({ kind: 'continuous', pan: 0.2, seconds: 0.3 });
    const begun = performance.now();
    await connected.move({ kind: 'continuous', pan: 0.2, seconds: 1 });
    await until('it stands still', async () => !(await stateOf(camera)).head?.isMoving);
    expect(performance.now() - begun).toBeGreaterThan(900);
  });

  it('switches a relay, and says which there are', async () => {
    expect(await connected.set('siren', 'on')).toEqual({ output: 'siren', state: 'on' });
    expect((await stateOf(camera)).relays).toEqual({ siren: 'active' });
    await connected.set('siren', 'off');
    expect((await stateOf(camera)).relays).toEqual({ siren: 'inactive' });
    await expect(connected.set('sign', 'on')).rejects.toMatchObject({ kind: 'config', advice: 'It has: siren.' });
  });
});

describe.skipIf(skip !== undefined)('an ONVIF camera', () => {
  it('that ignores the time-out of a movement is stopped all the same', async () => {
    await using camera = await simulate({ head: 'never-stops', authentication: 'token' });
    await using connected = await connect(camera);
    await connected.move({ kind: 'continuous', zoom: 0.1, seconds: 0.3 });
    await until('it stands still', async () => !(await stateOf(camera)).head?.isMoving);
    expect((await stateOf(camera)).operations).toContain('Stop');
  });

  it('is stopped when its connection ends while it moves', async () => {
    await using camera = await simulate({ head: 'never-stops' });
    const connected = await connect(camera);
    await connected.move({ kind: 'continuous', pan: 0.1, seconds: 10 });
    expect(await connected.stop()).toBeLessThan(1000);
    await until('it stands still', async () => !(await stateOf(camera)).head?.isMoving);
    expect(connected.offers(ptz.name)).toBe(false);
  });

  it('that refuses the login in the middle denies what is ordered', async () => {
    await using camera = await simulate({ authentication: 'digest' });
    await using connected = await connect(camera);
    await connected.move({ kind: 'home' });
    camera.show('refuse-login');
    await expect(connected.move({ kind: 'home' })).rejects.toMatchObject({
      kind: 'denied',
      advice: expect.stringContaining('ONVIF user'),
    });
    expect((await stateOf(camera)).operations).toEqual(['GotoHomePosition', 'GetStatus']);
  });

  it('without a head offers no turning', async () => {
    await using camera = await simulate({ head: 'none', relays: [] });
    await using connected = await connect(camera);
    expect(connected.offers(ptz.name)).toBe(false);
    await expect(connected.set('siren', 'on')).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('whose relay returns by itself says after what time', async () => {
    await using camera = await simulate({ relays: [{ token: 'gate', mode: 'monostable', delay: '500ms' }] });
    await using connected = await connect(camera);
    expect(await connected.set('gate', 'on')).toEqual({ output: 'gate', state: 'on', returnsAfterSeconds: 0.5 });
    await until('it is back', async () => (await stateOf(camera)).relays['gate'] === 'inactive');
  });

  it('that is not connected offers nothing', () => {
    const context = createContext();
    expect(context.commands.isOffered(ptz.name)).toBe(false);
    expect(driver.bind('cam-1', { host: '127.0.0.1' }).commands).toEqual([ptz.name, outputSet.name]);
  });
});
