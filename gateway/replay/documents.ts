/**
 * What a recorded document holds, or one of each line, in the order of the times that it tells: its positions stand by
 * vessel as often as by time. When it arrived nobody wrote down, so each is heard when it was so.
 */
import type { Decoded, Decoder } from '../../core/driver.ts';
import type { Instant } from '../../core/time.ts';

/** What a decoder made of a piece of a recording, and when it was heard. */
export interface DatedResult {
  readonly decoded: Decoded;
  readonly time: Instant;
}

/** No clock of ours judges how late or how far ahead a report is. */
const receivedAt: Instant = 0;

/** When the device says that it was. */
const ownTime = (decoded: Decoded): Instant | undefined =>
  decoded.kind === 'observation' && decoded.observation.timeFrom === 'device' ? decoded.observation.time : undefined;

const eachLine = (content: Uint8Array, decode: Decoder): Decoded[] => {
  const results: Decoded[] = [];
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const line = bytes.subarray(from, end === -1 ? bytes.length : end);
    from = end === -1 ? bytes.length : end + 1;
    if (line.some(byte => byte > 0x20))
      for (const decoded of decode({ bytes: line, receivedAt })) results.push(decoded);
  }
  return results;
};

/** Empty where the decoder finds nothing in it that tells a time. */
export const readDocument = (content: Uint8Array, decode: Decoder): readonly DatedResult[] => {
  const tellsTime = (all: readonly Decoded[]): boolean => all.some(each => ownTime(each) !== undefined);
  const whole = decode({ bytes: content, receivedAt });
  const results = tellsTime(whole) ? whole : eachLine(content, decode);
  if (!tellsTime(results)) return [];
  // What is nothing, or tells no time, was heard with what stands before it.
  let time = results.reduce((first, each) => Math.min(first, ownTime(each) ?? first), Number.POSITIVE_INFINITY);
  return results
    .map((decoded): DatedResult => {
      time = ownTime(decoded) ?? time;
      return decoded.kind === 'observation'
        ? { decoded: { ...decoded, observation: { ...decoded.observation, time } }, time }
        : { decoded, time };
    })
    .sort((one, other) => one.time - other.time);
};
