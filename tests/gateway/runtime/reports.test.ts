import { tmpdir } from 'node:os';
import { beforeAll, expect, it } from 'vitest';
import type { DeviceProfile } from '../../../core/site.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import type { OpenCondition } from '../../../gateway/runtime/open-conditions.ts';
import { alertsOf, alertsState, healthState, inventoryStates, type Open } from '../../../gateway/runtime/reports.ts';
import type { RetainedState } from '../../../gateway/runtime/seal.ts';
import { loadSchemas } from '../../../simulators/ioc/schemas.ts';
import { projectFile } from '../../support/resources.ts';

const at = Date.UTC(2026, 10, 25);

/** As large as a configuration allows it to be. */
const profile = (index: number): DeviceProfile => ({
  id: `device-${index}`,
  driver: 'pms5003',
  service: 'environment',
  alsoServes: ['warning', 'press', 'infosec'],
  agencies: Array.from({ length: 32 }, (_, agency) => `agency-of-the-city-number-${agency}`),
  name: 'ậ'.repeat(200),
  location: [107.5508, 16.4637],
  siteId: 'pole-1',
  areaCode: '00000',
  status: 'test',
  tags: [],
  power: 'fuse-3',
});

const siteOf = (count: number) => ({
  ...exampleSite,
  devices: new Map(Array.from({ length: count }, (_, index) => [`device-${index}`, profile(index)])),
});

/** Of what is open, as it is retained. */
const stateOf = (open: Partial<Open>): RetainedState =>
  alertsState(
    createSealer(exampleSite),
    alertsOf(exampleSite, { conditions: [], maintenances: [], budgets: [], raised: [], beyond: 0, ...open }),
    at,
  );

let check: Awaited<ReturnType<typeof loadSchemas>>;
beforeAll(async () => {
  check = await loadSchemas(projectFile('events', 'schemas'));
});

const complaint = (name: string, { body }: RetainedState) => check(`gateway.${name}.reported`, JSON.parse(body));

it('tells of every device once, in as many pages as it takes', () => {
  const site = siteOf(250);
  const states = inventoryStates(createSealer(site), site, { version: '1.0.0', models: [], at });
  const pages = states.map(({ body }) => JSON.parse(body).data);
  expect(states.length).toBeGreaterThan(1);
  expect(pages.flatMap(({ devices }) => devices.map(({ id }: { id: string }) => id))).toEqual([...site.devices.keys()]);
  expect(pages.map(({ page, pages: of }) => `${page}/${of}`)).toEqual(
    states.map((_, index) => `${index + 1}/${states.length}`),
  );
  expect(new Set(states.map(({ topic }) => topic)).size).toBe(states.length);
  for (const state of states) expect(complaint('inventory', state)).toBeUndefined();
});

it('tells what each device shares with others', () => {
  const site = siteOf(1);
  const [page] = inventoryStates(createSealer(site), site, { version: '1.0.0', models: [], at });
  expect(JSON.parse(page?.body ?? '').data.devices).toMatchObject([{ id: 'device-0', power: 'fuse-3' }]);
});

it('tells of no device in one page', () => {
  const site = siteOf(0);
  expect(inventoryStates(createSealer(site), site, { version: '1.0.0', models: [], at })).toHaveLength(1);
});

it('lists devices that failed together by what they share', () => {
  const group = {
    kind: 'group' as const,
    supply: 'power' as const,
    group: 'fuse-3',
    devices: ['a', 'b'],
    id: 'a'.repeat(32),
    correlation: 'power/fuse-3/20261125T000000Z',
    since: at,
  };
  const state = stateOf({ conditions: [group] });
  expect(JSON.parse(state.body).data.open).toMatchObject([
    { type: 'vn.ioc.gateway.group.failed.v1', subject: 'power/fuse-3', severity: 'MEDIUM' },
  ]);
  expect(complaint('alerts', state)).toBeUndefined();
});

it('lists the devices that somebody works on, in their turn', () => {
  const work = {
    correlation: 'command/ioc/a-1',
    id: 'b'.repeat(32),
    devices: ['cam-3'],
    reason: 'Cleaning the lens',
    since: at,
    until: at + 3_600_000,
    key: 'ioc',
    sender: 'ioc',
  };
  const failed = {
    kind: 'device' as const,
    device: 'ais-1',
    driver: 'ais-receiver',
    id: 'a'.repeat(32),
    correlation: 'device/ais-1/20261125T000000Z',
    since: at + 1,
  };
  const state = stateOf({ conditions: [failed], maintenances: [work] });
  expect(complaint('alerts', state)).toBeUndefined();
  expect(JSON.parse(state.body).data).toMatchObject({
    total: 2,
    open: [
      { type: 'vn.ioc.gateway.maintenance.started.v1', subject: 'device/cam-3', severity: 'INFORMATIONAL' },
      { type: 'vn.ioc.gateway.device.failed.v1', subject: 'device/ais-1' },
    ],
  });
});

it('lists the newest conditions and counts all', () => {
  const open = Array.from({ length: 150 }, (_, index) => ({
    kind: 'device' as const,
    device: `device-${index}`,
    driver: 'pms5003',
    id: index.toString(16).padStart(32, '0'),
    correlation: `device/device-${index}/20261125T000000Z`,
    since: at + index,
  }));
  const state = stateOf({ conditions: open });
  const { data } = JSON.parse(state.body);
  expect(complaint('alerts', state)).toBeUndefined();
  expect(data.total).toBe(150);
  expect(data.open).toHaveLength(100);
  expect(data.open.at(-1).subject).toBe('device/device-149');
});

const raisedOf = (index: number, over: Partial<OpenCondition> = {}): OpenCondition => ({
  owner: 'sea/1-vessel-rules',
  id: index.toString(16).padStart(32, '0'),
  name: 'fishing-vessel.loitering',
  type: 'vn.ioc.fishing-vessel.loitering.raised.v1',
  source: 'vessel-rules',
  subject: `vessel/mmsi/${574_000_000 + index}`,
  correlation: `loitering/mmsi/${574_000_000 + index}/20261125T000000Z`,
  since: at + index,
  severity: 'LOW',
  ...over,
});

it('lists a call of distress that is older than a hundred lesser conditions', () => {
  const sart = { name: 'fishing-vessel.distress', type: 'vn.ioc.fishing-vessel.distress.raised.v1' };
  const distress = raisedOf(0, { ...sart, subject: 'vessel/mmsi/970123456', severity: 'CRITICAL' });
  const lesser = Array.from({ length: 300 }, (_, index) => raisedOf(index + 1));
  const state = stateOf({ raised: [distress, ...lesser], beyond: 7 });
  expect(complaint('alerts', state)).toBeUndefined();
  const { total, open } = JSON.parse(state.body).data;
  expect(total).toBe(308);
  expect(open).toHaveLength(100);
  expect(open[0]).toMatchObject({ subject: 'vessel/mmsi/970123456', severity: 'CRITICAL' });
  expect(open.at(-1).subject).toBe('vessel/mmsi/574000300');
});

it('lists fewer conditions where a hundred of them do not fit into one event', () => {
  const long = { subject: `zone/${'z'.repeat(240)}`, correlation: 'c'.repeat(256) };
  const raised = Array.from({ length: 150 }, (_, index) => raisedOf(index, long));
  const state = stateOf({ raised });
  expect(complaint('alerts', state)).toBeUndefined();
  expect(Buffer.byteLength(state.body)).toBeLessThan(65_536);
  const { total, open } = JSON.parse(state.body).data;
  expect(total).toBe(150);
  expect(open.length).toBeGreaterThan(50);
  expect(open.length).toBeLessThan(100);
});

it('tells how the gateway is', async () => {
  const state = await healthState(
    createSealer(exampleSite),
    {
      gateway: 'gw-017',
      version: '1.0.0',
      startedAt: at,
      now: at + 60_000,
      configVersion: 'abc',
      timeQuality: 'ntp',
      ready: true,
      alerts: { total: 0, open: [] },
      devices: [
        {
          id: 'pm-1',
          name: 'PM',
          driver: 'pms5003',
          service: 'environment',
          state: 'waiting',
          since: at,
          observations: 0,
          error: { kind: 'unreachable', message: 'no answer' },
          counts: {},
        },
      ],
      uplinks: [],
      governor: { budgets: [], measures: [] },
      outbox: {
        accepted: 3,
        refused: {},
        lanes: [{ lane: 'obs', rows: 2, bytes: 900, oldest: at, shed: {} }],
        history: { rows: 0, bytes: 0 },
        setAside: [],
        media: { files: 1, bytes: 1000 },
        clips: { files: 0, bytes: 0 },
      },
      counts: {},
    },
    tmpdir(),
  );
  expect(complaint('health', state)).toBeUndefined();
  expect(JSON.parse(state.body).data).toMatchObject({
    devices: { waiting: 1, running: 0 },
    failing: [{ device: 'pm-1', state: 'waiting', kind: 'unreachable' }],
    waiting: { events: 2, bytes: 900, media: 1 },
  });
});
