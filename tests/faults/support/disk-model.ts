/**
 * Files as a disk may hold them after a power cut: what was synchronized is there, and of everything else any part may
 * be, sector by sector and name by name. Pure: it is fed with operations and asked for cuts.
 */
import path from 'node:path';
import type { Random } from '../../../simulators/world/random.ts';
import type { Operation } from './trace.ts';

interface Write {
  readonly kind: 'write';
  readonly offset: number;
  readonly bytes: Uint8Array;
}
interface Truncate {
  readonly kind: 'truncate';
  readonly size: number;
}
type Change = Write | Truncate;

interface File {
  readonly kind: 'file';
  /** What a cut cannot take. */
  synced: Buffer;
  /** Since then, in order. */
  changes: Change[];
}
interface Folder {
  readonly kind: 'folder';
}
type Entry = File | Folder;

type NameChange =
  | { readonly kind: 'make'; readonly path: string; readonly entry: Entry }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** How a cut chooses among what was not synchronized. */
export interface Cut {
  /** Bytes that are written whole or not at all. */
  readonly sectorBytes: 512 | 4096;
  /** Share of the sectors that hold their newest bytes; the others hold older ones. */
  readonly data: number;
  /** Share of the names that are as they were last; 1 and 0 are all and none. */
  readonly names: number;
}

/** What is found after the cut. */
export interface Remains {
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface Disk {
  apply(operation: Operation): void;
  cut(cut: Cut, random: Random): Remains;
  /** Bytes and names that a cut now could take. */
  unsynced(): number;
}

const sizeAfter = (size: number, change: Change): number =>
  change.kind === 'truncate' ? change.size : Math.max(size, change.offset + change.bytes.length);

/** `bytes` with `size`, cut or filled up with zeros. */
const resize = (bytes: Buffer, size: number): Buffer => {
  if (bytes.length === size) return bytes;
  if (bytes.length > size) return Buffer.from(bytes.subarray(0, size));
  const longer = Buffer.alloc(size);
  bytes.copy(longer);
  return longer;
};

const applyAll = (synced: Buffer, changes: readonly Change[]): Buffer => {
  let bytes = synced;
  for (const change of changes) {
    bytes = resize(bytes, sizeAfter(bytes.length, change));
    if (change.kind === 'write') bytes.set(change.bytes, change.offset);
  }
  return bytes;
};

const remainsOf = ({ synced, changes }: File, { sectorBytes, data }: Cut, random: Random): Uint8Array => {
  if (changes.length === 0 || data === 0) return synced;
  if (data === 1) return applyAll(Buffer.from(synced), changes);
  // The length of a file is kept in order by its file system, apart from its bytes.
  const lengthOf = random() < data ? changes.length : Math.floor(random() * (changes.length + 1));
  let largest = synced.length;
  let size = synced.length;
  for (const [index, change] of changes.entries()) {
    const after = sizeAfter(size, change);
    largest = Math.max(largest, after);
    if (index < lengthOf) size = after;
  }
  const bytes = Buffer.alloc(largest);
  synced.copy(bytes);
  /** For each sector how many changes reached it. */
  const reached = new Map<number, number>();
  const reachOf = (sector: number): number => {
    let reach = reached.get(sector);
    if (reach === undefined) {
      reach = random() < data ? changes.length : Math.floor(random() * (changes.length + 1));
      reached.set(sector, reach);
    }
    return reach;
  };
  let length = synced.length;
  /** From here on the file has the places that a lost truncation would have freed; what came later went to others. */
  let kept = Number.POSITIVE_INFINITY;
  for (const [index, change] of changes.entries()) {
    if (change.kind === 'truncate') {
      if (index >= lengthOf && change.size < length) kept = Math.min(kept, change.size);
      // What was cut off does not come back when the file grows again.
      if (index < lengthOf && change.size < length) bytes.fill(0, change.size);
      length = change.size;
      continue;
    }
    length = Math.max(length, change.offset + change.bytes.length);
    const end = change.offset + change.bytes.length;
    for (let from = change.offset; from < end; ) {
      const sector = Math.floor(from / sectorBytes);
      const to = Math.min(end, (sector + 1) * sectorBytes);
      if (to <= kept && index < reachOf(sector))
        bytes.set(change.bytes.subarray(from - change.offset, to - change.offset), from);
      from = to;
    }
  }
  return bytes.subarray(0, size);
};

const applyName = (names: Map<string, Entry>, change: NameChange): void => {
  if (change.kind === 'make') names.set(change.path, change.entry);
  else if (change.kind === 'unlink') names.delete(change.path);
  else {
    const entry = names.get(change.from);
    if (entry === undefined) return;
    names.delete(change.from);
    names.set(change.to, entry);
  }
};

/** An empty disk on which `root` is there for good. */
export const createDisk = (root: string): Disk => {
  /** As a program sees them. */
  const names = new Map<string, Entry>([[root, { kind: 'folder' }]]);
  /** As the disk has them for certain. */
  const synced = new Map(names);
  const pending: { readonly folder: string; readonly change: NameChange }[] = [];

  const rename = (change: NameChange, place: string): void => {
    applyName(names, change);
    pending.push({ folder: path.dirname(place), change });
  };

  const fileOf = (place: string): File => {
    const entry = names.get(place);
    if (entry?.kind !== 'file') throw new Error(`${place} was never made`);
    return entry;
  };

  return {
    apply: operation => {
      switch (operation.kind) {
        case 'create':
          if (names.has(operation.path)) return;
          rename(
            { kind: 'make', path: operation.path, entry: { kind: 'file', synced: Buffer.alloc(0), changes: [] } },
            operation.path,
          );
          return;
        case 'make-folder':
          rename({ kind: 'make', path: operation.path, entry: { kind: 'folder' } }, operation.path);
          return;
        case 'unlink':
          rename({ kind: 'unlink', path: operation.path }, operation.path);
          return;
        case 'rename':
          if (path.dirname(operation.from) !== path.dirname(operation.to)) throw new Error('a rename between folders');
          rename({ kind: 'rename', from: operation.from, to: operation.to }, operation.to);
          return;
        case 'write':
        case 'truncate':
          fileOf(operation.path).changes.push(operation);
          return;
        case 'sync': {
          const entry = names.get(operation.path);
          if (entry?.kind === 'file') {
            entry.synced = applyAll(entry.synced, entry.changes);
            entry.changes = [];
            return;
          }
          for (const { folder, change } of pending) if (folder === operation.path) applyName(synced, change);
          const rest = pending.filter(({ folder }) => folder !== operation.path);
          pending.splice(0, pending.length, ...rest);
          return;
        }
        case 'said':
          return;
      }
    },
    cut: (cut, random) => {
      const found = new Map(synced);
      // A journal loses its end; without one any name may be older than another.
      const isJournaled = random() < 0.5;
      let isLost = false;
      for (const { change } of pending) {
        isLost = (isJournaled && isLost) || random() >= cut.names;
        if (!isLost) applyName(found, change);
      }
      const folders: string[] = [];
      const files = new Map<string, Uint8Array>();
      const isReachable = (place: string): boolean =>
        place === root || (found.get(place)?.kind === 'folder' && isReachable(path.dirname(place)));
      for (const [place, entry] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        if (place !== root && !isReachable(path.dirname(place))) continue;
        if (entry.kind === 'folder') folders.push(place);
        else files.set(place, remainsOf(entry, cut, random));
      }
      return { folders, files };
    },
    unsynced: () => {
      let count = pending.length;
      for (const entry of names.values()) if (entry.kind === 'file') count += entry.changes.length;
      return count;
    },
  };
};
