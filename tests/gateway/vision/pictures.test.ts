import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { DetectedObject, Picture } from '../../../core/observation.ts';
import { createPictures } from '../../../gateway/vision/pictures.ts';
import { loadManifest, modelFolder } from '../../../models/load.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import { temporaryFolder } from '../../support/resources.ts';

const manifest = await loadManifest(modelFolder('simulated-scenes'));
const size = { width: 640, height: 360 };

/** Stripes of four pixels, black and white. */
const stripes = (): Picture => {
  const pixels = new Uint8Array(size.width * size.height * 3);
  for (let at = 0; at < pixels.length / 3; at++) pixels.fill(at % 8 < 4 ? 255 : 0, at * 3, at * 3 + 3);
  return { ...size, pixels };
};

const places = { person: 0.05, car: 0.3, bus: 0.55, doubtful: 0.8 } as const;
const boxAt = (x: number): DetectedObject['box'] => ({ x, y: 0.25, width: 0.15, height: 0.5 });
const found: readonly Detection[] = [
  { label: 'person', score: 0.9, box: boxAt(places.person) },
  { label: 'car', score: 0.9, box: boxAt(places.car) },
  { label: 'bus', score: 0.9, box: boxAt(places.bus) },
  { label: 'motorbike', score: 0.1, box: boxAt(places.doubtful) },
];
const reported = found.slice(0, 3).map(({ label, score, box }): DetectedObject => ({ label, confidence: score, box }));

/** Where the stripes can still be seen. */
const visible = async (file: string): Promise<readonly string[]> => {
  const seen: string[] = [];
  for (const [name, x] of Object.entries(places)) {
    const region = { left: Math.round((x + 0.03) * size.width), top: 120, width: 56, height: 120 };
    const gray = await sharp(file).extract(region).grayscale().raw().toBuffer();
    let sum = 0;
    for (let at = 1; at < gray.length; at++) sum += Math.abs((gray[at] ?? 0) - (gray[at - 1] ?? 0));
    if (sum / gray.length > 20) seen.push(name);
  }
  return seen;
};

const keep = async (folder: string, authorised: readonly string[], objects = reported) => {
  const counts: Record<string, number> = {};
  const count = (reason: string, by = 1): void => {
    counts[reason] = (counts[reason] ?? 0) + by;
  };
  const kept = await createPictures(folder, manifest, authorised, count)(stripes(), found, 0, objects);
  if (kept === undefined) throw new Error('no picture was kept');
  const { snapshot, unblurred = [] } = kept;
  const seen = (sha256: string) => visible(path.join(folder, `${sha256}.jpg`));
  return {
    counts,
    usual: { seen: await seen(snapshot.sha256), redaction: snapshot.redaction },
    authorised: await Promise.all(
      unblurred.map(async ({ label, snapshot: { sha256, redaction } }) => ({
        label,
        seen: await seen(sha256),
        redaction,
      })),
    ),
  };
};

const nothing = { seen: [], redaction: 'person-boxes,vehicle-boxes' };

describe('the pictures of what was detected', () => {
  it('show nobody and no vehicle where no class is authorised', async () => {
    await using folder = await temporaryFolder();
    expect(await keep(folder.path, [])).toEqual({ counts: {}, usual: nothing, authorised: [] });
    expect(await readdir(folder.path)).toHaveLength(1);
  });

  it('are one more for each class that is authorised, which shows that class alone, says so, and is counted', async () => {
    await using folder = await temporaryFolder();
    expect(await keep(folder.path, ['bus', 'person'])).toEqual({
      counts: { 'snapshot.unblurred.bus': 1, 'snapshot.unblurred.person': 1 },
      usual: nothing,
      authorised: [
        { label: 'bus', seen: ['bus'], redaction: 'person-boxes,vehicle-boxes but bus' },
        { label: 'person', seen: ['person'], redaction: 'vehicle-boxes' },
      ],
    });
  });

  it.each([
    ['was only suspected', ['motorbike'], reported],
    ['was not seen', ['person'], reported.slice(1)],
    ['the model does not know', ['Person', 'robot'], reported],
    ['would not be blurred', ['boat'], [...reported, { label: 'boat', confidence: 0.9, box: boxAt(0.1) }]],
  ])('are no more than that where the class that is authorised %s', async (_, authorised, objects) => {
    await using folder = await temporaryFolder();
    expect(await keep(folder.path, authorised, objects)).toEqual({ counts: {}, usual: nothing, authorised: [] });
    expect(await readdir(folder.path)).toHaveLength(1);
  });
});
