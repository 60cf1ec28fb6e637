import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../../../core/observation.ts';
import { createRedaction } from '../../../gateway/vision/redact.ts';
import { createSnapshots } from '../../../gateway/vision/snapshot.ts';
import { loadManifest, modelFolder } from '../../../models/load.ts';
import { temporaryFolder } from '../../support/resources.ts';

const redaction = createRedaction(await loadManifest(modelFolder('simulated-scenes')));

/** Stripes of one pixel, black and white: every detail there can be. */
const stripes = (width: number, height: number): Picture => {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) pixels.fill((at % width) % 8 < 4 ? 255 : 0, at * 3, at * 3 + 3);
  return { width, height, pixels };
};

/** Mean difference of pixels that lie beside each other, 0–255. */
const detail = async (file: string, left: number, top: number, width: number, height: number): Promise<number> => {
  const { data } = await sharp(file)
    .extract({ left, top, width, height })
    .grayscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let sum = 0;
  for (let at = 1; at < data.length; at++) if (at % width > 0) sum += Math.abs((data[at] ?? 0) - (data[at - 1] ?? 0));
  return sum / data.length;
};

const box = { x: 0.25, y: 0.25, width: 0.25, height: 0.5 };

describe('a snapshot', () => {
  it('shows nothing of whole persons and vehicles, and the rest as it is', async () => {
    await using folder = await temporaryFolder();
    const keep = createSnapshots(folder.path, redaction);
    for (const label of ['person', 'car', 'motorbike']) {
      const { sha256 } = await keep(stripes(640, 360), [{ label, score: 0.1, box }], 0);
      const file = path.join(folder.path, `${sha256}.jpg`);
      expect(await detail(file, 160, 90, 160, 180)).toBeLessThan(3);
      expect(await detail(file, 400, 90, 160, 180)).toBeGreaterThan(40);
    }
  });

  it('shows what is neither', async () => {
    await using folder = await temporaryFolder();
    const { sha256, redaction: hidden } = await createSnapshots(folder.path, redaction)(
      stripes(640, 360),
      [{ label: 'boat', score: 0.9, box }],
      0,
    );
    expect(await detail(path.join(folder.path, `${sha256}.jpg`), 160, 90, 160, 180)).toBeGreaterThan(40);
    expect(hidden).toBe('person-boxes,vehicle-boxes');
  });

  it('is one file named by the hash of its bytes, with nothing left beside it', async () => {
    await using folder = await temporaryFolder();
    const keep = createSnapshots(path.join(folder.path, 'media'), redaction);
    const first = await keep(stripes(64, 36), [], 1234);
    const again = await keep(stripes(64, 36), [], 1234);
    expect(first).toMatchObject({ width: 64, height: 36, capturedAt: 1234, mediaType: 'image/jpeg' });
    expect(again.sha256).toBe(first.sha256);
    expect(await readdir(path.join(folder.path, 'media'))).toEqual([`${first.sha256}.jpg`]);
    const bytes = await readFile(path.join(folder.path, 'media', `${first.sha256}.jpg`));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(first.sha256);
    expect(bytes.length).toBe(first.bytes);
  });

  it('says when it was captured, so that the same scene later is another file', async () => {
    await using folder = await temporaryFolder();
    const keep = createSnapshots(folder.path, redaction);
    const capturedAt = Date.UTC(2026, 10, 22, 17, 4, 10, 240);
    const first = await keep(stripes(64, 36), [], capturedAt);
    const later = await keep(stripes(64, 36), [], capturedAt + 120_000);
    expect(later.sha256).not.toBe(first.sha256);
    const { exif } = await sharp(path.join(folder.path, `${first.sha256}.jpg`)).metadata();
    const words = exif?.toString('latin1');
    for (const word of ['2026:11:22 17:04:10', '240', '+00:00']) expect(words).toContain(word);
  });

  it('takes boxes at the edge and of one pixel', async () => {
    await using folder = await temporaryFolder();
    const keep = createSnapshots(folder.path, redaction);
    const boxes = [
      { x: 0, y: 0, width: 1, height: 1 },
      { x: 0.999, y: 0.999, width: 0.001, height: 0.001 },
      { x: 0.9, y: 0.9, width: 0.2, height: 0.2 },
    ];
    const objects = boxes.map(each => ({ label: 'person', score: 0.9, box: each }));
    expect(await keep(stripes(64, 36), objects, 0)).toMatchObject({ width: 64 });
  });

  it('is exhausted, not silent, when the folder takes nothing', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'media');
    await writeFile(file, 'no folder');
    await expect(createSnapshots(file, redaction)(stripes(64, 36), [], 0)).rejects.toMatchObject({ kind: 'exhausted' });
  });
});
