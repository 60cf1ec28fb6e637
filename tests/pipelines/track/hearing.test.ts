import { describe, expect, it } from 'vitest';
import type { VesselPosition } from '../../../core/observation.ts';
import type { Site } from '../../../core/site.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/track/stage.ts';
import { type DrivenStage, drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 1);
const hour = 3_600_000;

const heard = (time: number, vessel: number, device: string): VesselPosition => ({
  kind: 'vessel-position',
  device,
  time,
  timeFrom: 'gateway',
  mmsi: 574_000_000 + vessel,
  stationClass: 'A',
  messageType: 1,
  longitude: 107 + vessel / 1000,
  latitude: 16.5,
  accurate: true,
});

const config = { deafness: { period: '1h', history: 24, least: 5 } };

/** Lives through hours; `vessels` says how many vessels the receiver hears in each. */
const live = (driven: DrivenStage, hours: readonly number[], from = 0, device = 'ais-1'): void => {
  for (const [index, vessels] of hours.entries()) {
    const begin = start + (from + index) * hour;
    driven.tick(begin, (from + index) * hour);
    for (let vessel = 0; vessel < vessels; vessel++) driven.step(heard(begin + vessel, vessel, device));
  }
  driven.tick(start + (from + hours.length) * hour, (from + hours.length) * hour);
};

const usual = (hours: number, vessels = 40): readonly number[] => Array.from({ length: hours }, () => vessels);

const told = ({ conclusions }: DrivenStage) =>
  conclusions
    .filter(({ event }) => event.includes('receiver-deafness'))
    .map(({ event, time, data }) => [event.split('.').at(-1), (time - start) / hour, data['reason']]);

describe('a receiver that hears far fewer vessels than it used to', () => {
  it('is told with what it heard and what it usually hears', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 9]);
    expect(told(driven)).toEqual([['raised', 49, undefined]]);
    expect(driven.conclusions.at(-1)).toMatchObject({
      source: 'ais-1',
      device: 'ais-1',
      subject: 'receiver/ais-1',
      severity: 'MEDIUM',
      data: {
        heardVessels: 9,
        usualVessels: 40,
        knownPeriods: 48,
        period: { start: '2026-11-03T00:00:00.000Z', end: '2026-11-03T01:00:00.000Z' },
        limits: { raise: 0.25, clear: 0.5 },
      },
    });
  });

  it('is told once, and again when it has recovered, under one correlation', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 2, 3, 12, 0, 30, 40]);
    expect(told(driven)).toEqual([
      ['raised', 49, undefined],
      ['cleared', 53, 'recovered'],
    ]);
    const conditions = driven.conclusions.filter(({ event }) => event.includes('receiver-deafness'));
    expect(new Set(conditions.map(({ correlation }) => correlation)).size).toBe(1);
  });

  it('is told when it hears nothing at all', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 0]);
    expect(told(driven)).toHaveLength(1);
  });

  it('is not judged by periods of another length, which the configuration had before', () => {
    const driven = drive(stage, config);
    live(driven, usual(48));
    driven.restart({ deafness: { ...config.deafness, period: '2h' } });
    live(driven, usual(8, 5), 48);
    expect(told(driven)).toEqual([]);
  });

  it('is told as superseded when the periods have another length now', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 2]);
    driven.restart({ deafness: { ...config.deafness, period: '2h' } });
    live(driven, usual(4, 2), 50);
    expect(told(driven)).toEqual([
      ['raised', 49, undefined],
      ['cleared', 52, 'superseded'],
    ]);
  });

  it('is known after a restart', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 2]);
    driven.restart();
    live(driven, [2, 2, 40], 49);
    expect(told(driven)).toEqual([
      ['raised', 49, undefined],
      ['cleared', 52, 'recovered'],
    ]);
  });

  it('counts as usual after long enough', () => {
    const driven = drive(stage, { deafness: { ...config.deafness, settle: 24 } });
    live(driven, [...usual(48), ...usual(60, 8)]);
    expect(told(driven)).toEqual([
      ['raised', 49, undefined],
      ['cleared', 72, 'superseded'],
    ]);
  });

  it('that is not configured any more is deaf no longer', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48), 2]);
    const devices = new Map([...exampleSite.devices].filter(([id]) => id !== 'ais-1'));
    const site: Site = { ...exampleSite, devices };
    const running = stage.bind(config, site).start(new Map(driven.saved));
    running.tick(start + 49 * hour);
    const { output, save } = running.tick(start + 50 * hour);
    const nothing = running.tick(start + 51 * hour).output;
    expect([output, nothing].flat()).toEqual([]);
    expect(save?.size ?? 0).toBe(0);
  });
});

describe('a receiver is not called deaf', () => {
  it('before enough is known of it', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(23), 0]);
    expect(told(driven)).toEqual([]);
  });

  it('in hours in which it usually hears little', () => {
    const driven = drive(stage, config);
    const days = Array.from({ length: 10 * 24 }, (_, index) => (index % 24 < 8 ? 6 : 60));
    live(driven, days);
    expect(told(driven)).toEqual([]);
  });

  it('where there is little to hear', () => {
    const driven = drive(stage, config);
    live(driven, [...usual(48, 4), 0]);
    expect(told(driven)).toEqual([]);
  });

  it('for an hour that the gateway did not live through', () => {
    const driven = drive(stage, config);
    live(driven, usual(48));
    driven.restart();
    driven.tick(start + 48.5 * hour, 0);
    driven.tick(start + 49 * hour, hour);
    expect(told(driven)).toEqual([]);
    live(driven, [2], 49);
    expect(told(driven)).toEqual([['raised', 50, undefined]]);
  });

  it('for an hour in which the clock was set', () => {
    const driven = drive(stage, config);
    live(driven, usual(48));
    driven.shift({ from: start, to: start + 100 * hour, by: 0 });
    driven.tick(start + 49 * hour, 49 * hour);
    expect(told(driven)).toEqual([]);
  });

  it('for repetitions: another receiver may hear the same vessels first', () => {
    const driven = drive(stage, config);
    for (let index = 0; index < 49; index++) {
      const begin = start + index * hour;
      driven.tick(begin, index * hour);
      for (let vessel = 0; vessel < 40; vessel++)
        for (const device of ['cam-3', 'ais-1']) driven.step(heard(begin + vessel, vessel, device));
    }
    driven.tick(start + 49 * hour, 49 * hour);
    expect(told(driven)).toEqual([]);
  });
});

it('estimates 20 000 vessels within 2 %', () => {
  const running = stage.bind({ deafness: { period: '1h', history: 3, least: 5 } }, exampleSite).start(new Map());
  for (let index = 0; index < 4; index++) {
    running.tick(start + index * hour, index * hour);
    const vessels = index < 3 ? 20_000 : 10;
    running.step(Array.from({ length: vessels }, (_, vessel) => heard(start + index * hour, vessel * 7, 'ais-1')));
  }
  const { output } = running.tick(start + 4 * hour, 4 * hour);
  const [raised] = output.filter(item => item.kind === 'conclusion');
  expect(raised?.data['usualVessels']).toBeGreaterThan(19_600);
  expect(raised?.data['usualVessels']).toBeLessThan(20_400);
});
