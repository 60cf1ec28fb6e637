import { describe, expect, it } from 'vitest';
import type { VesselUpdate } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { type DrivenStage, drive } from '../../../support/events.ts';
import { fixAt, hour, minute, ship, start, toldIn, update } from '../sailing.ts';

const own = ship(574000001);

/** Of two senders 30 nautical miles apart, as `track` tells them: what it does not believe moves nothing. */
const alternating = (count: number, from = 0): readonly VesselUpdate[] =>
  Array.from({ length: count }, (_, index) => {
    const at = from + index * minute;
    const isOther = index % 2 === 1;
    const previous = fixAt(at - minute, { longitude: 107.8 + (at - minute) * 1e-9 });
    return update(own, fixAt(at, { longitude: (isOther ? 108.3 : 107.8) + at * 1e-9 }), {
      ...(index + from > 0 && { previous }),
      ...(isOther && { implausible: true as const }),
    });
  });

const passTime = (driven: DrivenStage, from: number, to: number): void => {
  for (let at = from; at <= to; at += minute) driven.tick(start + at);
};

describe('one identity', () => {
  it('that alternates between two places is two senders: told once, and over when one of them is quiet', () => {
    const driven = drive(stage);
    driven.tick(start);
    driven.step(...alternating(20));
    driven.checkpoint();
    driven.restart();
    driven.step(...alternating(20, 20 * minute));
    passTime(driven, 0, 4 * hour);
    expect(toldIn(driven)).toEqual([
      '0.017 position-jump.detected',
      '0.067 identity-conflict.raised',
      '2.65 identity-conflict.cleared',
    ]);
    expect(driven.conclusions[1]).toMatchObject({
      severity: 'HIGH',
      data: { evidence: { alternations: 3, distanceMetres: expect.closeTo(53_200, -3) } },
    });
    expect(driven.conclusions[2]?.data).toMatchObject({ reason: 'recovered', endedBy: 'agreement' });
  });

  it('with a single wrong position is one sender', () => {
    const driven = drive(stage);
    driven.step(...alternating(3));
    for (let at = 3 * minute; at < hour; at += minute)
      driven.step(update(own, fixAt(at), { previous: fixAt(at - minute) }));
    expect(toldIn(driven)).toEqual(['0.017 position-jump.detected']);
  });

  it('that appears at ever other places is no pair of senders', () => {
    const driven = drive(stage);
    for (let index = 1; index < 20; index++)
      driven.step(
        update(own, fixAt(index * minute, { longitude: 107.8 + index * 0.5 }), {
          previous: fixAt((index - 1) * minute, { longitude: 107.8 + (index - 1) * 0.5 }),
        }),
      );
    expect(toldIn(driven)).toEqual(['0.017 position-jump.detected']);
  });
});
