import { describe, expect, it } from 'vitest';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { byVms, fisher, fixAt, hour, minute, start, toldIn, update } from '../sailing.ts';

const own = fisher(1, { mmsi: 574000001, mmsiKind: 'ship' });
/** Eastward at 8 knots, about 0.139 degrees an hour here. */
const longitudeAt = (at: number): number => 107.8 + (at / hour) * 0.1393;

const sail = (driven: DrivenStage, from: number, to: number, off: number, arrival = 0): void => {
  for (let at = from; at < to; at += minute) {
    driven.step(update(own, fixAt(at, { longitude: longitudeAt(at) })));
    const report = at - arrival;
    if (report >= 0 && report % (2 * hour) === 37 * minute)
      driven.step(byVms(own, report, { longitude: longitudeAt(report) + off }));
    driven.tick(start + at);
  }
};

describe('AIS and VMS of one vessel', () => {
  it('that agree are not told, whenever the reports by satellite arrive', () => {
    const driven = drive(stage, { vmsDelivery: '90m' });
    sail(driven, 0, 8 * hour, 0.005);
    sail(driven, 8 * hour, 16 * hour, 0.005, 90 * minute);
    expect(toldIn(driven)).toEqual([]);
  });

  it('that disagree twice are told, with both places at the same moment; and when they agree again', () => {
    const driven = drive(stage);
    sail(driven, 0, 5 * hour, 0.1);
    driven.checkpoint();
    driven.restart();
    sail(driven, 5 * hour, 9 * hour, 0);
    expect(toldIn(driven).map(line => line.split(' ')[1])).toEqual([
      'source-mismatch.raised',
      'source-mismatch.cleared',
    ]);
    const [raised, cleared] = driven.conclusions;
    expect(raised?.data).toMatchObject({
      evidence: {
        vms: { time: '2026-11-23T02:37:00.000Z', dataProvider: 'VMS' },
        ais: { time: '2026-11-23T02:37:00.000Z', dataProvider: 'AIS' },
        distanceMetres: expect.closeTo(10_640, -2),
        reports: 2,
      },
    });
    expect(cleared?.data).toMatchObject({ reason: 'recovered', endedBy: 'agreement' });
  });

  it('are not compared across a gap of AIS', () => {
    const driven = drive(stage);
    for (const at of [0, 1, 2, 3, 4].map(count => count * hour)) {
      driven.step(update(own, fixAt(at, { longitude: longitudeAt(at) })));
      driven.step(byVms(own, at + 30 * minute, { longitude: longitudeAt(at) + 1 }));
    }
    expect(toldIn(driven)).toEqual([]);
  });

  it('are closed when nothing can be compared any more', () => {
    const driven = drive(stage, { without: ['vms-silence', 'ais-silence'] });
    sail(driven, 0, 5 * hour, 0.1);
    for (let at = 5 * hour; at < 60 * hour; at += minute) driven.tick(start + at);
    expect(driven.conclusions.map(({ data }) => data['reason'])).toEqual([undefined, 'source-lost']);
  });
});
