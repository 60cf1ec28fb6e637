/**
 * MaxBotix MB736x, MB738x and MB746x ultrasonic sensors with serial output: `R`, four digits and a carriage return, the
 * range in millimeters, some six times a second. MaxBotix, "HRXL-MaxSonar-WR datasheet" PD11837, "Pin 5 – Serial output".
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import type { Quality } from '../../../core/observation.ts';
import { type Instant, seconds } from '../../../core/time.ts';
import { createLineReader } from '../../protocols/lines/reader.ts';

interface Model {
  /** What it says where no echo came back, mm. */
  readonly noEcho: number;
  /** Everything that is nearer is told as this, mm. */
  readonly nearest: number;
}

export const models = {
  '5m': { noEcho: 5000, nearest: 300 },
  '10m': { noEcho: 9999, nearest: 500 },
} as const satisfies Record<string, Model>;

export const modelNames = Object.keys(models) as [keyof typeof models, ...(keyof typeof models)[]];

export interface Mounting {
  readonly model: keyof typeof models;
  /** From the zero of the gauge up to the face of the sensor, m. */
  readonly mountHeight: number;
  /** Ranges of which the median is one reading. */
  readonly samples: number;
}

/** Ranges that lie apart by more are not of one reading. */
const longestGap = seconds(5);

const message = /^R(\d{4})$/;

/** Of an even number the greater of the two in the middle, which is the lower water. */
const medianOf = (ranges: readonly number[]): number => {
  const sorted = ranges.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

const createReading = (device: string, { model, mountHeight, samples }: Mounting) => {
  const { noEcho, nearest } = models[model];
  let ranges: number[] = [];
  let missed = 0;
  let last: Instant = 0;

  const finish = (time: Instant): Decoded => {
    const [echoes, silent] = [ranges, missed];
    [ranges, missed] = [[], 0];
    // Where most pulses were lost, the rest came back from something else than the water.
    if (silent > echoes.length) return { kind: 'ignored', reason: 'no-echo' };
    const range = medianOf(echoes);
    // Water at the sensor is told as the nearest range: at least so high, which in a flood is what counts.
    const quality: Quality | undefined = range <= nearest ? 'suspect' : undefined;
    const value = Math.round(mountHeight * 1000 - range) / 1000;
    return {
      kind: 'observation',
      observation: {
        kind: 'measurement',
        device,
        time,
        timeFrom: 'gateway',
        quantity: 'waterLevel',
        value,
        ...(quality !== undefined && { quality }),
      },
    };
  };

  return (text: string, receivedAt: Instant): readonly Decoded[] => {
    const digits = message.exec(text)?.[1];
    if (digits === undefined) return [{ kind: 'malformed', reason: 'other-message' }];
    const range = Number(digits);
    if (range > noEcho) return [{ kind: 'malformed', reason: 'other-model' }];
    if (Math.abs(receivedAt - last) > longestGap) [ranges, missed] = [[], 0];
    last = receivedAt;
    if (range === noEcho) missed++;
    else ranges.push(range);
    return ranges.length + missed < samples ? [] : [finish(receivedAt)];
  };
};

export const createDecoder = (device: string, mounting: Mounting): Decoder => {
  const readerOf = perChannel(() => ({ lines: createLineReader(16), read: createReading(device, mounting) }));
  return ({ bytes, channel, receivedAt }) => {
    const { lines, read } = readerOf(channel);
    return lines(bytes).flatMap(line =>
      line.kind === 'line' ? read(line.text, receivedAt) : [{ kind: 'malformed', reason: line.reason } as const],
    );
  };
};

/** A range as the sensor sends it, in millimeters; undefined where no echo came back. */
export const encode = (model: keyof typeof models, range: number | undefined): Uint8Array => {
  const { noEcho, nearest } = models[model];
  const told = range === undefined ? noEcho : Math.max(nearest, Math.min(noEcho, Math.round(range)));
  return Buffer.from(`R${String(told).padStart(4, '0')}\r`, 'latin1');
};
