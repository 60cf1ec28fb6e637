import { describe, expect, it } from 'vitest';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { byRadio, byVms, fisher, fixAt, hour, minute, port, start, update } from '../sailing.ts';

const own = fisher(1);

/** Ticks every minute, as time goes by. */
const passTime = (driven: DrivenStage, from: number, to: number): void => {
  for (let at = from; at <= to; at += minute) driven.tick(start + at);
};

const told = ({ conclusions }: DrivenStage): string[] =>
  conclusions.map(({ event, data, time }) => {
    const [, , verb] = event.split('.');
    const detail = verb === 'cleared' ? `${data['reason']} ${data['endedBy']}` : data['state'];
    return `${(time - start) / hour} ${verb} ${detail}`;
  });

const listening = (config: object = {}): DrivenStage => {
  const driven = drive(stage, config);
  driven.tick(start - 2 * hour);
  passTime(driven, -2 * hour, 0);
  return driven;
};

describe('a vessel at sea whose device falls silent', () => {
  it('is late, lost and overdue by the configured times, and told at the moment when it became so', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, 11 * 24 * hour);
    expect(told(driven)).toEqual(['3 raised late', '6 updated lost', '240 updated overdue']);
    const [raised] = driven.conclusions;
    expect(raised).toMatchObject({
      subject: 'vessel/vnfish/TTH-90001-TS',
      severity: 'LOW',
      correlation: 'vms-silence/vnfish/TTH-90001-TS/20261123T030000Z',
      data: {
        deadlines: { lostAt: '2026-11-23T06:00:00.000Z', backInPortAt: '2026-12-03T00:00:00.000Z' },
        evidence: { lastReport: { time: '2026-11-23T00:00:00.000Z', dataProvider: 'VMS' } },
      },
    });
    expect(new Set(driven.conclusions.map(({ correlation }) => correlation)).size).toBe(1);
  });

  it('is judged by the time of its reports, not by their arrival', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, 2.5 * hour);
    // Three hours of reports come in one batch; the newest is an hour old.
    driven.step(byVms(own, 0.5 * hour), byVms(own, 1.5 * hour));
    passTime(driven, 2.5 * hour, 4.75 * hour);
    expect(told(driven)).toEqual(['4.5 raised late']);
    driven.step(byVms(own, 4.6 * hour));
    passTime(driven, 4.75 * hour, 5 * hour);
    expect(told(driven)).toEqual(['4.5 raised late', '4.6 cleared recovered report']);
  });

  it('is not lost while its captain reports by radio, and is all the same overdue in the end', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, 4 * hour);
    driven.step(byRadio(own, 4 * hour));
    passTime(driven, 4 * hour, 9.5 * hour);
    driven.step(byRadio(own, 9.5 * hour));
    passTime(driven, 9.5 * hour, 16 * hour);
    expect(told(driven)).toEqual(['3 raised late', '4 updated by-radio', '9.5 updated by-radio', '15.5 updated lost']);
    expect(driven.conclusions[1]?.data).toMatchObject({
      deadlines: { nextRadioReportAt: '2026-11-23T10:00:00.000Z' },
      evidence: { radioReport: { time: '2026-11-23T04:00:00.000Z', dataProvider: 'duty officer' } },
    });
  });

  it('is not called late when the captain reported by radio before', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, 2 * hour);
    driven.step(byRadio(own, 2 * hour));
    passTime(driven, 2 * hour, 7.9 * hour);
    expect(told(driven)).toEqual([]);
    passTime(driven, 7.9 * hour, 8.1 * hour);
    expect(told(driven)).toEqual(['8 raised lost']);
  });

  it.each(['ashore', 'under-repair', 'sunk', 'seized', 'reported-lost'] as const)(
    'is not expected to report any more once it is %s by order, which stands in the evidence',
    status => {
      const driven = listening();
      driven.step(byVms(own, 0));
      passTime(driven, 0, 4 * hour);
      driven.step(
        update(own, undefined, {
          cause: 'status',
          device: 'desk',
          time: start + 4 * hour,
          order: { status, by: 'trực ban Thuận An', reason: 'theo gia đình' },
        }),
      );
      passTime(driven, 4 * hour, 12 * hour);
      expect(told(driven)).toEqual(['3 raised late', '4 cleared superseded order']);
      expect(driven.conclusions[1]?.data).toMatchObject({ evidence: { order: { status, by: 'trực ban Thuận An' } } });
    },
  );

  it('is not expected to report in port, and has its whole time again when it leaves', () => {
    const driven = listening();
    driven.step({ ...byVms(own, 0), zones: [port] });
    passTime(driven, 0, 30 * hour);
    driven.step(update(own, fixAt(30 * hour)));
    passTime(driven, 30 * hour, 33.5 * hour);
    expect(told(driven)).toEqual(['33 raised late']);
    driven.step(update(own, fixAt(33.5 * hour), { zones: [port] }));
    passTime(driven, 33.5 * hour, 34 * hour);
    expect(told(driven).at(-1)).toMatch(/cleared superseded harbor/);
  });

  it('is not accused at a station that reads no VMS of its provider', () => {
    const driven = listening();
    driven.step(update({ ...own, mmsi: 574000001, mmsiKind: 'ship' }, fixAt(0)));
    passTime(driven, 0, 24 * hour);
    expect(told(driven).filter(line => /late|lost/.test(line))).toEqual([]);
  });

  it('that never reported though others of its provider do is late when it has been at sea for long enough', () => {
    const driven = listening({ without: ['ais-silence'] });
    driven.step(update({ ...own, mmsi: 574000001, mmsiKind: 'ship' }, fixAt(0)));
    for (let at = 0; at <= 4 * hour; at += hour) {
      driven.step(byVms(fisher(2), at));
      passTime(driven, at, at + hour);
    }
    expect(told(driven)).toEqual(['3 raised late']);
  });

  it('is none of ours without a device, and when it is a buoy of a net', () => {
    const driven = listening();
    driven.step(update({ key: 'mmsi/574000001', mmsi: 574000001 }, fixAt(0)));
    driven.step(byVms({ ...own, mmsiKind: 'gear' }, 0));
    passTime(driven, 0, 24 * hour);
    expect(told(driven).filter(line => line.includes('late'))).toEqual([]);
  });

  it('is acknowledged, and everything told later says by whom', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, 4 * hour);
    const acknowledgement = { kind: 'vessel-acknowledgement', device: 'desk', timeFrom: 'gateway' } as const;
    driven.step({ ...acknowledgement, time: start + 4 * hour, mark: 'TTH-90001-TS', by: 'trực ban', note: 'đã gọi' });
    driven.restart();
    passTime(driven, 4 * hour, 7 * hour);
    expect(driven.conclusions.map(({ event }) => event.split('.').slice(1).join('.'))).toEqual([
      'vms-silence.raised',
      'condition.acknowledged',
      'vms-silence.updated',
    ]);
    expect(driven.conclusions[2]?.data).toMatchObject({ acknowledged: { by: 'trực ban', note: 'đã gọi' } });
  });

  it('is not blamed for what the gateway could not hear while it was away', () => {
    const driven = listening();
    driven.step(byVms(own, 0));
    passTime(driven, 0, minute);
    driven.checkpoint();
    driven.restart();
    passTime(driven, 20 * hour, 21.9 * hour);
    expect(told(driven)).toEqual([]);
    passTime(driven, 21.9 * hour, 22.1 * hour);
    expect(told(driven)).toEqual(['22 raised lost']);
  });

  it('is told by other limits when the configuration says so', () => {
    const driven = listening({ vmsInterval: '1h', rules: { 'vms-silence': { late: 2, lost: '4h', overdue: '2d' } } });
    driven.step(byVms(own, 0));
    passTime(driven, 0, 49 * hour);
    expect(told(driven)).toEqual(['2 raised late', '4 updated lost', '48 updated overdue']);
  });
});
