import { expect, test } from 'vitest';
import type { Snapshot } from '../../../simulators/demo/snapshot.ts';
import { isConvincing, renderLine, renderScreen, renderSummary } from '../../../simulators/demo/view.ts';

const paper = { width: 110, color: 'plain' } as const;

const device = (id: string, state: string) => ({
  id,
  driver: 'pms5003',
  state,
  since: 0,
  observations: 1234,
  last: { time: 0, text: 'pm25 12.4 ug/m3' },
});

const snapshot = (changes: Partial<Snapshot> = {}): Snapshot => ({
  now: 60_000,
  elapsed: 60_000,
  devices: [
    { id: 'air-1', driver: 'pms5003', name: 'Air 1' },
    { id: 'air-2', driver: 'pms5003', name: 'Air 2' },
  ],
  center: {
    received: 20,
    invalid: new Map(),
    duplicates: 0,
    sources: new Map([
      ['air-1', 12],
      ['air-2', 3],
    ]),
    services: [{ service: 'environment', received: 15, rate: 0.5, last: { at: 0, text: 'Không khí tốt' } }],
    gateways: new Map(),
    streams: [{ stream: 'gw/environment/obs', epoch: '0001', received: 15, lost: 0, late: 2, shed: 0 }],
    connected: 1,
  },
  gateway: {
    gateway: 'gw',
    devices: [
      device('air-1', 'running'),
      {
        ...device('air-2', 'waiting'),
        error: { kind: 'unreachable', message: 'connection refused' },
        nextRetry: 72_000,
      },
    ],
    uplinks: [
      { name: 'center', state: 'connected', since: 0, delivered: 15, backlog: 2, warnings: ['no consumer for x'] },
    ],
    outbox: {
      accepted: 17,
      lanes: [{ lane: 'obs', rows: 2, oldest: 58_000, shed: {} }],
      media: { files: 0, bytes: 0 },
    },
  },
  rates: { accepted: 1.5, delivered: 1.25 },
  notes: ['12:00:00 air-2 falls silent, on purpose'],
  ...changes,
});

test('the screen tells what arrives, how each device is and what waits', () => {
  const screen = renderScreen(snapshot(), paper).join('\n');
  for (const text of [
    'environment',
    'Không khí tốt',
    'air-1',
    'pm25 12.4 ug/m3',
    'unreachable: connection refused; next try in 12 s',
    'waiting 2 (obs 2), oldest 2s',
    'in 1.5/s',
    'center connected for 1m',
    'no consumer for x',
    'every event valid · lost 0 · late 2',
    'falls silent, on purpose',
  ])
    expect(screen).toContain(text);
});

test('no line of the screen is wider than the terminal', () => {
  const narrow = { width: 60, color: 'plain' } as const;
  const long = snapshot({ notes: ['x'.repeat(300)] });
  for (const line of renderScreen(long, narrow)) expect([...line].length).toBeLessThanOrEqual(60);
});

test('colors surround words and change nothing else', () => {
  const colored = renderScreen(snapshot(), { width: 110, color: 'color' }).join('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes are what is looked for
  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(renderScreen(snapshot(), paper).join('\n'));
  expect(colored).toContain('\u001b[32mrunning');
});

test('before the gateway answers every device is starting', () => {
  const { gateway: _, ...early } = snapshot();
  expect(renderScreen(early, paper).join('\n')).toContain('the gateway does not answer yet');
  expect(renderLine(early)).toContain('0 of 2 devices running (air-1 starting, air-2 starting)');
});

test('one line tells the same to a log', () => {
  expect(renderLine(snapshot())).toBe(
    '1m · 1 of 2 devices running (air-2 waiting) · arrived: environment 15 (0.5/s) · outbox 2 waiting, in 1.5/s, out 1.3/s',
  );
});

test('it is convincing when every device delivered and nothing is held against the gateway', () => {
  expect(isConvincing(snapshot())).toBe(true);
  expect(renderSummary(snapshot(), paper).at(-1)).toContain('every device delivered');
});

test('a device that delivered nothing is named', () => {
  const { center } = snapshot();
  const poor = snapshot({ center: { ...center, sources: new Map([['air-1', 12]]) } });
  expect(isConvincing(poor)).toBe(false);
  expect(renderSummary(poor, paper).at(-1)).toContain('NOTHING arrived from air-2');
});

test('a refused event is told with its reason and convinces nobody', () => {
  const { center } = snapshot();
  const poor = snapshot({ center: { ...center, invalid: new Map([['weather: no unit', 3]]) } });
  expect(isConvincing(poor)).toBe(false);
  expect(renderSummary(poor, paper).join('\n')).toContain('3 × weather: no unit');
});
