import { describe, expect, it } from 'vitest';
import { cameraSignalNames, cameraSignals } from '../../../core/camera-signals.ts';
import type { CameraSignal } from '../../../core/observation.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/camera-signals/stage.ts';
import { drive, toWire } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 22, 17, 4, 10);
const second = 1000;

const say = (
  at: number,
  state: CameraSignal['state'],
  signal: CameraSignal['signal'] = 'motion',
  more: Partial<CameraSignal> = {},
): CameraSignal => ({
  kind: 'camera-signal',
  device: 'cam-3',
  time: start + at,
  timeFrom: 'device',
  signal,
  state,
  by: 'camera',
  ...more,
});

const told = (driven: ReturnType<typeof drive>): string[] =>
  driven.conclusions.map(({ event, data }) => `${event.split('.').at(-1)} ${data['signal']} ${data['phase']}`);

describe('what a camera says by itself', () => {
  it.each(cameraSignalNames)('%s is told when it begins, and when it has ended for a while', signal => {
    const driven = drive(stage);
    const [first, last] =
      cameraSignals[signal].is === 'impairment'
        ? [`impaired ${signal} impaired`, `restored ${signal} restored`]
        : [`signaled ${signal} begun`, `signaled ${signal} ended`];
    driven.step(say(0, 'begun', signal));
    expect(told(driven)).toEqual([first]);
    driven.step(say(5 * second, 'ended', signal));
    driven.tick(start + 6 * second, 0);
    driven.tick(start + 15 * second, 9 * second);
    expect(told(driven)).toEqual([first]);
    driven.tick(start + 17 * second, 10 * second);
    expect(told(driven)).toEqual([first, last]);
    const [one, other] = driven.conclusions;
    expect(other).toMatchObject({ time: start + 5 * second, data: { durationSeconds: 5, reason: 'recovered' } });
    expect(other?.correlation).toBe(one?.correlation);
    expect(driven.saved.size).toBe(0);
  });

  it('is told once while it comes and goes, and again at each connection', () => {
    const driven = drive(stage);
    for (let at = 0; at < 60; at += 4) {
      driven.step(say(at * second, 'begun'), say((at + 2) * second, 'ended'));
      driven.tick(start + (at + 3) * second, at * second);
    }
    driven.step(say(61 * second, 'begun'), say(62 * second, 'begun'));
    expect(told(driven)).toEqual(['signaled motion begun']);
  });

  it('is another thing by another lens, rule or camera', () => {
    const driven = drive(stage);
    driven.step(
      say(0, 'begun', 'field-entered', { rule: 'gate' }),
      say(0, 'begun', 'field-entered', { rule: 'yard' }),
      say(0, 'begun', 'field-entered', { rule: 'gate', source: 'lens-2' }),
    );
    expect(driven.conclusions).toHaveLength(3);
    expect(new Set(driven.conclusions.map(conclusion => toWire(conclusion)['id'])).size).toBe(3);
    expect(driven.conclusions[0]?.data).toMatchObject({ rule: 'gate', locationOf: 'camera' });
  });

  it('is told each time where it is over at once', () => {
    const driven = drive(stage);
    driven.step(say(0, 'happened', 'line-crossed'), say(second, 'happened', 'line-crossed'));
    expect(told(driven)).toEqual(['signaled line-crossed happened', 'signaled line-crossed happened']);
    expect(driven.saved.size).toBe(0);
  });

  it('of failed logins is told once and over once they stop, however many somebody tries', () => {
    const driven = drive(stage);
    for (let at = 0; at < 600; at++) {
      driven.step(say(at * second, 'happened', 'login-failed'));
      driven.tick(start + at * second, at * second);
    }
    expect(told(driven)).toEqual(['signaled login-failed begun']);
    driven.tick(start + 611 * second, 611 * second);
    driven.tick(start + 622 * second, 622 * second);
    expect(told(driven)).toEqual(['signaled login-failed begun', 'signaled login-failed ended']);
    expect(driven.conclusions[1]).toMatchObject({ data: { durationSeconds: 599, reason: 'recovered' } });
    expect(driven.saved.size).toBe(0);
  });

  it('lasts as long as any object does for which the camera says it', () => {
    const driven = drive(stage);
    const inside = (at: number, state: CameraSignal['state'], object: string): CameraSignal =>
      say(at * second, state, 'field-entered', { rule: 'gate', object });
    driven.step(inside(0, 'begun', '7'), inside(1, 'begun', '8'), inside(2, 'ended', '7'), inside(3, 'ended', '7'));
    driven.tick(start + 4 * second, 0);
    driven.tick(start + 60 * second, 56 * second);
    expect(told(driven)).toEqual(['signaled field-entered begun']);
    driven.step(inside(61, 'ended', '8'));
    driven.tick(start + 62 * second, 58 * second);
    driven.tick(start + 72 * second, 68 * second);
    expect(told(driven)).toEqual(['signaled field-entered begun', 'signaled field-entered ended']);
    expect(driven.conclusions[1]?.data).toMatchObject({ durationSeconds: 61, reason: 'recovered' });
  });

  it('for objects is closed where after a restart the camera says nothing of it any more', () => {
    const driven = drive(stage);
    const entered = say(0, 'begun', 'field-entered', { object: '7' });
    driven.step(entered, say(0, 'begun', 'motion'));
    driven.restart();
    driven.tick(start + 60 * second, 0);
    driven.tick(start + 359 * second, 299 * second);
    expect(told(driven)).toHaveLength(2);
    driven.tick(start + 360 * second, 300 * second);
    expect(told(driven).slice(2), 'of motion it says the end by itself').toEqual(['signaled field-entered ended']);
    expect(driven.conclusions[2]?.data).toMatchObject({ reason: 'interrupted', durationSeconds: 360 });
  });

  it('for objects goes on over a restart where the camera says one of them again', () => {
    const driven = drive(stage);
    const entered = (at: number) => say(at * second, 'begun', 'field-entered', { object: '7' });
    driven.step(entered(0));
    driven.restart();
    driven.tick(start + 60 * second, 0);
    driven.step(entered(100));
    driven.tick(start + 600 * second, 540 * second);
    expect(told(driven)).toEqual(['signaled field-entered begun']);
  });

  it('that nobody asked for is not told', () => {
    const driven = drive(stage, { signals: ['tamper'] });
    driven.step(say(0, 'begun'), say(0, 'begun', 'tamper'));
    expect(told(driven)).toEqual(['impaired tamper impaired']);
  });

  it('goes on over a restart, and is told no second time', () => {
    const driven = drive(stage);
    driven.step(say(0, 'begun', 'tamper'));
    driven.restart();
    driven.step(say(60 * second, 'begun', 'tamper'));
    driven.step(say(90 * second, 'ended', 'tamper'));
    driven.restart();
    driven.tick(start + 91 * second, 0);
    driven.tick(start + 102 * second, 11 * second);
    expect(told(driven)).toEqual(['impaired tamper impaired', 'restored tamper restored']);
    expect(driven.conclusions[1]).toMatchObject({ time: start + 90 * second, data: { durationSeconds: 90 } });
  });

  it('is closed when nobody looks for it any more, or its camera is gone', () => {
    const others = drive(stage);
    others.step(say(0, 'begun', 'tamper'));
    others.restart({ signals: ['motion'] });
    others.tick(start + 30 * second, 0);
    expect(others.conclusions[1]?.data).toMatchObject({ phase: 'restored', reason: 'config-removed' });
    const gone = drive(stage, {}, { ...exampleSite, devices: new Map() });
    gone.step(say(0, 'begun', 'tamper'));
    gone.tick(start + 30 * second, 0);
    expect(gone.conclusions[1]?.data).toMatchObject({ phase: 'restored', reason: 'config-removed' });
  });

  it('is dated by the clock that was set meanwhile', () => {
    const driven = drive(stage);
    driven.step(say(0, 'begun'));
    driven.shift({ from: start - second, to: start + second, by: 3600 * second });
    driven.checkpoint();
    driven.restart();
    driven.step(say(3610 * second, 'ended'));
    driven.tick(start + 3611 * second, 0);
    driven.tick(start + 3621 * second, 10 * second);
    expect(driven.conclusions[1]?.data).toMatchObject({ durationSeconds: 10 });
  });

  it('fills no memory, however many rules a camera makes up', () => {
    const driven = drive(stage);
    driven.step(...Array.from({ length: 5_002 }, (_, index) => say(0, 'begun', 'motion', { rule: `rule-${index}` })));
    expect(driven.saved.size).toBe(5_000);
    expect(driven.dropped).toEqual({ 'no-room': 2 });
  });
});
