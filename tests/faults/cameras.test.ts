/** What happens to cameras, and to their neighbors: the decoders of a site run side by side, each under its supervisor. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../core/driver.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import { minutes, seconds, systemClock } from '../../core/time.ts';
import { driver } from '../../drivers/cameras/rtsp-camera/driver.ts';
import { type Supervised, superviseDevice } from '../../gateway/runtime/supervisor.ts';
import { openRtspServer, type RtspServer } from '../../simulators/cameras/video/rtsp-server.ts';
import { type Film, type FilmOptions, openFilm } from '../../simulators/scenes/film.ts';
import { missingPrograms, temporaryFolder, until } from '../support/resources.ts';
import { floodFilm, squareFilm, testCardFilm } from './support/films.ts';
import { inForm, tell } from './support/form.ts';

const missing = missingPrograms('ffmpeg');
const silent = { info: () => {}, warn: () => {}, error: () => {} };

interface Camera extends AsyncDisposable {
  readonly server: RtspServer;
  readonly supervised: Supervised;
  /** When each of its pictures came, by the steady clock. */
  readonly pictures: readonly number[];
  newest(): Frame | undefined;
  /** Takes each picture that comes from now on. */
  look(at: (picture: Frame) => void): void;
  readonly failures: readonly GatewayError[];
}

const login = { username: 'viewer', password: 'of this test' };

const startServer = (film: Film, transports: 'tcp' | 'udp' = 'tcp'): Promise<RtspServer> =>
  openRtspServer({
    film,
    login,
    host: '127.0.0.1',
    port: 0,
    path: '/live',
    transports,
    clock: systemClock,
    random: Math.random,
  });

/** A camera under supervision as the vision process reads it, down to the decoded pictures. */
const supervise = (server: RtspServer, id: string, transport: 'tcp' | 'udp' = 'tcp'): Camera => {
  const pictures: number[] = [];
  const failures: GatewayError[] = [];
  let newest: Frame | undefined;
  let look = (_: Frame): void => {};
  const see = (frame: Frame): void => {
    newest = frame;
    look(frame);
  };
  const url = `rtsp://127.0.0.1:${server.port}/live`;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is how a configuration names a secret.
  const camera = driver.bind(id, { url, transport, username: login.username, password: '${env:PASSWORD}' });
  const read = async function* (batches: AsyncIterable<{ readonly items: readonly (Observation | Frame)[] }>) {
    for await (const { items } of batches) {
      for (const item of items) if (item.kind === 'frame') see(item);
      pictures.push(performance.now());
      yield { items: [] };
    }
  };
  const device: Device<Observation> = { ...camera, open: context => read(camera.open(context)) };
  const supervised = superviseDevice({
    profile: {
      ...{ id, name: id, driver: driver.name, service: 'urban-camera', alsoServes: [], agencies: [] },
      ...{ siteId: 'pole-1', areaCode: '00000', status: 'test', tags: [] },
    },
    device,
    silence: camera.silence,
    context: { clock: systemClock, log: silent, reveal: () => login.password, frames: everyPicture },
    accept: async () => {},
    onFailure: failure => failures.push(failure),
    onBatch: () => {},
  });
  return {
    server,
    supervised,
    pictures,
    newest: () => newest,
    look: at => {
      look = at;
    },
    failures,
    [Symbol.asyncDispose]: async () => {
      await supervised[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
};

/** The newest decoder that this process started; undefined of one that ends just now. */
const newestDecoder = (): { readonly threads: number; readonly megabytes: number } | undefined => {
  const [pid] = spawnSync('pgrep', ['-n', '-P', `${process.pid}`, '-x', 'ffmpeg'])
    .stdout.toString()
    .split('\n');
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    if (kilobytes === undefined) return undefined;
    return { threads: readdirSync(`/proc/${pid}/task`).length, megabytes: Number(kilobytes) / 1024 };
  } catch {
    return undefined;
  }
};

const digestOf = ({ pixels }: Frame): string => createHash('md5').update(pixels).digest('hex');

/** Width and height of what is white in a picture, pixels. */
const whiteOf = ({ width, pixels }: Frame): string => {
  const places = Array.from({ length: pixels.length / 3 }, (_, at) => at).filter(at => (pixels[at * 3] ?? 0) > 128);
  const columns = new Set(places.map(at => at % width));
  const rows = new Set(places.map(at => Math.floor(at / width)));
  return `${columns.size} × ${rows.size}`;
};

const everyPicture = { width: 64, height: 64, resampling: 'bilinear', maximumFps: 25 } as const;

describe.skipIf(missing !== undefined)('cameras of a site', () => {
  let film: Film;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const usualPath = process.env['PATH'];

  /** How many decoders were started so far. */
  const decoders = async (): Promise<number> =>
    (await readFile(path.join(folder.path, 'started'), 'utf8')).split('\n').length - 1;

  beforeAll(async () => {
    const size = { width: 64, height: 36, fps: 1 };
    film = await openFilm({ ...size, scene: 'street', seed: 7, signal: AbortSignal.timeout(60_000) });
    folder = await temporaryFolder();
    // Stands before the real one, so that each start leaves a line.
    const counted = path.join(folder.path, 'ffmpeg');
    await writeFile(path.join(folder.path, 'started'), '');
    await writeFile(counted, `#!/bin/sh\necho >> '${folder.path}/started'\nPATH='${usualPath}' exec ffmpeg "$@"\n`);
    await chmod(counted, 0o755);
    process.env['PATH'] = `${folder.path}:${usualPath}`;
  });
  afterAll(async () => {
    process.env['PATH'] = usualPath;
    await folder[Symbol.asyncDispose]();
  });

  it('go on unchanged while half of 64 are away, which cost no decoder and are read as soon as they return', async () => {
    const half = 32;
    /** Of the other half: read at first, then away, then back. The rest of it is away all along. */
    const returning = inForm({ short: 4, long: half });
    await using stack = new AsyncDisposableStack();
    const before = await decoders();
    const cameras: Camera[] = [];
    /** The longest that as many as return later took from their start to the first picture of each. */
    let beganWithin = 0;
    for (let first = 0; first < 2 * half; first += returning) {
      const began = performance.now();
      const isThere = first < half + returning;
      const group: Camera[] = [];
      for (let index = first; index < first + returning; index++) {
        const server = await startServer(film);
        if (!isThere) server.show('away');
        group.push(stack.use(supervise(server, `cam-${index}`)));
      }
      cameras.push(...group);
      if (!isThere) continue;
      await until('they are read', () => group.every(({ pictures }) => pictures.length > 0));
      beganWithin = Math.max(beganWithin, performance.now() - began);
    }
    const others = cameras.slice(0, half);
    const flapping = cameras.slice(half, half + returning);
    expect(await decoders()).toBe(before + half + returning);

    const leftAt = performance.now();
    for (const { server } of flapping) server.show('away');
    await until('it is noticed', () => flapping.every(({ supervised }) => supervised.status().state === 'waiting'));
    await until('some attempts failed', () => performance.now() - leftAt > inForm({ short: 6000, long: 120_000 }));
    const returnedAt = performance.now();
    expect(await decoders()).toBe(before + half + returning);
    for (const { server } of flapping) server.show(undefined);
    await until('they are read again', () => flapping.every(({ pictures }) => (pictures.at(-1) ?? 0) > returnedAt));
    const readAt = performance.now();
    expect(await decoders()).toBe(before + half + 2 * returning);

    // A knock each half second, or less often on a busy machine, then a decoder that waits for a key frame: no longer than
    // as many took when they were started.
    const slowest = Math.max(...flapping.map(({ pictures }) => pictures.find(at => at > returnedAt) ?? Infinity));
    expect(slowest - returnedAt).toBeLessThan(seconds(1) + beganWithin);
    // One a second, over one connection: none is missing, however late a busy machine shows it.
    for (const { pictures } of others) {
      const sent = Math.floor((readAt - (pictures[0] ?? 0)) / 1000);
      await until('every picture that was sent is there', () => pictures.length > sent);
    }
    for (const { supervised } of others) expect(supervised.status()).toMatchObject({ state: 'running', counts: {} });
    const gaps = others.map(({ pictures }) =>
      Math.max(...pictures.filter(at => at > leftAt).map((at, index, since) => at - (since[index - 1] ?? leftAt))),
    );
    tell(
      `64 cameras, ${half} away: the longest gap of another ${Math.round(Math.max(...gaps))} ms, back after ` +
        `${Math.round(slowest - returnedAt)} ms, begun within ${Math.round(beganWithin)} ms`,
    );
  });

  describe('beside one with a fault', () => {
    const usual = { width: 64, height: 36, fps: 2, scene: 'street', seed: 7 } as const;
    const filmOf = (other: Partial<FilmOptions>): Promise<Film> =>
      openFilm({ ...usual, ...other, signal: AbortSignal.timeout(120_000) });
    let steady: Film;
    let neighbor: Camera;

    beforeAll(async () => {
      steady = await filmOf({});
      neighbor = supervise(await startServer(steady), 'neighbor');
    });
    afterAll(async () => {
      const sent = Math.floor(((performance.now() - (neighbor.pictures[0] ?? 0)) * usual.fps) / 1000);
      await until('every picture of the neighbor came', () => neighbor.pictures.length > sent);
      expect(neighbor.failures).toEqual([]);
      expect(neighbor.supervised.status()).toMatchObject({ state: 'running', counts: {} });
      await neighbor[Symbol.asyncDispose]();
      expect(spawnSync('pgrep', ['-P', `${process.pid}`, '-x', 'ffmpeg']).stdout.toString()).toBe('');
    });

    /** Shows the fault to a camera that is read; gives what `seen` waits for. */
    const meet = async <T>(
      fault: (server: RtspServer) => void,
      seen: (camera: Camera, since: number) => T | undefined | false,
    ): Promise<readonly [T, Camera]> => {
      await using stack = new AsyncDisposableStack();
      const camera = stack.use(supervise(await startServer(steady), 'faulty'));
      await until('it is read', () => camera.pictures.length > 2);
      const since = performance.now();
      fault(camera.server);
      return [await until('it is met', () => seen(camera, since) || undefined), camera] as const;
    };
    const readSince = ({ pictures }: Camera, since: number): boolean => (pictures.at(-1) ?? 0) > since;
    const failed = ({ failures: [failure] }: Camera): GatewayError | undefined => failure;

    it('gives up one that hangs in the middle of a picture, and reads it again', async () => {
      const [failure, camera] = await meet(
        server => server.breakOff(),
        (camera, since) => failed(camera) && readSince(camera, since + 8000) && failed(camera),
      );
      expect(failure).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('sent no picture for') });
      expect(camera.failures).toHaveLength(1);
    });

    it('shows nothing of the garbage that one sends, and reads it again as soon as that ends', async () => {
      await using camera = supervise(await startServer(await testCardFilm()), 'garbage');
      const sent = new Set<string>();
      camera.look(picture => sent.add(digestOf(picture)));
      await until('each picture of its film was seen', () => sent.size === 10 && camera.pictures.length > 20);
      const damaged = () => camera.supervised.status().counts['dropped.damaged'] ?? 0;

      let wrong = 0;
      camera.look(picture => {
        if (!sent.has(digestOf(picture))) wrong++;
      });
      camera.server.show('noise');
      await until('some of it came', () => damaged() > 20 || camera.failures.length > 0);
      camera.server.show(undefined);
      const endedAt = performance.now();
      // A key frame each second.
      await until('it is read again', () => readSince(camera, endedAt + 2000));
      // A value that changed, and still is one, is noticed by no decoder.
      expect(wrong).toBeLessThan(damaged() / 5);
      for (const { kind } of camera.failures) expect(kind).toMatch(/^(unreachable|protocol)$/);
      tell(`garbage: ${damaged()} pictures kept back, ${wrong} not noticed, ${camera.failures.length} times given up`);
    });

    it('shows whole pictures alone of one whose packets get lost', async () => {
      const server = await startServer(await testCardFilm(), 'udp');
      await using camera = supervise(server, 'lossy', 'udp');
      const sent = new Set<string>();
      camera.look(picture => sent.add(digestOf(picture)));
      await until('each picture of its film was seen', () => sent.size === 10 && camera.pictures.length > 20);
      let [right, wrong] = [0, 0];
      camera.look(picture => {
        if (sent.has(digestOf(picture))) right++;
        else wrong++;
      });
      server.lose(0.02);
      const damaged = () => camera.supervised.status().counts['dropped.damaged'] ?? 0;
      await until('some were damaged, and some were not', () => damaged() > 20 && right > 20);
      expect(wrong).toBe(0);
      expect(camera.failures).toEqual([]);
      tell(`2 % of the packets lost: ${right} pictures were whole, ${damaged()} kept back`);
    });

    it('shows one that changes its size as it is, and asks one anew that changes its shape', async () => {
      const [wide, smaller, square] = await Promise.all([
        squareFilm({ width: 640, height: 360 }),
        squareFilm({ width: 320, height: 180 }),
        squareFilm({ width: 640, height: 480 }),
      ]);
      await using camera = supervise(await startServer(wide), 'reshaped');
      const shapes = new Set<string>();
      camera.look(picture => shapes.add(`${picture.width} × ${picture.height}: ${whiteOf(picture)}`));
      await until('it is read', () => camera.pictures.length > 2);
      expect([...shapes]).toEqual(['64 × 36: 18 × 18']);

      const changedAt = performance.now();
      camera.server.play(smaller);
      await until('it goes on', () => readSince(camera, changedAt + 3000));
      expect([...shapes]).toEqual(['64 × 36: 18 × 18']);
      expect(camera.supervised.status().counts['stream.reshaped']).toBeUndefined();

      camera.server.play(square);
      await until('it is seen in its new shape', () => shapes.size > 1);
      // Never the square of the one in the shape of the other.
      expect([...shapes]).toEqual(['64 × 36: 18 × 18', '64 × 48: 24 × 24']);
      expect(camera.supervised.status().counts['stream.reshaped']).toBe(1);
      expect(camera.failures).toEqual([]);
    });

    it('asks one anew that codes otherwise without a word', async () => {
      const other = await filmOf({ codec: 'h265' });
      const [failure] = await meet(
        server => server.play(other),
        (camera, since) => failed(camera) && readSince(camera, since + 8000) && failed(camera),
      );
      expect(failure.kind).toMatch(/^(unreachable|protocol)$/);
    });

    it.each([
      [60, 'all of them where a core suffices'],
      // Twice as much as a core of today decodes.
      [240, 'the key frames alone'],
    ])(
      'shows what there is to see now of one that floods it with %i pictures of 3840 × 2160 a second: %s',
      async fps => {
        const blue = await floodFilm('blue', fps);
        await using camera = supervise(await startServer(await floodFilm('red', fps)), `flood-${fps}`);
        const counts = () => camera.supervised.status().counts;
        const isBlue = ({ pixels: [red = 0, , blue = 0] }: Frame): boolean => blue > red;
        await until('it is read', () => camera.pictures.length > 2);
        const since = performance.now();
        const { megabytes: before } = await until('it is decoded', newestDecoder);
        await until('it floods', () =>
          fps > 60 ? (counts()['decoder.behind'] ?? 0) > 0 : readSince(camera, since + 3000),
        );
        await until('it is read anew', () => readSince(camera, performance.now() - 500));
        const changedAt = performance.now();
        camera.server.play(blue);
        await until('the change is seen', () => camera.newest() !== undefined && isBlue(camera.newest() as Frame));
        const late = performance.now() - changedAt;
        expect(late).toBeLessThan(10_000);
        const { threads, megabytes } = await until('it is still decoded', newestDecoder);
        expect(threads).toBe(2);
        // A few pictures of 12 MB, and no more of them than at first.
        expect(megabytes - before).toBeLessThan(60);
        expect(camera.failures).toEqual([]);
        expect(camera.supervised.status().state).toBe('running');
        tell(
          `flood of ${fps}: the change seen after ${Math.round(late)} ms, ${JSON.stringify(counts())}, ${Math.round(before)} to ${Math.round(megabytes)} MB`,
        );
      },
    );

    it('leaves one in peace that takes its password no more', async () => {
      const [{ state, nextRetry = 0 }] = await meet(
        server => server.show('refuse-login'),
        ({ supervised }) => supervised.status().error?.kind === 'denied' && supervised.status(),
      );
      expect(state).toBe('waiting');
      // Not so often that an account is locked: design, the table of errors.
      expect(nextRetry - systemClock.now()).toBeGreaterThan(minutes(2));
    });
  });
});
