/**
 * A day of a camera in some forty minutes: 24 h at the usual 3 pictures a second are 259 200 pictures through the vision process
 * (decoder, gate, health, and the model where something moves), here of several cameras at 15 a second. What a day has in
 * hours and not in pictures (timers, daily budgets, light that changes) is not in it. Half of the cameras stay connected;
 * the others come and go far more often than in a day. Memory is to stay flat in this process, in the vision process and
 * in the decoders.
 *
 *     node bench/camera-soak.ts [HOURS] [CAMERAS]
 */
import { systemClock } from '../core/time.ts';
import { openRtspServer, type RtspServer } from '../simulators/cameras/video/rtsp-server.ts';
import { openFilm, openSpoiledFilm } from '../simulators/scenes/film.ts';
import { openCameraSite } from './cameras.ts';

const [hours = 24, cameras = 8] = process.argv.slice(2).map(Number);
const picturesPerSecond = 15;
const picturesPerCameraHour = 3 * 3600;
/** MiB that memory may grow by from the first half to the second, and along its straight line: what a collector leaves lying about. */
const mostGrown = 15;
const sampleEvery = 2000;
const reconnectEvery = 10_000;
/** Every so many connections the camera is away for a second. */
const awayEvery = 25;

interface Sample {
  readonly minute: number;
  readonly megabytes: number;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const growthOf = (samples: readonly Sample[]) => {
  const megabytes = samples.map(sample => sample.megabytes);
  const half = samples.length >> 1;
  const halves = median(megabytes.slice(half)) - median(megabytes.slice(0, half));
  const middle = sumOf(samples.map(({ minute }) => minute)) / samples.length;
  const mean = sumOf(megabytes) / samples.length;
  const slope =
    sumOf(samples.map(sample => (sample.minute - middle) * (sample.megabytes - mean))) /
    sumOf(samples.map(({ minute }) => (minute - middle) ** 2));
  const line = slope * ((samples.at(-1)?.minute ?? 0) - (samples[0]?.minute ?? 0));
  return { median: median(megabytes), least: Math.min(...megabytes), most: Math.max(...megabytes), halves, line };
};

const view = {
  ...({ scene: 'street', seed: 7, width: 320, height: 180, fps: 5 } as const),
  signal: AbortSignal.timeout(600_000),
};
/** Three times as fast as it happened. */
const street = { ...(await openFilm(view)), fps: picturesPerSecond };
/** Most of a day nothing moves. Shorter than what is taken for a camera that is frozen. */
const quiet = { ...(await openSpoiledFilm(view, 'frozen')), fps: picturesPerSecond };
const [movingFor, quietFor] = [15_000, 60_000];
const openCamera = (): Promise<RtspServer> =>
  openRtspServer({
    film: street,
    ...{ host: '127.0.0.1', port: 0, path: '/live', transports: 'tcp', clock: systemClock, random: Math.random },
  });
const addressOf = ({ port }: RtspServer) => ({ url: `rtsp://127.0.0.1:${port}/live` });

await using steady = await openCamera();
const flapping = await openCamera();
await using site = await openCameraSite({
  address: addressOf(flapping),
  show: flapping.show,
  [Symbol.asyncDispose]: () => flapping[Symbol.asyncDispose](),
});
const detect = { model: 'simulated-scenes', fps: picturesPerSecond };
const staying = await Promise.all(Array.from({ length: cameras >> 1 }, () => site.add(detect, addressOf(steady))));
const coming = await Promise.all(Array.from({ length: cameras - staying.length }, () => site.add(detect)));
const watched = [...staying, ...coming];
/** What was sent to decoders and did not give way to a newer picture; of each connection the last few were still on their way. */
const through = (): number => steady.sent() + flapping.sent() - sumOf(watched.map(({ dropped }) => dropped()));

const began = performance.now();
const elapsed = (): number => (performance.now() - began) / 60_000;
const samples: Record<'main' | 'vision' | 'decoder', Sample[]> = { main: [], vision: [], decoder: [] };
const sample = (): void => {
  const minute = elapsed();
  const { vision, decoders } = site.memory();
  samples.main.push({ minute, megabytes: process.memoryUsage.rss() / 2 ** 20 });
  samples.vision.push({ minute, megabytes: vision });
  // The largest is one of those that live as long as this run.
  samples.decoder.push({ minute, megabytes: Math.max(0, ...decoders) });
};

// As after months: the process that was there at first has given way to another one.
site.startAfresh();
await Promise.all(watched.map(each => each.reconnect()));
let connections = 2 * watched.length;
let told = 0;
let sampling: NodeJS.Timeout | undefined;
const rest = (): void => {
  for (const server of [steady, flapping]) server.play(quiet);
  turning = setTimeout(move, quietFor);
};
const move = (): void => {
  for (const server of [steady, flapping]) server.play(street);
  turning = setTimeout(rest, movingFor);
};
let turning = setTimeout(rest, movingFor);
const cpuBefore = site.cpuSeconds();
while (through() < hours * picturesPerCameraHour) {
  await new Promise(resolve => setTimeout(resolve, reconnectEvery));
  // Warming up before.
  if (elapsed() > Math.min(2, hours / 3)) sampling ??= setInterval(sample, sampleEvery);
  await coming[connections++ % coming.length]?.reconnect();
  if (connections % awayEvery === 0) {
    site.show('away');
    await new Promise(resolve => setTimeout(resolve, 1000));
    site.show(undefined);
    await Promise.all(coming.map(each => each.reconnect()));
    connections += coming.length;
  }
  if (Math.floor(elapsed()) > told) {
    told = Math.floor(elapsed());
    const [main, vision, decoder] = Object.values(samples).map(each => (each.at(-1)?.megabytes ?? 0).toFixed(1));
    console.info(
      `${told} min: ${through()} pictures, ${connections} connections; MiB here ${main}, vision ${vision}, largest decoder ${decoder}`,
    );
  }
}
clearInterval(sampling);
clearTimeout(turning);

const pictures = through();
console.info(
  `${cameras} cameras, ${elapsed().toFixed(1)} min: ${pictures} pictures came through, as of one camera in ` +
    `${(pictures / picturesPerCameraHour).toFixed(1)} h (${sumOf(watched.map(each => each.dropped()))} more gave way to newer ones), ` +
    `${sumOf(watched.map(({ observations }) => observations()))} observations, ${connections} connections, ` +
    `${((site.cpuSeconds() - cpuBefore) / (elapsed() * 60)).toFixed(2)} cores`,
);
const names = {
  main: 'this process with the simulator',
  vision: 'the vision process',
  decoder: 'the largest decoder',
};
for (const [part, name] of Object.entries(names)) {
  const { median: held, least, most, halves, line } = growthOf(samples[part as keyof typeof samples]);
  console.info(
    `${name}: ${held.toFixed(1)} MiB resident (${least.toFixed(1)} to ${most.toFixed(1)}); the second half against the first ${halves.toFixed(1)}, along its line ${line.toFixed(1)} MiB`,
  );
  if (halves > mostGrown || line > mostGrown) {
    console.error(`more than ${mostGrown} MiB`);
    process.exitCode = 1;
  }
}
