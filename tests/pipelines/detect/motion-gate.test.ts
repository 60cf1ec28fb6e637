import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Picture } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import { decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { createMotionGate, motionGrid } from '../../../pipelines/detect/motion-gate.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { between, createRandom } from '../../../simulators/world/random.ts';
import type { Actor } from '../../../simulators/world/shapes.ts';
import { createView, type SceneName, sceneNames } from '../../../simulators/world/view.ts';
import { dataFile, missingData, missingPrograms } from '../../support/resources.ts';
import { downpour, drops, exposing, swaying, type Weather } from '../../support/weather.ts';

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

/** Of the pictures that the gate sees unless told otherwise. */
const fps = 3;

/** A scene before which nobody is but a car that drives by from one second on, and whether the gate sees motion in each picture. */
const watch = (scene: SceneName, weather: Weather, length: number, carFrom = Number.POSITIVE_INFINITY): boolean[] => {
  const view = createView(7, scene);
  const size = { length: 4.4, width: 1.8 };
  const carAt = (second: number): readonly Actor[] =>
    second < carFrom
      ? []
      : [
          {
            ...{ identity: 'car', label: 'car', shape: 'car', look: 13, bearing: Math.PI / 2, ...size },
            ...{ x: -12 + 6 * (second - carFrom), y: 17 },
          },
        ];
  const renderer = createRenderer({ ...view, actorsAt: time => carAt(time / 1000) }, width, height);
  const gate = createMotionGate({ look: seconds(600), hold: 0 });
  return Array.from({ length: length * fps }, (_, index) => {
    const second = index / fps;
    const seen = { width, height, pixels: renderer.render(second * 1000) };
    return gate(weather(seen, second), second * 1000) === 'motion';
  });
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

  it('sees a faint thing where it is told to look closely, and nothing where it is told not to look', () => {
    const faint = (x: number, index: number): Picture => {
      const drawn = picture({ seed: index });
      for (let row = 50; row < 70; row++) {
        for (let at = (row * width + x) * 3; at < (row * width + x + 20) * 3; at++) drawn.pixels[at] = 119;
      }
      return drawn;
    };
    const moved = (sensitivity: number): boolean => {
      const cells = motionGrid.columns * motionGrid.rows;
      const gate = createMotionGate({ look: seconds(60), sensitivity: new Float32Array(cells).fill(sensitivity) });
      gate(picture({}), 0);
      return [1, 2, 3, 4, 5].some(index => gate(faint(40 + index * 12, index), index * 200) === 'motion');
    };
    expect([0, 1, 4].map(moved)).toEqual([false, false, true]);
  });

  it('becomes used to light rain and to a branch that sways all the time, and still sees a car between them', () => {
    const gate = createMotionGate({ look: seconds(600), hold: 0 });
    const noises = Array.from({ length: 7 }, (_, seed) => picture({ seed }));
    const stormy = (index: number, x?: number): Picture => {
      const drawn = { width, height, pixels: (noises[index % 7] ?? picture({})).pixels.slice() };
      const fill = (light: number, row: number, from: number, length: number): void => {
        drawn.pixels.fill(light, (row * width + from) * 3, (row * width + from + length) * 3);
      };
      const random = createRandom(3, 'storm', index);
      for (let drop = 0; drop < 60; drop++) {
        const column = Math.floor(random() * width);
        const top = Math.floor(random() * (height - 4));
        for (let along = 0; along < 4; along++) fill(140, top + along, column, 1);
      }
      const sway = 150 + Math.round(2 * Math.sin(index));
      for (let row = 0; row < 40; row++) fill(90, row, sway, 10);
      for (let row = 50; x !== undefined && row < 70; row++) fill(220, row, x, 20);
      return drawn;
    };
    const motions = (from: number, to: number, x?: (index: number) => number): number => {
      let count = 0;
      for (let index = from; index < to; index++) {
        if (gate(stormy(index, x?.(index)), index * 500) === 'motion') count++;
      }
      return count;
    };
    motions(0, 240);
    expect(motions(240, 300), 'after two minutes of it').toBeLessThanOrEqual(3);
    expect(motions(300, 310, index => (index - 300) * 10)).toBeGreaterThanOrEqual(9);
  });

  const roughWeathers: readonly (readonly [string, Weather])[] = [
    ['a downpour with drops on the lens', (seen, second) => drops(20)(downpour(seen, second), second)],
    ['gusts in which the pole sways by 3 pixels', swaying(3, 0.7)],
    ['a storm in which the pole sways by 6 pixels', swaying(6, 0.3)],
  ];
  it.each(sceneNames.flatMap(scene => roughWeathers.map(([name, weather]) => [scene, name, weather] as const)))(
    'over the %s, is open for a fifth of the time at most after two minutes of %s, and opens for a car',
    (scene, _name, weather) => {
      const [usedTo, carFrom] = [120, 180];
      const motions = watch(scene, weather, carFrom + 4, carFrom);
      const open = motions.map((_, index) => motions.slice(Math.max(0, index - 2 * fps), index + 1).includes(true));
      const share = open.slice(usedTo * fps, carFrom * fps).filter(Boolean).length / ((carFrom - usedTo) * fps);
      expect(share).toBeLessThanOrEqual(0.2);
      // It is wholly in view after 0.9 s, and has half a second more.
      expect(motions.slice(carFrom * fps, Math.floor((carFrom + 1.4) * fps) + 1)).toContain(true);
    },
  );

  it('closes within 2 s when the camera has changed its exposure', () => {
    const motions = watch('street', exposing, 120);
    const late = motions.flatMap((moved, index) => (moved && (index / fps) % 15 > 2 ? [index / fps] : []));
    expect(late).toEqual([]);
  });

  it('stays open before a crowd of riders all over the picture, which is no weather', () => {
    const gate = createMotionGate({ look: seconds(600), hold: 0 });
    const noises = Array.from({ length: 7 }, (_, seed) => picture({ seed }));
    const random = createRandom(4, 'crowd');
    const riders = Array.from({ length: 60 }, () => {
      const [x, y, across, down] = [
        random() * width,
        random() * height,
        between(random, -60, 60),
        between(random, -10, 10),
      ];
      return { x, y, across, down, light: random() < 0.5 ? 50 : 190 };
    });
    const wrapped = (place: number, length: number): number => Math.floor(((place % length) + length) % length);
    const sights = Array.from({ length: 120 * fps }, (_, index) => {
      const second = index / fps;
      const drawn = { width, height, pixels: (noises[index % 7] ?? picture({})).pixels.slice() };
      for (const { x, y, across, down, light } of riders) {
        const [left, top] = [wrapped(x + across * second, width), wrapped(y + down * second, height)];
        for (let row = top; row < Math.min(height, top + 16); row++) {
          drawn.pixels.fill(light, (row * width + left) * 3, (row * width + Math.min(width, left + 12)) * 3);
        }
      }
      return gate(drawn, second * 1000);
    });
    expect(sights.slice(fps).filter(sight => sight !== 'motion')).toEqual([]);
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
      const filmed = 12.5;
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
        const time = (index++ * every) / filmed;
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
        expect(Math.abs((bursts[at]?.to ?? 0) - to)).toBeLessThanOrEqual(0.5);
      }
    },
    300_000,
  );
});
