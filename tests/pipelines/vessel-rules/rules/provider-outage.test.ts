import { describe, expect, it } from 'vitest';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { byVms, fisher, fixAt, hour, minute, start, update } from '../sailing.ts';

const interval = 2 * hour;
const fleet = Array.from({ length: 40 }, (_, number) => fisher(number));

/** Vessels report every two hours, each at its own minute; who is silent is asked for each report. */
const sail = (
  driven: DrivenStage,
  from: number,
  to: number,
  isSilent: (number: number, at: number) => boolean = () => false,
): void => {
  for (let at = from; at < to; at += minute) {
    for (const [number, vessel] of fleet.entries())
      if ((at + number * 3 * minute) % interval === 0 && !isSilent(number, at)) driven.step(byVms(vessel, at));
    driven.tick(start + at);
  }
};

const told = ({ conclusions }: DrivenStage): string[] =>
  conclusions.map(({ event, time }) => `${((time - start) / hour).toFixed(1)} ${event.replace('fishing-vessel.', '')}`);

describe('a provider that fails', () => {
  it('is told before any of its vessels is accused, and none of them is', () => {
    const driven = drive(stage);
    sail(driven, 0, 6 * hour);
    sail(driven, 6 * hour, 15 * hour, () => true);
    sail(driven, 15 * hour, 24 * hour);
    expect(told(driven)).toEqual(['6.8 provider-outage.raised', '16.7 provider-outage.cleared']);
    expect(driven.conclusions[0]).toMatchObject({
      subject: 'vms-provider/vnpt',
      severity: 'HIGH',
      data: { provider: 'vnpt', evidence: { vessels: 40, lastReportAt: '2026-11-23T05:57:00.000Z' } },
    });
  });

  it('and afterwards those who are still silent are told after one more interval', () => {
    const driven = drive(stage);
    sail(driven, 0, 6 * hour);
    sail(driven, 6 * hour, 9 * hour, () => true);
    sail(driven, 9 * hour, 16 * hour, number => number === 7);
    expect(told(driven)).toEqual([
      '6.8 provider-outage.raised',
      '10.8 provider-outage.cleared',
      '12.8 vms-silence.raised',
    ]);
    expect(driven.conclusions[2]).toMatchObject({ subject: 'vessel/vnfish/TTH-90007-TS', data: { state: 'lost' } });
  });

  it('may fail for half of its vessels', () => {
    const driven = drive(stage);
    const isSilent = (number: number): boolean => number % 2 === 0;
    sail(driven, 0, 6 * hour);
    sail(driven, 6 * hour, 14 * hour, isSilent);
    expect(told(driven).filter(line => line.includes('vms-silence'))).toEqual([]);
    sail(driven, 14 * hour, 20 * hour);
    expect(told(driven).map(line => line.split(' ')[1])).toEqual(['provider-outage.raised', 'provider-outage.cleared']);
  });

  it('is not called failing when some vessels of many are silent: they are', () => {
    const driven = drive(stage);
    sail(driven, 0, 6 * hour);
    sail(driven, 6 * hour, 12 * hour, number => number < 3);
    expect(told(driven).filter(line => line.includes('outage'))).toEqual([]);
    expect(told(driven).filter(line => line.includes('vms-silence.raised'))).toHaveLength(3);
  });

  it('with three vessels is failing when none of them reports', () => {
    const driven = drive(stage);
    for (let at = 0; at < 12 * hour; at += minute) {
      if (at % interval === 0 && at < 5 * hour) driven.step(...fleet.slice(0, 3).map(vessel => byVms(vessel, at)));
      driven.tick(start + at);
    }
    expect(told(driven)).toEqual(['6.2 provider-outage.raised']);
  });

  it('is not to blame for vessels in harbor or out of service', () => {
    const driven = drive(stage);
    sail(driven, 0, 6 * hour);
    for (const vessel of fleet.slice(0, 38))
      driven.step(
        update(vessel, fixAt(6 * hour, { source: 'vms' }), {
          zones: [{ id: 'thuan-an', name: 'Cảng Thuận An', kind: 'port' }],
        }),
      );
    sail(driven, 6 * hour, 20 * hour, number => number < 38);
    expect(told(driven)).toEqual([]);
  });
});

describe('without the rule', () => {
  it('every silent vessel is told', () => {
    const driven = drive(stage, { without: ['provider-outage'] });
    sail(driven, 0, 6 * hour);
    sail(driven, 6 * hour, 10 * hour, () => true);
    expect(driven.conclusions.map(({ event }) => event)).toEqual(fleet.map(() => 'fishing-vessel.vms-silence.raised'));
  });
});
