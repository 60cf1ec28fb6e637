/**
 * Takes messages that are too large out of a stream of MQTT control packets before anybody buffers them (clauses 2 and 3.3
 * of MQTT 3.1.1, the same in 5), and tells their number: a broker sends what nobody acknowledges again on each connection,
 * so cutting it off would not help.
 */

/** A message that was passed over. */
export interface Oversize {
  /** Its first 256 bytes. */
  readonly topic: string;
  /** Bytes of the packet behind its fixed header. */
  readonly bytes: number;
  /** What the broker wants acknowledged; undefined for QoS 0. */
  readonly messageId: number | undefined;
}

export interface OversizeFilter {
  /** What is left of a chunk. After `broken` nothing can be read any more: the length cannot be, or is beyond all sense. */
  pass(chunk: Uint8Array): Uint8Array | 'broken';
}

const publish = 3;
const longestTopicTold = 256;

interface Skipped {
  /** Of the variable header what has come: the topic's length, the topic, the message's number. */
  head: Buffer;
  readonly length: number;
  readonly hasId: boolean;
}

/** `maximum` and `mostSkipped`: bytes of one packet behind its fixed header; beyond the second the stream is `broken`. */
export const createOversizeFilter = (
  maximum: number,
  mostSkipped: number,
  onSkipped: (message: Oversize) => void,
): OversizeFilter => {
  /** Bytes of the packet's body that are still to come. */
  let rest = 0;
  let skipped: Skipped | undefined;
  /** Bytes of a fixed header of which the end has not come. */
  let header: number[] = [];

  const headLength = ({ head, hasId }: Skipped): number =>
    head.length < 2 ? 2 : 2 + head.readUInt16BE(0) + (hasId ? 2 : 0);

  const note = (bytes: Uint8Array): void => {
    if (skipped === undefined) return;
    for (let at = 0; at < bytes.length && skipped.head.length < headLength(skipped); ) {
      const taken = bytes.subarray(at, at + headLength(skipped) - skipped.head.length);
      skipped.head = Buffer.concat([skipped.head, taken]);
      at += taken.length;
    }
    if (rest > 0) return;
    const { head, length, hasId } = skipped;
    skipped = undefined;
    const topicEnd = 2 + (head.length < 2 ? 0 : head.readUInt16BE(0));
    onSkipped({
      topic: head.toString('utf8', 2, Math.min(topicEnd, 2 + longestTopicTold)),
      bytes: length,
      messageId: hasId && head.length >= topicEnd + 2 ? head.readUInt16BE(topicEnd) : undefined,
    });
  };

  /** The length of the body once the header is whole. */
  const lengthOf = (): number | 'broken' | undefined => {
    const digits = header.slice(1);
    if (digits.length === 0 || (digits.at(-1) ?? 0) >= 0x80) return digits.length > 3 ? 'broken' : undefined;
    return digits.reduce((sum, digit, index) => sum + (digit & 0x7f) * 128 ** index, 0);
  };

  return {
    pass: chunk => {
      const out: Uint8Array[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (rest > 0) {
          const body = chunk.subarray(at, at + rest);
          at += body.length;
          rest -= body.length;
          if (skipped === undefined) out.push(body);
          else note(body);
          continue;
        }
        header.push(chunk[at++] ?? 0);
        const length = lengthOf();
        if (length === undefined) continue;
        const first = header[0] ?? 0;
        const isSkipped = length !== 'broken' && length > maximum;
        if (length === 'broken' || (isSkipped && (first >> 4 !== publish || length > mostSkipped))) return 'broken';
        rest = length;
        if (isSkipped) skipped = { head: Buffer.alloc(0), length, hasId: (first & 0x06) !== 0 };
        else out.push(Uint8Array.from(header));
        header = [];
      }
      const [only] = out;
      return out.length === 1 && only !== undefined ? only : Buffer.concat(out);
    },
  };
};
