/**
 * What a box that counts the pulses of a tipping bucket says, in lines of text: its count (`1234`, `count=1234`), or a
 * line for each tip. There is no standard for it; firmware of such boxes is a dozen lines.
 */
import type { Decoded, Decoder } from '../../../core/driver.ts';
import { perChannel } from '../../../core/framing.ts';
import { quantities } from '../../../core/quantity.ts';
import type { Duration, Instant } from '../../../core/time.ts';
import { createLineReader } from '../../protocols/lines/reader.ts';

export interface Bucket {
  /** Rain that tips it over, mm. */
  readonly tipMillimeters: number;
  /** Bits of the count; a count without them is never taken for one that ran over. */
  readonly counterBits?: number | undefined;
}

export interface Tips extends Bucket {
  /** The line that says one tip; absent where lines hold the count. */
  readonly tip?: string | undefined;
  /** Tips that follow each other faster are one: the contact bounced. */
  readonly debounce: Duration;
}

const longestLine = 64;
/** A name before it, and nothing behind it. */
const countLine = /^\s*(?:[A-Za-z][A-Za-z0-9 _-]{0,31}[:=\s]\s*)?(\d{1,20})\s*$/;

/** 3 × 0.2 is 0.6. */
const rounded = (millimeters: number): number => Number(millimeters.toPrecision(12));

/** A count of tips as the counter's stand in millimeters. */
export const standOf = (
  count: number,
  { tipMillimeters, counterBits }: Bucket,
  device: string,
  time: Instant,
): Decoded => {
  const value = rounded(count * tipMillimeters);
  if (value > quantities.precipitationTotal.maximum || (counterBits !== undefined && count >= 2 ** counterBits))
    return { kind: 'malformed', reason: 'implausible' };
  return {
    kind: 'observation',
    observation: {
      kind: 'measurement',
      device,
      time,
      timeFrom: 'gateway',
      quantity: 'precipitationTotal',
      value,
      ...(counterBits !== undefined && { rollover: rounded(2 ** counterBits * tipMillimeters) }),
    },
  };
};

/** So much rain fell up to `time`. */
export const fallenAt = (millimeters: number, device: string, time: Instant) =>
  ({
    kind: 'measurement',
    device,
    time,
    timeFrom: 'gateway',
    quantity: 'precipitation',
    value: millimeters,
  }) as const;

/** The count that a text holds alone, or behind a name. */
export const countIn = (text: string): number | undefined => {
  const digits = countLine.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

export const createDecoder = (device: string, tips: Tips): Decoder => {
  const { tip, debounce, tipMillimeters } = tips;
  let tippedAt: Instant | undefined;

  const readTip = (text: string, time: Instant): Decoded => {
    if (text.trim() !== tip) return { kind: 'malformed', reason: 'other-message' };
    const isBounce = tippedAt !== undefined && Math.abs(time - tippedAt) < debounce;
    if (isBounce) return { kind: 'ignored', reason: 'bounce' };
    tippedAt = time;
    return { kind: 'observation', observation: fallenAt(tipMillimeters, device, time) };
  };

  const read = (text: string, time: Instant): Decoded => {
    if (tip !== undefined) return readTip(text, time);
    const count = countIn(text);
    return count === undefined ? { kind: 'malformed', reason: 'no-count' } : standOf(count, tips, device, time);
  };

  const readerOf = perChannel(() => createLineReader(longestLine));
  return ({ bytes, channel, receivedAt }) =>
    readerOf(channel)(bytes).map(line =>
      line.kind === 'line' ? read(line.text, receivedAt) : ({ kind: 'malformed', reason: line.reason } as const),
    );
};

/** A number alone may be anything's. */
const namedCount = /^\s*(?:count|counter|tips?|rain|pulses?)\s*[:=]\s*\d{1,20}\s*$/i;

/** Of lines that nobody knows yet only those that say what they count, or a tip. */
export const createSignDecoder = (device: string, tips: Tips): Decoder => {
  const readerOf = perChannel(() => createLineReader(longestLine));
  const decode = createDecoder(device, tips);
  return chunk =>
    readerOf(chunk.channel)(chunk.bytes).flatMap(line =>
      line.kind === 'line' && (tips.tip !== undefined || namedCount.test(line.text))
        ? decode({ ...chunk, bytes: Buffer.from(`${line.text}\n`, 'latin1') })
        : [],
    );
};

/** The count as a box writes it. */
export const encodeCount = (count: number): Uint8Array => Buffer.from(`count=${count}\r\n`, 'latin1');
