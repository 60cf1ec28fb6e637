import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../core/command-line.ts';
import type { Box } from '../../../core/observation.ts';
import { modelsTryCommand } from '../../../gateway/cli/models.ts';
import { overlap } from '../../../pipelines/detect/overlap.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { createView } from '../../../simulators/world/view.ts';
import { missingPrograms, temporaryFolder } from '../../support/resources.ts';

const seed = 11;
const instant = 30_000;
const size = { width: 640, height: 360 };

const drawScene = async (file: string): Promise<void> => {
  const pixels = createRenderer(createView(seed, 'harbour'), size.width, size.height).render(instant);
  await sharp(pixels, { raw: { ...size, channels: 3 } })
    .png()
    .toFile(file);
};

const call = async (...argv: readonly string[]) => {
  let out = '';
  let err = '';
  const streams = {
    out: (text: string): void => {
      out += text;
    },
    err: (text: string): void => {
      err += text;
    },
  };
  const program = { name: 'haidang', summary: 'A test.', version: '0.0.0' };
  const code = await runCommandLine(program, [modelsTryCommand], ['models', 'try', ...argv], streams);
  return { code, out, err };
};

const skip = missingPrograms('ffmpeg');

describe.skipIf(skip !== undefined)('haidang models try', () => {
  it('gives boxes in pixels of the picture, where the things really are', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'a picture, of boats.png');
    await drawScene(file);
    const { code, out } = await call('simulated-scenes', file, file, '--json');
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ file, ...size, detector: { model: 'simulated-scenes', threshold: 0.5 } });
    const boats = createView(seed, 'harbour')
      .visibleAt(instant)
      .filter(({ label, visible, box }) => label === 'boat' && visible > 0.9 && box.width > 0.1);
    expect(boats.length).toBeGreaterThan(0);
    for (const { box } of boats) {
      const pixels = scaled(box, size.width, size.height);
      const best = Math.max(...lines[0].objects.map((object: { box: Box }) => overlap(object.box, pixels)));
      expect(best).toBeGreaterThan(0.5);
    }
  });

  it('draws a PNG of the same size, and says what it drew', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'boats.png');
    await drawScene(file);
    const { code, out } = await call('simulated-scenes', file, '-o', path.join(folder.path, 'drawn'));
    expect(code).toBe(0);
    expect(await readdir(path.join(folder.path, 'drawn'))).toEqual(['boats.boxes.png']);
    const drawn = path.join(folder.path, 'drawn', 'boats.boxes.png');
    expect(await sharp(drawn).metadata()).toMatchObject({ format: 'png', ...size });
    expect(out).toMatch(/boat +0\.\d\d/);
  });

  it('says what is wrong with a picture, a model or a threshold', async () => {
    await using folder = await temporaryFolder();
    const text = path.join(folder.path, 'text.jpg');
    await writeFile(text, 'no picture');
    expect(await call('simulated-scenes', text)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no picture that ffmpeg can read'),
    });
    expect(await call('simulated-scenes', path.join(folder.path, 'none.jpg'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read (ENOENT)'),
    });
    expect(await call('nonsense', text)).toMatchObject({ code: 1, err: expect.stringContaining('no model at') });
    expect(await call('simulated-scenes', text, '--threshold', 'high')).toMatchObject({ code: 1 });
    expect(await call('simulated-scenes')).toMatchObject({ code: 2, err: expect.stringContaining('PICTURE') });
  });
});

const scaled = ({ x, y, width, height }: Box, across: number, down: number): Box => ({
  x: x * across,
  y: y * down,
  width: width * across,
  height: height * down,
});
