import { describe, expect, it } from 'vitest';
import { parseFieldPath, parseRecordsPath } from '../../../../drivers/protocols/records/record-path.ts';

describe('the way to the records', () => {
  it.each([
    ['data', [['data']]],
    ['result[0].list', [['result', 0, 'list']]],
    ['fleet[].positions', [['fleet'], ['positions']]],
    ['fleet[].positions[]', [['fleet'], ['positions']]],
    ['[].positions', [[], ['positions']]],
    ['a.b[].c.d[].e', [['a', 'b'], ['c', 'd'], ['e']]],
    ['fleet[][0].list', [['fleet'], [0, 'list']]],
    ['a["odd[] name"][].b', [['a', 'odd[] name'], ['b']]],
  ])('%s', (text, paths) => {
    expect(parseRecordsPath(text)).toEqual(paths);
  });

  it.each(['', '[]x', 'a[]b', 'a[]..b', 'a.[]', '[][]', 'a[].b[].c[].d[].e'])('refuses %j', text => {
    expect(parseRecordsPath(text)).toBeUndefined();
  });
});

describe('the way to a value', () => {
  it.each([
    ['lat', { up: 0, path: ['lat'] }],
    ['^.vessel.name', { up: 1, path: ['vessel', 'name'] }],
    ['^^["odd name"]', { up: 2, path: ['odd name'] }],
    ['^[0].x', { up: 1, path: [0, 'x'] }],
  ])('%s', (text, expected) => {
    expect(parseFieldPath(text)).toEqual(expected);
  });

  it.each(['', '^', '^.', '^name', '^..a', '.a'])('refuses %j', text => {
    expect(parseFieldPath(text)).toBeUndefined();
  });
});
