/** Messages as a transponder sends them, in sentences as a receiver passes them on. For simulators and tests. */
import { withChecksum } from '../nmea0183/checksum.ts';
import { type Field, type Layout, layouts } from './fields.ts';
import { toRawRateOfTurn } from './rate-of-turn.ts';
import { armor, toSymbol } from './sixbit.ts';

export type AisMessageName = keyof typeof layouts;

/** By the names of `fields.ts`, in their units. What is not given is sent as "not available". */
export type AisValues = Readonly<Record<string, number | boolean | string>>;

export interface AisMessage {
  readonly name: AisMessageName;
  /** One of the layout's types; its first when absent. */
  readonly type?: number;
  readonly mmsi: number;
  readonly values: AisValues;
}

export interface SentenceOptions {
  /** `AI` for a mobile station, `AB` for a base station. */
  readonly talker?: string;
  readonly channel?: 'A' | 'B';
  /** 0–9: tells the messages of several parts apart. */
  readonly sequence?: number;
}

/** Characters of payload in a sentence of at most 82 characters. */
const payloadCharacters = 60;

const rawNumber = (field: Exclude<Field, { readonly as: 'text' }>, value: number | boolean | undefined): number => {
  if (field.as === 'flag') return value === true ? 1 : 0;
  if (field.as === 'rate-of-turn') return typeof value === 'number' ? toRawRateOfTurn(value) : -128;
  if (typeof value !== 'number') return field.unavailable;
  const [least, most] = field.valid;
  const raw = Math.round(value * (field.steps ?? 1));
  return Math.max(least, Math.min(most, raw));
};

/** Puts `bits` bits of `raw` at bit `at`, two's complement. */
const put = (symbols: Uint8Array, at: number, bits: number, raw: number): void => {
  for (let bit = 0; bit < bits; bit++) {
    if (((raw >> (bits - 1 - bit)) & 1) === 0) continue;
    const index = Math.floor((at + bit) / 6);
    symbols[index] = (symbols[index] ?? 0) | (32 >> ((at + bit) % 6));
  }
};

const encodePayload = ({
  name,
  type,
  mmsi,
  values,
}: AisMessage): { readonly symbols: Uint8Array; readonly fill: number } => {
  const layout: Layout = layouts[name];
  const unknown = Object.keys(values).filter(key => !layout.fields.some(field => field.name === key));
  if (unknown.length > 0) throw new RangeError(`AIS message ${name} has no field ${unknown.join(', ')}`);
  const symbols = new Uint8Array(Math.ceil(layout.bits / 6));
  put(symbols, 0, 6, type ?? layout.types[0] ?? 0);
  put(symbols, 8, 30, mmsi);
  for (const field of layout.fields) {
    const value = values[field.name];
    if (field.as !== 'text') {
      put(symbols, field.at, field.bits, rawNumber(field, typeof value === 'string' ? undefined : value));
      continue;
    }
    const characters = field.bits / 6;
    const written = typeof value === 'string' ? value : '';
    for (let index = 0; index < characters; index++) {
      put(symbols, field.at + index * 6, 6, index < written.length ? toSymbol(written[index] ?? '@') : 0);
    }
  }
  return { symbols, fill: symbols.length * 6 - layout.bits };
};

/** One sentence, or several for a long message, each with its line end. Throws RangeError on an unknown field name. */
export const encode = (message: AisMessage, options: SentenceOptions = {}): string => {
  const { talker = 'AI', channel = 'A', sequence = 0 } = options;
  const { symbols, fill } = encodePayload(message);
  const payload = armor(symbols);
  const total = Math.ceil(payload.length / payloadCharacters);
  let sentences = '';
  for (let part = 0; part < total; part++) {
    const text = payload.slice(part * payloadCharacters, (part + 1) * payloadCharacters);
    const last = part === total - 1;
    const head = `${talker}VDM,${total},${part + 1},${total > 1 ? sequence : ''},${channel}`;
    sentences += `!${withChecksum(`${head},${text},${last ? fill : 0}`)}\r\n`;
  }
  return sentences;
};
