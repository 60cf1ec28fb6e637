/** ffmpeg as a viewer of simulated cameras. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SimulatorContext } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import type { World } from '../../../simulators/world/world.ts';

export const seed = 7;

/** Small films are rendered in a few seconds, once for all tests. */
export const smallFilm = { scene: 'harbour', width: 320, fps: 5 } as const;
export const filmSize = { width: 320, height: 180 } as const;

const quiet = (): void => {};

export const simulatorContext = (): SimulatorContext<World> => ({
  world: createWorld(seed),
  clock: systemClock,
  log: { info: quiet, warn: quiet, error: quiet },
  signal: new AbortController().signal,
  random: createRandom(seed, 'test'),
});

export interface Watched {
  /** Brightness of each pixel, 0–255. */
  readonly pictures: readonly Uint8Array[];
  /** When the last picture came. */
  readonly lastAt: number;
  readonly exitCode: number | null;
  readonly complaints: string;
}

/** Looks at `count` pictures. */
export const watch = async (url: string, transport: 'tcp' | 'udp', count: number): Promise<Watched> => {
  const child = spawn(
    'ffmpeg',
    [
      ...['-nostdin', '-loglevel', 'error', '-fflags', 'nobuffer', '-flags', 'low_delay', '-threads', '1'],
      ...[
        '-analyzeduration',
        '500000',
        '-fpsprobesize',
        '0',
        '-rtsp_transport',
        transport,
        '-timeout',
        '8000000',
        '-i',
        url,
        '-frames:v',
        `${count}`,
      ],
      ...['-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const exited = once(child, 'exit');
  const chunks: Buffer[] = [];
  let complaints = '';
  let lastAt = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    lastAt = Date.now();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  await exited;
  const bytes = Buffer.concat(chunks);
  const size = filmSize.width * filmSize.height;
  const pictures = Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return { pictures, lastAt, exitCode: child.exitCode, complaints };
};
