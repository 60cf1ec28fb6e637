/** Weather and light over a simulated picture: all that a healthy camera sees in a year. */
import type { Picture } from '../../core/observation.ts';
import { createRandom } from '../../simulators/world/random.ts';

export type Weather = (picture: Picture, second: number) => Picture;

const map = (picture: Picture, change: (value: number, at: number) => number): Picture => {
  const pixels = new Uint8Array(picture.pixels.length);
  // A loop takes a quarter of the time of the array's own `map`.
  for (let at = 0; at < pixels.length; at++) {
    const changed = change(picture.pixels[at] ?? 0, at);
    pixels[at] = changed < 0 ? 0 : changed > 255 ? 255 : changed;
  }
  return { ...picture, pixels };
};

/** What `light` makes of each level, seen by a sensor in little light: noise of `strength` levels, other for each second. */
const noisy = (picture: Picture, light: (value: number) => number, strength: number, second: number): Picture => {
  const random = createRandom(5, 'sensor', second);
  const speckles = Float32Array.from({ length: 4099 }, () => (random() + random() - 1) * strength);
  const levels = Uint8ClampedArray.from({ length: 256 }, (_, value) => Math.floor(light(value)));
  const pixels = new Uint8ClampedArray(picture.pixels.length);
  let speckle = 0;
  for (let at = 0; at < pixels.length; at++) {
    pixels[at] = (levels[picture.pixels[at] ?? 0] ?? 0) + (speckles[speckle] ?? 0);
    speckle = speckle + 1 < speckles.length ? speckle + 1 : 0;
  }
  return { ...picture, pixels: new Uint8Array(pixels.buffer) };
};

export const dimmed =
  (part: number, noise = 6): Weather =>
  (picture, second) =>
    noisy(picture, value => value * part, noise, second);

/** Gray as by a camera's own infrared light, which reaches the near half only; its noise is gray too. */
export const infrared: Weather = (picture, second) => {
  const { width, height } = picture;
  const { pixels } = noisy(picture, value => value, 10, second);
  return map(picture, (_, at) => {
    const pixel = at - (at % 3);
    const luma = 0.3 * (pixels[pixel] ?? 0) + 0.59 * (pixels[pixel + 1] ?? 0) + 0.11 * (pixels[pixel + 2] ?? 0);
    return Math.floor(luma * (0.25 + (0.7 * Math.floor(at / 3 / width)) / height));
  });
};

export const foggy =
  (part: number): Weather =>
  (picture, second) =>
    noisy(picture, value => value * (1 - part) + 170 * part, 4, second);

/** Bright streaks that are elsewhere in each picture, and a grayer sky. */
export const rainy: Weather = (picture, second) => {
  const { width, height } = picture;
  const { pixels } = foggy(0.25)(picture, second);
  const random = createRandom(9, 'rain', second);
  for (let drop = 0; drop < 400; drop++) {
    const column = Math.floor(random() * width);
    const row = Math.floor(random() * height);
    for (let along = 0; along < height / 12 && row + along < height; along++) {
      const at = ((row + along) * width + column) * 3;
      for (let color = 0; color < 3; color++) pixels[at + color] = Math.min(255, (pixels[at + color] ?? 0) + 50);
    }
  }
  return { width, height, pixels };
};

/** Of the width of the picture for which sizes in pixels are said. */
const usualWidth = 640;

/**
 * Rain that hides half the street: some hundreds of streaks, elsewhere in each picture, 1–3 pixels wide, 10–60 long and 20–60
 * levels brighter, slanted by the wind.
 */
export const downpour: Weather = (picture, second) => {
  const { width, height } = picture;
  const { pixels } = foggy(0.35)(picture, second);
  const random = createRandom(9, 'downpour', second);
  const scale = width / usualWidth;
  for (let streak = 0; streak < 600; streak++) {
    const thick = (1 + 2 * random()) * scale;
    const long = (10 + 50 * random()) * scale;
    const bright = 20 + 40 * random();
    const slant = 0.1 + 0.15 * random();
    const top = Math.floor(random() * (height + long) - long);
    const left = random() * width;
    for (let row = Math.max(0, top); row < Math.min(height, top + long); row++) {
      const from = left + (row - top) * slant;
      for (let column = Math.floor(from); column < Math.min(width, from + thick); column++) {
        const covered = Math.min(column + 1, from + thick) - Math.max(column, from);
        const at = (row * width + column) * 3;
        for (let color = at; color < at + 3; color++) {
          pixels[color] = Math.min(255, (pixels[color] ?? 0) + bright * covered);
        }
      }
    }
  }
  return { width, height, pixels };
};

/** Drops on the lens, 10–28 pixels across: each shows what is around it upside down, and after a minute another hangs elsewhere. */
export const drops =
  (count: number): Weather =>
  ({ width, height, pixels: dry }, second) => {
    const pixels = dry.slice();
    const scale = width / usualWidth;
    for (let drop = 0; drop < count; drop++) {
      const random = createRandom(9, 'drop', drop, Math.floor(second / 60 + drop / count));
      const radius = (5 + 9 * random()) * scale;
      const [x, y] = [random() * width, random() * height];
      for (let row = Math.max(0, Math.ceil(y - radius)); row < Math.min(height, y + radius); row++) {
        const half = Math.sqrt(radius ** 2 - (row - y) ** 2);
        for (let column = Math.max(0, Math.ceil(x - half)); column < Math.min(width, x + half); column++) {
          const mirrored = [y - 2 * (row - y), x - 2 * (column - x)].map(Math.round);
          const line = Math.max(0, Math.min(height - 1, mirrored[0] ?? 0));
          const from = (line * width + Math.max(0, Math.min(width - 1, mirrored[1] ?? 0))) * 3;
          pixels.set(dry.subarray(from, from + 3), (row * width + column) * 3);
        }
      }
    }
    return { width, height, pixels };
  };

/**
 * A pole in gusts of wind: the whole picture goes back and forth by up to so many pixels of a picture 640 wide, and by a third of that
 * up and down.
 */
export const swaying =
  (most: number, hertz: number): Weather =>
  ({ width, height, pixels: still }, second) => {
    const gust = (most * width * (0.6 + 0.4 * Math.sin(second / 3))) / usualWidth;
    const across = gust * Math.sin(2 * Math.PI * hertz * second);
    const down = (gust / 3) * Math.sin(2 * Math.PI * hertz * 1.3 * second + 1);
    const [left, top] = [Math.floor(across), Math.floor(down)];
    const [right, bottom] = [across - left, down - top];
    const pixels = new Uint8Array(still.length);
    let at = 0;
    for (let row = 0; row < height; row++) {
      const [upper, lower] = [row + top, row + top + 1].map(y => Math.max(0, Math.min(height - 1, y)) * width);
      for (let column = 0; column < width; column++) {
        const [near, far] = [column + left, column + left + 1].map(x => Math.max(0, Math.min(width - 1, x)));
        for (let color = 0; color < 3; color++) {
          const level = (line = 0, x = 0): number => still[(line + x) * 3 + color] ?? 0;
          const above = level(upper, near) * (1 - right) + level(upper, far) * right;
          const below = level(lower, near) * (1 - right) + level(lower, far) * right;
          pixels[at++] = above * (1 - bottom) + below * bottom;
        }
      }
    }
    return { width, height, pixels };
  };

/** A camera that opens its iris or closes it each quarter of a minute, within half a second: 0.7 to 1.4 times the light. */
export const exposing: Weather = (picture, second) => {
  const steps = [1, 1.4, 0.7, 1.2, 0.8];
  const step = Math.floor(second / 15);
  const [before, after] = [steps[(step + 4) % 5] ?? 1, steps[step % 5] ?? 1];
  const gain = before + (after - before) * Math.min(1, (second % 15) / 0.5);
  return noisy(picture, value => value * gain, 3, second);
};

/** Two glaring discs with their glow, `at` 0–1 across the picture. */
export const headlights =
  (at: number): Weather =>
  picture => {
    const { width, height } = picture;
    return map(picture, (value, byte) => {
      const pixel = Math.floor(byte / 3);
      const y = (Math.floor(pixel / width) / height - 0.6) * 9;
      const glow = [at, at + 0.05].reduce((sum, lamp) => {
        const x = ((pixel % width) / width - lamp) * 16;
        return sum + 500 / (1 + 4 * (x * x + y * y));
      }, 0);
      return value + (glow > 20 ? glow : 0);
    });
  };

/** The sun low before the lens, `strength` 0–1: its disc and a veil over everything. */
export const sunny =
  (strength: number): Weather =>
  picture => {
    const { width, height } = picture;
    return map(picture, (value, byte) => {
      const pixel = Math.floor(byte / 3);
      const x = (pixel % width) / width - 0.35;
      const y = Math.floor(pixel / width) / height - 0.2;
      return value + strength * (120 + 400 / (1 + 30 * (x * x + y * y)));
    });
  };
