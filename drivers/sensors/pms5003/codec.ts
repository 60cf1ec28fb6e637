/**
 * Plantower PMSx003: `42 4D`, length, 16-bit words big-endian, and the sum of all bytes before it. Plantower, "Digital
 * universal particle concentration sensor", PMS5003 series data manual V2.5 and those of PMS3003, PMS5003T, PMS5003S
 * and PMS5003ST, appendix I; commands in appendix II.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { createHeaderFramer, perChannel } from '../../../core/framing.ts';
import type { QuantityName } from '../../../core/quantity.ts';

const header = Uint8Array.of(0x42, 0x4d);
const longestFrame = 40;

interface Field {
  readonly at: number;
  readonly quantity: QuantityName;
  /** What the word is divided by; 1 when absent. */
  readonly perUnit?: number;
  readonly isSigned?: boolean;
}

interface Model {
  readonly length: number;
  readonly fields: readonly Field[];
  /** Where the counts of particles begin and end: each includes all larger ones, so they never grow. */
  readonly counts?: { readonly from: number; readonly to: number };
}

/** Words 1–3 (PM for the factory's own calibration, CF = 1) are passed over: 4–6 hold for ambient air. */
const masses = [
  { at: 10, quantity: 'pm1' },
  { at: 12, quantity: 'pm25' },
  { at: 14, quantity: 'pm10' },
] as const satisfies readonly Field[];
const smallCounts = [
  { at: 16, quantity: 'particles03' },
  { at: 18, quantity: 'particles05' },
  { at: 20, quantity: 'particles1' },
  { at: 22, quantity: 'particles25' },
] as const satisfies readonly Field[];
const largeCounts = [
  { at: 24, quantity: 'particles5' },
  { at: 26, quantity: 'particles10' },
] as const satisfies readonly Field[];
const formaldehyde = { at: 28, quantity: 'hcho' } as const satisfies Field;
const air = (at: number) =>
  [
    { at, quantity: 'temperature', perUnit: 10, isSigned: true },
    { at: at + 2, quantity: 'relativeHumidity', perUnit: 1000 },
  ] as const satisfies readonly Field[];

const allCounts = { from: 16, to: 26 };
const layout = [...masses, ...smallCounts, ...largeCounts] as const;

export const models = {
  pms5003: { length: 32, fields: layout, counts: allCounts },
  pms3003: { length: 24, fields: masses },
  pms5003t: { length: 32, fields: [...masses, ...smallCounts, ...air(24)], counts: { from: 16, to: 22 } },
  pms5003s: { length: 32, fields: [...layout, formaldehyde], counts: allCounts },
  pms5003st: { length: 40, fields: [...layout, formaldehyde, ...air(30)], counts: allCounts },
} as const satisfies Record<string, Model>;
export type PmsModel = keyof typeof models;
export const modelNames = Object.keys(models) as [PmsModel, ...PmsModel[]];

const lengths: ReadonlySet<number> = new Set(Object.values(models).map(({ length }) => length));

const acknowledgementLength = 8;

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const readField = (bytes: Uint8Array, { at, perUnit = 1, isSigned }: Field): number => {
  const raw = word(bytes, at);
  return (isSigned === true ? (raw << 16) >> 16 : raw) / perUnit;
};

const sumOf = (frame: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < frame.length - 2; at++) sum += frame[at] ?? 0;
  return sum & 0xffff;
};

/** A PMS5003T sends temperature and humidity where the last two counts of the others stand. */
const countsNeverGrow = (frame: Uint8Array, { counts }: Model): boolean => {
  if (counts === undefined) return true;
  for (let at = counts.from; at < counts.to; at += 2) if (word(frame, at + 2) > word(frame, at)) return false;
  return true;
};

const decodeFrame = (frame: Uint8Array, model: Model, device: string, time: number): readonly Decoded[] => {
  if (frame.length === acknowledgementLength) return [{ kind: 'ignored', reason: 'acknowledgement' }];
  if (frame.length !== model.length || !countsNeverGrow(frame, model))
    return [{ kind: 'malformed', reason: 'other-model' }];
  return model.fields.map(field => ({
    kind: 'observation',
    observation: {
      kind: 'measurement',
      device,
      time,
      timeFrom: 'gateway',
      quantity: field.quantity,
      value: readField(frame, field),
    },
  }));
};

/** Whole frames of another model count as `other-model`. */
export const createDecoder = (device: string, model: PmsModel = 'pms5003'): Decoder => {
  const framerOf = perChannel(() =>
    createHeaderFramer({
      header,
      lengthOf: bytes => {
        if (bytes.length < 4) return undefined;
        const length = word(bytes, 2) + 4;
        return lengths.has(length) || length === acknowledgementLength ? length : 0;
      },
      maximumLength: longestFrame,
      isValid: frame => sumOf(frame) === word(frame, frame.length - 2),
    }),
  );
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).flatMap(framed =>
      framed.kind === 'frame'
        ? decodeFrame(framed.bytes, models[model], device, chunk.receivedAt)
        : [{ kind: 'malformed', reason: framed.reason } as const],
    );
};

const command = (what: number, value: number): Uint8Array => {
  const bytes = Uint8Array.of(...header, what, 0, value, 0, 0);
  new DataView(bytes.buffer).setUint16(
    5,
    bytes.reduce((sum, byte) => sum + byte, 0),
  );
  return bytes;
};

export const commands = {
  passive: command(0xe1, 0),
  read: command(0xe2, 0),
  sleep: command(0xe4, 0),
  wake: command(0xe4, 1),
} as const;

/** What the sensor answers to `commands.passive`; to the others it says nothing, or what was asked for. */
export const passiveAcknowledgement = Uint8Array.of(...header, 0x00, 0x04, 0xe1, 0x00, 0x01, 0x74);

/** A frame as the sensor sends it; `values` in the quantities' own units, kept within 16 bits. */
export const encode = (
  values: Readonly<Partial<Record<QuantityName, number>>>,
  model: PmsModel = 'pms5003',
): Uint8Array => {
  const { length, fields }: Model = models[model];
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  frame.set(header);
  view.setUint16(2, length - 4);
  for (const { at, quantity, perUnit = 1, isSigned } of fields) {
    const raw = Math.round((values[quantity] ?? 0) * perUnit);
    view.setUint16(at, isSigned === true ? raw & 0xffff : Math.max(0, Math.min(0xffff, raw)));
  }
  // At low concentrations both calibrations agree, as in every published capture.
  frame.copyWithin(4, 10, 16);
  view.setUint16(length - 2, sumOf(frame));
  return frame;
};
