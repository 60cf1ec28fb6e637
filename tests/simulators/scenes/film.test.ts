import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type FilmOptions, frameAt, openFilm } from '../../../simulators/scenes/film.ts';
import { missingPrograms, temporaryFolder } from '../../support/resources.ts';

const tiny = (folder: string, onProgress: FilmOptions['onProgress'] = () => {}): FilmOptions => ({
  scene: 'street',
  seed: 3,
  width: 64,
  height: 36,
  fps: 2,
  signal: new AbortController().signal,
  folder,
  onProgress,
});

test.skipIf(missingPrograms('ffmpeg') !== undefined)('a film is rendered once', async () => {
  await using folder = await temporaryFolder();
  const parts: number[] = [];
  const first = await openFilm(tiny(folder.path, part => parts.push(part)));
  expect(parts.at(0)).toBe(0);
  expect(parts.at(-1)).toBe(1);
  parts.length = 0;
  expect(await openFilm(tiny(folder.path, part => parts.push(part)))).toEqual(first);
  expect(parts).toEqual([]);
  expect(await readdir(folder.path)).toHaveLength(1);
});

test.skipIf(missingPrograms('ffmpeg') !== undefined)(
  'a film lasts one period and has a keyframe each second',
  async () => {
    await using folder = await temporaryFolder();
    const { frames } = await openFilm(tiny(folder.path));
    expect(frames.map(({ keyframe }) => keyframe)).toEqual(Array.from({ length: 240 }, (_, index) => index % 2 === 0));
  },
);

test.skipIf(missingPrograms('ffmpeg') !== undefined)('a film that was cut short is reported', async () => {
  await using folder = await temporaryFolder();
  await openFilm(tiny(folder.path));
  const [name = ''] = await readdir(folder.path);
  await writeFile(path.join(folder.path, name), 'short');
  await expect(openFilm(tiny(folder.path))).rejects.toMatchObject({ kind: 'damaged' });
});

test('the frame of an instant is that of its phase', () => {
  expect([0, 99, 100, 119_999, 120_000, 120_150].map(instant => frameAt(10, instant))).toEqual([0, 0, 1, 1199, 0, 1]);
});
