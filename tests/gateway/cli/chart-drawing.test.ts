import { XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { type Chart, drawChart } from '../../../gateway/cli/chart-drawing.ts';

const nothing: Chart = { title: 'quay.nmea', subtitle: 'a day', zones: [], tracks: [], marks: [] };

/** Where the tracks go, in pixels of the chart, which is 1000 wide. */
const waysOf = (svg: string): readonly (readonly (readonly number[])[])[] =>
  [...svg.matchAll(/<path d="M([^"Z]*)" fill="none" stroke="hsl/g)].map(([, way = '']) =>
    way.split('L').map(point => point.split(' ').map(Number)),
  );

const drawn = (chart: Partial<Chart>): string => {
  const svg = drawChart({ ...nothing, ...chart });
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  return svg;
};

test('north is up, east is to the right, and both are as long as they are at sea', () => {
  const svg = drawn({
    tracks: [
      {
        name: 'TTH-90001-TS',
        way: [
          [107, 60],
          [107, 60.1],
          [107.2, 60.1],
        ],
      },
    ],
  });
  const [[start = [], up = [], right = []] = []] = waysOf(svg);
  expect(up[0]).toBeCloseTo(start[0] ?? 0, 1);
  expect(up[1]).toBeLessThan(start[1] ?? 0);
  // A degree of longitude is half as long there.
  expect((right[0] ?? 0) - (up[0] ?? 0)).toBeCloseTo((start[1] ?? 0) - (up[1] ?? 0), -1);
  expect(svg).toMatch(/>\d+ NM \([\d.]+ km\)</);
});

test('all ways and marks are in the picture, also across the antimeridian', () => {
  const [way = []] = waysOf(
    drawn({
      tracks: [
        {
          name: 'far',
          way: [
            [179.9, -17],
            [-179.9, -17.1],
          ],
        },
      ],
      marks: [{ place: [-179.8, -17.2], words: 'distress', urgency: 'alert' }],
      zones: [
        {
          name: 'over the line',
          kind: 'protected',
          shape: 'area',
          borders: [
            [
              [179.8, -17.2],
              [180.1, -17.2],
              [180.1, -16.9],
              [179.8, -17.2],
            ],
          ],
        },
      ],
    }),
  );
  expect(way.length).toBe(2);
  for (const [x] of way) {
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(1000);
  }
  expect(way[1]?.[0]).toBeGreaterThan(way[0]?.[0] ?? 0);
});

test('what has a name has it on the chart, and no name is markup', () => {
  const svg = drawn({
    title: '<script>alert("1")</script>',
    tracks: [{ name: 'A & B', way: [[107.6, 16.6]] }],
    marks: [{ place: [107.61, 16.61], words: '08:00 speeding: A & B', urgency: 'event' }],
    zones: [
      {
        name: 'Cảng cá Thuận An',
        kind: 'port',
        shape: 'area',
        borders: [
          [
            [107.5, 16.5],
            [107.7, 16.5],
            [107.7, 16.7],
            [107.5, 16.5],
          ],
        ],
      },
    ],
  });
  expect(svg).not.toContain('<script>');
  expect(svg).toContain('Cảng cá Thuận An');
  expect(svg.match(/A &#38; B/g)).toHaveLength(3);
});

test('a chart of nothing is a chart', () => {
  expect(drawn({})).toContain('0 vessels');
});
