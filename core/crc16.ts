/** CRC-16 by the reflected polynomial A001, of Modbus (begun with FFFF) and SDI-12 (begun with 0). */
export const crc16 = (bytes: Uint8Array, begin: number): number => {
  let crc = begin;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
};
