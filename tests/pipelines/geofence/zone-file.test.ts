import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import { parseZoneFile } from '../../../pipelines/geofence/zone-file.ts';
import { area, feature, line, port, square, zonesFile } from './sea.ts';

const parse = (...features: readonly object[]) => parseZoneFile(zonesFile(features).text);

const complaintOf = (text: string): { readonly message: string; readonly advice: string } => {
  try {
    parseZoneFile(text);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    expect(thrown.kind).toBe('config');
    return { message: thrown.message, advice: thrown.advice ?? '' };
  }
  throw new Error('the file was taken');
};

const complaintOfZones = (...features: readonly object[]) => complaintOf(zonesFile(features).text);

const bowTie = [
  [107, 16],
  [108, 17],
  [108, 16],
  [107, 17],
  [107, 16],
] as const;

describe('a file of zones', () => {
  it('gives every zone with its rules, lines and areas, in one part or many', () => {
    const zones = parse(
      port({ speedLimitKnots: 6, anchoring: 'forbidden', dwell: '12h', description: 'drawn by hand' }),
      line({ id: 'border', bufferNauticalMiles: 2 }, [107, 16], [108, 17]),
      feature(
        { id: 'parts', kind: 'protected' },
        { type: 'MultiPolygon', coordinates: [[square(107, 16)], [square(108, 16), square(108, 16, 0.01)]] },
      ),
      feature(
        { id: 'lines', kind: 'boundary' },
        {
          type: 'MultiLineString',
          coordinates: [
            [
              [107, 16],
              [108, 17, 3.5],
            ],
          ],
        },
      ),
    );
    expect(zones.map(({ here, areas, borders }) => [here.id, areas.length, borders.length])).toEqual([
      ['port', 1, 1],
      ['border', 0, 1],
      ['parts', 2, 3],
      ['lines', 0, 1],
    ]);
    expect(zones[0]).toMatchObject({ speedLimitKnots: 6, anchoring: 'forbidden', dwell: 43_200_000 });
    expect(zones[1]).toMatchObject({ bufferNauticalMiles: 2 });
  });

  it('may begin with a byte order mark, wind either way and repeat corners', () => {
    const { text } = zonesFile([port()]);
    expect(parseZoneFile(`\ufeff${text}`)).toHaveLength(1);
    const ring = square(107.6, 16.6);
    expect(parse(area({ id: 'a', kind: 'port' }, ring.toReversed()))).toHaveLength(1);
    expect(
      parse(
        area(
          { id: 'a', kind: 'port' },
          ring.flatMap(corner => [corner, corner]),
        ),
      ),
    ).toHaveLength(1);
  });

  it('gives a zone another version when its shape or its rules change, not when it is renamed', () => {
    const versionOf = (changes: object, ring = square(107.6, 16.6)) =>
      parse(area({ id: 'port', kind: 'port', ...changes }, ring))[0]?.version;
    const version = versionOf({});
    expect(version).toMatch(/^[0-9a-f]{6}$/);
    expect(versionOf({ description: 'better drawn' })).toBe(version);
    expect(versionOf({ name: 'Tên khác', englishName: 'Another name' })).toBe(version);
    expect(versionOf({ speedLimitKnots: 5 })).not.toBe(version);
    expect(versionOf({}, square(107.6, 16.6, 0.11))).not.toBe(version);
  });

  it.each([
    ['{ "type": "FeatureCollection", "features": [', /not JSON/, /GeoJSON/],
    ['id;name\nport;Cảng', /not JSON/, /GeoJSON/],
    ['[]', /not a GeoJSON FeatureCollection/, /features/],
    ['{"type":"Feature"}', /not a GeoJSON FeatureCollection: type/, /features/],
    [
      '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3405"}},"features":[]}',
      /another reference system/,
      /EPSG:4326/,
    ],
  ])('that is no GeoJSON in WGS 84 is refused: %j', (text, message, advice) => {
    const complaint = complaintOf(text);
    expect(complaint.message).toMatch(message);
    expect(complaint.advice).toMatch(advice);
  });

  it.each([
    ['no geometry', { type: 'Feature', properties: { id: 'a' }, geometry: null }, /feature 2 "a": geometry/],
    ['a point', feature({ id: 'a' }, { type: 'Point', coordinates: [107, 16] }), /feature 2 "a": geometry\.type/],
    [
      'latitude first',
      area({ id: 'a', kind: 'port' }, square(16, 107)),
      /feature 2 "a": geometry.*latitude stands second/,
    ],
    [
      'an outline that is not closed',
      area({ id: 'a', kind: 'port' }, square(107, 16).slice(0, 4)),
      /"a": the outline is not closed/,
    ],
    [
      'two corners',
      area({ id: 'a', kind: 'port' }, [
        [107, 16],
        [108, 16],
        [107, 16],
      ]),
      /fewer than three/,
    ],
    [
      'no area',
      area({ id: 'a', kind: 'port' }, [
        [107, 16],
        [108, 16],
        [109, 16],
        [107, 16],
      ]),
      /"a": the outline crosses or touches itself/,
    ],
    [
      'a bow tie',
      area({ id: 'a', kind: 'port' }, bowTie),
      /"a": the outline crosses or touches itself between the sides that begin at \[107, 16\] and \[108, 16\]/,
    ],
    [
      'a hole that crosses',
      area({ id: 'a', kind: 'port' }, square(107, 16), square(107.1, 16)),
      /two rings of the polygon cross/,
    ],
    ['a hole outside', area({ id: 'a', kind: 'port' }, square(107, 16), square(109, 16)), /hole 1 lies outside/],
    [
      'a pole inside',
      area({ id: 'a', kind: 'port' }, [
        [0, 80],
        [100, 80],
        [200, 80],
        [300, 80],
        [0, 80],
      ]),
      /runs round a pole/,
    ],
    [
      'half of the earth',
      area({ id: 'a', kind: 'port' }, [
        [0, 0],
        [180, 0],
        [90, 20],
        [0, 0],
      ]),
      /may lead either way/,
    ],
    ['one corner', line({ id: 'a' }, [107, 16], [107, 16]), /"a": a line has fewer than two corners/],
    ['an id twice', port(), /two features have the id "port"/],
    ['an id with blanks', area({ id: 'Cảng 1', kind: 'port' }, square(107, 16)), /properties\.id/],
    ['another kind', area({ id: 'a', kind: 'harbour' }, square(107, 16)), /properties\.kind/],
    [
      'a slip of the finger',
      area({ id: 'a', kind: 'port', speedLimitKnot: 6 }, square(107, 16)),
      /no property "speedLimitKnot"/,
    ],
    [
      'a speed limit on a line',
      line({ id: 'a', speedLimitKnots: 6 }, [107, 16], [108, 16]),
      /no property "speedLimitKnots"/,
    ],
    ['a port that is a line', line({ id: 'a', kind: 'port' }, [107, 16], [108, 16]), /properties\.kind/],
    [
      'a buffer around a port',
      area({ id: 'a', kind: 'port', bufferNauticalMiles: 1 }, square(107, 16)),
      /bufferNauticalMiles is of boundaries only/,
    ],
    [
      'a date without a time',
      area({ id: 'a', kind: 'port', effectiveFrom: '2026-04-01' }, square(107, 16)),
      /properties\.effectiveFrom.*offset/,
    ],
    [
      'an end that only looks as if it came first',
      area(
        { id: 'a', kind: 'port', effectiveFrom: '2026-04-01T00:00:00+07:00', effectiveTo: '2026-03-31T23:00:00Z' },
        square(107, 16),
      ),
      undefined,
    ],
    [
      'an end at the begin',
      area(
        { id: 'a', kind: 'port', effectiveFrom: '2026-04-01T00:00:00+07:00', effectiveTo: '2026-03-31T17:00:00Z' },
        square(107, 16),
      ),
      /effectiveTo is not after effectiveFrom/,
    ],
    [
      'lengths in the wrong order',
      area({ id: 'a', kind: 'waters', permits: { lengthMetres: { least: 15, below: 12 } } }, square(107, 16)),
      /permits.*`least` is not below `below`/,
    ],
  ] as const)(
    'with %s is refused, or taken where it is right, and the complaint names the feature',
    (_, bad, message) => {
      if (message === undefined) {
        expect(parse(port(), bad)).toHaveLength(2);
        return;
      }
      const complaint = complaintOfZones(port(), bad);
      expect(complaint.message).toMatch(message);
      expect(complaint.message).toMatch(/^feature 2/);
      expect(complaint.advice.length).toBeGreaterThan(10);
    },
  );

  it('says what was meant where a property is misspelled, and where a line has no inside', () => {
    const misspelled = area({ id: 'a', kind: 'port', speedlimitknots: 6 }, square(107, 16));
    expect(complaintOfZones(misspelled).advice).toContain('Did you mean "speedLimitKnots"?');
    const inside = line({ id: 'a', dwell: '1h' }, [107, 16], [108, 16]);
    expect(complaintOfZones(inside).advice).toContain('no inside');
  });

  it('with millions of corners is refused before they take the memory of the machine', () => {
    const text = `{"type":"FeatureCollection","features":[${'[107.123456,16.123456],'.repeat(2_000_000)}`;
    const before = process.memoryUsage().rss;
    expect(complaintOf(text).message).toContain('more than 500000 corners');
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  it('holds so many zones and corners, and not more', () => {
    const many = Array.from({ length: 10_001 }, (_, index) =>
      area({ id: `z-${index}`, kind: 'port' }, square(107, 16)),
    );
    expect(complaintOfZones(...many).message).toContain('more than 10000 features');
    const corners = Array.from({ length: 500_001 }, (_, index) => [107 + index / 1e6, 16 + (index % 2) / 1e6] as const);
    expect(
      complaintOfZones(feature({ id: 'long', kind: 'boundary' }, { type: 'LineString', coordinates: corners })).message,
    ).toContain('more than 500000 corners');
  });
});
