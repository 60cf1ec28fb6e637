import { describe, expect, it } from 'vitest';
import { toColumns } from '../../core/columns.ts';

describe('toColumns', () => {
  it('makes each column as wide as its widest cell', () => {
    expect(
      toColumns([
        ['A', 'LONG', 'LAST'],
        ['bcd', 'e', 'f'],
      ]),
    ).toEqual([['A    LONG  LAST'], ['bcd  e     f']]);
  });

  it('counts what Vietnamese letters take, however they are encoded', () => {
    const [composed, decomposed] = toColumns([
      ['Huế'.normalize('NFC'), 'x'],
      ['Huế'.normalize('NFD'), 'x'],
    ]);
    expect(composed).toEqual([`${'Huế'.normalize('NFC')}  x`]);
    expect(decomposed).toEqual([`${'Huế'.normalize('NFD')}  x`]);
  });

  it('breaks the last column between words and keeps it below its head', () => {
    expect(toColumns([['name', 'one two three four five six seven eight']], 34)).toEqual([
      ['name  one two three four five six', '      seven eight'],
    ]);
  });

  it('never cuts a word', () => {
    const address = 'mqtts://broker.with.a.very.long.name.example:8883';
    expect(toColumns([['a', address]], 30)).toEqual([[`a  ${address}`]]);
  });
});
