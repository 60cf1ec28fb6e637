import { describe, expect, it } from 'vitest';
import type { EventStatus, TimeQuality } from '../../../core/sealed.ts';
import { hours } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { type MaintenanceOrder, maintenanceUntil, openMaintenance } from '../../../gateway/downlink/maintenance.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const start = Date.UTC(2026, 10, 25);

interface Options {
  readonly now?: number;
  readonly steady?: number;
  readonly timeQuality?: TimeQuality;
  readonly site?: typeof exampleSite;
}

/** Maintenance over a real outbox in `folder`, at clocks that the test moves. */
const open = async (folder: string, options: Options = {}) => {
  let { now = start, steady = 0 } = options;
  const { site = exampleSite, timeQuality = 'ntp' } = options;
  const { outbox, ...opened } = await openTestOutbox(folder);
  const statuses = new Map<string, EventStatus>();
  const told: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] = [];
  const maintenance = await openMaintenance({
    site,
    outbox: {
      restore: outbox.restore,
      append: async acceptance => {
        await outbox.append(acceptance);
        for (const { body } of acceptance.events ?? []) told.push(JSON.parse(body));
      },
    },
    sealer: createSealer(site),
    clock: { now: () => now, steady: () => steady },
    timeQuality: () => timeQuality,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    statuses,
    onChange: () => {},
  });
  return {
    maintenance,
    statuses,
    /** `started cam-3`, `ended cam-3 (stopped)` */
    story: () =>
      told.map(({ type, data }) => {
        const devices = Array.isArray(data['devices']) ? data['devices'].join(' ') : '';
        return type.includes('started') ? `started ${devices}` : `ended ${devices} (${data['cause']})`;
      }),
    move: (clocks: { readonly now?: number; readonly steady?: number }) => {
      now += clocks.now ?? 0;
      steady += clocks.steady ?? 0;
    },
    [Symbol.asyncDispose]: async () => {
      maintenance[Symbol.dispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
};

const order = (devices: readonly string[], more: Partial<MaintenanceOrder> = {}): MaintenanceOrder => ({
  correlation: `command/ioc/${devices.join('-')}`,
  devices,
  reason: 'Cleaning the lens',
  until: start + hours(1),
  key: 'ioc',
  sender: 'ioc',
  ...more,
});

describe('maintenance', () => {
  it('marks its devices until it is stopped for them, one by one', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    await test.maintenance.start(order(['cam-3', 'ais-1']));
    expect([...test.statuses]).toEqual([
      ['cam-3', 'test'],
      ['ais-1', 'test'],
    ]);
    expect(await test.maintenance.stop(['cam-3', 'aq-kimlong'])).toEqual(['cam-3']);
    expect([...test.statuses.keys()]).toEqual(['ais-1']);
    expect(test.maintenance.of('ais-1')).toMatchObject({ devices: ['ais-1'], reason: 'Cleaning the lens' });
    await test.maintenance.stop(['ais-1']);
    expect(test.maintenance.open()).toEqual([]);
    expect(test.story()).toEqual(['started cam-3 ais-1', 'ended cam-3 (stopped)', 'ended ais-1 (stopped)']);
  });

  it('that begins anew for a device takes it over from the one before', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    await test.maintenance.start(order(['cam-3', 'ais-1']));
    await test.maintenance.start(order(['cam-3'], { reason: 'New lens' }));
    expect(test.maintenance.of('cam-3')?.reason).toBe('New lens');
    expect(test.statuses.get('cam-3')).toBe('test');
    expect(test.story()).toEqual(['started cam-3 ais-1', 'ended cam-3 (superseded)', 'started cam-3']);
  });

  it('ends by itself at its hour', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    await test.maintenance.start(order(['cam-3']));
    test.move({ now: hours(1), steady: hours(1) });
    await until('it ends', () => test.statuses.size === 0);
    expect(test.story()).toEqual(['started cam-3', 'ended cam-3 (expired)']);
  });

  it('is not prolonged by a clock that is set back', async () => {
    await using folder = await temporaryFolder();
    await using test = await open(folder.path);
    await test.maintenance.start(order(['cam-3']));
    test.move({ now: -hours(1000), steady: hours(1) });
    await until('it ends', () => test.statuses.size === 0);
    expect(test.story()).toEqual(['started cam-3', 'ended cam-3 (expired)']);
  });

  it('outlives the gateway', async () => {
    await using folder = await temporaryFolder();
    {
      await using test = await open(folder.path);
      await test.maintenance.start(order(['cam-3', 'ais-1']));
      await test.maintenance.stop(['ais-1']);
    }
    await using test = await open(folder.path);
    expect([...test.statuses]).toEqual([['cam-3', 'test']]);
    expect(test.maintenance.of('cam-3')).toMatchObject({ reason: 'Cleaning the lens', since: start });
    expect(test.story()).toEqual([]);
  });

  it('that would have ended while the gateway was away ends when it is back', async () => {
    await using folder = await temporaryFolder();
    {
      await using test = await open(folder.path);
      await test.maintenance.start(order(['cam-3']));
    }
    await using test = await open(folder.path, { now: start + hours(2) });
    await until('it ends', () => test.statuses.size === 0);
    expect(test.story()).toEqual(['ended cam-3 (expired)']);
  });

  it('of a device that is configured no more ends with it', async () => {
    await using folder = await temporaryFolder();
    {
      await using test = await open(folder.path);
      await test.maintenance.start(order(['cam-3']));
    }
    await using test = await open(folder.path, { site: { ...exampleSite, devices: new Map() } });
    expect(test.story()).toEqual(['ended cam-3 (config-removed)']);
    expect(test.maintenance.open()).toEqual([]);
  });
});

it('is for at most 24 hours from now', () => {
  expect(maintenanceUntil('2026-11-25T00:00:01Z', start)).toBe(start + 1000);
  expect(maintenanceUntil('2026-11-26T00:00:00Z', start)).toBe(start + hours(24));
  expect(maintenanceUntil('2026-11-26T00:00:01Z', start)).toBeUndefined();
  expect(maintenanceUntil('2026-11-25T00:00:00Z', start)).toBeUndefined();
});
