/** A real road through RTSP: a camera's stream as the gateway reads it, up to where something moves in it. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Clock, seconds, systemClock } from '../../core/time.ts';
import { driver } from '../../drivers/cameras/rtsp-camera/driver.ts';
import { createMotionGate } from '../../pipelines/detect/motion-gate.ts';
import { openRtspServer } from '../../simulators/cameras/video/rtsp-server.ts';
import { parameterSetsOf, splitPictures } from '../../simulators/scenes/coded-pictures.ts';
import { createContext } from '../drivers/support/context.ts';
import { dataFile, missingData, missingPrograms, temporaryFolder } from '../support/resources.ts';

const skip = missingData() ?? missingPrograms('ffmpeg');

/** As most cameras send; of the video, which has half of them, each comes twice. */
const fps = 25;
/** Of the video, seconds. */
const length = 30;
const size = { width: 768, height: 432 } as const;
/** As `data/README.md` has them, seconds. */
const expected = [
  [4.4, 9],
  [14.4, 19.2],
  [25.2, 29.2],
] as const;

it.skipIf(skip !== undefined)(
  'opens the gate within half a second of each burst of motion, and closes it within half a second of its end',
  { timeout: 120_000 },
  async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'road.h264');
    const encode = ['-r', String(fps), '-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-g', String(fps)];
    const stream = ['-bsf:v', 'h264_metadata=aud=insert', '-f', 'h264', file];
    const from = ['-loglevel', 'error', '-i', dataFile('video', 'car-detection.mp4')];
    expect(spawnSync('ffmpeg', [...from, ...encode, ...stream]).status).toBe(0);
    const frames = splitPictures(await readFile(file), 'h264');
    const parameterSets = parameterSetsOf(frames[0], 'h264') ?? [];
    expect(frames.length / fps).toBeGreaterThanOrEqual(length);

    // The film begins when the server does.
    const began = Date.now();
    const clock: Clock = { ...systemClock, now: () => systemClock.now() - began };
    await using server = await openRtspServer({
      film: { codec: 'h264', ...size, fps, frames, parameterSets },
      ...{ host: '127.0.0.1', port: 0, path: '/road', transports: 'tcp', clock, random: () => 0.5 },
    });
    const camera = driver.bind('cam-1', { url: `rtsp://127.0.0.1:${server.port}/road` });
    const context = {
      ...createContext(),
      frames: { width: 416, height: 416, resampling: 'bilinear', maximumFps: 5 } as const,
    };
    const gate = createMotionGate({ look: seconds(60), hold: 0 });
    const bursts: { from: number; to: number }[] = [];
    for await (const { items } of camera.open(context)) {
      for (const frame of items) {
        if (frame.kind !== 'frame') continue;
        const time = (frame.time - began) / 1000;
        if (time > length) context.abort();
        else if (gate(frame, frame.time) === 'motion') {
          const last = bursts.at(-1);
          if (last !== undefined && time - last.to < 1) last.to = time;
          else bursts.push({ from: time, to: time });
        }
      }
    }
    expect(bursts).toHaveLength(expected.length);
    for (const [index, [start, end]] of expected.entries()) {
      expect(Math.abs((bursts[index]?.from ?? 0) - start)).toBeLessThanOrEqual(0.5);
      expect(Math.abs((bursts[index]?.to ?? 0) - end)).toBeLessThanOrEqual(0.5);
    }
  },
);
