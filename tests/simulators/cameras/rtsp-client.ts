/** A client that says exactly what a test wants it to say, over TCP. */
import { once } from 'node:events';
import net from 'node:net';
import { until } from '../../support/resources.ts';

interface RtspAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RtspClient extends AsyncDisposable {
  /** Sends a request; `path` is added to the stream's address. */
  request(method: string, headers?: readonly string[], path?: string): Promise<RtspAnswer>;
  /** Sends a request and waits for nothing. */
  say(method: string): void;
  /** RTP packets of channel 0 so far. */
  packets(): readonly Buffer[];
  isOpen(): boolean;
}

export const openRtspClient = async (url: string): Promise<RtspClient> => {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, 'connect');
  let waiting: Buffer = Buffer.alloc(0);
  let sequence = 0;
  const answers = new Map<string, RtspAnswer>();
  const packets: Buffer[] = [];

  const takeAnswer = (): boolean => {
    const end = waiting.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [first = '', ...lines] = waiting.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const),
    );
    const length = Number(headers.get('content-length') ?? 0);
    if (waiting.length < end + 4 + length) return false;
    const body = waiting.toString('utf8', end + 4, end + 4 + length);
    waiting = waiting.subarray(end + 4 + length);
    answers.set(headers.get('cseq') ?? '', { status: Number(first.split(' ')[1]), headers, body });
    return true;
  };
  const takePacket = (): boolean => {
    if (waiting.length < 4) return false;
    const end = 4 + waiting.readUInt16BE(2);
    if (waiting.length < end) return false;
    if (waiting[1] === 0) packets.push(Buffer.from(waiting.subarray(4, end)));
    waiting = waiting.subarray(end);
    return true;
  };
  socket.on('data', chunk => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length > 0 && (waiting[0] === 0x24 ? takePacket() : takeAnswer()));
  });
  socket.on('error', () => {});

  const write = (method: string, headers: readonly string[], path: string): string => {
    sequence += 1;
    socket.write([`${method} ${url}${path} RTSP/1.0`, `CSeq: ${sequence}`, ...headers, '', ''].join('\r\n'));
    return `${sequence}`;
  };
  return {
    request: (method, headers = [], path = '') => {
      const id = write(method, headers, path);
      return until(`${method} is answered`, () => answers.get(id));
    },
    say: method => {
      write(method, [], '');
    },
    packets: () => packets,
    isOpen: () => !socket.closed,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      if (!socket.closed) await once(socket, 'close');
    },
  };
};

/** SETUP over TCP and PLAY; gives the session. */
export const play = async (client: RtspClient): Promise<string> => {
  const setup = await client.request('SETUP', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1'], '/trackID=0');
  const [session = ''] = (setup.headers.get('session') ?? '').split(';');
  await client.request('PLAY', [`Session: ${session}`]);
  return session;
};
