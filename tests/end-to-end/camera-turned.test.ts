/** A camera that is turned while nobody looks: the gateway knows afterwards what it looked at before. */
import { expect, test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { openRtspServer } from '../../simulators/cameras/video/rtsp-server.ts';
import { openFilm, openSpoiledFilm } from '../../simulators/scenes/film.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
/** Of the tests that play the same film. */
const seed = 20_261_125;

test.skipIf(missing !== undefined)(
  'a camera that was turned while the gateway was down is told to be moved, and one that was not is not',
  { timeout: 240_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    const signal = AbortSignal.timeout(240_000);
    const view = { scene: 'street', seed, width: 320, height: 180, fps: 5, signal } as const;
    const film = await openFilm(view);
    const openCamera = () =>
      openRtspServer({
        ...{ film, host: '127.0.0.1', port: 0, path: '/live', transports: 'tcp', clock: systemClock },
        random: () => 0.5,
      });
    await using turned = await openCamera();
    await using left = await openCamera();
    const apiPort = await freePort();
    const device = (id: string, port: number) =>
      JSON.stringify({
        ...{ id, driver: 'rtsp-camera', name: `Camera ${id}`, location: [107.5905, 16.4675] },
        url: `rtsp://127.0.0.1:${port}/live`,
        detect: { model: 'simulated-scenes', fps: 1, look: '10m', health: { settle: '2s' } },
      });
    const file = await configFile(
      folder.path,
      `${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
devices:
  - ${device('cam-1', turned.port)}
  - ${device('cam-2', left.port)}
pipelines:
  - { name: cameras, from: [cam-1, cam-2], stages: [{ stage: camera-signals, settle: 0s }] }
`,
    );
    const impaired = () =>
      [...center.events.values()].filter(({ type }) => type === 'vn.ioc.urban-camera.camera.impaired.v1');
    const looked = (gateway: Awaited<ReturnType<typeof startGateway>>, least: number) =>
      until(
        'many pictures of both are looked at',
        async () => (await gateway.status())?.devices.every(({ observations }) => observations >= least),
        100_000,
      );
    {
      await using gateway = await startGateway(file, apiPort);
      await looked(gateway, 25);
      expect(impaired()).toEqual([]);
      await gateway.kill();
    }
    turned.play(await openSpoiledFilm(view, 'moved'));
    await using gateway = await startGateway(file, apiPort);
    const told = await until('it is moved', () => impaired()[0], 60_000);
    expect(told).toMatchObject({ subject: 'camera/cam-1', data: { signal: 'moved', by: 'gateway' } });
    await looked(gateway, 15);
    expect(impaired().map(({ subject, data }) => [subject, data['signal']])).toEqual([['camera/cam-1', 'moved']]);
    expect(await gateway.stop()).toBe(0);
  },
);
