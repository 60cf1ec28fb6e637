/**
 * The folder of the files: what waits lies in `outgoing`, what the authority has in `sent/<day>`. Where a file lies is
 * all there is to know of its delivery, so a file is moved, never copied, and a move survives every crash.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../../core/errors.ts';
import { decodeStation, encodeStation, newStation, type Station } from './station.ts';
import { stampIn } from './text.ts';

export interface Spool {
  /** What was there when it was opened. */
  readonly station: Station;
  /** On the disk when it resolves. */
  saveStation(station: Station): Promise<void>;
  /** On the disk when it resolves; false when a file of this name is there already, which is left as it is. */
  add(name: string, text: string): Promise<boolean>;
  /** Wherever it lies; undefined when it is not there. */
  read(name: string): Promise<string | undefined>;
  /** Names of the files that wait, the oldest first. */
  waiting(): Promise<readonly string[]>;
  sent(name: string): Promise<void>;
  /** Removes files whose time is before `stamp` (`yyyyMMddHHmmss`); gives how many of them had not been sent. */
  prune(stamp: string): Promise<number>;
}

const isGone = (failure: unknown): boolean => systemCode(failure) === 'ENOENT';

const syncFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder, 'r');
  await handle.sync();
};

const makeFolder = async (folder: string): Promise<void> => {
  // Each new folder is known to its parent on the disk.
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) await syncFolder(path.dirname(made));
};

/** Whole or not at all, and on the disk when it resolves. Half of it never stands under `file`. */
const writeDurably = async (file: string, content: string): Promise<void> => {
  const folder = path.dirname(file);
  // Its own: a sink that was stopped may be at it still when the next one begins.
  const temporary = path.join(folder, `.${path.basename(file)}.${randomUUID()}.tmp`);
  {
    await using handle = await open(temporary, 'w', 0o600);
    await handle.writeFile(content);
    await handle.sync();
  }
  await rename(temporary, file);
  await syncFolder(folder);
};

const byStamp = (one: string, other: string): number => ((stampIn(one) ?? '') < (stampIn(other) ?? '') ? -1 : 1);

/** Files of ours in a folder, the oldest first; none when it is not there. */
const filesIn = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((failure: unknown) => {
    if (isGone(failure)) return [];
    throw failure;
  });
  return names.filter(name => stampIn(name) !== undefined).sort(byStamp);
};

const daysIn = async (sent: string): Promise<readonly string[]> =>
  (await readdir(sent)).filter(name => /^\d{8}$/.test(name)).sort();

const dayOf = (name: string): string => stampIn(name)?.slice(0, 8) ?? '';

/** What a program that died was writing. */
const removeTemporary = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) {
    if (/^\..*\.tmp$/.test(name)) await rm(path.join(folder, name), { force: true });
  }
};

/** Makes the folder when it is not there. Rejects with what the system said. */
export const openSpool = async (folder: string): Promise<Spool> => {
  const outgoing = path.join(folder, 'outgoing');
  const sent = path.join(folder, 'sent');
  const stationFile = path.join(folder, 'station.json');
  for (const each of [outgoing, sent]) await makeFolder(each);
  for (const each of [folder, outgoing]) await removeTemporary(each);
  const saved = await readFile(stationFile, 'utf8').catch((failure: unknown) => {
    if (isGone(failure)) return '';
    throw failure;
  });
  const placesOf = (name: string): readonly string[] => [path.join(outgoing, name), path.join(sent, dayOf(name), name)];
  const read = async (name: string): Promise<string | undefined> => {
    for (const place of placesOf(name)) {
      try {
        return await readFile(place, 'utf8');
      } catch (failure) {
        if (!isGone(failure)) throw failure;
      }
    }
    return undefined;
  };

  return {
    // One that cannot be read begins again: the files are there, and none is made twice.
    station: decodeStation(saved) ?? newStation(),
    saveStation: station => writeDurably(stationFile, encodeStation(station)),
    add: async (name, text) => {
      if ((await read(name)) !== undefined) return false;
      await writeDurably(path.join(outgoing, name), text);
      return true;
    },
    read,
    waiting: () => filesIn(outgoing),
    sent: async name => {
      const day = path.join(sent, dayOf(name));
      await makeFolder(day);
      await rename(path.join(outgoing, name), path.join(day, name));
      for (const each of [day, outgoing]) await syncFolder(each);
    },
    prune: async stamp => {
      for (const day of await daysIn(sent)) {
        // Whole days, when their last file is old enough.
        if (`${day}235959` < stamp) await rm(path.join(sent, day), { recursive: true, force: true });
      }
      const old = (await filesIn(outgoing)).filter(name => (stampIn(name) ?? '') < stamp);
      for (const name of old) await rm(path.join(outgoing, name), { force: true });
      return old.length;
    },
  };
};

export interface KeptFile {
  readonly name: string;
  readonly state: 'waiting' | 'sent';
}

/** Files from stamp `from` through stamp `to` of a folder that a gateway may be working with, the oldest first. */
export const listSpool = async (folder: string, from: string, to: string): Promise<readonly KeptFile[]> => {
  const found: KeptFile[] = [];
  const add = (names: readonly string[], state: KeptFile['state']): void => {
    for (const name of names) {
      const stamp = stampIn(name) ?? '';
      if (stamp >= from && stamp <= to) found.push({ name, state });
    }
  };
  const sent = path.join(folder, 'sent');
  for (const day of await daysIn(sent)) {
    if (day >= from.slice(0, 8) && day <= to.slice(0, 8)) add(await filesIn(path.join(sent, day)), 'sent');
  }
  add(await filesIn(path.join(folder, 'outgoing')), 'waiting');
  return found.sort((one, other) => byStamp(one.name, other.name));
};

/** A file that was sent waits again: the gateway sends it with the others, in its order. */
export const sendAgain = async (folder: string, { name }: KeptFile): Promise<void> => {
  const day = path.join(folder, 'sent', dayOf(name));
  const outgoing = path.join(folder, 'outgoing');
  await rename(path.join(day, name), path.join(outgoing, name));
  for (const each of [outgoing, day]) await syncFolder(each);
};
