/**
 * Fields of the application data inside AIS messages 6 and 8, as tables. They are rare on the air, so the tables are
 * read as they stand; no code is generated from them.
 */
import { putUnsigned, readText, readUnsigned, toSymbol } from '../sixbit.ts';

interface Place {
  /** With its unit, in the words of the standard. */
  readonly name: string;
  /** Number of the first bit, counted from the begin of the application data. */
  readonly at: number;
  readonly bits: number;
}

interface Checked {
  /** The raw number that is sent for "not available". */
  readonly unavailable: number;
  /**
   * Where it is given, a raw number that is neither valid nor one of these shows that the data are something else under
   * the same identifiers, and nothing of them is believed. Elsewhere what is out of range is only not available: real
   * stations send the older "all bits set" in fields that have another number for it now.
   */
  readonly otherwise?: readonly number[];
}

/** `(raw + offset) / steps` is the value. */
export interface NumberField extends Place, Checked {
  readonly as: 'unsigned' | 'signed';
  readonly steps?: number;
  readonly offset?: number;
  readonly valid: readonly [least: number, most: number];
}

/** One of several meanings; `undefined` where a number has none. */
export interface WordField extends Place, Checked {
  readonly as: 'word';
  readonly words: readonly (string | undefined)[];
}

export interface FlagField extends Place {
  readonly as: 'flag';
}

export interface TextField extends Place {
  readonly as: 'text';
}

export type ApplicationField = NumberField | WordField | FlagField | TextField;

/** By the names of the fields. Absent: not available. */
export type ApplicationContent = Readonly<Record<string, unknown>>;

/** Up to 30 bits from bit `at`, in two's complement. */
const readSigned = (symbols: Uint8Array, at: number, bits: number): number =>
  (readUnsigned(symbols, at, bits) << (32 - bits)) >> (32 - bits);

/** Six decimals of a degree, and as many of any other unit. */
const scaled = (raw: number, { steps = 1, offset = 0 }: NumberField): number =>
  Math.round(((raw + offset) / steps) * 1e6) / 1e6;

/** The raw number belongs to something else than this application. */
const isForeign = (raw: number, { unavailable, otherwise }: Checked): boolean =>
  otherwise !== undefined && raw !== unavailable && !otherwise.includes(raw);

/**
 * Reads `fields` from bit `from` on into `into`. False when one of them shows that the data are none of this
 * application. `bits` is the length of the whole message.
 */
export const readFields = (
  symbols: Uint8Array,
  bits: number,
  from: number,
  fields: readonly ApplicationField[],
  into: Record<string, unknown>,
): boolean => {
  for (const field of fields) {
    const at = from + field.at;
    if (field.as === 'text') {
      const text = readText(symbols, Math.min(bits, at + field.bits), at, Math.floor(field.bits / 6));
      if (text !== '') into[field.name] = text;
      continue;
    }
    if (at + field.bits > bits) return false;
    if (field.as === 'flag') {
      into[field.name] = readUnsigned(symbols, at, 1) === 1;
      continue;
    }
    const raw = field.as === 'signed' ? readSigned(symbols, at, field.bits) : readUnsigned(symbols, at, field.bits);
    if (field.as === 'word') {
      const word = field.words[raw];
      if (word !== undefined) into[field.name] = word;
      else if (isForeign(raw, field)) return false;
      continue;
    }
    if (raw >= field.valid[0] && raw <= field.valid[1]) into[field.name] = scaled(raw, field);
    else if (isForeign(raw, field)) return false;
  }
  return true;
};

/** Writes `content` from bit `from` on. Numbers out of range become the nearest one that can be sent. */
export const writeFields = (
  symbols: Uint8Array,
  from: number,
  fields: readonly ApplicationField[],
  content: ApplicationContent,
): void => {
  for (const field of fields) {
    const at = from + field.at;
    const value = content[field.name];
    if (field.as === 'text') {
      writeText(symbols, at, field.bits, typeof value === 'string' ? value : '');
    } else if (field.as === 'flag') {
      putUnsigned(symbols, at, 1, value === true ? 1 : 0);
    } else if (field.as === 'word') {
      const raw = typeof value === 'string' ? field.words.indexOf(value) : -1;
      putUnsigned(symbols, at, field.bits, raw === -1 ? field.unavailable : raw);
    } else {
      const { steps = 1, offset = 0, valid, unavailable } = field;
      const raw = typeof value === 'number' ? Math.round(value * steps) - offset : unavailable;
      const limited = typeof value === 'number' ? Math.max(valid[0], Math.min(valid[1], raw)) : unavailable;
      putUnsigned(symbols, at, field.bits, limited);
    }
  }
};

/** What `text` leaves of the field is filled with `@`. */
const writeText = (symbols: Uint8Array, at: number, bits: number, text: string): void => {
  for (let index = 0; index < Math.floor(bits / 6); index++) {
    const character = text[index];
    putUnsigned(symbols, at + index * 6, 6, character === undefined ? 0 : toSymbol(character));
  }
};

const thousandthsOfMinute = 60_000;

/** In 1/1000 minute. A position that cannot be shows that the data are something else. */
export const longitude = (at: number, ...otherwise: readonly number[]): NumberField => ({
  name: 'longitude',
  at,
  bits: 25,
  as: 'signed',
  steps: thousandthsOfMinute,
  valid: [-180 * thousandthsOfMinute, 180 * thousandthsOfMinute],
  unavailable: 181 * thousandthsOfMinute,
  otherwise,
});

/** As `longitude`. */
export const latitude = (at: number, ...otherwise: readonly number[]): NumberField => ({
  name: 'latitude',
  at,
  bits: 24,
  as: 'signed',
  steps: thousandthsOfMinute,
  valid: [-90 * thousandthsOfMinute, 90 * thousandthsOfMinute],
  unavailable: 91 * thousandthsOfMinute,
  otherwise,
});

/** `least` to `most` as they are. */
export const whole = (
  name: string,
  at: number,
  bits: number,
  [least, most]: readonly [number, number],
  unavailable: number,
  otherwise?: readonly number[],
): NumberField => ({
  name,
  at,
  bits,
  as: 'unsigned',
  valid: [least, most],
  unavailable,
  ...(otherwise !== undefined && { otherwise }),
});
