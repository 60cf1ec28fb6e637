/**
 * Nova SDS011 and SDS198: ten bytes `AA … AB`, little-endian words. Nova Fitness, "Laser Dust Sensor Control Protocol
 * V1.3" and "SDS198 specification V1.1": the check is the sum of the six bytes behind the command.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { createHeaderFramer, perChannel } from '../../../core/framing.ts';
import type { QuantityName } from '../../../core/quantity.ts';

const frameLength = 10;
const commandLength = 19;
const [head, tail] = [0xaa, 0xab];

interface Layout {
  /** The byte that says that values follow. */
  readonly values: number;
  readonly fields: readonly { readonly at: number; readonly quantity: QuantityName; readonly perUnit: number }[];
}

export const layouts = {
  sds011: {
    values: 0xc0,
    fields: [
      { at: 2, quantity: 'pm25', perUnit: 10 },
      { at: 4, quantity: 'pm10', perUnit: 10 },
    ],
  },
  // It counts up to 100 um, which is what total suspended particles are.
  sds198: { values: 0xcf, fields: [{ at: 4, quantity: 'tsp', perUnit: 1 }] },
} as const satisfies Record<string, Layout>;
export type SdsModel = keyof typeof layouts;

/** Answers to commands. */
const acknowledgement = 0xc5;

const sum = (bytes: Uint8Array): number => bytes.reduce((total, byte) => (total + byte) & 0xff, 0);

const decodeFrame = (frame: Uint8Array, model: SdsModel, device: string, time: number): readonly Decoded[] => {
  const { values, fields } = layouts[model];
  if (frame[1] === acknowledgement) return [{ kind: 'ignored', reason: 'acknowledgement' }];
  if (frame[1] !== values) return [{ kind: 'malformed', reason: 'other-model' }];
  return fields.map(({ at, quantity, perUnit }) => ({
    kind: 'observation',
    observation: {
      kind: 'measurement',
      device,
      time,
      timeFrom: 'gateway',
      quantity,
      value: ((frame[at] ?? 0) | ((frame[at + 1] ?? 0) << 8)) / perUnit,
    },
  }));
};

export const createDecoder = (model: SdsModel, device: string): Decoder => {
  const framerOf = perChannel(() =>
    createHeaderFramer({
      header: Uint8Array.of(head),
      lengthOf: () => frameLength,
      maximumLength: frameLength,
      isValid: frame => frame[9] === tail && sum(frame.subarray(2, 8)) === frame[8],
    }),
  );
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).flatMap(framed =>
      framed.kind === 'frame'
        ? decodeFrame(framed.bytes, model, device, chunk.receivedAt)
        : [{ kind: 'malformed', reason: framed.reason } as const],
    );
};

/** A command to whichever sensor is on the line (device id FF FF). */
const command = (...data: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(commandLength);
  bytes.set([head, 0xb4, ...data]);
  bytes.set([0xff, 0xff], 15);
  bytes[17] = sum(bytes.subarray(2, 17));
  bytes[18] = tail;
  return bytes;
};

export const commands = {
  speakByItself: command(2, 1, 0),
  answerOnly: command(2, 1, 1),
  query: command(4),
  askPeriod: command(8, 0),
} as const;

/** Measures 30 s in every `period` minutes; 0: all the time. */
export const setPeriod = (period: number): Uint8Array => command(8, 1, period);

/** The working period in minutes that an answer to `askPeriod` holds. */
export const periodIn = (bytes: Uint8Array): number | undefined => {
  for (let at = 0; at + frameLength <= bytes.length; at++) {
    const frame = bytes.subarray(at, at + frameLength);
    const isAnswer = frame[0] === head && frame[1] === acknowledgement && frame[2] === 8 && frame[9] === tail;
    if (isAnswer && sum(frame.subarray(2, 8)) === frame[8]) return frame[4];
  }
  return undefined;
};

const frameOf = (kind: number, data: readonly number[]): Uint8Array => {
  const frame = Uint8Array.of(head, kind, ...data, 0, tail);
  frame[8] = sum(frame.subarray(2, 8));
  return frame;
};

/** As the sensor sends them, in ug/m3. */
export const encode = (pm25: number, pm10: number): Uint8Array => {
  const word = (value: number): readonly number[] => {
    const raw = Math.max(0, Math.min(9999, Math.round(value * 10)));
    return [raw & 0xff, raw >> 8];
  };
  return frameOf(layouts.sds011.values, [...word(pm25), ...word(pm10), 0xa1, 0x60]);
};

export const encodeAcknowledgement = (what: number, isSet: number, value: number): Uint8Array =>
  frameOf(acknowledgement, [what, isSet, value, 0, 0xa1, 0x60]);
