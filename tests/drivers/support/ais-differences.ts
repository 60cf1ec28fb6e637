/** What other decoders say of AIS messages beside what we say, field by field, and where we differ on purpose. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { z } from 'zod';
import type { AisMessage } from '../../../drivers/protocols/ais/decode.generated.ts';
import { isSame, type Words } from './ais-peers.ts';

/** Where we say something else than another decoder, on purpose. Clauses are those of ITU-R M.1371-5 annex 8. */
interface Difference {
  readonly types: readonly number[];
  readonly words: readonly string[];
  readonly because: string;
  /** `all`: what the other says of the whole message. */
  readonly applies: (theirs: unknown, ours: AisMessage, word: string, all: Words) => boolean;
}

const beyond =
  (most: number) =>
  (theirs: unknown): boolean =>
    Math.abs(Number(theirs)) > most;

export const reservedHeading: Difference = {
  types: [1, 2, 3, 18, 19],
  words: ['hdg', 'heading'],
  because: '§§ 3.1, 3.16: a true heading is 0–359, 511 is not available; others are reserved and say nothing',
  applies: theirs => Number(theirs) >= 360 && Number(theirs) < 511,
};

export const differences: readonly Difference[] = [
  reservedHeading,
  {
    types: [2, 4, 9, 17, 23, 27],
    words: ['lon', 'ne_lon', 'sw_lon'],
    because: '§ 3.1: no longitude is beyond 180°',
    applies: beyond(180),
  },
  {
    types: [2, 4, 9, 17, 23, 27],
    words: ['lat', 'ne_lat', 'sw_lat'],
    because: '§ 3.1: no latitude is beyond 90°',
    applies: beyond(90),
  },
  {
    types: [1, 2, 3],
    words: ['maneuver'],
    because: '§ 3.1: the special manoeuvre indicator is 0, 1 or 2',
    applies: theirs => theirs === 3,
  },
  {
    types: [7, 13, 15],
    words: ['1', '2', '3', '4', '1_1', '1_2', '2_1'].flatMap(place =>
      ['mmsi', 'type', 'offset'].map(word => word + place),
    ),
    because: '§§ 3.5, 3.11, 3.13: the message ends inside of the field, and what is not there is not read',
    applies: (_, ours) => ours.lengthSuspect === true,
  },
  {
    types: [6, 12],
    words: ['retransmit'],
    because: '§§ 3.4, 3.10: 1 is retransmitted; libais writes the contrary',
    applies: (theirs, ours) =>
      (ours.messageType === 6 || ours.messageType === 12) && theirs === !(ours.retransmitted ?? false),
  },
  {
    types: [21],
    words: ['name'],
    because: 'table 47: 31 is _ and 39 is an apostrophe; libais writes - and `',
    applies: (theirs, ours) => {
      const plain = (text: unknown): string => String(text).replaceAll(/[-_]/g, '-').replaceAll(/[`']/g, '`');
      return ours.messageType === 21 && plain(theirs) === plain(ours.name);
    },
  },
  {
    types: [17],
    words: ['data'],
    because: '§ 3.15: the message ends before its corrections begin',
    applies: (_, ours) => ours.messageType === 17 && ours.corrections === undefined,
  },
  {
    types: [1, 2, 3],
    words: ['radio'],
    because: '§ 3.1: the message ends before its communication state does',
    applies: (_, ours) => ours.lengthSuspect === true,
  },
  {
    types: [18],
    words: ['radio'],
    because: '§ 3.16: a carrier-sense unit has no communication state and fills its bits with a fixed pattern',
    applies: (theirs, ours) => ours.messageType === 18 && ours.classBUnit === 'carrier-sense' && Number(theirs) > 0,
  },
  {
    types: [4, 11],
    words: ['timestamp'],
    because: '§ 3.2: years are 1–9999, hours 0–23',
    applies: theirs => typeof theirs === 'string' && (theirs.indexOf('-') > 4 || Number(theirs.slice(11, 13)) > 24),
  },
  {
    types: [23],
    words: ['shiptype'],
    because: 'table 53: types of ship are 1–99; others are regional or reserved',
    applies: theirs => Number(theirs) > 99,
  },
  {
    types: [25, 26],
    words: ['app_id', 'data', 'dac', 'fid'],
    because: '§§ 3.23, 3.24: two spare bits follow a destination; gpsd and libais read on at once',
    applies: (_, ours) => (ours.messageType === 25 || ours.messageType === 26) && ours.addressed === true,
  },
  {
    types: [26],
    words: ['radio', 'data'],
    because: '§ 3.24: the last 24 bits are four spare ones, the selector and the communication state',
    applies: (_, ours) => ours.messageType === 26,
  },
  {
    types: [9],
    words: ['speed'],
    because: '§ 3.7: an aircraft gives whole knots; libais reads tenths',
    applies: (theirs, ours) => ours.messageType === 9 && Math.abs(Number(theirs) * 10 - Number(ours.sogKnots)) < 0.01,
  },
  {
    types: [20],
    words: ['offset3', 'number3', 'timeout3', 'increment3'],
    because: '§ 3.18: behind two blocks stand four spare bits, which gpsd takes for the head of a third',
    applies: (_, ours, __, all) =>
      ours.messageType === 20 && ours.reservations.length === 2 && all['number3'] === 0 && all['increment3'] === 0,
  },
];

/** Words for which ours has none: of the program itself, and spare bits. */
const notOfTheMessage: Readonly<Record<string, readonly number[] | 'all'>> = {
  device: 'all',
  scaled: 'all',
  // Of the TAG block, beside those that begin with its name.
  timestamp: [1, 5],
  reserved: [18, 19],
  regional: [9, 18, 19],
  // A second message of the second station, which the standard has no place for.
  offset2_2: [15],
  type2_2: [15],
  slot_offset_2: [15],
  msg_2: [15],
};

/** What an application says is judged in its own test. */
const applicationTypes: ReadonlySet<number> = new Set([6, 8]);

const isKnown = (word: string, type: number): boolean => {
  if (word.endsWith('_text') || /^(spare|utc_spare|device|commstate|tagblock)/.test(word)) return true;
  const types = notOfTheMessage[word];
  return types === 'all' || types?.includes(type) === true || applicationTypes.has(type);
};

/** Lists whose places say nothing with a 0 in the first of these words: §§ 3.14, 3.18. Ours begin with the next place. */
const placeWords: Readonly<Record<number, readonly string[]>> = {
  16: ['mmsi', 'offset', 'increment'],
  20: ['offset', 'number', 'timeout', 'increment'],
};

const withoutEmptyPlaces = (theirs: Words, type: number): Words => {
  const [key, ...others] = placeWords[type] ?? [];
  if (key === undefined) return theirs;
  const kept: Record<string, unknown> = Object.fromEntries(
    Object.entries(theirs).filter(([word]) => ![key, ...others].includes(word.replace(/\d$/, ''))),
  );
  let next = 1;
  for (const place of [1, 2, 3, 4]) {
    if (Number(theirs[key + place] ?? 0) === 0) continue;
    for (const word of [key, ...others]) {
      const value = theirs[word + place];
      if (value !== undefined) kept[word + next] = value;
    }
    next++;
  }
  return kept;
};

export const createComparison = () => {
  const used = new Set<Difference>();
  let compared = 0;
  return {
    used,
    compared: () => compared,
    /** Each of their words against ours. */
    compare: (told: Words, ours: Words, message: AisMessage, toleranceOf: (word: string) => number): void => {
      const theirs = withoutEmptyPlaces(told, message.messageType);
      for (const [word, value] of Object.entries(theirs)) {
        if (word in ours && ours[word] !== undefined && isSame(value, ours[word], toleranceOf(word))) {
          compared++;
          continue;
        }
        const reason = differences.find(
          one =>
            one.types.includes(message.messageType) &&
            one.words.includes(word) &&
            one.applies(value, message, word, theirs),
        );
        if (reason !== undefined) used.add(reason);
        else if (word in ours || !isKnown(word, message.messageType))
          expect({ [word]: ours[word] }, JSON.stringify({ theirs, ours: message })).toEqual({ [word]: value });
      }
    },
  };
};

const gpsdLine = z.looseObject({ class: z.literal('AIS'), type: z.number(), mmsi: z.number() });

export type GpsdLine = z.output<typeof gpsdLine>;

/** What gpsdecode says of the text; of message 24 only what it has joined of both parts. */
export const gpsdReads = (text: string): readonly GpsdLine[] =>
  spawnSync('gpsdecode', ['-j'], { input: text, encoding: 'latin1', maxBuffer: 1e9 })
    .stdout.split('\n')
    .filter(line => line !== '')
    .map(line => gpsdLine.parse(JSON.parse(line)));

/** It writes one decimal of a degree that was sent in tenths of a minute, and squares the rate of turn. */
export const gpsdTolerance =
  (type: number) =>
  (word: string): number => {
    if (word === 'turn') return 1;
    return (type === 17 || type === 27) && (word === 'lon' || word === 'lat') ? 0.051 : 1e-6;
  };
