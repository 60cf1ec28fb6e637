import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createAisCorpus } from '../../../../bench/ais-corpus.ts';
import type { AisMessage } from '../../../../drivers/protocols/ais/decode.generated.ts';
import { encode, encodeMessage, type SendableMessage } from '../../../../drivers/protocols/ais/encode.ts';
import { decodeMessage } from '../../../../drivers/protocols/ais/message.ts';
import { maximumSymbols } from '../../../../drivers/protocols/ais/sixbit.ts';
import { dataFile, missingData, missingPrograms, readJsonLines } from '../../../support/resources.ts';
import {
  createComparison,
  differences,
  type GpsdLine,
  gpsdReads,
  gpsdTolerance,
  reservedHeading,
} from '../../support/ais-differences.ts';
import { itdma } from '../../support/ais-messages.ts';
import { asConsensus, asGpsd, asLibais, readMessages } from '../../support/ais-peers.ts';

const noData = missingData();

const captured = z.looseObject({
  id: z.string(),
  nmea: z.array(z.string()),
  tag: z.array(z.string().nullable()).nullable(),
});
const agreed = captured.extend({ expected: z.looseObject({ type: z.number(), mmsi: z.number() }) });

const textOf = ({ nmea, tag }: z.output<typeof captured>): string =>
  nmea.map((sentence, index) => `${tag?.[index] ?? ''}${sentence}\r\n`).join('');

const realMessages = async () => agreed.array().parse(await readJsonLines(dataFile('ais/consensus.jsonl')));

const compareWithConsensus = async () => {
  const comparison = createComparison();
  const types = new Set<number>();
  for (const real of await realMessages()) {
    const [message, ...others] = readMessages(textOf(real)).messages;
    expect(others).toEqual([]);
    expect(message, real.id).toBeDefined();
    if (message === undefined) continue;
    types.add(message.messageType);
    const { lon, lat, ...rest } = real.expected;
    const there = {
      ...rest,
      ...(rest['lon_na'] === false && { lon }),
      ...(rest['lat_na'] === false && { lat }),
    };
    comparison.compare(there, asConsensus(message), message, word => (word === 'lon' || word === 'lat' ? 2e-5 : 1e-9));
  }
  return { ...comparison, types };
};

/** `name`: of the sentences, and of what libais says of them in the same order. */
const compareWithLibais = async (name: string) => {
  const comparison = createComparison();
  const text = await readFile(dataFile(`ais/${name}.nmea`), 'latin1');
  const theirs = z.array(z.looseObject({ type: z.number() })).parse(await readJsonLines(dataFile(`ais/${name}.json`)));
  const { messages } = readMessages(text);
  expect(messages.length).toBe(theirs.length);
  for (const [index, message] of messages.entries()) {
    const own = { ...theirs[index], class: 'AIS' };
    comparison.compare(own, asLibais(message), message, word => (word === 'turn' ? 1 : 2e-5));
  }
  return comparison;
};

const isOf = (theirs: GpsdLine, ours: AisMessage): boolean =>
  ours.messageType === theirs.type &&
  ours.mmsi === theirs.mmsi &&
  (!('functionIdentifier' in ours) || theirs['fid'] === undefined || theirs['fid'] === ours.functionIdentifier);

const compareWithGpsd = (text: string) => {
  const comparison = createComparison();
  const ours = readMessages(text).messages;
  let at = 0;
  let lines = 0;
  for (const theirs of gpsdReads(text)) {
    if (theirs.type === 24) continue;
    const index = ours.findIndex((message, place) => place >= at && isOf(theirs, message));
    expect(index, JSON.stringify(theirs)).toBeGreaterThanOrEqual(0);
    at = index + 1;
    const message = ours[index];
    if (message === undefined) continue;
    lines++;
    comparison.compare(theirs, asGpsd(message), message, gpsdTolerance(theirs.type));
  }
  return { ...comparison, lines };
};

const realText = async () => (await realMessages()).map(textOf).join('');
const sampleText = () => readFile(dataFile('ais/sample.aivdm'), 'latin1');

describe.skipIf(noData !== undefined)('real messages on which two other decoders agree', () => {
  it('say the same in every field, all 27 types', async () => {
    const { compared, used, types } = await compareWithConsensus();
    expect(types.size).toBe(27);
    expect(compared()).toBeGreaterThan(15_000);
    expect([...used]).toEqual([reservedHeading]);
  });

  it('give nothing when they are broken, and a reason', async () => {
    const broken = captured.array().parse(await readJsonLines(dataFile('ais/negatives.jsonl')));
    expect(broken.length).toBeGreaterThan(20);
    for (const real of broken) {
      const { messages, faults } = readMessages(textOf(real));
      expect(messages, real.id).toEqual([]);
      expect(faults.length, real.id).toBeGreaterThan(0);
    }
  });

  it('say the same as libais does of an example of each type, down to the communication state', async () => {
    expect((await compareWithLibais('libais-typeexamples')).compared()).toBeGreaterThan(250);
  });

  it('say the same as libais does of messages with TAG blocks, one in two parts that others come between', async () => {
    const { compared, used } = await compareWithLibais('libais-tagblock');
    expect(compared()).toBeGreaterThan(60);
    expect([...used]).toEqual([]);
  });
});

describe.skipIf(missingPrograms('gpsdecode') !== undefined)('beside gpsdecode', () => {
  it.skipIf(noData !== undefined)('says the same of every field of the real messages', async () => {
    const { lines, compared } = compareWithGpsd(await realText());
    expect(lines).toBeGreaterThan(1350);
    expect(compared()).toBeGreaterThan(20_000);
  });

  it.skipIf(noData !== undefined)('says the same of its own sample', async () => {
    expect(compareWithGpsd(await sampleText()).lines).toBeGreaterThan(40);
  });

  it('says the same of messages with values of the whole range', () => {
    expect(compareWithGpsd(Buffer.from(createAisCorpus(2)).toString('latin1')).lines).toBeGreaterThan(1900);
  });

  it.skipIf(noData !== undefined)('differs in nothing that is not listed, and nothing is listed in vain', async () => {
    const all = [
      await compareWithConsensus(),
      await compareWithLibais('libais-typeexamples'),
      compareWithGpsd(await realText()),
      compareWithGpsd(await sampleText()),
    ];
    const used = new Set(all.flatMap(one => [...one.used]));
    expect(differences.filter(one => !used.has(one)).map(({ because }) => because)).toEqual([]);
  });

  it('says the same of a vessel of class B that tells its name and its hull', () => {
    const mmsi = 574_000_103;
    const parts = [
      {
        messageType: 24,
        partNumber: 0,
        mmsi,
        name: 'TTH 91234 TS',
      },
      {
        messageType: 24,
        partNumber: 1,
        mmsi,
        typeOfShipAndCargo: 30,
        manufacturerId: 'SRT',
        unitModelCode: 3,
        unitSerialNumber: 1_048_575,
        callSign: 'XVB1234',
        toBowMetres: 12,
        toSternMetres: 9,
        toPortMetres: 3,
        toStarboardMetres: 2,
      },
    ] as const;
    const [joined] = gpsdReads(parts.map(part => encode(part)).join(''));
    expect(joined).toMatchObject({
      shipname: 'TTH 91234 TS',
      shiptype: 30,
      // It reads seven characters, as edition 3 of the recommendation had it.
      vendorid: expect.stringMatching(/^SRT/),
      model: 3,
      serial: 1_048_575,
      callsign: 'XVB1234',
      to_bow: 12,
      to_stern: 9,
      to_port: 3,
      to_starboard: 2,
    });
  });
});

describe('a message of a wrong length', () => {
  const whole = encode({
    messageType: 1,
    mmsi: 574_000_101,
    longitude: 107.64612,
    latitude: 16.55734,
    sogKnots: 8.7,
    cogDegrees: 241.3,
    trueHeadingDegrees: 239,
  });
  const payload = whole.split(',')[5] ?? '';
  const sentence = (symbols: string, fill: number): string => {
    const body = `AIVDM,1,1,,A,${symbols},${fill}`;
    const sum = [...body].reduce((value, character) => value ^ character.charCodeAt(0), 0);
    return `!${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
  };
  const read = (symbols: string, fill: number): AisMessage | undefined => {
    const [message] = readMessages(sentence(symbols, fill)).messages;
    return message;
  };

  it('has its length with up to five bits more', () => {
    expect(read(payload, 0)?.lengthSuspect).toBeUndefined();
    expect(read(`${payload}0`, 1)?.lengthSuspect).toBeUndefined();
    expect(read(`${payload}0`, 0)).toMatchObject({ lengthSuspect: true, sogKnots: 8.7, communicationState: {} });
  });

  it('says what lies wholly inside of it, and nothing of a field that is cut', () => {
    const cut = read(payload.slice(0, 22), 0);
    expect(cut).toMatchObject({ lengthSuspect: true, sogKnots: 8.7, latitude: 16.55734, cogDegrees: 241.3 });
    expect(cut).toMatchObject({ trueHeadingDegrees: undefined, raim: undefined, communicationState: undefined });
    expect(read(payload.slice(0, 22), 5)?.messageType === 1 && read(payload.slice(0, 22), 5)).toMatchObject({
      latitude: 16.55734,
      cogDegrees: undefined,
    });
  });

  /** By the standard, and other ones that are usual; each with up to five bits more. */
  it.each<[string, SendableMessage, readonly number[], readonly number[]]>([
    ['1', { messageType: 1, mmsi: 1 }, [168, 173], [162, 167, 174, 312]],
    ['4', { messageType: 4, mmsi: 1 }, [168, 173], [167, 174]],
    ['5', { messageType: 5, mmsi: 1 }, [420, 422, 424, 426, 429], [419, 430]],
    ['7', { messageType: 7, mmsi: 1 }, [72, 77, 104, 136, 168, 173], [71, 78, 103, 110, 174]],
    ['9', { messageType: 9, mmsi: 1 }, [168], [166, 174]],
    ['10', { messageType: 10, mmsi: 1 }, [72, 77], [70, 78]],
    ['15', { messageType: 15, mmsi: 1 }, [88, 93, 108, 110, 112, 160, 165], [87, 94, 107, 118, 159, 166]],
    ['16', { messageType: 16, mmsi: 1 }, [96, 101, 144, 149], [95, 102, 143, 150]],
    ['17', { messageType: 17, mmsi: 1 }, [80, 120, 816], [79, 822]],
    ['18', { messageType: 18, mmsi: 1 }, [168, 173], [167, 174]],
    ['19', { messageType: 19, mmsi: 1 }, [312, 317], [311, 318]],
    ['20', { messageType: 20, mmsi: 1 }, [72, 104, 132, 160, 165], [71, 78, 103, 131, 159, 166]],
    ['21', { messageType: 21, mmsi: 1 }, [272, 300, 360, 365], [271, 366]],
    ['22', { messageType: 22, mmsi: 1 }, [168, 173], [167, 174]],
    ['23', { messageType: 23, mmsi: 1 }, [160, 165], [159, 166, 168]],
    ['24 A', { messageType: 24, partNumber: 0, mmsi: 1 }, [160, 165, 168, 173], [159, 166, 174]],
    ['24 B', { messageType: 24, partNumber: 1, mmsi: 1 }, [168, 173], [160, 167, 174]],
    ['25', { messageType: 25, mmsi: 1 }, [40, 168, 173], [174]],
    ['26', { messageType: 26, mmsi: 1 }, [64, 1064, 1069], [63, 1070]],
    ['27', { messageType: 27, mmsi: 1 }, [96, 101, 168, 173], [95, 102, 167, 174]],
  ])('is told by the lengths of its type: %s', (_, message, usual, suspect) => {
    const { symbols } = encodeMessage(message);
    const page = new Uint8Array(maximumSymbols);
    page.set(symbols);
    const isSuspect = (bits: number): unknown => {
      const decoded = decodeMessage(page, bits);
      return typeof decoded === 'string' ? decoded : decoded.lengthSuspect === true;
    };
    expect(usual.filter(isSuspect)).toEqual([]);
    expect(suspect.filter(bits => isSuspect(bits) !== true)).toEqual([]);
  });

  it('has no communication state in the bits of its head', () => {
    const { symbols } = encodeMessage({ messageType: 26, mmsi: 1, communicationState: itdma });
    const page = new Uint8Array(maximumSymbols);
    page.set(symbols);
    const stateIn = (bits: number): unknown => {
      const decoded = decodeMessage(page, bits);
      return typeof decoded === 'object' && 'communicationState' in decoded ? decoded.communicationState : 'none';
    };
    expect([57, 58, 59].map(stateIn)).toEqual([undefined, undefined, undefined]);
    expect(stateIn(64)).toMatchObject(itdma);
  });

  it('is read up to each of its bits without what was before it', () => {
    for (let bits = 40; bits <= payload.length * 6; bits++) {
      const symbols = payload.slice(0, Math.ceil(bits / 6));
      const message = read(symbols, symbols.length * 6 - bits);
      expect(message?.messageType === 1 && message.longitude === undefined, String(bits)).toBe(bits < 89);
    }
  });
});
