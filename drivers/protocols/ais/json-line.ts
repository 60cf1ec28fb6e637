/**
 * The JSON objects that AIS-catcher (`-u … JSON on`, `-o 3` to `5`) and gpsd send, one for each message: as a rule with
 * the sentences themselves in `nmea`, which are then read, and else with the decoded fields alone.
 */
import { z } from 'zod';
import { type Instant, seconds } from '../../../core/time.ts';
import { createSentenceReader, type NmeaFault } from '../nmea0183/reader.ts';
import { plausibleTime, type TagBlock } from '../nmea0183/tag-block.ts';

/** The fields that are read here; the rest of the object are those of the message. */
const line = z.looseObject({
  /** `AIS`; gpsd sends other classes (`TPV`, `SKY`) on the same connection. */
  class: z.string().optional(),
  nmea: z.array(z.string().max(1024)).max(9).optional(),
  /** UNIX time of receipt in seconds. */
  rxuxtime: z.number().optional(),
  /** The same as YYYYMMDDhhmmss, UTC. */
  rxtime: z.string().optional(),
  /** False for the raw numbers of the message. */
  scaled: z.boolean().optional(),
});

/** As sent, by the names of gpsd. */
export type JsonFields = Readonly<Record<string, unknown>>;

export type JsonFault = 'bad-json' | NmeaFault;

export interface JsonLineVisitor {
  /** As of `SentenceVisitor`; the tag has the object's time where the sentence has none of its own. */
  sentence(bytes: Uint8Array, start: number, end: number, tag: TagBlock | undefined): void;
  /** The fields of a message whose sentences are not there. */
  fields(fields: JsonFields, time: Instant | undefined): void;
  /** An object that is no AIS message, or one in raw numbers. */
  other(): void;
  fault(reason: JsonFault): void;
}

const timeOf = ({ rxuxtime, rxtime }: z.output<typeof line>): Instant | undefined => {
  let time: number | undefined;
  if (rxuxtime !== undefined) time = Math.round(seconds(rxuxtime));
  else if (rxtime !== undefined && /^\d{14}$/.test(rxtime)) {
    const [year, month, day, hour, minute, second] = [0, 4, 6, 8, 10, 12].map((at, index) =>
      Number(rxtime.slice(at, index === 0 ? 4 : at + 2)),
    );
    time = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  }
  return time === undefined ? undefined : plausibleTime(time);
};

const decoder = new TextDecoder();

const parse = (text: string): z.output<typeof line> | undefined => {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const withTime = (tag: TagBlock | undefined, time: Instant | undefined): TagBlock | undefined => {
  if (time === undefined || tag?.time !== undefined) return tag;
  return tag === undefined ? { source: undefined, time, group: undefined } : { ...tag, time };
};

/** Takes one object, `bytes[start…end)`. */
export const createJsonLineReader = (
  visitor: JsonLineVisitor,
): ((bytes: Uint8Array, start: number, end: number) => void) => {
  let time: Instant | undefined;
  const read = createSentenceReader({
    sentence: (bytes, start, end, tag) => visitor.sentence(bytes, start, end, withTime(tag, time)),
    object: () => visitor.fault('bad-json'),
    fault: reason => visitor.fault(reason),
  });
  return (bytes, start, end) => {
    const object = parse(decoder.decode(bytes.subarray(start, end)));
    if (object === undefined) {
      visitor.fault('bad-json');
      return;
    }
    const { nmea, scaled } = object;
    if (object.class !== undefined && object.class !== 'AIS') {
      visitor.other();
      return;
    }
    time = timeOf(object);
    if (nmea !== undefined && nmea.length > 0) {
      for (const sentence of nmea) read(Buffer.from(`${sentence}\r\n`, 'latin1'));
      return;
    }
    if (scaled === true) visitor.fields(object, time);
    else visitor.other();
  };
};
