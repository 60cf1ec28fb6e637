/** RTSP video as pictures, through ffmpeg. Overflow policy: latest; a picture nobody took gives way to a newer one. */
import { z } from 'zod';
import type { Context } from '../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { FrameRequest } from '../../core/observation.ts';
import { type Duration, formatDuration, hours, seconds } from '../../core/time.ts';
import { type Decoder, machineDecoder, software } from './decoders.ts';
import { type DecodedPictures, decodeVideo, type StallLimit, type VideoInput } from './ffmpeg.ts';
import { formatPlace } from './socket-error.ts';
import { knockTcp } from './tcp.ts';
import type { Trust } from './tls.ts';
import { openTlsDoor, type TlsDoor } from './tls-door.ts';

/** `tcp` interleaves the video with the dialogue (RFC 2326, 10.12) and loses nothing; `udp` is for cameras that insist. */
export const rtspTransport = () => z.enum(['tcp', 'udp']).default('tcp');

/** Of the pictures of a stream. */
type Decoded = 'all' | 'key-frames';

export interface RtspSource {
  /** `rtsp://host:port/path?query` or `rtsps:`, without credentials. */
  readonly url: string;
  /** Of `rtsps:`. */
  readonly trust?: Trust;
  readonly username?: string;
  readonly password?: string;
  readonly transport: 'tcp' | 'udp';
  /** `auto`: the hardware, where the machine has some that decodes. */
  readonly decoder: 'auto' | 'software';
  /** `key-frames`: those alone, some seconds apart, at a small part of the cost. All when absent. */
  readonly pictures?: Decoded;
}

/** `software` where the hardware of a machine decodes badly. */
export const videoDecoder = () => z.enum(['auto', 'software']).default('auto');

/** For whoever asks for no particular size, such as a first look at a camera. */
export const smallFrames: FrameRequest = { width: 640, height: 640, resampling: 'bilinear', maximumFps: 1 };

const silentFor: Duration = seconds(10);
/** Far longer than a good network takes, since a packet that is lost is sent again after 1 s, 3 s and 7 s. */
const answersWithin: Duration = seconds(8);
/** Shorter: when ffmpeg gives up it still shows the last picture, then waits once more for an answer to its good-bye. */
const nextPictureWithin: Duration = seconds(8);
/** Encoders that save bandwidth send a key frame only every 15 s or so. */
const firstPictureWithin: Duration = seconds(25);

/** A camera can keep the connection up by reports (RTCP) and answers while its encoder hangs. */
const stallLimit = (place: string, { maximumFps }: FrameRequest, decoded: Decoded): StallLimit => ({
  first: firstPictureWithin,
  next: decoded === 'all' ? nextPictureWithin + seconds(1) / maximumFps : firstPictureWithin,
  explain: (waited, damaged) =>
    damaged === 0
      ? new GatewayError(
          'unreachable',
          `${place} keeps the stream open, but sent no picture for ${formatDuration(waited)}`,
          { advice: 'Restart the camera; see whether its encoder or its network is overloaded.' },
        )
      : new GatewayError('unreachable', `${place} sent damaged pictures alone for ${formatDuration(waited)}`, {
          advice:
            'Packets are lost, or its encoder fails: try transport "tcp", more key frames, or restart the camera.',
        }),
});

/** The ports of RTSP, and of RTSP over TLS (RFC 7826, 18.1), by the protocol of an address. */
const usualPorts: Readonly<Record<string, number>> = { 'rtsp:': 554, 'rtsps:': 322 };

export const isRtsp = ({ protocol }: URL): boolean => Object.hasOwn(usualPorts, protocol);

export const isRtsps = ({ protocol }: URL): boolean => protocol === 'rtsps:';

/** Where the camera of this address listens. */
export const rtspEndpoint = (url: URL): { readonly host: string; readonly port: number } => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  port: Number(url.port || usualPorts[url.protocol]),
});

/**
 * Bytes, the least that ffmpeg allows. Otherwise it looks at nine pictures before it shows the first, to count them and
 * to guess what the session description and the key frame say anyway: 9 s of a stream with one a second.
 */
const leastProbe = 32;
const unprobed = ['-probesize', `${leastProbe}`] as const;

const encode = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');

/**
 * Exported for the tests. The address with its credentials reaches ffmpeg as a list of one file on standard input,
 * because every user of a machine can read the arguments of its processes.
 */
export const rtspInput = ({ url, username, password, transport }: RtspSource, decoded: Decoded = 'all'): VideoInput => {
  const address = new URL(url);
  address.username = username === undefined ? '' : encode(username);
  address.password = password === undefined ? '' : encode(password);
  return {
    args: [
      ...(decoded === 'all' ? [] : ['-skip_frame', 'nokey']),
      ...['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'pipe,tcp,udp,rtp,rtsp', ...unprobed, '-i', 'pipe:0'],
    ],
    stdin: [
      'ffconcat version 1.0',
      `file '${address.href.replaceAll("'", '%27')}'`,
      `option rtsp_transport ${transport}`,
      `option timeout ${silentFor * 1000}`,
      'option fpsprobesize 0',
      `option probesize ${leastProbe}`,
      '',
    ].join('\n'),
  };
};

interface Meaning {
  readonly says: RegExp;
  readonly kind: GatewayError['kind'];
  readonly means: string;
  readonly advice: string;
}

const wayRefused = /461 |Nonmatching transport|Unsupported Transport/i;

/** ffmpeg's complaints hold the whole address: only what is recognized in them goes on. */
const meanings: readonly Meaning[] = [
  {
    says: /401 Unauthorized|authorization failed/i,
    kind: 'denied',
    means: 'refused the user or password',
    advice: 'Check username and password; many cameras keep their users for video apart from the administrator.',
  },
  {
    says: /403 Forbidden|access denied/i,
    kind: 'denied',
    means: 'forbids this user to see the stream',
    advice: 'Give the user the right to see live video.',
  },
  {
    says: /404 Not Found|454 Session|Stream Not Found/i,
    kind: 'unreachable',
    means: 'has no stream under this path',
    advice: "Look up the path in the camera's manual or settings; it may also still be starting.",
  },
  {
    says: wayRefused,
    kind: 'unsupported',
    means: 'offers the stream neither over TCP nor over UDP',
    advice: 'Allow RTP over RTSP (TCP) in the settings of the camera.',
  },
  {
    says: /Connection refused/i,
    kind: 'unreachable',
    means: 'refused the connection',
    advice: 'Check that the camera is on, and that RTSP is enabled on this port.',
  },
  {
    says: /timed out|timeout/i,
    kind: 'unreachable',
    means: 'did not answer',
    advice: 'Check power, cable and address of the camera.',
  },
  {
    says: /No route to host|Network is unreachable|Host is down/i,
    kind: 'unreachable',
    means: 'is not on the network',
    advice: 'Check power, cable and address of the camera.',
  },
  {
    says: /Failed to resolve|Name or service not known|Temporary failure in name resolution/i,
    kind: 'unreachable',
    means: 'has a host name that cannot be looked up',
    advice: 'Check the spelling, or give the IP address.',
  },
  {
    says: /matches no streams|Could not find codec|Unsupported codec|unknown codec|Decoder .* not found/i,
    kind: 'unsupported',
    means: 'sends no video that ffmpeg can decode',
    advice: 'Set the stream to H.264 or H.265.',
  },
  {
    // What a camera that is stuck looks like: nothing is said within the timeout.
    says: /Impossible to open/i,
    kind: 'unreachable',
    means: 'did not answer as a camera does',
    advice: 'Restart the camera; check that the port is that of RTSP.',
  },
];

export const explainRtsp = (complaints: string, place: string): GatewayError => {
  const meaning = meanings.find(({ says }) => says.test(complaints));
  if (meaning === undefined) {
    return new GatewayError('protocol', `${place} sent a stream that ffmpeg gave up`, {
      advice: 'Look at the same address in a video player; restart the camera if that fails too.',
    });
  }
  return new GatewayError(meaning.kind, `${place} ${meaning.means}`, { advice: meaning.advice });
};

const behind = (place: string): GatewayError =>
  new GatewayError('exhausted', `${place} sends more video than one core decodes`, {
    advice: 'Take the smaller stream of the camera, or set this one to fewer and smaller pictures.',
  });

/**
 * Reaches the camera before a decoder is started for it, which takes 0.2 s of CPU before it notices that it is not there;
 * and half of the cameras may be away for weeks. Over TLS the door stands behind a certificate that was judged.
 */
const reach = async (
  source: RtspSource,
  { signal, clock }: Pick<Context, 'signal' | 'clock'>,
): Promise<TlsDoor | undefined> => {
  const url = new URL(source.url);
  const endpoint = rtspEndpoint(url);
  if (isRtsps(url)) return openTlsDoor({ ...endpoint, within: answersWithin, signal, clock }, source.trust ?? {});
  await knockTcp(endpoint, signal, answersWithin);
  return undefined;
};

/** The same stream through the door. */
const throughDoor = (url: string, { port }: TlsDoor): string => {
  const { pathname, search } = new URL(url);
  return `rtsp://127.0.0.1:${port}${pathname}${search}`;
};

/** The way asked for, then the other one; over TLS the video stays within the connection. */
const waysOf = ({ url, transport }: RtspSource): readonly RtspSource['transport'][] => {
  if (isRtsps(new URL(url))) return ['tcp'];
  return transport === 'tcp' ? ['tcp', 'udp'] : ['udp', 'tcp'];
};

interface Remembered {
  has(url: string, now: Duration): boolean;
  add(url: string, now: Duration): void;
}

/** Addresses for an hour: what failed is not tried all the time. */
const createMemory = (): Remembered => {
  const until = new Map<string, Duration>();
  const most = 1000;
  return {
    has: (url, now) => (until.get(url) ?? 0) > now,
    add: (url, now) => {
      until.delete(url);
      until.set(url, now + hours(1));
      const [oldest] = until.keys();
      if (until.size > most && oldest !== undefined) until.delete(oldest);
    },
  };
};

/** Streams that the hardware does not decode. */
const distrusted = createMemory();
/** Streams of which one core decodes the key frames alone. */
const overwhelming = createMemory();

/** In the order in which they are tried. */
const decodersOf = async (
  { url, decoder }: RtspSource,
  { clock, log }: Pick<Context, 'clock' | 'log'>,
  choose: typeof machineDecoder,
): Promise<readonly Decoder[]> => {
  if (decoder === 'software') return [software];
  const { decoder: chosen, refused } = await choose();
  const isTrusted = chosen !== software && !distrusted.has(url, clock.steady());
  const decoders = isTrusted ? [chosen, software] : [software];
  log.info('the decoder of the video is chosen', {
    decoder: decoders[0]?.name,
    ...(refused.length > 0 && { refused: refused.map(({ decoder: name, reason }) => `${name}: ${reason}`) }),
  });
  return decoders;
};

/**
 * Yields until aborted. A camera that refuses the way of transport asked for is asked for the other one at once, and a
 * video that the hardware does not decode is decoded by ffmpeg itself. Of one that is too much for a core, pictures that
 * come ever later would be of no use: its key frames alone are decoded. Throws `denied`, `unreachable`, `unsupported` or
 * `protocol`.
 */
export async function* openRtsp(
  source: RtspSource,
  request: FrameRequest,
  { signal, clock, count, log }: Pick<Context, 'signal' | 'clock' | 'count' | 'log'>,
  choose = machineDecoder,
): AsyncGenerator<DecodedPictures, void> {
  const { host, port } = rtspEndpoint(new URL(source.url));
  const place = formatPlace(host, port);
  if (signal.aborted) return;
  const ways = [...waysOf(source)];
  const decoders = [...(await decodersOf(source, { clock, log }, choose))];
  for (;;) {
    const [transport = 'tcp'] = ways;
    const [decoder = software] = decoders;
    const decoded = overwhelming.has(source.url, clock.steady()) ? 'key-frames' : (source.pictures ?? 'all');
    let refused = false;
    let isReshaped = false;
    let isBehind = false;
    let pictures = 0;
    try {
      await using door = await reach(source, { signal, clock });
      const url = door === undefined ? source.url : throughDoor(source.url, door);
      for await (const moment of decodeVideo(rtspInput({ ...source, url, transport }, decoded), request, {
        signal,
        decoder,
        keep: 'latest',
        live: {
          stall: stallLimit(place, request, decoded),
          onDamaged: damaged => count('dropped.damaged', damaged),
          reshaped: () => {
            isReshaped = true;
            return new GatewayError('unreachable', `${place} sends pictures of another shape`);
          },
          ...(decoded === 'all' && {
            behind: () => {
              isBehind = true;
              return behind(place);
            },
          }),
        },
        onDrop: dropped => count('dropped.newer-frame', dropped),
        explain: complaints => {
          refused = wayRefused.test(complaints);
          return explainRtsp(complaints, place);
        },
      })) {
        pictures++;
        yield moment;
      }
    } catch (failure) {
      if (signal.aborted) return;
      if (refused && ways.length > 1) {
        count('transport.refused');
        ways.shift();
        continue;
      }
      const { kind, message, advice } = toGatewayError(failure);
      // Where none came since it was asked anew, it is asked no more at once: garbage has other shapes all the time.
      if (isReshaped && pictures > 0) {
        count('stream.reshaped');
        log.info('the camera sends pictures of another shape: it is asked for them anew');
        continue;
      }
      if (isBehind) {
        overwhelming.add(source.url, clock.steady());
        count('decoder.behind');
        log.warn(`${message}: of its pictures the key frames alone are decoded for an hour`, { advice });
        continue;
      }
      const isOfDecoder = kind === 'protocol' || kind === 'unsupported' || (kind === 'unreachable' && pictures === 0);
      if (decoder === software || refused || !isOfDecoder) throw failure;
      distrusted.add(source.url, clock.steady());
      count('decoder.refused');
      log.warn('the hardware does not decode this video, ffmpeg does it itself for an hour', { decoder: decoder.name });
      decoders.shift();
      continue;
    }
    if (signal.aborted) return;
    throw new GatewayError('unreachable', `${place} ended the stream`, {
      advice: 'See whether the camera restarts, or whether others use up its streams.',
    });
  }
}
