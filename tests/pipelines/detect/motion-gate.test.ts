import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Picture } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { createMotionGate } from '../../../pipelines/detect/motion-gate.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { dataFile, missingData, missingPrograms } from '../../support/resources.ts';

const width = 208;
const height = 117;

/** Noisy gray with one brighter square. */
const picture = (options: { readonly x?: number; readonly light?: number; readonly seed?: number }): Picture => {
  const { x, light = 110, seed = 0 } = options;
  const random = createRandom(1, 'noise', seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => light + random() * 10);
  for (let row = 50; x !== undefined && row < 70; row++) {
    pixels.fill(220, (row * width + x) * 3, (row * width + x + 20) * 3);
  }
  return { width, height, pixels };
};

describe('the motion gate', () => {
  it('looks at the first picture, then from time to time while nothing moves but noise', () => {
    const gate = createMotionGate({ look: seconds(3) });
    const sights = Array.from({ length: 9 }, (_, index) => gate(picture({ seed: index }), index * 1000));
    expect(sights).toEqual(['look', 'still', 'still', 'look', 'still', 'still', 'look', 'still', 'still']);
  });

  it('sees a thing that moves, and for a moment after it stopped', () => {
    const gate = createMotionGate({ look: seconds(60), hold: seconds(1) });
    const places = [undefined, undefined, 50, 60, 70, 70, 70, 70, 70, 70, 70];
    const sights = places.map((x, index) => gate(picture({ ...(x !== undefined && { x }), seed: index }), index * 500));
    expect(sights.slice(0, 5)).toEqual(['look', 'still', 'motion', 'motion', 'motion']);
    expect(sights.at(-1)).toBe('still');
  });

  it('takes a change of the light for no motion', () => {
    const gate = createMotionGate({ look: seconds(60) });
    const sights = [110, 112, 130, 150, 120].map((light, index) => gate(picture({ light, seed: index }), index * 500));
    expect(sights).toEqual(['look', 'still', 'still', 'still', 'still']);
  });

  it('goes on when the clock is set back', () => {
    const gate = createMotionGate({ look: seconds(10), hold: 0 });
    gate(picture({ x: 10 }), 1_000_000);
    gate(picture({ x: 60 }), 1_001_000);
    expect(gate(picture({ x: 60, seed: 2 }), 5000)).not.toBe('still');
    const later = [6000, 7000, 8000, 9000].map((time, index) => gate(picture({ x: 60, seed: index }), time));
    expect(later).toContain('still');
  });

  const skip = missingData() ?? missingPrograms('ffmpeg');

  it.skipIf(skip !== undefined)(
    'opens for the cars of a real road and for little else',
    async () => {
      const gate = createMotionGate({ look: seconds(60), hold: 0 });
      const fps = 12.5;
      const every = 3;
      const bursts: { from: number; to: number }[] = [];
      let index = 0;
      for await (const decoded of decodeVideo(
        { args: ['-i', dataFile('video', 'car-detection.mp4')] },
        { width, height: width, resampling: 'bilinear', maximumFps: 5 },
        {
          signal: AbortSignal.timeout(60_000),
          explain: complaints => new GatewayError('protocol', complaints),
          keep: 'all',
        },
      )) {
        const time = (index++ * every) / fps;
        if (gate(decoded.picture, time * 1000) !== 'motion') continue;
        const last = bursts.at(-1);
        if (last !== undefined && time - last.to < 1) last.to = time;
        else bursts.push({ from: time, to: time });
      }
      const expected = [
        [4.4, 9],
        [14.4, 19.2],
        [25.2, 29.2],
      ] as const;
      expect(bursts.length).toBe(expected.length);
      for (const [at, [from, to]] of expected.entries()) {
        expect(Math.abs((bursts[at]?.from ?? 0) - from)).toBeLessThanOrEqual(0.5);
        expect(Math.abs((bursts[at]?.to ?? 0) - to)).toBeLessThanOrEqual(1);
      }
    },
    300_000,
  );
});
