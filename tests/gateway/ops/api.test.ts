import { describe, expect, it } from 'vitest';
import { openApi } from '../../../gateway/ops/api.ts';
import type { GatewayStatus } from '../../../gateway/runtime/status.ts';

const status: GatewayStatus = {
  gateway: 'gw-1',
  version: '1.2.3',
  startedAt: 1_000_000,
  now: 2_000_000,
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
      state: 'running',
      since: 1_500_000,
      observations: 42,
      last: { time: 1_999_000, text: 'pm25 12 ug/m3' },
      counts: { 'malformed.bad-checksum': 3 },
    },
  ],
  uplinks: [
    {
      name: 'ioc',
      sink: 'mqtt',
      state: 'connected',
      since: 1_000_000,
      address: 'mqtt://127.0.0.1:1883',
      delivered: 40,
      backlog: 2,
      shed: { budget: 7 },
      oldest: 1_990_000,
      warnings: [],
    },
  ],
  governor: {
    budgets: [{ resource: 'memory', unit: 'By', value: 120_000_000, limit: 100_000_000, level: 1, since: 1_900_000 }],
    measures: ['vision-afresh'],
  },
  outbox: {
    accepted: 42,
    refused: {},
    lanes: [{ lane: 'obs', rows: 2, bytes: 900, shed: { budget: 7 } }],
    history: { rows: 0, bytes: 0 },
    setAside: [],
    media: { files: 1, bytes: 1000 },
    clips: { files: 0, bytes: 0 },
  },
  counts: {},
};

const open = (options: Partial<Parameters<typeof openApi>[0]> = {}) =>
  openApi({ host: '127.0.0.1', port: 0, status: () => status, defect: () => undefined, ...options });

const get = (port: number, path: string, headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers });

describe('the API', () => {
  it('answers the read model as it is', async () => {
    await using api = await open();
    expect(await (await get(api.port, '/api/v1/status')).json()).toEqual(status);
  });

  it('answers what waits', async () => {
    await using api = await open();
    expect(await (await get(api.port, '/api/v1/outbox')).json()).toMatchObject({ outbox: { accepted: 42 } });
  });

  it.each([
    ['/healthz', {}, 200],
    ['/healthz', { defect: () => 'the outbox ended' }, 503],
    ['/readyz', {}, 200],
    ['/readyz', { status: () => ({ ...status, ready: false }) }, 503],
    ['/nothing', {}, 404],
  ])('answers %s with %j by %i', async (path, options, code) => {
    await using api = await open(options);
    expect((await get(api.port, path)).status).toBe(code);
  });

  it('gives the figures of devices, uplinks and lanes to Prometheus', async () => {
    await using api = await open();
    const text = await (await get(api.port, '/metrics')).text();
    expect(text).toContain('haidang_device_observations_total{device="pm-1",driver="pms5003"} 42');
    expect(text).toContain('haidang_device_dropped_total{device="pm-1",reason="malformed.bad-checksum"} 3');
    expect(text).toContain('haidang_uplink_backlog{uplink="ioc",sink="mqtt"} 2');
    expect(text).toContain('haidang_uplink_shed_total{uplink="ioc",sink="mqtt",reason="budget"} 7');
    expect(text).toContain('haidang_outbox_shed_total{lane="obs",reason="budget"} 7');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('counts the same at every scrape', async () => {
    await using api = await open();
    await get(api.port, '/metrics');
    expect(await (await get(api.port, '/metrics')).text()).toContain(
      'haidang_uplink_delivered_total{uplink="ioc",sink="mqtt"} 40',
    );
  });

  it.each([
    ['/api/v1/status', {}, 401],
    ['/metrics', { authorization: 'Bearer wrong' }, 401],
    ['/api/v1/status', { authorization: 'Bearer letmein' }, 200],
    ['/healthz', {}, 200],
  ])('with a token, answers %s with %j by %i', async (path, headers, code) => {
    await using api = await open({ token: 'letmein' });
    expect((await get(api.port, path, headers)).status).toBe(code);
  });

  it('says that its port is taken, and by what key to move it', async () => {
    await using first = await open();
    await expect(open({ port: first.port })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('the port is taken'),
      advice: expect.stringContaining('"port" under "api"'),
    });
  });
});
