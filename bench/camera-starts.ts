/**
 * The cameras of a site that all begin at the same moment, as after a power cut, each under its supervisor and behind one
 * vision process: when each is read, and how often one was given up and begun again.
 *
 *     node bench/camera-starts.ts [CAMERAS]
 */
import { loadavg } from 'node:os';
import { seconds, systemClock } from '../core/time.ts';
import { superviseDevice } from '../gateway/runtime/supervisor.ts';
import { openVision } from '../gateway/vision/open.ts';
import { openRtspServer } from '../simulators/cameras/video/rtsp-server.ts';
import { openFilm } from '../simulators/scenes/film.ts';
import { recordedLog } from '../tests/drivers/support/context.ts';
import { until } from '../tests/support/resources.ts';
import { usedBy } from './cameras.ts';

const [count = 64] = process.argv.slice(2).map(Number);
const within = 300_000;
const view = { scene: 'street', seed: 7, width: 640, height: 360, fps: 5 } as const;

const film = await openFilm({ ...view, signal: AbortSignal.timeout(within) });
await using server = await openRtspServer({
  film,
  ...{ host: '127.0.0.1', port: 0, path: '/live', transports: 'tcp', clock: systemClock, random: Math.random },
});
const log = recordedLog();
await using vision = openVision({ log });
await using supervisors = new AsyncDisposableStack();
const began = performance.now();
const sinceBegan = (): number => (performance.now() - began) / seconds(1);
/** When each was read, and when the model had looked at it, seconds. */
const [read, looked] = [new Map<string, number>(), new Map<string, number>()];
let givenUp = 0;
for (let index = 1; index <= count; index++) {
  const id = `cam-${index}`;
  const address = { url: `rtsp://127.0.0.1:${server.port}/live` };
  const device = vision.device(id, 'rtsp-camera', address, { model: 'simulated-scenes', fps: 3 });
  const profile = {
    id,
    name: id,
    driver: 'rtsp-camera',
    service: 'urban-camera',
    alsoServes: [],
    agencies: [],
  } as const;
  supervisors.use(
    superviseDevice({
      profile: { ...profile, siteId: 'pole-1', areaCode: '00000', status: 'test', tags: [] },
      device,
      silence: device.silence,
      context: { clock: systemClock, log, reveal: () => '' },
      accept: async (_, { items }) => {
        if (!read.has(id)) read.set(id, sinceBegan());
        if (items.length > 0 && !looked.has(id)) looked.set(id, sinceBegan());
      },
      onFailure: () => givenUp++,
      onBatch: () => {},
    }),
  );
}
await until('the model has looked at each', () => looked.size === count, within);
const describe = (times: ReadonlyMap<string, number>): string => {
  const sorted = [...times.values()].toSorted((a, b) => a - b);
  return `${sorted[count >> 1]?.toFixed(1)} s, the last after ${sorted.at(-1)?.toFixed(1)} s`;
};
console.info(
  `${count} cameras: half of them read after ${describe(read)}; looked at by the model after ${describe(looked)}; given up ` +
    `${givenUp} times; ${usedBy(vision.pid).cpuSeconds().toFixed(1)} s of CPU; load average ${loadavg()[0]?.toFixed(0)}`,
);
