import { describe, expect, it } from 'vitest';
import type { Item } from '../../../core/conclusion.ts';
import type {
  Observation,
  VesselPosition,
  VesselStatic,
  VesselStatusOrder,
  VmsPosition,
} from '../../../core/observation.ts';
import type { VesselUpdate } from '../../../core/vessel.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage } from '../../../pipelines/track/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const mmsi = 574123456;

const position = (at: number, changes: Partial<VesselPosition> = {}): VesselPosition => ({
  kind: 'vessel-position',
  device: 'ais-1',
  timeFrom: 'gateway',
  mmsi,
  time: start + at,
  stationClass: 'A',
  messageType: 1,
  // 10 kn to the east: 5.14 m/s.
  longitude: Number((107.63 + (at / 1000) * 4.8e-5).toFixed(6)),
  latitude: 16.57,
  accurate: true,
  sogKnots: 10,
  cogDegrees: 90,
  ...changes,
});

const described = (at: number, changes: Partial<VesselStatic> = {}): VesselStatic => ({
  kind: 'vessel-static',
  device: 'ais-1',
  timeFrom: 'gateway',
  mmsi,
  time: start + at,
  ...changes,
});

const byVms = (at: number, changes: Partial<VmsPosition> = {}): VmsPosition => ({
  kind: 'vms-position',
  device: 'vms-1',
  timeFrom: 'device',
  time: start + at,
  provider: 'VNPT',
  vmsId: 'A-17',
  longitude: 107.7,
  latitude: 16.6,
  sogKnots: 4,
  cogDegrees: 30,
  report: 'position',
  ...changes,
});

const order = (at: number, changes: Partial<VesselStatusOrder> = {}): VesselStatusOrder => ({
  kind: 'vessel-status',
  device: 'duty-1',
  timeFrom: 'gateway',
  time: start + at,
  status: 'ashore',
  by: 'officer-3',
  reason: 'pulled up for the storm',
  ...changes,
});

const registryOf = (version: string, ...lines: readonly string[]) => ({
  name: 'registry',
  version,
  time: start,
  text: ['mark,name,mmsi,callSign,lengthMaxMetres,crew,provider,vmsId', ...lines].join('\n'),
});
const line = 'TTH-96969-TS,Thuận An 5,574123456,XVAB1,17.2,8,VNPT,A-17';
const withRegistry = { registry: 'vessels.csv' };

const updatesOf = (items: readonly Item[]): readonly VesselUpdate[] =>
  items.filter(item => item.kind === 'vessel-update');
/** A slot is of one run only. */
const withoutSlot = (item: Item): Item => (item.kind === 'vessel-update' ? { ...item, slot: 0 } : item);
const last = ({ items }: { readonly items: readonly Item[] }): VesselUpdate => {
  const update = updatesOf(items).at(-1);
  if (update === undefined) throw new Error('no update');
  return update;
};

describe('a report', () => {
  it('becomes one piece of news with the report before it and the motion', () => {
    const driven = drive(stage);
    driven.step(position(0, { navigationStatus: 7 }), position(10 * second, { navigationStatus: 7 }));
    expect(last(driven)).toMatchObject({
      cause: 'position',
      device: 'ais-1',
      vessel: { key: 'mmsi/574123456', mmsi, mmsiKind: 'ship' },
      fix: { source: 'ais', time: start + 10_000, sogKnots: 10, navigationStatus: 7, messageType: 1 },
      previous: { source: 'ais', time: start, longitude: 107.63 },
      receivers: ['ais-1'],
      firstSeen: start,
      lastSeen: start + 10_000,
    });
    expect(last(driven).motion?.sogKnots).toBeCloseTo(10, 0);
    expect(last(driven)).not.toHaveProperty('late');
    expect(last(driven)).not.toHaveProperty('implausible');
  });

  it('that another receiver or a repeater brings again is told once, with all that heard it', () => {
    const driven = drive(stage);
    driven.step(position(0), position(300, { device: 'ais-2', longitude: 107.63 }));
    driven.step(position(10 * second), position(10_900, { device: 'ais-2', longitude: 107.63048 }));
    expect(updatesOf(driven.items).map(({ receivers }) => receivers)).toEqual([['ais-1'], ['ais-1', 'ais-2']]);
    expect(driven.dropped).toEqual({ repeated: 2 });
  });

  it('that a slow link brings after a newer one is a repetition too', () => {
    const driven = drive(stage);
    driven.step(position(0), position(10 * second), position(20 * second));
    driven.step(position(25 * second, { device: 'ais-2', longitude: 107.63048 }));
    expect(updatesOf(driven.items)).toHaveLength(3);
  });

  it('of a vessel that lies is told each time, though it says the same', () => {
    const driven = drive(stage);
    for (let at = 0; at <= 60; at += 10) driven.step(position(at * second, { sogKnots: 0, longitude: 107.63 }));
    expect(updatesOf(driven.items)).toHaveLength(7);
  });

  it('of a provider that is read again is told once, however late', () => {
    const driven = drive(stage);
    const day = Array.from({ length: 12 }, (_, index) => byVms(index * hour, { longitude: 107.7 + index / 100 }));
    driven.step(...day);
    driven.step(...day);
    expect(updatesOf(driven.items)).toHaveLength(12);
    expect(driven.dropped).toEqual({ repeated: 12 });
  });

  it('that is older than the last one is told as late, and moves nothing', () => {
    const driven = drive(stage);
    driven.step(byVms(hour), byVms(0, { longitude: 107.65 }), byVms(2 * hour, { longitude: 107.75 }));
    const [, late, next] = updatesOf(driven.items);
    expect(late).toMatchObject({ late: true, time: start, fix: { longitude: 107.65 }, lastSeen: start + hour });
    expect(late).not.toHaveProperty('previous');
    expect(next).toMatchObject({ previous: { longitude: 107.7 } });
  });

  it('that implies a speed no vessel has is told as implausible', () => {
    const driven = drive(stage);
    driven.step(position(0), position(10 * second, { longitude: 108.63 }), position(20 * second));
    expect(updatesOf(driven.items).map(({ implausible }) => implausible)).toEqual([undefined, true, undefined]);
    expect(last(driven).previous?.longitude).toBe(107.63);
  });

  it('dated far ahead of our clock is implausible, and makes none that follows late', () => {
    const driven = drive(stage, { ahead: '10m' });
    driven.tick(start);
    driven.step(byVms(5 * hour), byVms(minute, { longitude: 107.71 }));
    const [ahead, next] = updatesOf(driven.items);
    expect(ahead).toMatchObject({ implausible: true });
    expect(next).not.toHaveProperty('late');
    expect([ahead?.firstSeen, next?.lastSeen]).toEqual([start, start + minute]);
  });

  it('without any name is counted', () => {
    const driven = drive(stage);
    const { vmsId, ...nameless } = byVms(0);
    driven.step(nameless);
    expect(driven.items).toEqual([]);
    expect(driven.dropped).toEqual({ unidentified: 1 });
  });

  it('passes by when it is of another kind', () => {
    const driven = drive(stage);
    const station = { kind: 'base-station', device: 'ais-1', time: start, timeFrom: 'gateway' } as const;
    driven.step(position(0), { ...station, mmsi: 5740001, longitude: 107, latitude: 16 }, position(10 * second));
    expect(driven.items.map(({ kind }) => kind)).toEqual(['vessel-update', 'base-station', 'vessel-update']);
  });

  it('lets receivers go that did not hear the vessel lately', () => {
    const driven = drive(stage, { heard: '10m' });
    driven.step(position(0, { device: 'ais-2' }), position(minute), position(12 * minute));
    expect(last(driven).receivers).toEqual(['ais-1']);
  });

  it('remembers eight receivers at most', () => {
    const driven = drive(stage);
    for (let index = 0; index < 20; index++)
      driven.step(position(index * 20 * second, { device: `ais-${String(index).padStart(2, '0')}` }));
    expect(last(driven).receivers).toEqual(Array.from({ length: 8 }, (_, index) => `ais-${index + 12}`));
  });
});

describe('what a vessel says of itself', () => {
  it('is the union of its parts, told when it changed', () => {
    const driven = drive(stage);
    driven.step(position(0), described(second, { name: 'TTH 96969 TS' }));
    driven.step(described(2 * second, { callSign: 'XVAB1', shipType: 30 }));
    driven.step(described(3 * second, { device: 'ais-2', name: 'TTH 96969 TS' }));
    const identities = updatesOf(driven.items).filter(({ cause }) => cause === 'identity');
    expect(identities).toHaveLength(2);
    expect(identities[1]).toMatchObject({
      vessel: { name: 'TTH 96969 TS', callSign: 'XVAB1', shipType: 30 },
      fix: { longitude: 107.63 },
      receivers: ['ais-1'],
    });
  });

  it('keeps the same object as long as it says the same', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'A' }), position(second), described(2 * second, { name: 'A' }), position(minute));
    const [first, ...others] = updatesOf(driven.items).map(({ vessel }) => vessel);
    expect(others.every(vessel => vessel === first)).toBe(true);
  });

  it('shows a buoy that keeps a net', () => {
    const driven = drive(stage);
    driven.step(described(0, { name: 'FISHNET-83%' }));
    expect(last(driven).vessel.mmsiKind).toBe('gear');
  });

  it('stands above what a provider says of the same vessel, so that the two do not change it in turn', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(described(0, { name: 'THUAN AN 5' }), byVms(0, { name: 'Tàu 96969' }));
    driven.step(described(minute, { name: 'THUAN AN 5' }), byVms(hour, { name: 'Tàu 96969' }));
    expect(last(driven).vessel.name).toBe('THUAN AN 5');
    expect(updatesOf(driven.items).filter(({ cause }) => cause === 'identity').length).toBeLessThanOrEqual(2);
  });
});

describe('the registry', () => {
  it('joins AIS, VMS and radio to one vessel, and links their names once', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(
      position(0),
      byVms(0),
      byVms(minute, { provider: 'duty-officer', mark: 'TTH-96969-TS', vmsId: undefined as never }),
    );
    driven.step(position(2 * minute), byVms(hour, { longitude: 107.75 }));
    const updates = updatesOf(driven.items);
    expect(new Set(updates.map(({ vessel }) => vessel.key))).toEqual(new Set(['vnfish/TTH-96969-TS']));
    expect(updates.at(-1)?.vessel).toMatchObject({
      mmsi,
      provider: 'VNPT',
      vmsId: 'A-17',
      matchedBy: 'mmsi',
      registryVersion: 'v1',
      registry: { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2, crew: 8 },
    });
    expect(driven.conclusions.map(({ subject, data }) => [data['formerSubject'], subject])).toEqual([
      ['vessel/mmsi/574123456', 'vessel/vnfish/TTH-96969-TS'],
      ['vessel/vms/VNPT/A-17', 'vessel/vnfish/TTH-96969-TS'],
    ]);
    expect(updates.filter(({ fix }) => fix?.source === 'duty-officer')).toHaveLength(1);
  });

  it('keeps the reports of each source apart', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    // The satellite says where it was two hours before.
    driven.step(position(2 * hour), byVms(0));
    expect(last(driven)).not.toHaveProperty('late');
    expect(last(driven)).not.toHaveProperty('previous');
    driven.step(position(2 * hour + 10 * second));
    expect(last(driven).previous?.source).toBe('ais');
  });

  it('that comes while vessels are known makes two tracks one, under the new name', () => {
    const driven = drive(stage, withRegistry);
    driven.step(position(0), byVms(minute), described(2 * minute, { callSign: 'XVAB1' }));
    driven.load(registryOf('v1', line));
    const update = last(driven);
    expect(update).toMatchObject({ cause: 'identity', vessel: { key: 'vnfish/TTH-96969-TS', mmsi, vmsId: 'A-17' } });
    const former = updatesOf(driven.items).flatMap(({ formerKeys }) => formerKeys ?? []);
    expect(former.toSorted()).toEqual(['mmsi/574123456', 'vms/VNPT/A-17']);
    expect(driven.conclusions.map(({ data }) => data['formerSubject']).toSorted()).toEqual([
      'vessel/mmsi/574123456',
      'vessel/vms/VNPT/A-17',
    ]);
    driven.step(position(3 * minute), byVms(hour, { longitude: 107.75 }));
    expect(last(driven)).toMatchObject({ firstSeen: start, previous: { source: 'vms' } });
    driven.checkpoint();
    expect([...driven.saved.keys()]).toEqual(['track/vnfish/TTH-96969-TS']);
  });

  it('that says the same again tells nothing', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    const before = driven.items.length;
    driven.load(registryOf('v2', line, 'TTH-1234-TS,,,,,,,'));
    expect(driven.items).toHaveLength(before);
    driven.step(position(minute));
    expect(last(driven).vessel.registryVersion).toBe('v2');
  });

  it('that says something else of a vessel tells that, under the same name', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    driven.load(registryOf('v2', line.replace('17.2', '15.1')));
    expect(last(driven)).toMatchObject({ cause: 'identity', vessel: { registry: { lengthMaxMetres: 15.1 } } });
    expect(last(driven)).not.toHaveProperty('formerKeys');
    expect(driven.conclusions).toHaveLength(1);
  });

  it('that does not name a vessel any more gives it its own name back', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    driven.load(registryOf('v2', 'TTH-1234-TS,,,,,,,'));
    expect(last(driven)).toMatchObject({ vessel: { key: 'mmsi/574123456' }, formerKeys: ['vnfish/TTH-96969-TS'] });
    expect(last(driven).vessel).not.toHaveProperty('registry');
    expect(driven.conclusions.at(-1)).toMatchObject({
      subject: 'vessel/mmsi/574123456',
      data: { formerSubject: 'vessel/vnfish/TTH-96969-TS' },
    });
  });

  it('that exchanges the MMSIs of two vessels exchanges their names', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', 'TTH-1001-TS,,574000001,,,,,', 'TTH-1002-TS,,574000002,,,,,'));
    driven.step(position(0, { mmsi: 574000001 }), position(0, { mmsi: 574000002 }));
    driven.load(registryOf('v2', 'TTH-1001-TS,,574000002,,,,,', 'TTH-1002-TS,,574000001,,,,,'));
    driven.step(position(minute, { mmsi: 574000001 }), position(minute, { mmsi: 574000002 }));
    expect(
      updatesOf(driven.items)
        .slice(-2)
        .map(({ vessel }) => [vessel.mmsi, vessel.key]),
    ).toEqual([
      [574000001, 'vnfish/TTH-1002-TS'],
      [574000002, 'vnfish/TTH-1001-TS'],
    ]);
  });

  it('that cannot be used leaves the one before in force', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    expect(() => driven.load(registryOf('v2', line, line))).toThrow(/line 3: the registration mark/);
    driven.step(position(minute));
    expect(last(driven).vessel).toMatchObject({ key: 'vnfish/TTH-96969-TS', registryVersion: 'v1' });
  });

  it('that the configuration names no more is forgotten', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    const running = stage.bind({}, exampleSite).start(new Map(driven.saved));
    const { output } = running.tick(start + minute);
    expect(output.at(-1)).toMatchObject({ cause: 'identity', vessel: { key: 'mmsi/574123456' } });
    expect(running.tick(start + 2 * minute).output).toEqual([]);
  });

  it('lets no second vessel take a name that is in use: the first one keeps it', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', 'TTH-1001-TS,,,XV1,,,,'));
    driven.step(described(0, { callSign: 'XV1' }), described(second, { mmsi: 574000009, callSign: 'XV1' }));
    driven.step(position(minute), position(minute, { mmsi: 574000009 }));
    expect(
      updatesOf(driven.items)
        .slice(-2)
        .map(({ vessel }) => vessel.key),
    ).toEqual(['vnfish/TTH-1001-TS', 'mmsi/574000009']);
  });

  it('knows a vessel with two devices as one', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(
      byVms(0),
      byVms(hour, { vmsId: 'B-9', mark: 'TTH-96969-TS' }),
      byVms(2 * hour),
      byVms(3 * hour, { vmsId: 'B-9' }),
    );
    expect(new Set(updatesOf(driven.items).map(({ vessel }) => vessel.key))).toEqual(new Set(['vnfish/TTH-96969-TS']));
  });
});

describe('an order of the duty officer', () => {
  it('is told with what is known of the vessel', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(byVms(0), order(minute, { mark: 'TTH-96969-TS' }));
    expect(last(driven)).toMatchObject({
      cause: 'status',
      device: 'duty-1',
      order: { status: 'ashore', by: 'officer-3', reason: 'pulled up for the storm' },
      fix: { source: 'vms', time: start },
      vessel: { registry: { crew: 8 } },
    });
  });

  it('is told of a vessel that nobody heard of yet', () => {
    const driven = drive(stage);
    driven.step(order(0, { mark: 'TTH-96969-TS' }), order(minute, { mmsi }));
    expect(updatesOf(driven.items).map(({ vessel }) => vessel.key)).toEqual(['vnfish/TTH-96969-TS', 'mmsi/574123456']);
    expect(last(driven)).not.toHaveProperty('fix');
  });
});

describe('a call for help without a position', () => {
  const call: Observation = {
    kind: 'vms-call',
    device: 'vms-1',
    timeFrom: 'device',
    time: start + 60 * second,
    provider: 'VNPT',
    vmsId: 'A-17',
  };

  it('is told with the newest position of any source, under the name of its vessel', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('1', line));
    driven.step(byVms(0), position(30 * second), call);
    expect(last(driven)).toMatchObject({
      cause: 'call',
      device: 'vms-1',
      time: start + 60_000,
      vessel: { key: 'vnfish/TTH-96969-TS', registry: { crew: 8 } },
      fix: { source: 'ais', time: start + 30_000 },
    });
  });

  it('of a vessel that nobody heard of is told too, and who it is outlives a crash', () => {
    const driven = drive(stage);
    driven.step(call);
    expect(last(driven)).toMatchObject({ cause: 'call', vessel: { key: 'vms/VNPT/A-17' } });
    expect(last(driven)).not.toHaveProperty('fix');
    driven.restart();
    driven.step(byVms(0));
    expect(last(driven).firstSeen).toBe(start);
  });
});

describe('a restart', () => {
  it('goes on exactly where the checkpoint was', () => {
    const random = createRandom('restart');
    const items = Array.from({ length: 400 }, (_, index) => {
      const at = Math.floor(index / 4) * 10 * second;
      const vessel = index % 4;
      if (vessel === 3) return byVms(at, { longitude: 107.7 + random() / 1000, vmsId: `B-${index % 8}` });
      return position(at, { mmsi: mmsi + vessel, longitude: 107.63 + at * 4.8e-8 + random() / 5000 });
    });
    const whole = drive(stage);
    const halves = drive(stage);
    whole.step(...items);
    halves.step(...items.slice(0, 200));
    halves.checkpoint();
    halves.restart();
    halves.step(...items.slice(200));
    expect(halves.items.map(withoutSlot)).toEqual(whole.items.map(withoutSlot));
  });

  it('makes no difference how items come in batches', () => {
    const items = Array.from({ length: 60 }, (_, index) => position(index * 3 * second, { mmsi: mmsi + (index % 3) }));
    const one = drive(stage);
    const many = drive(stage);
    one.step(...items);
    for (const item of items) many.step(item);
    expect(one.items).toEqual(many.items);
  });

  it('keeps what is not sent again without any checkpoint: VMS, orders and names', () => {
    const driven = drive(stage, withRegistry);
    driven.load(registryOf('v1', line));
    driven.step(position(0), byVms(0), order(minute, { mark: 'TTH-1234-TS' }));
    driven.restart();
    driven.step(byVms(0));
    expect(driven.dropped).toEqual({ repeated: 1 });
    driven.step(byVms(hour, { longitude: 107.75 }));
    expect(last(driven).previous?.time).toBe(start);
    expect(driven.conclusions).toHaveLength(2);
    expect([...driven.saved.keys()]).toEqual(['track/vnfish/TTH-96969-TS', 'track/vnfish/TTH-1234-TS']);
  });

  it('refuses what another version saved, rather than read it wrongly', () => {
    const driven = drive(stage);
    driven.step(byVms(0));
    const [[key, value] = ['', new Uint8Array()]] = driven.saved;
    const other = Buffer.from(Buffer.from(value).toString().replace('"version":1', '"version":2'));
    expect(() => stage.bind({}, exampleSite).start(new Map([[key, other]]))).toThrow();
  });
});

describe('checkpoints', () => {
  it('save a vessel under way no more often than once a minute', () => {
    const running = stage.bind({}, exampleSite).start(new Map());
    let saves = 0;
    for (let at = 0; at < 600; at += 10) {
      running.tick(start + at * second, at * second);
      running.step([position(at * second)]);
      saves += running.checkpoint().size;
    }
    expect(saves).toBe(10);
  });

  it('save 2000 vessels at a time, and all of them in turn', () => {
    const running = stage.bind({}, exampleSite).start(new Map());
    const saved = new Set<string>();
    for (let round = 0; round < 6; round++) {
      running.tick(start + round * 10 * second, round * 10 * second);
      running.step(
        Array.from({ length: 10_000 }, (_, index) => position(round * 10 * second, { mmsi: 574_000_000 + index })),
      );
      const keys = running.checkpoint();
      expect(keys.size).toBeLessThanOrEqual(2000);
      for (const key of keys.keys()) saved.add(key);
    }
    expect(saved.size).toBe(10_000);
  });
});

describe('forgetting', () => {
  it('begins with vessels that are not in the registry, the one silent longest first', () => {
    const driven = drive(stage, { ...withRegistry, vessels: 10 });
    driven.load(registryOf('v1', line));
    driven.step(position(0));
    for (let index = 0; index < 10; index++)
      driven.step(position(minute + index * second, { mmsi: 574_000_000 + index }));
    driven.checkpoint();
    expect(driven.saved.has('track/vnfish/TTH-96969-TS')).toBe(true);
    expect(driven.saved.has('track/mmsi/574000000')).toBe(false);
    expect(driven.saved.size).toBe(10);
  });

  it('comes with age, later for registered vessels', () => {
    const driven = drive(stage, { ...withRegistry, forget: '7d', forgetRegistered: '30d' });
    driven.load(registryOf('v1', line));
    driven.step(position(0), position(0, { mmsi: 574000001 }));
    driven.tick(start + 6 * day, 0);
    driven.checkpoint();
    expect(driven.saved.size).toBe(2);
    driven.tick(start + 8 * day, 2 * day);
    driven.checkpoint();
    expect([...driven.saved.keys()]).toEqual(['track/vnfish/TTH-96969-TS']);
    driven.tick(start + 31 * day, 25 * day);
    driven.checkpoint();
    expect(driven.saved.size).toBe(0);
    driven.step(position(31 * day));
    expect(last(driven)).not.toHaveProperty('previous');
  });
});

describe('a clock that is set', () => {
  it('moves what it dated, so that nothing is late or repeated for it', () => {
    const driven = drive(stage);
    driven.step(position(hour), position(hour + 10 * second));
    driven.shift({ from: start, to: start + 2 * hour, by: -hour });
    driven.step(position(20 * second, { longitude: position(hour + 20 * second).longitude }));
    expect(last(driven)).toMatchObject({ previous: { time: start + 10_000 }, firstSeen: start });
    expect(last(driven)).not.toHaveProperty('late');
  });

  it('does not move what the provider dated', () => {
    const driven = drive(stage);
    driven.step(byVms(hour));
    driven.shift({ from: start, to: start + 2 * hour, by: -hour });
    driven.step(byVms(hour));
    expect(driven.dropped).toEqual({ repeated: 1 });
  });
});
