import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import type { Batch } from '../../../core/batch.ts';
import { clip, snapshot } from '../../../core/device-commands.ts';
import type { Detections, Observation } from '../../../core/observation.ts';
import type { RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { superviseDevice } from '../../../gateway/runtime/supervisor.ts';
import { openVision, type Vision } from '../../../gateway/vision/open.ts';
import { modelFolder } from '../../../models/load.ts';
import { manifestSchema } from '../../../models/manifest.ts';
import type { KeptView } from '../../../pipelines/detect/health.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog, type TestContext } from '../../drivers/support/context.ts';
import { manifestOf, writeModel } from '../../support/models.ts';
import { encodeConstants } from '../../support/onnx.ts';
import {
  missingPrograms,
  projectFile,
  start,
  type TemporaryFolder,
  temporaryFolder,
  until,
} from '../../support/resources.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');
const password = 's3cret of the camera';
const detect = { model: 'simulated-scenes', fps: 5 };

/** Process id of the one process that it started. */
const childOf = async (pid: number): Promise<number> =>
  Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'));

interface Reading {
  readonly context: TestContext;
  readonly batches: Batch<Observation>[];
  readonly detections: () => readonly Detections[];
  readonly ended: Promise<unknown>;
}

describe.skipIf(skip !== undefined)('the vision process', () => {
  let camera: RunningSimulator;
  let config: Readonly<Record<string, unknown>>;

  beforeAll(async () => {
    camera = await simulator.start(
      { scene: 'street', width: 320, fps: 5, username: 'viewer', password },
      {
        world: createWorld(20_261_125),
        clock: systemClock,
        log: recordedLog(),
        signal: new AbortController().signal,
        random: () => 0.5,
      },
    );
    config = { ...camera.address, username: 'viewer', password: '$' + '{env:CAMERA_PASSWORD}' };
  }, 120_000);
  afterAll(() => camera[Symbol.asyncDispose]());

  const read = (vision: Vision, asked: object = detect, id = 'cam-1', own = config, masks: unknown = []): Reading => {
    const context = createContext({ secrets: { CAMERA_PASSWORD: password } });
    const batches: Batch<Observation>[] = [];
    const run = async (): Promise<void> => {
      for await (const batch of vision.device(id, 'rtsp-camera', own, asked, masks).open(context)) batches.push(batch);
    };
    return {
      context,
      batches,
      detections: () => batches.flatMap(({ items }) => items.filter(item => item.kind === 'detections')),
      ended: run().catch((failure: unknown) => failure),
    };
  };

  const stop = async ({ context, ended }: Reading): Promise<unknown> => {
    const began = performance.now();
    context.abort();
    const failure = await ended;
    expect(performance.now() - began).toBeLessThan(1000);
    return failure;
  };

  it('gives detections with tracks, and ends with its device within a second', async () => {
    const log = recordedLog();
    await using vision = openVision({ log });
    const reading = read(vision);
    await until('a tracked object', () =>
      reading.detections().some(({ objects }) => objects.some(({ track }) => track !== undefined)),
    );
    const [first] = reading.detections();
    expect(first).toMatchObject({
      device: 'cam-1',
      timeFrom: 'gateway',
      detector: {
        model: 'simulated-scenes',
        threshold: 0.5,
        thresholds: { car: 0.65 },
        sha256: expect.stringMatching(/^[0-9a-f]{12}$/),
      },
    });
    const tracks = reading.detections().flatMap(({ objects }) => objects.flatMap(({ track }) => track ?? []));
    for (const track of tracks) expect(track).toMatch(/^\d{8}T\d{6}Z-\d+$/);
    expect(await stop(reading)).toBeUndefined();
    expect(log.lines).toEqual([]);
    expect(reading.context.log.lines).toContainEqual(
      expect.objectContaining({
        message: 'the model is loaded',
        fields: expect.objectContaining({ model: 'simulated-scenes', provider: expect.any(String) }),
      }),
    );
  });

  it('tells what whole pictures show by a model that classifies, and no picture leaves', async () => {
    await using folder = await temporaryFolder();
    const weights = encodeConstants(
      { type: 'float32', dimensions: [1, 3, 40, 64] },
      { scores: { type: 'float32', dimensions: [1, 3], values: [0.0625, 0.625, 0.3125] } },
    );
    const output = { family: 'classification', name: 'scores', scores: 'probabilities' } as const;
    const labels = ['dry', 'flood', 'mud'];
    await writeModel(
      folder.path,
      weights,
      manifestOf(weights, { output, labels, redact: { person: [], vehicle: [] } }),
    );
    const spool = path.join(folder.path, 'spool');
    await using vision = openVision({ log: recordedLog(), media: { folder: spool, city: 'hue', gateway: 'gw-1' } });
    const reading = read(vision, { ...detect, model: folder.path, snapshot: { width: 320 } });
    const seen = await until('a classified picture', () => reading.detections()[0]);
    expect(seen).toMatchObject({ objects: [], ended: [] });
    // What it is far from sure of is left out.
    expect(seen.scene).toEqual([
      { label: 'flood', confidence: 0.625 },
      { label: 'mud', confidence: 0.3125 },
    ]);
    await stop(reading);
    expect(existsSync(spool)).toBe(false);
  });

  it('keeps pictures where asked to, unblurred ones beside only where that is authorised, each under its hash', async () => {
    await using folder = await temporaryFolder();
    await using vision = openVision({
      log: recordedLog(),
      media: { folder: folder.path, city: 'hue', gateway: 'gw-1' },
    });
    const reading = read(vision, { ...detect, snapshot: { width: 320, every: '1s' }, authorised: ['person'] });
    const kept = await until('a picture', () => reading.detections().find(each => each.snapshot)?.snapshot);
    expect(kept).toMatchObject({ width: 320, height: 180, redaction: 'person-boxes,vehicle-boxes' });
    expect(await readdir(folder.path)).toContain(`${kept.sha256}.jpg`);
    const shown = await until(
      'one that shows persons',
      () => reading.detections().find(each => each.unblurred)?.unblurred,
    );
    expect(shown).toMatchObject([{ label: 'person', snapshot: { width: 320, redaction: 'vehicle-boxes' } }]);
    expect(await readdir(folder.path)).toContain(`${shown[0]?.snapshot.sha256}.jpg`);
    expect(reading.context.counts.get('snapshot.unblurred.person')).toBeGreaterThan(0);
    expect(reading.context.log.lines.map(({ message }) => message)).toContain(
      'pictures of events leave the box with objects of these classes unblurred',
    );
    await stop(reading);
  });

  it('keeps and gives no picture where the model finds nothing to blur, says why, and goes on detecting', async () => {
    await using folder = await temporaryFolder();
    const own = path.join(folder.path, 'model');
    const spool = path.join(folder.path, 'spool');
    await cp(modelFolder('simulated-scenes'), own, { recursive: true });
    const manifest = manifestSchema.parse(JSON.parse(await readFile(path.join(own, 'manifest.json'), 'utf8')));
    await writeFile(
      path.join(own, 'manifest.json'),
      JSON.stringify({ ...manifest, redact: { person: [], vehicle: [] } }),
    );
    await using vision = openVision({ log: recordedLog(), media: { folder: spool, city: 'hue', gateway: 'gw-1' } });
    const reading = read(vision, { ...detect, model: own, snapshot: { width: 320, every: '1s' } });
    await until('objects', () => reading.detections().filter(({ objects }) => objects.length > 0).length > 3);
    expect(reading.detections().filter(each => each.snapshot)).toEqual([]);
    for (const name of ['snapshot', 'clip']) {
      await expect(
        reading.context.commands.run(name, { device: 'cam-1' }, AbortSignal.timeout(10_000)),
      ).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('finds no persons') });
    }
    expect(existsSync(spool)).toBe(false);
    expect(reading.context.log.lines.map(({ message }) => message)).toContain('no picture leaves the box');
    await stop(reading);
  });

  it('fails its devices as unreachable when it dies, and comes back with new identities', async () => {
    const log = recordedLog();
    await using vision = openVision({ log });
    const first = read(vision);
    await until('detections', () => first.detections().some(({ objects }) => objects.some(each => each.track)));
    const decoder = await childOf(vision.pid ?? 0);
    process.kill(vision.pid ?? 0, 'SIGKILL');
    await until('its decoder is gone too', () => !existsSync(`/proc/${decoder}`));
    expect(await first.ended).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('SIGKILL') });
    expect(log.lines.map(({ message }) => message)).toContain('the vision process ended');
    const second = read(vision);
    await until('detections again', () => second.detections().some(({ objects }) => objects.some(each => each.track)));
    const stamps = [first, second].map(reading =>
      reading.detections().flatMap(({ objects }) => objects.flatMap(({ track }) => track?.split('-')[0] ?? [])),
    );
    expect(stamps[1]?.length).toBeGreaterThan(0);
    for (const stamp of stamps[1] ?? []) expect(stamps[0]).not.toContain(stamp);
    await stop(second);
  });

  it('has all that its cameras followed ended as interrupted when it dies', async () => {
    await using vision = openVision({ log: recordedLog() });
    const seen: Detections[] = [];
    await using _ = superviseDevice({
      profile: {
        ...{ id: 'cam-1', driver: 'rtsp-camera', service: 'urban-camera', alsoServes: [], agencies: [], tags: [] },
        ...{ name: 'Camera', siteId: 'pole-1', areaCode: '00000', status: 'test' },
      },
      device: vision.device('cam-1', 'rtsp-camera', config, detect),
      silence: 60_000,
      context: { clock: systemClock, log: recordedLog(), reveal: () => password },
      accept: async (_device, { items }) => {
        seen.push(...items.filter(item => item.kind === 'detections'));
      },
      onFailure: () => {},
      onBatch: () => {},
    });
    await until('something is followed', () => seen.some(({ objects }) => objects.some(each => each.track)));
    process.kill(vision.pid ?? 0, 'SIGKILL');
    const at = await until(
      'it is told',
      () => seen.findIndex(({ endedBy }) => endedBy === 'interrupted') + 1 || undefined,
    );
    const before = seen.slice(0, at - 1);
    const followed = before.flatMap(({ objects }) => objects.flatMap(({ track }) => track ?? []));
    const over = before.flatMap(({ ended }) => ended);
    expect(seen[at - 1]?.objects).toEqual([]);
    expect(new Set(seen[at - 1]?.ended)).toEqual(new Set(followed.filter(track => !over.includes(track))));
  });

  it('is started afresh when it holds too much memory', async () => {
    const log = recordedLog();
    await using vision = openVision({ log, ceilingBytes: 50_000_000 });
    const reading = read(vision);
    expect(await reading.ended).toMatchObject({ kind: 'unreachable' });
    expect(log.lines[0]?.message).toMatch(/because of its memory/);
  });

  it('hands the errors of a device to that device alone', async () => {
    await using vision = openVision({ log: recordedLog() });
    const good = read(vision);
    const denied = read(vision, detect, 'cam-2', { ...config, username: 'nobody' });
    const odd = read(vision, { model: 'no-such-model' }, 'cam-3');
    expect(await denied.ended).toMatchObject({ kind: 'denied', advice: expect.any(String) });
    expect(await odd.ended).toMatchObject({ kind: 'config', message: expect.stringContaining('no-such-model') });
    const before = good.batches.length;
    await until('the other goes on', () => good.batches.length > before + 2);
    await stop(good);
  });

  it('holds still while nobody takes what it found', async () => {
    await using vision = openVision({ log: recordedLog() });
    const context = createContext({ secrets: { CAMERA_PASSWORD: password } });
    const batches = vision.device('cam-1', 'rtsp-camera', config, detect).open(context)[Symbol.asyncIterator]();
    await batches.next();
    await until('pictures are given up', () => (context.counts.get('dropped.newer-frame') ?? 0) > 3);
    expect(context.counts.get('dropped.no-room')).toBeUndefined();
    const { value } = await batches.next();
    expect(value?.items).toBeDefined();
    context.abort();
    await batches.return?.(undefined);
  });

  it('leaves no process when the gateway is killed', async () => {
    await using folder = await temporaryFolder();
    const script = path.join(folder.path, 'gateway.ts');
    const device = JSON.stringify(['cam-1', 'rtsp-camera', config, detect]);
    await writeFile(
      script,
      `import { createCommandOffers } from ${JSON.stringify(projectFile('core/command.ts'))};
      import { openVision } from ${JSON.stringify(projectFile('gateway/vision/open.ts'))};
      const log = { info: () => {}, warn: () => {}, error: () => {} };
      const vision = openVision({ log });
      const signal = new AbortController().signal;
      const context = { signal, clock: { now: Date.now }, log, count: () => {}, reveal: () => ${JSON.stringify(password)}, commands: createCommandOffers() };
      for await (const _ of vision.device(...${device}).open(context)) console.log(vision.pid);`,
    );
    await using gateway = start(process.execPath, [script]);
    const child = await until('the first batch', () => Number(gateway.output().split('\n')[0]) || undefined, 30_000);
    const decoder = await childOf(child);
    gateway.process.kill('SIGKILL');
    await until('both are gone', () => !existsSync(`/proc/${child}`) && !existsSync(`/proc/${decoder}`));
  });

  describe('ordered pictures', () => {
    let folder: TemporaryFolder;
    let vision: Vision;
    let reading: Reading;
    const asked = { ...detect, look: '10m', snapshot: { width: 320, every: '60m' } };
    const rightHalf = [
      [0.5, 0],
      [1, 0],
      [1, 1],
      [0.5, 1],
    ];
    const offered = ({ context }: Reading) =>
      until('pictures can be ordered', () => context.commands.isOffered('clip'), 30_000);
    const order = ({ context }: Reading, name: string, more: object = {}): Promise<unknown> =>
      context.commands.run(name, { device: 'cam-1', ...more }, AbortSignal.timeout(30_000));
    const names = () => readdir(folder.path);
    const isRecorded = () => until('it is recorded', async () => (await names()).some(name => name.endsWith('.part')));

    beforeAll(async () => {
      folder = await temporaryFolder();
      vision = openVision({ log: recordedLog(), media: { folder: folder.path, city: 'hue', gateway: 'gw-1' } });
      reading = read(vision, asked, 'cam-1', config, [rightHalf]);
      await offered(reading);
    }, 40_000);
    afterAll(async () => {
      await stop(reading);
      await vision[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    it('are taken of the next frame, and lie in the spool under their hash', async () => {
      const answer = snapshot.output.parse(await order(reading, 'snapshot'));
      const name = `\\d{9}-${answer.sha256.slice(0, 8)}\\.jpg`;
      expect(answer).toMatchObject({
        key: expect.stringMatching(new RegExp(`^hue/gw-1/cam-1/\\d{4}/\\d\\d/\\d\\d/${name}$`)),
        mediaType: 'image/jpeg',
        width: 320,
        height: 180,
        redaction: 'person-boxes,vehicle-boxes',
      });
      expect((await readFile(path.join(folder.path, `${answer.sha256}.jpg`))).length).toBe(answer.bytes);
    });

    it('are recorded as a clip of that length, one at a time', async () => {
      const recording = order(reading, 'clip', { seconds: 2 });
      await expect(order(reading, 'clip', { seconds: 60 })).rejects.toMatchObject({ kind: 'exhausted' });
      const answer = clip.output.parse(await recording);
      expect(answer).toMatchObject({
        ...{ mediaType: 'video/mp4', durationSeconds: 2, codec: 'h264', width: 320, height: 180 },
        key: expect.stringMatching(/\.mp4$/),
      });
      const entries = 'stream=codec_name,width,height,nb_frames:format=duration';
      const file = path.join(folder.path, `${answer.sha256}.mp4`);
      const probed = spawnSync('ffprobe', ['-v', 'error', '-show_entries', entries, '-of', 'json', file]);
      expect(JSON.parse(probed.stdout.toString())).toMatchObject({
        streams: [{ codec_name: 'h264', width: 320, height: 180, nb_frames: '10' }],
        format: { duration: '2.000000' },
      });
      expect(clip.output.parse(await order(reading, 'clip', { seconds: 1 })).sha256).not.toBe(answer.sha256);
      expect(await names()).not.toContainEqual(expect.stringMatching(/\.part$/));
    });

    it('are black where the camera is masked, as a clip too', async () => {
      const taken = snapshot.output.parse(await order(reading, 'snapshot'));
      const recorded = clip.output.parse(await order(reading, 'clip', { seconds: 1 }));
      const picture = await sharp(path.join(folder.path, `${taken.sha256}.jpg`))
        .grayscale()
        .raw()
        .toBuffer();
      const film = path.join(folder.path, `${recorded.sha256}.mp4`);
      const decoded = spawnSync('ffmpeg', ['-v', 'error', '-i', film, '-f', 'rawvideo', '-pix_fmt', 'gray', '-']);
      const lines = (gray: Uint8Array) => Array.from({ length: gray.length / 320 }, (_, y) => gray.subarray(y * 320));
      for (const gray of [picture, decoded.stdout]) {
        expect(gray.length % (320 * 180)).toBe(0);
        // The coding of a picture blurs the edge by a block at most.
        const right = lines(gray).map(line => Math.max(...line.subarray(168, 320)));
        const left = lines(gray).map(line => Math.max(...line.subarray(0, 152)));
        expect(Math.max(...right)).toBeLessThan(20);
        expect(Math.min(...left)).toBeGreaterThan(40);
      }
    });

    it('are given up with the connection, and a clip leaves no file', async () => {
      const second = read(vision, asked, 'cam-2');
      await offered(second);
      const recording = order(second, 'clip', { seconds: 60 });
      recording.catch(() => {});
      await isRecorded();
      await stop(second);
      await expect(recording).rejects.toMatchObject({ kind: 'unreachable' });
      await until('the file is gone', async () => (await names()).every(name => !name.endsWith('.part')));
    });
  });

  it('hands over what a camera looked at to the process after it, which says when that is not what it sees', async () => {
    const kept = new Map<string, KeptView>();
    await using vision = openVision({
      log: recordedLog(),
      views: {
        of: device => kept.get(device),
        keep: (device, view) => {
          if (view === undefined) kept.delete(device);
          else kept.set(device, view);
        },
      },
    });
    const watched = { ...detect, health: { settle: '2s' } };
    const first = read(vision, watched);
    const view = await until('the view is known', () => kept.get('cam-1'), 60_000);
    process.kill(vision.pid ?? 0, 'SIGKILL');
    await first.ended;
    const told = async (plane: Uint8Array, state: 'begun' | 'ended') => {
      kept.set('cam-1', { ...view, plane: Buffer.from(plane).toString('base64') });
      const reading = read(vision, watched);
      const isTold = (item: Observation) =>
        item.kind === 'camera-signal' && item.signal === 'moved' && item.state === state;
      await until(`moved ${state}`, () => reading.batches.some(({ items }) => items.some(isTold)), 60_000);
      process.kill(vision.pid ?? 0, 'SIGKILL');
      await reading.ended;
    };
    const plane = Buffer.from(view.plane, 'base64');
    await told(plane, 'ended');
    await told(plane.toReversed(), 'begun');
  });

  it('records a clip of what begins to be followed, and gives it among the detections', async () => {
    await using folder = await temporaryFolder();
    await using vision = openVision({
      log: recordedLog(),
      media: { folder: folder.path, city: 'hue', gateway: 'gw-1' },
    });
    const clip = { before: '2s', after: '1s', classes: ['person'] };
    const reading = read(vision, { ...detect, snapshot: { width: 320, every: '60m' }, clip });
    const told = await until('a clip', () =>
      reading.batches.flatMap(({ items }) => items).find(item => item.kind === 'camera-clip'),
    );
    expect(told).toMatchObject({
      object: { label: 'person', track: expect.stringMatching(/^\d{8}T\d{6}Z-\d+$/) },
      clip: { mediaType: 'video/mp4', codec: 'h264', width: 320, redaction: 'person-boxes,vehicle-boxes' },
    });
    expect(told.clip.duration).toBeGreaterThanOrEqual(1000);
    expect(told.clip.duration).toBeLessThanOrEqual(3200);
    expect(told.clip.capturedAt).toBeLessThanOrEqual(told.time);
    expect((await readFile(path.join(folder.path, `${told.clip.sha256}.mp4`))).length).toBe(told.clip.bytes);
    await stop(reading);
  });

  it('answers unreachable at once when it dies in the middle of a clip, of which nothing is left that counts', async () => {
    await using folder = await temporaryFolder();
    await using vision = openVision({
      log: recordedLog(),
      media: { folder: folder.path, city: 'hue', gateway: 'gw-1' },
    });
    const reading = read(vision, { ...detect, snapshot: { width: 320 } });
    const { commands } = reading.context;
    await until('clips can be ordered', () => commands.isOffered('clip'), 30_000);
    const recording = commands.run('clip', { device: 'cam-1', seconds: 60 }, AbortSignal.timeout(60_000));
    recording.catch(() => {});
    await until('it is recorded', async () => (await readdir(folder.path)).some(name => name.endsWith('.part')));
    const begun = performance.now();
    process.kill(vision.pid ?? 0, 'SIGKILL');
    await expect(recording).rejects.toMatchObject({ kind: 'unreachable' });
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(commands.isOffered('clip')).toBe(false);
    expect((await readdir(folder.path)).filter(name => name.endsWith('.mp4'))).toEqual([]);
    await reading.ended;
  });

  it('counts from another threshold on as soon as that is ordered, and from the first picture of a new connection', async () => {
    await using vision = openVision({ log: recordedLog() });
    const reading = read(vision);
    const said = (from: Reading) => from.detections().at(-1)?.detector;
    await until('detections', () => reading.detections().length > 0);
    vision.setThresholds('cam-1', { all: 0.3, labels: { person: 0.9 } });
    await until('it counts', () => said(reading)?.threshold === 0.3);
    expect(said(reading)).toMatchObject({ threshold: 0.3, thresholds: { person: 0.9 } });
    await stop(reading);
    const next = read(vision);
    await until('detections', () => next.detections().length > 0);
    expect(next.detections()[0]?.detector).toMatchObject({ threshold: 0.3, thresholds: { person: 0.9 } });
    vision.setThresholds('cam-1', undefined);
    await until('it counts', () => said(next)?.threshold === 0.5);
    expect(said(next)?.thresholds).toMatchObject({ car: 0.65 });
    await stop(next);
  });

  it('refuses a wrong configuration before anything is started', () => {
    const vision = openVision({ log: recordedLog() });
    expect(() => vision.device('cam-1', 'rtsp-camera', { ...config, url: 'http://x' }, detect)).toThrow(ZodError);
    expect(() => vision.device('cam-1', 'rtsp-camera', config, { ...detect, fps: 'all' })).toThrow(ZodError);
    expect(vision.pid).toBeUndefined();
  });
});
