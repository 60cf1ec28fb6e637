import { describe, expect, it } from 'vitest';
import { area, createSea, hour, line, minute, port, second, square, start, zonesFile } from './sea.ts';

const here = { longitude: 107.6, latitude: 16.6 } as const;

/** Told since the zones were changed, which is at one hour. */
const change = (sea: ReturnType<typeof createSea>, ...features: readonly object[]): readonly string[] => {
  const before = sea.told().length;
  sea.driven.load({ ...zonesFile(features, '2f3a9c52d077'), time: start + hour });
  return sea.told().slice(before);
};

describe('a speed limit that is changed while a vessel breaks it', () => {
  const speeding = () => {
    const sea = createSea([port({ speedLimitKnots: 6 })]);
    for (let count = 0; count < 6; count++) sea.report({ at: count * 10 * second, ...here, sogKnots: 9 });
    expect(sea.told()).toEqual(['zone.entered port', 'speeding.raised port']);
    return sea;
  };

  it('ends what was raised by the old one: the vessel did not slow down', () => {
    const sea = speeding();
    expect(change(sea, port({ speedLimitKnots: 12 }))).toEqual(['speeding.cleared port config-removed']);
    for (let count = 0; count < 6; count++) sea.report({ at: hour + count * 10 * second, ...here, sogKnots: 9 });
    expect(sea.told().slice(3)).toEqual([]);
  });

  it('is judged anew where the new one is broken too', () => {
    const sea = speeding();
    change(sea, port({ speedLimitKnots: 7 }));
    for (let count = 0; count < 6; count++) sea.report({ at: hour + count * 10 * second, ...here, sogKnots: 9 });
    expect(sea.told().slice(2)).toEqual(['speeding.cleared port config-removed', 'speeding.raised port']);
    expect(sea.driven.conclusions.at(-1)?.data).toMatchObject({ limitKnots: 7 });
  });

  it('is noticed over a restart too', () => {
    const sea = speeding();
    sea.driven.checkpoint();
    sea.driven.restart();
    expect(change(sea, port({ speedLimitKnots: 12 }))).toEqual(['speeding.cleared port config-removed']);
  });

  it('goes on where only the shape, the name or the severity of the zone changed', () => {
    const sea = speeding();
    const drawn = area(
      { id: 'port', kind: 'port', name: 'Tên khác', severity: 'LOW', speedLimitKnots: 6 },
      square(107.6, 16.6, 0.2),
    );
    expect(change(sea, drawn)).toEqual([]);
  });
});

describe('other limits', () => {
  it.each([
    ['of a stay', { dwell: '10m' }, { dwell: '30m' }, 'zone-stay'],
    [
      'of lengths',
      { permits: { lengthMetres: { below: 12 } } },
      { permits: { lengthMetres: { below: 15 } } },
      'forbidden-presence',
    ],
    ['of anchoring', { anchoring: 'forbidden' }, { anchoring: 'permitted' }, 'forbidden-anchoring'],
    ['of fishing', { kind: 'protected' }, { kind: 'protected', permits: { activity: 'fishing' } }, 'suspected-fishing'],
  ])('%s end what was raised by the old ones', (_, old, changed, name) => {
    const sea = createSea([area({ id: 'zone', kind: 'waters', ...old }, square(107.6, 16.6))]);
    const sogKnots = name === 'suspected-fishing' ? 3 : 0;
    for (let count = 0; count <= 40; count++) sea.report({ at: count * minute, ...here, sogKnots });
    expect(sea.told()).toContain(`${name}.raised zone`);
    expect(change(sea, area({ id: 'zone', kind: 'waters', ...changed }, square(107.6, 16.6)))).toEqual([
      `${name}.cleared zone config-removed`,
    ]);
  });

  it('of a buffer end an approach', () => {
    const border = (bufferNauticalMiles: number) =>
      line({ id: 'border', bufferNauticalMiles }, [107.65, 16], [107.65, 17]);
    const sea = createSea([border(5)]);
    for (let count = 0; count <= 4; count++) sea.report({ at: count * minute, ...here, sogKnots: 0 });
    expect(sea.told()).toEqual(['boundary-approach.raised border']);
    expect(change(sea, border(1))).toEqual(['boundary-approach.cleared border config-removed']);
  });
});

describe('a zone that becomes a boundary', () => {
  const eez = (kind: string) => area({ id: 'zone', kind }, square(107.6, 16.6));

  it('ends its visits in the words in which they began', () => {
    const sea = createSea([eez('waters')]);
    sea.report({ at: 0, ...here });
    expect(change(sea, eez('boundary'))).toEqual(['zone.left zone config-removed']);
    sea.report({ at: 2 * hour, ...here });
    sea.report({ at: 3 * hour, longitude: 107.8, latitude: 16.6 });
    expect(sea.told().slice(2)).toEqual(['boundary.crossed zone outward']);
  });

  it('and the other way round: who was in it is found there', () => {
    const sea = createSea([eez('boundary')]);
    sea.report({ at: 0, ...here });
    expect(change(sea, eez('waters'))).toEqual([]);
    sea.report({ at: 2 * hour, ...here });
    expect(sea.told()).toEqual(['zone.entered zone']);
    expect(sea.driven.conclusions[0]).toMatchObject({ data: { evidence: { crossing: 'unknown' } } });
  });
});
