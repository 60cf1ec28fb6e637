import { describe, expect, it } from 'vitest';
import type { VesselIdentity, VesselUpdate } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fixAt, hour, minute, port, ship, start, toldIn, update } from '../sailing.ts';

const pair = [ship(574000001, { name: 'BIEN DONG 9' }), ship(574000002, { name: 'HAI AU' })];

/** Side by side, 50 m apart. */
const lie = (
  driven: DrivenStage,
  from: number,
  to: number,
  vessels: readonly VesselIdentity[] = pair,
  more: Partial<VesselUpdate> = {},
): void => {
  for (let at = from; at < to; at += minute) {
    for (const [number, vessel] of vessels.entries())
      driven.step(update(vessel, fixAt(at, { longitude: 107.8 + number * 0.0005, sogKnots: 0.4 }), more));
    driven.tick(start + at);
  }
};

describe('two vessels close to each other at sea', () => {
  it('are told after the configured time, once for both, and when they are apart', () => {
    const driven = drive(stage);
    lie(driven, 0, 20 * minute);
    driven.checkpoint();
    driven.restart();
    lie(driven, 20 * minute, hour);
    driven.step(update(pair[0] ?? ship(1), fixAt(hour, { longitude: 107.81, sogKnots: 3 })));
    expect(toldIn(driven)).toEqual(['0.5 rendezvous.raised', '1 rendezvous.cleared']);
    expect(driven.conclusions[0]).toMatchObject({
      subject: 'vessel/mmsi/574000001',
      data: {
        other: { subject: 'vessel/mmsi/574000002', name: 'HAI AU' },
        evidence: { togetherSince: '2026-11-23T00:00:00.000Z', distanceMetres: 53 },
      },
    });
  });

  it.each<[string, readonly VesselIdentity[], Partial<VesselUpdate>]>([
    ['in port', pair, { zones: [port] }],
    ['with the pilot', [pair[0] ?? ship(1), ship(574000003, { shipType: 50 })], {}],
    ['beside a buoy', [pair[0] ?? ship(1), ship(574000003, { mmsiKind: 'gear' })], {}],
    ['in a crowd', Array.from({ length: 6 }, (_, number) => ship(574000010 + number)), {}],
  ])('are not told %s', (_, vessels, more) => {
    const driven = drive(stage);
    lie(driven, 0, 3 * hour, vessels, more);
    expect(toldIn(driven)).toEqual([]);
  });

  it('are not told when one passes the other', () => {
    const driven = drive(stage);
    for (let at = 0; at < hour; at += minute) {
      driven.step(update(pair[0] ?? ship(1), fixAt(at, { sogKnots: 0.4 })));
      driven.step(update(pair[1] ?? ship(2), fixAt(at, { sogKnots: 1.9, longitude: 107.79 + (at / hour) * 0.033 })));
    }
    expect(toldIn(driven)).toEqual([]);
  });

  it('are let go when one of them is not heard any more', () => {
    const driven = drive(stage, { without: ['ais-silence'] });
    lie(driven, 0, hour);
    for (let at = hour; at < 2 * hour; at += minute) driven.tick(start + at);
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });
});
