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
