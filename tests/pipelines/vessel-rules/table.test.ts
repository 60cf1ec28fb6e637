import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTables, type Tables } from '../../../pipelines/vessel-rules/table.ts';

const open = (tables: Tables, maximum = 10) =>
  tables.open<{ at: number }>({ name: 'stay', row: z.object({ at: z.number() }), maximum, keyedBy: 'vessel' });

const text = (saved: ReadonlyMap<string, Uint8Array | undefined>): Record<string, string | undefined> =>
  Object.fromEntries([...saved].map(([key, value]) => [key, value && Buffer.from(value).toString()]));

describe('a table', () => {
  it('saves at once what presses, and the rest when it is asked', () => {
    const tables = createTables(new Map());
    const table = open(tables);
    table.put('mmsi/1', { at: 1 });
    table.put('mmsi/2', { at: 2 });
    table.saveNow('mmsi/1');
    expect(text(tables.takeUrgent())).toEqual({ 'stay/mmsi/1': '{"at":1}' });
    expect(text(tables.takeChanged(1000))).toEqual({ 'stay/mmsi/2': '{"at":2}' });
    expect(text(tables.takeChanged(1000))).toEqual({});
  });

  it('saves no more at a checkpoint than asked for, and the rest with the next ones', () => {
    const tables = createTables(new Map());
    const table = open(tables, 100);
    for (let at = 0; at < 30; at++) table.put(`mmsi/${at}`, { at: 100 + at });
    const sizes = [];
    for (let size = -1; size !== 0; sizes.push(size)) size = tables.takeChanged(100).size;
    expect(sizes).toEqual([10, 10, 10, 0]);
  });

  it('forgets the row not touched longest when there are too many, also in the store', () => {
    const tables = createTables(new Map());
    const table = open(tables, 2);
    table.put('mmsi/1', { at: 1 });
    table.put('mmsi/2', { at: 2 });
    table.touch('mmsi/1');
    table.put('mmsi/3', { at: 3 });
    expect([...table.entries()].map(([key]) => key)).toEqual(['mmsi/1', 'mmsi/3']);
    expect(text(tables.takeUrgent())).toEqual({ 'stay/mmsi/2': undefined });
  });

  it('is restored as it was, without rows of a form that is not known any more', () => {
    const saved = new Map([
      ['stay/mmsi/1', Buffer.from('{"at":1}')],
      ['stay/mmsi/2', Buffer.from('{"since":2}')],
      ['other/mmsi/1', Buffer.from('{"at":9}')],
    ]);
    expect([...open(createTables(saved)).entries()]).toEqual([['mmsi/1', { at: 1 }]]);
  });

  it('goes on with the row of a vessel under another key, unless there is one', () => {
    const tables = createTables(new Map());
    const table = open(tables);
    for (const [at, key] of ['mmsi/1', 'mmsi/2', 'vnfish/B'].entries()) table.put(key, { at });
    tables.rename('mmsi/1', 'vnfish/A');
    tables.rename('mmsi/2', 'vnfish/B');
    tables.rename('mmsi/3', 'vnfish/C');
    expect(Object.fromEntries(table.entries())).toEqual({ 'vnfish/A': { at: 0 }, 'vnfish/B': { at: 2 } });
    expect(Object.keys(text(tables.takeUrgent())).toSorted()).toEqual(['stay/mmsi/1', 'stay/mmsi/2', 'stay/vnfish/A']);
  });

  it('loses the rows of vessels that nobody knows', () => {
    const tables = createTables(new Map());
    const table = open(tables);
    table.put('mmsi/1', { at: 1 });
    table.put('mmsi/2', { at: 2 });
    tables.sweep(key => key === 'mmsi/2');
    expect([...table.entries()].map(([key]) => key)).toEqual(['mmsi/2']);
  });
});
