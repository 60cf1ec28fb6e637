import { describe, expect, it } from 'vitest';
import { aheadOf, distanceMetres } from '../../../core/geodesy.ts';
import type { BaseStation, NavigationAid } from '../../../core/observation.ts';
import type { VesselFix, VesselIdentity, VesselUpdate, ZoneHere } from '../../../core/vessel.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { createReconstruction } from '../../../gateway/replay/reconstruction.ts';
import { stage } from '../../../pipelines/downsample/stage.ts';
import { drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const second = 1000;
const minute = 60 * second;
const mmsi = 574123456;

const common = { device: 'ais-1', timeFrom: 'gateway', mmsi } as const;
const vessel: VesselIdentity = { key: `mmsi/${mmsi}`, mmsi, mmsiKind: 'ship' };

const update = (at: number, changes: Partial<VesselUpdate> = {}): VesselUpdate => ({
  kind: 'vessel-update',
  cause: 'position',
  device: 'ais-1',
  timeFrom: 'gateway',
  time: start + at,
  vessel,
  receivers: ['ais-1'],
  firstSeen: start,
  lastSeen: start + at,
  ...changes,
});

const berth = { longitude: 107.63, latitude: 16.57 };
const way = { sogKnots: 10, cogDegrees: 212.3 };

/** On a straight way at an even speed. */
const position = (at: number, changes: Partial<VesselFix> = {}, others: Partial<VesselUpdate> = {}): VesselUpdate => {
  const fix: VesselFix = {
    source: 'ais',
    time: start + at,
    stationClass: 'A',
    messageType: 1,
    ...(at === 0 ? berth : aheadOf({ ...berth, ...way }, at / second)),
    accurate: true,
    ...way,
    navigationStatus: 7,
    ...changes,
  };
  const { longitude, latitude, sogKnots = 0, cogDegrees } = fix;
  const motion = { longitude, latitude, sogKnots, ...(cogDegrees !== undefined && { cogDegrees }) };
  return update(at, { time: fix.time, fix, motion, ...others });
};

const described = (at: number, changes: Partial<VesselIdentity> = {}): VesselUpdate =>
  update(at, { cause: 'identity', vessel: { ...vessel, ...changes } });

const aid = (at: number, changes: Partial<NavigationAid> = {}): NavigationAid => ({
  ...common,
  kind: 'navigation-aid',
  mmsi: 995741234,
  time: start + at,
  longitude: 107.61,
  latitude: 16.59,
  aidType: 24,
  name: 'PHAO SO 0',
  offPosition: false,
  virtual: false,
  ...changes,
});

const station = (at: number): BaseStation => ({
  ...common,
  kind: 'base-station',
  mmsi: 5740001,
  time: start + at,
  longitude: 107.65,
  latitude: 16.55,
});

const times = (driven: ReturnType<typeof drive>): number[] => driven.conclusions.map(({ time }) => time - start);

describe('positions of a vessel', () => {
  it('become events in the words and units of the Smart Data Model', () => {
    const driven = drive(stage);
    driven.step(position(0, { headingDegrees: 214, rateOfTurnDegreesPerMinute: -4.46, altitudeMetres: 300 }));
    expect(driven.conclusions).toEqual([
      {
        kind: 'conclusion',
        event: 'fishing-vessel.vessel.observed',
        source: 'ais-1',
        device: 'ais-1',
        subject: 'vessel/mmsi/574123456',
        time: start,
        key: `mmsi/574123456/${start}/107.63/16.57`,
        data: {
          id: 'urn:ngsi-ld:Vessel:mmsi-574123456',
          type: 'Vessel',
          mmsi,
          location: { type: 'Point', coordinates: [107.63, 16.57] },
          positionAccuracy: 1,
          speedOverGround: 5.144,
          courseOverGround: 212.3,
          heading: 214,
          turnRate: -4.5,
          altitude: 300,
          navigationStatus: 7,
          stationClass: 'A',
          observedAt: '2026-11-23T01:00:00.000Z',
          dataProvider: 'AIS',
          units: {
            speedOverGround: 'm/s',
            courseOverGround: 'deg',
            heading: 'deg',
            turnRate: 'deg/min',
            altitude: 'm',
          },
          refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
        },
      },
    ]);
  });

  it('under way go on once in a while, the rest is counted', () => {
    const driven = drive(stage, { every: '30s' });
    for (let at = 0; at <= 90; at += 2) driven.step(position(at * second));
    expect(times(driven)).toEqual([0, 30_000, 60_000, 90_000]);
    expect(driven.dropped).toEqual({ thinned: 42 });
  });

  it('at rest go on more seldom', () => {
    const driven = drive(stage, { every: '30s', atRest: '3m' });
    for (let at = 0; at <= 360; at += 10) driven.step(position(at * second, { ...berth, sogKnots: 0.1 }));
    expect(times(driven)).toEqual([0, 180_000, 360_000]);
  });

  it('at rest go on when it drifted', () => {
    const driven = drive(stage);
    const drifting = [0, 20, 40, 60].map(at =>
      position(at * second, { ...berth, latitude: 16.57 + at * 1e-5, sogKnots: 0.1 }),
    );
    driven.step(...drifting);
    // 40 s are 44 m, 60 s are 67 m.
    expect(times(driven)).toEqual([0, 60_000]);
  });

  it('at 14 knots and more go on more often', () => {
    const driven = drive(stage, { every: '3m', fast: '1m' });
    const fast = { sogKnots: 14, cogDegrees: 90 };
    for (let at = 0; at <= 120; at += 10)
      driven.step(position(at * second, { ...aheadOf({ ...berth, ...fast }, at), ...fast }));
    expect(times(driven)).toEqual([0, 60_000, 120_000]);
  });

  it('go on as soon as the vessel is not where its last speed and course lead', () => {
    const driven = drive(stage, { deviation: 50 });
    // It says 10 knots and makes 8: a meter a second less.
    const slower = (at: number) => aheadOf({ ...berth, ...way, sogKnots: 8 }, at);
    for (let at = 0; at <= 120; at += 2) driven.step(position(at * second, slower(at)));
    expect(times(driven)).toEqual([0, 50_000, 100_000]);
  });

  it('that do not go on are never farther than the deviation from where a reader believes the vessel to be', () => {
    const driven = drive(stage, { deviation: 80 });
    const reader = createReconstruction();
    let here = berth;
    let farthest = 0;
    let told = 0;
    for (let at = 0; at < 3600; at += 5) {
      const cogDegrees = (212 + 50 * Math.sin(at / 200)) % 360;
      const sogKnots = 7 + 3 * Math.sin(at / 340);
      here = aheadOf({ ...here, sogKnots, cogDegrees }, 5);
      driven.step(position(at * second, { ...here, sogKnots, cogDegrees }));
      for (const conclusion of driven.conclusions.slice(told)) reader.take(conclusion);
      told = driven.conclusions.length;
      const believed = reader.placeOf('vessel/mmsi/574123456', start + at * second);
      farthest = Math.max(farthest, believed === undefined ? Number.NaN : distanceMetres(believed, here));
    }
    expect(farthest).toBeGreaterThan(60);
    expect(farthest).toBeLessThan(80.5);
    expect(told).toBeLessThan(720 / 8);
  });

  it('that tell a speed and no course are believed to stay where they are', () => {
    const driven = drive(stage);
    const fix = (at: number) => {
      const { cogDegrees, ...bare } = position(at * second).fix ?? {};
      return update(at * second, { fix: bare as VesselFix });
    };
    driven.step(fix(0), fix(8), fix(10));
    expect(times(driven)).toEqual([0, 10_000]);
  });

  it('go on at once when its navigation status changed', () => {
    const driven = drive(stage);
    driven.step(position(0), position(2 * second, { navigationStatus: 14 }));
    expect(times(driven)).toEqual([0, 2000]);
  });

  it('do not go on because one of them tells no navigation status', () => {
    const driven = drive(stage);
    const { navigationStatus, ...silent } = position(2 * second).fix ?? {};
    driven.step(position(0), update(2 * second, { fix: silent as VesselFix }), position(4 * second));
    expect(times(driven)).toEqual([0]);
  });

  it('of another vessel have their own time', () => {
    const driven = drive(stage);
    const other = { vessel: { key: 'mmsi/574000001', mmsi: 574000001 } };
    driven.step(position(0), position(second, {}, other));
    expect(times(driven)).toEqual([0, 1000]);
  });

  it('all go on where the configuration asks for it, each under its own id', () => {
    const driven = drive(stage, { every: '0s' });
    driven.step(position(0, { sogKnots: 0 }), position(second, { sogKnots: 0 }), position(second, { latitude: 16.6 }));
    expect(new Set(driven.conclusions.map(({ key }) => key)).size).toBe(3);
  });

  it('carry the name by which the registry knows the vessel, or else its own', () => {
    const driven = drive(stage);
    const named = { ...vessel, name: 'TTH 96969 TS' };
    driven.step(position(0, {}, { vessel: named }));
    const registry = { mark: 'TTH-96969-TS', name: 'Thuận An 5', status: 'active' } as const;
    driven.step(position(3 * minute, {}, { vessel: { ...named, registry } }));
    const names = driven.conclusions.filter(({ event }) => event.endsWith('observed')).map(({ data }) => data['name']);
    expect(names).toEqual(['TTH 96969 TS', 'Thuận An 5']);
  });

  it('of a vessel without an MMSI are told under its own subject', () => {
    const driven = drive(stage);
    const { accurate, stationClass, messageType, navigationStatus, ...fix } = position(0, { source: 'vms' }).fix ?? {};
    const boat: VesselIdentity = { key: 'vms/vnpt/A1', provider: 'vnpt', vmsId: 'A1' };
    driven.step(update(0, { vessel: boat, fix: fix as VesselFix, timeFrom: 'device' }));
    const [conclusion] = driven.conclusions;
    expect(conclusion?.subject).toBe('vessel/vms/vnpt/A1');
    expect(conclusion?.data).toMatchObject({ id: 'urn:ngsi-ld:Vessel:vms-vnpt-A1', dataProvider: 'VMS' });
    expect(conclusion?.data).not.toHaveProperty('mmsi');
    expect(conclusion?.data).not.toHaveProperty('stationClass');
  });

  it('leave out what the vessel does not tell', () => {
    const driven = drive(stage);
    const { sogKnots, cogDegrees, navigationStatus, ...bare } = position(0).fix ?? {};
    driven.step(update(0, { fix: bare as VesselFix }));
    expect(driven.conclusions[0]?.data).toMatchObject({ units: {} });
    expect(driven.conclusions[0]?.data).not.toHaveProperty('speedOverGround');
  });
});

describe('what changes', () => {
  const told = (updates: readonly VesselUpdate[], config: object = {}): number[] => {
    const driven = drive(stage, config);
    driven.step(...updates);
    return times(driven);
  };

  it('in course is told at once', () => {
    const turning = [0, 4, 8, 12].map(at => position(at * second, { cogDegrees: (350 + at * 5) % 360 }));
    expect(told(turning, { deviation: 1000 })).toEqual([0, 8000]);
    expect(told(turning, { deviation: 1000, turn: 90 })).toEqual([0]);
  });

  it('in course is not told of a vessel that lies and swings', () => {
    const swinging = [0, 4, 8].map(at => position(at * second, { ...berth, sogKnots: 0.4, cogDegrees: at * 40 }));
    expect(told(swinging)).toEqual([0]);
  });

  it('in speed is told at once', () => {
    const slowing = [0, 4, 8, 12].map(at => position(at * second, { sogKnots: 10 - at / 2 }));
    expect(told(slowing)).toEqual([0, 8000]);
  });

  it('in zones is told at once, and not again for the same zones', () => {
    const quay: ZoneHere = { id: 'quay', name: 'Cầu cảng', kind: 'port' };
    const zones = [[], [quay], [{ ...quay }], []];
    expect(told(zones.map((here, index) => position(index * second, {}, { zones: here })))).toEqual([0, 1000, 3000]);
  });
});

describe('a position', () => {
  it('of AIS that came late is not told, and counted', () => {
    const driven = drive(stage, { every: '0s' });
    driven.step(position(minute), position(0, {}, { late: true }));
    expect(times(driven)).toEqual([minute]);
    expect(driven.dropped).toEqual({ late: 1 });
  });

  it('of AIS that is not believed is told as such once in the longest time, and moves nothing', () => {
    const driven = drive(stage, { every: '3m' });
    const liar = (at: number) => position(at * second, { longitude: 20 }, { implausible: true });
    driven.step(position(0), liar(10), position(20 * second), liar(30), position(40 * second), liar(190));
    expect(driven.conclusions.map(({ time, data }) => [time - start, data['quality']])).toEqual([
      [0, undefined],
      [10_000, 'suspect'],
      [190_000, 'suspect'],
    ]);
    expect(driven.dropped).toEqual({ thinned: 2, implausible: 1 });
  });

  it('of VMS that is older than what AIS told is no place to go on from', () => {
    const driven = drive(stage);
    driven.step(position(10 * minute), position(8 * minute, { ...berth, source: 'vms' }));
    driven.step(position(10 * minute + 10 * second));
    expect(times(driven)).toEqual([10 * minute, 8 * minute]);
  });

  it('of VMS is told whatever it is, and marked when it is not believed', () => {
    const driven = drive(stage);
    driven.step(
      position(minute, { source: 'vms' }),
      position(0, { source: 'vms' }, { late: true }),
      position(2 * minute, { source: 'vms', longitude: 20 }, { implausible: true }),
    );
    expect(times(driven)).toEqual([minute, 0, 2 * minute]);
    expect(driven.conclusions.map(({ data }) => data['quality'])).toEqual([undefined, undefined, 'suspect']);
  });

  it.each([
    ['class B, as all vessels', { stationClass: 'B' }, {}, 180],
    ['an aircraft in search and rescue', { stationClass: 'sar-aircraft' }, { mmsiKind: 'sar-aircraft' }, 10],
    ['a man overboard', {}, { mmsiKind: 'mob' }, 10],
    ['a net buoy', {}, { mmsiKind: 'gear' }, 900],
  ] as const)('of %s goes on in its own pace', (_, fix, identity, pace) => {
    const driven = drive(stage);
    for (let at = 0; at <= 1800; at += 5)
      driven.step(position(at * second, fix, { vessel: { ...vessel, ...identity } }));
    expect(times(driven)[1]).toBe(pace * second);
  });

  it('of class B has its own pace where the configuration gives one', () => {
    const driven = drive(stage, { classes: { 'class-b': { every: '1m' } } });
    for (let at = 0; at <= 120; at += 30) driven.step(position(at * second, { stationClass: 'B' }));
    expect(times(driven)).toEqual([0, minute, 2 * minute]);
  });

  it('of a vessel that has another name now is no news for that', () => {
    const driven = drive(stage);
    const renamed: VesselIdentity = { ...vessel, key: 'vnfish/TTH-96969-TS' };
    driven.step(position(0));
    driven.step(position(10 * second, {}, { vessel: renamed, formerKeys: [vessel.key] }));
    expect(times(driven)).toEqual([0]);
  });
});

describe('a slot', () => {
  const others = [0, 1, 2].map(
    (index): VesselIdentity => ({ key: `mmsi/57400000${index}`, mmsi: 574_000_000 + index }),
  );

  it('that another vessel has now tells nothing of it', () => {
    const driven = drive(stage);
    for (const [index, other] of others.entries())
      driven.step(position(index * second, {}, { vessel: other, slot: 3 }));
    driven.step(position(10 * second, {}, { vessel: others[0] ?? vessel, slot: 3 }));
    expect(times(driven)).toEqual([0, 1000, 2000]);
    expect(driven.dropped).toEqual({ thinned: 1 });
  });

  it('keeps no vessel that has another name now', () => {
    const driven = drive(stage);
    const [first = vessel, other = vessel] = others;
    driven.step(position(0, {}, { vessel: first, slot: 0 }), position(second, {}, { vessel: other, slot: 1 }));
    // The first one turns out to be the second one, and the slot is given to a third one of the first one's old name.
    driven.step(position(2 * second, {}, { vessel: other, slot: 1, formerKeys: [first.key] }));
    driven.step(position(3 * second, {}, { vessel: first, slot: 0 }));
    expect(times(driven)).toEqual([0, 1000, 3000]);
  });
});

describe('particulars of a vessel', () => {
  const registry = { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2, crew: 8, status: 'active' } as const;

  it('are told with the line of the registry and the receivers', () => {
    const driven = drive(stage);
    driven.step(
      described(0, {
        name: 'TTH 96969 TS',
        callSign: 'XVAB1',
        shipType: 30,
        toBowMetres: 12,
        toStarboardMetres: 3,
        registry,
        registryVersion: '1f3a9c0b7e21',
        matchedBy: 'mmsi',
      }),
    );
    expect(driven.conclusions[0]?.data).toMatchObject({
      name: 'TTH 96969 TS',
      callSign: 'XVAB1',
      vesselSubType: 30,
      toBow: 12,
      toStardboard: 3,
      units: { toBow: 'm', toStardboard: 'm' },
      registry: { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2, crew: 8, matchedBy: 'mmsi', version: '1f3a9c0b7e21' },
      receivers: ['ais-1'],
    });
  });

  it('are told again when they changed or their time has come, not before', () => {
    const driven = drive(stage, { details: '6h' });
    driven.step(described(0, { destination: 'THUAN AN' }));
    driven.step(described(6 * minute, { destination: 'THUAN AN' }));
    driven.step(described(12 * minute, { destination: 'DA NANG' }));
    driven.step(described(400 * minute, { destination: 'DA NANG' }));
    expect(times(driven)).toEqual([0, 12 * minute, 400 * minute]);
  });

  it('are told again with the next position when their time has come', () => {
    const driven = drive(stage, { details: '6h' });
    const named = { ...vessel, name: 'TTH 96969 TS' };
    for (const at of [0, 10, 400]) driven.step(position(at * minute, {}, { vessel: named }));
    const events = driven.conclusions.map(({ event, time }) => [event.split('.').at(-1), (time - start) / minute]);
    expect(events.filter(([what]) => what === 'described')).toEqual([
      ['described', 0],
      ['described', 400],
    ]);
  });

  it('are not told again for a version of the registry that says the same of it', () => {
    const driven = drive(stage);
    driven.step(described(0, { registry, registryVersion: 'a', matchedBy: 'mmsi' }));
    driven.step(described(minute, { registry, registryVersion: 'b', matchedBy: 'mmsi' }));
    expect(driven.conclusions).toHaveLength(1);
  });

  it('are not told of a vessel of which only its number is known', () => {
    const driven = drive(stage);
    driven.step(described(0));
    expect(driven.conclusions).toEqual([]);
  });

  it('that arrive in two parts at one moment have two ids', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'A' }), described(0, { name: 'A', callSign: 'B' }));
    expect(new Set(driven.conclusions.map(({ key }) => key)).size).toBe(2);
  });

  it('are known after a restart, so that nothing is told again', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'TTH 96969 TS', shipType: 30 }));
    driven.restart();
    driven.step(described(minute, { name: 'TTH 96969 TS', shipType: 30 }));
    expect(driven.conclusions).toHaveLength(1);
  });
});

describe('marks', () => {
  it('are told when they change, and every hour', () => {
    const driven = drive(stage, { marks: '1h' });
    driven.step(
      aid(0),
      aid(3 * minute),
      aid(6 * minute, { offPosition: true }),
      aid(9 * minute, { offPosition: true }),
    );
    driven.step(aid(67 * minute, { offPosition: true }));
    expect(driven.conclusions.map(({ time, data }) => [time - start, data['position']])).toEqual([
      [0, 'on'],
      [6 * minute, 'off'],
      [67 * minute, 'off'],
    ]);
  });

  it('say whether they are really there', () => {
    const driven = drive(stage);
    driven.step(aid(0, { virtual: true }));
    expect(driven.conclusions[0]?.data).toMatchObject({ presence: 'virtual', aidType: 24, name: 'PHAO SO 0' });
  });

  it('on the coast are told once an hour', () => {
    const driven = drive(stage);
    for (let at = 0; at <= 3600; at += 10) driven.step(station(at * second));
    expect(times(driven)).toEqual([0, 60 * minute]);
  });
});

describe('a clock that is set', () => {
  it.each([
    ['forward by an hour', 60 * minute],
    ['back by half an hour', -30 * minute],
    ['back by a day', -24 * 60 * minute],
  ])('%s lets positions go on as often as before', (_, by) => {
    const driven = drive(stage, { every: '30s' });
    driven.step(position(0));
    driven.shift({ from: start - minute, to: start + second, by });
    for (let at = 10 * second; at <= minute; at += 10 * second) driven.step(position(at, { time: start + at + by }));
    expect(times(driven)).toEqual([0, 30 * second + by, 60 * second + by]);
  });

  it('does not move what a receiver with its own clock said', () => {
    const driven = drive(stage, { every: '30s' });
    driven.step(position(0, {}, { timeFrom: 'device' }));
    driven.shift({ from: start - minute, to: start + second, by: -30 * minute });
    driven.step(...[10, 30].map(at => position(at * second, {}, { timeFrom: 'device' })));
    expect(times(driven)).toEqual([0, 30 * second]);
  });
});

it('forgets the vessels that were quiet longest when there are more than it can know', () => {
  const running = stage.bind({}, exampleSite).start(new Map());
  const batch = Array.from({ length: 100_001 }, (_, index) =>
    described(index, { key: `mmsi/${200_000_000 + index}`, name: 'TTH 96969 TS' }),
  );
  const { save } = running.step(batch);
  expect(save?.get('vessel/mmsi/200000000')).toBeUndefined();
  expect(save?.has('vessel/mmsi/200000000')).toBe(true);
  expect(save?.get('vessel/mmsi/200000001')).toBeDefined();
});
