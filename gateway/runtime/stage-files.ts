/**
 * Files that people keep for stages (a vessel registry, zones): read at the start, looked at again and again, and given
 * to the stage when their content changed. What cannot be read, or used, is told once; the content before stays in force.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Conclusion } from '../../core/conclusion.ts';
import { GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import type { StageFile } from '../../core/stage.ts';
import { type Clock, type Duration, type Instant, seconds } from '../../core/time.ts';

export interface WatchedFile {
  /** Whose file it is: `<pipeline>/<index>-<stage>`. */
  readonly owner: string;
  readonly pipeline: string;
  readonly stage: string;
  /** As the stage calls it. */
  readonly name: string;
  readonly path: string;
}

export interface StageFilesOptions {
  readonly files: readonly WatchedFile[];
  readonly clock: Clock;
  /** Gives it to the stage; rejects with what the stage has against it. */
  readonly give: (owner: string, file: StageFile) => Promise<void>;
  /** It is in force from now on. */
  readonly onLoaded: (watched: WatchedFile, file: StageFile) => void;
  /** It cannot be read or used; said once for each content and each reason. */
  readonly onRefused: (watched: WatchedFile, error: GatewayError, inForce: StageFile | undefined) => void;
}

export interface StageFiles extends AsyncDisposable {
  /** What is in force for this stage. */
  contentOf(owner: string): readonly StageFile[];
  /** Reads what changed. */
  look(): Promise<void>;
}

const lookEvery: Duration = seconds(5);
/** Ten times a registry of all fishing vessels of the country. */
const largestFile = 64 * 2 ** 20;

/** Throws `config` when it is not there, cannot be read or is too large. */
export const readStageFile = async (path: string): Promise<string> => {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const { size } = await handle.stat();
    if (size > largestFile) throw tooLarge(path, size);
    return await handle.readFile('utf8');
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    const code = systemCode(thrown);
    throw new GatewayError('config', `the file ${path} cannot be read${code === undefined ? '' : ` (${code})`}`, {
      cause: thrown,
      advice:
        code === 'ENOENT'
          ? 'Put it there, or correct the path; it is looked for every 5 seconds.'
          : 'Let the user of the gateway read it; it is looked at every 5 seconds.',
    });
  } finally {
    await handle?.close();
  }
};

const tooLarge = (path: string, size: number): GatewayError =>
  new GatewayError('config', `the file ${path} has ${Math.round(size / 2 ** 20)} MiB`, {
    advice: `At most ${largestFile / 2 ** 20} MiB are read.`,
  });

export const toStageFile = (name: string, text: string, clock: Pick<Clock, 'now'>): StageFile => ({
  name,
  text,
  version: createHash('sha256').update(text).digest('hex').slice(0, 12),
  time: clock.now(),
});

/** Resolves when every file was looked at once. */
export const openStageFiles = async (options: StageFilesOptions): Promise<StageFiles> => {
  const { files, clock, give, onLoaded, onRefused } = options;
  const inForce = new Map<WatchedFile, StageFile>();
  /** Of the last look: the version, or why there was none. */
  const seen = new Map<WatchedFile, string>();

  const lookAt = async (watched: WatchedFile): Promise<void> => {
    let file: StageFile | undefined;
    try {
      file = toStageFile(watched.name, await readStageFile(watched.path), clock);
      if (seen.get(watched) === file.version) return;
      await give(watched.owner, file);
      seen.set(watched, file.version);
      inForce.set(watched, file);
      onLoaded(watched, file);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      const state = file?.version ?? error.message;
      if (seen.get(watched) === state) return;
      seen.set(watched, state);
      onRefused(watched, error, inForce.get(watched));
    }
  };

  let looking: Promise<void> | undefined;
  const look = (): Promise<void> => {
    looking ??= (async () => {
      for (const watched of files) await lookAt(watched);
    })().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  await look();
  const timer = files.length === 0 ? undefined : setInterval(() => void look(), lookEvery);

  return {
    contentOf: owner => [...inForce].flatMap(([watched, file]) => (watched.owner === owner ? [file] : [])),
    look,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await looking;
    },
  };
};

const told = ({ pipeline, path }: WatchedFile) => ({
  kind: 'conclusion' as const,
  source: 'pipeline',
  subject: `pipeline/${pipeline}`,
  path,
});

/** Which content is in force from now on. */
export const fileLoaded = (watched: WatchedFile, { version, time }: StageFile): Conclusion => {
  const { path, ...common } = told(watched);
  const { pipeline, stage, name } = watched;
  return {
    ...common,
    event: 'gateway.file.loaded',
    time,
    key: `${watched.owner}/${name}/${version}/${time}`,
    severity: 'INFORMATIONAL',
    data: { pipeline, stage, file: name, path, version },
  };
};

export const fileRefused = (
  watched: WatchedFile,
  { message, advice }: GatewayError,
  inForce: StageFile | undefined,
  time: Instant,
): Conclusion => {
  const { path, ...common } = told(watched);
  const { pipeline, stage, name } = watched;
  return {
    ...common,
    event: 'gateway.file.refused',
    time,
    key: `${watched.owner}/${name}/${time}`,
    severity: 'MEDIUM',
    data: {
      pipeline,
      stage,
      file: name,
      path,
      message: message.slice(0, 1000),
      ...(advice !== undefined && { advice: advice.slice(0, 1000) }),
      ...(inForce !== undefined && { inForce: inForce.version }),
    },
  };
};
