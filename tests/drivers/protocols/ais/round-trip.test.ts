import { describe, expect, it } from 'vitest';
import type { CommunicationState } from '../../../../drivers/protocols/ais/communication-state.ts';
import { encode, type SendableMessage } from '../../../../drivers/protocols/ais/encode.ts';
import { layouts } from '../../../../drivers/protocols/ais/fields.ts';
import type { Condition, Field, Layout, ListField, NumberField } from '../../../../drivers/protocols/ais/layout.ts';
import { toRateOfTurn } from '../../../../drivers/protocols/ais/rate-of-turn.ts';
import { createRandom, type Random } from '../../../../simulators/world/random.ts';
import { readMessages } from '../../support/ais-peers.ts';

/** Messages of each layout; each field is in three of four of them. */
const rounds = 400;
const share = 0.75;

const whole = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1));
const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[whole(random, 0, from.length - 1)];

/** Every character of AIS but the `@` that ends a text. */
const characters = Array.from({ length: 63 }, (_, index) => String.fromCharCode(index < 31 ? index + 65 : index + 1));
const textOf = (random: Random, most: number): string => {
  const length = random() < 0.3 ? most : whole(random, 0, most);
  return Array.from({ length }, () => pick(random, characters))
    .join('')
    .trim();
};

const scaled = ({ steps = 1, plus = 0 }: NumberField, raw: number): number =>
  (steps > 10 ? Math.round((raw / steps) * 1e6) / 1e6 : raw / steps) + plus;

const numberOf = (random: Random, field: NumberField): number => {
  const [least, most] = field.valid;
  const raw = pick(random, [least, most, whole(random, least, most), whole(random, least, most)]) ?? least;
  return scaled(field, raw);
};

const stateOf = (random: Random, kind: CommunicationState['kind']): CommunicationState => {
  const syncState = whole(random, 0, 3);
  if (kind === 'itdma') {
    const [slotIncrement, numberOfSlots] = [whole(random, 0, 8191), whole(random, 0, 7)];
    return { kind, syncState, slotIncrement, numberOfSlots, keep: random() < 0.5 };
  }
  const slotTimeOut = whole(random, 0, 7);
  const isOdd = slotTimeOut % 2 === 1;
  const number = whole(random, 0, 16_383);
  return {
    kind,
    syncState,
    slotTimeOut,
    receivedStations: isOdd && slotTimeOut > 1 ? number : undefined,
    slotNumber: !isOdd && slotTimeOut > 0 ? number : undefined,
    utcHour: slotTimeOut === 1 ? whole(random, 0, 23) : undefined,
    utcMinute: slotTimeOut === 1 ? whole(random, 0, 59) : undefined,
    slotOffset: slotTimeOut === 0 ? number : undefined,
  };
};

/** Elements in some of the places, in their order; those that share a field say the same in it. */
const listOf = (random: Random, { places }: ListField): readonly object[] => {
  const said = new Map<number, number>();
  return places.flatMap(place => {
    if (random() > share) return [];
    const members = place.map(field => {
      const value = said.get(field.at) ?? numberOf(random, field);
      said.set(field.at, value);
      return [field.name, value];
    });
    return [Object.fromEntries(members)];
  });
};

const saidIn = (random: Random, field: Exclude<Field, { readonly as: 'constant' }>, type: number): unknown => {
  switch (field.as) {
    case 'unsigned':
    case 'signed':
      return numberOf(random, field);
    case 'rate-of-turn':
      return toRateOfTurn(whole(random, -126, 126));
    case 'flag':
      return random() < 0.5;
    case 'choice':
      return pick(random, field.choices)?.[1];
    case 'text':
      return textOf(random, (field.bits + (field.extension?.bits ?? 0)) / 6) || undefined;
    case 'long-text':
      return textOf(random, Math.floor(field.bits / 6)) || undefined;
    case 'data': {
      const bits = whole(random, 1, field.bits);
      const digits = Array.from({ length: Math.ceil(bits / 4) }, (_, index) => {
        const room = Math.min(4, bits - index * 4);
        return (whole(random, 0, 2 ** room - 1) << (4 - room)).toString(16);
      });
      return { bits, hex: digits.join('') };
    }
    case 'communication-state': {
      const { scheme } = field;
      if (scheme === 'sotdma') return stateOf(random, 'sotdma');
      if ('itdmaIn' in scheme) return stateOf(random, scheme.itdmaIn === type ? 'itdma' : 'sotdma');
      return stateOf(random, random() < 0.5 ? 'itdma' : 'sotdma');
    }
    case 'list':
      return listOf(random, field);
  }
};

const isMet = (when: Condition | undefined, values: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(when ?? {}).every(([name, value]) => values[name] === value);

/** What a message of this layout can say, and the fields about which it says nothing. */
const messageOf = (random: Random, layout: Layout) => {
  const messageType = pick(random, layout.types) ?? 0;
  const auxiliaryCraft = random() < 0.3;
  const mmsi = auxiliaryCraft ? whole(random, 980_000_000, 989_999_999) : whole(random, 0, 979_999_999);
  const asked = new Set(layout.fields.flatMap(({ when }) => Object.keys(when ?? {})));
  const values: Record<string, unknown> = {};
  const silent: Field[] = [];
  const taken = new Set<number>();
  // What others depend on comes first.
  const ordered = [...layout.fields].sort((a, b) => Number(asked.has(b.name)) - Number(asked.has(a.name)));
  for (const field of ordered) {
    if (field.as === 'constant' || !isMet(field.when, { ...values, auxiliaryCraft })) continue;
    // Of two that read the same bits one can say something.
    const isFree = field.as === 'list' || !taken.has(field.at);
    const value =
      isFree && (asked.has(field.name) || random() < share) ? saidIn(random, field, messageType) : undefined;
    if (value === undefined) {
      silent.push(field);
      continue;
    }
    values[field.name] = value;
    if (field.as !== 'list') taken.add(field.at);
  }
  const message = {
    messageType,
    ...(layout.part !== undefined && { partNumber: layout.part }),
    repeatIndicator: whole(random, 0, 3),
    mmsi,
    ...values,
  };
  return { message: message as unknown as SendableMessage, silent };
};

/** What is read of a number about which nothing was said. */
const unsaid = (field: NumberField): number | undefined => {
  const [least, most] = field.valid;
  return field.unavailable >= least && field.unavailable <= most ? scaled(field, field.unavailable) : undefined;
};

describe('whatever a message can say, with any of its fields or without,', () => {
  it.each(Object.keys(layouts) as (keyof typeof layouts)[])('is read as it was sent: %s', name => {
    const layout: Layout = layouts[name];
    const random = createRandom('round-trip', name);
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const { message, silent } = messageOf(random, layout);
      const [channel, sequence] = [random() < 0.5 ? 'A' : 'B', whole(random, 0, 9)] as const;
      const options = { channel, sequence, talker: pick(random, ['AI', 'AB', 'BS']) ?? 'AI' };
      const sentences = encode(message, options);
      for (const line of sentences.trimEnd().split('\r\n')) expect(line.length + 2).toBeLessThanOrEqual(82);
      const { messages, faults } = readMessages(sentences);
      const [read, ...others] = messages;
      const context = JSON.stringify(message);
      expect(faults, context).toEqual([]);
      expect(others, context).toEqual([]);
      if (read === undefined) expect.unreachable(context);
      expect(read, context).toMatchObject(message);
      expect(read.lengthSuspect, context).toBeUndefined();
      const values: Readonly<Record<string, unknown>> = { ...read };
      for (const field of silent) {
        if (field.as === 'text' || field.as === 'long-text' || field.as === 'data' || field.as === 'rate-of-turn')
          expect(values[field.name], `${field.name} of ${context}`).toBeUndefined();
        if (field.as !== 'unsigned' && field.as !== 'signed') continue;
        const isOther = layout.fields.some(other => other.name === field.name && other !== field);
        if (!isOther && !(field.name === 'timeStampSeconds' && 'positioningSystem' in message))
          expect(values[field.name], `${field.name} of ${context}`).toBe(unsaid(field));
      }
      expect(encode(read, options), context).toBe(sentences);
      for (const said of Object.keys(message)) seen.add(said);
    }
    const all = layout.fields.filter(({ as }) => as !== 'constant').map(field => field.name);
    expect(all.filter(field => !seen.has(field))).toEqual([]);
  });
});
