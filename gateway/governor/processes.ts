/** What Linux tells of a process and those that it started (proc(5)). What it does not tell is absent. */
import path from 'node:path';
import { namesInSystemFolder, readSystemFile } from './system-files.ts';

/** Of one process. */
export interface ProcessUse {
  readonly pid: number;
  /** Together with the number it is given once: ticks from the start of the machine to that of the process. */
  readonly startTicks: number;
  readonly residentBytes: number;
  /** Of processor time, from its start. */
  readonly cpuSeconds: number;
  /** To disks, from its start, less what was deleted before it got there; absent where another user owns it. */
  readonly writtenBytes?: number;
}

/** USER_HZ: what Linux counts processor time in, on every architecture that Node.js runs on. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
  readonly startTicks: number;
}

/** Fields of /proc/<pid>/stat behind the name, which may hold spaces and brackets: state (3), ppid (4), … */
const parseStat = (text: string | undefined): Stat | undefined => {
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  const stat = { parent: field(4), cpuSeconds: (field(14) + field(15)) / ticksPerSecond, startTicks: field(22) };
  return Object.values(stat).every(Number.isFinite) ? stat : undefined;
};

const numberIn = (text: string | undefined, pattern: RegExp): number | undefined => {
  const found = text === undefined ? undefined : pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** By the kernel's own lists; undefined where it is built without them. */
const childrenByList = (proc: string, pid: number): readonly number[] | undefined => {
  const tasks = namesInSystemFolder(path.join(proc, String(pid), 'task'));
  const lists = tasks.map(task => readSystemFile(proc, String(pid), 'task', task, 'children'));
  const told = lists.filter(list => list !== undefined);
  return told.length === 0
    ? undefined
    : told.flatMap(list =>
        list
          .split(' ')
          .map(Number)
          .filter(child => child > 0),
      );
};

const allParents = (proc: string): ReadonlyMap<number, readonly number[]> => {
  const children = new Map<number, number[]>();
  for (const name of namesInSystemFolder(proc)) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parseStat(readSystemFile(proc, name, 'stat'))?.parent;
    if (parent === undefined) continue;
    const siblings = children.get(parent) ?? [];
    siblings.push(Number(name));
    children.set(parent, siblings);
  }
  return children;
};

const treeOf = (proc: string, root: number): readonly number[] => {
  const tree = [root];
  let parents: ReadonlyMap<number, readonly number[]> | undefined;
  for (const pid of tree) {
    const listed = parents === undefined ? childrenByList(proc, pid) : undefined;
    if (listed === undefined) parents ??= allParents(proc);
    for (const child of listed ?? parents?.get(pid) ?? []) if (!tree.includes(child)) tree.push(child);
  }
  return tree;
};

const useOf = (proc: string, pid: number): ProcessUse | undefined => {
  const name = String(pid);
  const parsed = parseStat(readSystemFile(proc, name, 'stat'));
  // A process that has ended and that nobody has asked after yet has no memory any more.
  const residentKibibytes = numberIn(readSystemFile(proc, name, 'status'), /^VmRSS:\s+(\d+) kB$/m);
  if (parsed === undefined || residentKibibytes === undefined) return undefined;
  const io = readSystemFile(proc, name, 'io');
  const written = numberIn(io, /^write_bytes: (\d+)$/m);
  const cancelled = numberIn(io, /^cancelled_write_bytes: (-?\d+)$/m) ?? 0;
  return {
    pid,
    startTicks: parsed.startTicks,
    residentBytes: residentKibibytes * 1024,
    cpuSeconds: parsed.cpuSeconds,
    ...(written !== undefined && { writtenBytes: Math.max(0, written - cancelled) }),
  };
};

/** The process `root` and all below it; none where the system has no such files. */
export const processesBelow = (proc: string, root: number): readonly ProcessUse[] =>
  treeOf(proc, root).flatMap(pid => useOf(proc, pid) ?? []);
