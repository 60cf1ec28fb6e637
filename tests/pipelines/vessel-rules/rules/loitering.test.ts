import { describe, expect, it } from 'vitest';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fisher, fixAt, hour, minute, port, ship, start, toldIn, update } from '../sailing.ts';

const own = ship(574000001);

/** Round and round within half a mile, at two knots. */
const circle = (
  driven: DrivenStage,
  from: number,
  to: number,
  changes: Partial<VesselFix> = {},
  vessel: VesselIdentity = own,
  more: Partial<VesselUpdate> = {},
): void => {
  for (let at = from; at < to; at += minute) {
    const angle = (at / hour) * 4;
    const place = { longitude: 107.8 + 0.008 * Math.cos(angle), latitude: 16.8 + 0.008 * Math.sin(angle) };
    driven.step(update(vessel, fixAt(at, { ...place, sogKnots: 2, ...changes }), more));
    driven.tick(start + at);
  }
};

describe('a vessel that stays in a small area', () => {
  it('is told after the configured time, once, and when it moves on', () => {
    const driven = drive(stage);
    circle(driven, 0, 3 * hour);
    driven.checkpoint();
    driven.restart();
    circle(driven, 3 * hour, 7 * hour);
    driven.step(update(own, fixAt(7 * hour, { sogKnots: 11 })));
    expect(toldIn(driven)).toEqual(['4 loitering.raised', '7 loitering.cleared']);
    expect(driven.conclusions[0]?.data).toMatchObject({
      evidence: { stayingSince: '2026-11-23T00:00:00.000Z', reports: 241, meanSpeedKnots: 2 },
    });
    expect(driven.conclusions[1]?.data).toMatchObject({ reason: 'recovered', endedBy: 'movement' });
  });

  it.each<[string, Partial<VesselFix>, VesselIdentity, Partial<VesselUpdate>]>([
    ['at anchor', { navigationStatus: 1 }, own, {}],
    ['at anchor without saying so', { sogKnots: 0.2 }, own, {}],
    ['fishing', { navigationStatus: 7 }, own, {}],
    ['a fishing vessel of the registry', {}, { ...fisher(1), mmsi: 574000001, mmsiKind: 'ship' }, {}],
    ['a pilot', {}, { ...own, shipType: 50 }, {}],
    ['in port', {}, own, { zones: [port] }],
    ['a buoy', {}, { ...own, mmsiKind: 'gear' }, {}],
  ])('is not told when it is %s', (_, fix, vessel, more) => {
    const driven = drive(stage, { without: ['vms-silence'] });
    circle(driven, 0, 8 * hour, fix, vessel, more);
    expect(toldIn(driven)).toEqual([]);
  });

  it('is not told where no stage tells what is a port', () => {
    const driven = drive(stage);
    for (let at = 0; at < 8 * hour; at += minute) {
      const { zones, ...unplaced } = update(own, fixAt(at, { sogKnots: 2 }));
      driven.step(unplaced);
    }
    expect(toldIn(driven)).toEqual([]);
  });

  it('begins anew after a time without a report', () => {
    const driven = drive(stage, { without: ['ais-silence'] });
    circle(driven, 0, 3 * hour);
    circle(driven, 5 * hour, 8 * hour);
    expect(toldIn(driven)).toEqual([]);
  });

  it('is let go when it is not heard any more', () => {
    const driven = drive(stage, { without: ['ais-silence'] });
    circle(driven, 0, 5 * hour);
    for (let at = 5 * hour; at < 7 * hour; at += minute) driven.tick(start + at);
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });
});
