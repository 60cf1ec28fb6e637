/** Bytes → NAF records. Whatever the pieces in which they come, what is held back stays bounded. */
import { type NafAlarms, type NafField, type NafPiece, readNafRecord } from './report.ts';

/** A record of an Omnicom history of 120 positions is about as long. */
const longestRecord = 16 * 1024;

const start = '//SR//';
const end = '//ER';

export type NafFraming = {
  readonly kind: 'malformed';
  /** `truncated`: it ends, or the next record begins, before `ER`. `noise`: what stands between records. */
  readonly reason: 'noise' | 'truncated' | 'too-long';
};

export interface NafReader {
  read(bytes: Uint8Array): readonly (NafPiece | NafFraming)[];
  /** Nothing comes any more: what is held back is no record. */
  end(): readonly NafFraming[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** NAF is written in ISO 8859-1, and often in UTF-8 all the same. `text` holds a byte a character. */
const toText = (text: string): string => {
  if (!/[\x80-\xff]/.test(text)) return text;
  try {
    return utf8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
};

/** `LT///LG/12` has a field without a value: any number of slashes beyond one separates fields. */
const fieldsOf = (record: string): readonly NafField[] =>
  toText(record)
    .split(/\/{2,}/)
    .map(field => {
      const slash = field.indexOf('/');
      const code = slash < 0 ? field : field.slice(0, slash);
      return [code.trim().toUpperCase(), slash < 0 ? '' : field.slice(slash + 1).trim()] as const;
    });

/** Blanks, line ends and surplus slashes between records mean nothing. */
const meansSomething = /[^\s/\0]/;

/** How much of the end of `text` may be the beginning of `start`. */
const heldTail = (text: string): number => {
  for (let length = Math.min(start.length - 1, text.length); length > 0; length--) {
    if (start.startsWith(text.slice(-length))) return length;
  }
  return 0;
};

export const createNafReader = (alarms?: NafAlarms): NafReader => {
  let held = '';

  const read = (bytes: Uint8Array): readonly (NafPiece | NafFraming)[] => {
    const pieces: (NafPiece | NafFraming)[] = [];
    const passOver = (text: string): void => {
      if (meansSomething.test(text)) pieces.push({ kind: 'malformed', reason: 'noise' });
    };
    let text = held + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    for (;;) {
      const from = text.indexOf(start);
      if (from < 0) {
        const kept = text.length - heldTail(text);
        passOver(text.slice(0, kept));
        held = text.slice(kept);
        return pieces;
      }
      passOver(text.slice(0, from));
      const body = from + start.length;
      // The slashes of the next `//SR//` may be those behind `SR` here.
      const next = text.indexOf(start, body - 2);
      const to = text.indexOf(end, body - 2);
      if (next >= 0 && (to < 0 || next < to)) {
        pieces.push({ kind: 'malformed', reason: 'truncated' });
        text = text.slice(next);
      } else if (to >= 0 && to - body <= longestRecord) {
        pieces.push(...readNafRecord(fieldsOf(text.slice(body, to)), alarms));
        text = text.slice(to + end.length);
      } else if (text.length - body > longestRecord) {
        pieces.push({ kind: 'malformed', reason: 'too-long' });
        text = text.slice(body);
      } else {
        held = text.slice(from);
        return pieces;
      }
    }
  };

  return {
    read,
    end: () => {
      const rest = held;
      held = '';
      if (!meansSomething.test(rest)) return [];
      return [{ kind: 'malformed', reason: rest.startsWith(start) ? 'truncated' : 'noise' }];
    },
  };
};
