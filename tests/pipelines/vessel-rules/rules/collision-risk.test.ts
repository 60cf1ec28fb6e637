import { describe, expect, it } from 'vitest';
import { collisions, harmless, tellChannelMeeting } from '../../../../bench/channel-meetings.ts';
import type { VesselIdentity } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { channel, fixAt, hour, minute, ship, start, toldIn, update } from '../sailing.ts';

const second = 1000;
const eastbound = ship(574000001);
const westbound = ship(574000002, { name: 'HAI AU' });
/** Degrees of longitude a second at 10 knots, here. */
const pace = 4.83e-5;

/** Towards each other at 10 knots each, from 4 km; they pass at `metres`, after about 390 s. */
const meet = (
  driven: DrivenStage,
  options: {
    readonly metres?: number;
    readonly until?: number;
    readonly vessels?: readonly [VesselIdentity, VesselIdentity];
    readonly zones?: readonly (typeof channel)[];
    readonly restartAt?: number;
  } = {},
): void => {
  const { metres = 20, until = 600 * second, vessels = [eastbound, westbound], zones = [channel] } = options;
  for (let at = 0; at < until; at += 10 * second) {
    const way = (at / second) * pace;
    driven.step(update(vessels[0], fixAt(at, { longitude: 107.8 + way, sogKnots: 10, cogDegrees: 90 }), { zones }));
    driven.step(
      update(
        vessels[1],
        fixAt(at + 4 * second, {
          longitude: 107.8376 - way - 4 * pace,
          latitude: 16.8 + metres / 111_195,
          sogKnots: 10,
          cogDegrees: 270,
        }),
        { zones },
      ),
    );
    driven.tick(start + at + 5 * second);
    if (at === options.restartAt) {
      driven.checkpoint();
      driven.restart();
    }
  }
};

describe('two vessels under way in harbor waters', () => {
  it('that come too close are told in time, again when it is imminent, and when they have passed', () => {
    const driven = drive(stage);
    meet(driven, { restartAt: 200 * second });
    expect(toldIn(driven).map(line => line.split(' ')[1])).toEqual([
      'collision-risk.raised',
      'collision-risk.updated',
      'collision-risk.cleared',
    ]);
    const [raised, updated] = driven.conclusions;
    expect(raised).toMatchObject({
      severity: 'MEDIUM',
      subject: 'vessel/mmsi/574000001',
      data: {
        state: 'risk',
        other: { subject: 'vessel/mmsi/574000002', name: 'HAI AU' },
        evidence: { closestApproachMetres: 20 },
      },
    });
    expect(raised?.data['evidence']).toMatchObject({ closestApproachSeconds: expect.closeTo(60, -1) });
    expect(updated).toMatchObject({ severity: 'HIGH', data: { state: 'imminent' } });
  });

  it.each<[string, Parameters<typeof meet>[1]]>([
    ['pass at a distance', { metres: 80 }],
    [
      'are long and meet side by side',
      {
        metres: 80,
        vessels: [
          { ...eastbound, toBowMetres: 70, toSternMetres: 20 },
          { ...westbound, toBowMetres: 70, toSternMetres: 20 },
        ],
      },
    ],
    ['are a ship and its pilot', { vessels: [eastbound, { ...westbound, shipType: 50 }] }],
    ['are a ship and a buoy', { vessels: [eastbound, { ...westbound, mmsiKind: 'gear' }] }],
    ['are at sea', { zones: [] }],
  ])('are not told when they %s', (_, options) => {
    const driven = drive(stage);
    meet(driven, options);
    expect(toldIn(driven)).toEqual([]);
  });

  it('need the more room the wider they are', () => {
    const driven = drive(stage);
    const long = { toBowMetres: 150, toSternMetres: 50, toPortMetres: 25, toStarboardMetres: 30 };
    meet(driven, {
      metres: 80,
      vessels: [
        { ...eastbound, ...long },
        { ...westbound, ...long },
      ],
    });
    expect(toldIn(driven)).toHaveLength(3);
    expect(driven.conclusions[0]?.data['limits']).toEqual({
      distanceMetres: expect.closeTo(86, -1),
      withinSeconds: 120,
    });
  });

  it('are not told of a speed that no ship has', () => {
    const driven = drive(stage);
    for (let at = 0; at < 60 * second; at += 5 * second) {
      driven.step(update(eastbound, fixAt(at, { sogKnots: 102.2 }), { zones: [channel] }));
      driven.step(
        update(westbound, fixAt(at, { longitude: 107.82, sogKnots: 5, cogDegrees: 270 }), { zones: [channel] }),
      );
    }
    expect(toldIn(driven)).toEqual([]);
  });

  it('are told everywhere where the configuration asks for it', () => {
    const driven = drive(stage, { rules: { 'collision-risk': { where: 'everywhere' } } });
    meet(driven, { zones: [] });
    expect(toldIn(driven)).toHaveLength(3);
  });

  it('are not told while they keep together, as a convoy does', () => {
    const driven = drive(stage);
    for (let at = 0; at < hour; at += 10 * second)
      for (const [number, vessel] of [eastbound, westbound].entries())
        driven.step(
          update(vessel, fixAt(at, { longitude: 107.8 + (at / second) * pace + number * 0.001, sogKnots: 10 }), {
            zones: [channel],
          }),
        );
    expect(toldIn(driven)).toEqual([]);
  });

  it('are let go when they are not heard any more', () => {
    const driven = drive(stage);
    meet(driven, { until: 360 * second });
    for (let at = 360 * second; at < 10 * minute; at += 10 * second) driven.tick(start + at);
    expect(driven.conclusions.at(-1)?.data).toMatchObject({ reason: 'source-lost', endedBy: 'silence' });
  });
});

describe('two vessels in the bend of a channel that others have passed', () => {
  const seeds = [1, 2, 3, 4];
  const passages = 6;
  const leadsOf = (kind: Parameters<typeof tellChannelMeeting>[0]): (number | undefined)[] =>
    seeds.map(seed => tellChannelMeeting(kind, seed, passages));

  it.each(harmless.map(kind => [kind.name, kind] as const))('are not told: %s', (_, kind) => {
    expect(leadsOf(kind)).toEqual(seeds.map(() => undefined));
  });

  it.each(collisions.map(kind => [kind.name, kind] as const))('are told: %s', (_, kind) => {
    for (const lead of leadsOf(kind)) expect(lead).toBeGreaterThan(kind.begins === 'at the bend' ? 0 : 30);
  });
});
