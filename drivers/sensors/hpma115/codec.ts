/**
 * Honeywell HPMA115S0 (standard) and HPMA115C0 (compact). By themselves they send 32 bytes `42 4D 00 1C …` with the
 * sum of all before it; when asked, `40 length 04 …` with the two's complement of the sum. Honeywell, "HPM Series
 * Particulate Matter Sensors", 32322550, tables 4–6.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { createHeaderFramer, type Framer, perChannel } from '../../../core/framing.ts';
import type { QuantityName } from '../../../core/quantity.ts';

type Fields = readonly { readonly at: number; readonly quantity: QuantityName }[];

const compactFields = [
  { at: 0, quantity: 'pm1' },
  { at: 2, quantity: 'pm25' },
  { at: 4, quantity: 'pm4' },
  { at: 6, quantity: 'pm10' },
] as const satisfies Fields;

/** `at` counts from the first byte of data. `length` is what an answer says of itself. */
const layouts = {
  standard: {
    length: 5,
    answered: [
      { at: 0, quantity: 'pm25' },
      { at: 2, quantity: 'pm10' },
    ],
    autosent: [
      { at: 2, quantity: 'pm25' },
      { at: 4, quantity: 'pm10' },
    ],
  },
  compact: { length: 13, answered: compactFields, autosent: compactFields },
} as const satisfies Record<string, { length: number; answered: Fields; autosent: Fields }>;

export type HpmaModel = keyof typeof layouts;
export const models = Object.keys(layouts) as [HpmaModel, ...HpmaModel[]];
export type HpmaMode = 'autosend' | 'request';

const autosentLength = 32;

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => total + byte, 0);
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const framers: Readonly<Record<HpmaMode, (model: HpmaModel) => Framer>> = {
  autosend: () =>
    createHeaderFramer({
      header: Uint8Array.of(0x42, 0x4d, 0, autosentLength - 4),
      lengthOf: () => autosentLength,
      maximumLength: autosentLength,
      isValid: frame => (sum(frame.subarray(0, -2)) & 0xffff) === word(frame, autosentLength - 2),
    }),
  request: model => {
    const length = layouts[model].length + 3;
    return createHeaderFramer({
      header: Uint8Array.of(0x40, layouts[model].length, 0x04),
      lengthOf: () => length,
      maximumLength: length,
      isValid: frame => (sum(frame) & 0xff) === 0,
    });
  },
};

const dataAt: Readonly<Record<HpmaMode, number>> = { autosend: 4, request: 3 };

const fieldsOf = (model: HpmaModel, mode: HpmaMode): Fields =>
  mode === 'autosend' ? layouts[model].autosent : layouts[model].answered;

const decodeFrame = (
  frame: Uint8Array,
  fields: Fields,
  from: number,
  device: string,
  time: number,
): readonly Decoded[] =>
  fields.map(({ at, quantity }) => ({
    kind: 'observation',
    observation: { kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value: word(frame, from + at) },
  }));

export const createDecoder = (model: HpmaModel, mode: HpmaMode, device: string): Decoder => {
  const framerOf = perChannel(() => framers[mode](model));
  const fields = fieldsOf(model, mode);
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).flatMap(framed =>
      framed.kind === 'frame'
        ? decodeFrame(framed.bytes, fields, dataAt[mode], device, chunk.receivedAt)
        : [{ kind: 'malformed', reason: framed.reason } as const],
    );
};

/** The four commands in use; the one that sets the adjustment coefficient (08) is none of them. */
export const commands = {
  read: Uint8Array.of(0x68, 0x01, 0x04, 0x93),
  start: Uint8Array.of(0x68, 0x01, 0x01, 0x96),
  autosend: Uint8Array.of(0x68, 0x01, 0x40, 0x57),
  stopAutosend: Uint8Array.of(0x68, 0x01, 0x20, 0x77),
} as const;

export const acknowledgement = Uint8Array.of(0xa5, 0xa5);

/** What the sensor sends in a mode; `values` in ug/m3. */
export const encode = (
  model: HpmaModel,
  mode: HpmaMode,
  values: Readonly<Partial<Record<QuantityName, number>>>,
): Uint8Array => {
  const frame = new Uint8Array(mode === 'autosend' ? autosentLength : layouts[model].length + 3);
  frame.set(mode === 'autosend' ? [0x42, 0x4d, 0, autosentLength - 4] : [0x40, layouts[model].length, 0x04]);
  const view = new DataView(frame.buffer);
  for (const { at, quantity } of fieldsOf(model, mode))
    view.setUint16(dataAt[mode] + at, Math.max(0, Math.min(1000, Math.round(values[quantity] ?? 0))));
  if (mode === 'autosend') view.setUint16(autosentLength - 2, sum(frame) & 0xffff);
  else frame[frame.length - 1] = -sum(frame) & 0xff;
  return frame;
};
