import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CameraClip, Detections, Picture } from '../../../core/observation.ts';
import { createEventClips } from '../../../gateway/vision/event-clips.ts';
import { loadManifest, modelFolder } from '../../../models/load.ts';
import { detectSchema } from '../../../pipelines/detect/config.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

const skip = missingPrograms('ffmpeg');
const manifest = await loadManifest(modelFolder('simulated-scenes'));
const detector = { model: 'm', version: '1.0.0', sha256: 'abc', threshold: 0.5 };
const size = { width: 320, height: 180 };
const box = { x: 0.5, y: 0.25, width: 0.5, height: 0.5 };

/** Stripes of four pixels, black and gray; how bright tells one picture from another. */
const stripes = (bright: number): Picture => {
  const pixels = new Uint8Array(size.width * size.height * 3);
  for (let at = 0; at < pixels.length / 3; at++) pixels.fill(at % 8 < 4 ? bright : 0, at * 3, at * 3 + 3);
  return { ...size, pixels };
};

const seen = (label: string | undefined, time: number): Detections => ({
  ...{ kind: 'detections', device: 'cam-1', time, timeFrom: 'gateway', ended: [], detector },
  objects: label === undefined ? [] : [{ label, confidence: 0.9, box, track: `${label}-${time}` }],
});

/** Gray pictures of a video. */
const picturesOf = (file: string): readonly Uint8Array[] => {
  const { stdout } = spawnSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
  const length = size.width * size.height;
  return Array.from({ length: stdout.length / length }, (_, at) => stdout.subarray(at * length, (at + 1) * length));
};

/** Mean difference of neighbors and brightest pixel in the left or in the right half, away from the edges. */
const lookAt = (gray: Uint8Array, half: 'left' | 'right') => {
  let [sum, brightest, count] = [0, 0, 0];
  for (let y = 60; y < 120; y++)
    for (let x = half === 'left' ? 20 : 200; x < (half === 'left' ? 120 : 300); x++, count++) {
      const value = gray[y * size.width + x] ?? 0;
      sum += Math.abs(value - (gray[y * size.width + x - 1] ?? 0));
      brightest = Math.max(brightest, value);
    }
  return { detail: sum / count, brightest };
};

const open = (folder: string, clip: object, authorised: readonly string[] = []) => {
  const { clip: config, fps } = detectSchema.parse({ model: 'm', fps: 5, snapshot: {}, clip });
  if (config === undefined) throw new Error('no clip is configured');
  const stopping = new AbortController();
  const counts: string[] = [];
  const log = recordedLog();
  const start = Date.UTC(2026, 10, 22, 17, 4);
  let steady = 0;
  const recorder = createEventClips({
    ...{ config, fps, manifest, authorised, folder, log, signal: stopping.signal },
    clock: { now: () => start + steady, steady: () => steady },
    count: reason => void counts.push(reason),
  });
  const clips: CameraClip[] = [];
  return {
    counts,
    log,
    stop: () => stopping.abort(),
    start,
    /** At this time, ms, a picture in which something stands; `isNew` where it begins to be followed. */
    show: (at: number, bright: number, label: string, isNew = false): Detections => {
      steady = at;
      const detections = seen(label, start + at);
      const begun = isNew ? detections.objects.flatMap(({ track }) => track ?? []) : [];
      recorder.show(stripes(bright), [{ label, score: 0.9, box }], detections, begun);
      return detections;
    },
    clip: async (): Promise<CameraClip> => {
      await until('a clip', () => clips.push(...recorder.take()) > 0, 30_000);
      const [first] = clips.splice(0, 1);
      if (first === undefined) throw new Error('no clip');
      return first;
    },
    nothing: () => recorder.take().length === 0,
  };
};

describe.skipIf(skip !== undefined)('a clip of what begins to be followed', () => {
  it('shows what was before, blurred, a picture standing until the next one, and is told with its object', async () => {
    await using folder = await temporaryFolder();
    const camera = open(folder.path, { before: '2s', after: '1s' });
    camera.show(0, 60, 'person');
    camera.show(2000, 120, 'person');
    const begun = camera.show(3000, 220, 'person', true);
    const { clip, ...told } = await camera.clip();
    expect(told).toEqual({
      ...{ kind: 'camera-clip', device: 'cam-1', time: begun.time, timeFrom: 'gateway', detector },
      object: begun.objects[0],
    });
    expect(clip).toMatchObject({
      ...{ ...size, mediaType: 'video/mp4', redaction: 'person-boxes,vehicle-boxes', duration: 3000 },
      capturedAt: camera.start + 1000,
    });
    expect(await readdir(folder.path)).toEqual([`${clip.sha256}.mp4`]);
    const pictures = picturesOf(path.join(folder.path, `${clip.sha256}.mp4`));
    expect(pictures).toHaveLength(15);
    for (const gray of pictures) expect(lookAt(gray, 'right').detail).toBeLessThan(3);
    // One second of the first picture, one of the second, and the last one until its end.
    const brightness = pictures.map(gray => lookAt(gray, 'left').brightest);
    for (const [at, wanted] of [60, 120, 220].entries())
      for (const bright of brightness.slice(at * 5, at * 5 + 5)) expect(Math.abs(bright - wanted)).toBeLessThan(25);
    expect(camera.counts).toEqual([]);
    camera.stop();
  });

  it('shows an authorised class as it is where it is recorded for that class, and blurs it in every other', async () => {
    await using folder = await temporaryFolder();
    const seenIn = async (cause: string) => {
      const camera = open(folder.path, { before: '0s', after: '1s' }, ['car']);
      camera.show(0, 220, 'car');
      camera.show(200, 220, cause, true);
      const { clip } = await camera.clip();
      camera.stop();
      const [gray] = picturesOf(path.join(folder.path, `${clip.sha256}.mp4`));
      return {
        counts: camera.counts,
        redaction: clip.redaction,
        detail: lookAt(gray ?? new Uint8Array(0), 'right').detail,
      };
    };
    const car = await seenIn('car');
    expect(car).toMatchObject({ counts: ['clip.unblurred.car'], redaction: 'person-boxes,vehicle-boxes but car' });
    expect(car.detail).toBeGreaterThan(30);
    const person = await seenIn('person');
    expect(person).toMatchObject({ counts: [], redaction: 'person-boxes,vehicle-boxes' });
    expect(person.detail).toBeLessThan(3);
  });

  it('is recorded of the classes asked for, and no oftener than asked for', async () => {
    await using folder = await temporaryFolder();
    const camera = open(folder.path, { before: '0s', after: '1s', every: '10s', classes: ['person'] });
    camera.show(0, 220, 'car', true);
    camera.show(1000, 220, 'person', true);
    expect((await camera.clip()).time).toBe(camera.start + 1000);
    camera.show(5000, 220, 'person', true);
    camera.show(11_000, 120, 'person', true);
    expect((await camera.clip()).time).toBe(camera.start + 11_000);
    expect(await readdir(folder.path)).toHaveLength(2);
    camera.stop();
  });

  it('is given up with the connection, and leaves no file', async () => {
    await using folder = await temporaryFolder();
    const camera = open(folder.path, { after: '30s' });
    camera.show(0, 220, 'person', true);
    camera.show(5000, 220, 'person');
    await until('it is recorded', async () => (await readdir(folder.path)).length > 0);
    camera.stop();
    await until('the file is gone', async () => (await readdir(folder.path)).length === 0);
    expect(camera.nothing()).toBe(true);
    expect(camera.log.lines).toEqual([]);
  });

  it('that cannot be written is told and counted, and the next one is recorded', async () => {
    await using folder = await temporaryFolder();
    const spool = path.join(folder.path, 'media');
    await writeFile(spool, 'no folder');
    const camera = open(spool, { before: '0s', after: '1s', every: '1s' });
    camera.show(0, 220, 'person', true);
    await until('it is counted', () => camera.counts.includes('clip.failed.exhausted'));
    expect(camera.log.lines.map(({ message }) => message)).toEqual(['a clip could not be recorded']);
    await rm(spool);
    await until('it can be recorded again', async () => {
      camera.show(5000, 220, 'person', true);
      return existsSync(spool);
    });
    camera.stop();
  });
});
