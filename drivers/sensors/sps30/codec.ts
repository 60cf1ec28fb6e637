/** Sensirion SPS30 over SHDLC, values as float. Sensirion, "Datasheet SPS30", 4.3, 4.4 and 5.3. */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import type { Quality } from '../../../core/observation.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { createShdlcFramer, frame } from './shdlc.ts';

/** In the order of the data, each a big-endian float: mass in ug/m3, numbers in 1/cm3, size in um. */
const order = [
  'pm1',
  'pm25',
  'pm4',
  'pm10',
  'particlesTo05',
  'particlesTo1',
  'particlesTo25',
  'particlesTo4',
  'particlesTo10',
  'typicalParticleSize',
] as const satisfies readonly QuantityName[];

const [readValues, readStatus, startMeasurement, stopMeasurement] = [0x03, 0xd2, 0x00, 0x01];
const valuesLength = order.length * 4;

/** The automatic cleaning of the fan (80) is left as it is. */
export const commands = {
  start: frame(0, startMeasurement, 2, 0x01, 0x03),
  stop: frame(0, stopMeasurement, 0),
  read: frame(0, readValues, 0),
  status: frame(0, readStatus, 1, 0x00),
} as const;

interface Answer {
  readonly command: number;
  /** 0, or why the device did not do it; 0x43: not allowed in its state. */
  readonly failure: number;
  readonly data: Uint8Array;
}

const toAnswer = (bytes: Uint8Array): Answer => ({
  command: bytes[1] ?? 0,
  failure: (bytes[2] ?? 0) & 0x7f,
  data: bytes.subarray(4),
});

const decodeAnswer = ({ command, failure, data }: Answer, device: string, time: number): readonly Decoded[] => {
  if (command !== readValues) return [{ kind: 'ignored', reason: 'other-answer' }];
  if (failure !== 0) return [{ kind: 'ignored', reason: 'refused' }];
  if (data.length === 0) return [{ kind: 'ignored', reason: 'no-new-data' }];
  if (data.length !== valuesLength) return [{ kind: 'malformed', reason: 'bad-length' }];
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const values = order.map((_, index) => view.getFloat32(index * 4));
  if (!values.every(Number.isFinite)) return [{ kind: 'malformed', reason: 'not-a-number' }];
  return order.map((quantity, index) => ({
    kind: 'observation',
    observation: { kind: 'measurement', device, time, timeFrom: 'gateway', quantity, value: values[index] ?? 0 },
  }));
};

export const createDecoder = (device: string): Decoder => {
  const framerOf = perChannel(createShdlcFramer);
  return chunk =>
    framerOf(chunk.channel)(chunk.bytes).flatMap(framed =>
      framed.kind === 'frame'
        ? decodeAnswer(toAnswer(framed.bytes), device, chunk.receivedAt)
        : [{ kind: 'malformed', reason: framed.reason } as const],
    );
};

const answerTo = (command: number, bytes: Uint8Array): Answer | undefined => {
  for (const framed of createShdlcFramer()(bytes)) {
    const answer = framed.kind === 'frame' ? toAnswer(framed.bytes) : undefined;
    if (answer?.command === command) return answer;
  }
  return undefined;
};

/** Whether it measured before it was told to; undefined while no answer to that is there. */
export const startedIn = (bytes: Uint8Array): 'measured-already' | 'begun' | undefined => {
  const answer = answerTo(startMeasurement, bytes);
  return answer && (answer.failure === 0 ? 'begun' : 'measured-already');
};

export const isStoppedIn = (bytes: Uint8Array): true | undefined =>
  answerTo(stopMeasurement, bytes) === undefined ? undefined : true;

/** Bits of the device status register, and what a value is worth under each (4.4). The first that is set holds. */
const faultBits = [
  { bit: 5, quality: 'fail' },
  { bit: 4, quality: 'fail' },
  { bit: 21, quality: 'suspect' },
] as const satisfies readonly { bit: number; quality: Quality }[];

/** By laser (5), fan (4) and speed of the fan (21). Firmware below 2.0 knows no such register. */
export const qualityIn = (bytes: Uint8Array): { readonly quality: Quality | undefined } | undefined => {
  const answer = answerTo(readStatus, bytes);
  if (answer === undefined) return undefined;
  if (answer.failure !== 0 || answer.data.length < 4) return { quality: undefined };
  const register = new DataView(answer.data.buffer, answer.data.byteOffset).getUint32(0);
  return { quality: faultBits.find(({ bit }) => ((register >>> bit) & 1) === 1)?.quality };
};

/** The answer with values; an empty one, where none are new. */
export const encode = (values: Readonly<Partial<Record<QuantityName, number>>> | undefined): Uint8Array => {
  const data = new Uint8Array(values === undefined ? 0 : valuesLength);
  const view = new DataView(data.buffer);
  if (values !== undefined)
    for (const [index, quantity] of order.entries()) view.setFloat32(index * 4, values[quantity] ?? 0);
  return frame(0, readValues, 0, data.length, ...data);
};

export const encodeStarted = (failure: number): Uint8Array => frame(0, startMeasurement, failure, 0);
export const encodeStopped = (): Uint8Array => frame(0, stopMeasurement, 0, 0);
export const encodeStatus = (register: number): Uint8Array =>
  frame(0, readStatus, 0, 5, register >>> 24, (register >>> 16) & 255, (register >>> 8) & 255, register & 255, 0);
