import { describe, expect, it } from 'vitest';
import type { Detections, SceneClass } from '../../../core/observation.ts';
import { stage } from '../../../pipelines/scenes/stage.ts';
import { drive, toWire } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 22, 17, 4, 10);
const second = 1000;
const config = { classes: [{ label: 'flood', severity: 'HIGH' }, { label: 'smoke' }] };

const look = (at: number, scene: Readonly<Record<string, number>> | undefined, device = 'cam-3'): Detections => ({
  kind: 'detections',
  device,
  time: start + at * second,
  timeFrom: 'gateway',
  objects: [],
  ended: [],
  ...(scene !== undefined && {
    scene: Object.entries(scene).map(([label, confidence]): SceneClass => ({ label, confidence })),
  }),
  detector: {
    model: 'street-states',
    version: '1.0.0',
    sha256: 'c789161e04bb',
    threshold: 0.5,
    thresholds: { flood: 0.6 },
  },
});

const told = (driven: ReturnType<typeof drive>): string[] =>
  driven.conclusions.map(({ data }) => `${data['class']} ${data['phase']}`);

describe('what a whole picture shows', () => {
  it('is told when every picture of half a minute showed it, and when none of two minutes did', () => {
    const driven = drive(stage, config);
    for (const at of [0, 10, 20]) driven.step(look(at, { flood: 0.7, dry: 0.3 }));
    expect(told(driven)).toEqual([]);
    driven.step(look(30, { flood: 0.9 }));
    expect(told(driven)).toEqual(['flood begun']);
    const [begun] = driven.conclusions;
    expect(begun).toMatchObject({
      time: start + 30 * second,
      severity: 'HIGH',
      data: { confidence: 0.9, begunAt: '2026-11-22T17:04:10.000Z', detector: { threshold: 0.6 } },
    });
    for (const at of [40, 100, 149]) driven.step(look(at, { dry: 0.99 }));
    expect(told(driven)).toEqual(['flood begun']);
    driven.step(look(150, {}));
    expect(told(driven)).toEqual(['flood begun', 'flood ended']);
    const [, ended] = driven.conclusions;
    expect(ended).toMatchObject({
      time: start + 30 * second,
      severity: 'INFORMATIONAL',
      data: { durationSeconds: 30, reason: 'over' },
    });
    expect(ended?.correlation).toBe(begun?.correlation);
    expect(driven.saved.size).toBe(0);
    expect(new Set(driven.conclusions.map(each => toWire(each)['id'])).size).toBe(2);
  });

  it('does not begin by doubtful pictures, but goes on with them', () => {
    const driven = drive(stage, config);
    for (let at = 0; at < 300; at += 10) driven.step(look(at, { flood: at % 20 === 0 ? 0.7 : 0.5 }));
    expect(told(driven)).toEqual([]);
    for (let at = 300; at < 340; at += 10) driven.step(look(at, { flood: 0.7 }));
    for (let at = 340; at < 1000; at += 10) driven.step(look(at, { flood: 0.5 }));
    expect(told(driven)).toEqual(['flood begun']);
  });

  it('is another thing for another class or camera, and nothing where nobody asked for it', () => {
    const driven = drive(stage, config);
    for (const at of [0, 30]) {
      driven.step(look(at, { flood: 0.7, smoke: 0.6, dry: 0.9 }), look(at, { smoke: 0.6 }, 'cam-4'));
    }
    expect(driven.conclusions.map(({ device, data }) => `${device} ${data['class']}`)).toEqual([
      'cam-3 flood',
      'cam-3 smoke',
      'cam-4 smoke',
    ]);
  });

  it('is not what a model says that finds objects', () => {
    const driven = drive(stage, config);
    driven.step(look(0, { flood: 0.7 }), look(30, { flood: 0.7 }));
    driven.step(look(300, undefined), look(600, undefined));
    expect(told(driven)).toEqual(['flood begun']);
  });

  it('goes on over a restart, and over a clock that was set', () => {
    const driven = drive(stage, config);
    driven.step(look(0, { flood: 0.7 }), look(30, { flood: 0.7 }));
    driven.restart();
    driven.step(look(40, { flood: 0.7 }));
    expect(told(driven)).toEqual(['flood begun']);
    driven.step(look(161, {}));
    expect(driven.conclusions[1]?.data).toMatchObject({ durationSeconds: 40 });
  });

  it('is interrupted where the camera gives no pictures for half an hour', () => {
    const driven = drive(stage, config);
    driven.step(look(0, { flood: 0.7, smoke: 0.7 }), look(30, { flood: 0.7 }));
    driven.tick(start + 31 * second, 0);
    driven.step(look(100, { flood: 0.7 }));
    driven.tick(start + 101 * second, 60 * second);
    driven.tick(start + 1800 * second, 1859 * second);
    expect(told(driven)).toEqual(['flood begun']);
    driven.tick(start + 1901 * second, 1860 * second);
    expect(driven.conclusions[1]?.data).toMatchObject({ phase: 'ended', reason: 'interrupted', durationSeconds: 100 });
    expect(driven.saved.size).toBe(0);
  });
});
