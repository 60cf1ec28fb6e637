import { expect, test } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import type { VesselUpdate } from '../../../core/vessel.ts';
import { createReplayMap } from '../../../gateway/cli/replay-map.ts';
import { fisher, fixAt, minute, ship, start, update } from '../../pipelines/vessel-rules/sailing.ts';

const span = { from: start, to: start + minute };
const draw = (updates: readonly VesselUpdate[], conclusions: readonly Conclusion[] = []): string => {
  const map = createReplayMap({ timeZone: 'Asia/Ho_Chi_Minh' });
  map.onStep({ output: updates });
  for (const conclusion of conclusions) map.onEvent(conclusion);
  return map.draw(span, 'quay.nmea');
};
const cornersOf = (svg: string): readonly number[] =>
  [...svg.matchAll(/<path d="M([^"Z]*)" fill="none" stroke="hsl/g)].map(([, way = '']) => way.split('L').length);

test('a vessel has one way under the name that it has last, without what nobody believes', () => {
  const plain = ship(574_000_007);
  const named = fisher(7);
  const svg = draw([
    update(plain, fixAt(0)),
    update(plain, fixAt(minute, { longitude: 107.81 })),
    update(plain, fixAt(2 * minute, { longitude: 20 }), { implausible: true }),
    update(named, fixAt(3 * minute, { longitude: 107.82 }), { formerKeys: [plain.key] }),
    // The same report, from the next stage.
    update(named, fixAt(3 * minute, { longitude: 107.82 })),
    update(named, fixAt(minute, { longitude: 107.9 }), { late: true }),
  ]);
  expect(cornersOf(svg)).toEqual([3]);
  expect(svg).toContain('1 vessel<');
  expect(svg).toContain('TTH-90007-TS');
  expect(svg).not.toContain('574000007');
});

test('a long way keeps its form with fewer corners', () => {
  const svg = draw(
    Array.from({ length: 50_000 }, (_, index) =>
      update(ship(574_000_007), fixAt(index * 1000, { longitude: 107 + index / 1e4 })),
    ),
  );
  const [corners = 0] = cornersOf(svg);
  expect(corners).toBeGreaterThan(500);
  expect(corners).toBeLessThanOrEqual(2000);
});

test('alarms are marked where the vessel is, and what only is told is not', () => {
  const told = (event: Conclusion['event'], severity: Conclusion['severity'], data: object = {}): Conclusion => ({
    kind: 'conclusion',
    event,
    source: 'vessel-rules',
    subject: 'vessel/mmsi/574000007',
    time: start,
    key: event,
    ...(severity !== undefined && { severity }),
    data: { ...data },
  });
  const svg = draw(
    [update(ship(574_000_007), fixAt(0))],
    [
      told('fishing-vessel.loitering.raised', 'MEDIUM'),
      told('fishing-vessel.loitering.cleared', 'INFORMATIONAL'),
      told('fishing-vessel.boundary.crossed', 'HIGH', {
        vessel: { location: { coordinates: [107.9, 16.9] } },
      }),
      told('fishing-vessel.zone.entered', 'INFORMATIONAL'),
    ],
  );
  expect(svg).toContain('2 alarms');
  expect(svg).toContain('loitering: 574000007');
  expect(svg).toContain('23 Nov, 07:00');
  expect(svg).toContain('boundary crossed: 574000007');
});
