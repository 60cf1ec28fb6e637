/** Turns the field tables of AIS into straight-line code: one function a message, no loop over fields at run time. */
import { type Field, type Layout, layouts, type Result } from '../drivers/protocols/ais/fields.ts';
import type { GeneratedFile } from './generated-file.ts';

/** An expression for `bits` bits from bit `at` of the six-bit symbols `s`; at most 31 bits. */
const bitsOf = (at: number, bits: number, signed: boolean): string => {
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
  const value = parts.length === 1 ? (parts[0] ?? '0') : parts.join(' | ');
  return signed ? `((${value}) << ${32 - bits}) >> ${32 - bits}` : value;
};

const largest = (field: Field): number => 2 ** field.bits - 1;

/** Whether a raw number can lie outside of the valid range at all, and how to ask. */
const isValid = (field: Field & { readonly as: 'unsigned' | 'signed' }, raw: string): string => {
  const [least, most] = field.valid;
  const asked: string[] = [];
  if (field.as === 'signed' || least > 0) asked.push(`${raw} >= ${least}`);
  if (field.as === 'signed' || most < largest(field)) asked.push(`${raw} <= ${most}`);
  return asked.join(' && ');
};

/** In steps that a sum of binary fractions would not show: six decimals of a degree are 0.1 m. */
const scaled = (raw: string, steps: number): string => {
  if (steps === 1) return raw;
  return steps === 10 ? `${raw} / 10` : `Math.round(${raw} * ${1e6 / steps}) / 1e6`;
};

const fieldOf = (layout: Layout, name: string): Field => {
  const field = layout.fields.find(candidate => candidate.name === name);
  if (field === undefined) throw new Error(`message ${layout.types.join(', ')} has no field ${name}`);
  return field;
};

interface Code {
  /** A statement that reads what the condition and the value need. */
  readonly read?: string;
  /** When the field is there and says something. */
  readonly when: string;
  readonly value: string;
}

const codeOf = (field: Field): Code => {
  const { name, at, bits } = field;
  const inside = `bits >= ${at + bits}`;
  const raw = `${name}Raw`;
  switch (field.as) {
    case 'flag':
      return { when: inside, value: `(${bitsOf(at, bits, false)}) !== 0` };
    case 'text': {
      const read =
        field.extension === undefined
          ? `readText(s, bits, ${at}, ${bits / 6})`
          : `readExtendedText(s, bits, ${at}, ${bits / 6}, ${field.extension})`;
      return { read: `const ${name} = ${read};`, when: `${name} !== ''`, value: name };
    }
    case 'rate-of-turn':
      return {
        read: `const ${raw} = ${bitsOf(at, bits, true)};`,
        when: `${inside} && ${raw} > -127 && ${raw} < 127`,
        value: `toRateOfTurn(${raw})`,
      };
    default:
      return {
        read: `const ${raw} = ${bitsOf(at, bits, field.as === 'signed')};`,
        when: [inside, isValid(field, raw)].filter(condition => condition !== '').join(' && '),
        value: scaled(raw, field.steps ?? 1),
      };
  }
};

const typeNames: Readonly<Partial<Record<Result['kind'], string>>> = {
  'vessel-position': 'VesselPosition',
  'vessel-static': 'VesselStatic',
  'navigation-aid': 'NavigationAid',
  'base-station': 'BaseStation',
};

const functionOf = (layout: Layout, result: Result): string => {
  const typeName = typeNames[result.kind];
  if (typeName === undefined) throw new Error(`no message of AIS becomes a ${result.kind}`);
  const lines: string[] = [];
  const members: string[] = [];
  const conditions: string[] = [];
  let needed = 38;
  for (const name of result.required) {
    const field = fieldOf(layout, name);
    const code = codeOf(field);
    needed = Math.max(needed, field.at + field.bits);
    if (code.read !== undefined) lines.push(`  ${code.read}`);
    if (field.as === 'unsigned' || field.as === 'signed') conditions.push(isValid(field, `${name}Raw`));
    members.push(`    ${name}: ${code.value},`);
  }
  const refused = conditions.filter(condition => condition !== '').map(condition => `!(${condition})`);
  const constants = Object.entries(result.constants ?? {}).map(([name, value]) => `    ${name}: '${value}',`);
  const hasType = result.kind === 'vessel-position';
  const sure = result.required.length === 0;
  const body = [
    ...(sure ? [] : [`  if (bits < ${needed}) return undefined;`]),
    ...lines,
    ...(refused.length === 0 ? [] : [`  if (${refused.join(' || ')}) return undefined;`]),
    `  const observation: Writable<${typeName}> = {`,
    `    kind: '${result.kind}',`,
    '    device,',
    '    time,',
    '    timeFrom,',
    '    mmsi,',
    ...constants,
    ...(hasType ? ['    messageType: type,'] : []),
    ...members,
    '  };',
  ];
  for (const name of result.optional) {
    const code = codeOf(fieldOf(layout, name));
    if (code.read !== undefined) body.push(`  ${code.read}`);
    body.push(`  if (${code.when}) observation.${name} = ${code.value};`);
  }
  body.push('  return observation;');
  const parameters = [
    's: Uint8Array',
    'bits: number',
    ...(hasType ? ['type: number'] : []),
    'mmsi: number',
    'device: string',
    'time: Instant',
    'timeFrom: TimeFrom',
  ];
  return [
    `/** Messages ${layout.types.join(', ')}. */`,
    `export const decode${result.name} = (`,
    ...parameters.map(parameter => `  ${parameter},`),
    `): ${typeName}${sure ? '' : ' | undefined'} => {`,
    ...body,
    '};',
  ].join('\n');
};

/** The decoder's functions. `s` are six-bit symbols, `bits` how many bits of them are the message. */
export const aisDecoder = (): GeneratedFile => ({
  path: 'drivers/protocols/ais/decode.generated.ts',
  text: [
    '// Generated by `npm run generate` from fields.ts. Do not edit.',
    '// `s` holds six-bit symbols and is longer than any layout; `bits` says how many bits of it are the message.',
    "import type { BaseStation, NavigationAid, VesselPosition, VesselStatic } from '../../../core/observation.ts';",
    "import type { Instant } from '../../../core/time.ts';",
    "import { toRateOfTurn } from './rate-of-turn.ts';",
    "import { readExtendedText, readText } from './sixbit.ts';",
    '',
    "type TimeFrom = 'device' | 'gateway';",
    'type Writable<T> = { -readonly [Key in keyof T]: T[Key] };',
    '',
    Object.values(layouts)
      .flatMap(layout => layout.results.map(result => functionOf(layout, result)))
      .join('\n\n'),
    '',
  ].join('\n'),
});
