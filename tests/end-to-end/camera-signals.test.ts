/** From what cameras find out and see by themselves to the center, with no picture of them anywhere. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { simulator as onvifCamera } from '../../simulators/cameras/onvif-camera.ts';
import { simulator as onvifMqtt } from '../../simulators/cameras/onvif-mqtt.ts';
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
  'cameras without "detect" tell motion and tampering of their own, also over a restart, and what they see, and nothing decodes their video',
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
    const [apiPort, ownPort] = [await freePort(), await freePort()];
    const device = {
      ...{ id: 'cam-1', driver: 'onvif-camera', name: 'Camera cổng trường', location: [107.5905, 16.4675] },
      ...camera.address,
      ...{ username: 'viewer', password: '$' + '{env:CAMERA_PASSWORD}' },
    };
    const file = await configFile(
      folder.path,
      `${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
broker: { port: ${ownPort} }
devices:
  - ${JSON.stringify(device)}
  - { id: cam-9, driver: onvif-mqtt, prefix: cameras/gate }
pipelines:
  - { name: cameras, from: [cam-1, cam-9], stages: [{ stage: camera-signals, settle: 1s }, { stage: zones }] }
`,
    );
    await using gateway = await startGateway(file, apiPort, { CAMERA_PASSWORD: password });
    const told = (name: string) =>
      [...center.events.values()].filter(
        ({ type, source }) => type === `vn.ioc.urban-camera.camera.${name}.v1` && source.endsWith('/cam-1'),
      );
    const url = `mqtt://127.0.0.1:${ownPort}`;
    await using _publishing = await onvifMqtt.start({ url, prefix: 'cameras/gate', interval: '200ms' }, context);

    const isRunning = async (): Promise<boolean> =>
      (await gateway.status())?.devices.find(({ id }) => id === 'cam-1')?.state === 'running';
    await until('it is read', isRunning);
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
    await until('it is missed', async () => !(await isRunning()), 30_000);
    camera.show(undefined);
    await tellCamera(camera, tampering(false));
    const restored = await until('it sees again', () => told('restored')[0], 30_000);
    expect(restored.correlationid).toBe(impaired.correlationid);
    await tellCamera(camera, motion(false));
    await until('the end of the motion is told', () => told('signaled').length === 2, 30_000);
    expect(told('impaired')).toHaveLength(1);

    const ofPublisher = () => [...center.events.values()].filter(({ source }) => source.endsWith('/cam-9'));
    const typesOf = () => new Set(ofPublisher().map(({ type }) => type.replace('vn.ioc.urban-camera.', '')));
    const wanted = ['camera.signaled.v1', 'object.observed.v1'];
    await until('the other one tells what it saw', () => wanted.every(type => typesOf().has(type)), 30_000);
    const seen = ofPublisher().find(({ type }) => type.endsWith('object.observed.v1'));
    expect(seen?.data).toMatchObject({
      object: { class: expect.stringMatching(/^(?:person|vehicle)$/) },
      detector: { model: 'onvif-mj-Analytics_1', version: 'camera', threshold: 0 },
    });

    const { pid } = gateway.process;
    expect((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()).toBe('');
    expect(await gateway.stop()).toBe(0);
  },
);
