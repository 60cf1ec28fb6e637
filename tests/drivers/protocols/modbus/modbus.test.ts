import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  answerTo,
  checkOf,
  encodeAnswer,
  encodeRequest,
  firstRead,
  type ReadRequest,
} from '../../../../drivers/protocols/modbus/codec.ts';
import {
  blocksOf,
  mapNames,
  readMap,
  registerMap,
  registersOf,
  rolloverOf,
  valueIn,
} from '../../../../drivers/protocols/modbus/map.ts';
import { dataFile, missingData, projectFile, readJsonLines } from '../../../support/resources.ts';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const request: ReadRequest = { address: 17, function: 3, register: 0x7c, count: 2, transaction: 258 };

const line = z.looseObject({
  adu_hex: z.string(),
  dir: z.enum(['request', 'response']),
  crc_ok: z.boolean(),
  unit: z.number().optional(),
  regs: z.array(z.number()).optional(),
  exception: z.number().optional(),
});

describe.skipIf(missingData() !== undefined)('published frames', () => {
  it('have the sums that are told, and the registers and exceptions', async () => {
    const lines = line.array().parse(await readJsonLines(dataFile('sensors/modbus-rtu.jsonl')));
    expect(lines.length).toBeGreaterThan(10);
    for (const { adu_hex, dir, crc_ok, unit = 0, regs, exception } of lines) {
      const frame = bytesOf(adu_hex);
      expect(checkOf(frame) === 0, adu_hex).toBe(crc_ok);
      const asked = { ...request, address: unit, count: regs?.length ?? 2 };
      if (dir === 'request') expect(firstRead('rtu', frame)?.taken, adu_hex).toBe(frame.length);
      if (regs !== undefined) {
        const answer = answerTo('rtu', asked, frame);
        expect(answer?.kind === 'registers' && Buffer.from(answer.bytes).toString('hex'), adu_hex).toBe(
          regs.map(word => word.toString(16).padStart(4, '0')).join(''),
        );
      }
      if (exception !== undefined)
        expect(answerTo('rtu', asked, frame), adu_hex).toEqual({ kind: 'exception', code: exception });
    }
  });
});

describe('the codec', () => {
  it('asks as the standard shows', () => {
    expect(Buffer.from(encodeRequest('rtu', request)).toString('hex')).toBe('1103007c00020743');
    expect(Buffer.from(encodeRequest('tcp', request)).toString('hex')).toBe('01020000000611' + '03007c0002');
  });

  it.each(['rtu', 'tcp'] as const)('finds its answer behind noise and not that of another (%s)', framing => {
    const answer = { kind: 'registers', bytes: Uint8Array.of(1, 2, 3, 4) } as const;
    const sent = encodeAnswer(framing, request, answer);
    expect(answerTo(framing, request, Uint8Array.of(0x11, 3, 4, 9, ...sent))).toEqual(answer);
    expect(answerTo(framing, request, sent.slice(0, -1))).toBeUndefined();
    expect(answerTo(framing, { ...request, address: 18 }, sent)).toBeUndefined();
    expect(answerTo(framing, { ...request, count: 3 }, sent)).toBeUndefined();
  });

  it('tells answers on TCP apart by their transaction', () => {
    const sent = encodeAnswer('tcp', request, { kind: 'exception', code: 2 });
    expect(answerTo('tcp', request, sent)).toEqual({ kind: 'exception', code: 2 });
    expect(answerTo('tcp', { ...request, transaction: 259 }, sent)).toBeUndefined();
  });
});

describe('maps', () => {
  it('are the files of the folder, and each can be read', async () => {
    const files = await readdir(projectFile('drivers', 'sensors', 'modbus', 'maps'));
    expect(files.toSorted()).toEqual(mapNames.map(name => `${name}.yaml`).toSorted());
    for (const name of mapNames) expect((await readMap(name)).length).toBeGreaterThan(0);
  });

  it('read neighbors in one request of at most 125 registers', () => {
    const entries = registerMap.parse([
      ...Array.from({ length: 130 }, (_, register) => ({ quantity: 'temperature', register })),
      { quantity: 'pm25', register: 200 },
      { quantity: 'pm25', register: 0, function: 4, type: 'f32' },
    ]);
    expect(blocksOf(entries).map(block => [block.function, block.register, block.count])).toEqual([
      [3, 0, 125],
      [3, 125, 5],
      [3, 200, 1],
      [4, 0, 2],
    ]);
  });

  it.each([
    [{ type: 'f32' }, '41bc0000', 23.5],
    [{ type: 'f32', wordOrder: 'little' }, '000041bc', 23.5],
    [{ type: 'f32', byteOrder: 'little' }, 'bc410000', 23.5],
    [{ type: 'f32', byteOrder: 'little', wordOrder: 'little' }, '0000bc41', 23.5],
    [{ type: 'i16', scale: 0.1 }, 'ff9c', -10],
    [{ type: 'u16', scale: 0.1, offset: -40 }, '0258', 20],
    [{ type: 'i16', notAvailable: -32768 }, '8000', undefined],
    [{ type: 'f32' }, '7fc00000', undefined],
    [{ type: 'i32', scale: 0.01 }, 'fffffc18', -10],
    [{ type: 'u16', scale: 0.1, unit: 'K' }, '0b9b', 23.95],
  ])('read %j of %s as %s', (as, hex, expected) => {
    const [entry] = registerMap.parse([{ quantity: 'temperature', register: 7, ...as }]);
    if (entry === undefined) throw new Error('no entry');
    const value = valueIn(bytesOf(hex), 7, entry);
    if (expected === undefined) expect(value).toBeUndefined();
    else expect(value).toBeCloseTo(expected, 6);
  });

  it('are written in the order in which they are read', () => {
    const [entry] = registerMap.parse([
      { quantity: 'temperature', register: 0, type: 'f32', byteOrder: 'little', wordOrder: 'little' },
    ]);
    expect(entry && Buffer.from(registersOf(23.5, entry)).toString('hex')).toBe('0000bc41');
  });
});

it('knows where a counter of rain in unsigned registers begins at 0 again, and of nothing else', () => {
  const rolloverIn = (entry: object) => registerMap.parse([{ register: 0, ...entry }]).map(rolloverOf);
  expect(rolloverIn({ quantity: 'precipitationTotal', scale: 0.2 })).toEqual([expect.closeTo(13_107.2, 6)]);
  expect(rolloverIn({ quantity: 'precipitationTotal', type: 'u32', scale: 0.001, unit: 'm' })).toEqual([
    expect.closeTo(2 ** 32, 3),
  ]);
  expect(rolloverIn({ quantity: 'precipitationTotal', type: 'f32' })).toEqual([undefined]);
  expect(rolloverIn({ quantity: 'pm25' })).toEqual([undefined]);
});
