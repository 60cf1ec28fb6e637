/**
 * Winsen MH-Z19B, -C and -D: nine bytes `FF 86 high low …`, checked by the two's complement of the sum of bytes 1–7.
 * Winsen, "MH-Z19B user's manual V1.0", clause "Serial port". Of its commands this codec knows the reading alone:
 * 87 calibrates the zero point, 88 the span and 79 switches the automatic calibration.
 */
import type { Decoder } from '../../../core/driver.ts';
import { createHeaderFramer, perChannel } from '../../../core/framing.ts';

const frameLength = 9;
const readCommand = 0x86;

const check = (bytes: Uint8Array): number => -bytes.subarray(1, 8).reduce((total, byte) => total + byte, 0) & 0xff;

const framed = (...bytes: readonly number[]): Uint8Array => {
  const frame = new Uint8Array(frameLength);
  frame.set(bytes);
  frame[8] = check(frame);
  return frame;
};

/** Asks sensor 1 for its value. */
export const readRequest = framed(0xff, 0x01, readCommand);

export const createDecoder = (device: string): Decoder => {
  const framerOf = perChannel(() =>
    createHeaderFramer({
      header: Uint8Array.of(0xff, readCommand),
      lengthOf: () => frameLength,
      maximumLength: frameLength,
      isValid: frame => check(frame) === frame[8],
    }),
  );
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).map(piece =>
      piece.kind === 'frame'
        ? {
            kind: 'observation',
            observation: {
              kind: 'measurement',
              device,
              time: chunk.receivedAt,
              timeFrom: 'gateway',
              quantity: 'co2',
              value: ((piece.bytes[2] ?? 0) << 8) | (piece.bytes[3] ?? 0),
            },
          }
        : { kind: 'malformed', reason: piece.reason },
    );
};

/** The answer of a sensor, in ppm. */
export const encode = (co2: number): Uint8Array => {
  const raw = Math.max(0, Math.min(0xffff, Math.round(co2)));
  return framed(0xff, readCommand, raw >> 8, raw & 0xff, 0x42);
};
