import { describe, expect, it } from 'vitest';
import { type DocumentForm, readRecords } from '../../../../drivers/protocols/records/document.ts';

const json = (records?: string): DocumentForm => ({ format: 'json', records });
const csv = (header: 'present' | 'absent' = 'present'): DocumentForm => ({
  format: 'csv',
  separator: undefined,
  header,
});

/** Values at `places`, record by record. */
const values = (
  text: string | Uint8Array,
  form: DocumentForm,
  places: readonly string[],
  needed: readonly string[] = [],
) => {
  const reading = readRecords(typeof text === 'string' ? Buffer.from(text) : text, form, needed);
  if (reading.kind === 'malformed') return reading.reason;
  const reads = places.map(reading.at);
  return reading.records.map(record => reads.map(read => read(record)));
};

describe('records in JSON', () => {
  it.each([
    [
      '[{"a":1},{"a":{"b":2}}]',
      json(),
      [
        [1, undefined],
        [{ b: 2 }, 2],
      ],
    ],
    ['{"a":1}', json(), [[1, undefined]]],
    ['\uFEFF{"d":{"list":[{"a":1}]}}', json('d.list'), [[1, undefined]]],
    ['{"d":[]}', json('d'), []],
    ['{"d":null}', json('d'), 'no-records'],
    ['{"d":"text"}', json('d'), 'no-records'],
    ['{}', json('d'), 'no-records'],
    ['[1', json(), 'not-json'],
    ['', json(), 'not-json'],
    [
      '[{"__proto__":{"a":1}}, 5, null]',
      json(),
      [
        [undefined, undefined],
        [undefined, undefined],
        [undefined, undefined],
      ],
    ],
  ])('%s', (text, form, expected) => {
    expect(values(text, form, ['a', 'a.b'])).toEqual(expected);
  });

  it('may stand apart by what holds them', () => {
    const text = JSON.stringify({
      provider: 'x',
      fleet: [
        { vessel: { id: 1 }, positions: [{ a: 10 }, { a: 11 }] },
        { vessel: { id: 2 }, positions: [] },
        { vessel: { id: 3 } },
        null,
        { vessel: { id: 4 }, positions: { a: 40 } },
      ],
    });
    expect(values(text, json('fleet[].positions'), ['a', '^.vessel.id', '^^.provider', '^^^.provider'])).toEqual([
      [10, 1, 'x', undefined],
      [11, 1, 'x', undefined],
      [40, 4, 'x', undefined],
    ]);
    expect(values('{"id":7,"positions":[{"a":1}]}', json('positions'), ['a', '^.id'])).toEqual([[1, 7]]);
    expect(values('[{"p":[{"a":1}]},{"p":[{"a":2}]}]', json('[].p'), ['a'])).toEqual([[1], [2]]);
    expect(values('{"fleet":[]}', json('fleet[].positions'), ['a'])).toEqual([]);
    expect(values('{"fleet":[{"p":1},{}]}', json('fleet[].positions'), ['a'])).toBe('no-records');
  });

  it('are UTF-8', () => {
    expect(values(Buffer.from('5b7b2261223a22ff227d5d', 'hex'), json(), ['a'])).toBe('not-json');
  });
});

describe('records in a table', () => {
  it('are found by the names of their columns, however these are spelled', () => {
    const text = ' MÃ  thiết bị ;vĩ độ\nBX1;16,5\nBX2\n';
    expect(values(text, csv(), ['Mã thiết bị', 'Vĩ độ', 'other'])).toEqual([
      ['BX1', '16,5', undefined],
      ['BX2', undefined, undefined],
    ]);
    // The same letters, composed in another way.
    expect(values(text.normalize('NFD'), csv(), ['Vĩ độ'])).toEqual([['16,5'], [undefined]]);
  });

  it('are found by the numbers of their columns where these have no names', () => {
    expect(values('BX1,16.5\nBX2,16.6', csv('absent'), ['2', '1', '3'])).toEqual([
      ['16.5', 'BX1', undefined],
      ['16.6', 'BX2', undefined],
    ]);
  });

  it('are refused as a whole where a column is missing that is needed', () => {
    expect(values('a;b\n1;2', csv(), ['a'], ['a', 'b'])).toEqual([['1']]);
    expect(values('a;b\n1;2', csv(), ['a'], ['a', 'c'])).toBe('no-column');
    expect(values('a;b\n1;2', csv('absent'), ['1'], ['3'])).toBe('no-column');
    expect(values('', csv(), ['a'], ['a'])).toBe('no-records');
    expect(values('a;b\n', csv(), ['a'], ['a'])).toEqual([]);
  });

  it('may be in UTF-16 with its mark, and are read also where their letters are of Windows', () => {
    const text = 'tên;a\nHải;1';
    expect(
      values(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]), csv(), ['tên', 'a']),
    ).toEqual([['Hải', '1']]);
    expect(values(Buffer.from('t\xean;a\nJos\xe9;1', 'latin1'), csv(), ['tên', 'a'])).toEqual([['José', '1']]);
  });
});
