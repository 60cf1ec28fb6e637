import { expect, test } from 'vitest';
import { renderAlerts } from '../../../gateway/cli/status.ts';

const now = Date.parse('2026-11-26T01:00:00Z');

test('shows what is open, since when and how bad it is, and how much more there is', () => {
  const open = [
    {
      type: 'vn.ioc.fishing-vessel.distress.raised.v1',
      subject: 'vessel/mmsi/970123456',
      since: now - 300_000,
      severity: 'CRITICAL',
    },
  ];
  const [head, row, more] = renderAlerts(now, { total: 3, open }).split('\n');
  expect(head).toMatch(/^OPEN +FOR +SEVERITY +ABOUT$/);
  expect(row).toMatch(/^fishing-vessel\.distress\.raised +5m +CRITICAL +vessel\/mmsi\/970123456$/);
  expect(more).toBe('and 2 more');
});

test('says so when nothing is open', () => {
  expect(renderAlerts(now, { total: 0, open: [] })).toBe('nothing is open\n');
});
