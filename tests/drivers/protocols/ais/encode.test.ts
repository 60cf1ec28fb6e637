import ggencoder from 'ggencoder';
import { describe, expect, it } from 'vitest';
import type { AisMessage } from '../../../../drivers/protocols/ais/decode.generated.ts';
import { encode, type SendableMessage } from '../../../../drivers/protocols/ais/encode.ts';
import { missingPrograms } from '../../../support/resources.ts';
import { decodeText, observationsOf } from '../../support/ais.ts';
import { createComparison, gpsdReads, gpsdTolerance } from '../../support/ais-differences.ts';
import { itdma, messages } from '../../support/ais-messages.ts';
import { asGgencoder, asGpsd, isSame, readMessages } from '../../support/ais-peers.ts';

const received = (sentences: string): readonly AisMessage[] => {
  const { messages: read, faults } = readMessages(sentences);
  expect(faults).toEqual([]);
  return read;
};

/** What is there of it. */
const said = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('what is encoded', () => {
  it('is every type of the standard', () => {
    const types = new Set(messages.map(([, { messageType }]) => messageType));
    expect([...types].sort((a, b) => a - b)).toEqual(Array.from({ length: 27 }, (_, index) => index + 1));
  });

  it.each(messages.map(([says, message]) => [message.messageType, says, message] as const))(
    'is decoded again: %d, %s',
    (_, __, message) => {
      const [decoded, ...others] = received(encode(message));
      expect(others).toEqual([]);
      expect(decoded?.lengthSuspect).toBeUndefined();
      expect(said(decoded)).toMatchObject(said(message) as object);
    },
  );

  it.each(messages.map(([says, message]) => [message.messageType, says, message] as const))(
    'is the same again when what was decoded is sent: %d, %s',
    (_, __, message) => {
      const sentences = encode(message);
      const [decoded] = received(sentences);
      expect(decoded).toBeDefined();
      if (decoded !== undefined) expect(encode(decoded)).toBe(sentences);
    },
  );

  it.each(messages.map(([says, message]) => [message.messageType, says, message] as const))(
    'says nothing of what was not given: %d, %s',
    (_, __, { messageType, mmsi, ...rest }) => {
      const part = 'partNumber' in rest ? { partNumber: rest.partNumber } : {};
      const [bare] = received(encode({ messageType, mmsi, ...part } as SendableMessage));
      const told = Object.entries(bare ?? {}).filter(
        ([name, value]) =>
          !['messageType', 'mmsi', 'partNumber', 'repeatIndicator'].includes(name) &&
          value !== undefined &&
          // Fields of a bit or two have no room for "not available": the standard's default is said.
          ![false, 0, 'low', 'high', 'available', 'gnss', 'sotdma', 'below-5-s', 'as-by-channel-number', 5].includes(
            value as never,
          ) &&
          name !== 'communicationState' &&
          !(Array.isArray(value) && value.length === 0),
      );
      expect(told).toEqual([]);
    },
  );

  it.each([
    [0, 0],
    [10, 10],
    [-127.3, -127.3],
    [720, 708.7],
  ])('turns a rate of %d into the nearest that can be sent', (rate, sent) => {
    const [report] = received(encode({ messageType: 1, mmsi: 1, rateOfTurnDegreesPerMinute: rate }));
    const turned = report?.messageType === 1 ? report.rateOfTurnDegreesPerMinute : undefined;
    expect(Math.abs(Number(turned) - sent)).toBeLessThan(2.5);
  });

  it('is split into sentences of at most 82 characters with their line end', () => {
    const sentences = encode({ messageType: 5, mmsi: 1, name: 'A'.repeat(20) }, { sequence: 7, channel: 'B' });
    const lines = sentences.split(/(?<=\r\n)/);
    expect(lines.map(line => line.slice(0, 15))).toEqual(['!AIVDM,2,1,7,B,', '!AIVDM,2,2,7,B,']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(82);
  });

  it('writes what AIS cannot write as a question mark, and small letters as capitals', () => {
    const [told] = received(encode({ messageType: 24, partNumber: 0, mmsi: 1, name: 'Hải đăng' }));
    expect(told).toMatchObject({ name: 'H?I ??NG' });
  });

  it.each<[string, object, RegExp]>([
    ['a field of no message', { messageType: 24, partNumber: 0, nmae: 'X' }, /nmae/],
    ['a field of another message', { messageType: 1, imoNumber: 9_134_270 }, /no field imoNumber/],
    ['an unknown message', { messageType: 28 }, /no AIS message 28/],
    ['a message 24 without its part', { messageType: 24, name: 'X' }, /no AIS message 24/],
    ['a number that is no MMSI', { messageType: 1, mmsi: 2 ** 30 }, /no MMSI/],
    ['stations beside an area', { messageType: 22, destinationMmsi1: 1 }, /only where addressed is true/],
    [
      'dimensions of a craft that gives its parent',
      { messageType: 24, partNumber: 1, mmsi: 98e7, toBowMetres: 1 },
      /only/,
    ],
    ['a word that is none', { messageType: 1, positionAccuracy: 'medium' }, /positionAccuracy cannot be medium/],
    ['the communication state of another', { messageType: 1, communicationState: itdma }, /is sotdma, not itdma/],
    ['data that are no digits', { messageType: 8, applicationData: { bits: 8, hex: 'zz' } }, /no room|not 8 bits/],
    ['more data than fit', { messageType: 25, binaryData: { bits: 129, hex: '0'.repeat(40) } }, /no room/],
    [
      'more elements than fit',
      { messageType: 16, assignments: [1, 2, 3].map(each => ({ destinationMmsi: each, offset: 0, increment: 0 })) },
      /no room/,
    ],
  ])('cannot be %s', (_, message, reason) => {
    const wrong = { mmsi: 1, ...message } as unknown as SendableMessage;
    expect(() => encode(wrong)).toThrow(RangeError);
    expect(() => encode(wrong)).toThrow(reason);
  });
});

describe.skipIf(missingPrograms('gpsdecode') !== undefined)('gpsdecode', () => {
  it.each(messages.map(([says, message]) => [message.messageType, says, message] as const))(
    'reads back what is encoded: %d, %s',
    (type, _, message) => {
      const text = encode(message);
      const [decoded] = readMessages(text).messages;
      const [theirs, ...others] = gpsdReads(text);
      expect(others).toEqual([]);
      // Of a message 24 it says something when it has both parts: see message.test.ts.
      if (type === 24) return;
      expect(theirs).toMatchObject({ type, mmsi: message.mmsi });
      if (theirs === undefined || decoded === undefined) return;
      const { compare, compared } = createComparison();
      compare(theirs, asGpsd(decoded), decoded, gpsdTolerance(type));
      expect(compared()).toBeGreaterThan(4);
    },
  );
});

/** The types that it knows; of message 8 only some applications. */
const ggencoderTypes: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 9, 11, 14, 18, 19, 21, 24, 27]);

describe('beside ggencoder', () => {
  const theirs = (message: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] => {
    const { nmea } = new ggencoder.AisEncode(message);
    return observationsOf(decodeText(`${nmea}\r\n`)).map(observation => ({ ...observation }));
  };

  it('reads its class A positions', () => {
    const [report] = theirs({
      aistype: 1,
      repeat: 0,
      mmsi: 351759000,
      navstatus: 7,
      lon: -70.5,
      lat: -33.25,
      rot: 0,
      sog: 12.3,
      cog: 224,
      hdg: 215,
      smi: 0,
    });
    expect(report).toMatchObject({
      mmsi: 351759000,
      navigationStatus: 7,
      longitude: -70.5,
      latitude: -33.25,
      sogKnots: 12.3,
      cogDegrees: 224,
      headingDegrees: 215,
    });
  });

  it('reads its class B positions', () => {
    const [report] = theirs({
      aistype: 18,
      repeat: 0,
      mmsi: 338087471,
      accuracy: 1,
      lon: 107.5,
      lat: 16.5,
      sog: 4.5,
      cog: 79.5,
      hdg: 80,
    });
    expect(report).toMatchObject({
      accurate: true,
      longitude: 107.5,
      latitude: 16.5,
      sogKnots: 4.5,
      cogDegrees: 79.5,
      headingDegrees: 80,
    });
  });

  it('reads its static data, which it sends in one long sentence', () => {
    const [told] = theirs({
      aistype: 5,
      repeat: 0,
      mmsi: 351759000,
      imo: 9134270,
      callsign: '3FOF8',
      shipname: 'EVER DIADEM',
      cargo: 70,
      dimA: 225,
      dimB: 70,
      dimC: 1,
      dimD: 31,
      draught: 12.5,
      destination: 'NEW YORK',
    });
    expect(told).toMatchObject({
      imo: 9134270,
      callSign: '3FOF8',
      name: 'EVER DIADEM',
      shipType: 70,
      toBowMetres: 225,
      toSternMetres: 70,
      toPortMetres: 1,
      toStarboardMetres: 31,
      draughtMetres: 12.5,
      destination: 'NEW YORK',
    });
  });

  const readable = messages.filter(([, { messageType }]) => ggencoderTypes.has(messageType));

  it.each(readable.map(([says, message]) => [message.messageType, says, message] as const))(
    'is read by it in turn: %d, %s',
    (type, _, message) => {
      const session = {};
      const text = encode(message);
      const parts = text.trimEnd().split('\r\n');
      const [theirs] = parts.map(part => new ggencoder.AisDecode(part, session)).slice(-1);
      expect(theirs?.valid).toBe(true);
      const [decoded] = readMessages(text).messages;
      const words = decoded === undefined ? {} : asGgencoder(decoded);
      const same = Object.entries(words).filter(([word, value]) => value !== undefined && theirs?.[word] !== undefined);
      expect(same.length).toBeGreaterThan(1);
      for (const [word, value] of same)
        expect(isSame(theirs?.[word], value, type === 27 ? 1e-5 : 1e-6), `${word}: ${theirs?.[word]}, ${value}`).toBe(
          true,
        );
    },
  );
});
