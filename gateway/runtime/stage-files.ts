/**
 * Files that people keep for stages (a vessel registry, zones): read at the start, looked at again and again, and given
 * to the stage when their content changed. What cannot be read, or used, is told once; the content before stays in force.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
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

/** Throws `config` when it is not there, cannot be read, is too large or is no text in UTF-8. */
export const readStageFile = async (path: string): Promise<string> => {
  let handle: FileHandle | undefined;
  try {
    // Without waiting: a pipe that nobody writes to would hold up the start.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile())
      throw new GatewayError('config', `${path} is no file`, { advice: 'Give the path of the file itself.' });
    if (found.size > largestFile) throw tooLarge(path, found.size);
    return decode(path, await handle.readFile());
  } catch (thrown) {
    throw thrown instanceof GatewayError ? thrown : unreadable(path, thrown);
  } finally {
    await handle?.close();
  }
};

const unreadable = (path: string, thrown: unknown): GatewayError => {
  const code = systemCode(thrown);
  return new GatewayError('config', `the file ${path} cannot be read${code === undefined ? '' : ` (${code})`}`, {
    cause: thrown,
    advice:
      code === 'ENOENT'
        ? 'Put it there, or correct the path; it is looked for every 5 seconds.'
        : 'Let the user of the gateway read it; it is looked at every 5 seconds.',
  });
};

const tooLarge = (path: string, size: number): GatewayError =>
  new GatewayError('config', `the file ${path} has ${Math.ceil(size / 2 ** 20)} MiB`, {
    advice: `At most ${largestFile / 2 ** 20} MiB are read.`,
  });

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names in another encoding would be told wrong for ever, and nobody would notice a header that is not understood. */
const decode = (path: string, bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch (thrown) {
    throw new GatewayError('config', `the file ${path} is not in UTF-8: ${placeOf(bytes)}`, {
      cause: thrown,
      advice: 'Save it again in UTF-8; in Excel that is "CSV UTF-8 (Comma delimited)" under "Save as".',
    });
  }
};

/** UTF-16 is what Excel calls "Unicode Text". */
const placeOf = (bytes: Uint8Array): string => {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'it is in UTF-16';
  const line = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .findIndex(text => !isUtf8(Buffer.from(text, 'latin1')));
  return `line ${line + 1} has letters of another encoding`;
};

export const toStageFile = (name: string, text: string, clock: Pick<Clock, 'now'>): StageFile => ({
  name,
  text,
  version: createHash('sha256').update(text).digest('hex').slice(0, 12),
  time: clock.now(),
});

/**
 * Changes with every change of the file, so that a large one is not read from the card every 5 seconds. File systems
 * count in steps of up to 2 s (FAT), and a file may change while it is read: so the same mark is read twice.
 */
const markOf = async (path: string): Promise<string | undefined> => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    // Why it cannot be read is said by the reading.
    return undefined;
  }
};

/** Resolves when every file was looked at once. */
export const openStageFiles = async (options: StageFilesOptions): Promise<StageFiles> => {
  const { files, clock, give, onLoaded, onRefused } = options;
  const inForce = new Map<WatchedFile, StageFile>();
  /** Of the last look: the version, or why there was none. */
  const seen = new Map<WatchedFile, string>();
  /** What the file system said of what was read last, and how often that was read. */
  const marks = new Map<WatchedFile, { readonly mark: string; readonly reads: number }>();

  const lookAt = async (watched: WatchedFile): Promise<void> => {
    let file: StageFile | undefined;
    const mark = await markOf(watched.path);
    const last = marks.get(watched);
    if (mark !== undefined && last?.mark === mark && last.reads >= 2) return;
    marks.delete(watched);
    try {
      file = toStageFile(watched.name, await readStageFile(watched.path), clock);
      if (mark !== undefined) marks.set(watched, { mark, reads: last?.mark === mark ? last.reads + 1 : 1 });
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
