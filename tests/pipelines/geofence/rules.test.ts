import { describe, expect, it } from 'vitest';
import type { VesselIdentity } from '../../../core/vessel.ts';
import { toWire } from '../../support/events.ts';
import { area, boat, createSea, hour, minute, port, second, square, start, stranger, zonesFile } from './sea.ts';

const here = { longitude: 107.6, latitude: 16.6 } as const;

type Sea = ReturnType<typeof createSea>;

/** What was told but for visits. */
const conditions = (sea: Sea): string[] => sea.told().filter(what => !/^zone\.(?:entered|left)/.test(what));

const inRegistry = (changes: Partial<NonNullable<VesselIdentity['registry']>>): VesselIdentity => ({
  ...boat,
  registry: { mark: 'TTH-96969-TS', status: 'active', ...changes },
});

/** Speeds, one a position; the place stays within the zone. */
const run = (
  sea: Sea,
  speeds: readonly number[],
  every: number,
  {
    from = 0,
    vessel = boat,
    ...report
  }: { from?: number; vessel?: VesselIdentity; source?: 'vms'; navigationStatus?: number } = {},
): void => {
  for (const [count, sogKnots] of speeds.entries())
    sea.report({ at: from + count * every, ...here, sogKnots, cogDegrees: 90, ...report }, vessel);
};

const times = (count: number, speed: number): number[] => Array.from({ length: count }, () => speed);

describe('speeding', () => {
  const limited = () => createSea([port({ speedLimitKnots: 6 })]);

  it('is raised after half a minute above the limit, updated when much faster, and cleared after a minute below', () => {
    const sea = limited();
    run(sea, [5, 8, 8, 8, 8, 9, 12, 10, 5, 5, 5, 5, 5, 5, 5, 5], 10 * second);
    expect(conditions(sea)).toEqual([
      'speeding.raised port',
      'speeding.updated port',
      'speeding.cleared port recovered',
    ]);
    const [raised, updated, cleared] = sea.driven.conclusions.slice(1);
    expect(raised && toWire(raised)).toMatchObject({
      time: '2026-11-23T01:00:40.000Z',
      severitytext: 'MEDIUM',
      data: {
        since: '2026-11-23T01:00:10.000Z',
        limitKnots: 6,
        toleranceKnots: 0.5,
        speedKnots: 8,
        highestKnots: 8,
        visit: 'visit/port/TTH-96969-TS/20261123T010000Z',
        headline: {
          vi: 'Tàu cá TTH-96969-TS (8 người) chạy 8,0 hải lý/giờ trong Vùng thử lúc 08:00 ngày 23/11, giới hạn 6,0',
          en: 'Fishing vessel TTH-96969-TS (8 crew) makes 8.0 kn in Trial zone at 08:00 on 23 Nov, the limit is 6.0',
        },
      },
    });
    expect(updated?.data).toMatchObject({ speedKnots: 12, highestKnots: 12 });
    expect(cleared?.data).toMatchObject({ highestKnots: 12, since: '2026-11-23T01:00:10.000Z' });
    expect(new Set([raised, updated, cleared].map(made => made?.correlation)).size).toBe(1);
  });

  it('is not raised by one position, within the tolerance, or at the limit', () => {
    const sea = limited();
    run(sea, [5, 15, 5, 6.4, 6.4, 6.4, 6.4, 6.4, 6, 6], 20 * second);
    expect(conditions(sea)).toEqual([]);
  });

  it('ends with the visit, with the rule, and with the vessel', () => {
    const speeding = () => {
      const sea = limited();
      run(sea, times(5, 9), 10 * second);
      return sea;
    };
    const away = speeding();
    away.report({ at: minute, longitude: 107.8, latitude: 16.6, sogKnots: 9 });
    expect(conditions(away)).toEqual(['speeding.raised port', 'speeding.cleared port recovered']);
    expect(away.told().at(-1)).toBe('zone.left port moved');
    const unlimited = speeding();
    unlimited.driven.load(zonesFile([port()]));
    expect(conditions(unlimited)).toEqual(['speeding.raised port', 'speeding.cleared port config-removed']);
    expect(unlimited.told().at(-1)).toBe('speeding.cleared port config-removed');
    const lost = speeding();
    lost.driven.tick(start + 7 * hour);
    expect(conditions(lost)).toEqual(['speeding.raised port', 'speeding.cleared port source-lost']);
  });

  it('is not concluded from positions too far apart in time', () => {
    const sea = limited();
    run(sea, [5, 9], 40 * minute);
    run(sea, [9], 40 * minute, { from: 80 * minute });
    expect(conditions(sea)).toEqual([]);
  });

  it('is not concluded from a vessel that tells no speed', () => {
    const sea = limited();
    for (let count = 0; count < 10; count++) sea.report({ at: count * minute, ...here });
    expect(conditions(sea)).toEqual([]);
  });
});

describe('anchoring where it is forbidden', () => {
  const forbidden = () => createSea([port({ anchoring: 'forbidden' })]);

  it('is raised after ten minutes at rest and cleared when the vessel moves', () => {
    const sea = forbidden();
    run(sea, [4, ...times(12, 0.2), 0.8, 0.8, 3, 3, 3, 3], minute, { navigationStatus: 1 });
    expect(conditions(sea)).toEqual(['forbidden-anchoring.raised port', 'forbidden-anchoring.cleared port recovered']);
    const [, raised, cleared] = sea.driven.conclusions;
    expect(raised).toMatchObject({
      time: start + 11 * minute,
      data: { since: '2026-11-23T01:01:00.000Z', atMostKnots: 0.5, forSeconds: 600, evidence: { navigationStatus: 1 } },
    });
    expect(cleared?.time).toBe(start + 17 * minute);
  });

  it('is concluded from reports by satellite, two hours apart', () => {
    const sea = forbidden();
    run(sea, [0.1, 0.1], 2 * hour, { source: 'vms' });
    expect(conditions(sea)).toEqual(['forbidden-anchoring.raised port']);
  });

  it('is not raised by a stop, nor where anchoring is permitted', () => {
    const sea = forbidden();
    run(sea, [4, ...times(8, 0.2), 4, ...times(8, 0.2), 4], minute);
    const permitted = createSea([port({ anchoring: 'permitted' })]);
    run(permitted, times(60, 0), minute);
    expect([...conditions(sea), ...conditions(permitted)]).toEqual([]);
  });
});

describe('a stay beyond the limit of a zone', () => {
  it('is raised when it is over the limit, and cleared when the vessel leaves', () => {
    const sea = createSea([port({ dwell: '2h' })]);
    run(sea, times(14, 0), 10 * minute);
    sea.report({ at: 3 * hour, longitude: 107.8, latitude: 16.6 });
    expect(conditions(sea)).toEqual(['zone-stay.raised port', 'zone-stay.cleared port recovered']);
    expect(sea.driven.conclusions[1]).toMatchObject({
      time: start + 2 * hour,
      severity: 'LOW',
      data: { limitSeconds: 7200, staySeconds: 7200 },
    });
  });
});

describe('a zone that permits some vessels only', () => {
  const waters = (permits: object, changes: object = {}) =>
    createSea([area({ id: 'waters', kind: 'waters', permits, ...changes }, square(107.6, 16.6))]);

  it.each([
    ['of 11.9 m where less than 12 m are permitted', { lengthMetres: { below: 12 } }, { lengthMaxMetres: 11.9 }, []],
    [
      'of 12 m where less than 12 m are permitted',
      { lengthMetres: { below: 12 } },
      { lengthMaxMetres: 12 },
      ['length'],
    ],
    ['of 15 m from 15 m on', { lengthMetres: { least: 15 } }, { lengthMaxMetres: 15 }, []],
    ['of 14.9 m from 15 m on', { lengthMetres: { least: 15 } }, { lengthMaxMetres: 14.9 }, ['length']],
    ['of unknown length', { lengthMetres: { least: 15 } }, {}, []],
    ['of unknown gear', { gear: ['lưới rê'] }, { lengthMaxMetres: 11 }, []],
    ['with permitted gear, in capitals and without marks', { gear: ['lưới rê'] }, { gear: 'LUOI RE tầng đáy' }, []],
    ['with permitted gear in another language', { gear: ['gillnet'] }, { gear: 'Lưới rê' }, []],
    ['with other gear', { gear: ['gillnet', 'câu'] }, { gear: 'Lưới kéo đôi' }, ['gear']],
    ['with gear that nobody has heard of', { gear: ['gillnet'] }, { gear: 'đăng' }, ['gear']],
    [
      'of wrong length and gear',
      { gear: ['câu'], lengthMetres: { below: 12 } },
      { gear: 'lưới vây', lengthMaxMetres: 20 },
      ['length', 'gear'],
    ],
  ] as const)('tells of a vessel %s what is not permitted, if anything', (_, permits, registry, broken) => {
    const sea = waters(permits);
    sea.report({ at: 0, ...here }, inRegistry(registry));
    expect(conditions(sea)).toEqual(broken.length === 0 ? [] : ['forbidden-presence.raised waters']);
    if (broken.length > 0) expect(sea.driven.conclusions[1]?.data).toMatchObject({ notPermitted: broken, permits });
  });

  it('says nothing of a vessel of no registry', () => {
    const sea = waters({ lengthMetres: { below: 12 } });
    sea.report({ at: 0, ...here }, { ...stranger, toBowMetres: 100, toSternMetres: 50 });
    expect(conditions(sea)).toEqual([]);
  });

  it('has the condition cleared when the vessel leaves, and superseded when it is known better', () => {
    const sea = waters({ lengthMetres: { below: 12 } });
    sea.report({ at: 0, ...here }, inRegistry({ lengthMaxMetres: 17 }));
    sea.report({ at: minute, ...here }, inRegistry({ lengthMaxMetres: 11 }));
    sea.report({ at: 2 * minute, ...here }, inRegistry({ lengthMaxMetres: 17 }));
    sea.report({ at: 3 * minute, longitude: 107.8, latitude: 16.6 }, inRegistry({ lengthMaxMetres: 17 }));
    expect(conditions(sea)).toEqual([
      'forbidden-presence.raised waters',
      'forbidden-presence.cleared waters superseded',
      'forbidden-presence.raised waters',
      'forbidden-presence.cleared waters recovered',
    ]);
    expect(new Set(sea.driven.conclusions.map(({ event, key }) => `${event} ${key}`)).size).toBe(6);
  });

  it('permits anything before it comes into force', () => {
    const sea = waters({ lengthMetres: { below: 12 } }, { effectiveFrom: '2026-11-23T02:00:00Z' });
    for (let count = 0; count <= 6; count++)
      sea.report({ at: count * 10 * minute, ...here }, inRegistry({ lengthMaxMetres: 17 }));
    expect(sea.driven.conclusions.map(({ event, time }) => [event.split('.')[1], time - start])).toEqual([
      ['zone', hour],
      ['forbidden-presence', hour],
    ]);
  });

  it('lets a vessel pass that may not fish there, and tells when it moves as if it did', () => {
    const sea = waters({ activity: 'fishing', lengthMetres: { below: 12 } });
    const trawler = inRegistry({ lengthMaxMetres: 17, gear: 'lưới kéo' });
    run(sea, times(40, 9), minute, { vessel: trawler });
    expect(conditions(sea)).toEqual([]);
    run(sea, times(40, 3), minute, { vessel: trawler, from: hour });
    expect(conditions(sea)).toEqual(['suspected-fishing.raised waters']);
    expect(sea.driven.conclusions[1]?.data).toMatchObject({ ground: 'not-permitted', notPermitted: ['length'] });
    const small = waters({ activity: 'fishing', lengthMetres: { below: 12 } });
    run(small, times(40, 3), minute, { vessel: inRegistry({ lengthMaxMetres: 9, gear: 'lưới kéo' }) });
    expect(conditions(small)).toEqual([]);
  });
});

describe('fishing in a protected area', () => {
  const reserve = (...others: readonly object[]) =>
    createSea([area({ id: 'reserve', kind: 'protected' }, square(107.6, 16.6)), ...others]);
  const trawler = inRegistry({ gear: 'Lưới kéo' });

  it('is suspected after half an hour at the speeds of the gear, and cleared after a quarter of an hour at others', () => {
    const sea = reserve();
    run(sea, [9, 9, ...times(40, 3.5), ...times(30, 9)], minute, { vessel: trawler, navigationStatus: 7 });
    expect(conditions(sea)).toEqual([
      'suspected-fishing.raised reserve',
      'suspected-fishing.cleared reserve recovered',
    ]);
    const [, raised, cleared] = sea.driven.conclusions;
    expect(raised && toWire(raised)).toMatchObject({
      time: '2026-11-23T01:32:00.000Z',
      severitytext: 'HIGH',
      data: {
        since: '2026-11-23T01:02:00.000Z',
        ground: 'protected',
        method: 'speed-pattern',
        pattern: { gear: 'trawl', leastKnots: 2, mostKnots: 5, forSeconds: 1800, positions: 31 },
        evidence: { navigationStatus: 7 },
        headline: {
          vi: 'Tàu cá TTH-96969-TS nghi đang đánh bắt trong Vùng thử lúc 08:32 ngày 23/11, đã 30m',
          en: 'Fishing vessel TTH-96969-TS moves as if fishing in Trial zone at 08:32 on 23 Nov, for 30m now',
        },
      },
    });
    expect(cleared?.time).toBe(start + 57 * minute);
  });

  it('is suspected in spite of short pauses, not of long ones', () => {
    const short = reserve();
    run(short, [...times(12, 3), ...times(4, 0.1), ...times(12, 3), ...times(4, 7), ...times(12, 3)], minute, {
      vessel: trawler,
    });
    expect(conditions(short)).toEqual(['suspected-fishing.raised reserve']);
    const long = reserve();
    run(long, [...times(20, 3), ...times(8, 9), ...times(20, 3), ...times(8, 9), ...times(20, 3)], minute, {
      vessel: trawler,
    });
    expect(conditions(long)).toEqual([]);
  });

  it('is suspected from reports by satellite, four of them', () => {
    const sea = reserve();
    run(sea, times(3, 3), 2 * hour, { vessel: trawler, source: 'vms' });
    expect(conditions(sea)).toEqual([]);
    run(sea, [3], 2 * hour, { vessel: trawler, source: 'vms', from: 6 * hour });
    expect(conditions(sea)).toEqual(['suspected-fishing.raised reserve']);
  });

  it.each([
    ['a gillnetter at the speed of a trawler', inRegistry({ gear: 'lưới rê' }), 4],
    ['a trawler that steams through', trawler, 9],
    ['a trawler at anchor', trawler, 0],
    ['a cargo ship', stranger, 3],
    ['a net buoy', { key: 'mmsi/979000001', mmsiKind: 'gear' } as const, 3],
  ])('is not suspected of %s', (_, vessel, speed) => {
    const sea = reserve();
    run(sea, times(90, speed), minute, { vessel });
    expect(conditions(sea)).toEqual([]);
  });

  it.each([
    ['says that it is a fishing vessel', { ...stranger, shipType: 30 }, undefined],
    ['says that it is fishing', stranger, 7],
  ])('is suspected of a stranger that %s, by speeds of other gear', (_, vessel, navigationStatus) => {
    const sea = reserve();
    run(sea, times(40, 3), minute, { vessel, ...(navigationStatus !== undefined && { navigationStatus }) });
    expect(conditions(sea)).toEqual(['suspected-fishing.raised reserve']);
    expect(sea.driven.conclusions[1]?.data).toMatchObject({ pattern: { gear: 'other' } });
  });

  it('is not suspected in a port or channel that lies in the area', () => {
    const sea = reserve(port());
    run(sea, times(90, 3), minute, { vessel: trawler });
    expect(conditions(sea)).toEqual([]);
  });
});
