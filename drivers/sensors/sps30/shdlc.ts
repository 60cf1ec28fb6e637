/**
 * Sensirion's SHDLC: `7E … 7E` around address, command, (state,) length, data and check, with 11, 13, 7D and 7E
 * stuffed. Sensirion, "Datasheet SPS30", 5.1 and 5.2.
 */
import type { Framed, Framer } from '../../../core/framing.ts';

const [boundary, stuffing] = [0x7e, 0x7d];
/** 255 bytes of data with all around them, each stuffed. */
const longestStuffed = 2 * (255 + 5);

const stuffed: ReadonlyMap<number, number> = new Map([
  [0x7e, 0x5e],
  [0x7d, 0x5d],
  [0x11, 0x31],
  [0x13, 0x33],
]);
const unstuffed: ReadonlyMap<number, number> = new Map([...stuffed].map(([plain, sent]) => [sent, plain]));

const unstuff = (bytes: readonly number[]): Uint8Array | undefined => {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] === stuffing ? unstuffed.get(bytes[++at] ?? 0) : bytes[at];
    if (byte === undefined) return undefined;
    out.push(byte);
  }
  return Uint8Array.from(out);
};

const checkOf = (bytes: Uint8Array): number => ~bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;

export const frame = (...content: readonly number[]): Uint8Array =>
  Uint8Array.of(
    boundary,
    ...[...content, checkOf(Uint8Array.from(content))].flatMap(byte => {
      const sent = stuffed.get(byte);
      return sent === undefined ? [byte] : [stuffing, sent];
    }),
    boundary,
  );

/** The answers of a device, without boundaries and check, as long as they say of themselves. */
export const createShdlcFramer = (): Framer => {
  let held: number[] = [];
  let isTooLong = false;

  const end = (): readonly Framed[] => {
    const taken = held;
    held = [];
    if (taken.length === 0) return [];
    if (isTooLong) {
      isTooLong = false;
      return [{ kind: 'discarded', reason: 'noise' }];
    }
    const whole = unstuff(taken);
    const bytes = whole?.subarray(0, -1);
    if (whole === undefined || bytes === undefined || bytes.length < 4 || bytes.length !== (bytes[3] ?? 0) + 4)
      return [{ kind: 'discarded', reason: 'bad-length' }];
    if (checkOf(bytes) !== whole[whole.length - 1]) return [{ kind: 'discarded', reason: 'bad-checksum' }];
    return [{ kind: 'frame', bytes }];
  };

  return chunk => {
    const out: Framed[] = [];
    for (const byte of chunk) {
      if (byte === boundary) out.push(...end());
      else if (held.length < longestStuffed) held.push(byte);
      else isTooLong = true;
    }
    return out;
  };
};
