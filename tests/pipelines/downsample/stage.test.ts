import { describe, expect, it } from 'vitest';
import type { BaseStation, NavigationAid, VesselPosition, VesselStatic } from '../../../core/observation.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/downsample/stage.ts';
import { drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const second = 1000;
const minute = 60 * second;
const mmsi = 574123456;

const common = { device: 'ais-1', timeFrom: 'gateway', mmsi } as const;

const position = (at: number, changes: Partial<VesselPosition> = {}): VesselPosition => ({
  ...common,
  kind: 'vessel-position',
  time: start + at,
  stationClass: 'A',
  messageType: 1,
  longitude: 107.63 + at * 1e-8,
  latitude: 16.57,
  accurate: true,
  sogKnots: 10,
  cogDegrees: 212.3,
  navigationStatus: 7,
  ...changes,
});

const described = (at: number, changes: Partial<VesselStatic> = {}): VesselStatic => ({
  ...common,
  kind: 'vessel-static',
  time: start + at,
  ...changes,
});

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
        key: `574123456/${start}/107.63/16.57`,
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
    for (let at = 0; at <= 360; at += 10) driven.step(position(at * second, { sogKnots: 0.1, longitude: 107.63 }));
    expect(times(driven)).toEqual([0, 180_000, 360_000]);
  });

  it('at rest go on when it drifted', () => {
    const driven = drive(stage);
    driven.step(position(0, { sogKnots: 0.1 }), position(40 * second, { sogKnots: 0.1, latitude: 16.571 }));
    expect(times(driven)).toEqual([0, 40_000]);
  });

  it('go on at once when its navigation status changed', () => {
    const driven = drive(stage);
    driven.step(position(0), position(2 * second, { navigationStatus: 14 }));
    expect(times(driven)).toEqual([0, 2000]);
  });

  it('of another vessel have their own time', () => {
    const driven = drive(stage);
    driven.step(position(0), position(second, { mmsi: 574000001 }));
    expect(times(driven)).toEqual([0, 1000]);
  });

  it('heard by two receivers at the same time go on once', () => {
    const driven = drive(stage);
    driven.step(position(0), position(0, { device: 'aq-kimlong' }));
    expect(driven.conclusions).toHaveLength(1);
  });

  it('all go on where the configuration asks for it, each under its own id', () => {
    const driven = drive(stage, { every: '0s' });
    driven.step(position(0, { sogKnots: 0 }), position(second, { sogKnots: 0 }), position(second, { latitude: 16.6 }));
    expect(new Set(driven.conclusions.map(({ key }) => key)).size).toBe(3);
  });

  it('carry the name that the vessel told', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'TTH 96969 TS' }), position(second));
    expect(driven.conclusions[1]?.data).toMatchObject({ name: 'TTH 96969 TS' });
  });

  it('leave out what the vessel does not tell', () => {
    const driven = drive(stage);
    const { sogKnots, cogDegrees, navigationStatus, ...bare } = position(0);
    driven.step(bare);
    expect(driven.conclusions[0]?.data).toMatchObject({ units: {} });
    expect(driven.conclusions[0]?.data).not.toHaveProperty('speedOverGround');
  });
});

describe('particulars of a vessel', () => {
  it('are the union of the parts it told', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'TTH 96969 TS' }));
    driven.step(described(second, { callSign: 'XVAB1', shipType: 30, toBowMetres: 12, toStarboardMetres: 3 }));
    expect(driven.conclusions).toHaveLength(2);
    expect(driven.conclusions[1]?.data).toMatchObject({
      name: 'TTH 96969 TS',
      callSign: 'XVAB1',
      vesselSubType: 30,
      toBow: 12,
      toStardboard: 3,
      units: { toBow: 'm', toStardboard: 'm' },
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

  it('that arrive in two parts at one moment have two ids', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'A' }), described(0, { callSign: 'B' }));
    expect(new Set(driven.conclusions.map(({ key }) => key)).size).toBe(2);
  });

  it('are known after a restart, so that nothing is told again', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'TTH 96969 TS', shipType: 30 }));
    driven.restart();
    driven.step(described(minute, { name: 'TTH 96969 TS', shipType: 30 }), position(minute));
    expect(driven.conclusions).toHaveLength(2);
    expect(driven.conclusions[1]?.data).toMatchObject({ type: 'Vessel', name: 'TTH 96969 TS' });
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
    driven.step(position(0, { timeFrom: 'device' }));
    driven.shift({ from: start - minute, to: start + second, by: -30 * minute });
    driven.step(position(10 * second, { timeFrom: 'device' }), position(30 * second, { timeFrom: 'device' }));
    expect(times(driven)).toEqual([0, 30 * second]);
  });
});

it('forgets the vessels that were quiet longest when there are more than it can know', () => {
  const running = stage.bind({}, exampleSite).start(new Map());
  const batch = Array.from({ length: 100_001 }, (_, index) => described(index, { mmsi: 200_000_000 + index }));
  const { save } = running.step(batch);
  expect(save?.get('vessel/200000000')).toBeUndefined();
  expect(save?.has('vessel/200000000')).toBe(true);
  expect(save?.get('vessel/200000001')).toBeDefined();
});
