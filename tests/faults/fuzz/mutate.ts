/** What noise, bad firmware and ill will make of good input. Pure: the same random numbers give the same bytes. */
import { pick, type Random } from '../../../simulators/world/random.ts';

/** Beyond it a mutated input is cut: parsers have bounds of their own, which a few larger inputs go past. */
const longest = 70_000;

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const upTo = (random: Random, length: number): number => Math.floor(random() * length);

const splice = (bytes: Uint8Array, at: number, gone: number, inserted: Uint8Array): Uint8Array => {
  const result = new Uint8Array(bytes.length - gone + inserted.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(bytes.subarray(at + gone), at + inserted.length);
  return result;
};

/** A piece of `bytes`, short ones more often than long ones. */
const piece = (bytes: Uint8Array, random: Random): Uint8Array => {
  const from = upTo(random, bytes.length);
  const length = Math.ceil((bytes.length - from) * random() ** 3);
  return bytes.subarray(from, from + length);
};

const ascii = (text: string): Uint8Array => Uint8Array.from(text, char => char.charCodeAt(0));

/** Borders of integers, ends of lines and files, and what has a meaning in one of the languages that are parsed. */
const tokens = [
  ...['-1', '0', '255', '256', '65535', '65536', '2147483648', '4294967296', '9007199254740993', '1e999', 'NaN'],
  ...['null', 'true', '[]', '{}', '"', "'", '\\', '\\u0000', '\r\n', '\n', '\0', '\t', ',', '*', '!', '$', '%s', '../'],
  ...['<', '>', '&amp;', '&#0;', '&lt;', '<![CDATA[', ']]>', '<!--', '<!DOCTYPE a [<!ENTITY b "c">]>', 'xmlns:a="b"'],
  ...[
    '- ',
    ': ',
    '&a ',
    '*a',
    '? ',
    '|',
    '>-',
    '<<: ',
    '!!binary ',
    '---',
    '{{',
    '__proto__',
    'constructor',
    '.',
    '+',
    '#',
  ],
].map(ascii);
const [firstToken = ascii('0'), ...moreTokens] = tokens;

const mutations: readonly [Mutation, ...Mutation[]] = [
  // One bit, as a bad line flips it.
  (bytes, random) => {
    const result = bytes.slice();
    const at = upTo(random, result.length);
    result[at] = (result[at] ?? 0) ^ (1 << upTo(random, 8));
    return result;
  },
  (bytes, random) => {
    const result = bytes.slice();
    result[upTo(random, result.length)] = upTo(random, 256);
    return result;
  },
  // A digit for another digit, a letter for its neighbor: stays well formed more often than not.
  (bytes, random) => {
    const result = bytes.slice();
    const at = upTo(random, result.length);
    const old = result[at] ?? 0;
    result[at] = old >= 0x30 && old <= 0x39 ? 0x30 + upTo(random, 10) : old + 1;
    return result;
  },
  (bytes, random) => splice(bytes, upTo(random, bytes.length + 1), 0, Uint8Array.of(upTo(random, 256))),
  (bytes, random) => {
    const at = upTo(random, bytes.length);
    return splice(bytes, at, Math.ceil((bytes.length - at) * random() ** 3), new Uint8Array());
  },
  (bytes, random) => splice(bytes, upTo(random, bytes.length + 1), 0, pick(random, [firstToken, ...moreTokens])),
  (bytes, random) => {
    const at = upTo(random, bytes.length);
    const token = pick(random, [firstToken, ...moreTokens]);
    return splice(bytes, at, Math.min(token.length, bytes.length - at), token);
  },
  (bytes, random) => bytes.subarray(0, upTo(random, bytes.length)),
  // A piece of itself, or of another input, in the wrong place.
  (bytes, random) => splice(bytes, upTo(random, bytes.length + 1), 0, piece(bytes, random)),
  (bytes, random, other) => splice(bytes, upTo(random, bytes.length + 1), 0, piece(other, random)),
  // The same piece again and again: depth and length that nobody expects.
  (bytes, random) => {
    const repeated = piece(bytes, random).subarray(0, 64);
    const times = 2 ** upTo(random, 9);
    const many = new Uint8Array(repeated.length * times);
    for (let time = 0; time < times; time++) many.set(repeated, time * repeated.length);
    return splice(bytes, upTo(random, bytes.length + 1), 0, many);
  },
];

/** One to eight changes, few more often than many. Never longer than 70 000 bytes. */
export const mutate = (seed: Uint8Array, random: Random, other: Uint8Array): Uint8Array => {
  let bytes = seed;
  for (let change = 1 + Math.floor(random() ** 2 * 8); change > 0; change--) {
    if (bytes.length === 0) bytes = other;
    if (bytes.length === 0) return bytes;
    bytes = pick(random, mutations)(bytes, random, other);
    if (bytes.length > longest) bytes = bytes.subarray(0, longest);
  }
  return bytes;
};
