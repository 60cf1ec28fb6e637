import { describe, expect, it } from 'vitest';
import { parseRegistrationMark } from '../../core/registration-mark.ts';

describe('a registration mark', () => {
  it.each([
    ['TTH-96969-TS', 'TTH-96969-TS'],
    ['QT96969TS', 'QT-96969-TS'],
    ['TTH 96969 TS', 'TTH-96969-TS'],
    ['tth.96969.ts', 'TTH-96969-TS'],
    ['  QNa_90217-TS ', 'QNA-90217-TS'],
    ['BĐ 96969 TS', 'BD-96969-TS'],
    ['ĐNa–90567–TS', 'DNA-90567-TS'],
    ['đna 90567 ts', 'DNA-90567-TS'],
    ['\u00d0Na 90567 TS', 'DNA-90567-TS'],
    // The letter with its stroke is no composition; the one with a horn, decomposed, is.
    ['Q\u0041\u0306NG 123 TS', 'QANG-123-TS'],
    ['BTh/0123/TS', 'BTH-0123-TS'],
  ])('%s is %s', (text, mark) => {
    expect(parseRegistrationMark(text)).toBe(mark);
  });

  it.each([
    '',
    'TS',
    'TTH 96969',
    '96969 TS',
    'TTH TS',
    'TTH 96969 TSX',
    'T 96969 TS',
    'TTH 12 TS',
    'TTH 9696969 TS',
    'TTH 96969 TS 85%',
    'XVA1234',
    'TTH 96 969 TS',
    `TTH${' '.repeat(40)}96969TS`,
  ])('"%s" is none', text => {
    expect(parseRegistrationMark(text)).toBeUndefined();
  });

  it('has one form: parsed again it stays the same', () => {
    const mark = parseRegistrationMark('tth96969ts') ?? '';
    expect(parseRegistrationMark(mark)).toBe(mark);
  });

  it('is looked for in linear time', () => {
    const startedAt = performance.now();
    for (let round = 0; round < 1000; round++) parseRegistrationMark(`TTH${'-'.repeat(1_000)}`);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
