/** Splitting byte streams into frames. Every framer has a maximum size and re-synchronizes after noise. */

export type Framed =
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** Bytes that belong to no frame, given up so that the buffer stays bounded. */
  | { readonly kind: 'discarded'; readonly reason: 'noise' | 'bad-checksum' | 'bad-length' };

export type Framer = (chunk: Uint8Array) => readonly Framed[];

export const concat = (head: Uint8Array, tail: Uint8Array): Uint8Array => {
  if (head.length === 0) return tail;
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
};

/** `slice` of a Node.js Buffer is a view, which would keep the whole chunk in memory. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

const none = new Uint8Array(0);

export interface HeaderFraming {
  /** The bytes every frame starts with. */
  readonly header: Uint8Array;
  /** The whole frame's length once `bytes` (from the header on) hold enough to tell; undefined asks for more. */
  readonly lengthOf: (bytes: Uint8Array) => number | undefined;
  readonly maximumLength: number;
  readonly isValid: (frame: Uint8Array) => boolean;
}

/**
 * Binary frames that start with a fixed header. After a bad length or checksum the search goes on one byte further,
 * so a good frame that begins inside a broken one is found.
 */
export const createHeaderFramer = ({ header, lengthOf, maximumLength, isValid }: HeaderFraming): Framer => {
  let held: Uint8Array = none;

  const headerAt = (bytes: Uint8Array, from: number): number => {
    for (let at = from; at < bytes.length; at++) {
      const compared = Math.min(header.length, bytes.length - at);
      let same = true;
      for (let offset = 0; offset < compared && same; offset++) same = bytes[at + offset] === header[offset];
      if (same) return at;
    }
    return bytes.length;
  };

  return chunk => {
    const out: Framed[] = [];
    const bytes = concat(held, chunk);
    let at = 0;
    let noisy = false;
    for (;;) {
      const start = headerAt(bytes, at);
      if (start > at) noisy = true;
      at = start;
      const rest = bytes.subarray(at);
      const length = rest.length < header.length ? undefined : lengthOf(rest);
      if (length === undefined && rest.length <= maximumLength) break;
      if (length === undefined || length < header.length || length > maximumLength) {
        out.push({ kind: 'discarded', reason: 'bad-length' });
        at += 1;
        continue;
      }
      if (rest.length < length) break;
      const frame = copyOf(rest.subarray(0, length));
      if (isValid(frame)) {
        out.push({ kind: 'frame', bytes: frame });
        at += length;
      } else {
        out.push({ kind: 'discarded', reason: 'bad-checksum' });
        at += 1;
      }
    }
    if (noisy) out.push({ kind: 'discarded', reason: 'noise' });
    held = copyOf(bytes.subarray(at));
    return out;
  };
};

/**
 * One state for each channel of a transport (peer, topic), made at its first chunk. Peers that reconnect come under
 * new names, so beyond `maximum` the channel that was quiet longest is forgotten.
 */
export const perChannel = <T>(create: () => T, maximum = 64): ((channel: string | undefined) => T) => {
  const states = new Map<string | undefined, T>();
  let latest: { readonly channel: string | undefined; readonly state: T } | undefined;
  return channel => {
    if (latest !== undefined && latest.channel === channel) return latest.state;
    const state = states.get(channel) ?? create();
    states.delete(channel);
    states.set(channel, state);
    if (states.size > maximum) states.delete(states.keys().next().value);
    latest = { channel, state };
    return state;
  };
};
