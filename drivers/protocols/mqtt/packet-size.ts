/**
 * Reads only the fixed headers of a stream of MQTT control packets (clause 2.1 of MQTT 5; the same in 3.1.1), so that
 * a peer which announces a packet of 256 MB is cut off before anybody buffers it.
 */
export type PacketSizeGuard = (chunk: Uint8Array) => 'ok' | 'too-large';

/** `maximum`: bytes of one packet behind its fixed header. */
export const createPacketSizeGuard = (maximum: number): PacketSizeGuard => {
  let toSkip = 0;
  /** How many bytes of the fixed header were seen: 0 asks for its first byte, 1 to 4 for one of its length. */
  let seen = 0;
  let length = 0;
  return chunk => {
    let at = 0;
    while (at < chunk.length) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, chunk.length - at);
        toSkip -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (seen === 0) {
        seen = 1;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** (seen - 1);
      if (length > maximum || seen > 4) return 'too-large';
      if (byte >= 0x80) seen += 1;
      else {
        toSkip = length;
        seen = 0;
      }
    }
    return 'ok';
  };
};
