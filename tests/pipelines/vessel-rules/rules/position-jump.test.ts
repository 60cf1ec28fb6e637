import { describe, expect, it } from 'vitest';
import type { VesselFix } from '../../../../core/vessel.ts';
import { stage } from '../../../../pipelines/vessel-rules/stage.ts';
import { drive } from '../../../support/events.ts';
import { fisher, fixAt, hour, minute, ship, toldIn, update } from '../sailing.ts';

const own = ship(574000001);
const there: Partial<VesselFix> = { longitude: 108.3 };

const jump = (from: number, to: number, changes: Partial<VesselFix> = there) => {
  const previous = fixAt(from, changes === there ? {} : { longitude: 107.8 });
  return update(own, fixAt(to, changes), { previous });
};

describe('a vessel that jumps', () => {
  it('is told with both reports and the speed that it takes', () => {
    const driven = drive(stage);
    driven.step(jump(0, 10 * minute));
    expect(toldIn(driven)).toEqual(['0.167 position-jump.detected']);
    expect(driven.conclusions[0]?.data).toMatchObject({
      evidence: {
        before: { coordinates: [107.8, 16.8] },
        after: { coordinates: [108.3, 16.8] },
        distanceMetres: 53_225,
        impliedSpeedKnots: 172.4,
      },
      limits: { speedKnots: 40, distanceMetres: 3704 },
    });
  });

  it('is not told of its way there and back, nor of further jumps within the hour', () => {
    const driven = drive(stage);
    driven.step(jump(0, minute), update(own, fixAt(2 * minute), { previous: fixAt(minute, there) }));
    driven.checkpoint();
    driven.restart();
    driven.step(jump(30 * minute, 31 * minute));
    expect(toldIn(driven)).toHaveLength(1);
    driven.step(jump(hour, 62 * minute));
    expect(toldIn(driven)).toHaveLength(2);
  });

  it.each([
    ['at the speed of a fast ferry', jump(0, hour, { longitude: 108.4 })],
    ['by less than times of arrival and scatter explain', jump(0, 1000, { longitude: 107.81 })],
    ['by a report that came late', { ...jump(0, minute), late: true as const }],
    ['as an aircraft does', update({ ...own, mmsiKind: 'sar-aircraft' }, fixAt(minute, there), { previous: fixAt(0) })],
    [
      'as a buoy of a net that was hauled',
      update({ ...own, mmsiKind: 'gear' }, fixAt(minute, there), { previous: fixAt(0) }),
    ],
  ])('is believed when it moves %s', (_, report) => {
    const driven = drive(stage);
    driven.step(report);
    expect(toldIn(driven)).toEqual([]);
  });

  it('is told of VMS too', () => {
    const driven = drive(stage);
    const previous = fixAt(0, { source: 'vms' });
    driven.step(update(fisher(1), fixAt(2 * hour, { source: 'vms', longitude: 111.8 }), { previous }));
    expect(driven.conclusions[0]?.data).toMatchObject({ evidence: { after: { dataProvider: 'VMS' } } });
  });
});
