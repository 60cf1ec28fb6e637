import { describe, expect, it } from 'vitest';
import type { DetectedObject, Detections, Snapshot } from '../../../core/observation.ts';
import { stage } from '../../../pipelines/zones/stage.ts';
import { drive, toWire } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 22, 17, 4, 2);
const second = 1000;
const detector = { model: 'yolox-nano', version: '0.1.1', sha256: 'c789161e04bb', threshold: 0.5 };

/** Feet at `x`, in the middle of the picture's height. */
const object = (x: number, changes: Partial<DetectedObject> = {}): DetectedObject => ({
  label: 'person',
  confidence: 0.8,
  box: { x: x - 0.05, y: 0.3, width: 0.1, height: 0.2 },
  track: 'track-1',
  ...changes,
});

const frame = (at: number, objects: readonly DetectedObject[], changes: Partial<Detections> = {}): Detections => ({
  kind: 'detections',
  device: 'cam-3',
  time: start + at,
  timeFrom: 'gateway',
  objects,
  ended: [],
  detector,
  ...changes,
});

const gone = (at: number, track = 'track-1'): Detections => frame(at, [], { ended: [track] });

/** The right half of the picture. */
const quay = {
  id: 'quay-1',
  name: 'Cầu cảng số 1',
  englishName: 'Quay 1',
  polygon: [
    [0.5, 0],
    [1, 0],
    [1, 1],
    [0.5, 1],
  ],
};

const watching = (changes: object = {}, settings: object = {}) =>
  drive(stage, { zones: [{ ...quay, ...changes }], ...settings });

const told = (driven: ReturnType<typeof drive>): string[] =>
  driven.conclusions.map(({ event, data }) => `${event.split('.').slice(1).join('.')} ${data['reason'] ?? ''}`.trim());

/** Through the picture from left to right, a frame each 200 ms, feet at 0.12, 0.22, … 0.92. */
const walk = (driven: ReturnType<typeof drive>, changes: Partial<DetectedObject> = {}): void => {
  for (let step = 1; step <= 9; step++) driven.step(frame(step * 200, [object(step / 10 + 0.02, changes)]));
};

describe('an object that walks into a zone', () => {
  it('is told after two frames inside, and when it is gone', () => {
    const driven = watching({ severity: 'MEDIUM' });
    walk(driven);
    driven.step(gone(2000));
    expect(told(driven)).toEqual(['zone.entered', 'zone.left gone', 'object.observed']);
    const [entered, left, observed] = driven.conclusions;
    expect(entered).toMatchObject({
      source: 'cam-3',
      device: 'cam-3',
      subject: 'zone/quay-1',
      time: start + 1200,
      key: 'track-1/quay-1/1',
      severity: 'MEDIUM',
      correlation: 'track/cam-3/track-1',
      data: {
        phase: 'entered',
        object: { class: 'person', trackId: 'track-1', confidence: 0.8 },
        zone: { id: 'quay-1', name: 'Cầu cảng số 1', englishName: 'Quay 1' },
        detector,
        location: { type: 'Point', coordinates: [107.64612, 16.55734] },
        locationOf: 'camera',
      },
    });
    expect(left).toMatchObject({
      time: start + 1800,
      data: { dwellSeconds: 0.6, enteredAt: '2026-11-22T17:04:03.200Z' },
    });
    expect(observed).toMatchObject({
      subject: 'object/cam-3/track-1',
      key: 'track-1',
      data: { frames: 9, zones: ['quay-1'], end: 'left', firstSeen: '2026-11-22T17:04:02.200Z' },
    });
  });

  it('is told with the threshold of its class, also after a restart', () => {
    const driven = watching();
    const choosy = { detector: { ...detector, thresholds: { person: 0.6 } } };
    for (const at of [200, 400]) {
      const objects = [object(0.6), object(0.7, { label: 'car', track: 'track-2' })];
      driven.step(frame(at, objects, choosy));
    }
    driven.checkpoint();
    driven.restart();
    driven.step(frame(600, [], { ...choosy, ended: ['track-1', 'track-2'] }));
    const person = { ...detector, threshold: 0.6 };
    expect(driven.conclusions.map(({ event, data }) => [event.split('.').at(-1), data['detector']])).toEqual([
      ['entered', person],
      ['entered', detector],
      ['left', person],
      ['observed', person],
      ['left', detector],
      ['observed', detector],
    ]);
  });

  it('reads well to a duty officer', () => {
    const driven = watching();
    walk(driven);
    driven.step(gone(62_000));
    expect(driven.conclusions.slice(0, 2).map(made => toWire(made)['data'])).toMatchObject([
      {
        headline: {
          vi: 'Có người vào vùng Cầu cảng số 1 lúc 00:04 ngày 23/11',
          en: 'Person entered zone Quay 1 at 00:04 on 23 Nov',
        },
      },
      { headline: { vi: 'Người rời vùng Cầu cảng số 1 lúc 00:04 ngày 23/11, sau 1s' } },
    ]);
  });

  it('and out of it again has left it', () => {
    const driven = watching();
    for (const [index, x] of [0.4, 0.6, 0.6, 0.6, 0.4, 0.4, 0.4].entries())
      driven.step(frame(index * 200, [object(x)]));
    expect(told(driven)).toEqual(['zone.entered', 'zone.left moved']);
  });

  it('twice has two visits with ids of their own', () => {
    const driven = watching();
    const path = [0.6, 0.6, 0.4, 0.4, 0.6, 0.6, 0.4, 0.4];
    for (const [index, x] of path.entries()) driven.step(frame(index * 200, [object(x)]));
    expect(driven.conclusions.map(({ key }) => key)).toEqual([
      'track-1/quay-1/1',
      'track-1/quay-1/1',
      'track-1/quay-1/2',
      'track-1/quay-1/2',
    ]);
  });

  it('for one frame only has not entered', () => {
    const driven = watching();
    const path = [0.4, 0.6, 0.4, 0.6, 0.4];
    for (const [index, x] of path.entries()) driven.step(frame(index * 200, [object(x)]));
    expect(driven.conclusions).toEqual([]);
  });

  it('counts in the zones of its camera and of its class only', () => {
    const elsewhere = watching({ camera: 'cam-9' });
    walk(elsewhere);
    expect(elsewhere.conclusions).toEqual([]);
    const boats = watching({ classes: ['boat'] });
    walk(boats);
    expect(boats.conclusions).toEqual([]);
    walk(boats, { label: 'boat', track: 'track-2' });
    expect(told(boats)).toEqual(['zone.entered']);
  });

  it('is told with the picture that shows it', () => {
    const snapshot: Snapshot = {
      sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0',
      mediaType: 'image/jpeg',
      bytes: 48211,
      width: 1280,
      height: 720,
      capturedAt: start + 200,
      redaction: 'person-boxes,vehicle-boxes',
    };
    const driven = watching({}, { frames: 1 });
    driven.step(frame(200, [object(0.6)], { snapshot }));
    expect(driven.conclusions[0]?.data['media']).toEqual([
      {
        role: 'snapshot',
        state: 'pending',
        key: 'hue/gw-017/cam-3/2026/11/22/170402200-9b2f4c0a.jpg',
        sha256: snapshot.sha256,
        mediaType: 'image/jpeg',
        bytes: 48211,
        width: 1280,
        height: 720,
        capturedAt: '2026-11-22T17:04:02.200Z',
        redaction: 'person-boxes,vehicle-boxes',
        expiresAt: '2026-12-22T17:04:02Z',
      },
    ]);
  });

  it('is told with the unblurred picture only where its own class is authorised', () => {
    const picture = (redaction: string, digit: string): Snapshot => ({
      ...{ sha256: digit.repeat(64), mediaType: 'image/jpeg', bytes: 1, width: 1, height: 1 },
      ...{ capturedAt: start, redaction },
    });
    const driven = watching({}, { frames: 1 });
    const objects = ['person', 'car'].map(label => object(0.6, { label, track: label }));
    const unblurred = [{ label: 'car', snapshot: picture('person-boxes', '1') }];
    driven.step(frame(0, objects, { snapshot: picture('person-boxes,vehicle-boxes', '0'), unblurred }));
    const shown = driven.conclusions.map(({ data }) => [
      Object(data['object']).class,
      Object(data['media'])[0].redaction,
    ]);
    expect(shown).toEqual([
      ['person', 'person-boxes,vehicle-boxes'],
      ['car', 'person-boxes'],
    ]);
  });

  it('names the same picture by another key when it was captured again', () => {
    const sha256 = '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0';
    const snapshot = {
      sha256,
      mediaType: 'image/jpeg',
      bytes: 1,
      width: 1,
      height: 1,
      redaction: 'person-boxes',
    } as const;
    const driven = watching({}, { frames: 1 });
    for (const [at, track] of [
      [0, 'one'],
      [120_000, 'another'],
    ] as const)
      driven.step(frame(at, [object(0.6, { track })], { snapshot: { ...snapshot, capturedAt: start + at } }));
    const keys = driven.conclusions.flatMap(({ data }) => data['media']).map(media => Object(media).key);
    expect(keys).toEqual([
      'hue/gw-017/cam-3/2026/11/22/170402000-9b2f4c0a.jpg',
      'hue/gw-017/cam-3/2026/11/22/170602000-9b2f4c0a.jpg',
    ]);
  });
});

const picture = (at: number): Snapshot => ({
  sha256: at.toString(16).padStart(64, '0'),
  mediaType: 'image/jpeg',
  bytes: 48211,
  width: 1280,
  height: 720,
  capturedAt: start + at,
  redaction: 'person-boxes,vehicle-boxes',
});

const minute = 60 * second;

const mediaOf = ({ data }: { readonly data: Readonly<Record<string, unknown>> }) => {
  const media = data['media'];
  return Array.isArray(media) ? media.map(each => [each.state, each.capturedAt]) : undefined;
};

const shownAt = (at: number): string => new Date(start + at).toISOString();

describe("an object's life", () => {
  it('is told with its way, how long it was there, and the picture that shows it best', () => {
    const driven = drive(stage);
    for (let step = 0; step <= 8; step++) {
      const at = step * second;
      const confidence = step === 5 ? 0.95 : 0.8;
      driven.step(frame(at, [object(step / 10 + 0.1, { confidence })], { snapshot: picture(at) }));
    }
    driven.step(gone(9 * second));
    const [observed] = driven.conclusions;
    expect(observed?.data).toMatchObject({ dwellSeconds: 8 });
    expect(observed?.data['path']).toEqual(
      Array.from({ length: 9 }, (_, step) => ({ x: expect.closeTo(step / 10 + 0.1), y: 0.5, seconds: step })),
    );
    expect(observed && mediaOf(observed)).toEqual([['pending', shownAt(5 * second)]]);
  });

  it('names a picture that another event named already as announced', () => {
    const driven = watching({}, { frames: 1 });
    const both = [object(0.6), object(0.2, { track: 'track-2' })];
    driven.step(frame(0, both, { snapshot: picture(0) }));
    driven.step(gone(second), gone(second, 'track-2'));
    expect(driven.conclusions.filter(({ event }) => !event.endsWith('left')).map(mediaOf)).toEqual([
      [['pending', shownAt(0)]],
      [['announced', shownAt(0)]],
      [['announced', shownAt(0)]],
    ]);
  });

  it('is told with one picture each, and the first to end announces what they share', () => {
    const driven = drive(stage);
    driven.step(frame(0, [object(0.6), object(0.2, { track: 'track-2' })], { snapshot: picture(0) }));
    driven.checkpoint();
    driven.restart();
    driven.step(gone(second), gone(second, 'track-2'));
    expect(driven.conclusions.map(mediaOf)).toEqual([[['pending', shownAt(0)]], [['announced', shownAt(0)]]]);
  });

  it('has a picture that the gateway still holds, however long it was, and none where that is gone', () => {
    const long = drive(stage);
    for (let at = 0; at <= 30 * minute; at += 10 * second)
      long.step(frame(at, [object(0.5, { confidence: at === 0 ? 0.99 : 0.6 })], { snapshot: picture(at) }));
    long.step(gone(31 * minute));
    const [[, shown] = []] = (long.conclusions[0] && mediaOf(long.conclusions[0])) ?? [];
    expect(start + 31 * minute - Date.parse(String(shown))).toBeLessThan(8 * minute);
    const alone = drive(stage);
    alone.step(frame(0, [object(0.5)], { snapshot: picture(0) }), frame(20 * minute, [object(0.5)]));
    alone.step(gone(20 * minute + second));
    expect(alone.conclusions[0]?.data).not.toHaveProperty('media');
  });

  it('has no picture that is authorised for another class than it turns out to be of', () => {
    const driven = drive(stage);
    const unblurred = [{ label: 'car', snapshot: { ...picture(0), redaction: 'person-boxes' } }];
    driven.step(
      frame(0, [object(0.5, { label: 'car' })], { unblurred }),
      frame(200, [object(0.5, { label: 'person', confidence: 0.9 })]),
    );
    driven.step(gone(400));
    expect(driven.conclusions[0]?.data).toMatchObject({ object: { class: 'person' } });
    expect(driven.conclusions[0]?.data).not.toHaveProperty('media');
  });

  it('that stands still for a day is one event with one point', () => {
    const driven = watching({ objects: 'while-there' });
    for (let at = 0; at < 24 * 60 * minute; at += 10 * second) {
      const trembling = 0.7 + ((at / second) % 20) * 0.0005;
      driven.step(frame(at, [object(trembling)]));
      driven.tick(start + at);
    }
    driven.step(gone(24 * 60 * minute));
    expect(told(driven)).toEqual(['zone.entered', 'object.appeared', 'zone.left gone', 'object.observed']);
    expect(driven.conclusions.at(-1)?.data['path']).toHaveLength(1);
  });

  it('is told as it goes on where a zone asks for it, and not more often than configured', () => {
    const driven = watching({ objects: 'while-there' }, { update: '1s' });
    walk(driven);
    for (let step = 1; step <= 15; step++) driven.step(frame(1800 + step * 200, [object(0.92 - step * 0.02)]));
    driven.step(gone(5000));
    expect(told(driven)).toEqual([
      'zone.entered',
      'object.appeared',
      'object.updated',
      'object.updated',
      'object.updated',
      'zone.left gone',
      'object.observed',
    ]);
    const lives = driven.conclusions.filter(({ event }) => event.startsWith('urban-camera.object.'));
    expect(lives.slice(0, -1).map(({ key, time }) => [key, time - start])).toEqual([
      ['track-1/1', 1200],
      ['track-1/2', 2200],
      ['track-1/3', 3200],
      ['track-1/4', 4200],
    ]);
    expect(new Set(driven.conclusions.map(({ correlation }) => correlation)).size).toBe(1);
  });

  it('goes on from what an older version saved', () => {
    const driven = drive(stage);
    driven.step(frame(0, [object(0.2)]));
    driven.checkpoint();
    const [[key, value] = []] = driven.saved;
    const { track, ...rest } = JSON.parse(Buffer.from(value ?? []).toString());
    const { path: _, ...older } = track;
    driven.saved.set(String(key), Buffer.from(JSON.stringify({ ...rest, track: older })));
    driven.restart();
    driven.step(gone(second));
    expect(driven.conclusions[0]?.data).toMatchObject({ frames: 1, path: [] });
  });
});

describe('an object without zones', () => {
  it('is one event, at its end, with the label it was surest of', () => {
    const driven = drive(stage);
    driven.step(
      frame(0, [object(0.2, { label: 'car', confidence: 0.55 })]),
      frame(200, [object(0.3, { label: 'motorbike', confidence: 0.9 })]),
      frame(400, [object(0.4, { label: 'car', confidence: 0.6 })]),
    );
    expect(driven.conclusions).toEqual([]);
    driven.step(gone(600));
    expect(driven.conclusions).toMatchObject([
      {
        time: start + 400,
        data: { object: { class: 'motorbike', confidence: 0.9, box: { x: 0.25 } }, lastBox: { x: 0.35 }, zones: [] },
      },
    ]);
  });

  it('that no tracker is sure of is counted and passed over', () => {
    const driven = watching({}, { frames: 1 });
    const { track, ...untracked } = object(0.6);
    driven.step(frame(0, [untracked]));
    expect(driven.conclusions).toEqual([]);
    expect(driven.dropped).toEqual({ untracked: 1 });
  });
});

describe('a camera that falls silent', () => {
  it('closes the visits of what it saw, and says why', () => {
    const driven = watching({}, { lost: '1m' });
    driven.tick(start);
    walk(driven);
    driven.tick(start + 59 * second);
    expect(told(driven)).toEqual(['zone.entered']);
    driven.tick(start + 60 * second);
    expect(told(driven)).toEqual(['zone.entered', 'zone.left source-lost', 'object.observed']);
    expect(driven.conclusions[2]?.data).toMatchObject({ end: 'source-lost' });
  });
});

describe('a camera whose connection breaks', () => {
  it('closes the visits of what it saw at once, as interrupted', () => {
    const driven = watching();
    walk(driven);
    driven.step(frame(1800, [], { ended: ['track-1'], endedBy: 'interrupted' }));
    expect(told(driven)).toEqual(['zone.entered', 'zone.left interrupted', 'object.observed']);
    expect(driven.conclusions[2]).toMatchObject({ time: start + 1800, data: { end: 'interrupted' } });
    expect(driven.saved.size).toBe(0);
  });
});

describe('a clock that is set', () => {
  const day = 24 * 60 * 60 * second;

  it.each([
    ['forward', day],
    ['back', -day],
  ])('%s neither ends what is followed nor changes how long it stays', (_, by) => {
    const driven = watching();
    driven.tick(start, 0);
    walk(driven);
    driven.shift({ from: start - second, to: start + 2 * second, by });
    driven.tick(start + 2 * second + by, 2 * second);
    driven.step(frame(3200 + by, [object(0.92)]));
    driven.step(gone(3400 + by));
    expect(told(driven)).toEqual(['zone.entered', 'zone.left gone', 'object.observed']);
    const [, left, observed] = driven.conclusions;
    expect(left).toMatchObject({ time: start + 3200 + by, data: { dwellSeconds: 2 } });
    expect(observed?.data).toMatchObject({
      firstSeen: new Date(start + 200 + by).toISOString(),
      lastSeen: new Date(start + 3200 + by).toISOString(),
    });
  });

  it('does so also after a restart, since what was moved is saved', () => {
    const driven = watching();
    walk(driven);
    driven.shift({ from: start - second, to: start + 2 * second, by: day });
    driven.checkpoint();
    driven.restart();
    driven.step(gone(3400 + day));
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ firstSeen: new Date(start + 200 + day).toISOString() });
  });
});

describe('a restart', () => {
  it('does not tell an entering twice, and ends the visit that was open as interrupted', () => {
    const driven = watching();
    walk(driven);
    driven.restart();
    driven.tick(start + 5 * second);
    driven.tick(start + 70 * second);
    expect(told(driven)).toEqual(['zone.entered', 'zone.left interrupted', 'object.observed']);
    expect(driven.saved.size).toBe(0);
  });

  it('goes on with a track that the camera still follows', () => {
    const driven = watching();
    walk(driven);
    driven.restart();
    driven.tick(start + 5 * second);
    driven.step(frame(6000, [object(0.9)]), gone(6200));
    expect(told(driven)).toEqual(['zone.entered', 'zone.left gone', 'object.observed']);
  });

  it('without the zone in the configuration ends the visit for that reason', () => {
    const driven = watching();
    walk(driven);
    driven.restart({ zones: [] });
    driven.tick(start + 5 * second);
    expect(told(driven)).toEqual(['zone.entered', 'zone.left config-removed']);
  });

  it('loses no track that a checkpoint held', () => {
    const driven = drive(stage);
    driven.step(frame(0, [object(0.2)]));
    expect(driven.saved.size).toBe(0);
    driven.checkpoint();
    driven.restart();
    driven.step(gone(1000));
    expect(told(driven)).toEqual(['object.observed']);
  });
});

it('concludes the same in whatever batches, with zones, lines, rules, counts and a budget', () => {
  const frames: Detections[] = [];
  for (let step = 0; step < 400; step++) {
    const at = step * 500;
    const there = ['a', 'b', 'c'].map((name, index) =>
      object(0.1 + ((step * (index + 1) * 0.03) % 0.9), {
        track: `${name}-${Math.floor((step * (index + 1) * 0.03) / 0.9)}`,
      }),
    );
    const ended = step % 10 === 9 ? [`a-${Math.floor((step * 0.03) / 0.9) - 1}`] : [];
    frames.push(frame(at, there, { ended, ...(step % 4 === 0 && { snapshot: picture(at) }) }));
  }
  const settings = {
    zones: [{ ...quay, objects: 'while-there', rules: [{ rule: 'loitering', after: '3s' }] }],
    lines: [
      {
        id: 'gate',
        name: 'Cổng',
        points: [
          [0.5, 0],
          [0.5, 1],
        ],
      },
    ],
    counts: { every: '1m' },
    budget: { daily: 60 },
  };
  const told = (size: number) => {
    const driven = drive(stage, settings);
    for (let first = 0; first < frames.length; first += size) driven.step(...frames.slice(first, first + size));
    driven.tick(start + 400 * 500);
    return driven.conclusions;
  };
  const one = told(1);
  expect(one.length).toBeGreaterThan(60);
  expect(told(7)).toEqual(one);
  expect(told(400)).toEqual(one);
});

it('closes the tracks not seen longest when there are more than it can follow', () => {
  const driven = drive(stage);
  const crowd = Array.from({ length: 5002 }, (_, index) => object(0.2, { track: `track-${index}` }));
  driven.step(frame(0, crowd));
  expect(driven.conclusions.map(({ key }) => key)).toEqual(['track-0', 'track-1']);
});

it('refuses two zones with one id, and outlines that are none', () => {
  expect(() => drive(stage, { zones: [quay, quay] })).toThrow(/same id/);
  expect(() => drive(stage, { zones: [{ ...quay, polygon: [[0, 0]] }] })).toThrow();
});
