/**
 * The one door to ffmpeg: a video source in, pictures out, one process a source. ffmpeg decodes, drops frames beyond
 * the asked rate before it scales them, and writes binary PPM, whose header says each picture's size.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { onAbort } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { FrameRequest, Picture, PictureSize } from '../../core/observation.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Duration, seconds } from '../../core/time.ts';
import { createBacklogJudge, mediaTimeOf, workOf } from './backlog.ts';
import { type Decoder, software } from './decoders.ts';
import { createDamageJudge, createLineReader, remarksIn } from './ffmpeg-log.ts';

export interface VideoInput {
  /** ffmpeg's arguments up to and with `-i`. They can be read by every user of the machine: no credentials. */
  readonly args: readonly string[];
  /** Handed to ffmpeg's standard input. */
  readonly stdin?: string;
}

/** One moment of the video in the sizes asked for. */
export interface DecodedPictures {
  readonly picture: Picture;
  readonly large?: Picture;
}

/** How long a live source may show nothing: its connection can live on, kept up by reports, while no picture comes. */
export interface StallLimit {
  /** Until the first picture. */
  readonly first: Duration;
  /** From one picture to the next. */
  readonly next: Duration;
  /** `damaged` of the pictures that came meanwhile were kept back. */
  readonly explain: (waited: Duration, damaged: number) => GatewayError;
}

/** What becomes of a source that is there all the time, beside that it shows nothing. */
export interface LiveWatch {
  readonly stall: StallLimit;
  /** What it means that more comes than is decoded. Absent where nothing can be done about it. */
  readonly behind?: () => GatewayError;
  /** What it means that its pictures have another shape than before, which ffmpeg would press into the one it had. */
  readonly reshaped: () => GatewayError;
  /** Called for each picture that is not what the camera saw, since parts of it, or of one before, were lost or spoiled. */
  readonly onDamaged: (count: number) => void;
}

export interface DecodeOptions {
  readonly signal: AbortSignal;
  /** Called for each picture given up because a newer one came before it was taken. */
  readonly onDrop?: (count: number) => void;
  /** What ffmpeg's complaints mean for this kind of source, asked when it ended by itself. */
  readonly explain: (complaints: string) => GatewayError;
  /** `latest` for live sources: only the newest picture waits. `all` for files. */
  readonly keep: 'latest' | 'all';
  /** Absent for files. */
  readonly live?: LiveWatch;
  /** ffmpeg itself when absent. */
  readonly decoder?: Decoder;
}

/** A PPM header is `P6`, width, height and 255, each followed by one line feed. */
const maximumHeader = 32;

/** Memory of pictures that were released, for later ones: new memory is cleared first, and V8 collects the heap for it. */
const createLender = (): ((bytes: number) => Required<Pick<Picture, 'pixels' | 'release'>>) => {
  const spare: Uint8Array[] = [];
  return bytes => {
    const pixels = (spare.at(-1)?.length === bytes && spare.pop()) || new Uint8Array(bytes);
    let isLent = true;
    const release = (): void => {
      if (isLent) spare.push(pixels);
      isLent = false;
    };
    return { pixels, release };
  };
};

/** Joins chunks into pictures no larger than `limit`. Throws `protocol` on anything else than such pictures. */
export const createPpmReader = (limit: PictureSize): ((chunk: Uint8Array) => readonly Picture[]) => {
  let header = '';
  let picture: Picture | undefined;
  let filled = 0;
  const lend = createLender();

  const open = (): Picture => {
    const [magic, dimensions, depth] = header.split('\n');
    const [width = 0, height = 0] = (dimensions ?? '').split(' ').map(Number);
    if (
      magic !== 'P6' ||
      depth !== '255' ||
      !(width >= 1 && width <= limit.width && height >= 1 && height <= limit.height)
    ) {
      throw new GatewayError('protocol', `ffmpeg wrote a picture with the header ${JSON.stringify(header)}`);
    }
    filled = 0;
    return { width, height, ...lend(width * height * 3) };
  };

  return chunk => {
    const pictures: Picture[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (picture === undefined) {
        if (header.length > maximumHeader)
          throw new GatewayError('protocol', 'ffmpeg wrote something that is no picture');
        header += String.fromCharCode(chunk[at++] ?? 0);
        if (header.endsWith('\n') && header.split('\n').length === 4) picture = open();
        continue;
      }
      const { pixels } = picture;
      const part = chunk.subarray(at, at + pixels.length - filled);
      pixels.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === pixels.length) {
        pictures.push(picture);
        picture = undefined;
        header = '';
      }
    }
    return pictures;
  };
};

/**
 * Gives the memory of a chunk back at once. V8 would wait until there is much of it and then collect the whole heap: once a
 * second with four cameras.
 */
const free = ({ buffer, byteLength }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
};

const scaleInto = ({ width, height }: PictureSize, largest: string): string => {
  const ratio = `min(${largest}\\,min(${width}/iw\\,${height}/ih))`;
  return `scale=w=max(1\\,trunc(iw*${ratio}+0.001)):h=max(1\\,trunc(ih*${ratio}+0.001))`;
};

/** A picture of one pixel among the others says: here came one that needs no picture before it. */
const keyMark: PictureSize = { width: 1, height: 1 };
const isKeyMark = ({ width, height }: PictureSize): boolean => width === keyMark.width && height === keyMark.height;

const largeOf = ({ large, evidence }: FrameRequest): PictureSize | undefined => large ?? evidence;

/** Exported for the tests: what ffmpeg is asked to do with the decoded video. */
export const filterGraph = (request: FrameRequest, marks: 'none' | 'key-frames' = 'none'): string => {
  const large = largeOf(request);
  const interval = (1 / request.maximumFps - 0.005).toFixed(4);
  const select = `select=isnan(t)+isnan(prev_selected_t)+lt(t\\,prev_selected_t)+gte(t-prev_selected_t\\,${interval})`;
  const small = `${scaleInto(request, '1e6')}:flags=${request.resampling}`;
  const mark = `select=key,scale=${keyMark.width}:${keyMark.height}:flags=neighbor`;
  const source = marks === 'none' ? '[0:v:0]' : `[0:v:0]split=2[all][any];[any]${mark}[key];[all]`;
  if (large === undefined) return `${source}${select},${small}[small]`;
  return `${source}${select},split=2[a][b];[a]${small}[small];[b]${scaleInto(large, '1')}:flags=bilinear[large]`;
};

const output = (label: string, pipe: number): readonly string[] => [
  ...['-map', `[${label}]`, '-fps_mode', 'passthrough', '-c:v', 'ppm', '-f', 'image2pipe', `pipe:${pipe}`],
];

/** However large and many the pictures are that a camera floods it with, the other cameras keep the rest of the machine. */
const ofOneCore = ['-threads', '1', '-filter_complex_threads', '1'] as const;

/** Pipe on which ffmpeg tells once a second how far it has come. */
const progress = 4;
const progressArgs = ['-progress', `pipe:${progress}`, '-stats_period', '1'] as const;

/** ffmpeg repeats itself at length; what matters stands at the end. */
const maximumComplaints = 4000;

export const ffmpegStartError = (cause: unknown): GatewayError =>
  systemCode(cause) === 'ENOENT'
    ? new GatewayError('unsupported', 'ffmpeg is not installed', {
        cause,
        advice: 'install it: apt-get install ffmpeg',
      })
    : new GatewayError('unreachable', `ffmpeg could not be started (${systemCode(cause)})`, { cause });

const killedError = (by: NodeJS.Signals): GatewayError =>
  new GatewayError('unreachable', `ffmpeg was ended by ${by}`, {
    advice: 'See in the log of the system whether the machine ran out of memory.',
  });

/**
 * Yields until the source ends or `signal` aborts. Throws what `explain` makes of ffmpeg's complaints when it ended
 * with an error, what `live` says when no picture comes. Both sizes of one moment come together.
 */
export async function* decodeVideo(
  input: VideoInput,
  request: FrameRequest,
  { signal, onDrop, explain, keep, live, decoder = software }: DecodeOptions,
): AsyncGenerator<DecodedPictures, void> {
  if (signal.aborted) return;
  const large = largeOf(request);
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+verbose', ...ofOneCore],
    ...(live?.behind === undefined ? [] : progressArgs),
    ...decoder.args,
    ...input.args,
    ...['-filter_complex', filterGraph(request, live === undefined ? 'none' : 'key-frames')],
    // Before the picture itself, in the same pipe.
    ...(live === undefined ? [] : output('key', 1)),
    ...output('small', 1),
    ...(large === undefined ? [] : output('large', 3)),
  ];
  const child = spawn('ffmpeg', args, {
    stdio: [
      input.stdin === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      large === undefined ? 'ignore' : 'pipe',
      live?.behind === undefined ? 'ignore' : 'pipe',
    ],
  });
  const exited = once(child, 'exit').then(
    () => undefined,
    (cause: unknown) => ffmpegStartError(cause),
  );
  using _ = onAbort(signal, () => child.kill('SIGKILL'));

  const queue = new BoundedQueue<DecodedPictures>({
    capacity: 4,
    overflow: keep === 'latest' ? 'latest' : 'block',
    ...(onDrop !== undefined && { onDrop }),
  });
  let timer: NodeJS.Timeout | undefined;
  let keptBack = 0;
  const expectWithin = (limit: Duration | undefined): void => {
    clearTimeout(timer);
    keptBack = 0;
    if (live === undefined || limit === undefined) return;
    timer = setTimeout(() => queue.fail(live.stall.explain(limit, keptBack)), limit);
  };

  let complaints = '';
  const damage = createDamageJudge();
  const linesOf = createLineReader();
  child.stderr?.on('data', (chunk: Buffer) => {
    for (const line of linesOf(chunk.toString())) {
      for (const remark of remarksIn(line)) {
        damage.hear(remark);
        if (remark === 'complaint') complaints = `${complaints}${line}\n`.slice(-maximumComplaints);
        if (remark === 'stretched' && live !== undefined) queue.fail(live.reshaped());
      }
    }
  });

  const smalls: (Picture & { readonly isDamaged: boolean })[] = [];
  const larges: Picture[] = [];
  const pair = async (): Promise<void> => {
    while (smalls.length > 0 && (large === undefined || larges.length > 0)) {
      const taken = smalls.shift();
      const companion = larges.shift();
      if (taken === undefined) continue;
      const { isDamaged, ...picture } = taken;
      if (isDamaged && live !== undefined) {
        live.onDamaged(1);
        keptBack++;
        picture.release?.();
        companion?.release?.();
        continue;
      }
      expectWithin(live?.stall.next);
      await queue.push({ picture, ...(companion !== undefined && { large: companion }) });
    }
  };
  const drain = async (stream: Readable, limit: PictureSize, take: (pictures: readonly Picture[]) => void) => {
    const read = createPpmReader(limit);
    for await (const chunk of stream) {
      const pictures = read(chunk);
      free(chunk);
      // What ffmpeg said before it wrote this is heard by then, since each turn looks at all pipes.
      if (live !== undefined && pictures.length > 0) for (const _ of ['this one', 'the next']) await nextTurn();
      take(pictures);
      await pair();
    }
  };
  const takeSmalls = (pictures: readonly Picture[]): void => {
    for (const picture of pictures) {
      if (isKeyMark(picture)) damage.keyFrame();
      else smalls.push({ ...picture, isDamaged: damage.isDamaged() });
    }
  };
  const takeLarges = (pictures: readonly Picture[]): void => {
    larges.push(...pictures);
  };

  child.stdin?.on('error', () => {});
  child.stdin?.end(input.stdin);

  const behind = live?.behind;
  if (behind !== undefined) {
    const isBehind = createBacklogJudge(seconds(1) / request.maximumFps);
    child.stdio[progress]?.on('data', (chunk: Buffer) => {
      const media = mediaTimeOf(chunk.toString());
      const work = child.pid === undefined ? undefined : workOf(child.pid);
      if (media === undefined || work === undefined) return;
      if (isBehind({ at: performance.now(), media, ...work })) queue.fail(behind());
    });
  }

  const pipe = child.stdio[3];
  const drained = Promise.all([
    ...(child.stdout === null ? [] : [drain(child.stdout, request, takeSmalls)]),
    ...(large !== undefined && pipe !== null && pipe !== undefined && 'read' in pipe
      ? [drain(pipe, large, takeLarges)]
      : []),
  ]);
  const finished = (async () => {
    await drained;
    const failedToStart = await exited;
    if (failedToStart !== undefined) throw failedToStart;
    if (signal.aborted) return;
    if (child.signalCode !== null) throw killedError(child.signalCode);
    if (child.exitCode !== 0) throw explain(complaints);
  })();
  finished.then(
    () => queue.close(),
    (failure: unknown) => queue.fail(failure),
  );
  expectWithin(live?.stall.first);
  try {
    yield* queue;
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    queue.close();
    await exited;
  }
}
