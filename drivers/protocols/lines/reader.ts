/** Bytes → lines of printable ASCII, ended by CR, LF or both; devices differ in which they send. */

export type Line =
  | { readonly kind: 'line'; readonly text: string }
  /** Was given up: it held what no line holds, or grew too long. One for each such line. */
  | { readonly kind: 'fault'; readonly reason: 'noise' | 'too-long' };

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tilde = 0x7e;

/** Holds one unfinished line of at most `longest` characters. Empty lines are passed over. */
export const createLineReader = (longest: number): ((chunk: Uint8Array) => readonly Line[]) => {
  let held = '';
  let fault: 'noise' | 'too-long' | undefined;
  return chunk => {
    const out: Line[] = [];
    for (const byte of chunk) {
      if (byte === lineFeed || byte === carriageReturn) {
        if (fault !== undefined) out.push({ kind: 'fault', reason: fault });
        else if (held !== '') out.push({ kind: 'line', text: held });
        [held, fault] = ['', undefined];
      } else if (fault === undefined) {
        if (byte < space || byte > tilde) fault = 'noise';
        else if (held.length === longest) fault = 'too-long';
        if (fault === undefined) held += String.fromCharCode(byte);
        else held = '';
      }
    }
    return out;
  };
};
