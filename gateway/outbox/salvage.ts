/**
 * What can still be read of a store that was set aside. The small tables are carried over at once, since stages are
 * restored from them; the events follow in the background, read by a child process that may fail or be slow.
 */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { MediaRow } from './outbox.ts';
import type { Group } from './protocol.ts';
import type { Store } from './store.ts';

const nothing: Group = {
  topics: [],
  topicOf: [],
  times: [],
  expires: [],
  ends: [],
  bodies: new Uint8Array(0),
  savedOwners: [],
  savedKeys: [],
  savedValues: [],
  deadLetters: [],
  media: [],
  mediaSettled: [],
  calls: [],
  patient: [],
};

/** Rows until the first one that cannot be read. */
function* readable(file: string, query: string): Generator<Record<string, unknown>, void> {
  try {
    using database = new DatabaseSync(file);
    yield* database.prepare(query).iterate();
  } catch {
    return;
  }
}

/** Under which it is recorded of which store the small tables are here. */
const recordOwner = 'carried-over';

/** Stages' state, retained topics and waiting media, once: what came after them must not be overwritten by them. */
export const carryOver = (file: string, store: Store): void => {
  const name = path.basename(file);
  if (store.saved(recordOwner).has(name)) return;
  for (const { topic, body } of readable(file, 'SELECT topic, body FROM state')) {
    if (typeof topic === 'string') store.retain(topic, typeof body === 'string' ? body : undefined);
  }
  const owners: string[] = [recordOwner];
  const keys: string[] = [name];
  const values: Uint8Array[] = [new Uint8Array(0)];
  for (const { owner, key, value } of readable(file, 'SELECT owner, key, value FROM saved')) {
    if (typeof owner !== 'string' || typeof key !== 'string' || !(value instanceof Uint8Array)) continue;
    owners.push(owner);
    keys.push(key);
    values.push(value);
  }
  const media: MediaRow[] = [];
  for (const row of readable(file, 'SELECT * FROM media ORDER BY id')) {
    const { key, sha256, media_type: mediaType, bytes, device, correlation, expires } = row;
    if (typeof key !== 'string' || typeof sha256 !== 'string' || typeof mediaType !== 'string') continue;
    if (typeof bytes !== 'number' || typeof expires !== 'number') continue;
    if (typeof device !== 'string' || typeof correlation !== 'string') continue;
    media.push({ key, sha256, mediaType, bytes, device, correlation, expires });
  }
  store.append({ ...nothing, savedOwners: owners, savedKeys: keys, savedValues: values, media });
};

/** What the child says: rows in columns, then how many could not be read. */
export type FromSalvage =
  | { readonly kind: 'events'; readonly topics: readonly string[]; readonly group: SalvagedEvents }
  | { readonly kind: 'done'; readonly unreadable: number };

export type SalvagedEvents = Pick<Group, 'topicOf' | 'times' | 'expires' | 'ends' | 'bodies'>;

export interface SalvageOptions {
  readonly file: string;
  /** Returns false when there is no room now: it is offered again. */
  readonly accept: (topics: readonly string[], events: SalvagedEvents) => boolean;
  readonly done: (events: number, unreadable: number) => void;
}

const patience = 1000;

/** Reads the events of `file` in a child process until it is done or disposed of. */
export const startSalvage = ({ file, accept, done }: SalvageOptions): Disposable => {
  const reader = new URL(`./salvage-reader${path.extname(import.meta.url)}`, import.meta.url);
  const child: ChildProcess = fork(reader, [file], { serialization: 'advanced', execArgv: [] });
  let events = 0;
  let isDisposed = false;

  const take = (message: FromSalvage): void => {
    if (isDisposed) return;
    if (message.kind === 'done') {
      done(events, message.unreadable);
      return;
    }
    if (!accept(message.topics, message.group)) {
      setTimeout(take, patience, message);
      return;
    }
    events += message.group.ends.length;
    child.send('more');
  };
  child.on('message', take);
  // A reader that crashes has told what it could; the file stays for the next start.
  child.on('error', () => {});
  return {
    [Symbol.dispose]: () => {
      isDisposed = true;
      child.kill('SIGKILL');
    },
  };
};

/** The salvaged events as a group; the lane and stream of each follow from its topic. */
export const toSalvagedGroup = (topics: Group['topics'], events: SalvagedEvents): Group => ({
  ...nothing,
  ...events,
  topics,
  calls: [events.ends.length, 0, 0, 0, 0],
  patient: [true],
});
