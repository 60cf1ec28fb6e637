/** What the gateway and the processes that it started use of the machine. What the system does not say is absent. */
import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, type Duration, minutes } from '../../core/time.ts';
import { type ProcessUse, processesBelow } from './processes.ts';
import { namesInSystemFolder, readSystemFile } from './system-files.ts';

export interface Measured {
  readonly memoryBytes?: number;
  /** Mean of the last minute, or of the time since the first measurement. */
  readonly cpuCores?: number;
  readonly temperatureCelsius?: number;
  readonly diskFreeBytes?: number;
  /** Since the last measurement, which may be less than nothing; of the first one: what its processes wrote since their start. */
  readonly writtenBytes?: number;
}

/** How far the bytes of a process were counted: over a restart it may still be the same process. */
export interface CountedProcess {
  readonly pid: number;
  readonly startTicks: number;
  readonly writtenBytes: number;
}

export interface MeasureOptions {
  /** Whose disk it is about. */
  readonly folder: string;
  readonly clock: Pick<Clock, 'steady'>;
  readonly pid?: number;
  /** `/proc` when absent. */
  readonly proc?: string;
  /** `/sys` when absent. */
  readonly sys?: string;
  /** What an earlier run counted of this very process. */
  readonly counted?: CountedProcess | undefined;
}

export interface Measuring {
  measure(): Promise<Measured>;
  /** Of the gateway itself, as of the last measurement. */
  counted(): CountedProcess | undefined;
}

const meanOver = minutes(1);

/** Zones say 0 or −274 °C where nothing is wired to them. */
const isPlausible = (celsius: number): boolean => celsius > -40 && celsius < 130 && celsius !== 0;

const temperatureOf = (sys: string): number | undefined => {
  const folder = path.join(sys, 'class', 'thermal');
  const plausible = namesInSystemFolder(folder)
    .filter(name => name.startsWith('thermal_zone'))
    .map(name => Number(readSystemFile(folder, name, 'temp') ?? Number.NaN) / 1000)
    .filter(isPlausible);
  return plausible.length === 0 ? undefined : Math.max(...plausible);
};

const diskFreeOf = async (folder: string): Promise<number | undefined> => {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
};

const keyOf = ({ pid, startTicks }: Pick<ProcessUse, 'pid' | 'startTicks'>): string => `${pid}/${startTicks}`;

export const createMeasuring = (options: MeasureOptions): Measuring => {
  const { folder, clock, pid = process.pid, proc = '/proc', sys = '/sys', counted } = options;
  let before: ReadonlyMap<string, ProcessUse> | undefined;
  let own: CountedProcess | undefined = counted;
  /** Processor time since the first measurement, oldest first; the first of them is a minute old. */
  const times: { readonly at: Duration; readonly cpuSeconds: number }[] = [];

  const cpuCoresOf = (processes: readonly ProcessUse[]): number | undefined => {
    const used = processes.reduce((sum, { cpuSeconds, ...use }) => {
      const earlier = before?.get(keyOf(use))?.cpuSeconds;
      return sum + cpuSeconds - (earlier ?? (before === undefined ? cpuSeconds : 0));
    }, 0);
    const at = clock.steady();
    times.push({ at, cpuSeconds: (times.at(-1)?.cpuSeconds ?? 0) + used });
    while (times.length > 2 && at - (times[1]?.at ?? at) >= meanOver) times.shift();
    const [first] = times;
    const last = times.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    return (last.cpuSeconds - first.cpuSeconds) / ((last.at - first.at) / 1000);
  };

  const writtenOf = (processes: readonly ProcessUse[]): number | undefined => {
    if (processes.every(({ writtenBytes }) => writtenBytes === undefined)) return undefined;
    return processes.reduce((sum, use) => {
      if (use.writtenBytes === undefined) return sum;
      const restored = counted !== undefined && keyOf(use) === keyOf(counted) ? counted.writtenBytes : 0;
      const earlier = before?.get(keyOf(use))?.writtenBytes ?? (before === undefined ? restored : 0);
      // Less where something was deleted before it got to the disk.
      return sum + use.writtenBytes - earlier;
    }, 0);
  };

  return {
    measure: async () => {
      const processes = processesBelow(proc, pid);
      const temperatureCelsius = temperatureOf(sys);
      const diskFreeBytes = await diskFreeOf(folder);
      const rest = {
        ...(temperatureCelsius !== undefined && { temperatureCelsius }),
        ...(diskFreeBytes !== undefined && { diskFreeBytes }),
      };
      if (processes.length === 0) return rest;
      const cpuCores = cpuCoresOf(processes);
      const writtenBytes = writtenOf(processes);
      const root = processes.find(use => use.pid === pid);
      if (root?.writtenBytes !== undefined) {
        own = { pid, startTicks: root.startTicks, writtenBytes: root.writtenBytes };
      }
      before = new Map(processes.map(use => [keyOf(use), use]));
      return {
        memoryBytes: processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
        ...(cpuCores !== undefined && { cpuCores }),
        ...(writtenBytes !== undefined && { writtenBytes }),
        ...rest,
      };
    },
    counted: () => own,
  };
};
