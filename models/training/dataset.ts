/**
 * Pictures with their true boxes, as a camera's decoder would hand them to the model: rendered, coded as H.264,
 * decoded and scaled by ffmpeg. `npx node models/training/dataset.ts FOLDER FIRST_SEED LAST_SEED [crowded]` writes, for
 * each seed and scene, raw RGB pictures one after another and a JSON file with the boxes of each; what is there is kept.
 * `crowded` writes streets alone, fuller than those of the simulators, and with others that wait and park there in each
 * picture: whoever stands still is else the same in all pictures of a seed. Its seeds are not those of other pictures.
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
import { between, createRandom, pick, type Random } from '../../simulators/world/random.ts';
import type { Actor } from '../../simulators/world/shapes.ts';
import { bus } from '../../simulators/world/traffic.ts';
import {
  alongRoad,
  createView,
  parkedMotorbike,
  type SceneName,
  sceneNames,
  type View,
  waitingPerson,
} from '../../simulators/world/view.ts';
import { labels, pictureSize } from './task.ts';

const cameraSize = { width: 640, height: 360 };
/** Frames of each coded piece; one of them becomes a picture, so that keyframes and later ones are both seen. */
const pieceLength = 2;
const frameMilliseconds = 100;
const pieceMilliseconds = pieceLength * frameMilliseconds;

interface Piece {
  readonly start: number;
  readonly chosen: number;
}

/** Every other piece is the richest of three, since a street is empty most of the time. */
const choosePieces = (view: View, count: number): readonly Piece[] => {
  const random = createRandom(view.seed, view.scene, 'dataset');
  const draw = (): number => pieceMilliseconds * Math.floor(between(random, 0, worldPeriod / pieceMilliseconds));
  const moving = (start: number): number => view.visibleAt(start).filter(({ visible }) => visible > 0.5).length;
  return Array.from({ length: count }, (_, index) => {
    const starts = index % 2 === 0 ? [draw()] : [draw(), draw(), draw()];
    const start = starts.toSorted((a, b) => moving(b) - moving(a))[0] ?? 0;
    return { start, chosen: Math.floor(random() * pieceLength) };
  });
};

const upTo = (random: Random, most: number, make: (name: string) => Actor): readonly Actor[] =>
  Array.from({ length: Math.floor(random() * (most + 1)) }, (_, index) => make(`more-${index + 1}`));

/** A bus in one of the two lanes of cars. */
const passingBus = (random: Random, angle: number): Actor => {
  const [t, sense] = pick<readonly [number, number]>(random, [
    [17.3, 1],
    [20.8, -1],
  ]);
  const [x, y] = alongRoad(angle, between(random, -18, 18), t + between(random, -0.15, 0.15));
  const bearing = Math.atan2(sense * Math.cos(angle), sense * Math.sin(angle));
  return { ...bus(random), identity: 'bus-more-1', x, y, bearing, look: Math.floor(random() * 1e9) };
};

const isClear = (bus: Actor, others: readonly Actor[]): boolean =>
  others.every(({ x, y, length }) => Math.hypot(x - bus.x, y - bus.y) > (bus.length + length) / 2);

/** A street with others in each piece. */
const crowdedStreet = (seed: number): View => {
  const street = createView(seed, 'street');
  const { angle } = street;
  return createView(seed, 'street', instant => {
    const start = instant - (instant % pieceMilliseconds);
    const random = createRandom(seed, 'crowd', start);
    const crowd = [
      ...upTo(random, 5, name => waitingPerson(random, name, angle)),
      ...upTo(random, 4, name => parkedMotorbike(random, name, angle, between(random, -11, 11))),
    ];
    const passing = passingBus(random, angle);
    return isClear(passing, street.actorsAt(start)) && random() < 0.3 ? [...crowd, passing] : crowd;
  });
};

/** How the pictures of a seed are made. */
interface Take {
  readonly scenes: readonly SceneName[];
  /** Pictures of each scene. */
  readonly count: number;
  readonly viewOf: (seed: number, scene: SceneName) => View;
}

const takes: Readonly<Record<string, Take>> = {
  plain: { scenes: sceneNames, count: 8, viewOf: createView },
  crowded: { scenes: ['street'], count: 24, viewOf: crowdedStreet },
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

const writeShard = async (folder: string, view: View, count: number, signal: AbortSignal): Promise<void> => {
  const name = path.join(folder, `${view.scene}-${view.seed}`);
  if (await exists(`${name}.json`)) return;
  const pieces = choosePieces(view, count);
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

const [folder = '', first = '', last = '', how = 'plain'] = process.argv.slice(2);
const take = takes[how];
if (folder === '' || !(Number(first) <= Number(last)) || take === undefined) {
  throw new Error('usage: dataset.ts FOLDER FIRST_SEED LAST_SEED [crowded]');
}
await mkdir(folder, { recursive: true });
const { signal } = new AbortController();
for (let seed = Number(first); seed <= Number(last); seed++) {
  for (const scene of take.scenes) await writeShard(folder, take.viewOf(seed, scene), take.count, signal);
}
