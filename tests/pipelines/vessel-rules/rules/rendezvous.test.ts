import { describe, expect, it } from 'vitest';
import type { VesselIdentity, VesselUpdate } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fixAt, hour, minute, port, ship, start, toldIn, update } from '../sailing.ts';

const pair = [ship(574000001, { name: 'BIEN DONG 9' }), ship(574000002, { name: 'HAI AU' })];

/** Side by side, 50 m apart, adrift at 0.4 kn. */
const lie = (
  driven: DrivenStage,
  from: number,
  to: number,
  vessels: readonly VesselIdentity[] = pair,
  more: Partial<VesselUpdate> = {},
  knots = 0.4,
): void => {
  for (let at = from; at < to; at += minute) {
    for (const [number, vessel] of vessels.entries())
      driven.step(
        update(
          vessel,
          fixAt(at, { longitude: 107.8 + number * 0.0005 + (knots * at) / hour / 57.4, sogKnots: knots }),
          more,
        ),
      );
    driven.tick(start + at);
  }
};

describe('two vessels close to each other at sea', () => {
  it('are told after the configured time, once for both, and when they are apart', () => {
    const driven = drive(stage);
    lie(driven, 0, 20 * minute);
    driven.checkpoint();
    driven.restart();
    lie(driven, 20 * minute, 1.5 * hour);
    driven.step(update(pair[0] ?? ship(1), fixAt(1.5 * hour, { longitude: 107.83, sogKnots: 3 })));
    expect(toldIn(driven)).toEqual(['1 rendezvous.raised', '1.5 rendezvous.cleared']);
    expect(driven.conclusions[0]).toMatchObject({
      subject: 'vessel/mmsi/574000001',
      data: {
        other: { subject: 'vessel/mmsi/574000002', name: 'HAI AU' },
        evidence: { togetherSince: '2026-11-23T00:00:00.000Z', distanceMetres: 41 },
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

  it('are not told at a pier that no zone names, not even when they cast off', () => {
    const driven = drive(stage);
    lie(driven, 0, 6 * hour, pair, {}, 0);
    lie(driven, 6 * hour, 6.3 * hour);
    expect(toldIn(driven)).toEqual([]);
  });

  it('are told at anchor, if they say that they are', () => {
    const driven = drive(stage);
    for (let at = 0; at < 1.5 * hour; at += minute)
      for (const vessel of pair) driven.step(update(vessel, fixAt(at, { sogKnots: 0, navigationStatus: 1 })));
    expect(toldIn(driven)).toEqual(['1 rendezvous.raised']);
  });

  it('are not told while pair trawlers take their net in', () => {
    const driven = drive(stage);
    lie(driven, 0, 45 * minute);
    driven.step(update(pair[0] ?? ship(1), fixAt(46 * minute, { longitude: 107.83, sogKnots: 3 })));
    lie(driven, 2 * hour, 2.75 * hour);
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

  it('go on when the registry gives one of them another key meanwhile, and after it was told', () => {
    const driven = drive(stage);
    const [first = ship(1), second = ship(2)] = pair;
    const registered = { ...second, key: 'vnfish/TTH-90001-TS' };
    lie(driven, 0, 30 * minute);
    driven.step(
      update(registered, undefined, { cause: 'identity', time: start + 30 * minute, formerKeys: [second.key] }),
    );
    driven.checkpoint();
    driven.restart();
    lie(driven, 30 * minute, 1.2 * hour, [first, registered]);
    const renamed = { ...first, key: 'mmsi/574000003' };
    driven.step(update(renamed, undefined, { cause: 'identity', time: start + 1.2 * hour, formerKeys: [first.key] }));
    lie(driven, 1.2 * hour, 1.5 * hour, [renamed, registered]);
    driven.step(update(renamed, fixAt(1.5 * hour, { longitude: 107.83, sogKnots: 3 })));
    expect(toldIn(driven)).toEqual(['1 rendezvous.raised', '1.5 rendezvous.cleared']);
    expect(new Set(driven.conclusions.map(({ correlation }) => correlation)).size).toBe(1);
  });

  it('are let go when one of them is not heard any more', () => {
    const driven = drive(stage, { without: ['ais-silence'] });
    lie(driven, 0, 1.5 * hour);
    for (let at = 1.5 * hour; at < 2.5 * hour; at += minute) driven.tick(start + at);
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });
});
