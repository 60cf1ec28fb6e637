/**
 * Documents that others drop into a folder. Overflow policy: block; what is not read yet stays where it is. A file is
 * moved or deleted when it is settled, so whatever happens before that, it is read again.
 *
 * Whoever writes should write elsewhere on the same disk, or under a name that begins with a dot, and rename. Files that
 * are written in place are read when they have not changed for two looks.
 */
import { constants, type Dirent, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, readdir, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sleep } from '../../core/abort.ts';
import type { Document, DocumentOutcome, Documents, DocumentTally } from '../../core/document.ts';
import type { Context } from '../../core/driver.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import { byteSize, duration } from '../../core/fields.ts';
import { hours, seconds, toTimestamp } from '../../core/time.ts';
import { largestDocument } from './document-size.ts';

/** Names looked at in one look; the others have their turn when these are away. */
const mostNames = 10_000;
/** Files that are read and not settled yet. */
const mostWaiting = 4;
/** Looks at a file that cannot be read before it counts as bad: its writer may only be slow. */
const patience = 5;
/** Files kept of each kind. */
const mostKept = 1000;
/** Room for the time before a name and for what stands behind it, in the 255 bytes of a name. */
const longestName = 200;

export const folderConfig = z.strictObject({
  transport: z.literal('folder').describe('The provider drops files into a folder of this machine.'),
  path: z
    .string()
    .max(1024)
    .regex(/^\//, 'expected a path from the root, such as "/var/spool/vms"')
    .describe('The folder, which the user of the gateway may write to.'),
  interval: duration({ minimum: 50, maximum: hours(1) })
    .prefault('5s')
    .describe('Time between two looks.'),
  maximumSize: byteSize()
    .refine(bytes => bytes >= 1 && bytes <= largestDocument, 'from "1B" to "16MiB"')
    .prefault('4MiB')
    .describe('Of a file; a larger one is moved to "failed".'),
  processed: z
    .enum(['move', 'delete'])
    .default('move')
    .describe('What becomes of a file that was read: it is moved to "done", or deleted.'),
  keep: duration({ minimum: hours(1), maximum: hours(366 * 24) })
    .prefault('7d')
    .describe('How long files stay in "done" and "failed"; never more than the newest 1000.'),
});
export type FolderConfig = z.output<typeof folderConfig>;

/** What tells one content of a name from the next one under it. */
const isSame = (one: Stats, other: Stats): boolean =>
  one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;

const meanings: Readonly<
  Record<string, readonly [kind: 'unreachable' | 'config' | 'exhausted', says: string, advice: string]>
> = {
  ENOENT: ['unreachable', 'is not there', 'Make the folder, or check whether its disk is mounted.'],
  ENOTDIR: ['config', 'is no folder', 'Give the folder, not a file in it.'],
  EACCES: ['config', 'is not allowed for this user', 'Let the user of the gateway read and write the folder.'],
  EPERM: ['config', 'is not allowed for this user', 'Let the user of the gateway read and write the folder.'],
  EROFS: ['config', 'cannot be written to', 'Files are moved when they are read: mount it for writing.'],
  ENOSPC: ['exhausted', 'is on a full disk', 'Make room on the disk.'],
};

const folderError = (folder: string, cause: unknown): GatewayError => {
  if (cause instanceof GatewayError) return cause;
  const code = systemCode(cause) ?? 'unknown reason';
  const [kind, says, advice] = meanings[code] ?? ['unreachable', `failed: ${code}`, 'Check its disk.'];
  return new GatewayError(kind, `the folder ${folder} ${says}`, { advice, cause });
};

/** Names that are on their way, lists of ours, and names that no sender has good reason for are left alone. */
const isCandidate = (entry: Dirent): boolean =>
  entry.isFile() &&
  !entry.name.startsWith('.') &&
  !/\.(?:tmp|part|partial|filepart|crdownload)$|~$/i.test(entry.name) &&
  !/\p{Cc}/u.test(entry.name) &&
  Buffer.byteLength(entry.name) <= longestName;

const namesIn = async (folder: string): Promise<readonly string[]> => {
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (isCandidate(entry)) names.push(entry.name);
    if (names.length === mostNames) break;
  }
  return names;
};

/** No link is followed out of the folder, and a pipe that took a file's place is not waited for. */
const openFile = (file: string): Promise<FileHandle> =>
  open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);

interface Content {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/** Undefined when it is larger than `maximum`. */
const readContent = async (file: string, maximum: number): Promise<Content | undefined> => {
  await using handle = await openFile(file);
  const stats = await handle.stat();
  if (!stats.isFile() || stats.size > maximum) return undefined;
  const bytes = Buffer.alloc(stats.size);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return { bytes: bytes.subarray(0, length), stats };
};

/** `20261126T071500123Z-` stands before the name, so that one name can come again and again. */
const keptName = (name: string, now: number): string => `${toTimestamp(now).replace(/[-:.]/g, '')}-${name}`;

/** For people: nothing in it is from the file itself. */
const explain = (reason: string, tally?: DocumentTally): string => {
  const reasons = [...(tally?.reasons ?? [])].map(([each, times]) => `${each}: ${times}\n`);
  return `${reason}\n${reasons.join('')}`;
};

const prune = async (folder: string, before: number): Promise<void> => {
  // The names begin with the time at which they were moved.
  const names = (await readdir(folder)).filter(name => /^\d{8}T\d{9}Z-/.test(name)).sort();
  const oldest = keptName('', before);
  const surplus = names.filter((name, at) => name < oldest || at < names.length - mostKept);
  await Promise.all(surplus.map(name => unlink(path.join(folder, name)).catch(ignoreAbsent)));
};

const ignoreAbsent = (thrown: unknown): void => {
  if (systemCode(thrown) !== 'ENOENT') throw thrown;
};

type State =
  /** As it was at the last look. */
  { readonly kind: 'seen'; readonly stats: Stats; readonly attempts: number } | { readonly kind: 'waiting' };

/**
 * Every file once, oldest first, until aborted. Files that cannot be read end in `failed`, with the reason in a text
 * beside them. Throws `unreachable` when the folder is not there, and `config` when it may not be used.
 */
export async function* openFolder(
  config: FolderConfig,
  { signal, clock, count }: Pick<Context, 'signal' | 'clock' | 'count'>,
): Documents & AsyncGenerator<Document, void> {
  const folder = config.path;
  const done = path.join(folder, 'done');
  const failed = path.join(folder, 'failed');
  const states = new Map<string, State>();
  /** Files on their way out of the folder. */
  const moves = new Set<Promise<void>>();
  let failure: GatewayError | undefined;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let keptSince = 0;

  const setAside = async (name: string, reason: string): Promise<void> => {
    count('refused.file');
    keptSince++;
    const kept = path.join(failed, keptName(name, clock.now()));
    await writeFile(`${kept}.reason.txt`, reason);
    await rename(path.join(folder, name), kept).catch(ignoreAbsent);
  };

  const putAway = async (name: string, read: Stats, outcome: DocumentOutcome, attempts: number): Promise<void> => {
    const file = path.join(folder, name);
    const now = await lstat(file).catch(ignoreAbsent);
    // Another file came under its name meanwhile, or it has grown: that is for the next look.
    if (now === undefined || !isSame(now, read)) states.delete(name);
    else if (outcome.kind === 'failed') states.set(name, { kind: 'seen', stats: read, attempts });
    else if (outcome.kind === 'unreadable' && attempts + 1 < patience) {
      states.set(name, { kind: 'seen', stats: read, attempts: attempts + 1 });
    } else {
      if (outcome.kind === 'unreadable') await setAside(name, explain('Nothing of it can be read.', outcome.tally));
      else if (config.processed === 'delete') await unlink(file).catch(ignoreAbsent);
      else {
        keptSince++;
        await rename(file, path.join(done, keptName(name, clock.now()))).catch(ignoreAbsent);
      }
      states.delete(name);
    }
  };

  const track = (move: Promise<void>): void => {
    const moving = move
      .catch((thrown: unknown) => {
        failure ??= folderError(folder, thrown);
      })
      .finally(() => moves.delete(moving));
    moves.add(moving);
  };

  /** Files that have not changed since the last look, oldest first. */
  const ripe = async (): Promise<
    readonly { readonly name: string; readonly attempts: number; readonly at: number }[]
  > => {
    const names = await namesIn(folder);
    const present = new Set(names);
    for (const [name, state] of states) if (state.kind === 'seen' && !present.has(name)) states.delete(name);
    const found: { readonly name: string; readonly attempts: number; readonly at: number }[] = [];
    for (const name of names) {
      const state = states.get(name);
      if (state?.kind === 'waiting') continue;
      const stats = await lstat(path.join(folder, name)).catch(ignoreAbsent);
      if (stats === undefined) continue;
      const isStill = state !== undefined && isSame(state.stats, stats);
      const attempts = isStill ? state.attempts : 0;
      if (isStill) found.push({ name, attempts, at: stats.mtimeMs });
      states.set(name, { kind: 'seen', stats, attempts });
    }
    return found.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  };

  const check = (): void => {
    if (failure !== undefined) throw failure;
  };

  try {
    for (const each of [done, failed]) await makeFolder(each);
    while (!signal.aborted) {
      if (clock.steady() - prunedAt >= hours(1) || keptSince >= mostKept) {
        prunedAt = clock.steady();
        keptSince = 0;
        for (const each of [done, failed]) await prune(each, clock.now() - config.keep);
      }
      for (const { name, attempts } of await ripe()) {
        while (!signal.aborted && [...states.values()].filter(({ kind }) => kind === 'waiting').length >= mostWaiting) {
          check();
          await sleep(Math.min(config.interval, seconds(1)), signal);
        }
        if (signal.aborted) return;
        const file = path.join(folder, name);
        const content = await readContent(file, config.maximumSize).catch((thrown: unknown) => {
          // It was taken away, became a link, or may not be read by us.
          if (/^(?:ENOENT|ELOOP|EACCES)$/.test(systemCode(thrown) ?? '')) return 'unreadable' as const;
          throw thrown;
        });
        if (content === 'unreadable') {
          count('refused.unreadable-file');
          continue;
        }
        if (content === undefined) {
          await setAside(name, explain(`It has more than ${config.maximumSize} bytes.`));
          states.delete(name);
          continue;
        }
        const { bytes, stats } = content;
        states.set(name, { kind: 'waiting' });
        const settle = (outcome: DocumentOutcome): void => track(putAway(name, stats, outcome, attempts));
        yield { bytes, receivedAt: clock.now(), settle };
        check();
      }
      check();
      await sleep(config.interval, signal);
    }
  } catch (thrown) {
    if (signal.aborted) return;
    throw folderError(folder, thrown);
  } finally {
    await Promise.all(moves);
  }
}

/** A link in its place would take files, and their deletion, to wherever it leads. */
const makeFolder = async (folder: string): Promise<void> => {
  try {
    await mkdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EEXIST') throw thrown;
    if ((await lstat(folder)).isDirectory()) return;
    throw new GatewayError('config', `${folder} is no folder`, { advice: 'Take away what has its name.' });
  }
};
