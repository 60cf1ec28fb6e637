import { describe, expect, it } from 'vitest';
import { createJsonLineReader, type JsonFields } from '../../../../drivers/protocols/ais/json-line.ts';
import { withChecksum } from '../../../../drivers/protocols/nmea0183/checksum.ts';

const sentence = (body: string): string => `!${withChecksum(body)}`;

/** What comes of the object: sentences with their times, fields with theirs, and the rest as `!reason`. */
const readAll = (...objects: readonly unknown[]): readonly (string | JsonFields)[] => {
  const seen: (string | JsonFields)[] = [];
  const read = createJsonLineReader({
    sentence: (bytes, start, end, tag) =>
      seen.push(`${tag?.time ?? '-'} ${tag?.source ?? '-'} ${Buffer.from(bytes.subarray(start, end)).toString()}`),
    fields: (fields, time) => seen.push({ ...fields, time }),
    other: () => seen.push('!other'),
    fault: reason => seen.push(`!${reason}`),
  });
  for (const object of objects) {
    const bytes = Buffer.from(`xx${typeof object === 'string' ? object : JSON.stringify(object)}yy`);
    read(bytes, 2, bytes.length - 2);
  }
  return seen;
};

describe('the sentences of an object', () => {
  it('are read with its time, in whichever form it has one', () => {
    const nmea = [sentence('A'), sentence('B')];
    expect(
      readAll({ nmea, rxuxtime: 1_795_311_645.25 }, { class: 'AIS', nmea, rxtime: '20261122014045' }, { nmea }),
    ).toEqual([
      '1795311645250 - !A',
      '1795311645250 - !B',
      '1795311645000 - !A',
      '1795311645000 - !B',
      '- - !A',
      '- - !B',
    ]);
  });

  it('keep the time of a TAG block of their own, and its source', () => {
    const tagged = (body: string): string => `\\${withChecksum(body)}\\${sentence('A')}`;
    expect(readAll({ nmea: [tagged('s:north,c:1795311600'), tagged('s:south')], rxuxtime: 1_795_311_645 })).toEqual([
      '1795311600000 north !A',
      '1795311645000 south !A',
    ]);
  });

  it.each([
    ['of a receiver without a clock', { rxuxtime: 12 }],
    ['far in the future', { rxuxtime: 1e11 }],
    ['that is none', { rxtime: '2026-11-22' }],
    ['of zeros', { rxtime: '00000000000000' }],
  ])('have no time %s', (_, time) => {
    expect(readAll({ nmea: [sentence('A')], ...time })).toEqual(['- - !A']);
  });

  it('are held against their checksums', () => {
    expect(readAll({ nmea: ['!A*00', 'noise', sentence('B')] })).toEqual(['!bad-checksum', '!noise', '- - !B']);
  });
});

describe('an object without sentences', () => {
  it('gives its fields, when they are in scaled units', () => {
    expect(readAll({ class: 'AIS', scaled: true, type: 1, rxuxtime: 1_795_311_645 })).toEqual([
      { class: 'AIS', scaled: true, type: 1, rxuxtime: 1_795_311_645, time: 1_795_311_645_000 },
    ]);
  });

  it.each([
    ['of another class', { class: 'TPV', lat: 1 }],
    ['in raw numbers', { class: 'AIS', scaled: false, type: 1 }],
    ['that says nothing of units', { type: 1 }],
  ])('%s is none of ours', (_, object) => {
    expect(readAll(object)).toEqual(['!other']);
  });
});

it.each([
  ['is no JSON', '{"nmea":[}'],
  ['has sentences that are none', '{"nmea":[1]}'],
  [
    'has more sentences than a message has parts',
    JSON.stringify({ nmea: Array.from({ length: 10 }, () => sentence('A')) }),
  ],
  ['has a sentence that is too long', JSON.stringify({ nmea: ['!'.padEnd(2000, 'A')] })],
  ['hides another one in a sentence', JSON.stringify({ nmea: ['{"class":"AIS"}'] })],
])('an object that %s is refused', (_, text) => {
  expect(readAll(text)).toEqual(['!bad-json']);
});
