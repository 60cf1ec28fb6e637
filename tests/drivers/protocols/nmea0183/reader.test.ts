import { expect, it } from 'vitest';
import { withChecksum } from '../../../../drivers/protocols/nmea0183/checksum.ts';
import { createSentenceReader } from '../../../../drivers/protocols/nmea0183/reader.ts';

/** The sentences' bodies with their TAG block's source, and the faults as `!reason`. */
const readAll = (...chunks: readonly string[]): readonly string[] => {
  const seen: string[] = [];
  const read = createSentenceReader({
    sentence: (bytes, start, end, tag) =>
      seen.push(
        `${tag?.source === undefined ? '' : `${tag.source}: `}${Buffer.from(bytes.subarray(start, end)).toString('latin1')}`,
      ),
    object: (bytes, start, end) => seen.push(Buffer.from(bytes.subarray(start, end)).toString('latin1')),
    fault: reason => seen.push(`!${reason}`),
  });
  for (const chunk of chunks) read(Buffer.from(chunk, 'latin1'));
  return seen;
};

const sentence = (body: string): string => `$${withChecksum(body)}`;
const tag = (body: string): string => `\\${withChecksum(body)}\\`;

it('reads sentences ended by LF, CR, both or nothing', () => {
  const text = `${sentence('A')}\n${sentence('B')}\r${sentence('C')}\r\n${sentence('D')}`;
  expect(readAll(text)).toEqual(['$A', '$B', '$C', '$D']);
});

it('reads a sentence that comes byte by byte', () => {
  expect(readAll(...sentence('GPGGA,1'))).toEqual(['$GPGGA,1']);
});

it('takes a checksum in small letters too', () => {
  expect(readAll(`$J*4a\n${sentence('J').toLowerCase()}`)).toEqual(['$J', '!bad-checksum']);
});

it('reports a bad checksum and reads on', () => {
  expect(readAll(`$A*00\r\n${sentence('B')}`)).toEqual(['!bad-checksum', '$B']);
});

it('reports what was broken off by the end of the line or by the next sentence', () => {
  expect(readAll(`$GPG\r\n!AIV${sentence('B')}`)).toEqual(['!truncated', '!truncated', '$B']);
});

it('reports each run of noise once', () => {
  expect(readAll(`garbage\r\nmore${sentence('B')}`, `and\r\n`)).toEqual(['!noise', '!noise', '$B']);
});

it('passes over what stations append to a sentence', () => {
  expect(readAll(`${sentence('A')},s28089,d-103,r08TPHI1,1242958962\r\n${sentence('B')}`)).toEqual(['$A', '$B']);
});

it('passes over the token of an IEC 61162-450 datagram, whole or in pieces', () => {
  expect(readAll(`UdPbC\0${sentence('A')}\r\n`, 'UdP', `bC\0${sentence('B')}`)).toEqual(['$A', '$B']);
});

it('gives a sentence its TAG block, and only that sentence', () => {
  expect(readAll(`${tag('s:north')}${sentence('A')}\r\n${sentence('B')}`)).toEqual(['north: $A', '$B']);
});

it('forgets a TAG block that no sentence follows on its line', () => {
  expect(readAll(`${tag('s:north')}\r\n${sentence('A')}`)).toEqual(['$A']);
});

it('reports a broken TAG block and reads the sentence without it', () => {
  expect(readAll(`\\s:north*00\\${sentence('A')}`)).toEqual(['!bad-tag-block', '$A']);
});

it('reports one sentence that is too long, once', () => {
  expect(readAll(`$${'A'.repeat(900)}`, 'A'.repeat(900), 'A'.repeat(900), `\r\n${sentence('B')}`)).toEqual([
    '!too-long',
    '$B',
  ]);
});

const object = '{"class":"AIS","nmea":["!AIVDM*00"],"text":"} \\" {"}';

it('gives JSON objects among sentences, one a line or datagram, in whatever pieces they come', () => {
  const text = `${object}\r\n${sentence('A')}\r\n${object}${object}\n${sentence('B')}`;
  const expected = [object, '$A', object, object, '$B'];
  expect(readAll(text)).toEqual(expected);
  expect(readAll(...text)).toEqual(expected);
  expect(readAll(object, object, sentence('A'), object)).toEqual([object, object, '$A', object]);
});

it('reads the whole sentences inside of an object that was broken off, and reads on', () => {
  expect(readAll(`{"nmea":["${sentence('A')}"\r\n${object}\r\n`)).toEqual(['!truncated', '$A', object]);
});

it('gives up an object that does not end', () => {
  const endless = `{"a":"${'x'.repeat(9000)}`;
  expect(readAll(endless, `\r\n${sentence('B')}`)).toEqual(['!too-long', '$B']);
  expect(readAll(...(endless.match(/.{1,100}/g) ?? []), `\r\n${sentence('B')}`)).toEqual(['!too-long', '$B']);
});

it.each([
  ['on one line', ''],
  ['on lines of 8 KB', '\r\n'],
])('searches no byte for the end of an object again and again: %s', (_, lineEnd) => {
  // Each of these begins one that never ends, behind a sound sentence.
  const starts = '$*00{"'.repeat(300_000);
  const text = (starts.match(/.{1,8000}/g) ?? []).join(lineEnd);
  const startedAt = performance.now();
  const seen = readAll(...(text.match(/.{1,4096}/gs) ?? []), `\r\n${object}\r\n`);
  expect(performance.now() - startedAt).toBeLessThan(1500);
  expect(seen.at(-1)).toBe(object);
  expect(seen.filter(one => one === '$').length).toBeGreaterThan(290_000);
});

it('takes a brace for noise where no object begins', () => {
  expect(readAll(`{x}\r\n{`, `y}\r\n${sentence('B')}`)).toEqual(['!noise', '!noise', '$B']);
});
