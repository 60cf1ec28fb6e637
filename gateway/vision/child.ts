/**
 * Entry point of the vision process: cameras' drivers, detection and one inference thread. Its main thread does
 * nothing that blocks, so that every camera's pipe is always drained. It ends when the gateway does.
 */
import { randomInt } from 'node:crypto';
import type { Batch } from '../../core/batch.ts';
import type { CommandPort } from '../../core/command.ts';
import { ptz } from '../../core/device-commands.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { CameraSignal, Detector, Frame, FrameRequest, Observation } from '../../core/observation.ts';
import { seconds, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { seesScene } from '../../models/families.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import type { Manifest } from '../../models/manifest.ts';
import { type DetectConfig, detectSchema, usualWidth } from '../../pipelines/detect/config.ts';
import { detect, type Recorder } from '../../pipelines/detect/detect.ts';
import type { Missing } from '../../pipelines/detect/gate.ts';
import { createHealth, type Health } from '../../pipelines/detect/health.ts';
import type { Keep } from '../../pipelines/detect/keeper.ts';
import { masked, masksSchema } from '../../pipelines/detect/masks.ts';
import { createCloser } from '../../pipelines/detect/regions.ts';
import { adviceForSmaller, unfitSmaller } from '../../pipelines/detect/smaller.ts';
import { inferredFrom, type OrderedThresholds, thresholdsOf } from '../../pipelines/detect/thresholds.ts';
import { createTrackNames } from '../../pipelines/detect/tracker.ts';
import { type ChildCommands, createChildCommands } from './child-commands.ts';
import { createEventClips } from './event-clips.ts';
import { openInference } from './inference.ts';
import { type FromChild, fullPace, type OpenMessage, toChildSchema, toWireError, window } from './messages.ts';
import { createOrderedViews, type OrderedViews } from './ordered-views.ts';
import { createPictures, shownOf } from './pictures.ts';
import { createRedaction, type Redaction } from './redact.ts';
import { createSnapshots } from './snapshot.ts';
import { longestWait } from './turns.ts';
import { serveViews } from './view-commands.ts';

const tellMemoryEvery = seconds(5);

interface Session {
  readonly device: string;
  readonly abort: AbortController;
  /** How many more batches may be sent. */
  room: number;
  wake: (() => void) | undefined;
  readonly commands: ChildCommands;
  thresholds: OrderedThresholds | undefined;
}

const sessions = new Map<number, Session>();
/** Kept over the sessions of a device, so that no identity is given twice. */
const trackNames = new Map<string, () => string>();

/** Kept over the sessions of a device: what its camera looks at does not change with them. */
const healths = new Map<string, Health>();

let pace = fullPace;

const send = (message: FromChild): void => {
  if (process.connected) process.send?.(message);
};

const exit = (): void => {
  for (const { abort } of sessions.values()) abort.abort();
  // What the aborted sessions leave behind (a decoder of a camera) is ended before the process is.
  setTimeout(() => process.exit(), seconds(0.3));
};

const inference = openInference(failure => {
  for (const session of sessions.keys()) send({ kind: 'ended', session, error: toWireError(failure) });
  exit();
});

const createLog = (session: number): Log => {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      send({ kind: 'log', session, level, message, ...(fields !== undefined && { fields: { ...fields } }) });
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

const createContext = (
  message: OpenMessage,
  signal: AbortSignal,
  frames: FrameRequest,
  commands: CommandPort,
): Context => ({
  signal,
  clock: systemClock,
  log: createLog(message.session),
  count: (reason, by = 1) => send({ kind: 'count', session: message.session, reason, by }),
  reveal: ({ from, name }) => {
    const value = message.secrets[`${from}:${name}`];
    if (value === undefined) throw new GatewayError('config', `the secret ${from}:${name} was not handed over`);
    return value;
  },
  frames,
  commands,
});

/** What a camera gives: nothing else is known to come out of this process. */
async function* fromCamera(
  batches: AsyncIterable<Batch<Observation | Frame>>,
): AsyncGenerator<Batch<Frame | CameraSignal>, void> {
  for await (const { items } of batches) {
    yield { items: items.filter(item => item.kind === 'frame' || item.kind === 'camera-signal') };
  }
}

/** A picture that cannot be written is one picture less; what was seen is told all the same. */
const keepWith =
  (keepAll: Keep, { log, count }: Context): Keep =>
  async (...frame) => {
    if (pace.pictures === 'ordered') return undefined;
    try {
      return await keepAll(...frame);
    } catch (thrown) {
      const { kind, message } = toGatewayError(thrown);
      log.warn('a picture could not be kept', { kind, reason: message });
      count(`snapshot.failed.${kind}`);
      return undefined;
    }
  };

/** No clip begins while the machine has room for ordered pictures alone. */
const recordWith = ({ show, take }: Recorder): Recorder => ({
  show: (...seen) => {
    if (pace.pictures === 'kept') show(...seen);
  },
  take,
});

const missings = {
  unheard: {
    message: 'the events of the camera cannot be heard: its pictures decide when it is looked at',
    advice: 'See above what keeps them away, and whether the camera has the ONVIF event service.',
  },
  untold: {
    message: 'the camera has said nothing of motion yet: its pictures decide when it is looked at',
    advice: 'Switch its motion detection or a rule on.',
  },
} as const satisfies Record<Missing, object>;

const tellDecider = (missing: Missing | undefined, { log, count }: Context): void => {
  if (missing === undefined) {
    log.info('the camera says again by its events when it is looked at');
    return;
  }
  const { message, advice } = missings[missing];
  count(`gate.${missing}`);
  log.warn(message, { advice });
};

/** The one way by which a picture leaves; a model that cannot hide persons and vehicles opens none. */
interface Pictures {
  readonly folder: string;
  readonly redaction: Redaction;
}

/** Why none leaves, where it is not the configuration that wants none. */
const picturesOf = (
  folder: string | undefined,
  manifest: Manifest,
  { snapshot }: DetectConfig,
): Pictures | GatewayError | undefined => {
  if (folder === undefined || snapshot === undefined) return undefined;
  try {
    return { folder, redaction: createRedaction(manifest) };
  } catch (thrown) {
    return toGatewayError(thrown);
  }
};

/** Of every frame a large picture is wanted by whoever looks closer, and by clips; else only where a picture is kept. */
const requestOf = (
  { input }: Manifest,
  { fps, snapshot, clip }: DetectConfig,
  { keeps, looksCloser }: { readonly keeps: boolean; readonly looksCloser: boolean },
): FrameRequest => {
  const width = snapshot?.width ?? usualWidth;
  const size = { width, height: width };
  return {
    width: input.width,
    height: input.height,
    resampling: input.resampling,
    maximumFps: fps,
    ...((looksCloser || (keeps && clip !== undefined)) && { large: size }),
    ...(keeps && { evidence: size }),
  };
};

/** A model with which a camera is looked at. */
interface Looking {
  readonly folder: string;
  readonly manifest: Manifest;
  /** With the thresholds of now. */
  detector(): Detector;
  /** From which score on the model is asked now. */
  from(): number;
}

const openLooking = async (
  model: string,
  detection: DetectConfig,
  session: Session,
  { info }: Log,
): Promise<Looking> => {
  const folder = modelFolder(model);
  const manifest = await loadManifest(folder);
  const { name, version, sha256 } = manifest;
  const { provider, refused } = await inference.load(folder);
  info('the model is loaded', {
    model: name,
    provider,
    ...(refused.length > 0 && { refused: refused.map(each => `${each.provider}: ${each.reason}`) }),
  });
  const configured = thresholdsOf(manifest, detection);
  const now = () => thresholdsOf(manifest, detection, session.thresholds);
  return {
    folder,
    manifest,
    detector: () => ({ model: name, version, sha256: sha256.slice(0, 12), ...now() }),
    from: () => inferredFrom(configured, now()),
  };
};

/** The one that stands in for `usual` while the machine asks for less; undefined where none is configured. */
const openSmaller = async (
  usual: Looking,
  detection: DetectConfig,
  session: Session,
  log: Log,
): Promise<Looking | undefined> => {
  if (detection.smaller === undefined) return undefined;
  const smaller = await openLooking(detection.smaller, detection, session, log);
  const unfit = unfitSmaller(usual.manifest, smaller.manifest);
  if (unfit === undefined) return smaller;
  throw new GatewayError('config', `the smaller model cannot stand in: ${unfit}`, { advice: adviceForSmaller });
};

const run = async (message: OpenMessage, session: Session): Promise<void> => {
  const { device, config, media } = message;
  const driver = drivers.find(({ name }) => name === message.driver);
  if (driver === undefined) throw new GatewayError('defect', `no driver is named ${message.driver}`);
  const detection = detectSchema.parse(message.detect);
  const masks = masksSchema.parse(message.masks);
  const log = createLog(message.session);
  const usual = await openLooking(detection.model, detection, session, log);
  const smaller = await openSmaller(usual, detection, session, log);
  const { manifest } = usual;
  const { clip } = detection;
  const nameOf = trackNames.get(device) ?? createTrackNames(message.epoch, () => randomInt(1_000_000) / 1_000_000);
  trackNames.set(device, nameOf);
  const health =
    healths.get(device) ??
    createHealth(detection.health, {
      kept: message.view,
      keep: view => send({ kind: 'view', device, ...(view !== undefined && { view }) }),
    });
  health.connect(detection.health);
  healths.set(device, health);
  const { port } = session.commands;
  const allowed = picturesOf(media?.folder, manifest, detection);
  const refused = allowed instanceof GatewayError ? allowed : undefined;
  const pictures = allowed instanceof GatewayError ? undefined : allowed;
  const sees = seesScene(manifest.output) ? 'scene' : 'objects';
  const looksCloser = detection.regions === 'on' && sees === 'objects';
  const request = requestOf(manifest, detection, { keeps: pictures !== undefined, looksCloser });
  const context = createContext(message, session.abort.signal, request, port);
  if (refused !== undefined) {
    context.log.error('no picture leaves the box', { reason: refused.message, advice: refused.advice });
  }
  const shown = pictures && shownOf(manifest, detection.authorised);
  if (shown !== undefined && shown.length > 0) {
    context.log.info('pictures of events leave the box with objects of these classes unblurred', { classes: shown });
  }
  const keepOne = pictures && createSnapshots(pictures.folder, pictures.redaction);
  const views: OrderedViews | undefined =
    pictures && keepOne && createOrderedViews({ ...pictures, fps: detection.fps, keep: keepOne });

  let looking = usual;
  const detections = detect(masked(fromCamera(driver.bind(device, config).open(context)), masks), {
    config: detection,
    detector: () => looking.detector(),
    infer: async (picture, urgency) => {
      const next = pace.model === 'smaller' && smaller !== undefined ? smaller : usual;
      if (next !== looking) log.info('another model looks from now on', { model: next.manifest.name });
      looking = next;
      const { found, waited } = await inference.infer({
        ...{ camera: message.session, folder: looking.folder, picture, threshold: looking.from(), urgency },
      });
      if (waited > longestWait) context.count('inference.late');
      return found;
    },
    sees,
    nameOf,
    health,
    onDecider: (_, missing) => tellDecider(missing, context),
    share: () => pace.share,
    ...(looksCloser && {
      closer: createCloser({
        input: manifest.input,
        may: () => pace.share === 1 && pace.model === 'usual',
        onCut: count => context.count('inference.region', count),
      }),
    }),
    ...(pictures !== undefined && {
      keep: keepWith(createPictures(pictures.folder, manifest, detection.authorised, context.count), context),
    }),
    ...(views !== undefined && { viewer: views }),
    ...(pictures !== undefined &&
      clip !== undefined && {
        recorder: recordWith(
          createEventClips({ ...detection, ...context, config: clip, manifest, folder: pictures.folder }),
        ),
      }),
  });
  let offers: Disposable | undefined;
  using _ = { [Symbol.dispose]: () => offers?.[Symbol.dispose]() };
  for await (const { items } of detections) {
    // Before it delivers it is not connected.
    offers ??= serveViews(port, device, views ?? refused, media);
    while (session.room === 0 && !session.abort.signal.aborted) {
      await new Promise<void>(resolve => {
        session.wake = resolve;
      });
    }
    if (session.abort.signal.aborted) return;
    session.room--;
    send({ kind: 'batch', session: message.session, items });
  }
};

const open = async (message: OpenMessage): Promise<void> => {
  const abort = new AbortController();
  const session: Session = {
    device: message.device,
    abort,
    room: window,
    wake: undefined,
    commands: createChildCommands(message.session, send, abort.signal),
    thresholds: message.thresholds,
  };
  session.abort.signal.addEventListener('abort', () => session.wake?.());
  sessions.set(message.session, session);
  try {
    await run(message, session);
    send({ kind: 'ended', session: message.session });
  } catch (failure) {
    send({ kind: 'ended', session: message.session, error: toWireError(failure) });
  } finally {
    sessions.delete(message.session);
    inference.forget(message.session);
  }
};

process.on('message', (raw: unknown) => {
  const message = toChildSchema.parse(raw);
  switch (message.kind) {
    case 'open':
      void open(message);
      break;
    case 'taken': {
      const session = sessions.get(message.session);
      if (session !== undefined) session.room++;
      session?.wake?.();
      break;
    }
    case 'pace':
      pace = message;
      break;
    case 'thresholds': {
      const session = sessions.get(message.session);
      if (session !== undefined) session.thresholds = message.thresholds;
      break;
    }
    case 'command': {
      const session = sessions.get(message.session);
      if (session !== undefined && message.name === ptz.name) healths.get(session.device)?.turned();
      // A session that has ended has told so, and nobody waits for its answers.
      session?.commands.run(message);
      break;
    }
    case 'give-up':
      sessions.get(message.session)?.commands.giveUp(message.command);
      break;
    case 'close':
      sessions.get(message.session)?.abort.abort();
      break;
    case 'stop':
      exit();
      break;
  }
});
process.on('disconnect', exit);
// The gateway decides when its parts end, also when a terminal or a service manager signals all of them.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

setInterval(() => send({ kind: 'memory', residentBytes: process.memoryUsage.rss() }), tellMemoryEvery).unref();
