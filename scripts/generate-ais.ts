/**
 * Turns the field tables of AIS into types and straight-line code: one function a message, which makes an object of one
 * shape, without a loop over fields at run time.
 */
import { layouts } from '../drivers/protocols/ais/fields.ts';
import {
  auxiliaryCraftMmsi,
  type Condition,
  type Field,
  type Layout,
  type ListField,
  type NumberField,
  usualSurplus,
} from '../drivers/protocols/ais/layout.ts';
import type { GeneratedFile } from './generated-file.ts';

/** An expression for `bits` bits from bit `at` of the six-bit symbols `s`; at most 31 bits. */
const bitsOf = (at: number, bits: number, signed: boolean): string => {
  if (at < 0) return `readUnsigned(s, bits - ${-at}, ${bits})`;
  const first = Math.floor(at / 6);
  const last = Math.floor((at + bits - 1) / 6);
  const surplus = (last + 1) * 6 - at - bits;
  const parts: string[] = [];
  for (let index = first; index <= last; index++) {
    const skipped = index === first ? at % 6 : 0;
    const symbol = skipped === 0 ? `s[${index}]!` : `(s[${index}]! & ${63 >> skipped})`;
    const shift = (last - index) * 6 - surplus;
    parts.push(shift > 0 ? `(${symbol} << ${shift})` : shift < 0 ? `(${symbol} >> ${-shift})` : symbol);
  }
  const value = parts.length === 1 ? (parts[0] ?? '0') : `(${parts.join(' | ')})`;
  return signed ? `(${value} << ${32 - bits}) >> ${32 - bits}` : value;
};

/**
 * Whether the field lies wholly inside of the message. One that is counted from the end is where it should be when the
 * message is no shorter than the shortest of its type.
 */
const insideOf = (at: number, bits: number, shortest: number): string => `bits >= ${at < 0 ? shortest : at + bits}`;

/** How to ask whether a raw number is in the valid range; empty where it cannot lie outside. */
const validityOf = (field: NumberField, raw: string): string => {
  const [least, most] = field.valid;
  const asked: string[] = [];
  if (field.as === 'signed' || least > 0) asked.push(`${raw} >= ${least}`);
  if (field.as === 'signed' || most < 2 ** field.bits - 1) asked.push(`${raw} <= ${most}`);
  return asked.join(' && ');
};

/** In steps that a sum of binary fractions would not show: six decimals of a degree are 0.1 m. */
const scaledOf = ({ steps = 1, plus = 0 }: NumberField, raw: string): string => {
  const scaled = steps === 1 ? raw : steps === 10 ? `${raw} / 10` : `Math.round(${raw} * ${1e6 / steps}) / 1e6`;
  return plus === 0 ? scaled : `${scaled} + ${plus}`;
};

const both = (...conditions: readonly string[]): string => conditions.filter(one => one !== '').join(' && ');

const conditionOf = (when: Condition | undefined): string =>
  both(
    ...Object.entries(when ?? {}).map(([name, value]) =>
      typeof value === 'boolean' ? `${name} === ${value}` : `${name} === '${value}'`,
    ),
  );

const capital = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;

const typeOf = (field: Exclude<Field, ListField>): string => {
  switch (field.as) {
    case 'flag':
      return 'boolean';
    case 'choice':
      return field.choices.map(([, word]) => `'${word}'`).join(' | ');
    case 'text':
    case 'long-text':
      return 'string';
    case 'data':
      return 'BinaryData';
    case 'communication-state':
      return 'CommunicationState';
    default:
      return 'number';
  }
};

interface Code {
  /** A statement that reads what the expression needs. */
  readonly read: readonly string[];
  /** When the field is there and says something. */
  readonly when: string;
  readonly value: string;
}

/** `raw`: a name of its own for what is read. `shortest`: bits of the shortest message. */
const codeOf = (field: Exclude<Field, ListField>, raw: string, shortest: number): Code => {
  const { at, bits } = field;
  const inside = insideOf(at, bits, shortest);
  switch (field.as) {
    case 'flag':
      return { read: [], when: inside, value: `${bitsOf(at, bits, false)} !== 0` };
    case 'choice': {
      const isWhole = field.choices.length === 2 ** bits;
      const chosen = isWhole ? field.choices.slice(0, -1) : field.choices;
      const last = isWhole ? `'${field.choices.at(-1)?.[1]}'` : 'undefined';
      return {
        read: [`const ${raw} = ${bitsOf(at, bits, field.signed === true)};`],
        when: inside,
        value: `${chosen.map(([number, word]) => `${raw} === ${number} ? '${word}' : `).join('')}${last}`,
      };
    }
    case 'text':
    case 'long-text': {
      const read =
        field.as === 'text' && field.extension !== undefined
          ? `readExtendedText(s, bits, ${at}, ${bits / 6}, ${field.extension.at}, ${field.extension.bits / 6})`
          : `readText(s, bits, ${at}, ${Math.floor(bits / 6)})`;
      return { read: [], when: '', value: `(${read} || undefined)` };
    }
    case 'data': {
      const end = field.before === undefined ? 'bits' : `bits - ${field.before}`;
      return { read: [], when: '', value: `readData(s, ${at}, ${end})` };
    }
    case 'communication-state': {
      const { scheme } = field;
      const isItdma =
        scheme === 'sotdma'
          ? undefined
          : 'itdmaIn' in scheme
            ? `messageType === ${scheme.itdmaIn}`
            : `${bitsOf(scheme.selectorAt, 1, false)} !== 0`;
      return {
        read: [`const ${raw} = ${bitsOf(at, bits, false)};`],
        when: inside,
        value: isItdma === undefined ? `toSotdma(${raw})` : `${isItdma} ? toItdma(${raw}) : toSotdma(${raw})`,
      };
    }
    case 'rate-of-turn':
      return {
        read: [`const ${raw} = ${bitsOf(at, bits, true)};`],
        when: both(inside, `${raw} > -127`, `${raw} < 127`),
        value: `toRateOfTurn(${raw})`,
      };
    case 'constant':
      return { read: [], when: 'false', value: 'undefined' };
    default:
      return {
        read: [`const ${raw} = ${bitsOf(at, bits, field.as === 'signed')};`],
        when: both(inside, validityOf(field, raw)),
        value: scaledOf(field, raw),
      };
  }
};

const listCode = (field: ListField, shortest: number): readonly string[] => {
  const lines = [`  const ${field.name}: ${field.of}[] = [];`];
  for (const place of field.places) {
    const [key] = place;
    if (key === undefined) continue;
    lines.push(`  if (${insideOf(key.at, key.bits, shortest)}) {`);
    for (const one of place) lines.push(`    const ${one.name} = ${bitsOf(one.at, one.bits, one.as === 'signed')};`);
    const members = place.map((one, index) => {
      if (index === 0)
        return scaledOf(one, one.name) === one.name ? one.name : `${one.name}: ${scaledOf(one, one.name)}`;
      return `${one.name}: ${both(insideOf(one.at, one.bits, shortest), validityOf(one, one.name))} ? ${scaledOf(one, one.name)} : undefined`;
    });
    const push = `${field.name}.push({ ${members.join(', ')} });`;
    const isThere = validityOf(key, key.name);
    lines.push(isThere === '' ? `    ${push}` : `    if (${isThere}) ${push}`, '  }');
  }
  return lines;
};

/** Fields of a name that stands under several conditions, together. */
const byName = (layout: Layout): readonly (readonly [name: string, fields: readonly Field[]])[] => {
  const named = new Map<string, Field[]>();
  for (const field of layout.fields) {
    if (field.as === 'constant') continue;
    const others = named.get(field.name);
    if (others === undefined) named.set(field.name, [field]);
    else others.push(field);
  }
  return [...named];
};

/** Names that conditions ask for. */
const askedFor = (layout: Layout): ReadonlySet<string> =>
  new Set(layout.fields.flatMap(({ when }) => Object.keys(when ?? {})));

const lengthSuspectOf = ({ bits, lengths = [[bits, bits]] }: Layout): string =>
  lengths.map(([least, most]) => `(bits < ${least} || bits > ${most + usualSurplus})`).join(' && ');

const functionOf = (name: string, layout: Layout): string => {
  const type = capital(name);
  const asked = askedFor(layout);
  const head: string[] = [];
  const lines: string[] = [];
  const members: string[] = [];
  if (asked.has('auxiliaryCraft')) {
    const [least, most] = auxiliaryCraftMmsi;
    head.push(`  const auxiliaryCraft = mmsi >= ${least} && mmsi <= ${most};`);
  }
  for (const [property, fields] of byName(layout)) {
    const [first] = fields;
    if (first?.as === 'list') {
      lines.push(...listCode(first, layout.bits));
      members.push(`    ${property},`);
      continue;
    }
    let expression = '';
    for (const [index, field] of fields.entries()) {
      if (field.as === 'list') throw new Error(`${name}: a list has no other place`);
      const code = codeOf(field, `${property}Raw${index === 0 ? '' : index + 1}`, layout.bits);
      const when = both(conditionOf(field.when), code.when);
      (asked.has(property) ? head : lines).push(...code.read.map(line => `  ${line}`));
      const value = field.as === 'choice' || field.as === 'communication-state' ? `(${code.value})` : code.value;
      expression += when === '' ? value : `${when} ? ${value} : `;
    }
    const isConditional = fields.some((field, index) => {
      if (field.as === 'list') return false;
      return both(conditionOf(field.when), codeOf(field, String(index), layout.bits).when) !== '';
    });
    const whole = isConditional ? `${expression}undefined` : expression;
    if (asked.has(property)) {
      head.push(`  const ${property} = ${whole};`);
      members.push(`    ${property},`);
    } else members.push(`    ${property}: ${whole},`);
  }
  const isOne = layout.types.length === 1;
  return [
    `const decode${type} = (`,
    '  s: Uint8Array,',
    '  bits: number,',
    ...(isOne ? [] : [`  messageType: ${layout.types.join(' | ')},`]),
    '  repeatIndicator: number,',
    '  mmsi: number,',
    `): ${type} => {`,
    ...head,
    ...lines,
    '  return {',
    isOne ? `    messageType: ${layout.types[0]},` : '    messageType,',
    '    repeatIndicator,',
    '    mmsi,',
    ...(layout.part === undefined ? [] : [`    partNumber: ${layout.part},`]),
    ...members,
    `    lengthSuspect: ${lengthSuspectOf(layout)} ? true : undefined,`,
    '  };',
    '};',
  ].join('\n');
};

const rangeOf = (field: Field): string => {
  if (field.as !== 'unsigned' && field.as !== 'signed') return '';
  const { steps = 1, plus = 0, valid } = field;
  const [least, most] = valid.map(raw => raw / steps + plus);
  return `; ${least}–${most}`;
};

const docOf = (field: Field): string => `  /** ${field.says}${rangeOf(field)}. */`;

const interfaceOf = (name: string, layout: Layout): string => {
  const members = byName(layout).flatMap(([property, fields]) => {
    const [first] = fields;
    if (first === undefined) return [];
    if (first.as === 'list') return [docOf(first), `  readonly ${property}: readonly ${first.of}[];`];
    return [docOf(first), `  readonly ${property}: ${typeOf(first)} | undefined;`];
  });
  return [
    `/** ${layout.types.length === 1 ? 'Message' : 'Messages'} ${layout.types.join(', ')}: ${layout.says}. */`,
    `export interface ${capital(name)} extends Head {`,
    `  readonly messageType: ${layout.types.join(' | ')};`,
    ...(layout.part === undefined ? [] : ['  /** Part number. */', `  readonly partNumber: ${layout.part};`]),
    ...members,
    '}',
  ].join('\n');
};

const elementOf = (field: ListField): string => {
  const [place = []] = field.places;
  return [
    `export interface ${field.of} {`,
    ...place.flatMap((one, index) => [docOf(one), `  readonly ${one.name}: number${index > 0 ? ' | undefined' : ''};`]),
    '}',
  ].join('\n');
};

const all: readonly (readonly [name: string, layout: Layout])[] = Object.entries(layouts);

const elements = (): readonly string[] => {
  const found = new Map<string, string>();
  for (const [, layout] of all)
    for (const field of layout.fields) if (field.as === 'list') found.set(field.of, elementOf(field));
  return [...found.values()];
};

const dispatch = (): string => {
  const cases: string[] = [];
  const seen = new Set<number>();
  for (const [name, layout] of all) {
    const [type = 0] = layout.types;
    if (seen.has(type)) continue;
    seen.add(type);
    cases.push(...layout.types.map(one => `    case ${one}:`));
    if (layout.part === undefined) {
      const argument = layout.types.length === 1 ? '' : 'messageType, ';
      cases.push(`      return decode${capital(name)}(s, bits, ${argument}repeatIndicator, mmsi);`);
      continue;
    }
    cases.push(`      switch (${bitsOf(38, 2, false)}) {`);
    for (const [part, other] of all.filter(([, { types }]) => types.includes(type))) {
      cases.push(
        `        case ${other.part}:`,
        `          return decode${capital(part)}(s, bits, repeatIndicator, mmsi);`,
      );
    }
    cases.push('        default:', '          return undefined;', '      }');
  }
  return [
    '/** Undefined for a type, or a part of one, that the standard does not know. `bits` are at least 40. */',
    'export const decodeFields = (',
    '  s: Uint8Array,',
    '  bits: number,',
    '  messageType: number,',
    '  repeatIndicator: number,',
    '  mmsi: number,',
    '): AisMessage | undefined => {',
    '  switch (messageType) {',
    ...cases,
    '    default:',
    '      return undefined;',
    '  }',
    '};',
  ].join('\n');
};

/** The decoder. `s` are six-bit symbols, `bits` how many bits of them are the message. */
export const aisDecoder = (): GeneratedFile => ({
  path: 'drivers/protocols/ais/decode.generated.ts',
  text: [
    '// Generated by `npm run generate` from fields.ts. Do not edit.',
    '// `s` holds six-bit symbols and is longer than any layout; `bits` says how many bits of it are the message.',
    "import { type CommunicationState, toItdma, toSotdma } from './communication-state.ts';",
    "import { toRateOfTurn } from './rate-of-turn.ts';",
    "import { type BinaryData, readData, readExtendedText, readText, readUnsigned } from './sixbit.ts';",
    '',
    '/** What every message says. What it marks as not available, and what lies beyond its end, is undefined. */',
    'interface Head {',
    '  /** Message ID; 1–27. */',
    '  readonly messageType: number;',
    '  /** Repeat indicator: how often it was repeated; 3 forbids more. */',
    '  readonly repeatIndicator: number;',
    '  /** User ID or source ID: the MMSI of the station that sends it. */',
    '  readonly mmsi: number;',
    '  /** Bits are missing or left over; fields that lie wholly inside are read. */',
    '  readonly lengthSuspect: true | undefined;',
    '}',
    '',
    ...elements().flatMap(text => [text, '']),
    ...all.flatMap(([name, layout]) => [interfaceOf(name, layout), '']),
    `export type AisMessage =\n${all.map(([name]) => `  | ${capital(name)}`).join('\n')};`,
    '',
    ...all.flatMap(([name, layout]) => [functionOf(name, layout), '']),
    dispatch(),
    '',
  ].join('\n'),
});
