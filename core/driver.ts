import type { z } from 'zod';
import type { Batch } from './batch.ts';
import type { Chunk } from './chunk.ts';
import type { CommandPort } from './command.ts';
import type { Reveal } from './fields.ts';
import type { Log } from './log.ts';
import type { Message, MessageSource } from './message.ts';
import type { Frame, FrameRequest, Observation } from './observation.ts';
import type { Clock, Duration } from './time.ts';

export type Family = 'cameras' | 'sensors' | 'vessels' | 'services';

/** What a driver is given for one connection. */
export interface Context {
  /** Aborts when the device is to be closed; the iterable must end within a second of it. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** Counts what was ignored, malformed or dropped, by reason. Reasons are a small fixed set, never data. */
  readonly count: (reason: string, by?: number) => void;
  /** Reads a secret at the moment of use. Throws `config` when it is not there. */
  readonly reveal: Reveal;
  /** The gateway's own broker, where it runs one. */
  readonly embedded?: MessageSource;
  /** What a source of frames is asked for; absent where nobody asks, and the source gives something small. */
  readonly frames?: FrameRequest;
  /** Where the connected driver offers what the center can order of the device; offers end with the connection. */
  readonly commands: CommandPort;
}

/** What a codec makes of bytes. Noise and foreign messages are ordinary results, never exceptions. */
export type Decoded<T = Observation> =
  | { readonly kind: 'observation'; readonly observation: T }
  /** Well formed, but nothing this gateway reports (`reason` from a small fixed set). */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** Broken: a bad checksum, an impossible length, not JSON. */
  | { readonly kind: 'malformed'; readonly reason: string };

/**
 * Bytes → what they mean, in order. A partial frame gives nothing yet. State (fragments, half frames) lives in the
 * closure, is bounded, and is fresh for each connection. Never throws on any input.
 */
export type Decoder = (chunk: Chunk) => readonly Decoded[];

/**
 * Bytes → the messages of the device's own protocol with all that they say, before any becomes an observation; between
 * them what was ignored or malformed. For people who look at a recording. Never throws on any input.
 */
export type MessageDecoder = (chunk: Chunk) => readonly object[];

/** How a device speaks on a serial line when nobody changed it; 8 data bits, no parity and 1 stop bit when absent. */
export interface SerialDefaults {
  readonly baudRate: number;
  readonly dataBits?: 7 | 8;
  readonly parity?: 'none' | 'even' | 'odd';
}

/**
 * How a device on a serial line is known by what it says: for `haidang discover`. Of several that fit the same bytes
 * the one tells best that gives the most plausible values, and of equals the first.
 */
export interface Sign {
  /** How its line may be set, the most usual first. */
  readonly lines: readonly SerialDefaults[];
  /** The driver's configuration beside `connection`: its decoder reads the device so, and what is found is written so. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Keys of `config` that hold only a beginning, each with what a person has to write there. */
  readonly toFill?: Readonly<Record<string, string>>;
  /**
   * What makes a device answer that says nothing by itself. It changes nothing that any device on the line keeps: no
   * mode, no speed, no address, no calibration.
   */
  readonly question?: Uint8Array;
  /** Tells its messages from noise where the driver has no decoder. */
  readonly createDecoder?: () => Decoder;
}

/** A message that makes a device at a broker say what it is; it changes nothing that anybody keeps. */
export interface Question {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** A device that was seen in what a broker passed on. */
export interface Seen {
  /** What it calls itself, or what its topics call it. */
  readonly name: string;
  /** The driver's configuration without what names the broker. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What was seen of it and how sure that is, a line each. */
  readonly remarks: readonly string[];
  /** The topics it was seen under. */
  readonly topics: readonly string[];
  /** Only its manual, or the program behind it, says what its numbers are. */
  readonly isDraft?: boolean;
  /** What would tell more than its messages did. */
  readonly question?: Question;
}

export interface DriverSpec<Config, T extends Observation | Frame> {
  /** The folder's name, the config value, the log field and the simulator's name. */
  readonly name: string;
  readonly family: Family;
  /** One sentence for the catalogue. */
  readonly summary: string;
  /** The process that runs it: `vision` for sources of frames. */
  readonly host: 'main' | 'vision';
  readonly emits: readonly T['kind'][];
  /** The driver's own slice of a device's configuration. A closed object: unknown keys are refused. */
  readonly config: z.ZodType<Config>;
  /** After this time without any batch the supervisor calls the device silent, unless its configuration says otherwise. */
  readonly silence: Duration;
  /** The same for one configuration, where that sets how often the device is read; `silence` when absent. */
  readonly silenceOf?: (config: Config) => Duration;
  /** From one reading to the next, where the configuration or the kind of the device tells; else it speaks as it likes. */
  readonly intervalOf?: (config: Config) => Duration | undefined;
  /** The codec alone, for `haidang decode` and the conformance suite. Absent where no bytes of ours are decoded. */
  readonly createDecoder?: (config: Config, device: string) => Decoder;
  /** For `haidang decode --messages`. Absent where observations say all that the protocol does. */
  readonly createMessageDecoder?: (config: Config) => MessageDecoder;
  /** How it is known on a serial line; what has none is not looked for. */
  readonly signs?: readonly Sign[];
  /** Its devices among `messages` of a broker, for `haidang discover`; never throws on any. */
  readonly seenIn?: (messages: readonly Message[]) => readonly Seen[];
  /** Names of the commands that a device of this configuration may offer once it is connected; none when absent. */
  readonly commands?: (config: Config) => readonly string[];
  /**
   * Whether something listens at the device's address, asked without a login and without its protocol; ends within a
   * second. Rejects when nothing does. While the device is away it is called each half second for 5 min and then every
   * 2 s, so that it is read again as soon as it is back; where it is absent, the next attempt is the first that notices.
   */
  readonly knock?: (config: Config, signal: AbortSignal) => Promise<void>;
  /**
   * Yields batches until aborted. Returns only when the source is finite or it was aborted, throws `GatewayError`
   * otherwise, and never retries: the supervisor does.
   */
  readonly open: (config: Config, device: string, context: Context) => AsyncIterable<Batch<T>>;
  /**
   * For a source of frames whose device also says something by itself: as `open`, but without any picture, where the
   * configuration looks for nothing in them. Runs in the main process.
   */
  readonly openWithoutFrames?: (config: Config, device: string, context: Context) => AsyncIterable<Batch<Observation>>;
}

/** A driver bound to one configured device. */
export interface Device<T> {
  readonly id: string;
  readonly silence: Duration;
  /** From one reading to the next, where that is known. */
  readonly interval?: Duration | undefined;
  open(context: Context): AsyncIterable<Batch<T>>;
  createDecoder(): Decoder | undefined;
  createMessageDecoder?(): MessageDecoder | undefined;
  /** Names of the commands that it may offer while it is connected. */
  readonly commands: readonly string[];
  /** As the driver's. */
  readonly knock?: (signal: AbortSignal) => Promise<void>;
}

/** A driver as registries hold it: its configuration type ends inside `bind`. */
export interface Driver<T extends Observation | Frame = Observation> {
  readonly name: string;
  readonly family: Family;
  readonly summary: string;
  readonly host: 'main' | 'vision';
  readonly emits: readonly T['kind'][];
  readonly silence: Duration;
  readonly schema: z.ZodType;
  readonly signs: readonly Sign[];
  readonly seenIn: (messages: readonly Message[]) => readonly Seen[];
  /** Throws ZodError when `config` does not fit the schema. */
  bind(id: string, config: unknown): Device<T>;
  /** As `bind`, without any picture; absent where the driver gives nothing else. */
  readonly bindWithoutFrames?: (id: string, config: unknown) => Device<Observation>;
}

/** What leaves the process of the driver: of frames, only what was seen in them and how the camera sees. */
export const kindsFrom = ({ emits }: Pick<Driver<Observation | Frame>, 'emits'>): readonly Observation['kind'][] => [
  ...new Set(emits.flatMap(kind => (kind === 'frame' ? (['detections', 'camera-signal'] as const) : [kind]))),
];

export const defineDriver = <Config, T extends Observation | Frame>(spec: DriverSpec<Config, T>): Driver<T> => {
  const { knock, openWithoutFrames } = spec;
  const bindTo =
    <U>(open: (config: Config, device: string, context: Context) => AsyncIterable<Batch<U>>) =>
    (id: string, raw: unknown): Device<U> => {
      const config = spec.config.parse(raw);
      return {
        id,
        silence: spec.silenceOf?.(config) ?? spec.silence,
        interval: spec.intervalOf?.(config),
        open: context => open(config, id, context),
        createDecoder: () => spec.createDecoder?.(config, id),
        createMessageDecoder: () => spec.createMessageDecoder?.(config),
        commands: spec.commands?.(config) ?? [],
        ...(knock !== undefined && { knock: signal => knock(config, signal) }),
      };
    };
  return {
    name: spec.name,
    family: spec.family,
    summary: spec.summary,
    host: spec.host,
    emits: spec.emits,
    silence: spec.silence,
    schema: spec.config,
    signs: spec.signs ?? [],
    seenIn: spec.seenIn ?? (() => []),
    bind: bindTo(spec.open),
    ...(openWithoutFrames !== undefined && { bindWithoutFrames: bindTo(openWithoutFrames) }),
  };
};
