import { expect, test } from 'vitest';
import {
  parseRunRecord,
  type RunRecord,
  saveRunRecord,
  startedConclusion,
} from '../../../gateway/runtime/run-record.ts';
import { site } from '../../support/outbox.ts';

const last: RunRecord = { version: '0.1.0', state: 'running', seenAt: 5000, bootId: 'monday' };

const reasonAfter = (previous: RunRecord | undefined, bootId: string | undefined): unknown =>
  startedConclusion(site, { version: '0.1.0', at: 9000, bootId, previous }).data['reason'];

test.each([
  ['in a new store', 'first', undefined, 'monday'],
  ['after a clean stop, also when the machine was started since', 'stopped', { ...last, state: 'stopped' }, 'tuesday'],
  ['after a kill on a machine that stayed up', 'interrupted', last, 'monday'],
  ['after a power cut', 'power-lost', last, 'tuesday'],
  ['where the system does not tell its starts apart', 'interrupted', { ...last, bootId: undefined }, undefined],
] as const)('a start %s is called %s', (_, reason, previous, bootId) => {
  expect(reasonAfter(previous, bootId)).toBe(reason);
});

test('a record is read as it was saved, and one of no known form is none', () => {
  const { key, value } = saveRunRecord(last);
  expect(parseRunRecord(new Map([[key, value ?? new Uint8Array()]]))).toEqual(last);
  expect(parseRunRecord(new Map([[key, Buffer.from('{"state":"asleep"}')]]))).toBeUndefined();
});
