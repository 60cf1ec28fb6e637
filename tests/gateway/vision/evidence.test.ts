/** An ONVIF camera with a main and a sub stream before the real vision process: one is watched, the other one shown. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clip, snapshot } from '../../../core/device-commands.ts';
import type { Detections, Snapshot } from '../../../core/observation.ts';
import type { RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { openVision, type Vision } from '../../../gateway/vision/open.ts';
import { simulator } from '../../../simulators/cameras/onvif-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createContext, recordedLog, type TestContext } from '../../drivers/support/context.ts';
import { missingPrograms, type TemporaryFolder, temporaryFolder, until } from '../../support/resources.ts';

const skip = missingPrograms('ffmpeg');
const detect = { model: 'simulated-scenes', fps: 5, snapshot: { width: 640, every: '2s' } };
const rightHalf = [
  [0.5, 0],
  [1, 0],
  [1, 1],
  [0.5, 1],
];

interface Reading extends AsyncDisposable {
  readonly context: TestContext;
  readonly detections: readonly Detections[];
}

describe.skipIf(skip !== undefined)('a camera with a main and a sub stream', () => {
  let camera: RunningSimulator;
  let folder: TemporaryFolder;
  let vision: Vision;

  beforeAll(async () => {
    folder = await temporaryFolder();
    vision = openVision({ log: recordedLog(), media: { folder: folder.path, city: 'hue', gateway: 'gw-1' } });
    camera = await simulator.start(
      { scene: 'street', width: 640, sub: 320, fps: 5 },
      {
        ...{ world: createWorld(20_261_125), clock: systemClock, log: recordedLog(), random: () => 0.5 },
        signal: AbortSignal.timeout(240_000),
      },
    );
  }, 240_000);
  afterAll(async () => {
    await camera[Symbol.asyncDispose]();
    await vision[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const read = (own: object = {}, asked: object = detect): Reading => {
    const context = createContext();
    const detections: Detections[] = [];
    const device = vision.device('cam-1', 'onvif-camera', { ...camera.address, ...own }, asked, [rightHalf]);
    const run = async (): Promise<void> => {
      for await (const { items } of device.open(context)) {
        detections.push(...items.filter(item => item.kind === 'detections'));
      }
    };
    const ended = run();
    return {
      context,
      detections,
      [Symbol.asyncDispose]: async () => {
        context.abort();
        await ended;
      },
    };
  };

  const foundBy = ({ context }: Reading): unknown =>
    context.log.lines.find(({ message }) => message === 'found the stream of the camera')?.fields;

  const isLarge = ({ snapshot: kept }: Detections): boolean => kept?.width === 640;

  /** Mean levels of the left and the right half. */
  const halvesOf = async ({ sha256 }: Pick<Snapshot, 'sha256'>): Promise<readonly number[]> => {
    const file = await readFile(path.join(folder.path, `${sha256}.jpg`));
    const { width, height } = await sharp(file).metadata();
    const half = { top: 0, width: width / 2, height };
    const means = [0, width / 2].map(async left => {
      const { channels } = await sharp(
        await sharp(file)
          .extract({ ...half, left })
          .toBuffer(),
      ).stats();
      return Math.max(...channels.map(({ mean }) => mean));
    });
    return await Promise.all(means);
  };

  it('is watched by the sub stream, and pictures of what is followed come from the main stream, masked as all are', async () => {
    await using reading = read();
    const seen = await until('a large picture', () => reading.detections.find(isLarge), 60_000);
    expect(foundBy(reading)).toMatchObject({ profile: 'sub', width: 320, evidence: 'main' });
    const { snapshot: kept, shown = [] } = seen;
    expect(kept).toMatchObject({ width: 640, height: 360, redaction: 'person-boxes,vehicle-boxes' });
    const tracks = reading.detections.flatMap(({ objects }) => objects.map(({ track }) => track));
    expect(shown.length).toBeGreaterThan(0);
    for (const { track } of shown) expect(tracks).toContain(track);
    const [left, right] = kept === undefined ? [] : await halvesOf(kept);
    expect(left).toBeGreaterThan(50);
    expect(right, 'black but for what JPEG carries over').toBeLessThan(3);
  });

  it('shows its main stream when a picture is ordered, and its sub stream in a clip', async () => {
    await using reading = read();
    const { commands } = reading.context;
    await until('it is connected', () => commands.isOffered('snapshot'), 30_000);
    const order = (name: string, more: object = {}): Promise<unknown> =>
      commands.run(name, { device: 'cam-1', ...more }, AbortSignal.timeout(30_000));
    // The first may come before the main stream does, and is then of the other one.
    const large = await until(
      'a picture of the main stream',
      async () => {
        const taken = snapshot.output.parse(await order('snapshot'));
        return taken.width === 640 ? taken : undefined;
      },
      30_000,
    );
    expect(large).toMatchObject({ height: 360, redaction: 'person-boxes,vehicle-boxes' });
    expect(clip.output.parse(await order('clip', { seconds: 1 }))).toMatchObject({ width: 320, height: 180 });
  });

  it.each([
    ['clips are configured', {}, { ...detect, clip: {} }],
    ['parts of it are looked at closer', {}, { ...detect, regions: 'on' }],
  ])('is watched by its main stream alone where %s', async (_, own, asked) => {
    await using reading = read(own, asked);
    await until('it is found', () => foundBy(reading), 30_000);
    expect(foundBy(reading)).toMatchObject({ profile: 'main' });
    expect(foundBy(reading)).not.toHaveProperty('evidence');
  });

  it('shows the profile that is named', async () => {
    await using reading = read({ evidence: 'sub', profile: 'main' });
    await until('it is found', () => foundBy(reading), 30_000);
    expect(foundBy(reading)).toMatchObject({ profile: 'main', evidence: 'sub' });
  });

  it('is read by one stream where the same profile is named for both', async () => {
    await using reading = read({ evidence: 'main', profile: 'main' });
    await until('it is found', () => foundBy(reading), 30_000);
    expect(foundBy(reading)).not.toHaveProperty('evidence');
  });

  it('says which profiles there are where there is none of that name', async () => {
    const context = createContext();
    const device = vision.device('cam-1', 'onvif-camera', { ...camera.address, evidence: 'third' }, detect);
    await expect(device.open(context)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      ...{ kind: 'config', path: ['evidence'], advice: 'It offers: main, sub.' },
    });
  });
});
