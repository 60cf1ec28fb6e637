import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../core/csv.ts';

const rows = (text: string, ...rest: [] | [Parameters<typeof parseCsv>[1]]) => parseCsv(text, ...rest).rows;

describe('a table', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '\uFEFFa;b\r\n1;2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a\tb\r1\t2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a;"b,c,d";e\n1;2;3',
      [
        ['a', 'b,c,d', 'e'],
        ['1', '2', '3'],
      ],
    ],
    [
      'a;b\n\n  1 ; "x ""y""\nz" \n\n',
      [
        ['a', 'b'],
        ['1', 'x "y"\nz'],
      ],
    ],
    ['a,b\n1\n1,2,3\n', [['a', 'b'], ['1'], ['1', '2', '3']]],
    [
      'vĩ độ,kinh độ\n"16,5","107,6"',
      [
        ['vĩ độ', 'kinh độ'],
        ['16,5', '107,6'],
      ],
    ],
    ['alone', [['alone']]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(parseCsv(text)).toEqual({ rows: expected, broken: 0 });
  });

  it('keeps to the separator that was said', () => {
    expect(rows('a;b,c\n1;2,3', 'comma')).toEqual([
      ['a;b', 'c'],
      ['1;2', '3'],
    ]);
  });

  it('loses one line by one broken line, and counts it', () => {
    const text = 'a;b\n1;2\n3;"4\n5;6\n7;"8" x\n9;10\n';
    expect(parseCsv(text)).toEqual({
      rows: [
        ['a', 'b'],
        ['1', '2'],
        ['5', '6'],
        ['9', '10'],
      ],
      broken: 2,
    });
  });

  it('takes no line of more than 64 KiB', () => {
    expect(parseCsv(`a,b\n1,2\n${'x'.repeat(70_000)}\n3,4`)).toEqual({
      rows: [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
      broken: 1,
    });
  });
});
