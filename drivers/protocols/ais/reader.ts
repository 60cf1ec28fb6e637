/**
 * Bytes of one sender → whole AIS messages, through sentences of NMEA 0183 with their TAG blocks, or JSON objects around
 * them.
 */
import type { Instant } from '../../../core/time.ts';
import { createSentenceReader, type NmeaFault, type SentenceVisitor } from '../nmea0183/reader.ts';
import { createTagGroups } from '../nmea0183/tag-block.ts';
import { type AssemblyFault, createAssembly } from './assembly.ts';
import type { AisMessage } from './decode.generated.ts';
import { createJsonLineReader, type JsonFault, type JsonFields } from './json-line.ts';
import { decodeMessage, type MessageFault } from './message.ts';

export type AisFault = NmeaFault | JsonFault | AssemblyFault | MessageFault;

export interface AisVisitor {
  /** `symbols` and `bits`: the message as it came, lent for the call. `time`: of its TAG block. */
  message(message: AisMessage, symbols: Uint8Array, bits: number, time: Instant | undefined): void;
  /** A message that came without its sentences: its fields as sent. */
  fields(fields: JsonFields, time: Instant | undefined): void;
  /** A sound sentence or object of another kind. */
  other(): void;
  fault(reason: AisFault): void;
}

/** Holds one unfinished sentence, and a few unfinished messages and groups. */
export const createAisReader = (visitor: AisVisitor): ((bytes: Uint8Array, receivedAt: Instant) => void) => {
  const withGroup = createTagGroups();
  let now: Instant = 0;
  const assemble = createAssembly({
    message: (symbols, bits, time) => {
      const message = decodeMessage(symbols, bits);
      if (typeof message === 'string') visitor.fault(message);
      else visitor.message(message, symbols, bits, time);
    },
    other: () => visitor.other(),
    fault: reason => visitor.fault(reason),
  });
  const sentence: SentenceVisitor['sentence'] = (bytes, start, end, tag) =>
    assemble(bytes, start, end, tag === undefined ? tag : withGroup(tag, now), now);
  const object = createJsonLineReader({
    sentence,
    fields: (fields, time) => visitor.fields(fields, time),
    other: () => visitor.other(),
    fault: reason => visitor.fault(reason),
  });
  const read = createSentenceReader({ sentence, object, fault: reason => visitor.fault(reason) });
  return (bytes, receivedAt) => {
    now = receivedAt;
    read(bytes);
  };
};
