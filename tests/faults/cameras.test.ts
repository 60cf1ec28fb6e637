/** What happens to cameras, and to their neighbors: the decoders of a site run side by side, each under its supervisor. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../core/driver.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import { seconds, systemClock } from '../../core/time.ts';
import { driver } from '../../drivers/cameras/rtsp-camera/driver.ts';
import { type Supervised, superviseDevice } from '../../gateway/runtime/supervisor.ts';
import { openRtspServer, type RtspServer } from '../../simulators/cameras/video/rtsp-server.ts';
import { type Film, openFilm } from '../../simulators/scenes/film.ts';
import { missingPrograms, temporaryFolder, until } from '../support/resources.ts';
import { inForm, tell } from './support/form.ts';

const missing = missingPrograms('ffmpeg');
const silent = { info: () => {}, warn: () => {}, error: () => {} };

interface Camera extends AsyncDisposable {
  readonly server: RtspServer;
  readonly supervised: Supervised;
  /** When each of its pictures came, by the steady clock. */
  readonly pictures: readonly number[];
}

const startServer = (film: Film): Promise<RtspServer> =>
  openRtspServer({
    film,
    host: '127.0.0.1',
    port: 0,
    path: '/live',
    transports: 'tcp',
    clock: systemClock,
    random: Math.random,
  });

/** A camera under supervision as the vision process reads it, down to the decoded pictures. */
const supervise = (server: RtspServer, id: string): Camera => {
  const pictures: number[] = [];
  const camera = driver.bind(id, { url: `rtsp://127.0.0.1:${server.port}/live` });
  const read = async function* (batches: AsyncIterable<{ readonly items: readonly (Observation | Frame)[] }>) {
    for await (const { items } of batches) {
      if (items.length > 0) pictures.push(performance.now());
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
    context: { clock: systemClock, log: silent, reveal: () => '', frames: everyPicture },
    accept: async () => {},
    onFailure: () => {},
    onBatch: () => {},
  });
  return {
    server,
    supervised,
    pictures,
    [Symbol.asyncDispose]: async () => {
      await supervised[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
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
    const began = performance.now();
    const cameras: Camera[] = [];
    for (let index = 0; index < 2 * half; index++) {
      const server = await startServer(film);
      if (index >= half + returning) server.show('away');
      cameras.push(stack.use(supervise(server, `cam-${index}`)));
    }
    const others = cameras.slice(0, half);
    const flapping = cameras.slice(half, half + returning);
    await until(
      'all that are there are read',
      () => [...others, ...flapping].every(({ pictures }) => pictures.length > 0),
      inForm({ short: 180_000, long: 300_000 }),
    );
    const beganWithin = performance.now() - began;
    expect(await decoders()).toBe(half + returning);

    const leftAt = performance.now();
    for (const { server } of flapping) server.show('away');
    await until('it is noticed', () => flapping.every(({ supervised }) => supervised.status().state === 'waiting'));
    await until('some attempts failed', () => performance.now() - leftAt > inForm({ short: 6000, long: 120_000 }));
    const returnedAt = performance.now();
    expect(await decoders()).toBe(half + returning);
    for (const { server } of flapping) server.show(undefined);
    await until('they are read again', () => flapping.every(({ pictures }) => (pictures.at(-1) ?? 0) > returnedAt));
    const readAt = performance.now();
    expect(await decoders()).toBe(half + 2 * returning);

    // A knock every 2 s, then a decoder that waits for a key frame: no longer than when all were started together.
    const slowest = Math.max(...flapping.map(({ pictures }) => pictures.find(at => at > returnedAt) ?? Infinity));
    expect(slowest - returnedAt).toBeLessThan(seconds(2) + beganWithin);
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
});
