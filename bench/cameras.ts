/** Simulated cameras before a real vision process, and what that process and its decoders take of the machine. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Context } from '../core/driver.ts';
import type { Fault, RunningSimulator } from '../core/simulator.ts';
import { systemClock } from '../core/time.ts';
import { openVision } from '../gateway/vision/open.ts';
import { simulator } from '../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../simulators/world/create.ts';
import { createContext, recordedLog } from '../tests/drivers/support/context.ts';
import { until } from '../tests/support/resources.ts';

// As `bin/haidang.mjs` starts a gateway, and with it the vision process: without it glibc keeps an arena for each thread.
process.env['MALLOC_ARENA_MAX'] = '2';

/** A process and all below it, as long as they live. */
const family = (pid: number): readonly number[] => {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return [pid, ...children.flatMap(family)];
  } catch {
    return [];
  }
};

/** What a file of /proc has of a process in kB, in MiB (proc(5)); 0 of one that ended. */
const megabytesOf = (pid: number, file: 'smaps_rollup' | 'status', field: RegExp): number => {
  try {
    const [, kilobytes = '0'] = field.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8')) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
};

/** Memory of a process alone, and its share of what several use. */
const proportionalMegabytes = (pid: number): number => megabytesOf(pid, 'smaps_rollup', /^Pss:\s+(\d+) kB$/m);
/** All that is resident of a process: what others do does not change it. */
const residentMegabytes = (pid: number): number => megabytesOf(pid, 'status', /^VmRSS:\s+(\d+) kB$/m);

/** Of a process and its ended children, seconds (proc(5), stat); 0 of one that ended. */
const cpuSecondsOf = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    const ticksPerSecond = 100;
    return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / ticksPerSecond;
  } catch {
    return 0;
  }
};

/** Of a process and all below it, as long as they live. */
export const usedBy = (
  pid: number | undefined,
): { readonly megabytes: () => number; readonly cpuSeconds: () => number } => {
  const sumOf = (measure: (each: number) => number) => () =>
    pid === undefined ? 0 : family(pid).reduce((sum, each) => sum + measure(each), 0);
  return { megabytes: sumOf(proportionalMegabytes), cpuSeconds: sumOf(cpuSecondsOf) };
};

/** What is resident of the vision process and of each decoder below it, MiB. */
export interface VisionMemory {
  readonly vision: number;
  readonly decoders: readonly number[];
}

export interface Watched {
  /** Observations so far. */
  observations(): number;
  /** Pictures that were inferred so far: each of them is told, and so is what the camera says by itself. */
  inferences(): number;
  /** Pictures that gave way to newer ones, so far. */
  dropped(): number;
  /** Ends the connection, and begins another one. */
  reconnect(): Promise<void>;
}

export interface CameraSite extends AsyncDisposable {
  /** Reads the camera once more, or another one, as a device of its own; resolves when something was observed. */
  add(detect?: object, address?: SiteCamera['address']): Promise<Watched>;
  show(fault: Fault | undefined): void;
  /** Of the vision process and its decoders. */
  megabytes(): number;
  /** Resident, as it grows or does not; summed up, what several share would count several times. */
  memory(): VisionMemory;
  cpuSeconds(): number;
  startAfresh(): void;
}

/** A camera that plays already. */
export type SiteCamera = Pick<RunningSimulator, 'address' | 'show'> & AsyncDisposable;

export interface CameraSiteOptions {
  readonly width: number;
  readonly fps: number;
  readonly scene: 'street' | 'harbour';
}

/** A camera with a view of the world, or the one that is given, which it closes too. `pictures`: where those are kept. */
export const openCameraSite = async (
  options: CameraSiteOptions | SiteCamera,
  pictures?: string,
): Promise<CameraSite> => {
  await using stack = new AsyncDisposableStack();
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  const camera: SiteCamera = stack.use(
    'address' in options
      ? options
      : await simulator.start(options, {
          world: createWorld(7),
          clock: systemClock,
          log: recordedLog(),
          signal: stop.signal,
          random: () => 0.5,
        }),
  );
  const media = pictures === undefined ? {} : { media: { folder: pictures, city: 'hue', gateway: 'gw-1' } };
  const vision = stack.use(openVision({ log: recordedLog(), ...media }));
  const owned = stack.move();
  let devices = 0;
  const add: CameraSite['add'] = async (detect = { model: 'simulated-scenes', fps: 5 }, address = camera.address) => {
    const device = vision.device(`cam-${++devices}`, 'rtsp-camera', address, detect);
    let observations = 0;
    let inferences = 0;
    let droppedBefore = 0;
    let running: { readonly context: ReturnType<typeof createContext>; readonly ended: Promise<void> } | undefined;
    const read = async (context: Context): Promise<void> => {
      try {
        for await (const { items } of device.open(context)) {
          observations += items.length;
          inferences += items.filter(({ kind }) => kind === 'detections').length;
        }
      } catch {
        // The process was started afresh, or the camera is away; who reads it begins again.
      }
    };
    const begin = async (): Promise<void> => {
      const before = observations;
      while (!stop.signal.aborted) {
        const context = createContext();
        let hasEnded = false;
        const ended = read(context).then(() => {
          hasEnded = true;
        });
        running = { context, ended };
        await until('the camera is seen, or was not', () => observations > before || hasEnded, 300_000);
        if (!hasEnded) return;
        await new Promise(resolve => setTimeout(resolve, 200));
      }
    };
    const dropped = (): number => running?.context.counts.get('dropped.newer-frame') ?? 0;
    const end = async (): Promise<void> => {
      running?.context.abort();
      await running?.ended;
      droppedBefore += dropped();
      running = undefined;
    };
    owned.defer(end);
    await begin();
    return {
      observations: () => observations,
      inferences: () => inferences,
      dropped: () => droppedBefore + dropped(),
      reconnect: async () => {
        await end();
        await begin();
      },
    };
  };
  return {
    add,
    show: fault => camera.show(fault),
    megabytes: () => usedBy(vision.pid).megabytes(),
    memory: () => {
      const [pid, ...decoders] = vision.pid === undefined ? [] : family(vision.pid);
      return {
        vision: pid === undefined ? 0 : residentMegabytes(pid),
        decoders: decoders.map(residentMegabytes).filter(megabytes => megabytes > 0),
      };
    },
    cpuSeconds: () => usedBy(vision.pid).cpuSeconds(),
    startAfresh: () => vision.startAfresh(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
