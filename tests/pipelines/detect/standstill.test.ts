import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import { hours, minutes, seconds } from '../../../core/time.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { lumaInto } from '../../../pipelines/detect/luma.ts';
import { createStandstill, type KeptNoise } from '../../../pipelines/detect/standstill.ts';
import { viewGrid } from '../../../pipelines/detect/view.ts';
import {
  dataFile,
  missingData,
  missingPrograms,
  type TemporaryFolder,
  temporaryFolder,
} from '../../support/resources.ts';

const skip = missingData() ?? missingPrograms('ffmpeg');
const run = promisify(execFile);

/** Of a real road, in a moment without cars. */
const still = ['-ss', '11', '-i', dataFile('video', 'car-detection.mp4')];
/** What the sensor adds, other in each picture, and what the camera takes of it again. */
const sensors = {
  noisy: 'noise=alls=20:allf=t',
  denoised: 'noise=alls=20:allf=t,hqdn3d=4:3:6:4.5',
  'strongly denoised at night': 'eq=brightness=-0.3,noise=alls=6:allf=t,hqdn3d=8:6:20:15',
} as const;
/** As a recorder writes it over the picture: it changes with each second. */
const clock = 'testsrc=size=64x20:rate=2';
const frozen = 'noise=alls=20';

interface Filmed {
  /** What is done to the picture before it is coded, after it was taken once and for all. */
  readonly through: string;
  readonly coder: readonly string[];
  readonly withClock?: boolean;
}

const x264 = (quality: number, ...more: readonly string[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', `${quality}`],
  ...more,
];

let folder: TemporaryFolder;
const stillOf = (through: string): string => path.join(folder.path, through === frozen ? 'frozen.png' : 'still.png');

/** Brightness of the film's pictures, one a second. */
const film = async ({ through, coder, withClock = false }: Filmed): Promise<readonly Float32Array[]> => {
  const file = path.join(folder.path, `${randomUUID()}.mkv`);
  const moving = through === frozen ? 'null' : through;
  const graph = withClock ? `[0:v]${moving}[seen];[seen][1:v]overlay=8:8:shortest=1` : `[0:v]${moving}`;
  const inputs = ['-loop', '1', '-framerate', '2', '-t', '40', '-i', stillOf(through)];
  const clocks = withClock ? ['-f', 'lavfi', '-i', clock] : [];
  const coding = ['-pix_fmt', 'yuv420p', '-threads', '1', ...coder, file];
  await run('ffmpeg', ['-v', 'error', ...inputs, ...clocks, '-filter_complex', graph, ...coding]);
  const planes: Float32Array[] = [];
  for await (const { picture: decoded } of decodeVideo(
    { args: ['-i', file] },
    { width: 320, height: 320, resampling: 'bilinear', maximumFps: 1 },
    { signal: AbortSignal.timeout(60_000), explain: said => new GatewayError('protocol', said), keep: 'all' },
  )) {
    const plane = new Float32Array(viewGrid.columns * viewGrid.rows);
    lumaInto(plane, decoded, viewGrid);
    planes.push(plane);
  }
  return planes;
};

/** A camera that shows the film again and again: what is known of its noise then, and for how long it stood still at most. */
const watch = (planes: readonly Float32Array[], looks: number, known?: KeptNoise) => {
  const standstill = createStandstill(known);
  let longest = 0;
  for (let look = 0; look < looks; look++) {
    const plane = planes[look % planes.length];
    if (plane !== undefined) longest = Math.max(longest, standstill.look(plane, seconds(15)));
  }
  return { longest, noise: standstill.kept() };
};

/** What is known of a camera that has shown the film for days. */
const knownOf = (...films: readonly (readonly Float32Array[])[]): KeptNoise => ({
  least: Math.min(...films.map(planes => watch(planes, 80).noise?.least ?? 0)),
  knownFor: hours(72),
});

describe.skipIf(skip !== undefined)('a picture that stands still and is coded anew', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    const graph = `[0:v]scale=320:180,split[still][shot];[shot]${frozen}[frozen]`;
    const one = (name: string, file: string) => ['-map', `[${name}]`, '-frames:v', '1', file];
    const outputs = [...one('still', stillOf('null')), ...one('frozen', stillOf(frozen))];
    await run('ffmpeg', ['-v', 'error', ...still, '-filter_complex', graph, ...outputs]);
  }, 60_000);
  afterAll(() => folder[Symbol.asyncDispose]());

  it.each([
    ['at a good quality', x264(20)],
    ['at a usual quality', x264(26, '-g', '10')],
    ['as MPEG-4', ['-c:v', 'mpeg4', '-q:v', '4', '-g', '25']],
  ])('is known by the noise that is gone, %s, and a picture that is only quiet is not', async (_, coder) => {
    const alive = await film({ through: sensors.noisy, coder });
    const known = knownOf(alive);
    expect(known.least).toBeGreaterThan(1);
    expect(watch(alive, 400, known).longest).toBe(0);
    expect(watch(await film({ through: frozen, coder }), 100, known).longest).toBeGreaterThan(minutes(10));
  });

  it('is known though a clock runs on in a corner of it, and a quiet picture with a clock is not', async () => {
    const coder = x264(23);
    const alive = await film({ through: sensors.denoised, coder, withClock: true });
    const known = knownOf(alive);
    expect(watch(alive, 400, known).longest).toBe(0);
    const stands = await film({ through: frozen, coder, withClock: true });
    expect(watch(stands, 100, known).longest).toBeGreaterThan(minutes(10));
  });

  it('is not looked for where the nights of a camera have no noise, so that none of them is called frozen', async () => {
    const coder = x264(30);
    const night = await film({ through: sensors['strongly denoised at night'], coder });
    const known = knownOf(await film({ through: sensors.noisy, coder }), night);
    expect(known.least).toBeLessThan(0.4);
    expect(watch(night, 400, known).longest).toBe(0);
    expect(watch(await film({ through: frozen, coder }), 400, known).longest).toBe(0);
  });
});

/** A plane of which every cell is another one each time, by so many levels. */
const noisyPlane = (level: number, look: number, light = 0): Float32Array =>
  Float32Array.from({ length: viewGrid.columns * viewGrid.rows }, (_, cell) => {
    const phase = Math.sin(cell * 12.9898 + look * 78.233) * 43_758.5453;
    return 100 + light + level * (phase - Math.floor(phase));
  });

const planes = (level: number, light = 0) => Array.from({ length: 40 }, (_, look) => noisyPlane(level, look, light));

describe('what is known of the noise of a camera', () => {
  it('takes two days before anything is said', () => {
    const alive = planes(10);
    const young = createStandstill({ least: watch(alive, 80).noise?.least ?? 0, knownFor: hours(47) });
    expect(Math.max(...planes(0.5).map(plane => young.look(plane, seconds(15))))).toBe(0);
    expect(young.kept()?.knownFor).toBeGreaterThan(hours(47));
  });

  it('is less from then on when the light changes while the noise is gone: the camera was set otherwise', () => {
    const known = knownOf(planes(10));
    expect(watch(planes(0.5), 100, known).longest).toBeGreaterThan(minutes(10));
    const dawn = Array.from({ length: 400 }, (_, look) => noisyPlane(0.5, look, look / 4));
    const { longest, noise } = watch(dawn, 400, known);
    expect(longest).toBeLessThan(minutes(2));
    expect(noise?.least).toBeLessThan(0.4);
  });

  it('is not less after a picture that stood still, when the camera shows pictures again', () => {
    const known = knownOf(planes(10));
    const film = [...planes(10), ...planes(0.5).slice(0, 100), ...planes(10, 30), ...planes(10, 30)];
    const noise = watch(film, film.length, known).noise?.least ?? 0;
    expect(noise / known.least).toBeCloseTo(1, 2);
  });

  it('is not learned over an interruption', () => {
    const standstill = createStandstill();
    for (let look = 0; look < 200; look++) {
      standstill.look(noisyPlane(10, look), seconds(15));
      standstill.interrupt();
    }
    expect(standstill.kept()).toBeUndefined();
  });
});
