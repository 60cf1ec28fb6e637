import { describe, expect, it } from 'vitest';
import type { DetectedObject, Frame, Snapshot } from '../../../core/observation.ts';
import { seconds } from '../../../core/time.ts';
import type { Detection } from '../../../pipelines/detect/interpret.ts';
import { createKeeper, type Kept } from '../../../pipelines/detect/keeper.ts';

const every = seconds(10);
const pixels = new Uint8Array(3);

/** Its large picture is `width` wide: 640 in the watched stream, 1920 in the larger one. */
const frame = (time: number, width = 640): Frame => ({
  ...{ kind: 'frame', device: 'cam-1', time, width: 320, height: 180, pixels },
  large: { width, height: (width / 16) * 9, pixels },
  ...(width === 1920 && { stream: 'evidence' }),
});

const box = (x: number, y = 0.5) => ({ x, y, width: 0.1, height: 0.2 });
const person = (x: number, track = 't1'): DetectedObject => ({ label: 'person', confidence: 0.8, box: box(x), track });
const found = (label: string, x: number, y?: number): Detection => ({ label, score: 0.9, box: box(x, y) });

/** Remembers what it kept: when, of what size, and what was said to be in it. */
const createRecord = () => {
  const kept: { readonly time: number; readonly width: number; readonly objects: readonly DetectedObject[] }[] = [];
  const keeper = createKeeper(async ({ width, height }, _, time, objects): Promise<Kept> => {
    kept.push({ time, width, objects });
    const snapshot: Snapshot = {
      ...{ sha256: `${kept.length}`.padStart(64, '0'), mediaType: 'image/jpeg', bytes: 1 },
      ...{ width, height, capturedAt: time, redaction: 'person-boxes' },
    };
    return { snapshot };
  }, every);
  return { kept, keeper };
};

/** The larger stream comes, and is inferred where the keeper wants it. */
const show = async (
  { keeper }: ReturnType<typeof createRecord>,
  time: number,
  seen: readonly Detection[],
): Promise<boolean> => {
  const larger = frame(time, 1920);
  const isWanted = keeper.wants(larger);
  if (isWanted) await keeper.larger(larger, seen);
  return isWanted;
};

describe('of a camera with one stream', () => {
  it('a picture is kept of a new object at once, then as often as configured, and goes with what follows within two seconds', async () => {
    const { kept, keeper } = createRecord();
    const pictures: (number | undefined)[] = [];
    for (let time = 0; time <= 12_000; time += 1000) {
      const with_ = await keeper.watched(frame(time), [], [person(0.5)], time === 0);
      pictures.push(with_?.snapshot.capturedAt);
    }
    expect(kept.map(({ time }) => time)).toEqual([0, 10_000]);
    expect(pictures.slice(0, 4)).toEqual([0, 0, 0, undefined]);
    expect(pictures.slice(10)).toEqual([10_000, 10_000, 10_000]);
  });
});

describe('of a camera with a larger stream', () => {
  it('a new object is shown at once by the watched one, then by the larger one, whose picture goes with the next detection', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(1000), [found('person', 0.5)], [person(0.5)], true);
    expect(record.keeper.waits()).toBe(false);
    expect(await show(record, 1400, [found('person', 0.54)])).toBe(true);
    expect(record.kept.map(({ time, width }) => [time, width])).toEqual([
      [1000, 640],
      [1400, 1920],
    ]);
    expect(record.keeper.waits(), 'for a detection').toBe(true);
    const next = await record.keeper.watched(frame(1500), [], [person(0.55)], false);
    expect(next?.snapshot).toMatchObject({ width: 1920, capturedAt: 1400 });
    expect(next?.shown, 'as that picture shows it').toEqual([
      { label: 'person', track: 't1', confidence: 0.9, box: box(0.54) },
    ]);
    expect(record.keeper.waits()).toBe(false);
    expect(await show(record, 2400, [found('person', 0.6)]), 'nothing is due').toBe(false);
  });

  it('nothing of it is inferred while nothing is followed', async () => {
    const record = createRecord();
    for (let time = 0; time < 5000; time += 1000) {
      expect(await show(record, time, [found('person', 0.5)])).toBe(false);
      await record.keeper.watched(frame(time + 200), [], [], false);
    }
    expect(record.kept).toEqual([]);
  });

  it('its picture is kept only where it shows something that is followed', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(1000), [], [person(0.5)], true);
    expect(await show(record, 2000, [found('person', 0.8), found('car', 0.1)])).toBe(true);
    expect(
      record.kept.map(({ width }) => width),
      'the watched one alone',
    ).toEqual([640]);
  });

  it('is asked three times, and no more until a picture is due again, when the watched one stands in', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(1000), [], [person(0.5)], true);
    const asked: boolean[] = [];
    for (let time = 2000; time <= 7000; time += 1000) asked.push(await show(record, time, []));
    expect(asked).toEqual([true, true, true, false, false, false]);
    await record.keeper.watched(frame(11_000), [], [person(0.5)], false);
    for (let time = 12_000; time <= 14_000; time += 1000) await show(record, time, []);
    await record.keeper.watched(frame(15_000), [], [person(0.5)], false);
    expect(record.kept.map(({ time, width }) => [time, width])).toEqual([
      [1000, 640],
      [15_000, 640],
    ]);
  });

  it('it alone shows what stays', async () => {
    const record = createRecord();
    await show(record, 0, []);
    for (let time = 1000; time <= 41_000; time += 500) {
      if (time % 2000 === 0) await show(record, time + 100, [found('person', 0.5)]);
      await record.keeper.watched(frame(time), [], [person(0.5)], time === 1000);
    }
    const [first, ...later] = record.kept.map(({ width }) => width);
    expect(first).toBe(640);
    expect(later.length).toBeGreaterThanOrEqual(3);
    expect(new Set(later)).toEqual(new Set([1920]));
  });

  it('the watched one shows everything once the larger one has been away for twenty seconds', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(21_000), [], [person(0.5)], true);
    await record.keeper.watched(frame(31_000), [], [person(0.5)], false);
    expect(record.keeper.delivers(31_000)).toBe(false);
    expect(record.kept.map(({ time, width }) => [time, width])).toEqual([
      [21_000, 640],
      [31_000, 640],
    ]);
  });

  it('what it takes for something else is said to be both, so that either is hidden', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(1000), [], [person(0.5), { ...person(0.2, 't2'), label: 'bus' }], true);
    await show(record, 2000, [found('bus', 0.5), found('bus', 0.21)]);
    expect(record.kept.at(-1)?.objects).toEqual([
      { label: 'bus', track: 't2', confidence: 0.9, box: box(0.21) },
      { label: 'person', track: 't1', confidence: 0.9, box: box(0.5) },
    ]);
    const next = await record.keeper.watched(frame(2100), [], [person(0.5)], false);
    expect(
      next?.shown?.map(({ track }) => track),
      'but shown is only what it takes for the same',
    ).toEqual(['t2']);
  });

  it('a picture of what left before it came waits no longer than for the next detection', async () => {
    const record = createRecord();
    await show(record, 0, []);
    await record.keeper.watched(frame(1000), [], [person(0.5)], true);
    await show(record, 1400, [found('person', 0.5)]);
    expect(await record.keeper.watched(frame(1500), [], [], false)).toBeUndefined();
    expect(record.keeper.waits()).toBe(false);
  });
});
