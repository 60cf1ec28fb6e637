/**
 * The check of SDI-12 v1.4, clause 4.4.12: CRC-16 over everything before it, as three
 * characters that carry 4, 6 and 6 bits.
 */
import { crc16 } from '../../../core/crc16.ts';

export const crcLength = 3;

/** `text` is ASCII. */
export const crcOf = (text: string): string => {
  const crc = crc16(Buffer.from(text, 'latin1'), 0);
  return String.fromCharCode(0x40 | (crc >> 12), 0x40 | ((crc >> 6) & 0x3f), 0x40 | (crc & 0x3f));
};

/** What stands before the check, or undefined when it does not hold. */
export const withoutCrc = (text: string): string | undefined => {
  const body = text.slice(0, -crcLength);
  return text.length > crcLength && crcOf(body) === text.slice(-crcLength) ? body : undefined;
};
