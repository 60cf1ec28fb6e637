/** From what a camera finds out by itself to the center, with no picture of it anywhere. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { tellCamera } from '../../simulators/cameras/video/tell.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const password = 'a password of the camera';

const motion = (isThere: boolean) => ({ topic: 'VideoSource/MotionAlarm', data: { State: String(isThere) } });
const tampering = (isThere: boolean) => ({
  topic: 'RuleEngine/TamperDetector/Tamper',
  source: { Rule: 'Che khuất' },
  data: { IsTamper: String(isThere) },
});

test.skipIf(missing !== undefined)(
  'a camera without "detect" tells motion and tampering of its own, also over its own restart, and nothing decodes its video',
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    const context = {
      world: createWorld(20_261_125),
      clock: systemClock,
      log: silent,
      signal: AbortSignal.timeout(120_000),
      random: () => 0.5,
    };
    await using camera = await onvifCamera.start(
      { scene: 'street', width: 320, fps: 5, username: 'viewer', password },
      context,
    );
    const apiPort = await freePort();
    const device = {
      ...{ id: 'cam-1', driver: 'onvif-camera', name: 'Camera cổng trường', location: [107.5905, 16.4675] },
      ...camera.address,
      ...{ username: 'viewer', password: '$' + '{env:CAMERA_PASSWORD}' },
    };
    const file = await configFile(
      folder.path,
      `${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
devices:
  - ${JSON.stringify(device)}
pipelines:
  - { name: cameras, from: [cam-1], stages: [{ stage: camera-signals, settle: 1s }] }
`,
    );
    await using gateway = await startGateway(file, apiPort, { CAMERA_PASSWORD: password });
    const told = (name: string) =>
      [...center.events.values()].filter(({ type }) => type === `vn.ioc.urban-camera.camera.${name}.v1`);

    await until('it is read', async () => JSON.stringify(await gateway.status()).includes('"running"'));
    await tellCamera(camera, motion(true));
    const begun = await until('motion is told', () => told('signaled')[0]);
    expect(begun).toMatchObject({
      subject: 'camera/cam-1',
      data: {
        ...{ phase: 'begun', signal: 'motion', by: 'camera', locationOf: 'camera' },
        headline: { vi: expect.stringMatching(/^Camera cổng trường phát hiện chuyển động /) },
      },
    });
    await tellCamera(camera, tampering(true));
    const impaired = await until('tampering is told', () => told('impaired')[0]);
    expect(impaired.data).toMatchObject({ signal: 'tamper', rule: 'Che khuất' });

    camera.show('away');
    await until('it is missed', async () => !JSON.stringify(await gateway.status()).includes('"running"'), 30_000);
    camera.show(undefined);
    await tellCamera(camera, tampering(false));
    const restored = await until('it sees again', () => told('restored')[0], 30_000);
    expect(restored.correlationid).toBe(impaired.correlationid);
    await tellCamera(camera, motion(false));
    await until('the end of the motion is told', () => told('signaled').length === 2, 30_000);
    expect(told('impaired')).toHaveLength(1);

    const { pid } = gateway.process;
    expect((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()).toBe('');
    expect(await gateway.stop()).toBe(0);
  },
);
