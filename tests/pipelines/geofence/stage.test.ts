import { describe, expect, it } from 'vitest';
import type { Item } from '../../../core/conclusion.ts';
import { GatewayError } from '../../../core/errors.ts';
import { destinationOf, distanceMetres, metresPerSecondPerKnot } from '../../../core/geodesy.ts';
import type { MmsiKind, VesselIdentity, VesselUpdate } from '../../../core/vessel.ts';
import { stage } from '../../../pipelines/geofence/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { drive, toWire } from '../../support/events.ts';
import { area, boat, createSea, hour, line, minute, port, second, square, start, stranger, zonesFile } from './sea.ts';

/** West edge of the port: longitude 107.5. */
const outside = { longitude: 107.49, latitude: 16.6 } as const;
const inside = { longitude: 107.51, latitude: 16.6 } as const;
const eastward = { ...outside, at: 0, sogKnots: 20, cogDegrees: 90 } as const;

describe('a vessel that sails through a zone', () => {
  it('is told when it entered and left, at the moment and the place of the crossing', () => {
    const sea = createSea([port()]);
    sea.sail(eastward, 60 * minute);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
    const [entered, left] = sea.driven.conclusions;
    const speed = 20 * metresPerSecondPerKnot;
    const toEdge = (longitude: number): number =>
      start + (distanceMetres(outside, { longitude, latitude: 16.6 }) / speed) * second;
    expect(Math.abs((entered?.time ?? 0) - toEdge(107.5))).toBeLessThan(second);
    expect(Math.abs((left?.time ?? 0) - toEdge(107.7))).toBeLessThan(second);
    expect(left?.correlation).toBe(entered?.correlation);
    expect(entered?.correlation).toMatch(/^visit\/port\/TTH-96969-TS\/20261123T01014\d/);
    expect(entered && toWire(entered)).toMatchObject({
      source: '/ioc/hue/gw-017/geofence',
      subject: 'vessel/vnfish/TTH-96969-TS',
      severitytext: 'INFORMATIONAL',
      data: {
        phase: 'entered',
        headline: {
          vi: 'Tàu cá TTH-96969-TS (8 người) vào Vùng thử lúc 08:01 ngày 23/11',
          en: 'Fishing vessel TTH-96969-TS (8 crew) entered Trial zone at 08:01 on 23 Nov',
        },
        zone: { id: 'port', kind: 'port' },
        registry: { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2 },
        evidence: {
          before: { time: '2026-11-23T01:01:40.000Z' },
          after: { time: '2026-11-23T01:01:50.000Z' },
          crossing: 'interpolated',
          crossed: { coordinates: [expect.closeTo(107.5, 5), expect.closeTo(16.6, 4)] },
          source: 'ais',
          receivers: ['ais-1'],
        },
      },
    });
    expect(left?.data).toMatchObject({ reason: 'moved', staySeconds: expect.closeTo(2072, -1) });
  });

  it('is told in these words where it is in no registry', () => {
    const sea = createSea([port({ englishName: undefined })]);
    sea.sail(eastward, 2 * minute, 10 * second, { ...stranger, name: 'HAI AU' });
    expect(sea.driven.conclusions.map(made => toWire(made)['data'])).toMatchObject([
      {
        headline: {
          vi: 'Tàu HAI AU (MMSI 412345678) vào Vùng thử lúc 08:01 ngày 23/11',
          en: expect.stringMatching(/^Vessel HAI AU \(MMSI 412345678\) entered Vùng thử at/),
        },
      },
    ]);
  });

  it('is told with the severity of the zone', () => {
    const sea = createSea([port({ severity: 'HIGH' })]);
    sea.sail(eastward, 2 * minute);
    expect(sea.driven.conclusions.map(({ severity }) => severity)).toEqual(['HIGH']);
  });

  it('is not in a hole of the zone', () => {
    const ring = area({ id: 'ring', kind: 'danger' }, square(107.6, 16.6), square(107.6, 16.6, 0.05));
    const sea = createSea([ring]);
    sea.sail(eastward, 60 * minute);
    expect(sea.told()).toEqual([
      'zone.entered ring',
      'zone.left ring moved',
      'zone.entered ring',
      'zone.left ring moved',
    ]);
  });

  it('is told once for each zone that it is in, and the updates say so with the same array', () => {
    const sea = createSea([port(), area({ id: 'bay', kind: 'waters' }, square(107.7, 16.6, 0.1))]);
    sea.sail(eastward, 30 * minute);
    const zones = sea.driven.items.map(item => (item.kind === 'vessel-update' ? item.zones : undefined));
    expect(zones.map(here => here?.map(({ id }) => id).join(' '))).toContain('bay port');
    const changes = zones.filter((here, index) => here !== zones[index - 1]);
    expect(changes.map(here => here?.map(({ id, kind }) => `${id}:${kind}`))).toEqual([
      [],
      ['port:port'],
      ['bay:waters', 'port:port'],
    ]);
  });
});

describe('at the edge of a zone', () => {
  it('a vessel that is moored there, with positions that scatter, enters once', () => {
    const sea = createSea([port()]);
    const random = createRandom('scatter');
    for (let count = 0; count < 2000; count++) {
      const scatter = () => ((random() + random() + random() - 1.5) * 20) / 111_000;
      const place = { longitude: 107.5 + scatter(), latitude: 16.6 + scatter() };
      sea.report({ at: count * 3 * minute, ...place, sogKnots: 0.1 });
    }
    expect(sea.told()).toEqual(['zone.entered port']);
  });

  it('a vessel has left when it is farther away than the edge is wide, at the moment of the crossing', () => {
    const sea = createSea([port()], { edgeMetres: 100 });
    const at = (count: number, metres: number): void =>
      sea.report({ at: count * 10 * second, ...destinationOf({ longitude: 107.5, latitude: 16.6 }, 270, metres) });
    for (const [count, metres] of [-50, -10, 10, 60, 90].entries()) at(count, metres);
    expect(sea.told()).toEqual(['zone.entered port']);
    at(5, 110);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
    expect(sea.driven.conclusions[1]).toMatchObject({
      time: expect.closeTo(start + 15 * second, -2),
      data: {
        evidence: {
          before: { time: '2026-11-23T01:00:10.000Z' },
          after: { time: '2026-11-23T01:00:20.000Z' },
          crossing: 'interpolated',
        },
      },
    });
  });

  it('a vessel has left when it stays beyond it for long, however near', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    for (let count = 1; count <= 12; count++)
      sea.report({ at: count * 3 * minute, longitude: 107.4999, latitude: 16.6 });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
  });

  it('a vessel that comes back in time never left', () => {
    const sea = createSea([port()]);
    for (const [count, longitude] of [107.501, 107.4998, 107.501, 107.4998, 107.501].entries())
      sea.report({ at: count * 10 * minute, longitude, latitude: 16.6 });
    expect(sea.told()).toEqual(['zone.entered port']);
  });
});

describe('between two positions', () => {
  it('that lie two hours apart nothing is interpolated, but the crossing is told', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...outside, source: 'vms' });
    sea.report({ at: 2 * hour, ...inside, source: 'vms' });
    const [entered] = sea.driven.conclusions;
    expect(entered?.time).toBe(start + 2 * hour);
    expect(entered?.data['evidence']).toEqual({
      before: { time: '2026-11-23T01:00:00.000Z', coordinates: [107.49, 16.6] },
      after: { time: '2026-11-23T03:00:00.000Z', coordinates: [107.51, 16.6] },
      crossing: 'between',
      source: 'vms',
      receivers: ['ais-1'],
    });
  });

  it('the gap in which it is interpolated can be configured', () => {
    const sea = createSea([port()], { interpolateWithin: '3h' });
    sea.report({ at: 0, ...outside, source: 'vms' });
    sea.report({ at: 2 * hour, ...inside, source: 'vms' });
    expect(sea.driven.conclusions[0]?.time).toBe(start + hour);
  });

  it('of which there is only one, nothing is said of a crossing', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    expect(sea.driven.conclusions.map(made => toWire(made)['data'])).toMatchObject([
      {
        evidence: { crossing: 'unknown' },
        headline: { en: 'Fishing vessel TTH-96969-TS (8 crew) is in Trial zone at 08:00 on 23 Nov' },
      },
    ]);
  });
});

describe('a position that does not count', () => {
  const enter = () => {
    const sea = createSea([port()]);
    sea.report({ at: minute, ...inside });
    return sea;
  };

  it.each([
    ['is implausible', { implausible: true }],
    ['is late', { late: true }],
  ] as const)('because it %s moves nothing, but is told where the vessel is', (_, changes) => {
    const sea = enter();
    sea.report({ at: 2 * minute, ...outside }, boat, changes);
    expect(sea.told()).toEqual(['zone.entered port']);
    expect(sea.driven.items.at(-1)).toMatchObject({ zones: [{ id: 'port' }] });
  });

  it('because another source said something newer moves nothing', () => {
    const sea = enter();
    sea.report({ at: 0, ...outside, source: 'vms' });
    expect(sea.told()).toEqual(['zone.entered port']);
    const other = createSea([port()]);
    other.report({ at: 0, ...inside, source: 'vms' }, boat, { lastSeen: start + minute });
    expect(other.told()).toEqual([]);
  });

  it('because nothing was said of a position is told where the vessel is', () => {
    const sea = enter();
    sea.report({ at: 2 * minute, ...outside }, boat, { cause: 'identity' });
    sea.report({ at: 2 * minute, ...outside }, boat, { cause: 'status' });
    expect(sea.told()).toEqual(['zone.entered port']);
    expect(sea.driven.items.slice(-2)).toMatchObject([{ zones: [{ id: 'port' }] }, { zones: [{ id: 'port' }] }]);
  });

  it.each<MmsiKind>(['gear', 'navigation-aid', 'sart', 'mob', 'epirb', 'sar-aircraft', 'coast-station'])(
    'because it is of a station of the kind %s has no zones',
    mmsiKind => {
      const sea = createSea([port()]);
      sea.report({ at: 0, ...inside }, { key: 'mmsi/979000001', mmsiKind });
      expect(sea.told()).toEqual([]);
      expect(sea.driven.items).toMatchObject([{ kind: 'vessel-update', zones: [] }]);
    },
  );
});

describe('a vessel that is not heard any more', () => {
  it('has its visit closed after the configured time, dated with its last position', () => {
    const sea = createSea([port()], { lost: '2h' });
    sea.report({ at: 0, ...inside });
    sea.report({ at: hour, ...inside });
    sea.driven.tick(start + 2.9 * hour);
    expect(sea.told()).toEqual(['zone.entered port']);
    sea.driven.tick(start + 3 * hour);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port source-lost']);
    expect(sea.driven.conclusions[1]).toMatchObject({ time: start + hour, data: { staySeconds: 3600 } });
    expect(sea.driven.saved.size).toBe(0);
  });

  it('and comes back enters anew', () => {
    const sea = createSea([port()], { lost: '2h' });
    sea.report({ at: 0, ...inside });
    sea.driven.tick(start + 2 * hour);
    sea.report({ at: 3 * hour, ...inside });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port source-lost', 'zone.entered port']);
    expect(new Set(sea.driven.conclusions.map(({ correlation }) => correlation)).size).toBe(2);
  });
});

describe('another file of zones', () => {
  it('without the zone closes its visits', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    sea.driven.load({ ...zonesFile([]), time: start + hour });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port config-removed']);
    sea.report({ at: 2 * hour, ...inside });
    expect(sea.driven.items.at(-1)).toMatchObject({ zones: [] });
  });

  it('that draws the zone elsewhere closes the visits of who is not in it any more, and only those', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    sea.report({ at: 0, longitude: 107.65, latitude: 16.6 }, stranger);
    sea.driven.load(zonesFile([area({ id: 'port', kind: 'port' }, square(107.65, 16.6, 0.05))]));
    expect(sea.told()).toEqual(['zone.entered port', 'zone.entered port', 'zone.left port config-removed']);
    sea.sail({ ...inside, at: minute, sogKnots: 20, cogDegrees: 90 }, 40 * minute, 10 * second, stranger);
    const [, first, , last] = sea.driven.conclusions;
    expect(last?.correlation).toBe(first?.correlation);
    expect(last?.data['zone']).not.toEqual(first?.data['zone']);
  });

  it('that cannot be used leaves everything as it was', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside });
    const bad = area({ id: 'port', kind: 'port' }, [
      [107, 16],
      [108, 17],
      [108, 16],
      [107, 17],
      [107, 16],
    ]);
    expect(() => sea.driven.load(zonesFile([bad]))).toThrow(GatewayError);
    sea.sail({ ...inside, at: minute, sogKnots: 20, cogDegrees: 270 }, 5 * minute);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
  });

  it('with a new zone finds who is in it already', () => {
    const sea = createSea([]);
    sea.report({ at: 0, ...inside });
    sea.driven.load(zonesFile([port()]));
    sea.report({ at: minute, ...inside });
    expect(sea.driven.conclusions).toMatchObject([
      { time: start + minute, data: { evidence: { crossing: 'unknown' } } },
    ]);
  });

  it('that never came lets everything pass', () => {
    const driven = drive(stage, { zones: 'zones.geojson' });
    const sea = createSea([port()]);
    driven.step(sea.updateOf(boat, { at: 0, ...inside }));
    expect(driven.items).toMatchObject([{ kind: 'vessel-update', zones: [] }]);
    expect(driven.conclusions).toEqual([]);
  });
});

describe('a zone with dates', () => {
  it('is entered by who is in it when it comes into force, and left when it ends', () => {
    const dates = { effectiveFrom: '2026-11-23T09:00:00+07:00', effectiveTo: '2026-11-23T10:00:00+07:00' };
    const sea = createSea([port(dates)]);
    for (let count = 0; count <= 14; count++) sea.report({ at: count * 10 * minute, ...inside });
    expect(sea.driven.conclusions.map(({ time, data }) => [(time - start) / minute, data['reason']])).toEqual([
      [60, undefined],
      [120, 'config-removed'],
    ]);
  });
});

describe('a vessel under another key', () => {
  const unknown: VesselIdentity = { key: 'mmsi/574123456', mmsi: 574123456, mmsiKind: 'ship' };

  it('goes on with the visit that it had begun', () => {
    const sea = createSea([port()]);
    sea.report({ at: 0, ...inside }, unknown);
    sea.report({ at: minute, ...inside }, boat, { formerKeys: [unknown.key] });
    sea.sail({ ...inside, at: 2 * minute, sogKnots: 20, cogDegrees: 270 }, 5 * minute);
    expect(sea.told()).toEqual(['zone.entered port', 'zone.left port moved']);
    const [entered, left] = sea.driven.conclusions;
    expect(left?.correlation).toBe(entered?.correlation);
    expect([entered?.subject, left?.subject]).toEqual(['vessel/mmsi/574123456', 'vessel/vnfish/TTH-96969-TS']);
    expect(sea.driven.saved.size).toBe(0);
  });

  it('goes on with one visit where two had begun, and the other is told as superseded', () => {
    const sea = createSea([port()]);
    const other: VesselIdentity = { key: 'vms/vnpt/dev-1', provider: 'vnpt', vmsId: 'dev-1' };
    sea.report({ at: 0, ...inside, source: 'vms' }, other);
    sea.report({ at: minute, ...inside });
    sea.report({ at: 2 * minute, ...inside }, boat, { formerKeys: [other.key] });
    expect(sea.told()).toEqual(['zone.entered port', 'zone.entered port', 'zone.left port superseded']);
    expect([...sea.driven.saved.keys()]).toEqual(['vessel/vnfish/TTH-96969-TS']);
  });
});

describe('a clock that was set', () => {
  it('moves visits whose instants it gave, and only those', () => {
    const sea = createSea([port()], { lost: '2h' });
    sea.report({ at: 0, ...inside });
    sea.report({ at: 0, ...inside }, stranger, { timeFrom: 'device' });
    sea.driven.shift({ from: start - hour, to: start + hour, by: 24 * hour });
    sea.driven.tick(start + 25 * hour);
    expect(sea.driven.conclusions.slice(2)).toMatchObject([
      { subject: 'vessel/mmsi/412345678', data: { reason: 'source-lost' } },
    ]);
    sea.sail({ ...inside, at: 25 * hour, sogKnots: 20, cogDegrees: 270 }, 5 * minute);
    expect(sea.driven.conclusions.at(-1)).toMatchObject({ data: { enteredAt: '2026-11-24T01:00:00.000Z' } });
  });
});

describe('a boundary line', () => {
  const border = (changes: object = {}) => line({ id: 'border', ...changes }, [107.6, 16], [107.6, 17]);

  it('is told as crossed, with the direction, when the vessel is far enough behind it', () => {
    const sea = createSea([border()]);
    const from = { longitude: 107.59, latitude: 16.5 };
    sea.sail({ ...from, at: 0, sogKnots: 20, cogDegrees: 90 }, 5 * minute);
    sea.sail({ longitude: 107.615, latitude: 16.5, at: 10 * minute, sogKnots: 20, cogDegrees: 270 }, 6 * minute);
    const crossings = sea.driven.conclusions.filter(({ event }) => event === 'fishing-vessel.boundary.crossed');
    expect(crossings.map(made => toWire(made))).toMatchObject([
      {
        severitytext: 'HIGH',
        data: {
          direction: 'to-right',
          courseDegrees: 90,
          evidence: { crossing: 'interpolated', crossed: { coordinates: [expect.closeTo(107.6, 5), 16.5] } },
          headline: {
            vi: 'Tàu cá TTH-96969-TS (8 người) vượt Vùng thử sang bên phải lúc 08:01 ngày 23/11',
            en: 'Fishing vessel TTH-96969-TS (8 crew) crossed Trial zone to its right at 08:01 on 23 Nov',
          },
        },
      },
      { data: { direction: 'to-left', courseDegrees: 270 } },
    ]);
  });

  it('is not crossed by one that scatters on it, or is back before it was behind it', () => {
    const sea = createSea([border()]);
    const random = createRandom('scatter on a line');
    for (let count = 0; count < 2000; count++) {
      const longitude = 107.6 + ((random() - 0.5) * 60) / 106_000;
      sea.report({ at: count * 10 * second, longitude, latitude: 16.5 });
    }
    expect(sea.told().filter(what => what.startsWith('boundary.crossed')).length).toBeLessThanOrEqual(1);
  });

  it('is crossed between two reports by satellite, without a moment', () => {
    const sea = createSea([border()]);
    sea.report({ at: 0, longitude: 107.5, latitude: 16.5, source: 'vms' });
    sea.report({ at: 2 * hour, longitude: 107.7, latitude: 16.5, source: 'vms' });
    expect(sea.driven.conclusions).toMatchObject([
      { time: start + 2 * hour, data: { direction: 'to-right', evidence: { crossing: 'between' } } },
    ]);
  });

  it('is not said to be crossed between positions too far apart', () => {
    const sea = createSea([border()]);
    sea.report({ at: 0, longitude: 107.5, latitude: 16.5, source: 'vms' });
    sea.report({ at: 7 * hour, longitude: 107.7, latitude: 16.5, source: 'vms' });
    expect(sea.told()).toEqual([]);
  });

  it('is crossed over a restart: the report before it is known to the stage before', () => {
    const sea = createSea([border()]);
    sea.report({ at: 0, longitude: 107.599, latitude: 16.5 });
    sea.driven.checkpoint();
    sea.driven.restart();
    sea.report({ at: minute, longitude: 107.601, latitude: 16.5 });
    expect(sea.told()).toContain('boundary.crossed border to-right');
  });

  it('may be the edge of an area: then entering and leaving are told as crossings', () => {
    const sea = createSea([area({ id: 'eez', kind: 'boundary' }, square(107.6, 16.6))]);
    sea.sail(eastward, 60 * minute);
    expect(sea.told().filter(what => !what.startsWith('boundary-approach'))).toEqual([
      'boundary.crossed eez inward',
      'boundary.crossed eez outward',
    ]);
    expect(sea.told().some(what => what.startsWith('zone.'))).toBe(false);
  });
});

describe('the approach to a boundary', () => {
  const border = (changes: object = {}) => line({ id: 'border', ...changes }, [107.6, 16], [107.6, 17]);
  /** About 20 km west of it. */
  const far = { longitude: 107.41, latitude: 16.5 };

  it('is raised when the vessel will reach it in time, and superseded by the crossing', () => {
    const sea = createSea([border()]);
    sea.sail({ ...far, at: 0, sogKnots: 12, cogDegrees: 90 }, 65 * minute, minute);
    expect(sea.told()).toEqual([
      'boundary-approach.raised border',
      'boundary-approach.cleared border superseded',
      'boundary.crossed border to-right',
    ]);
    const [raised, cleared] = sea.driven.conclusions;
    const ahead = distanceMetres(far, { longitude: 107.6, latitude: 16.5 });
    const speed = 12 * metresPerSecondPerKnot;
    const reached = start + (ahead / speed) * second;
    expect(raised && toWire(raised)).toMatchObject({
      severitytext: 'MEDIUM',
      data: { cause: 'course', closest: { metres: 0 }, withinSeconds: 1800, filteredSpeedKnots: 12 },
    });
    expect(reached - (raised?.time ?? 0)).toBeLessThanOrEqual(30 * minute);
    expect(reached - (raised?.time ?? 0)).toBeGreaterThan(28 * minute);
    expect(Math.abs(Date.parse(String(raised?.data['reachesAt'])) - reached)).toBeLessThan(10 * second);
    expect(cleared?.correlation).toBe(raised?.correlation);
  });

  it('is raised by the buffer: earlier, and as long as the vessel is within it', () => {
    const sea = createSea([border({ bufferNauticalMiles: 3 })], { approach: { within: '10m', clearedFor: '1m' } });
    const at = sea.sail({ ...far, at: 0, sogKnots: 12, cogDegrees: 90 }, 32 * minute, minute);
    expect(sea.driven.conclusions).toMatchObject([{ data: { cause: 'course', bufferNauticalMiles: 3 } }]);
    const lying = sea.sail({ ...at, at: 33 * minute, sogKnots: 12, cogDegrees: 90 }, 12 * minute, minute);
    for (let count = 0; count < 10; count++)
      sea.report({ at: hour + count * minute, ...lying, sogKnots: 0, cogDegrees: 270 });
    expect(sea.told()).toEqual(['boundary-approach.raised border']);
    sea.sail({ ...lying, at: 2 * hour, sogKnots: 12, cogDegrees: 270 }, 60 * minute, minute);
    expect(sea.told()).toEqual(['boundary-approach.raised border', 'boundary-approach.cleared border recovered']);
  });

  it('is not raised again behind the boundary before the vessel was away from it', () => {
    const sea = createSea([border({ bufferNauticalMiles: 3 })]);
    const at = sea.sail({ ...far, at: 0, sogKnots: 12, cogDegrees: 90 }, 60 * minute, minute);
    expect(at.longitude).toBeGreaterThan(107.6);
    const away = sea.sail({ ...at, at: 61 * minute, sogKnots: 12, cogDegrees: 90 }, 60 * minute, minute);
    expect(sea.told()).toHaveLength(3);
    sea.sail({ ...away, at: 130 * minute, sogKnots: 12, cogDegrees: 270 }, 30 * minute, minute);
    expect(sea.told()[3]).toBe('boundary-approach.raised border');
  });

  it('is cleared when the vessel turns away', () => {
    const sea = createSea([border()]);
    const at = sea.sail({ ...far, at: 0, sogKnots: 12, cogDegrees: 90 }, 35 * minute, minute);
    sea.sail({ ...at, at: 36 * minute, sogKnots: 12, cogDegrees: 270 }, 20 * minute, minute);
    expect(sea.told()).toEqual(['boundary-approach.raised border', 'boundary-approach.cleared border recovered']);
  });

  it('is not raised by one that passes by, lies still, or looked that way for a moment', () => {
    const sea = createSea([border()]);
    sea.sail({ ...far, at: 0, sogKnots: 12, cogDegrees: 0 }, hour, minute);
    sea.report({ at: 2 * hour, longitude: 107.59, latitude: 16.5, sogKnots: 0.4, cogDegrees: 90 });
    sea.report({ at: 2 * hour + minute, longitude: 107.59, latitude: 16.5, sogKnots: 0.4, cogDegrees: 90 });
    sea.report({ at: 3 * hour, longitude: 107.55, latitude: 16.5, sogKnots: 8, cogDegrees: 90 });
    sea.report({ at: 3 * hour + 10 * second, longitude: 107.55, latitude: 16.5, sogKnots: 8, cogDegrees: 0 });
    expect(sea.told()).toEqual([]);
  });

  it('is raised at once by a report by satellite', () => {
    const sea = createSea([border()]);
    sea.report({ at: 0, longitude: 107.55, latitude: 16.5, sogKnots: 8, cogDegrees: 90, source: 'vms' });
    expect(sea.told()).toEqual(['boundary-approach.raised border']);
  });

  it('ends with the boundary, and with the vessel', () => {
    const approaching = () => {
      const sea = createSea([border()]);
      sea.report({ at: 0, longitude: 107.55, latitude: 16.5, sogKnots: 8, cogDegrees: 90, source: 'vms' });
      return sea;
    };
    const removed = approaching();
    removed.driven.load(zonesFile([]));
    expect(removed.told()[1]).toBe('boundary-approach.cleared border config-removed');
    const lost = approaching();
    lost.driven.tick(start + 6 * hour);
    expect(lost.told()[1]).toBe('boundary-approach.cleared border source-lost');
    expect(lost.driven.saved.size).toBe(0);
  });
});

describe('a restart', () => {
  const zones = [
    port({ speedLimitKnots: 8, anchoring: 'forbidden', dwell: '1h' }),
    area({ id: 'reserve', kind: 'protected', permits: { lengthMetres: { below: 15 } } }, square(107.75, 16.6, 0.04)),
    line({ id: 'border', bufferNauticalMiles: 1 }, [107.9, 16], [107.9, 17]),
  ];

  /** Here and there, at all speeds, with scatter. */
  const wander = (updates: number): readonly VesselUpdate[] => {
    const sea = createSea(zones);
    const random = createRandom('wandering');
    let place = { longitude: 107.6, latitude: 16.6 };
    let [course, speed] = [90, 8];
    return Array.from({ length: updates }, (_, count) => {
      if (random() < 0.03) [course, speed] = [random() * 360, random() < 0.3 ? 0 : random() * 20];
      if (place.longitude > 107.95) course = 270;
      if (place.longitude < 107.5) course = 90;
      if (place.latitude > 16.7) course = 180;
      if (place.latitude < 16.5) course = 0;
      place = destinationOf(place, course, speed * metresPerSecondPerKnot * 60);
      return sea.updateOf(boat, { at: count * minute, ...place, sogKnots: speed, cogDegrees: course });
    });
  };
  const updates = wander(1500);
  const isConclusion = (item: Item): boolean => item.kind === 'conclusion';

  const run = (restartEvery: number, batch: number) => {
    const sea = createSea(zones);
    for (let index = 0; index < updates.length; index += batch) {
      sea.driven.step(...updates.slice(index, index + batch));
      if (restartEvery > 0 && (index / batch) % restartEvery === restartEvery - 1) {
        sea.driven.checkpoint();
        sea.driven.restart();
      }
    }
    return sea;
  };

  const whole = run(0, 1);

  it('changes nothing of what is told, wherever it comes, in whatever batches', () => {
    const kinds = new Set(whole.driven.conclusions.map(({ event }) => event.replace('fishing-vessel.', '')));
    for (const expected of [
      'zone.entered',
      'zone.left',
      'zone-stay.raised',
      'speeding.raised',
      'speeding.cleared',
      'forbidden-presence.raised',
      'forbidden-presence.cleared',
      'boundary.crossed',
      'boundary-approach.raised',
      'boundary-approach.cleared',
    ])
      expect(kinds).toContain(expected);
    for (const [restartEvery, batch] of [
      [0, 7],
      [1, 1],
      [5, 3],
    ] as const)
      expect(run(restartEvery, batch).driven.conclusions).toEqual(whole.driven.conclusions);
  });

  it('keeps each visit and condition in one piece: what was raised is cleared once, or still open', () => {
    const open = new Map<string, string>();
    const ended = new Set<string>();
    for (const { event, correlation, key } of whole.driven.conclusions) {
      if (correlation === undefined) continue;
      if (/(?:entered|raised)$/.test(event)) {
        expect(open.has(correlation)).toBe(false);
        expect(ended.has(correlation)).toBe(false);
        open.set(correlation, key);
      } else if (/(?:left|cleared)$/.test(event)) {
        expect(open.delete(correlation)).toBe(true);
        ended.add(correlation);
      } else expect(open.has(correlation)).toBe(true);
    }
    expect(ended.size).toBeGreaterThan(20);
    const keys = whole.driven.conclusions.map(({ event, key }) => `${event} ${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('gives updates on, all of them, in their order', () => {
    expect(whole.driven.items.filter(item => !isConclusion(item))).toHaveLength(updates.length);
  });
});
