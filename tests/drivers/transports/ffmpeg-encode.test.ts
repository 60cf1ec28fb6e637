import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseEncoder, openVideoEncoder } from '../../../drivers/transports/ffmpeg-encode.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

const list = (...names: readonly string[]): string =>
  ['Encoders:', ' V..... = Video', ...names.map(name => ` V....D ${name}              ${name} (codec h264)`)].join(
    '\n',
  );

describe('the encoder', () => {
  it.each([
    [['mpeg4', 'libopenh264', 'libx264'], 'libx264', 'h264'],
    [['mpeg4', 'libopenh264', 'libx264rgb'], 'libopenh264', 'h264'],
    [['mpeg4', 'h264_vaapi'], 'mpeg4', 'mpeg4'],
  ] as const)('of %j is %s', (names, name, codec) => {
    expect(chooseEncoder(list(...names))).toMatchObject({ name, codec });
  });

  it('is unsupported when there is none that is known everywhere', () => {
    expect(() => chooseEncoder(list('libvpx'))).toThrow(expect.objectContaining({ kind: 'unsupported' }));
  });
});

const size = { width: 64, height: 36 };
const gray = (level: number): Uint8Array => new Uint8Array(size.width * size.height * 3).fill(level);

describe.skipIf(missingPrograms('ffmpeg') !== undefined)('a video file', () => {
  it('holds what was written, and takes no more than it may', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'clip.mp4');
    const options = { size, fps: 10, file, maximumBytes: 1_000_000, signal: AbortSignal.timeout(20_000) };
    await using encoder = await openVideoEncoder(options);
    for (let index = 0; index < 20; index++) await encoder.write(gray(index * 10));
    await encoder.finish();
    expect((await stat(file)).size).toBeLessThan(1_000_000);
    const args = ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
    expect(spawnSync('ffmpeg', args).stdout.length).toBe(20 * size.width * size.height);
  });

  it('is a defect with what ffmpeg said when it cannot be written', async () => {
    const options = { size, fps: 10, file: '/nowhere/clip.mp4', maximumBytes: 1_000_000 };
    await using encoder = await openVideoEncoder({ ...options, signal: AbortSignal.timeout(20_000) });
    for (let index = 0; index < 100; index++) await encoder.write(gray(index));
    await expect(encoder.finish()).rejects.toMatchObject({
      kind: 'defect',
      message: expect.stringContaining('No such file'),
    });
  });

  it('is ended with the one who wanted it', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'clip.mp4');
    const abort = new AbortController();
    await using encoder = await openVideoEncoder({
      size,
      fps: 10,
      file,
      maximumBytes: 1_000_000,
      signal: abort.signal,
    });
    await encoder.write(gray(0));
    await until('it writes', () => existsSync(file));
    abort.abort();
    await expect(encoder.finish()).rejects.toMatchObject({
      kind: 'defect',
      message: expect.stringContaining('SIGKILL'),
    });
  });
});
