import { spawnSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clip, Picture } from '../../../core/observation.ts';
import { startRecording } from '../../../gateway/vision/clip.ts';
import { createRedaction } from '../../../gateway/vision/redact.ts';
import { loadManifest, modelFolder } from '../../../models/load.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import { missingPrograms, temporaryFolder } from '../../support/resources.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');
const redaction = createRedaction(await loadManifest(modelFolder('simulated-scenes')));

/** Stripes of four pixels, black and white. */
const stripes = (width: number, height: number): Picture => {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) pixels.fill((at % width) % 8 < 4 ? 255 : 0, at * 3, at * 3 + 3);
  return { width, height, pixels };
};

const person: Detection = { label: 'person', score: 0.1, box: { x: 0.25, y: 0.25, width: 0.25, height: 0.5 } };

/** Gray values of the first picture of a video. */
const firstPicture = (file: string): Uint8Array =>
  spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'gray', '-']).stdout;

/** Mean difference of pixels that lie beside each other in a region, 0–255. */
const detail = (gray: Uint8Array, width: number, left: number, top: number, size: number): number => {
  let sum = 0;
  for (let y = top; y < top + size; y++)
    for (let x = left; x < left + size; x++)
      sum += Math.abs((gray[y * width + x] ?? 0) - (gray[y * width + x - 1] ?? 0));
  return sum / (size * size);
};

/** One picture every 100 ms until the clip is done. */
const record = async (folder: string, picture: Picture, signal = AbortSignal.timeout(30_000)): Promise<Clip> => {
  const recording = startRecording({ duration: 1000, fps: 4, redaction, folder, signal });
  const showing = setInterval(() => recording.offer(picture, [person], 1234), 100);
  try {
    return await recording.ended;
  } finally {
    clearInterval(showing);
  }
};

describe.skipIf(skip !== undefined)('a clip', () => {
  it('shows nothing of whole persons, and the rest as it is', async () => {
    await using folder = await temporaryFolder();
    const clip = await record(folder.path, stripes(640, 360));
    expect(clip).toMatchObject({ mediaType: 'video/mp4', width: 640, height: 360, capturedAt: 1234, duration: 1000 });
    expect(await readdir(folder.path)).toEqual([`${clip.sha256}.mp4`]);
    const gray = firstPicture(path.join(folder.path, `${clip.sha256}.mp4`));
    expect(gray.length).toBe(640 * 360);
    expect(detail(gray, 640, 170, 100, 140)).toBeLessThan(3);
    expect(detail(gray, 640, 420, 100, 140)).toBeGreaterThan(40);
  });

  it('has even sides, as its coding wants them', async () => {
    await using folder = await temporaryFolder();
    const clip = await record(folder.path, stripes(101, 57));
    expect(clip).toMatchObject({ width: 100, height: 56 });
  });

  it('is exhausted, not silent, when the folder takes nothing', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'media');
    await writeFile(file, 'no folder');
    await expect(record(file, stripes(64, 36))).rejects.toMatchObject({ kind: 'exhausted' });
  });

  it('is unreachable when no picture comes before it is given up', async () => {
    await using folder = await temporaryFolder();
    const { ended } = startRecording({
      duration: 1000,
      fps: 4,
      redaction,
      folder: folder.path,
      signal: AbortSignal.timeout(50),
    });
    await expect(ended).rejects.toMatchObject({ kind: 'unreachable' });
    expect(await readdir(folder.path)).toEqual([]);
  });
});
