/**
 * Plantower PMS5003 (also PMS7003 and PMSA003): 32 bytes, `42 4D 00 1C`, thirteen 16-bit words big-endian, and the sum
 * of the bytes 0–29. Plantower, "Digital universal particle concentration sensor PMS5003", appendix I.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { createHeaderFramer, perChannel } from '../../../core/framing.ts';
import type { QuantityName } from '../../../core/quantity.ts';

const frameLength = 32;
const header = Uint8Array.of(0x42, 0x4d);

/** Words 1–3 (PM for the factory's own calibration, CF = 1) are passed over: 4–6 hold for ambient air. */
const layout = [
  { at: 10, quantity: 'pm1' },
  { at: 12, quantity: 'pm25' },
  { at: 14, quantity: 'pm10' },
  { at: 16, quantity: 'particles03' },
  { at: 18, quantity: 'particles05' },
  { at: 20, quantity: 'particles1' },
  { at: 22, quantity: 'particles25' },
  { at: 24, quantity: 'particles5' },
  { at: 26, quantity: 'particles10' },
] as const satisfies readonly { readonly at: number; readonly quantity: QuantityName }[];

const firstCount = 16;
const lastCount = 26;

export type PmsQuantity = (typeof layout)[number]['quantity'];

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const sumOf = (frame: Uint8Array): number => {
  let sum = 0;
  for (let at = 0; at < frameLength - 2; at++) sum += frame[at] ?? 0;
  return sum & 0xffff;
};

/** Each count includes all larger particles. A PMS5003T sends temperature and humidity where the last two stand. */
const countsNeverGrow = (frame: Uint8Array): boolean => {
  for (let at = firstCount; at < lastCount; at += 2) if (word(frame, at + 2) > word(frame, at)) return false;
  return true;
};

const decodeFrame = (frame: Uint8Array, device: string, time: number): readonly Decoded[] =>
  countsNeverGrow(frame)
    ? layout.map(({ at, quantity }) => ({
        kind: 'observation',
        observation: { kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value: word(frame, at) },
      }))
    : [{ kind: 'malformed', reason: 'other-model' }];

/** Frames of another length (24 bytes of a PMS3003, 40 of a PMS5003ST, answers to commands) count as `bad-length`. */
export const createDecoder = (device: string): Decoder => {
  const framerOf = perChannel(() =>
    createHeaderFramer({
      header,
      lengthOf: bytes => (bytes.length < 4 ? undefined : word(bytes, 2) + 4 === frameLength ? frameLength : 0),
      maximumLength: frameLength,
      isValid: frame => sumOf(frame) === word(frame, frameLength - 2),
    }),
  );
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).flatMap(framed =>
      framed.kind === 'frame'
        ? decodeFrame(framed.bytes, device, chunk.receivedAt)
        : [{ kind: 'malformed', reason: framed.reason } as const],
    );
};

/** A frame as the sensor sends it; `values` in ug/m3 and particles per 0.1 L, rounded and kept within 16 bits. */
export const encode = (values: Readonly<Partial<Record<PmsQuantity, number>>>): Uint8Array => {
  const frame = new Uint8Array(frameLength);
  const view = new DataView(frame.buffer);
  const put = (at: number, value: number): void => view.setUint16(at, Math.max(0, Math.min(0xffff, Math.round(value))));
  frame.set(header);
  put(2, frameLength - 4);
  for (const { at, quantity } of layout) put(at, values[quantity] ?? 0);
  // At low concentrations both calibrations agree, as in every published capture.
  frame.copyWithin(4, 10, 16);
  put(28, 0x9700);
  put(frameLength - 2, sumOf(frame));
  return frame;
};
