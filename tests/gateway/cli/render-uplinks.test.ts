import { expect, test } from 'vitest';
import { renderUplinks } from '../../../gateway/cli/status.ts';

const now = Date.parse('2026-11-26T01:00:00Z');
const uplink = {
  name: 'ioc',
  sink: 'mqtt',
  state: 'connected',
  since: now - 60_000,
  address: 'mqtts://standby:8883',
  delivered: 12,
  backlog: 3,
  shed: {},
  warnings: ['in place of mqtts://primary:8883'],
};

test('shows which broker an uplink uses, in which version of MQTT, and what is left of its day', () => {
  const traffic = { day: '2026-11-26', bytes: 12_340_000, budget: 50_000_000, reserve: 5_000_000 };
  const [, row, ...notes] = renderUplinks(now, [{ ...uplink, protocol: '3.1.1', traffic }]).split('\n');
  expect(row).toContain('mqtts://standby:8883 (MQTT 3.1.1)');
  expect(notes.map(note => note.trim()).filter(note => note !== '')).toEqual([
    '12.3 of 50.0 MB used on 2026-11-26, and 5.0 MB for alerts',
    'in place of mqtts://primary:8883',
  ]);
});

test('shows neither before the first connection, without a budget', () => {
  const [, row] = renderUplinks(now, [uplink]).split('\n');
  expect(row).toMatch(/mqtts:\/\/standby:8883\s*$/);
});

test('shows of what kind an uplink is, and what was given up for it', () => {
  const [, row, note] = renderUplinks(now, [{ ...uplink, sink: 'mqtt', shed: { budget: 12 } }]).split('\n');
  expect(row).toMatch(/^ioc\s+mqtt\s+connected/);
  expect(note?.trim()).toBe('given up before delivery: 12 budget');
});
