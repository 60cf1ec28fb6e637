/** Numbers at fixed places of a LoRaWAN payload, by a table in the configuration instead of a decoder program. */
import { z } from 'zod';
import { type QuantityName, quantities, unitsOf } from '../../../core/quantity.ts';

interface NumberType {
  readonly bytes: number;
  readonly signed: boolean;
}

const numberTypes = {
  u8: { bytes: 1, signed: false },
  i8: { bytes: 1, signed: true },
  u16: { bytes: 2, signed: false },
  i16: { bytes: 2, signed: true },
  u24: { bytes: 3, signed: false },
  i24: { bytes: 3, signed: true },
  u32: { bytes: 4, signed: false },
  i32: { bytes: 4, signed: true },
} as const satisfies Record<string, NumberType>;

type NumberTypeName = keyof typeof numberTypes;

/** The longest payload of a LoRaWAN frame (RP002-1.0.4: 242 bytes without repeater). */
const longestPayload = 242;

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];
const typeNames = Object.keys(numberTypes) as [NumberTypeName, ...NumberTypeName[]];

export const byteField = z
  .strictObject({
    quantity: z.enum(quantityNames).describe('What is measured.'),
    port: z.int().min(1).max(223).optional().describe('Only in frames of this FPort; in all of them when absent.'),
    offset: z
      .int()
      .min(0)
      .max(longestPayload - 1)
      .describe('Bytes before the number.'),
    type: z.enum(typeNames).describe('How many bits it has, and whether it has a sign.'),
    order: z
      .enum(['big', 'little'])
      .default('big')
      .describe('Which of its bytes comes first: the "big" or the "little" end.'),
    mask: z.int().min(1).max(0xffff_ffff).optional().describe('The bits that belong to an unsigned number: 0x3fff.'),
    scale: z.number().default(1).describe('What one step of the number is worth, in "unit".'),
    absent: z
      .array(z.int())
      .max(8)
      .default([])
      .describe('Numbers, before "scale", that say there is no value: [0x7fff].'),
    unit: z.string().optional().describe("UCUM code of the scaled number; the quantity's own when absent."),
  })
  .superRefine(({ quantity, unit, type, mask }, context) => {
    const units = unitsOf(quantity);
    if (unit !== undefined && !units.includes(unit))
      context.addIssue({ code: 'custom', path: ['unit'], message: `${quantity} comes in one of: ${units.join(', ')}` });
    if (mask !== undefined && numberTypes[type].signed)
      context.addIssue({ code: 'custom', path: ['mask'], message: 'only for a number without a sign' });
  });

export type ByteField = z.output<typeof byteField>;

/**
 * The scaled number; `absent` where the device says that there is none, `too-short` where the payload ends before it.
 * Scaled by a division where that is exact: 2829 × 0.01 is 28.290000000000003, and 2829 ÷ 100 is not.
 */
export const numberAt = (payload: Buffer, field: ByteField): number | 'absent' | 'too-short' => {
  const { bytes, signed } = numberTypes[field.type];
  const { offset, order, mask, scale } = field;
  if (offset + bytes > payload.length) return 'too-short';
  const big = order === 'big';
  const read = signed
    ? big
      ? payload.readIntBE(offset, bytes)
      : payload.readIntLE(offset, bytes)
    : big
      ? payload.readUIntBE(offset, bytes)
      : payload.readUIntLE(offset, bytes);
  // A bitwise "and" is signed in JavaScript.
  const number = mask === undefined ? read : (read & mask) >>> 0;
  if (field.absent.includes(number)) return 'absent';
  const steps = Math.round(1 / scale);
  return 1 / steps === scale ? number / steps : number * scale;
};
