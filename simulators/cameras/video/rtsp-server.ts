/**
 * A camera's RTSP server (RFC 2326): one stream over TCP (interleaved) and UDP, with Digest login. It copies
 * packets of a film that is coded already, so many clients cost little. All clients see the same frame at the same
 * time, the one of the clock's phase, each beginning with a keyframe.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { GatewayError, systemCode } from '../../../core/errors.ts';
import type { Fault } from '../../../core/simulator.ts';
import { type Clock, seconds } from '../../../core/time.ts';
import type { Film } from '../../scenes/film.ts';
import { createDigestGuard, type DigestGuard, type Login } from './digest.ts';
import { packetize, rtpTime, senderReport } from './rtp.ts';
import { rtpFormats } from './rtp-payloads.ts';
import { createRequestReader, type RtspRequest } from './rtsp-requests.ts';

export interface RtspServerOptions {
  readonly film: Film;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Where the stream is: `/live`. */
  readonly path: string;
  readonly login?: Login;
  /** RTSP over TLS alone, then over TCP alone. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** What SETUP agrees to; the other is refused with 461. */
  readonly transports: 'both' | 'tcp' | 'udp';
  readonly quirks?: readonly RtspQuirk[];
  readonly clock: Clock;
  /** Random numbers 0 ≤ n < 1. */
  readonly random: () => number;
}

export interface RtspServer extends AsyncDisposable {
  readonly port: number;
  /** How many clients play now. */
  playing(): number;
  /** Pictures so far, to all clients together. */
  sent(): number;
  show(fault: Fault | undefined): void;
  /** Another film of the same rate, from its next keyframe on. */
  play(film: Film): void;
  /** From now on this share of its packets gets lost on the way, 0–1. */
  lose(share: number): void;
  /** Stops in the middle of a packet, for good on the connections that stand now. Over TCP alone. */
  breakOff(): void;
}

/** What cameras are known to do otherwise than a client expects; each is allowed, or forgiven by players. */
export const rtspQuirks = {
  'no-content-base': 'Tells no Content-Base: addresses are relative to the one asked for (RFC 2326, C.1.1).',
  'no-get-parameter': 'Does not know GET_PARAMETER, by which clients keep a session alive.',
  'short-session': 'Ends a session of which it heard nothing for 2 s.',
  'sets-in-band': 'Sends the parameter sets of the video only within it.',
  'starts-anywhere': 'Begins with the next picture, not with a key frame.',
} as const;
export type RtspQuirk = keyof typeof rtspQuirks;

const realm = 'Haidang simulator';
const usualSessionTimeout = seconds(60);
const shortSessionTimeout = seconds(2);
const reportEvery = seconds(5);
/** A client that does not read loses pictures rather than filling memory. */
const largestBacklog = 1_000_000;

type Carrier =
  | { readonly kind: 'tcp'; readonly rtpChannel: number; readonly rtcpChannel: number }
  | { readonly kind: 'udp'; readonly host: string; readonly rtpPort: number; readonly rtcpPort: number };

interface Session {
  readonly id: string;
  readonly socket: net.Socket;
  readonly carrier: Carrier;
  readonly ssrc: number;
  sequence: number;
  packets: number;
  bytes: number;
  /** `starting` waits for a keyframe; `broken` is in the middle of a packet for ever. */
  state: 'ready' | 'starting' | 'playing' | 'broken';
  heardAt: number;
  reportedAt: number;
}

interface UdpPair {
  readonly rtp: dgram.Socket;
  readonly rtcp: dgram.Socket;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

const bindUdp = async (host: string, port: number): Promise<dgram.Socket> => {
  const socket = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  // A client that is gone answers with ICMP; its session ends with its connection.
  socket.on('error', () => {});
  return socket;
};

/** An even port and the next one, as RFC 3550 wants them. */
const openUdpPair = async (host: string): Promise<UdpPair> => {
  for (let attempt = 0; attempt < 50; attempt++) {
    const rtp = await bindUdp(host, 0);
    const rtpPort = rtp.address().port;
    if (rtpPort % 2 === 0) {
      try {
        return { rtp, rtcp: await bindUdp(host, rtpPort + 1), rtpPort, rtcpPort: rtpPort + 1 };
      } catch {
        // The next port is taken: another pair.
      }
    }
    rtp.close();
  }
  throw new GatewayError('exhausted', 'no two neighboring UDP ports are free');
};

const describe = ({ film, host, quirks = [] }: RtspServerOptions): string => {
  const { payloadType, encoding, parameters } = rtpFormats[film.codec];
  const format = parameters(film, quirks.includes('sets-in-band') ? 'in-band' : 'described');
  return [
    'v=0',
    `o=- 1 1 IN ${net.isIPv6(host) ? 'IP6' : 'IP4'} ${host}`,
    `s=${realm}`,
    't=0 0',
    'a=control:*',
    'a=range:npt=now-',
    `m=video 0 RTP/AVP ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=rtpmap:${payloadType} ${encoding}/90000`,
    ...(format === undefined ? [] : [`a=fmtp:${payloadType} ${format}`]),
    `a=framerate:${film.fps}`,
    'a=control:trackID=0',
    '',
  ].join('\r\n');
};

const pathOf = (url: string): string => {
  if (!URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname.replace(/\/(trackID=0)?$/, '') + search;
};

/** Every request gets one answer with its own `CSeq`. */
type Answer = { readonly status: string; readonly headers?: readonly string[]; readonly body?: string };

const methods = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'GET_PARAMETER', 'TEARDOWN'] as const;

/** Throws `unreachable` when the port is taken. */
export const openRtspServer = async (options: RtspServerOptions): Promise<RtspServer> => {
  const { host, path, transports, clock, random } = options;
  let { film } = options;
  let asked: Film | undefined;
  const quirks: ReadonlySet<RtspQuirk> = new Set(options.quirks);
  const sessionTimeout = quirks.has('short-session') ? shortSessionTimeout : usualSessionTimeout;
  const known = methods.filter(method => method !== 'GET_PARAMETER' || !quirks.has('no-get-parameter')).join(', ');
  const frameMilliseconds = 1000 / film.fps;
  const guard: DigestGuard | undefined =
    options.login === undefined ? undefined : createDigestGuard(realm, options.login, 'none');
  // Shown by `refuse-login`, where no login was asked for before.
  const locked = createDigestGuard(realm, { username: '', password: `${random()}` }, 'none');
  const sessions = new Map<net.Socket, Session>();
  const sockets = new Set<net.Socket>();
  const udp = transports === 'tcp' ? undefined : await openUdpPair(host);
  let fault: Fault | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Number of the next frame since 1970. */
  let next = 0;
  let sent = 0;
  let lost = 0;

  const numberAt = (instant: number): number => Math.floor(instant / frameMilliseconds);

  const deliver = (session: Session, packets: readonly Buffer[], control: 'rtp' | 'rtcp'): void => {
    const { carrier, socket } = session;
    if (carrier.kind === 'udp') {
      const port = control === 'rtp' ? carrier.rtpPort : carrier.rtcpPort;
      const from = control === 'rtp' ? udp?.rtp : udp?.rtcp;
      for (const packet of packets) from?.send(packet, port, carrier.host, () => {});
      return;
    }
    const channel = control === 'rtp' ? carrier.rtpChannel : carrier.rtcpChannel;
    socket.cork();
    for (const packet of packets) {
      socket.write(Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]));
      socket.write(packet);
    }
    socket.uncork();
  };

  const spoil = (packet: Buffer): Buffer => {
    // The headers stay whole: a bad sensor or cable behind the encoder, not a bad network.
    for (let at = 14 + Math.floor(random() * 40); at < packet.length; at += 1 + Math.floor(random() * 40)) {
      packet[at] = Math.floor(random() * 256);
    }
    return packet;
  };

  const sendFrame = (number: number): void => {
    if (asked?.frames[number % asked.frames.length]?.keyframe === true) {
      film = asked;
      asked = undefined;
    }
    const picture = film.frames[number % film.frames.length];
    if (picture === undefined || fault === 'silent' || fault === 'hang') return;
    const instant = number * frameMilliseconds;
    for (const session of sessions.values()) {
      if (session.state === 'ready' || session.state === 'broken') continue;
      if (session.socket.writableLength > largestBacklog) session.state = 'starting';
      else if (session.state === 'starting' && (picture.keyframe || quirks.has('starts-anywhere')))
        session.state = 'playing';
      if (session.state !== 'playing') continue;
      const packets = packetize(picture, rtpFormats[film.codec], { ...session, time: rtpTime(instant) });
      session.sequence = (session.sequence + packets.length) & 0xffff;
      if (instant - session.reportedAt >= reportEvery) {
        session.reportedAt = instant;
        deliver(session, [senderReport({ ...session, instant })], 'rtcp');
      }
      session.packets += packets.length;
      sent++;
      for (const packet of packets) session.bytes += packet.length - 12;
      const arriving = lost === 0 ? packets : packets.filter(() => random() >= lost);
      deliver(session, fault === 'noise' ? arriving.map(spoil) : arriving, 'rtp');
    }
  };

  const expire = (now: number): void => {
    for (const [socket, session] of sessions) if (now - session.heardAt > sessionTimeout) socket.destroy();
  };

  const tick = (): void => {
    const now = clock.now();
    const current = numberAt(now);
    if (current < next - 1 || current - next > film.fps) {
      // The clock was set, or this process stood still: go on from here, with a keyframe.
      for (const session of sessions.values()) if (session.state === 'playing') session.state = 'starting';
      next = current;
    }
    for (; next <= current; next++) sendFrame(next);
    expire(now);
    timer = sessions.size === 0 ? undefined : setTimeout(tick, Math.max(1, next * frameMilliseconds - clock.now()));
  };

  const setUp = (request: RtspRequest, socket: net.Socket): Answer => {
    const wanted = (request.headers.get('transport') ?? '').split(',')[0] ?? '';
    const pair = (name: string): readonly [number, number] | undefined => {
      const match = new RegExp(`;${name}=(\\d{1,5})(?:-(\\d{1,5}))?`).exec(wanted);
      return match === null ? undefined : [Number(match[1]), Number(match[2] ?? Number(match[1]) + 1)];
    };
    const interleaved = /^RTP\/AVP\/TCP/i.test(wanted);
    const clientPort = pair('client_port');
    const refused = /multicast/i.test(wanted) || (interleaved ? transports === 'udp' : udp === undefined);
    if (refused || (!interleaved && clientPort === undefined)) return { status: '461 Unsupported Transport' };
    const [first, second] = (interleaved ? pair('interleaved') : clientPort) ?? [0, 1];
    const ssrc = Math.floor(random() * 2 ** 32);
    const session: Session = {
      id: Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
      socket,
      carrier: interleaved
        ? { kind: 'tcp', rtpChannel: first & 0xff, rtcpChannel: second & 0xff }
        : { kind: 'udp', host: socket.remoteAddress ?? host, rtpPort: first, rtcpPort: second },
      ssrc,
      sequence: Math.floor(random() * 2 ** 16),
      packets: 0,
      bytes: 0,
      state: 'ready',
      heardAt: clock.now(),
      reportedAt: Number.NEGATIVE_INFINITY,
    };
    sessions.set(socket, session);
    const id = ssrc.toString(16).padStart(8, '0').toUpperCase();
    const transport = interleaved
      ? `RTP/AVP/TCP;unicast;interleaved=${first}-${second};ssrc=${id}`
      : `RTP/AVP;unicast;client_port=${first}-${second};server_port=${udp?.rtpPort}-${udp?.rtcpPort};ssrc=${id}`;
    return {
      status: '200 OK',
      headers: [`Transport: ${transport}`, `Session: ${session.id};timeout=${sessionTimeout / 1000}`],
    };
  };

  const play = (request: RtspRequest, session: Session): Answer => {
    session.state = 'starting';
    if (timer === undefined) {
      next = numberAt(clock.now()) + 1;
      timer = setTimeout(tick, Math.max(1, next * frameMilliseconds - clock.now()));
    }
    let keyframe = next;
    while (film.frames[keyframe % film.frames.length]?.keyframe === false) keyframe++;
    const url = `${request.url.replace(/\/$/, '')}/trackID=0`;
    return {
      status: '200 OK',
      headers: [
        `Session: ${session.id}`,
        'Range: npt=now-',
        `RTP-Info: url=${url};seq=${session.sequence};rtptime=${rtpTime(keyframe * frameMilliseconds)}`,
      ],
    };
  };

  const answer = (request: RtspRequest, socket: net.Socket): Answer => {
    if (request.method === 'OPTIONS') return { status: '200 OK', headers: [`Public: ${known}`] };
    const lock = fault === 'refuse-login' ? locked : guard;
    if (lock !== undefined && !lock.grants(request.method, request.headers.get('authorization')))
      return { status: '401 Unauthorized', headers: [`WWW-Authenticate: ${lock.challenge}`] };
    if (pathOf(request.url) !== path) return { status: '404 Not Found' };
    if (request.method === 'DESCRIBE') {
      const body = describe({ ...options, film });
      const base = request.url.endsWith('/') ? request.url : `${request.url}/`;
      return {
        status: '200 OK',
        headers: [
          ...(quirks.has('no-content-base') ? [] : [`Content-Base: ${base}`]),
          'Content-Type: application/sdp',
          `Content-Length: ${Buffer.byteLength(body)}`,
        ],
        body,
      };
    }
    if (request.method === 'SETUP') return setUp(request, socket);
    const session = sessions.get(socket);
    if (session === undefined || request.headers.get('session')?.split(';')[0] !== session.id)
      return { status: '454 Session Not Found' };
    if (request.method === 'PLAY') return play(request, session);
    if (request.method === 'GET_PARAMETER' && !quirks.has('no-get-parameter'))
      return { status: '200 OK', headers: [`Session: ${session.id}`] };
    if (request.method !== 'TEARDOWN') return { status: '405 Method Not Allowed', headers: [`Allow: ${known}`] };
    sessions.delete(socket);
    return { status: '200 OK' };
  };

  const serve = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const read = createRequestReader();
    socket.on('data', chunk => {
      if (fault === 'hang') return;
      const session = sessions.get(socket);
      if (session !== undefined) session.heardAt = clock.now();
      const complete = read(chunk);
      if (complete === undefined) {
        socket.destroy();
        return;
      }
      for (const part of complete) {
        if (part.kind === 'interleaved') continue;
        const { status, headers = [], body = '' } = answer(part.request, socket);
        const lines = [`RTSP/1.0 ${status}`, `CSeq: ${part.request.headers.get('cseq') ?? 0}`, ...headers, '', ''];
        socket.write(lines.join('\r\n') + body);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      sessions.delete(socket);
    });
  };
  const { tls: identity } = options;
  const server =
    identity === undefined
      ? net.createServer(serve)
      : tls.createServer({ cert: identity.certificate, key: identity.key }, serve);

  const listen = async (port: number): Promise<number> => {
    server.listen(port, host);
    await once(server, 'listening').catch((cause: unknown) => {
      throw new GatewayError('unreachable', `RTSP cannot listen on ${host}:${port} (${systemCode(cause)})`, { cause });
    });
    const address = server.address();
    return address === null || typeof address === 'string' ? port : address.port;
  };
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const closeUdp = (): void => {
    udp?.rtp.close();
    udp?.rtcp.close();
  };

  udp?.rtcp.on('message', (_, { address, port }) => {
    for (const session of sessions.values()) {
      const { carrier } = session;
      if (carrier.kind === 'udp' && carrier.host === address && carrier.rtcpPort === port)
        session.heardAt = clock.now();
    }
  });

  let port: number;
  try {
    port = await listen(options.port);
  } catch (failure) {
    closeUdp();
    throw failure;
  }
  return {
    port,
    playing: () => [...sessions.values()].filter(({ state }) => state === 'playing').length,
    sent: () => sent,
    show: shown => {
      const before = fault;
      fault = shown;
      if (shown === 'refuse-login' || shown === 'away') hangUp();
      if (shown === 'away' && server.listening) server.close();
      // An error here means that somebody else took the port meanwhile: the camera stays away.
      if (before === 'away' && shown !== 'away') listen(port).catch(() => {});
    },
    play: next => {
      asked = next;
    },
    lose: share => {
      lost = share;
    },
    breakOff: () => {
      for (const session of sessions.values()) {
        if (session.state !== 'playing' || session.carrier.kind !== 'tcp') continue;
        session.state = 'broken';
        // A packet of 1000 bytes, of which the header comes.
        session.socket.write(Buffer.from([0x24, session.carrier.rtpChannel, 1000 >> 8, 1000 & 0xff, 0x80, 96]));
      }
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      const closed = server.listening ? once(server, 'close') : undefined;
      if (server.listening) server.close();
      hangUp();
      await closed;
      closeUdp();
    },
  };
};
