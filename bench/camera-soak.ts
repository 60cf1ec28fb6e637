/**
 * Months of cameras in minutes: connections that break, cameras that go away and come back, a vision process that is started
 * afresh, and pictures as fast as they come; memory is to stay flat in the gateway's process and in that one.
 *
 *     node bench/camera-soak.ts [MINUTES] [CAMERAS]
 */
import { openCameraSite } from './cameras.ts';

const [minutes = 10, cameras = 4] = process.argv.slice(2).map(Number);
/** Memory of the second half against the first may grow by so many MiB: what a collector leaves lying about. */
const mostGrown = 15;
const sampleEvery = 2000;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Difference of the medians of the two halves. */
const growthOf = (values: readonly number[]): number =>
  median(values.slice(values.length >> 1)) - median(values.slice(0, values.length >> 1));

await using site = await openCameraSite({ scene: 'street', width: 640, fps: 25 });
const watched = await Promise.all(
  Array.from({ length: cameras }, () => site.add({ model: 'simulated-scenes', fps: 15 })),
);
const seen = (): number => watched.reduce((sum, { observations }) => sum + observations(), 0);

const began = performance.now();
const elapsed = (): number => (performance.now() - began) / 60_000;
/** Of a process that was started afresh nothing is compared with the one before. */
const runs: number[][] = [[]];
const own: number[] = [];
let connections = 0;
let told = 0;
/** The first minute is warming up. */
const isWarm = (): boolean => elapsed() > Math.min(1, minutes / 5);

const sampling = setInterval(() => {
  if (!isWarm()) return;
  runs.at(-1)?.push(site.megabytes());
  own.push(process.memoryUsage.rss() / 2 ** 20);
}, sampleEvery);

let isAfresh = false;
while (elapsed() < minutes) {
  const camera = watched[connections++ % watched.length];
  await camera?.reconnect();
  if (connections % 25 === 0) {
    site.show('away');
    await new Promise(resolve => setTimeout(resolve, 1000));
    site.show(undefined);
    await Promise.all(watched.map(each => each.reconnect()));
    connections += watched.length;
  }
  if (!isAfresh && elapsed() > (2 * minutes) / 3) {
    isAfresh = true;
    site.startAfresh();
    runs.push([]);
    await Promise.all(watched.map(each => each.reconnect()));
  }
  if (Math.floor(elapsed()) > told) {
    told = Math.floor(elapsed());
    const held = runs.at(-1)?.at(-1) ?? 0;
    console.info(
      `${told} min: ${seen()} observations, ${connections} connections; vision ${held.toFixed(0)} MiB, here ${(own.at(-1) ?? 0).toFixed(0)} MiB`,
    );
  }
}
clearInterval(sampling);
const grown = runs.map(growthOf);
console.info(
  `${cameras} cameras, ${elapsed().toFixed(1)} min, ${seen()} observations, ${connections} connections: the vision processes grew by ` +
    `${grown.map(each => each.toFixed(1)).join(' and ')} MiB, this process (simulator too) by ${growthOf(own).toFixed(1)} MiB`,
);
if ([...grown, growthOf(own)].some(each => each > mostGrown)) {
  console.error(`more than ${mostGrown} MiB`);
  process.exitCode = 1;
}
