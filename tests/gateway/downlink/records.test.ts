import { describe, expect, it } from 'vitest';
import type { Saved } from '../../../core/sealed.ts';
import { hours, minutes } from '../../../core/time.ts';
import {
  type CommandRecord,
  createCommandRecords,
  mostRecords,
  recordKey,
  saveRecord,
  toKept,
} from '../../../gateway/downlink/records.ts';

const now = Date.UTC(2026, 10, 25);

const record = (jti: string, more: Partial<CommandRecord> = {}): CommandRecord => ({
  key: 'ioc',
  sender: 'ioc',
  jti,
  command: 'ptz',
  devices: ['cam-3'],
  digest: 'd',
  expires: now,
  acceptedId: 'e',
  ended: { at: now, outcome: { status: 'done', result: { state: 'idle' } } },
  ...more,
});

/** What a store holds after these were written to it in turn. */
const stored = (...saved: readonly Saved[]): ReadonlyMap<string, Uint8Array> => {
  const rows = new Map<string, Uint8Array>();
  for (const { key, value } of saved) {
    if (value === undefined) rows.delete(key);
    else rows.set(key, value);
  }
  return rows;
};

describe('what is remembered of commands', () => {
  it('comes back as it was saved', () => {
    const { ended: _, ...running } = record('a-2');
    const before = [record('a-1', { agency: 'police' }), running];
    const records = createCommandRecords(stored(...before.map(saveRecord)));
    for (const each of before) expect(records.get(recordKey(each))).toEqual(each);
    expect(records.unfinished().map(({ jti }) => jti)).toEqual(['a-2']);
  });

  it('is forgotten some time after it expired, and never taken again', () => {
    const records = createCommandRecords(stored());
    const begun = records.begin(now - hours(1));
    records.put(record('a-1'));
    records.put(record('a-2', { expires: now + hours(1) }));
    expect(records.forget(now + minutes(1))).toEqual([]);
    const forgotten = records.forget(now + minutes(2));
    expect(forgotten[0]).toMatchObject({ key: 'ioc/a-1', value: undefined });
    expect(records.get('ioc/a-1')).toBeUndefined();
    expect(records.get('ioc/a-2')).toBeDefined();
    expect(records.forgottenUntil()).toBe(now);
    const next = createCommandRecords(stored(...begun, ...forgotten));
    expect([next.forgottenUntil(), next.rememberedSince()]).toEqual([now, now - hours(1)]);
  });

  it('is not forgotten while it runs', () => {
    const records = createCommandRecords(stored());
    const { ended: _, ...running } = record('a-1');
    records.put(running);
    expect(records.forget(now + hours(1))).toEqual([]);
  });

  it('begins once', () => {
    const records = createCommandRecords(stored());
    expect(records.rememberedSince()).toBeUndefined();
    expect(records.begin(now)).toHaveLength(1);
    expect(records.begin(now + 1)).toEqual([]);
    expect(records.rememberedSince()).toBe(now);
  });

  it('has a bound', () => {
    const records = createCommandRecords(stored());
    for (let n = 0; n < mostRecords; n++) {
      expect(records.hasRoom()).toBe(true);
      records.put(record(`a-${n}`));
    }
    expect(records.hasRoom()).toBe(false);
    records.remove('ioc/a-0');
    expect(records.hasRoom()).toBe(true);
  });

  it('can be saved as a whole into another store', () => {
    const records = createCommandRecords(stored());
    records.begin(now);
    records.put(record('a-1'));
    const copy = createCommandRecords(stored(...records.all()));
    expect(copy.get('ioc/a-1')).toEqual(record('a-1'));
    expect(copy.rememberedSince()).toBe(now);
  });

  it('does not keep a result that is long', () => {
    expect(toKept({ status: 'done', result: { lines: ['x'.repeat(3000)] } })).toEqual({ status: 'done' });
    expect(toKept({ status: 'done', result: { state: 'idle' } })).toEqual({
      status: 'done',
      result: { state: 'idle' },
    });
  });

  it('that was damaged on the disk is left out', () => {
    const records = createCommandRecords(new Map([['ioc/a-1', Buffer.from('{"key":')]]));
    expect(records.get('ioc/a-1')).toBeUndefined();
  });
});
