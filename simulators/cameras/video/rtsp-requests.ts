/** A client's side of an RTSP connection (RFC 2326) taken apart: requests, and frames it interleaves (10.12). Pure. */

export interface RtspRequest {
  readonly method: string;
  readonly url: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

export type FromClient =
  | { readonly kind: 'request'; readonly request: RtspRequest }
  | { readonly kind: 'interleaved'; readonly channel: number };

const largestRequest = 16_384;

/** `undefined` when `text` is no request. */
const parseRequest = (text: string): RtspRequest | undefined => {
  const [first = '', ...lines] = text.split('\r\n');
  const match = /^([A-Z_]+) (\S+) RTSP\/1\.0$/.exec(first);
  if (match === null) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { method: match[1] ?? '', url: match[2] ?? '', headers };
};

/** Gives what each chunk completes. Undefined: this is no RTSP, close the connection. */
export const createRequestReader = (): ((chunk: Buffer) => readonly FromClient[] | undefined) => {
  let waiting: Buffer = Buffer.alloc(0);
  return chunk => {
    waiting = Buffer.concat([waiting, chunk]);
    const complete: FromClient[] = [];
    for (;;) {
      if (waiting[0] === 0x24) {
        if (waiting.length < 4) return complete;
        const length = 4 + waiting.readUInt16BE(2);
        if (waiting.length < length) return complete;
        complete.push({ kind: 'interleaved', channel: waiting[1] ?? 0 });
        waiting = waiting.subarray(length);
        continue;
      }
      const end = waiting.indexOf('\r\n\r\n');
      if (end < 0) return waiting.length > largestRequest ? undefined : complete;
      const request = parseRequest(waiting.toString('latin1', 0, end));
      if (request === undefined) return undefined;
      const body = Number(request.headers.get('content-length') ?? 0);
      if (!(body >= 0 && body <= largestRequest)) return undefined;
      if (waiting.length < end + 4 + body) return complete;
      waiting = waiting.subarray(end + 4 + body);
      complete.push({ kind: 'request', request });
    }
  };
};
