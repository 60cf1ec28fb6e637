/** What stands in which registers of a device, as data: the files of `drivers/sensors/modbus/maps`, or written in the configuration. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { countedBy, type QuantityName, quantities, toQuantityUnit, unitsOf } from '../../../core/quantity.ts';
import { mostRegisters, type ReadFunction } from './codec.ts';

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];

interface Type {
  readonly bytes: 2 | 4;
  readonly read: (view: DataView) => number;
  readonly write: (view: DataView, value: number) => void;
}

const types = {
  u16: { bytes: 2, read: view => view.getUint16(0), write: (view, value) => view.setUint16(0, value) },
  i16: { bytes: 2, read: view => view.getInt16(0), write: (view, value) => view.setInt16(0, value) },
  u32: { bytes: 4, read: view => view.getUint32(0), write: (view, value) => view.setUint32(0, value) },
  i32: { bytes: 4, read: view => view.getInt32(0), write: (view, value) => view.setInt32(0, value) },
  f32: { bytes: 4, read: view => view.getFloat32(0), write: (view, value) => view.setFloat32(0, value) },
} as const satisfies Record<string, Type>;
const typeNames = Object.keys(types) as [keyof typeof types, ...(keyof typeof types)[]];

const order = (what: string) => z.enum(['big', 'little']).default('big').describe(what);

const entry = z
  .strictObject({
    quantity: z.enum(quantityNames).describe('What is measured.'),
    register: z.int().min(0).max(65_535).describe('First register, counted from 0 as on the wire (40001 is 0).'),
    function: z.literal([3, 4]).default(3).describe('3 reads holding registers, 4 input registers.'),
    type: z.enum(typeNames).default('u16').describe('How the number is written; 32 bits take two registers.'),
    byteOrder: order('Which byte of a register comes first.'),
    wordOrder: order('Which register of a 32-bit number comes first.'),
    scale: z.number().refine(Boolean, 'must not be 0').default(1).describe('What the number is multiplied by.'),
    offset: z.number().default(0).describe('What is added then.'),
    unit: z.string().max(32).optional().describe("Unit after that (UCUM); the quantity's own when absent."),
    notAvailable: z.number().optional().describe('Number in the register, before scale, that stands for no value.'),
  })
  .refine(({ quantity, unit }) => unit === undefined || unitsOf(quantity).includes(unit), {
    path: ['unit'],
    error: 'not a unit of this quantity',
  })
  .refine(({ register, type }) => register + types[type].bytes / 2 <= 65_536, {
    path: ['register'],
    error: 'the number would end after register 65535',
  });
export type Entry = z.output<typeof entry>;

export const registerMap = z.array(entry).min(1).max(256);

/** Maps that come with the gateway: the files of `drivers/sensors/modbus/maps`. */
export const mapNames = ['renke-weather-station', 'sensecap-orch-s7', 'metsens300', 'ysi-odo-rtu'] as const;
export type MapName = (typeof mapNames)[number];

/** The entries of a map by its name, or those that were written. Only who names a map loads the library that reads it. */
export const readMap = async (map: MapName | readonly Entry[]): Promise<readonly Entry[]> => {
  if (typeof map !== 'string') return map;
  const { parse } = await import('yaml');
  const text = await readFile(new URL(`../../sensors/modbus/maps/${map}.yaml`, import.meta.url), 'utf8');
  return registerMap.parse(parse(text));
};

export interface Block {
  readonly function: ReadFunction;
  readonly register: number;
  readonly count: number;
  readonly entries: readonly Entry[];
}

const endOf = ({ register, type }: Entry): number => register + types[type].bytes / 2;

/** Neighboring registers in one request. Registers between are not read: a device may refuse those that it lacks. */
export const blocksOf = (entries: readonly Entry[]): readonly Block[] => {
  const blocks: { function: ReadFunction; register: number; count: number; entries: Entry[] }[] = [];
  for (const one of entries.toSorted((a, b) => a.function - b.function || a.register - b.register)) {
    const last = blocks.at(-1);
    const isNeighbor = last?.function === one.function && one.register <= last.register + last.count;
    if (last !== undefined && isNeighbor && endOf(one) - last.register <= mostRegisters) {
      last.count = Math.max(last.count, endOf(one) - last.register);
      last.entries.push(one);
    } else {
      blocks.push({
        function: one.function,
        register: one.register,
        count: endOf(one) - one.register,
        entries: [one],
      });
    }
  }
  return blocks;
};

/** Between the orders of the device and big-endian; it is its own inverse. */
const reordered = (bytes: Uint8Array, { byteOrder, wordOrder }: Entry): Uint8Array => {
  const words = Array.from({ length: bytes.length / 2 }, (_, index) => [...bytes.subarray(index * 2, index * 2 + 2)]);
  const inWords = byteOrder === 'little' ? words.map(pair => pair.toReversed()) : words;
  return Uint8Array.from((wordOrder === 'little' ? inWords.toReversed() : inWords).flat());
};

/** In the quantity's own unit; undefined where the device has no value. `bytes` are the registers from `from` on. */
export const valueIn = (bytes: Uint8Array, from: number, of: Entry): number | undefined => {
  const at = (of.register - from) * 2;
  const raw = types[of.type].read(new DataView(reordered(bytes.subarray(at, at + types[of.type].bytes), of).buffer));
  if (!Number.isFinite(raw) || raw === of.notAvailable) return undefined;
  return toQuantityUnit(of.quantity, raw * of.scale + of.offset, of.unit ?? quantities[of.quantity].unit);
};

/** Of a counter: the value in place of which its registers hold 0. */
export const rolloverOf = ({ quantity, type, scale, offset, unit }: Entry): number | undefined =>
  countedBy[quantity] === undefined || !type.startsWith('u')
    ? undefined
    : toQuantityUnit(quantity, 2 ** (8 * types[type].bytes) * scale + offset, unit ?? quantities[quantity].unit);

/** The registers of `of` as the device writes `raw`, its number before scale. */
export const registersOf = (raw: number, of: Entry): Uint8Array => {
  const bytes = new Uint8Array(types[of.type].bytes);
  types[of.type].write(new DataView(bytes.buffer), raw);
  return reordered(bytes, of);
};
