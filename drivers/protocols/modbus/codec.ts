/**
 * Modbus, functions 3 (holding registers) and 4 (input registers): "MODBUS Application Protocol Specification V1.1b3",
 * §6.3, §6.4 and §7, and "MODBUS over Serial Line V1.02", §2.5.1 (RTU). TCP: "MODBUS Messaging on TCP/IP V1.0b", §3.1.3.
 */
import { crc16 } from '../../../core/crc16.ts';

export type ReadFunction = 3 | 4;
export type Framing = 'rtu' | 'tcp';

/** §6.3: the most registers of one request. */
export const mostRegisters = 125;

export interface ReadRequest {
  /** 1–247; 255 is a TCP device itself. */
  readonly address: number;
  readonly function: ReadFunction;
  readonly register: number;
  /** 1–125. */
  readonly count: number;
  /** 0–65535, told back by the device; on TCP alone. */
  readonly transaction: number;
}

export type Answer =
  | { readonly kind: 'registers'; readonly bytes: Uint8Array }
  /** §7: 1 illegal function, 2 illegal register, 3 illegal value, 4 failure, 5 acknowledged, 6 busy, 10 and 11 gateway. */
  | { readonly kind: 'exception'; readonly code: number };

/** Sent low byte first. */
export const checkOf = (bytes: Uint8Array): number => crc16(bytes, 0xffff);

/**
 * The silence that parts two messages, ms: 3.5 characters of 11 bits (over Serial Line V1.02, §2.5.1.1); at 9600 baud
 * where only a serial server knows the speed.
 */
export const silenceBetween = (framing: Framing, baudRate = 9600): number =>
  framing === 'tcp' ? 0 : Math.ceil((3.5 * 11_000) / baudRate);

const mbapLength = 7;
const exceptionFlag = 0x80;

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** `message` is address and what follows it, without CRC. */
const enclose = (framing: Framing, transaction: number, message: Uint8Array): Uint8Array => {
  if (framing === 'rtu') {
    const crc = checkOf(message);
    return Uint8Array.of(...message, crc & 0xff, crc >>> 8);
  }
  return Uint8Array.of(
    transaction >>> 8,
    transaction & 0xff,
    0,
    0,
    message.length >>> 8,
    message.length & 0xff,
    ...message,
  );
};

/** The message that begins at `at`, of `length` bytes, when it is whole and undamaged. */
const messageAt = (
  framing: Framing,
  bytes: Uint8Array,
  at: number,
  length: number,
  transaction: number,
): Uint8Array | undefined => {
  if (framing === 'rtu') {
    if (at + length + 2 > bytes.length) return undefined;
    const message = bytes.subarray(at, at + length);
    const crc = checkOf(message);
    return bytes[at + length] === (crc & 0xff) && bytes[at + length + 1] === crc >>> 8 ? message : undefined;
  }
  const head = at - (mbapLength - 1);
  if (head < 0 || at + length > bytes.length) return undefined;
  const isHead = word(bytes, head) === transaction && word(bytes, head + 2) === 0 && word(bytes, head + 4) === length;
  return isHead ? bytes.subarray(at, at + length) : undefined;
};

export const encodeRequest = (framing: Framing, request: ReadRequest): Uint8Array => {
  const message = new Uint8Array(6);
  const view = new DataView(message.buffer);
  message.set([request.address, request.function]);
  view.setUint16(2, request.register);
  view.setUint16(4, request.count);
  return enclose(framing, request.transaction, message);
};

/** The answer to `request` anywhere in `bytes`, past noise and answers to others; undefined while there is none. */
export const answerTo = (framing: Framing, request: ReadRequest, bytes: Uint8Array): Answer | undefined => {
  const { address, count, transaction } = request;
  for (let at = 0; at + 2 < bytes.length; at++) {
    if (bytes[at] !== address) continue;
    if (bytes[at + 1] === request.function && bytes[at + 2] === count * 2) {
      const message = messageAt(framing, bytes, at, 3 + count * 2, transaction);
      if (message !== undefined) return { kind: 'registers', bytes: message.slice(3) };
    }
    if (bytes[at + 1] === (request.function | exceptionFlag)) {
      const message = messageAt(framing, bytes, at, 3, transaction);
      if (message !== undefined) return { kind: 'exception', code: message[2] ?? 0 };
    }
  }
  return undefined;
};

/** The first whole request in `bytes`, and where it ends: as a device hears it. */
export const firstRead = (
  framing: Framing,
  bytes: Uint8Array,
): { readonly request: ReadRequest; readonly taken: number } | undefined => {
  const lead = framing === 'tcp' ? mbapLength - 1 : 0;
  for (let at = lead; at + 6 <= bytes.length; at++) {
    const called = bytes[at + 1];
    if (called !== 3 && called !== 4) continue;
    const transaction = word(bytes, at - lead);
    const message = messageAt(framing, bytes, at, 6, transaction);
    if (message === undefined) continue;
    const [register, count] = [word(message, 2), word(message, 4)];
    const request = { address: message[0] ?? 0, function: called, register, count, transaction } as const;
    return { request, taken: at + 6 + (framing === 'rtu' ? 2 : 0) };
  }
  return undefined;
};

export const encodeAnswer = (framing: Framing, request: ReadRequest, answer: Answer): Uint8Array =>
  enclose(
    framing,
    request.transaction,
    answer.kind === 'registers'
      ? Uint8Array.of(request.address, request.function, answer.bytes.length, ...answer.bytes)
      : Uint8Array.of(request.address, request.function | exceptionFlag, answer.code),
  );
