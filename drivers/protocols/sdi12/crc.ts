/**
 * The check of SDI-12 v1.4, clause 4.4.12: CRC-16 (polynomial A001 reflected, from 0) over everything before it, as three
 * characters that carry 4, 6 and 6 bits.
 */

const polynomial = 0xa001;
export const crcLength = 3;

/** `text` is ASCII. */
export const crcOf = (text: string): string => {
  let crc = 0;
  for (let at = 0; at < text.length; at++) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ polynomial : crc >> 1;
  }
  return String.fromCharCode(0x40 | (crc >> 12), 0x40 | ((crc >> 6) & 0x3f), 0x40 | (crc & 0x3f));
};

/** What stands before the check, or undefined when it does not hold. */
export const withoutCrc = (text: string): string | undefined => {
  const body = text.slice(0, -crcLength);
  return text.length > crcLength && crcOf(body) === text.slice(-crcLength) ? body : undefined;
};
