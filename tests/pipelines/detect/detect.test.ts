import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../core/batch.ts';
import type { CameraClip, CameraSignal, Detections, Frame, Picture, Snapshot } from '../../../core/observation.ts';
import { detectSchema } from '../../../pipelines/detect/config.ts';
import { detect, type View, type Viewer } from '../../../pipelines/detect/detect.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import type { Closer } from '../../../pipelines/detect/regions.ts';

const detector = { model: 'm', version: '1.0.0', sha256: 'abc', threshold: 0.5 };

const nobody: View = { wants: () => false, show: () => expect.unreachable('nobody wants to see it') };

/** A square that moves from picture to picture, or stands. */
const frame = (time: number, x: number): Frame => {
  const pixels = new Uint8Array(96 * 54 * 3).fill(90);
  for (let row = 20; row < 30; row++) pixels.fill(200, (row * 96 + x) * 3, (row * 96 + x + 10) * 3);
  const large: Picture = { width: 2, height: 1, pixels: new Uint8Array(6) };
  return { kind: 'frame', device: 'cam-1', time, width: 96, height: 54, pixels, large };
};

async function* play(frames: readonly Frame[]): AsyncGenerator<Batch<Frame>, void> {
  for (const each of frames) yield { items: [each] };
}

const run = async (
  frames: readonly Frame[],
  options: {
    readonly found?: (picture: Picture) => readonly Detection[];
    readonly config?: object;
    readonly thresholds?: Readonly<Record<string, number>>;
    readonly keep?: (objects: readonly Detection[], time: number) => Promise<Snapshot | undefined>;
    readonly viewer?: Viewer;
    readonly sees?: 'objects' | 'scene';
    readonly closer?: Closer;
  } = {},
): Promise<{ readonly batches: readonly Batch<Detections>[]; readonly inferred: number }> => {
  let inferred = 0;
  let count = 0;
  const { found = () => [], config = {}, thresholds, keep, viewer, sees = 'objects', closer } = options;
  const all: Batch<Detections>[] = [];
  for await (const batch of detect(play(frames), {
    config: detectSchema.parse({ model: 'm', ...config }),
    detector: () => ({ ...detector, ...(thresholds !== undefined && { thresholds }) }),
    infer: async picture => {
      inferred++;
      return found(picture);
    },
    sees,
    nameOf: () => `t${++count}`,
    ...(keep !== undefined && {
      keep: async (_, objects, time) => {
        const kept = await keep(objects, time);
        return kept && { snapshot: kept };
      },
    }),
    ...(viewer !== undefined && { viewer }),
    ...(closer !== undefined && { closer }),
  }))
    all.push({ items: batch.items.filter(item => item.kind === 'detections') });
  const [first, ...batches] = all;
  expect(first, 'tells only that the camera is there').toEqual({ items: [] });
  return { batches, inferred };
};

const moving = (count: number): readonly Frame[] =>
  Array.from({ length: count }, (_, index) => frame(index * 500, 10 + index * 2));

const person = (score: number): Detection => ({
  label: 'person',
  score,
  box: { x: 0.4, y: 0.4, width: 0.1, height: 0.2 },
});

const snapshot: Snapshot = {
  sha256: '0'.repeat(64),
  mediaType: 'image/jpeg',
  bytes: 1,
  width: 2,
  height: 1,
  capturedAt: 0,
  redaction: 'person-boxes',
};

describe('what a camera says by itself', () => {
  it('goes on in its order among what was seen, and no picture is looked at for it', async () => {
    const signal: CameraSignal = {
      ...{ kind: 'camera-signal', device: 'cam-1', time: 600, timeFrom: 'device' },
      ...{ signal: 'motion', state: 'begun', by: 'camera' },
    };
    const [first, second] = moving(2);
    const source = async function* (): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
      if (first !== undefined) yield { items: [first] };
      yield { items: [signal] };
      if (second !== undefined) yield { items: [second] };
    };
    let inferred = 0;
    const kinds: string[] = [];
    for await (const { items } of detect(source(), {
      config: detectSchema.parse({ model: 'm' }),
      detector: () => detector,
      infer: async () => {
        inferred++;
        return [];
      },
      sees: 'objects',
      nameOf: () => 't1',
    })) {
      kinds.push(...items.map(({ kind }) => kind));
      if (items[0]?.kind === 'camera-signal') expect(items[0]).toBe(signal);
    }
    expect(kinds).toEqual(['detections', 'camera-signal', 'detections']);
    expect(inferred).toBe(2);
  });
});

describe('detection', () => {
  it('by a model that classifies tells what the picture shows, and follows no objects', async () => {
    const whole = { x: 0, y: 0, width: 1, height: 1 };
    const found = () => [{ label: 'flood', score: 0.4, box: whole }];
    const { batches } = await run(moving(3), { found, sees: 'scene' });
    for (const { items } of batches) {
      expect(items).toMatchObject([{ objects: [], ended: [], scene: [{ label: 'flood', confidence: 0.4 }] }]);
    }
    expect(batches).toHaveLength(3);
    const objects = await run(moving(3), { found });
    expect(objects.batches[0]?.items[0]).not.toHaveProperty('scene');
  });

  it('tells that the camera is there before the model has looked at its first picture', async () => {
    let asked = 0;
    const batches = detect(play(moving(1)), {
      config: detectSchema.parse({ model: 'm' }),
      detector: () => detector,
      infer: async () => {
        asked++;
        return [];
      },
      sees: 'objects',
      nameOf: () => 't1',
    });
    expect(await batches.next()).toEqual({ done: false, value: { items: [] } });
    expect(asked).toBe(0);
    await batches.return();
  });

  it('infers what moves, and tells also when nothing was found', async () => {
    const { batches, inferred } = await run(moving(6));
    expect(inferred).toBe(6);
    expect(batches.flatMap(({ items }) => items)).toHaveLength(6);
    expect(batches[0]?.items[0]).toMatchObject({
      kind: 'detections',
      device: 'cam-1',
      objects: [],
      ended: [],
      detector,
    });
  });

  it('says of each picture whether something moves in it or was ordered, or it is only a look', async () => {
    const urgencies: string[] = [];
    const still = Array.from({ length: 30 }, (_, index) => frame(index * 500, 40));
    const infer = async (_: Picture, urgency: string): Promise<readonly Detection[]> => {
      urgencies.push(urgency);
      return [];
    };
    const watch = async (frames: readonly Frame[], wants: () => boolean): Promise<void> => {
      const options = { config: detectSchema.parse({ model: 'm', look: '5s' }), detector: () => detector };
      const viewer: Viewer = { still: { wants, show: () => {} }, moving: nobody };
      for await (const _ of detect(play(frames), { ...options, infer, sees: 'objects', nameOf: () => 't1', viewer }));
    };
    await watch([...still.slice(0, 12), frame(6000, 60)], () => false);
    expect(urgencies.splice(0)).toEqual(['look', 'look', 'motion']);
    await watch(still.slice(0, 2), () => true);
    expect(urgencies).toEqual(['motion', 'motion']);
  });

  it('infers nothing of a quiet picture between looks, and says once a second that the camera is alive', async () => {
    const still = Array.from({ length: 41 }, (_, index) => frame(index * 250, 40));
    const { batches, inferred } = await run(still, { config: { look: '5s' } });
    expect(inferred).toBe(3);
    expect(batches.filter(({ items }) => items.length === 0).length).toBeGreaterThanOrEqual(6);
    expect(batches.length).toBeLessThan(15);
  });

  it('releases both pictures of a moment that is not inferred, and of no other', async () => {
    const released: string[] = [];
    const frames = [...Array(3).fill(40), 60].map((x: number, index): Frame => {
      const shown = frame(index * 500, x);
      const large: Picture = {
        width: 2,
        height: 1,
        pixels: new Uint8Array(6),
        release: () => released.push(`large ${index}`),
      };
      return { ...shown, large, release: () => released.push(`small ${index}`) };
    });
    expect((await run(frames)).inferred).toBe(2);
    expect(released).toEqual(['small 1', 'large 1', 'small 2', 'large 2']);
  });

  it('reports objects from the threshold on', async () => {
    const { batches } = await run(moving(3), { found: () => [person(0.51), { ...person(0.49), label: 'car' }] });
    const [last] = batches.at(-1)?.items ?? [];
    expect(last?.objects).toMatchObject([{ label: 'person', confidence: 0.51, track: 't1' }]);
    expect(last).not.toHaveProperty('snapshot');
  });

  it('asks more of a class of which the detector is too sure', async () => {
    const { batches } = await run(moving(3), {
      found: () => [person(0.51), { ...person(0.69), label: 'car' }],
      thresholds: { car: 0.7 },
    });
    const [last] = batches.at(-1)?.items ?? [];
    expect(last?.objects).toMatchObject([{ label: 'person' }]);
    expect(last?.detector).toEqual({ ...detector, thresholds: { car: 0.7 } });
  });

  it('keeps a picture when an object is new, then as often as asked for, with doubtful ones to be blurred', async () => {
    const kept: (readonly [number, number])[] = [];
    const { batches } = await run(moving(20), {
      config: { snapshot: { every: '3s' } },
      found: () => [person(0.8), person(0.3)],
      keep: async (objects, time) => {
        kept.push([time, objects.length]);
        return snapshot;
      },
    });
    expect(kept).toEqual([
      [0, 2],
      [3000, 2],
      [6000, 2],
      [9000, 2],
    ]);
    // Each goes with the detections of the next two seconds too.
    const shown = batches.flatMap(({ items }) => items).filter(item => item.snapshot !== undefined);
    expect(shown.slice(0, 6).map(({ time }) => time)).toEqual([0, 500, 1000, 1500, 2000, 3000]);
  });

  describe('that looks closer', () => {
    const region = { x: 0.5, y: 0.5, width: 0.25, height: 0.25 };
    const part: Picture = { width: 1, height: 1, pixels: new Uint8Array(3) };
    const found = (picture: Picture): readonly Detection[] =>
      picture === part
        ? [person(0.9), person(0.3), { ...person(0.8), box: { x: 0, y: 0.2, width: 0.1, height: 0.4 } }]
        : [{ ...person(0.7), label: 'car' }];

    it('tells what it finds in a part, and hides all of it, also what the edge of the part cuts', async () => {
      const hidden: number[] = [];
      const { batches, inferred } = await run(moving(2), {
        ...{
          found,
          closer: () => [{ region, reasons: [region], picture: part }],
          config: { snapshot: { every: '1s' } },
        },
        keep: async objects => {
          hidden.push(objects.length);
          return snapshot;
        },
      });
      expect(inferred).toBe(4);
      expect(batches[0]?.items[0]?.objects.map(({ label }) => label)).toEqual(['person', 'car']);
      expect(batches[0]?.items[0]?.objects[0]?.box).toEqual({ x: 0.6, y: 0.6, width: 0.025, height: 0.05 });
      expect(hidden[0]).toBe(4);
    });

    it('is told of what is followed', async () => {
      const told: number[] = [];
      const closer: Closer = (_, followed) => {
        told.push(followed.length);
        return [];
      };
      await run(moving(4), { found, closer });
      expect(told[0]).toBe(0);
      expect(told.at(-1)).toBe(1);
    });
  });

  it('keeps no picture in which nothing was found', async () => {
    const { batches } = await run(moving(5), {
      config: { snapshot: {} },
      found: () => [person(0.3)],
      keep: () => expect.unreachable('a picture of nothing'),
    });
    expect(batches).toHaveLength(5);
  });

  it.each([
    ['a picture', 'still'],
    ['a clip', 'moving'],
  ])('infers and shows pictures to whoever wants %s, also of a quiet camera, and no others', async (_, which) => {
    const still = Array.from({ length: 8 }, (_, index) => frame(index * 250, 40));
    const shown: (readonly [number, number])[] = [];
    const view: View = {
      wants: () => shown.length < 3,
      show: (picture, found, time) => {
        expect(picture, 'the large one').toMatchObject({ width: 2 });
        shown.push([time, found.length]);
      },
    };
    const { inferred } = await run(still, {
      config: { look: '10m' },
      found: () => [person(0.8), person(0.1)],
      viewer: { still: nobody, moving: nobody, [which]: view },
    });
    expect(shown, 'with doubtful objects, to be blurred').toEqual([
      [0, 2],
      [250, 2],
      [500, 2],
    ]);
    expect(inferred).toBe(3);
  });
});

describe('a frame of the larger stream', () => {
  const larger = (time: number): Frame => {
    const large: Picture = { width: 8, height: 4, pixels: new Uint8Array(96) };
    return { ...frame(time, 60), large, stream: 'evidence' };
  };
  const there: Detection = { label: 'person', score: 0.7, box: { x: 0.45, y: 0.42, width: 0.1, height: 0.2 } };
  const doubtful: Detection = { label: 'car', score: 0.1, box: { x: 0.8, y: 0.8, width: 0.1, height: 0.1 } };

  /** What is found in a picture of either stream. */
  const foundIn = (picture: Picture): readonly Detection[] => ('stream' in picture ? [there, doubtful] : [person(0.9)]);

  it('is inferred by itself, and what was found in it is hidden in it, doubtful ones too', async () => {
    const kept: (readonly [number, readonly Detection[]])[] = [];
    const { batches, inferred } = await run([larger(0), ...moving(3), larger(1200), frame(1500, 30)], {
      config: { snapshot: {} },
      found: foundIn,
      keep: async (found, time) => {
        kept.push([time, found]);
        return { ...snapshot, capturedAt: time };
      },
    });
    expect(kept).toEqual([
      [500, [person(0.9)]],
      [1200, [there, doubtful]],
    ]);
    expect(inferred, 'nothing of it before something is followed').toBe(5);
    const last = batches.at(-1)?.items[0];
    expect(last?.snapshot?.capturedAt).toBe(1200);
    expect(
      last?.objects.map(({ box }) => box),
      'where the watched one shows it',
    ).toEqual([person(0.9).box]);
    expect(last?.shown?.map(({ box }) => box)).toEqual([there.box]);
  });

  it('that was kept makes the next one of the watched stream be looked at, though nothing moves in it', async () => {
    const watched = [0, 1000, 1250, 1500].map(time => frame(time, 40));
    const { batches } = await run([larger(0), ...watched.slice(0, 2), larger(1100), ...watched.slice(2)], {
      config: { snapshot: {}, look: '1s', motion: { sensitivity: 0 } },
      found: foundIn,
      keep: async (_, time) => ({ ...snapshot, capturedAt: time }),
    });
    const times = batches.flatMap(({ items }) => items.map(({ time }) => time));
    expect(times).toEqual([0, 1000, 1250]);
  });

  it('is shown to whoever ordered a picture, and no frame of the watched stream is', async () => {
    const shown: (readonly [number, number])[] = [];
    const view: View = {
      wants: () => shown.length === 0,
      show: ({ width }, found) => {
        shown.push([width, found.length]);
      },
    };
    await run([larger(0), frame(100, 40), larger(1000)], {
      config: { look: '10m', snapshot: {} },
      found: foundIn,
      keep: async () => undefined,
      viewer: { still: view, moving: nobody },
    });
    expect(shown).toEqual([[8, 2]]);
  });
});

describe('whoever records clips', () => {
  it('is shown each picture that was inferred and what is new in it, and what it has done goes on before the next one', async () => {
    const clip: CameraClip = {
      ...{ kind: 'camera-clip', device: 'cam-1', time: 0, timeFrom: 'gateway', detector },
      object: { label: 'person', confidence: 0.9, box: person(0.9).box, track: 't1' },
      clip: {
        ...{ sha256: '0'.repeat(64), mediaType: 'video/mp4', bytes: 1, width: 2, height: 2, capturedAt: 0 },
        ...{ duration: 1000, codec: 'h264', redaction: 'person-boxes' },
      },
    };
    const shown: (readonly string[])[] = [];
    const kinds: string[] = [];
    for await (const { items } of detect(play(moving(4)), {
      config: detectSchema.parse({ model: 'm' }),
      detector: () => detector,
      infer: async () => [person(0.9), person(0.1)],
      sees: 'objects',
      nameOf: () => 't1',
      recorder: {
        show: (picture, found, seen, begun) => {
          expect([picture.width, found.length, seen.objects.length]).toEqual([2, 2, 1]);
          shown.push(begun);
        },
        take: () => (shown.length === 3 ? [clip] : []),
      },
    }))
      kinds.push(...items.map(({ kind }) => kind));
    expect(shown.flat()).toEqual(['t1']);
    expect(shown).toHaveLength(4);
    expect(kinds).toEqual(['detections', 'detections', 'detections', 'camera-clip', 'detections']);
  });
});
