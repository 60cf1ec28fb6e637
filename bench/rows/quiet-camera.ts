import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { decodeVideo } from '../../drivers/transports/ffmpeg.ts';
import { createMotionGate } from '../../pipelines/detect/motion-gate.ts';
import { missingPrograms } from '../../tests/support/resources.ts';
import type { BenchRow } from '../row.ts';

const length = 12;

/** CPU time of this process and of its children that have ended, in seconds (proc(5), /proc/pid/stat). */
const cpuSeconds = (): number => {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const clockTicks = 100;
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / clockTicks;
};

const cpuOf = async (work: () => Promise<void>): Promise<number> => {
  const before = cpuSeconds();
  await work();
  return cpuSeconds() - before;
};

export const row: BenchRow = {
  name: 'quiet-camera',
  summary: `A quiet camera: ${length} s of 1080p25 H.264 decoded, 5 pictures a second scaled and judged by the motion gate`,
  unit: 's of CPU',
  peer: 'ffmpeg that only decodes',
  goal: { ratio: { atMost: 1.2 } },
  missing: () => (process.platform === 'linux' ? missingPrograms('ffmpeg') : 'it reads /proc'),
  prepare: async ({ folder }) => {
    const video = path.join(folder, 'quiet.mp4');
    // A still scene with the noise of a sensor, at the 4 Mbit/s that cameras are usually set to.
    const scene = `testsrc=size=1920x1080:rate=1:duration=1,loop=${length * 25}:1,fps=25,noise=alls=12:allf=t`;
    const input = ['-f', 'lavfi', '-i', scene, '-t', String(length)];
    const encode = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '4M', '-g', '50', '-pix_fmt', 'yuv420p'];
    spawnSync('ffmpeg', ['-loglevel', 'error', ...input, ...encode, '-y', video]);
    return {
      ours: () =>
        cpuOf(async () => {
          const gate = createMotionGate({ look: seconds(10) });
          let index = 0;
          for await (const { picture } of decodeVideo(
            { args: ['-i', video] },
            { width: 416, height: 416, resampling: 'bilinear', maximumFps: 5 },
            {
              signal: AbortSignal.timeout(120_000),
              explain: complaints => new GatewayError('protocol', complaints),
              keep: 'all',
            },
          )) {
            gate(picture, index++ * 200);
            picture.release?.();
          }
        }),
      peer: () =>
        cpuOf(async () => {
          const args = ['-nostdin', '-loglevel', 'error', '-threads', '1', '-i', video, '-f', 'null', '-'];
          await once(spawn('ffmpeg', args, { stdio: 'ignore' }), 'exit');
        }),
    };
  },
};
