/** Messages as a transponder sends them, in sentences as a receiver passes them on. For simulators and tests. */
import { withChecksum } from '../nmea0183/checksum.ts';
import { type CommunicationState, toRawCommunicationState } from './communication-state.ts';
import type { AisMessage } from './decode.generated.ts';
import { layouts } from './fields.ts';
import {
  auxiliaryCraftMmsi,
  type Condition,
  type Field,
  type Layout,
  type ListField,
  largestMmsi,
  type NumberField,
} from './layout.ts';
import { toRawRateOfTurn } from './rate-of-turn.ts';
import { armor, type BinaryData, maximumSymbols, putUnsigned, toSymbol } from './sixbit.ts';

/** What tells messages apart, and who sends them. */
type Identity = 'messageType' | 'partNumber' | 'mmsi';

type Sendable<M> = M extends AisMessage
  ? Pick<M, Extract<keyof M, Identity>> & { readonly [Name in Exclude<keyof M, Identity>]?: M[Name] | undefined }
  : never;

/**
 * A message with the fields that are to be said; the others are sent as "not available". A decoded message is one, so
 * it can be sent again.
 */
export type SendableMessage = Sendable<AisMessage>;

export interface SentenceOptions {
  /** `AI` for a mobile station, `AB` for a base station. */
  readonly talker?: string;
  readonly channel?: 'A' | 'B';
  /** 0–9: tells the messages of several parts apart. */
  readonly sequence?: number;
}

/** Characters of payload in a sentence of at most 82 characters. */
const payloadCharacters = 60;

type Values = Readonly<Record<string, unknown>>;

/** What is no field of a layout. `lengthSuspect` is known of a message that was received; it is sent as it should be. */
const heads: ReadonlySet<string> = new Set(['messageType', 'partNumber', 'mmsi', 'repeatIndicator', 'lengthSuspect']);

const allLayouts: readonly Layout[] = Object.values(layouts);

const layoutOf = (type: number, part: unknown): Layout => {
  const found = allLayouts.find(layout => layout.types.includes(type) && layout.part === part);
  if (found !== undefined) return found;
  throw new RangeError(`there is no AIS message ${type}${part === undefined ? '' : ` with part ${part}`}`);
};

const namesByLayout = new Map<Layout, ReadonlySet<string>>();

/** What a message of this layout may say. */
const namesOf = (layout: Layout): ReadonlySet<string> => {
  const known = namesByLayout.get(layout);
  if (known !== undefined) return known;
  const fields = layout.fields.filter(({ as }) => as !== 'constant');
  const names = new Set([...heads, ...fields.map(({ name }) => name)]);
  namesByLayout.set(layout, names);
  return names;
};

/** The symbols of a message that is written; as many as its last bit needs. */
interface Page {
  readonly symbols: Uint8Array;
  /** End of what was written. */
  end: number;
}

const put = (page: Page, at: number, bits: number, raw: number): void => {
  putUnsigned(page.symbols, at, bits, raw);
  page.end = Math.max(page.end, at + bits);
};

const rawNumber = ({ steps = 1, plus = 0, valid: [least, most], unavailable }: NumberField, value: unknown): number =>
  typeof value === 'number' ? Math.max(least, Math.min(most, Math.round((value - plus) * steps))) : unavailable;

const putText = (page: Page, at: number, characters: number, written: string): void => {
  for (let index = 0; index < characters; index++) {
    put(page, at + index * 6, 6, index < written.length ? toSymbol(written[index] ?? '@') : 0);
  }
};

const putData = (page: Page, at: number, { bits, hex }: BinaryData): void => {
  if (hex.length * 4 < bits || /[^0-9a-f]/i.test(hex)) throw new RangeError(`${hex} are not ${bits} bits`);
  for (let from = 0; from < bits; from += 4) {
    const here = Math.min(4, bits - from);
    put(page, at + from, here, Number.parseInt(hex[from / 4] ?? '0', 16) >> (4 - here));
  }
};

/** Each element in the next place whose shared fields say the same of it. */
const putList = (page: Page, { name, places }: ListField, elements: readonly Values[]): void => {
  const written = new Map<number, number>();
  let next = 0;
  for (const element of elements) {
    const fits = (place: readonly NumberField[]): boolean =>
      place.every(field => [undefined, rawNumber(field, element[field.name])].includes(written.get(field.at)));
    while (next < places.length && !fits(places[next] ?? [])) next++;
    const place = places[next++];
    if (place === undefined) throw new RangeError(`${name} has no room for ${elements.length} elements like these`);
    for (const field of place) {
      const raw = rawNumber(field, element[field.name]);
      written.set(field.at, raw);
      put(page, field.at, field.bits, raw);
    }
  }
};

const isData = (value: unknown): value is BinaryData =>
  typeof value === 'object' && value !== null && 'hex' in value && 'bits' in value;
const isState = (value: unknown): value is CommunicationState =>
  typeof value === 'object' && value !== null && 'syncState' in value;
const isValues = (value: unknown): value is Values => typeof value === 'object' && value !== null;

const putField = (page: Page, field: Field, value: unknown, type: number): void => {
  switch (field.as) {
    case 'unsigned':
    case 'signed':
      put(page, field.at, field.bits, rawNumber(field, value));
      return;
    case 'rate-of-turn':
      put(page, field.at, field.bits, typeof value === 'number' ? toRawRateOfTurn(value) : -128);
      return;
    case 'flag':
      put(page, field.at, 1, value === true ? 1 : 0);
      return;
    case 'constant':
      put(page, field.at, field.bits, field.raw);
      return;
    case 'choice': {
      const chosen = field.choices.find(([, word]) => word === value);
      if (chosen !== undefined) put(page, field.at, field.bits, chosen[0]);
      else if (value !== undefined) throw new RangeError(`${field.name} cannot be ${String(value)}`);
      return;
    }
    case 'text':
    case 'long-text': {
      const written = typeof value === 'string' ? value : '';
      const characters = Math.floor(field.bits / 6);
      if (field.as === 'long-text') putText(page, field.at, Math.min(characters, written.length), written);
      else putText(page, field.at, characters, written);
      if (field.as === 'text' && field.extension !== undefined) {
        const more = written.slice(characters);
        putText(page, field.extension.at, Math.min(more.length, field.extension.bits / 6), more);
      }
      return;
    }
    case 'data':
      if (isData(value)) {
        if (value.bits > field.bits) throw new RangeError(`${field.name} has no room for ${value.bits} bits`);
        putData(page, field.at, value);
      }
      // What stands behind them is counted from the end.
      page.end = Math.max(page.end, field.at) + (field.before ?? 0);
      return;
    case 'communication-state': {
      const at = field.at < 0 ? page.end + field.at : field.at;
      const state = isState(value) ? value : undefined;
      if (typeof field.scheme === 'object' && 'selectorAt' in field.scheme) {
        const { selectorAt } = field.scheme;
        put(page, selectorAt < 0 ? page.end + selectorAt : selectorAt, 1, state?.kind === 'itdma' ? 1 : 0);
      } else {
        const expected = field.scheme !== 'sotdma' && field.scheme.itdmaIn === type ? 'itdma' : 'sotdma';
        if (state !== undefined && state.kind !== expected)
          throw new RangeError(`the communication state of message ${type} is ${expected}, not ${state.kind}`);
      }
      put(page, at, field.bits, state === undefined ? 0 : toRawCommunicationState(state));
      return;
    }
    case 'list':
      if (Array.isArray(value)) putList(page, field, value.filter(isValues));
  }
};

/** What a condition asks for: a field's value as it is sent when nothing else is said, or something of the MMSI. */
const conditionValue = (layout: Layout, values: Values, mmsi: number, name: string): unknown => {
  if (name === 'auxiliaryCraft') return mmsi >= auxiliaryCraftMmsi[0] && mmsi <= auxiliaryCraftMmsi[1];
  if (values[name] !== undefined) return values[name];
  const field = layout.fields.find(candidate => candidate.name === name);
  return field?.as === 'choice' ? field.choices.find(([raw]) => raw === 0)?.[1] : false;
};

const isMet = (when: Condition, asked: (name: string) => unknown): boolean =>
  Object.entries(when).every(([name, value]) => asked(name) === value);

const describe = (when: Condition): string =>
  Object.entries(when)
    .map(([name, value]) => `${name} is ${value}`)
    .join(' and ');

const sentBits = ({ bits, lengths = [[bits, bits]], boundary = 1 }: Layout, end: number): number => {
  const least = Math.ceil(Math.max(bits, end) / boundary) * boundary;
  for (const [from, to] of lengths) if (least <= to) return Math.max(from, least);
  return least;
};

/**
 * The symbols of a message and how many of their bits it is. Numbers beyond what can be sent become the nearest that can.
 * Throws RangeError on an unknown message or field, and on one that the message cannot say beside the others.
 */
export const encodeMessage = (message: SendableMessage): { readonly symbols: Uint8Array; readonly bits: number } => {
  const values: Values = message;
  const { messageType, mmsi, repeatIndicator = 0 } = message;
  const layout = layoutOf(messageType, values['partNumber']);
  const known = namesOf(layout);
  const unknown = Object.keys(message).filter(name => !known.has(name));
  if (unknown.length > 0) throw new RangeError(`AIS message ${messageType} has no field ${unknown.join(', ')}`);
  if (!Number.isInteger(mmsi) || mmsi < 0 || mmsi > largestMmsi) throw new RangeError(`${mmsi} is no MMSI`);
  const page: Page = { symbols: new Uint8Array(maximumSymbols), end: 0 };
  put(page, 0, 6, messageType);
  put(page, 6, 2, repeatIndicator);
  put(page, 8, 30, mmsi);
  if (layout.part !== undefined) put(page, 38, 2, layout.part);
  const asked = (name: string): unknown => conditionValue(layout, values, mmsi, name);
  const said = new Set<string>();
  for (const field of layout.fields) {
    if (field.when !== undefined && !isMet(field.when, asked)) continue;
    said.add(field.name);
    putField(page, field, values[field.name], messageType);
  }
  for (const { name, when } of layout.fields) {
    if (when !== undefined && values[name] !== undefined && !said.has(name))
      throw new RangeError(`AIS message ${messageType} has ${name} only where ${describe(when)}`);
  }
  const bits = sentBits(layout, page.end);
  return { symbols: page.symbols.subarray(0, Math.ceil(bits / 6)), bits };
};

/** One sentence, or several for a long message, each with its line end. Throws as `encodeMessage` does. */
export const encode = (message: SendableMessage, options: SentenceOptions = {}): string => {
  const { talker = 'AI', channel = 'A', sequence = 0 } = options;
  const { symbols, bits } = encodeMessage(message);
  const payload = armor(symbols);
  const total = Math.ceil(payload.length / payloadCharacters);
  let sentences = '';
  for (let part = 0; part < total; part++) {
    const text = payload.slice(part * payloadCharacters, (part + 1) * payloadCharacters);
    const last = part === total - 1;
    const head = `${talker}VDM,${total},${part + 1},${total > 1 ? sequence : ''},${channel}`;
    sentences += `!${withChecksum(`${head},${text},${last ? symbols.length * 6 - bits : 0}`)}\r\n`;
  }
  return sentences;
};
