import { describe, expect, it } from 'vitest';
import type { DetectedObject, Detections, Snapshot } from '../../../core/observation.ts';
import { hours, seconds } from '../../../core/time.ts';
import { stage } from '../../../pipelines/zones/stage.ts';
import { type DrivenStage, drive, toWire } from '../../support/events.ts';

/** 08:00 in the city. */
const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const detector = { model: 'simulated-scenes', version: '1', sha256: 'c789161e04bb', threshold: 0.5 };

const polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
const zones = (changes: object = {}) => [{ id: 'quay-1', name: 'Cầu cảng số 1', polygon, ...changes }];
const watching = (changes: object = {}) =>
  drive(stage, { zones: zones(), frames: 1, budget: { daily: 20 }, ...changes });

const frame = (at: number, tracks: readonly string[], changes: Partial<Detections> = {}): Detections => ({
  kind: 'detections',
  device: 'cam-3',
  time: start + at,
  timeFrom: 'gateway',
  objects: tracks.map(
    (track): DetectedObject => ({
      label: 'person',
      confidence: 0.8,
      box: { x: 0.4, y: 0.3, width: 0.1, height: 0.2 },
      track,
    }),
  ),
  ended: [],
  detector,
  ...changes,
});

/** Comes and goes: entered, left, observed. */
const visit = (driven: DrivenStage, at: number, track: string, changes: Partial<Detections> = {}): void => {
  driven.step(frame(at, [track], changes));
  driven.step(frame(at + 500, [], { ...changes, ended: [track] }));
};

const visits = (driven: DrivenStage, from: number, to: number, changes: Partial<Detections> = {}): void => {
  for (let number = from; number < to; number++) visit(driven, seconds(number), `track-${number}`, changes);
};

const told = ({ conclusions }: DrivenStage, name: string) =>
  conclusions.filter(({ event }) => event === `urban-camera.${name}`);

describe('a daily budget', () => {
  it('stops what is only informational where 60 % is spent, and tells that once', () => {
    const driven = watching();
    visits(driven, 0, 50);
    // Twelve are four whole lives.
    expect(driven.conclusions.filter(({ event }) => !event.includes('budget'))).toHaveLength(12);
    expect(told(driven, 'event-budget.raised')).toMatchObject([
      {
        subject: 'camera/cam-3',
        time: start + seconds(4),
        severity: 'LOW',
        data: { daily: 20, since: '2026-11-23T01:00:04.000Z' },
      },
    ]);
    expect(driven.dropped).toEqual({ 'over-budget': 46 * 3 });
    const [raised] = told(driven, 'event-budget.raised');
    expect(raised && toWire(raised)['data']).toMatchObject({
      headline: { en: expect.stringMatching(/has nearly spent its 20 events of the day at 08:00/) },
    });
  });

  it.each([
    ['INFORMATIONAL', 12],
    ['LOW', 15],
    ['MEDIUM', 18],
    ['HIGH', 20],
  ])('leaves room for what is more severe: %s', (severity, most) => {
    const driven = watching({ zones: zones({ severity }) });
    for (let number = 0; number < 50; number++) driven.step(frame(number * 1000, [`track-${number}`]));
    expect(told(driven, 'zone.entered')).toHaveLength(most);
  });

  it('never sheds what is critical', () => {
    const driven = watching({ zones: zones({ severity: 'CRITICAL' }) });
    visits(driven, 0, 50);
    expect(told(driven, 'zone.entered')).toHaveLength(50);
    expect(told(driven, 'zone.left')).toHaveLength(50);
  });

  it('tells the end of what it told to begin, and of nothing else, also over a restart', () => {
    const driven = watching();
    for (let number = 0; number < 20; number++) driven.step(frame(number * 1000, [`track-${number}`]));
    driven.checkpoint();
    driven.restart();
    for (let number = 0; number < 20; number++)
      driven.step(frame(20_000 + number * 1000, [], { ended: [`track-${number}`] }));
    const keys = (name: string) => told(driven, name).map(({ key }) => key);
    expect(keys('zone.entered')).toHaveLength(12);
    expect(keys('zone.left')).toEqual(keys('zone.entered'));
  });

  it('begins anew with the day of the city, and says then what was not told', () => {
    const driven = watching();
    visits(driven, 0, 6);
    driven.tick(start + hours(15.99));
    expect(told(driven, 'event-budget.cleared')).toEqual([]);
    driven.restart();
    driven.tick(start + hours(16));
    expect(told(driven, 'event-budget.cleared')).toMatchObject([
      {
        correlation: told(driven, 'event-budget.raised')[0]?.correlation,
        time: start + hours(16),
        data: {
          reason: 'recovered',
          told: 12,
          shed: [
            { event: 'urban-camera.object.observed', count: 2 },
            { event: 'urban-camera.zone.entered', count: 2 },
            { event: 'urban-camera.zone.left', count: 2 },
          ],
        },
      },
    ]);
    visit(driven, hours(16), 'another');
    expect(told(driven, 'zone.entered')).toHaveLength(5);
    driven.tick(start + hours(41));
    expect(told(driven, 'event-budget.cleared')).toHaveLength(1);
  });

  it('also begins anew with the first picture of a day', () => {
    const driven = watching();
    visits(driven, 0, 6);
    visits(driven, 16 * 3600, 16 * 3600 + 1);
    expect(told(driven, 'event-budget.cleared')).toHaveLength(1);
    expect(told(driven, 'zone.entered')).toHaveLength(5);
  });

  it('is one for each camera', () => {
    const driven = watching();
    visits(driven, 0, 10);
    visits(driven, 10, 12, { device: 'cam-4' });
    expect(told(driven, 'zone.entered').filter(({ device }) => device === 'cam-4')).toHaveLength(2);
  });

  it('ends when it is configured no more, and is none where none is configured', () => {
    const driven = watching();
    visits(driven, 0, 10);
    driven.restart({ zones: zones(), frames: 1 });
    driven.tick(start + seconds(20));
    expect(told(driven, 'event-budget.cleared')).toMatchObject([{ data: { reason: 'config-removed' } }]);
    visits(driven, 20, 60);
    expect(told(driven, 'zone.entered')).toHaveLength(44);
    expect([...driven.saved.keys()]).toEqual([]);
  });

  it('does not count a picture as announced that no event announced', () => {
    const picture: Snapshot = {
      ...{ sha256: 'a'.repeat(64), mediaType: 'image/jpeg', bytes: 1, width: 1, height: 1 },
      ...{ capturedAt: start + seconds(10), redaction: 'person-boxes' },
    };
    const driven = watching({ zones: [...zones(), { ...zones()[0], id: 'gate', severity: 'HIGH', classes: ['car'] }] });
    visits(driven, 0, 5);
    const car = { ...frame(0, ['car-1']).objects[0], label: 'car' } as DetectedObject;
    driven.step(frame(seconds(10), ['track-9'], { snapshot: picture }));
    driven.step(frame(seconds(11), [], { objects: [car], snapshot: picture }));
    const media = driven.conclusions.flatMap(({ data }) => data['media'] ?? []);
    expect(media).toMatchObject([{ state: 'pending', sha256: picture.sha256 }]);
    expect(told(driven, 'zone.entered').at(-1)?.subject).toBe('zone/gate');
  });
});
