/** A view of the world as pictures: a small software rasterizer, the same bytes for the same seed everywhere. */
import type { Instant } from '../../core/time.ts';
import type { Seen } from '../world/camera-model.ts';
import { phaseAt } from '../world/period.ts';
import { between, createRandom } from '../world/random.ts';
import { type Color, piecesOf } from '../world/shapes.ts';
import type { View } from '../world/view.ts';
import { type Picture, paintBackdrop } from './backdrop.ts';

/** Raise when the pictures change, so that no old cache is played. */
export const rendererVersion = 1;

export interface Renderer {
  readonly width: number;
  readonly height: number;
  /** The picture of an instant, valid until the next call. */
  render(instant: Instant): Picture;
}

/** Lines within a row of pixels at which edges are sampled; along the row coverage is exact. */
const lines = 4;
const noiseLength = 1 << 20;
const shimmerMilliseconds = 150;

export const createRenderer = (view: View, width: number, height: number): Renderer => {
  const random = createRandom(view.seed, view.scene, 'light');
  const exposure = between(random, 0.82, 1.12);
  const warmth = between(random, -0.05, 0.05);
  const noiseSize = between(random, 2, 5);
  const backdrop = paintBackdrop(view, width, height);
  const picture = new Uint8Array(width * height * 3);
  const coverage = new Float32Array(width + 2);

  // Light, warmth and contrast in one table a channel: what the sensor makes of a scene's brightness.
  const tone = [1 + warmth, 1, 1 - warmth].map(channel =>
    Float32Array.from({ length: 256 }, (_, value) => value * exposure * channel),
  );
  const noise = Int8Array.from({ length: noiseLength }, () =>
    Math.round((random() + random() + random() - 1.5) * noiseSize),
  );

  const fill = (outline: readonly Seen[], color: Color, opacity: number): void => {
    let top = height;
    let bottom = 0;
    for (const { v } of outline) {
      top = Math.min(top, v * height);
      bottom = Math.max(bottom, v * height);
    }
    const last = Math.min(height - 1, Math.floor(bottom));
    for (let row = Math.max(0, Math.floor(top)); row <= last; row++) {
      let least = width;
      let most = -1;
      for (let line = 0; line < lines; line++) {
        const y = row + (line + 0.5) / lines;
        let from = Number.POSITIVE_INFINITY;
        let to = Number.NEGATIVE_INFINITY;
        for (let index = 0; index < outline.length; index++) {
          const a = outline[index];
          const b = outline[index + 1 === outline.length ? 0 : index + 1];
          if (a === undefined || b === undefined) continue;
          const ay = a.v * height;
          const by = b.v * height;
          if (ay > y === by > y) continue;
          const x = (a.u + ((y - ay) / (by - ay)) * (b.u - a.u)) * width;
          from = Math.min(from, x);
          to = Math.max(to, x);
        }
        from = Math.max(0, from);
        to = Math.min(width, to);
        if (from >= to) continue;
        const first = Math.floor(from);
        const end = Math.min(width - 1, Math.floor(to));
        least = Math.min(least, first);
        most = Math.max(most, end);
        for (let column = first; column <= end; column++) {
          const part = Math.min(to, column + 1) - Math.max(from, column);
          coverage[column] = (coverage[column] ?? 0) + part / lines;
        }
      }
      for (let column = least; column <= most; column++) {
        const part = (coverage[column] ?? 0) * opacity;
        coverage[column] = 0;
        const at = (row * width + column) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const before = picture[at + channel] ?? 0;
          picture[at + channel] = before + ((color[channel] ?? 0) - before) * part;
        }
      }
    }
  };

  const shadow = (x: number, y: number, length: number, across: number, bearing: number): void => {
    const outline: Seen[] = [];
    for (let index = 0; index < 12; index++) {
      const angle = (index / 12) * 2 * Math.PI;
      const ahead = (length / 2) * 1.08 * Math.cos(angle);
      const right = (across / 2) * 1.2 * Math.sin(angle);
      const seen = view.camera.project([
        x - view.sun[0] * 0.5 + ahead * Math.sin(bearing) + right * Math.cos(bearing),
        y - view.sun[1] * 0.5 + ahead * Math.cos(bearing) - right * Math.sin(bearing),
        0,
      ]);
      if (seen === undefined) return;
      outline.push(seen);
    }
    fill(outline, [16, 20, 24], 0.38);
  };

  return {
    width,
    height,
    render: instant => {
      const phase = phaseAt(instant);
      const still = backdrop[Math.floor(phase / shimmerMilliseconds) % backdrop.length];
      if (still !== undefined) picture.set(still);
      for (const actor of view.actorsAt(instant)) {
        const pieces = piecesOf(actor, view.camera, view.sun);
        if (!pieces.some(({ outline }) => outline.some(({ u }) => u > -0.2 && u < 1.2))) continue;
        shadow(actor.x, actor.y, actor.length + 0.2, actor.width, actor.bearing);
        for (const { outline, faces } of pieces) {
          const [first] = faces;
          // The whole outline first, so that no backdrop shines through the seams between smoothed faces.
          if (first !== undefined) fill(outline, first.color, 1);
          for (const face of faces) fill(face.points, face.color, 1);
        }
      }
      let grain = (phase * 7919) % noiseLength;
      const [red, green, blue] = tone;
      if (red === undefined || green === undefined || blue === undefined) return picture;
      for (let at = 0; at < picture.length; at += 3) {
        const speck = noise[grain & (noiseLength - 1)] ?? 0;
        grain += 1;
        picture[at] = clamp((red[picture[at] ?? 0] ?? 0) + speck);
        picture[at + 1] = clamp((green[picture[at + 1] ?? 0] ?? 0) + speck);
        picture[at + 2] = clamp((blue[picture[at + 2] ?? 0] ?? 0) + speck);
      }
      return picture;
    },
  };
};

const clamp = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);
