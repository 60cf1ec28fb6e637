import { describe, expect, it } from 'vitest';
import type { DetectedObject, Detections } from '../../../core/observation.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { stage } from '../../../pipelines/zones/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { type DrivenStage, drive, toWire } from '../../support/events.ts';

/** 21:58 in the city. */
const start = Date.UTC(2026, 10, 23, 14, 58, 0);
const detector = { model: 'simulated-scenes', version: '1', sha256: 'c789161e04bb', threshold: 0.5 };

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

const thing = (x: number, label = 'person', track = 'track-1'): DetectedObject => ({
  label,
  confidence: 0.8,
  box: { x: x - 0.05, y: 0.3, width: 0.1, height: 0.2 },
  track,
});

const quay = {
  id: 'quay-1',
  name: 'Cầu cảng số 1',
  englishName: 'Quay 1',
  polygon: [
    [0.2, 0],
    [1, 0],
    [1, 1],
    [0.2, 1],
  ],
};

const watching = (rule: object, changes: object = {}) =>
  drive(stage, { zones: [{ ...quay, rules: [rule] }], ...changes });

/** Frames a second apart. */
const play = (
  driven: DrivenStage,
  from: number,
  to: number,
  at: (second: number) => readonly DetectedObject[],
): void => {
  for (let second = from; second < to; second++) driven.step(frame(seconds(second), at(second)));
};

const breaches = ({ conclusions }: DrivenStage) =>
  conclusions
    .filter(({ event }) => event.startsWith('urban-camera.zone-breach'))
    .map(({ event, data, time, severity }) => [
      event.split('.').at(-1),
      data['rule'],
      (time - start) / 1000,
      data['reason'] ?? severity,
    ]);

describe('loitering', () => {
  const rule = { rule: 'loitering', after: '30s' };

  it('begins when somebody stays longer than allowed, and ends when they leave', () => {
    const driven = watching(rule);
    play(driven, 0, 60, () => [thing(0.5)]);
    play(driven, 60, 63, () => [thing(0.1)]);
    expect(breaches(driven)).toEqual([
      ['raised', 'loitering', 31, 'MEDIUM'],
      ['cleared', 'loitering', 61, 'recovered'],
    ]);
    const [raised, cleared] = driven.conclusions.filter(({ event }) => event.includes('breach'));
    expect(raised).toMatchObject({
      subject: 'zone/quay-1',
      correlation: cleared?.correlation,
      cause: { event: 'urban-camera.zone.entered', key: 'track-1/quay-1/1' },
      data: { limitSeconds: 30, enteredAt: '2026-11-23T14:58:01.000Z', object: { class: 'person' } },
    });
    expect(cleared?.data).toMatchObject({ durationSeconds: 30 });
    expect(raised && toWire(raised)['data']).toMatchObject({
      headline: {
        vi: 'Người ở lại vùng Cầu cảng số 1 quá 30s lúc 21:58 ngày 23/11',
        en: 'Person stays in zone Quay 1 for more than 30s at 21:58 on 23 Nov',
      },
    });
  });

  it('is not begun by who comes and goes', () => {
    const driven = watching(rule);
    play(driven, 0, 200, second => [thing(second % 20 < 10 ? 0.5 : 0.1)]);
    expect(breaches(driven)).toEqual([]);
  });

  it.each([
    ['the object is gone', 'recovered', frame(seconds(41), [], { ended: ['track-1'] })],
    ['the connection broke', 'interrupted', frame(seconds(40), [], { ended: ['track-1'], endedBy: 'interrupted' })],
  ] as const)('ends where %s: %s', (_, reason, last) => {
    const driven = watching(rule);
    play(driven, 0, 41, () => [thing(0.5)]);
    driven.step(last);
    expect(breaches(driven).at(-1)).toEqual(['cleared', 'loitering', 40, reason]);
  });

  it('goes on over a restart, and ends with its rule', () => {
    const driven = watching(rule);
    play(driven, 0, 40, () => [thing(0.5)]);
    driven.restart();
    play(driven, 40, 50, () => [thing(0.5)]);
    expect(breaches(driven)).toHaveLength(1);
    driven.restart({ zones: [quay] });
    play(driven, 50, 52, () => [thing(0.5)]);
    expect(breaches(driven).at(-1)).toEqual(['cleared', 'loitering', 50, 'config-removed']);
    const without = watching(rule);
    play(without, 0, 40, () => [thing(0.5)]);
    without.checkpoint();
    without.restart({ zones: [] });
    without.tick(start + seconds(40));
    expect(breaches(without).at(-1)).toEqual(['cleared', 'loitering', 39, 'config-removed']);
  });

  it('lasts as long as it lasts, also when the clock is set', () => {
    const driven = watching(rule);
    play(driven, 0, 20, () => [thing(0.5)]);
    const day = 24 * 60 * 60_000;
    driven.shift({ from: start - 1000, to: start + seconds(20), by: day });
    play(driven, 20 + day / 1000, 60 + day / 1000, () => [thing(0.5)]);
    expect(breaches(driven)).toEqual([['raised', 'loitering', 31 + day / 1000, 'MEDIUM']]);
  });
});

describe('forbidden hours', () => {
  const rule = { rule: 'restricted-hours', hours: [{ from: '22:00', to: '05:00' }], severity: 'CRITICAL' };

  it('are broken by who is there when they begin, and by who comes later', () => {
    const driven = watching(rule);
    play(driven, 0, 200, second => [thing(0.5), ...(second >= 150 ? [thing(0.7, 'person', 'track-2')] : [])]);
    driven.step(frame(seconds(200), [], { ended: ['track-1', 'track-2'] }));
    expect(breaches(driven)).toEqual([
      ['raised', 'restricted-hours', 120, 'CRITICAL'],
      ['raised', 'restricted-hours', 151, 'CRITICAL'],
      ['cleared', 'restricted-hours', 199, 'recovered'],
      ['cleared', 'restricted-hours', 199, 'recovered'],
    ]);
  });

  it('are over when they end', () => {
    const driven = watching({ ...rule, hours: [{ from: '21:00', to: '22:00' }] });
    play(driven, 100, 130, () => [thing(0.5)]);
    expect(breaches(driven).at(-1)).toEqual(['cleared', 'restricted-hours', 120, 'recovered']);
  });
});

describe('a vehicle that stops', () => {
  const rule = { rule: 'stopped', after: '20s', classes: ['car'] };
  const random = createRandom('rules', 1);
  const trembling = (x: number): number => x + (random() - 0.5) * 0.02;

  it('is told when it stood for so long, and when it moves on', () => {
    const driven = watching(rule);
    play(driven, 0, 5, second => [thing(0.3 + second * 0.06, 'car')]);
    play(driven, 5, 40, () => [thing(trembling(0.6), 'car')]);
    play(driven, 40, 44, second => [thing(0.6 + (second - 39) * 0.09, 'car')]);
    expect(breaches(driven)).toEqual([
      ['raised', 'stopped', 25, 'MEDIUM'],
      ['cleared', 'stopped', 41, 'recovered'],
    ]);
  });

  it('does not begin and end by a box that jumps for one frame', () => {
    const driven = watching(rule);
    play(driven, 0, 60, second => [thing(second % 7 === 3 ? 0.75 : trembling(0.6), 'car')]);
    expect(breaches(driven)).toHaveLength(1);
  });

  it('is told of its classes only, and not while it creeps', () => {
    const driven = watching(rule);
    play(driven, 0, 60, second => [thing(0.6), thing(0.22 + second * 0.012, 'car', 'track-2')]);
    expect(breaches(driven)).toEqual([]);
  });
});

describe('the wrong way', () => {
  /** To the right. */
  const rule = { rule: 'wrong-way', from: [0.2, 0.5], to: [0.8, 0.5] };
  const told = (way: (second: number) => number, to = 20): unknown[] => {
    const driven = watching(rule);
    play(driven, 0, to, second => [thing(way(second), 'motorbike')]);
    return breaches(driven).map(([phase]) => phase);
  };

  it('is told of who goes against the direction, once, and is over when they turn', () => {
    expect(told(second => 0.95 - second * 0.03)).toEqual(['raised']);
    expect(told(second => (second < 12 ? 0.95 - second * 0.04 : 0.47 + (second - 11) * 0.05))).toEqual([
      'raised',
      'cleared',
    ]);
  });

  it('is not told of who goes along, stands, or steps back once', () => {
    expect(told(second => 0.25 + second * 0.03)).toEqual([]);
    expect(told(second => 0.5 + (second % 2) * 0.03)).toEqual([]);
    expect(told(second => (second === 0 ? 0.5 : 0.36) + second * 0.025)).toEqual([]);
  });

  it('is not told of who crosses the street', () => {
    const driven = watching(rule);
    for (let second = 0; second < 20; second++) {
      const box = { x: 0.5 - second * 0.001, y: 0.1 + second * 0.03, width: 0.1, height: 0.2 };
      driven.step(frame(seconds(second), [{ ...thing(0.5), box }]));
    }
    expect(breaches(driven)).toEqual([]);
  });
});

describe('a thing left behind', () => {
  const rule = { rule: 'left-behind', after: '1m', classes: ['suitcase'] };
  const bag = thing(0.6, 'suitcase', 'bag');

  it('is told when it was alone for so long, and when somebody takes it', () => {
    const driven = watching(rule);
    play(driven, 0, 120, second => [bag, ...(second <= 30 ? [thing(0.62, 'person', 'owner')] : [])]);
    expect(breaches(driven)).toEqual([['raised', 'left-behind', 90, 'HIGH']]);
    play(driven, 120, 130, second => [{ ...bag, box: { ...bag.box, x: 0.55 - (second - 119) * 0.06 } }]);
    expect(breaches(driven).at(-1)).toEqual(['cleared', 'left-behind', 121, 'recovered']);
  });

  it('is none with its owner near it, and is one when people pass at a distance', () => {
    const waiting = watching(rule);
    play(waiting, 0, 300, () => [bag, thing(0.66, 'person', 'owner')]);
    expect(breaches(waiting)).toEqual([]);
    const crowd = watching(rule);
    play(crowd, 0, 100, second => [bag, thing(0.05 + (second % 10) * 0.02, 'person', `passer-${second}`)]);
    expect(breaches(crowd)).toHaveLength(1);
  });

  it('stays one when somebody passes it', () => {
    const driven = watching(rule);
    play(driven, 0, 200, second => [bag, ...(second > 100 && second < 104 ? [thing(0.6, 'person', 'passer')] : [])]);
    expect(breaches(driven)).toHaveLength(1);
  });
});

it('takes a zone without rules as before, and refuses a rule twice and a direction that is none', () => {
  expect(() => watching({ rule: 'loitering', after: '1s' })).not.toThrow();
  const twice = [
    { rule: 'loitering', after: '1m' },
    { rule: 'loitering', after: '2m' },
  ];
  expect(() => drive(stage, { zones: [{ ...quay, rules: twice }] })).toThrow(/twice/);
  expect(() => watching({ rule: 'wrong-way', from: [0.5, 0.5], to: [0.5, 0.5] })).toThrow(/two different points/);
  expect(() => watching({ rule: 'restricted-hours', hours: [{ from: '25:00', to: '05:00' }] })).toThrow(/time of day/);
});

it('keeps what it knows of a rule over a checkpoint', () => {
  const driven = watching({ rule: 'stopped', after: '5m' });
  play(driven, 0, 200, () => [thing(0.6)]);
  driven.checkpoint();
  driven.restart();
  play(driven, 200, 310, () => [thing(0.6)]);
  expect(breaches(driven)).toEqual([['raised', 'stopped', 1 + minutes(5) / 1000, 'MEDIUM']]);
});
