/** Six bits at a time: the armor of NMEA 0183 around AIS messages, and the text inside them (ITU-R M.1371-5 table 47). */

/** Longer than any message: the longest legal one has 168 symbols, and stations pad by a few. */
export const maximumSymbols = 256;

const illegal = 64;

/** Value of each byte of an armored payload; `illegal` for those that are none of it. */
const values = new Uint8Array(256).fill(illegal);
/** The armored byte of each value. */
const armored = new Uint8Array(64);
for (let value = 0; value < 64; value++) {
  const byte = value < 40 ? value + 0x30 : value + 0x38;
  values[byte] = value;
  armored[value] = byte;
}

/** Puts the symbols of `bytes[from…to)` into `symbols` from `at` on. False when one of the bytes is illegal. */
export const dearmor = (bytes: Uint8Array, from: number, to: number, symbols: Uint8Array, at: number): boolean => {
  let seen = 0;
  for (let index = from, out = at; index < to; index++, out++) {
    const value = values[bytes[index] ?? 0] ?? illegal;
    symbols[out] = value;
    seen |= value;
  }
  return seen < illegal;
};

export const armor = (symbols: Uint8Array): string => {
  let payload = '';
  for (const symbol of symbols) payload += String.fromCharCode(armored[symbol & 63] ?? 0);
  return payload;
};

/** `@` ends a text; what follows it is filling. */
const end = 0;
const space = 0x20;

/** The ASCII code of each symbol. */
const codes = new Uint8Array(64);
for (let symbol = 0; symbol < 64; symbol++) codes[symbol] = symbol < 32 ? symbol + 64 : symbol;

/** The longest text has 161 characters. */
const scratch = Buffer.alloc(256);

/** Writes up to `characters` from bit `at` into the scratch buffer from `length` on; returns the new length. */
const append = (s: Uint8Array, bits: number, at: number, characters: number, length: number): number => {
  const whole = Math.min(characters, Math.floor((bits - at) / 6));
  const shift = at % 6;
  let index = (at - shift) / 6;
  let out = length;
  for (let count = 0; count < whole; count++, index++) {
    const symbol = (((s[index] ?? 0) << shift) | ((s[index + 1] ?? 0) >> (6 - shift))) & 63;
    if (symbol === end) break;
    scratch[out++] = codes[symbol] ?? space;
  }
  return out;
};

const trimmed = (length: number): string => {
  let last = length;
  while (last > 0 && scratch[last - 1] === space) last--;
  let first = 0;
  while (first < last && scratch[first] === space) first++;
  return scratch.toString('latin1', first, last);
};

/** The text without filling and blanks around it. What is not there in whole characters is not read. */
export const readText = (s: Uint8Array, bits: number, at: number, characters: number): string =>
  trimmed(append(s, bits, at, characters, 0));

/** As `readText`; a text that fills its field goes on at `extension`, for up to `more` characters. */
export const readExtendedText = (
  s: Uint8Array,
  bits: number,
  at: number,
  characters: number,
  extension: number,
  more: number,
): string => {
  const length = append(s, bits, at, characters, 0);
  return trimmed(length < characters ? length : append(s, bits, extension, more, length));
};

/** Up to 30 bits from bit `at`, the first one highest. */
export const readUnsigned = (s: Uint8Array, at: number, bits: number): number => {
  let value = 0;
  for (let read = 0; read < bits; ) {
    const offset = (at + read) % 6;
    const taken = Math.min(6 - offset, bits - read);
    const symbol = (s[(at + read - offset) / 6] ?? 0) & (63 >> offset);
    value = (value << taken) | (symbol >> (6 - offset - taken));
    read += taken;
  }
  return value;
};

/** Puts the lower `bits` bits of `raw` at bit `at`, in place of what was there: two's complement. */
export const putUnsigned = (s: Uint8Array, at: number, bits: number, raw: number): void => {
  for (let bit = 0; bit < bits; bit++) {
    const index = Math.floor((at + bit) / 6);
    const mask = 32 >> ((at + bit) % 6);
    const symbol = s[index] ?? 0;
    s[index] = ((raw >> (bits - 1 - bit)) & 1) === 0 ? symbol & ~mask : symbol | mask;
  }
};

/** Bits whose meaning something else says. */
export interface BinaryData {
  /** How many there are. */
  readonly bits: number;
  /** All of them, in hexadecimal digits; the last one is filled with zeros. */
  readonly hex: string;
}

const hexDigits = Buffer.from('0123456789abcdef');

/** The bits from `at` to `end`; undefined where there are none. */
export const readData = (s: Uint8Array, at: number, end: number): BinaryData | undefined => {
  const bits = end - at;
  if (bits <= 0) return undefined;
  let hex = '';
  for (let from = at; from < end; ) {
    // In pieces that fit the scratch buffer.
    let length = 0;
    for (; from < end && length < scratch.length; from += 4) {
      const here = Math.min(4, end - from);
      scratch[length++] = hexDigits[readUnsigned(s, from, here) << (4 - here)] ?? 0;
    }
    hex += scratch.toString('latin1', 0, length);
  }
  return { bits, hex };
};

/** The symbol of each ASCII character: capitals for small letters, `?` for what AIS cannot write. */
export const toSymbol = (character: string): number => {
  const code = character.toUpperCase().charCodeAt(0);
  if (code >= 64 && code < 96) return code - 64;
  return code >= 32 && code < 64 ? code : 0x3f;
};
