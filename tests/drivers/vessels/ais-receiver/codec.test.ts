import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAisCorpus } from '../../../../bench/ais-corpus.ts';
import { createDecoder } from '../../../../drivers/vessels/ais-receiver/codec.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { dataFile, missingData, missingPrograms, readJsonLines } from '../../../support/resources.ts';
import {
  correspondences,
  decodeText,
  observationsOf,
  reasonsOf,
  receivedAt,
  reportedTypes,
  sideBySide,
} from '../../support/ais.ts';

const captured = z.looseObject({
  id: z.string(),
  nmea: z.array(z.string()),
  tag: z.array(z.string().nullable()).nullable(),
});
const agreed = captured.extend({ expected: z.looseObject({ type: z.number(), mmsi: z.number() }) });

const textOf = ({ nmea, tag }: z.output<typeof captured>): string =>
  nmea.map((sentence, index) => `${tag?.[index] ?? ''}${sentence}\r\n`).join('');

const good = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

describe.skipIf(missingData() !== undefined)('real messages on which two other decoders agree', async () => {
  const messages =
    missingData() === undefined ? agreed.array().parse(await readJsonLines(dataFile('ais/consensus.jsonl'))) : [];
  const reported = messages.filter(({ expected }) => reportedTypes.has(expected.type));
  const fields = correspondences({
    sog: 'sog',
    cog: 'cog',
    heading: 'hdg',
    callSign: 'callsign',
    destination: 'dest',
    virtual: 'virtual',
  });

  it('are there, of every type', () => {
    expect(new Set(messages.map(({ expected }) => expected.type)).size).toBe(27);
    expect(reported.length).toBeGreaterThan(1200);
  });

  it('give the same fields', () => {
    for (const message of reported) {
      const { expected } = message;
      if (expected['lon_na'] === true || expected['lat_na'] === true) continue;
      const observations = observationsOf(decodeText(textOf(message)));
      const ours: Readonly<Record<string, unknown>> = Object.assign({}, ...observations);
      expect(ours['mmsi'], message.id).toBe(expected.mmsi);
      const pair = sideBySide(expected, ours, fields);
      expect(pair.ours, message.id).toEqual(pair.theirs);
      if (expected['status'] !== undefined) {
        expect(ours['navigationStatus'] ?? 15, message.id).toBe(expected['status']);
      }
    }
  });

  it('give no position where the vessel has none', () => {
    const without = reported.filter(({ expected }) => expected['lon_na'] === true || expected['lat_na'] === true);
    expect(without.length).toBeGreaterThan(5);
    for (const message of without) {
      const decoded = decodeText(textOf(message));
      expect(observationsOf(decoded).filter(({ kind }) => kind !== 'vessel-static')).toEqual([]);
      expect(reasonsOf(decoded)).toContain('ignored.no-position');
    }
  });

  it('are application messages with their data, understood or not', () => {
    for (const message of messages) {
      const { type, mmsi, dac, fid } = message.expected;
      if (type !== 6 && type !== 8) continue;
      const [said] = observationsOf(decodeText(textOf(message)));
      expect(said, message.id).toMatchObject({
        kind: 'application-message',
        mmsi,
        designatedAreaCode: dac,
        functionIdentifier: fid,
        hex: expect.stringMatching(/^[0-9a-f]*$/),
      });
    }
  });

  it('are texts about safety, unless they say nothing', () => {
    for (const message of messages) {
      const { type, mmsi, text } = message.expected;
      if (type !== 12 && type !== 14) continue;
      const decoded = decodeText(textOf(message));
      const [said] = observationsOf(decoded);
      if (mmsi > 999_999_999) {
        expect(reasonsOf(decoded)).toEqual(['ignored.no-mmsi']);
      } else if (said === undefined) {
        expect(text ?? '', message.id).toBe('');
        expect(reasonsOf(decoded)).toEqual(['ignored.no-text']);
      } else {
        expect(said, message.id).toMatchObject({ kind: 'safety-text', mmsi, ...(text !== undefined && { text }) });
      }
    }
  });

  it('are counted by their type when they are about slots and channels', () => {
    for (const message of messages) {
      const { type } = message.expected;
      if (reportedTypes.has(type) || [6, 8, 12, 14].includes(type)) continue;
      const reason = message.expected.mmsi > 999_999_999 ? 'no-mmsi' : `message-${type}`;
      expect(reasonsOf(decodeText(textOf(message)))).toEqual([`ignored.${reason}`]);
    }
  });

  it('take the time of their TAG block, with one line or several', () => {
    const tagged = reported.filter(({ tag }) => tag?.[0]?.includes('c:') === true);
    expect(tagged.length).toBeGreaterThan(3);
    for (const message of tagged) {
      const seconds = Number(/c:(\d+)/.exec(message.tag?.[0] ?? '')?.[1]);
      for (const { time, timeFrom } of observationsOf(decodeText(textOf(message)))) {
        expect({ time, timeFrom }).toEqual({ time: seconds > 1e11 ? seconds : seconds * 1000, timeFrom: 'device' });
      }
    }
  });

  it('give nothing when they are broken, and a reason', async () => {
    const broken = captured.array().parse(await readJsonLines(dataFile('ais/negatives.jsonl')));
    expect(broken.length).toBeGreaterThan(20);
    for (const message of broken) {
      const decoded = decodeText(textOf(message));
      expect(observationsOf(decoded), message.id).toEqual([]);
      expect(reasonsOf(decoded).join(), message.id).toMatch(/^malformed\./);
    }
  });
});

const peerLine = z.looseObject({ class: z.literal('AIS'), type: z.number(), mmsi: z.number() });
const noPeer = missingPrograms('gpsdecode');

/** What gpsdecode says of the text, of the types that both report alone: it joins the parts of message 24. */
const peerDecodes = (text: string): readonly z.output<typeof peerLine>[] => {
  const run = spawnSync('gpsdecode', ['-j'], { input: text, encoding: 'latin1', maxBuffer: 1e9 });
  return run.stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => peerLine.parse(JSON.parse(line)))
    .filter(({ type }) => reportedTypes.has(type) && type !== 24);
};

const kindsOfType = (type: number): string => {
  if (type === 4) return 'base-station';
  if (type === 5) return 'vessel-static';
  return type === 21 ? 'navigation-aid' : 'vessel-position';
};

describe.skipIf(noPeer !== undefined)('beside gpsdecode', () => {
  const fields = correspondences({
    sog: 'speed',
    cog: 'course',
    heading: 'heading',
    callSign: 'callsign',
    destination: 'destination',
    virtual: 'virtual_aid',
  });

  const compare = (text: string): number => {
    const ours = observationsOf(decodeText(text)).map(observation => ({ ...observation }) as Record<string, unknown>);
    let compared = 0;
    let at = 0;
    for (const theirs of peerDecodes(text)) {
      // Of a vessel without a position we say nothing.
      if (Math.abs(Number(theirs['lon'])) > 180 || Math.abs(Number(theirs['lat'])) > 90) continue;
      const wanted = kindsOfType(theirs.type);
      const found = ours.findIndex(
        (candidate, index) => index >= at && candidate['mmsi'] === theirs.mmsi && candidate['kind'] === wanted,
      );
      expect(found, JSON.stringify(theirs)).toBeGreaterThanOrEqual(0);
      at = found;
      // A message 19 is a position and, next, what is known of the vessel.
      const own = theirs.type === 19 ? { ...ours[found], ...ours[found + 1] } : (ours[found] ?? {});
      // What it cannot read in a message 27 it writes as text.
      const comparable = Object.fromEntries(Object.entries(theirs).filter(([, value]) => value !== 'nan'));
      const pair = sideBySide(comparable, own, fields);
      expect(pair.ours, JSON.stringify(theirs)).toEqual(pair.theirs);
      const { turn } = theirs;
      const isRate = typeof turn === 'number';
      expect(own['rateOfTurnDegreesPerMinute'] === undefined, JSON.stringify(theirs)).toBe(!isRate);
      // It squares the rate and loses the side.
      const rate = Math.abs(Number(own['rateOfTurnDegreesPerMinute']));
      if (isRate) expect(Math.abs(rate - Math.abs(turn))).toBeLessThan(1);
      if (theirs.type <= 3) expect(own['navigationStatus'] ?? 15).toBe(theirs['status']);
      if ('accurate' in own) expect(own['accurate']).toBe(theirs['accuracy']);
      compared++;
    }
    return compared;
  };

  it.skipIf(missingData() !== undefined)('reads gpsd’s own sample with the same fields', async () => {
    expect(compare(await readFile(dataFile('ais/sample.aivdm'), 'latin1'))).toBeGreaterThan(20);
  });

  it('reads messages with values of the whole range with the same fields', () => {
    expect(compare(Buffer.from(createAisCorpus(2)).toString('latin1'))).toBeGreaterThan(1800);
  });
});

describe('bytes in any shape', () => {
  const corpus = createAisCorpus(1);
  const whole = createDecoder('ais-1')({ bytes: corpus, receivedAt });

  it('mean the same in whatever chunks they come', () => {
    for (let round = 0; round < 10; round++) {
      const random = createRandom('chunks', round);
      const decode = createDecoder('ais-1');
      const decoded: unknown[] = [];
      for (let at = 0; at < corpus.length; ) {
        const length = 1 + Math.floor(random() * (round < 5 ? 7 : 3000));
        decoded.push(...decode({ bytes: corpus.subarray(at, at + length), receivedAt }));
        at += length;
      }
      expect(decoded).toEqual(whole);
    }
  });

  it('of two peers are never mixed', () => {
    const decode = createDecoder('ais-1');
    const [head, tail] = [good.slice(0, 20), good.slice(20)];
    const decoded = [
      ...decode({ bytes: Buffer.from(head), receivedAt, channel: 'a' }),
      ...decode({ bytes: Buffer.from(good), receivedAt, channel: 'b' }),
      ...decode({ bytes: Buffer.from(tail), receivedAt, channel: 'a' }),
    ];
    expect(decoded.map(({ kind }) => kind)).toEqual(['observation', 'observation']);
  });

  it.each([
    ['one megabyte without an end', `!AIVDM,${'1'.repeat(1_000_000)}`],
    ['one megabyte of payload', `!AIVDM,1,1,,A,${'1'.repeat(1_000_000)},0*00\r\n`],
    ['one megabyte of TAG block', `\\c:${'1'.repeat(1_000_000)}`],
    ['one megabyte of starts', '!'.repeat(1_000_000)],
    ['one megabyte of open TAG blocks', '\\'.repeat(1_000_000)],
  ])('that are %s are given up, and the next sentence is read', (_, text) => {
    const decode = createDecoder('ais-1');
    const startedAt = performance.now();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 4096) decode({ bytes: bytes.subarray(at, at + 4096), receivedAt });
    const after = [...decode({ bytes: Buffer.from(`\r\n${good}`), receivedAt })];
    expect(observationsOf(after).length).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('that are changed at random never throw and never give what cannot be', () => {
    for (let round = 0; round < 300; round++) {
      const random = createRandom('fuzz', round);
      const bytes = Buffer.from(corpus.subarray(0, 4000));
      for (let change = 0; change < 60; change++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      for (const observation of observationsOf(createDecoder('ais-1')({ bytes, receivedAt }))) {
        if (observation.kind !== 'vessel-position') continue;
        expect(Math.abs(observation.longitude)).toBeLessThanOrEqual(180);
        expect(Math.abs(observation.latitude)).toBeLessThanOrEqual(90);
        expect(observation.cogDegrees ?? 0).toBeLessThan(360);
      }
    }
  });

  it('with a valid checksum around random payloads never throw either', () => {
    const random = createRandom('payloads');
    const alphabet = Array.from({ length: 64 }, (_, value) =>
      String.fromCharCode(value < 40 ? value + 48 : value + 56),
    );
    for (let round = 0; round < 5000; round++) {
      const payload = Array.from(
        { length: Math.floor(random() * 90) },
        () => alphabet[Math.floor(random() * 64)] ?? '0',
      ).join('');
      const body = `AIVDM,1,1,,A,${payload},${Math.floor(random() * 6)}`;
      const sum = [...body].reduce((value, character) => value ^ character.charCodeAt(0), 0);
      const decoded = decodeText(`!${body}*${sum.toString(16).padStart(2, '0')}\r\n`);
      expect(decoded.length).toBeGreaterThan(0);
    }
  });
});
