import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { FrameRequest, Picture } from '../../../core/observation.ts';
import { createPpmReader, type DecodedPictures, decodeVideo } from '../../../drivers/transports/ffmpeg.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';

describe('pictures of ffmpeg', () => {
  const picture = Buffer.concat([Buffer.from('P6\n2 1\n255\n'), Buffer.from([1, 2, 3, 4, 5, 6])]);
  const limit = { width: 4, height: 4 };

  it('are put together from any pieces', () => {
    const stream = Buffer.concat([picture, picture, picture]);
    for (const length of [1, 2, 3, 5, 7, 16, 17, 18, stream.length]) {
      const read = createPpmReader(limit);
      const found = Array.from({ length: Math.ceil(stream.length / length) }, (_, index) =>
        read(stream.subarray(index * length, (index + 1) * length)),
      ).flat();
      expect(found.map(({ pixels }) => [...pixels])).toEqual(Array(3).fill([1, 2, 3, 4, 5, 6]));
    }
  });

  it('take the memory of those that were released, and of no other', () => {
    const read = createPpmReader(limit);
    const next = (color: number): Picture | undefined =>
      read(Buffer.concat([Buffer.from('P6\n2 1\n255\n'), Buffer.alloc(6, color)]))[0];
    const [released, kept] = [next(1), next(2)];
    released?.release?.();
    released?.release?.();
    const later = [next(3), next(4)];
    expect(later[0]?.pixels).toBe(released?.pixels);
    // It is the later one's by now.
    released?.release?.();
    expect([kept, ...later, next(5)].map(each => each?.pixels[0])).toEqual([2, 3, 4, 5]);
  });

  it('take none of another size', () => {
    const read = createPpmReader(limit);
    read(picture)[0]?.release?.();
    const [narrow] = read(Buffer.concat([Buffer.from('P6\n1 1\n255\n'), Buffer.from([7, 8, 9])]));
    expect([...(narrow?.pixels ?? [])]).toEqual([7, 8, 9]);
  });

  it.each([
    ['larger than asked for', 'P6\n5 1\n255\n'],
    ['of another format', 'P5\n2 1\n255\n'],
    ['without an end of the header', 'P6 '.repeat(20)],
  ])('%s are refused', (_, text) => {
    expect(() => createPpmReader(limit)(Buffer.from(text))).toThrow(GatewayError);
  });
});

const skip = missingPrograms('ffmpeg');

describe.skipIf(skip !== undefined)('a decoded video', () => {
  let video = '';
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
    video = path.join(folder.path, 'video.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=25:duration=4', '-c:v', 'libx264', '-y', video];
    expect(spawnSync('ffmpeg', ['-loglevel', 'error', ...source]).status).toBe(0);
    return () => folder[Symbol.asyncDispose]();
  });

  const request: FrameRequest = { width: 128, height: 128, resampling: 'bilinear', maximumFps: 5 };
  const explain = (complaints: string): GatewayError => new GatewayError('protocol', complaints);
  const decode = async (asked: FrameRequest): Promise<readonly DecodedPictures[]> => {
    const pictures: DecodedPictures[] = [];
    const options = { signal: AbortSignal.timeout(20_000), explain, keep: 'all' } as const;
    for await (const decoded of decodeVideo({ args: ['-i', video] }, asked, options)) pictures.push(decoded);
    return pictures;
  };

  it('fits inside the size asked for with its own aspect ratio, no more often than asked for', async () => {
    const pictures = await decode(request);
    expect(pictures.length).toBe(20);
    expect(pictures[0]?.picture).toMatchObject({ width: 128, height: 72 });
    expect(pictures[0]?.picture.pixels.length).toBe(128 * 72 * 3);
  });

  it('comes in a second size that is never enlarged', async () => {
    const pictures = await decode({ ...request, maximumFps: 1, large: { width: 1280, height: 1280 } });
    expect(pictures.length).toBe(4);
    for (const { large } of pictures) expect(large).toMatchObject({ width: 320, height: 180 });
  });

  it('is enlarged where the model is larger', async () => {
    const pictures = await decode({ ...request, width: 640, height: 640, maximumFps: 1 });
    expect(pictures[0]?.picture).toMatchObject({ width: 640, height: 360 });
  });

  it('is the same when its pictures are released', async () => {
    const large = { width: 320, height: 320 };
    const kept = await decode({ ...request, large });
    const options = { signal: AbortSignal.timeout(20_000), explain, keep: 'all' } as const;
    const copies: Uint8Array[][] = [];
    for await (const both of decodeVideo({ args: ['-i', video] }, { ...request, large }, options)) {
      const pictures = [both.picture, ...(both.large === undefined ? [] : [both.large])];
      copies.push(pictures.map(({ pixels }) => pixels.slice()));
      for (const { release } of pictures) release?.();
    }
    expect(copies.length).toBe(20);
    for (const [index, [small, other]] of copies.entries()) {
      expect(Buffer.compare(small ?? Buffer.of(), kept[index]?.picture.pixels ?? Buffer.of())).toBe(0);
      expect(Buffer.compare(other ?? Buffer.of(), kept[index]?.large?.pixels ?? Buffer.of())).toBe(0);
    }
  });

  it('takes one core at most, so that a flood of large pictures leaves the others to the machine', async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, explain, keep: 'latest' } as const;
    const asked = { ...request, large: { width: 320, height: 320 } };
    let threads = 0;
    for await (const _ of decodeVideo({ args: ['-re', '-i', video] }, asked, options)) {
      const decoder = spawnSync('pgrep', ['-P', String(process.pid), '-f', video])
        .stdout.toString()
        .trim();
      threads = readdirSync(`/proc/${decoder}/task`).length;
      abort.abort();
    }
    // The one that decodes and scales, and ffmpeg's one of the filters, which waits for it.
    expect(threads).toBe(2);
  });

  it('ends within a second of its abort and leaves no process', async () => {
    const abort = new AbortController();
    const options = { signal: abort.signal, explain, keep: 'latest' } as const;
    const input = { args: ['-re', '-stream_loop', '-1', '-i', video] };
    let seen = 0;
    let abortedAt = 0;
    for await (const _ of decodeVideo(input, request, options)) {
      if (++seen !== 2) continue;
      abortedAt = performance.now();
      abort.abort();
    }
    expect(performance.now() - abortedAt).toBeLessThan(1000);
    await until('ffmpeg ended', () => spawnSync('pgrep', ['-f', video]).status !== 0);
  });

  it('is given up when no picture comes any more', async () => {
    const stalled = new GatewayError('unreachable', 'stalled');
    const live = {
      stall: { first: 10_000, next: 500, explain: () => stalled },
      reshaped: () => stalled,
      onDamaged: () => {},
    };
    const options = { signal: AbortSignal.timeout(20_000), explain, keep: 'latest', live } as const;
    let decoder: number | undefined;
    let seen = 0;
    const look = async (): Promise<void> => {
      for await (const _ of decodeVideo({ args: ['-readrate', '1', '-i', video] }, request, options)) {
        seen++;
        decoder ??= Number(spawnSync('pgrep', ['-P', String(process.pid), '-f', video]).stdout.toString());
        process.kill(decoder, 'SIGSTOP');
      }
    };
    await expect(look()).rejects.toBe(stalled);
    expect(seen).toBeGreaterThan(0);
    expect(existsSync(`/proc/${decoder}`)).toBe(false);
  });

  it('is unreachable when ffmpeg is killed', async () => {
    const options = { signal: AbortSignal.timeout(20_000), explain, keep: 'latest' } as const;
    const look = async (): Promise<void> => {
      for await (const _ of decodeVideo({ args: ['-readrate', '1', '-i', video] }, request, options)) {
        spawnSync('pkill', ['-KILL', '-P', String(process.pid), '-f', video]);
      }
    };
    await expect(look()).rejects.toMatchObject({ kind: 'unreachable', message: 'ffmpeg was ended by SIGKILL' });
  });

  it('says what ffmpeg complains of when there is none', async () => {
    const options = { signal: AbortSignal.timeout(20_000), explain, keep: 'all' } as const;
    const pictures = decodeVideo({ args: ['-i', path.join(folder.path, 'none.mp4')] }, request, options);
    await expect(pictures.next()).rejects.toThrow(/No such file/);
  });
});
