import { describe, expect, it } from 'vitest';
import type { VesselIdentity, VesselUpdate, ZoneHere } from '../../../core/vessel.ts';
import { stage } from '../../../pipelines/fleet/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { type DrivenStage, drive } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 0, 0, 0);
const minute = 60_000;
const hour = 60 * minute;

const shelter: ZoneHere = { id: 'thuan-an-shelter', name: 'Khu neo đậu Thuận An', kind: 'shelter' };
const port: ZoneHere = { id: 'thuan-an', name: 'Cảng Thuận An', kind: 'port' };
const storm: ZoneHere = { id: 'storm-12', name: 'Vùng nguy hiểm bão số 12', kind: 'danger' };

const fisher = (number: number, crew?: number): VesselIdentity => {
  const mark = `TTH-${90_000 + number}-TS`;
  return {
    key: `vnfish/${mark}`,
    registry: { mark, status: 'active', provider: 'vnpt', ...(crew !== undefined && { crew }) },
  };
};
const ship = (mmsi: number, shipType: number): VesselIdentity => ({
  key: `mmsi/${mmsi}`,
  mmsi,
  mmsiKind: 'ship',
  shipType,
});

const update = (vessel: VesselIdentity, at: number, changes: Partial<VesselUpdate> = {}): VesselUpdate => ({
  kind: 'vessel-update',
  cause: 'position',
  device: 'ais-1',
  time: start + at,
  timeFrom: 'device',
  vessel,
  fix: { source: vessel.mmsi === undefined ? 'vms' : 'ais', time: start + at, longitude: 107.8, latitude: 16.8 },
  receivers: ['ais-1'],
  firstSeen: start,
  lastSeen: start + at,
  zones: [],
  ...changes,
});

const newest = ({ conclusions }: DrivenStage): Readonly<Record<string, unknown>> => conclusions.at(-1)?.data ?? {};

describe('the summary of the fleet', () => {
  it('counts a vessel once that is known under another name now, and forgets the former one in the store', () => {
    const driven = drive(stage);
    driven.step(update(ship(574000001, 70), 0), update(fisher(1, 8), hour));
    driven.checkpoint();
    driven.step(
      update(fisher(2, 6), 2 * hour, { formerKeys: ['mmsi/574000001'] }),
      update(fisher(3, 5), 2 * hour, { formerKeys: ['vnfish/TTH-90001-TS', 'vnfish/TTH-90003-TS'] }),
    );
    driven.restart();
    driven.tick(start + 2 * hour);
    expect(newest(driven)).toMatchObject({ atSea: { vessels: 2, crew: 11 } });
    expect([...driven.saved.keys()].toSorted()).toEqual(['vnfish/TTH-90002-TS', 'vnfish/TTH-90003-TS']);
  });

  it('counts vessels and people at sea, in shelter, in port and in danger, with the age of the knowledge', () => {
    const driven = drive(stage);
    driven.step(
      update(fisher(1, 8), 0, { zones: [storm] }),
      update(fisher(2, 6), 90 * minute, { zones: [storm] }),
      update(fisher(3), 2 * hour),
      update(fisher(4, 7), 2 * hour, { zones: [shelter] }),
      update(fisher(5, 9), 2 * hour, { zones: [port] }),
      update(ship(574000001, 70), 2 * hour),
    );
    driven.tick(start + 2 * hour);
    expect(newest(driven)).toMatchObject({
      asOf: '2026-11-23T02:00:00.000Z',
      newestReportAt: '2026-11-23T02:00:00.000Z',
      atSea: { vessels: 4, crew: 14, crewUnknown: 2, oldestReportAt: '2026-11-23T00:00:00.000Z' },
      inShelter: { vessels: 1, crew: 7, crewUnknown: 0 },
      inPort: { vessels: 1, crew: 9, crewUnknown: 0 },
      dangerAreas: [
        {
          zone: { id: 'storm-12', name: 'Vùng nguy hiểm bão số 12' },
          vessels: 2,
          crew: 14,
          named: [{ mark: 'TTH-90001-TS' }, { mark: 'TTH-90002-TS' }],
        },
      ],
      byKind: [
        { kind: 'cargo', atSea: 1, inHarbor: 0 },
        { kind: 'fishing', atSea: 3, inHarbor: 2 },
      ],
      byStatus: [{ status: 'active', vessels: 5 }],
      agesAtSea: [
        { upToHours: 1, vessels: 3 },
        { upToHours: 3, vessels: 1 },
        { upToHours: 6, vessels: 0 },
        { upToHours: 12, vessels: 0 },
        { upToHours: 24, vessels: 0 },
        { vessels: 0 },
      ],
    });
  });

  it('is told every ten minutes, and at once after a start', () => {
    const driven = drive(stage);
    for (let at = 3 * minute; at <= 31 * minute; at += minute) driven.tick(start + at);
    expect(driven.conclusions.map(({ time }) => (time - start) / minute)).toEqual([3, 10, 20, 30]);
    driven.restart();
    driven.tick(start + 32 * minute);
    expect(driven.conclusions.at(-1)?.time).toBe(start + 32 * minute);
  });

  it('lists registered vessels that are silent at sea, those not heard longest first', () => {
    const driven = drive(stage, { listed: 2 });
    driven.step(update(fisher(1), 3 * hour), update(fisher(2), hour), update(fisher(3), 0, { zones: [port] }));
    driven.step(update(fisher(4), 2 * hour), update(fisher(5), 9 * hour), update(ship(574000001, 30), 0));
    driven.tick(start + 10 * hour);
    expect(newest(driven)['silent']).toMatchObject({
      vessels: 3,
      longerThanSeconds: 21_600,
      named: [{ mark: 'TTH-90002-TS', lastReportAt: '2026-11-23T01:00:00.000Z' }, { mark: 'TTH-90004-TS' }],
    });
  });

  it('believes the duty officer: who is ashore is not at sea, who is reported lost still is', () => {
    const driven = drive(stage);
    driven.step(update(fisher(1, 8), 0), update(fisher(2, 6), 0));
    for (const [number, status] of [
      [1, 'ashore'],
      [2, 'reported-lost'],
    ] as const)
      driven.step(update(fisher(number), hour, { cause: 'status', order: { status, by: 'trực ban', reason: 'gọi' } }));
    driven.restart();
    driven.tick(start + hour);
    expect(newest(driven)).toMatchObject({
      atSea: { vessels: 1 },
      byStatus: [
        { status: 'ashore', vessels: 1 },
        { status: 'reported-lost', vessels: 1 },
      ],
    });
  });

  it.each(['gear', 'navigation-aid', 'sart', 'sar-aircraft', 'coast-station'] as const)('counts no %s', mmsiKind => {
    const driven = drive(stage);
    driven.step(update({ key: 'mmsi/574900001', mmsi: 574900001, mmsiKind }, 0));
    driven.tick(start + minute);
    expect(newest(driven)).toMatchObject({ atSea: { vessels: 0 }, byKind: [] });
  });

  it('counts a buoy no more once it says what it is', () => {
    const driven = drive(stage);
    driven.step(update(ship(574900001, 30), 0));
    driven.step(update({ ...ship(574900001, 30), mmsiKind: 'gear' }, minute));
    driven.tick(start + minute);
    expect(newest(driven)).toMatchObject({ atSea: { vessels: 0 } });
  });

  it('forgets who only passed by, and keeps who is registered', () => {
    const driven = drive(stage);
    driven.step(update(fisher(1), 0), update(ship(574000001, 70), 0));
    driven.checkpoint();
    driven.tick(start + 3 * hour);
    expect(newest(driven)).toMatchObject({ atSea: { vessels: 1 } });
    expect([...driven.saved.keys()]).toEqual(['vnfish/TTH-90001-TS']);
  });

  it('saves what came by satellite with its batch, and passes every update on', () => {
    const driven = drive(stage);
    const report = update(fisher(1), 0);
    driven.step(report);
    expect([...driven.saved.keys()]).toEqual(['vnfish/TTH-90001-TS']);
    expect(driven.items).toEqual([report]);
  });

  it('saves many changes in several checkpoints', () => {
    const driven = drive(stage);
    for (let number = 0; number < 1200; number++) driven.step(update(ship(574_000_000 + number, 70), 0));
    driven.checkpoint();
    expect(driven.saved.size).toBe(1000);
    driven.checkpoint();
    expect(driven.saved.size).toBe(1200);
  });

  it('fits into one event however large the fleet is', () => {
    const driven = drive(stage, { listed: 80 });
    const areas = Array.from(
      { length: 40 },
      (_, id): ZoneHere => ({ ...storm, id: `storm-${id}`, name: 'Vùng '.repeat(30) }),
    );
    for (let number = 0; number < 3000; number++)
      driven.step(update(fisher(number, 8), number, { zones: areas.filter((_, at) => number % (at + 1) === 0) }));
    driven.tick(start + 12 * hour);
    expect(newest(driven)).toMatchObject({ atSea: { vessels: 3000, crew: 24_000 } });
  });

  it('is the same in whatever batches the updates come, and over restarts', () => {
    const random = createRandom(20_261_126, 'fleet');
    const updates = Array.from({ length: 600 }, (_, index) =>
      update(
        random() < 0.5 ? fisher(Math.floor(random() * 30), 8) : ship(574_000_000 + Math.floor(random() * 30), 70),
        index * minute,
        { zones: [[], [port], [shelter], [storm]][Math.floor(random() * 4)] ?? [] },
      ),
    );
    const run = (name: string): readonly unknown[] => {
      const cut = createRandom(20_261_126, 'fleet', name);
      const driven = drive(stage, { every: '30m' });
      let batch: VesselUpdate[] = [];
      const flush = (): void => {
        if (batch.length > 0) driven.step(...batch);
        batch = [];
      };
      for (const [index, item] of updates.entries()) {
        batch.push(item);
        if (cut() < 0.3 || index % 30 === 29) flush();
        if (index % 30 === 29) driven.tick(start + (index + 1) * minute);
        if (name !== 'whole' && index % 30 === 10 && cut() < 0.5) {
          flush();
          driven.checkpoint();
          driven.restart();
        }
      }
      return driven.conclusions;
    };
    const whole = run('whole');
    expect(whole).toHaveLength(20);
    // A restart tells the newest summary once more.
    for (let round = 0; round < 5; round++)
      expect(new Map(run(String(round)).map(told => [JSON.stringify(told), told])).size).toBe(20);
    expect(run('1').at(-1)).toEqual(whole.at(-1));
  });
});
