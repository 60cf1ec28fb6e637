/**
 * AIS sentences as no standard describes them: several senders at once in chunks of any size, sentences twice, parts in
 * the wrong order or missing, bytes changed, broken off, garbage with a sound checksum, noise. The same seed gives the
 * same bytes.
 */
import type { Decoded } from '../core/driver.ts';
import type { Observation } from '../core/observation.ts';
import { appendObservations } from '../drivers/protocols/ais/observations.ts';
import { createAisReader } from '../drivers/protocols/ais/reader.ts';
import { withChecksum } from '../drivers/protocols/nmea0183/checksum.ts';
import { createRandom, type Random } from '../simulators/world/random.ts';
import { createAisCorpus } from './ais-corpus.ts';

export interface FuzzResult {
  /** Sentences that were sent, whole and broken. */
  readonly sentences: number;
  /** Typed messages that came of them. */
  readonly messages: number;
  readonly observations: number;
  readonly faults: number;
  /** Messages of one sentence that were sent unharmed, whatever stood around them. */
  readonly intact: number;
  /** How many of those did not come out. */
  readonly lost: number;
  /** Values that no message can say, of messages with a sound checksum. */
  readonly impossible: readonly string[];
}

const sources = 5;
const largestChunk = 1500;
/** A tag that stands before a sentence now and then. */
const tags = ['s:north,c:1700000000', 'g:1-2-7,s:south,c:1700000001', 'g:2-2-7', 'c:170000000000123', 't:X', 'q:'];
const others = ['$GPRMC,,V,,,,,,,,,,N', '!AIABK,574000101,A,6,1,0', '$AIALR,,,V,V,'];

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[below(random, from.length)];

const printable = (random: Random): string => String.fromCharCode(below(random, 256));

/** Some bytes replaced, inserted or removed; or everything after one. */
const damage = (random: Random, text: string): string => {
  let damaged = text;
  for (let change = 0; change <= below(random, 3); change++) {
    const at = below(random, damaged.length);
    const how = below(random, 4);
    if (how === 0) damaged = damaged.slice(0, at) + printable(random) + damaged.slice(at + 1);
    else if (how === 1) damaged = damaged.slice(0, at) + printable(random) + damaged.slice(at);
    else if (how === 2) damaged = damaged.slice(0, at) + damaged.slice(at + 1);
    else damaged = damaged.slice(0, at);
  }
  return damaged;
};

const alphabet = Array.from({ length: 64 }, (_, value) => String.fromCharCode(value < 40 ? value + 48 : value + 56));

/** A sound sentence with a payload that says anything. */
const garbage = (random: Random): string => {
  const length = below(random, 4) === 0 ? below(random, 200) : below(random, 60);
  let payload = '';
  for (let index = 0; index < length; index++) payload += pick(random, alphabet);
  const total = below(random, 8) === 0 ? 1 + below(random, 9) : 1;
  const head = `AIVDM,${total},${1 + below(random, total)},${total > 1 ? below(random, 10) : ''},A`;
  return `!${withChecksum(`${head},${payload},${below(random, 6)}`)}\r\n`;
};

const noise = (random: Random): string => {
  switch (below(random, 5)) {
    case 0:
      return '\r\n\n\r';
    case 1:
      return 'UdPbC\0';
    case 2: {
      const other = pick(random, others) ?? '';
      return `${other[0]}${withChecksum(other.slice(1))}\r\n`;
    }
    case 3:
      return `{"class":"AIS","nmea":[${JSON.stringify(garbage(random).trimEnd())}]}\r\n`;
    default:
      return `${Array.from({ length: below(random, 40) }, () => printable(random)).join('')}\n`;
  }
};

const impossibleIn = (observation: Observation): string | undefined => {
  for (const [name, value] of Object.entries(observation)) {
    const most = { longitude: 180, latitude: 90, cogDegrees: 359.9, headingDegrees: 359, sogKnots: 1022 }[name];
    if (typeof value === 'number' && (!Number.isFinite(value) || (most !== undefined && Math.abs(value) > most)))
      return `${observation.kind} with ${name} ${value}`;
  }
  return undefined;
};

interface Source {
  readonly read: (bytes: Uint8Array, receivedAt: number) => void;
  /** What is still to be sent. */
  pending: string;
  /** By type and MMSI: messages that must come out. */
  readonly expected: Map<string, number>;
}

/** Sends at least `sentences` sentences. Whatever the decoder throws comes out of here. */
export const fuzzAis = (seed: string | number, sentences: number): FuzzResult => {
  const random = createRandom('ais-fuzz', seed);
  const corpus = Buffer.from(createAisCorpus(4))
    .toString('latin1')
    .split(/(?<=\r\n)/);
  const result = { sentences: 0, messages: 0, observations: 0, faults: 0, intact: 0 };
  const impossible = new Set<string>();
  const typeOf = new Map<string, string>();
  const out: Decoded[] = [];

  const createSource = (): Source => {
    const expected = new Map<string, number>();
    const read = createAisReader({
      message: (message, symbols, bits, time) => {
        result.messages++;
        const key = `${message.messageType} ${message.mmsi}`;
        const left = expected.get(key);
        if (left !== undefined && left > 1) expected.set(key, left - 1);
        else expected.delete(key);
        appendObservations(message, symbols, bits, { device: 'fuzz', time: time ?? 0, timeFrom: 'device' }, out);
        for (const decoded of out) {
          if (decoded.kind !== 'observation') continue;
          result.observations++;
          const wrong = impossibleIn(decoded.observation);
          if (wrong !== undefined) impossible.add(wrong);
        }
        out.length = 0;
      },
      fields: () => {},
      other: () => {},
      fault: () => {
        result.faults++;
      },
    });
    return { read, pending: '', expected };
  };
  const all = Array.from({ length: sources }, createSource);

  /** What a message of one sentence is, asked of a reader of its own. */
  const keyOf = (sentence: string): string => {
    const known = typeOf.get(sentence);
    if (known !== undefined) return known;
    let key = '';
    createAisReader({
      message: ({ messageType, mmsi }) => {
        key = `${messageType} ${mmsi}`;
      },
      fields: () => {},
      other: () => {},
      fault: () => {},
    })(Buffer.from(sentence, 'latin1'), 0);
    typeOf.set(sentence, key);
    return key;
  };

  const sendIntact = (source: Source, sentence: string): void => {
    source.pending += sentence;
    result.sentences++;
    if (!sentence.startsWith('!AIVDM,1,1,')) return;
    const key = keyOf(sentence);
    source.expected.set(key, (source.expected.get(key) ?? 0) + 1);
    result.intact++;
  };

  const send = (source: Source, text: string): void => {
    source.pending += text;
    result.sentences++;
  };

  /** One message of the corpus, or two of them, in one of the ways of the air. */
  const sendSome = (source: Source): void => {
    const at = below(random, corpus.length - 3);
    const [first = '', second = '', third = ''] = corpus.slice(at, at + 3);
    const how = random();
    if (how < 0.6) for (const sentence of [first, second]) sendIntact(source, sentence);
    else if (how < 0.65) for (const sentence of [first, first]) sendIntact(source, sentence);
    else if (how < 0.72) for (const sentence of [third, first, second]) sendIntact(source, sentence);
    else if (how < 0.84) send(source, damage(random, first));
    else if (how < 0.92) send(source, garbage(random));
    else if (how < 0.96) {
      const tag = `\\${withChecksum(pick(random, tags) ?? '')}\\`;
      send(source, (random() < 0.5 ? tag : damage(random, tag)) + first);
    } else source.pending += noise(random);
  };

  let now = 0;
  while (result.sentences < sentences) {
    const source = all[below(random, sources)];
    if (source === undefined) continue;
    while (source.pending.length < largestChunk) sendSome(source);
    const length = random() < 0.2 ? 1 + below(random, 8) : 1 + below(random, largestChunk);
    source.read(Buffer.from(source.pending.slice(0, length), 'latin1'), now);
    source.pending = source.pending.slice(length);
    now += below(random, 100);
  }
  for (const source of all) source.read(Buffer.from(`${source.pending}\r\n`, 'latin1'), now);
  const lost = all.reduce((sum, { expected }) => sum + [...expected.values()].reduce((a, b) => a + b, 0), 0);
  return { ...result, lost, impossible: [...impossible] };
};
