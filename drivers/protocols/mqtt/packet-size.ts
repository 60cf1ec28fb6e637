/**
 * Reads only the fixed headers of a stream of MQTT control packets (clause 2.1 of MQTT 5; the same in 3.1.1), so that
 * a peer which announces a packet of 256 MB is cut off before anybody buffers it.
 */
export interface TooLarge {
  /** The first byte of its fixed header: kind and flags. */
  readonly header: number;
  /** Bytes that it has behind the fixed header; what no packet can have where it tells no length. */
  readonly length: number;
  /** Where these begin in the chunk. */
  readonly bodyAt: number;
}

/** The first packet that is too large, as soon as its length is known. */
export type PacketSizeGuard = (chunk: Uint8Array) => TooLarge | undefined;

/** `maximum`: bytes of one packet behind its fixed header. */
export const createPacketSizeGuard = (maximum: number): PacketSizeGuard => {
  let toSkip = 0;
  /** How many bytes of the fixed header were seen: 0 asks for its first byte, 1 to 4 for one of its length. */
  let seen = 0;
  let header = 0;
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
        header = byte;
        length = 0;
        continue;
      }
      if (seen > 4) return { header, length: Number.POSITIVE_INFINITY, bodyAt: at };
      length += (byte & 0x7f) * 128 ** (seen - 1);
      if (byte >= 0x80) {
        seen += 1;
        continue;
      }
      if (length > maximum) return { header, length, bodyAt: at };
      toSkip = length;
      seen = 0;
    }
    return undefined;
  };
};

const publish = 3;

/**
 * Topic and number of the PUBLISH that begins with this header and body (clause 3.3.2, the same in 3.1.1), `partial`
 * while more is needed; undefined for what has no number: another packet, or QoS 0.
 */
export const headOfPublish = (
  header: number,
  body: Uint8Array,
): { readonly topic: string; readonly messageId: number } | 'partial' | undefined => {
  const qos = (header >> 1) & 3;
  if (header >> 4 !== publish || qos === 0) return undefined;
  const end = 2 + (body[0] ?? 0) * 256 + (body[1] ?? 0);
  if (body.length < end + 2) return 'partial';
  return {
    topic: Buffer.from(body.subarray(2, end)).toString(),
    messageId: (body[end] ?? 0) * 256 + (body[end + 1] ?? 0),
  };
};
