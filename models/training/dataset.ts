/**
 * Pictures with their true boxes, as a camera's decoder would hand them to the model: rendered, coded as H.264,
 * decoded and scaled by ffmpeg. `npx node models/training/dataset.ts FOLDER FIRST_SEED LAST_SEED` writes, for each seed
 * and scene, raw RGB pictures one after another and a JSON file with the boxes of each; what is there is kept.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Picture } from '../../simulators/scenes/backdrop.ts';
import { encodePictures } from '../../simulators/scenes/encode.ts';
import { createRenderer } from '../../simulators/scenes/render.ts';
import { worldPeriod } from '../../simulators/world/period.ts';
import { between, createRandom } from '../../simulators/world/random.ts';
import { createView, type SceneName, sceneNames, type View } from '../../simulators/world/view.ts';
import { labels, pictureSize } from './task.ts';

const cameraSize = { width: 640, height: 360 };
const picturesEach = 8;
/** Frames of each coded piece; one of them becomes a picture, so that keyframes and later ones are both seen. */
const pieceLength = 4;
const frameMilliseconds = 100;

interface Piece {
  readonly start: number;
  readonly chosen: number;
}

/** Every other piece is the richest of three, since a street is empty most of the time. */
const choosePieces = (view: View): readonly Piece[] => {
  const random = createRandom(view.seed, view.scene, 'dataset');
  const draw = (): number => Math.floor(between(random, 0, worldPeriod / frameMilliseconds - pieceLength));
  const moving = (start: number): number =>
    view.visibleAt(start * frameMilliseconds).filter(({ visible }) => visible > 0.5).length;
  return Array.from({ length: picturesEach }, (_, index) => {
    const starts = index % 2 === 0 ? [draw()] : [draw(), draw(), draw()];
    const start = starts.toSorted((a, b) => moving(b) - moving(a))[0] ?? 0;
    return { start: start * frameMilliseconds, chosen: Math.floor(random() * pieceLength) };
  });
};

const decode = async (stream: Uint8Array): Promise<Buffer> => {
  const { width, height } = pictureSize;
  const child = spawn(
    'ffmpeg',
    [
      ...['-hide_banner', '-loglevel', 'error', '-threads', '1', '-f', 'h264', '-i', 'pipe:0'],
      ...['-vf', `scale=${width}:${height}:flags=bilinear`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  child.stdin.end(stream);
  const pixels = await buffer(child.stdout);
  await exited;
  return pixels;
};

const exists = async (file: string): Promise<boolean> => {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
};

const writeShard = async (folder: string, scene: SceneName, seed: number, signal: AbortSignal): Promise<void> => {
  const name = path.join(folder, `${scene}-${seed}`);
  if (await exists(`${name}.json`)) return;
  const view = createView(seed, scene);
  const pieces = choosePieces(view);
  function* pictures(): Generator<Picture> {
    const renderer = createRenderer(view, cameraSize.width, cameraSize.height);
    for (const { start } of pieces) {
      for (let frame = 0; frame < pieceLength; frame++) yield renderer.render(start + frame * frameMilliseconds);
    }
  }
  const pixels = await decode(await encodePictures(pictures(), { ...cameraSize, fps: pieceLength, signal }));
  const bytes = pictureSize.width * pictureSize.height * 3;
  if (pixels.length !== bytes * pieces.length * pieceLength) throw new Error(`${name}: ffmpeg lost pictures`);
  const kept = pieces.map(({ chosen }, index) => {
    const at = (index * pieceLength + chosen) * bytes;
    return pixels.subarray(at, at + bytes);
  });
  const truth = pieces.map(({ start, chosen }) =>
    view
      .visibleAt(start + chosen * frameMilliseconds)
      .map(({ label, box, visible }) => [labels.indexOf(label), box.x, box.y, box.width, box.height, visible]),
  );
  await writeFile(`${name}.rgb`, Buffer.concat(kept));
  await writeFile(`${name}.json.partial`, JSON.stringify(truth));
  await rename(`${name}.json.partial`, `${name}.json`);
};

const [folder = '', first = '', last = ''] = process.argv.slice(2);
if (folder === '' || !(Number(first) <= Number(last))) {
  throw new Error('usage: dataset.ts FOLDER FIRST_SEED LAST_SEED');
}
await mkdir(folder, { recursive: true });
const { signal } = new AbortController();
for (let seed = Number(first); seed <= Number(last); seed++) {
  for (const scene of sceneNames) await writeShard(folder, scene, seed, signal);
}
