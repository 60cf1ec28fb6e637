/** From a lens that goes wrong to the center: each condition is told once when it begins and once when it ends. */
import { expect, test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { openRtspServer } from '../../simulators/cameras/video/rtsp-server.ts';
import { openFilm, openSpoiledFilm } from '../../simulators/scenes/film.ts';
import { pictureFaults } from '../../simulators/scenes/spoil.ts';
import { openCenter } from '../support/center.ts';
import { configFile, siteSections, startGateway } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('ffmpeg', 'mosquitto');
/** Of the tests that play the same film. */
const seed = 20_261_125;

test.skipIf(missing !== undefined)(
  'a picture that is black, frozen, blurred, covered or moved is told once, and once that it is right again',
  { timeout: 300_000 },
  async () => {
    await using folder = await temporaryFolder();
    await using broker = await startMosquitto({ folder: folder.path });
    await using center = await openCenter(broker.port);
    const signal = AbortSignal.timeout(300_000);
    const view = { scene: 'street', seed, width: 320, height: 180, fps: 5, signal } as const;
    const film = await openFilm(view);
    await using camera = await openRtspServer({
      ...{ film, host: '127.0.0.1', port: 0, path: '/live', transports: 'tcp', clock: systemClock },
      random: () => 0.5,
    });
    const apiPort = await freePort();
    const device = {
      ...{ id: 'cam-1', driver: 'rtsp-camera', name: 'Camera ngã tư', location: [107.5905, 16.4675] },
      url: `rtsp://127.0.0.1:${camera.port}/live`,
      detect: { model: 'simulated-scenes', fps: 1, look: '10m', health: { settle: '2s', frozen: '3s' } },
    };
    const file = await configFile(
      folder.path,
      `${siteSections({ folder: folder.path, apiPort, brokerPort: broker.port })}
devices:
  - ${JSON.stringify(device)}
pipelines:
  - { name: cameras, from: [cam-1], stages: [{ stage: camera-signals, settle: 0s }] }
`,
    );
    await using gateway = await startGateway(file, apiPort);
    const told = (name: string, fault?: string) =>
      [...center.events.values()].filter(
        ({ type, data }) =>
          type === `vn.ioc.urban-camera.camera.${name}.v1` && (fault === undefined || Object(data).signal === fault),
      );
    // Its view has to be known first, by ten pictures.
    await until(
      'many pictures are looked at',
      async () => ((await gateway.status())?.devices[0]?.observations ?? 0) >= 25,
      120_000,
    );

    for (const fault of pictureFaults) {
      camera.play(await openSpoiledFilm(view, fault));
      const impaired = await until(`it is ${fault}`, () => told('impaired', fault)[0], 60_000);
      expect(impaired).toMatchObject({ subject: 'camera/cam-1', data: { by: 'gateway', locationOf: 'camera' } });
      camera.play(film);
      const restored = await until(`it is ${fault} no more`, () => told('restored', fault)[0], 60_000);
      expect(restored.correlationid).toBe(impaired.correlationid);
    }
    expect(told('impaired')).toHaveLength(pictureFaults.length);
    expect(told('restored')).toHaveLength(pictureFaults.length);
    expect(told('signaled')).toEqual([]);
    expect(await gateway.stop()).toBe(0);
  },
);
