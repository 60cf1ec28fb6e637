/** The checksum of NMEA 0183: XOR of the bytes between the start delimiter and `*`, as two hexadecimal digits. */

const hexDigits = '0123456789ABCDEF';

/** 0–15, or 255 for a byte that is no hexadecimal digit. */
const hexValues = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  hexValues[hexDigits.charCodeAt(value)] = value;
  hexValues[hexDigits.toLowerCase().charCodeAt(value)] = value;
}

/** The two digits at `at` as a number, or more than 255 when they are none. */
export const hexPair = (bytes: Uint8Array, at: number): number => {
  const high = hexValues[bytes[at] ?? 0] ?? 255;
  const low = hexValues[bytes[at + 1] ?? 0] ?? 255;
  return (high | low) > 15 ? 256 : (high << 4) | low;
};

/** XOR of `bytes[from…to)`. */
export const checksum = (bytes: Uint8Array, from: number, to: number): number => {
  let sum = 0;
  for (let at = from; at < to; at++) sum ^= bytes[at] ?? 0;
  return sum;
};

export const formatChecksum = (sum: number): string => `${hexDigits[sum >> 4]}${hexDigits[sum & 15]}`;

/** A whole sentence or TAG block body with its `*hh`; `body` is ASCII without its delimiters. */
export const withChecksum = (body: string): string => {
  let sum = 0;
  for (let at = 0; at < body.length; at++) sum ^= body.charCodeAt(at);
  return `${body}*${formatChecksum(sum & 255)}`;
};
