/**
 * The gateway's side of the vision process: it looks like ordinary devices. One process for all cameras, started with
 * the first of them and again after it died; whoever was open then gets `unreachable`, and the supervisor tries again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onAbort, sleep } from '../../core/abort.ts';
import type { Batch } from '../../core/batch.ts';
import { clip, snapshot } from '../../core/device-commands.ts';
import type { Context, Device } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { secret } from '../../core/fields.ts';
import type { Log } from '../../core/log.ts';
import type { Observation } from '../../core/observation.ts';
import { BoundedQueue } from '../../core/queue.ts';
import { type Clock, type Instant, seconds, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { detectSchema } from '../../pipelines/detect/config.ts';
import { masksSchema } from '../../pipelines/detect/masks.ts';
import type { OrderedThresholds } from '../../pipelines/detect/thresholds.ts';
import { fromChildSchema, fromWireError, fullPace, type Pace, type ToChild, window } from './messages.ts';
import { createParentCommands, type ParentCommands } from './parent-commands.ts';
import type { KeptViews } from './views.ts';

export interface VisionOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Where pictures are written, and whose they are; without it none are made. */
  readonly media?: { readonly folder: string; readonly city: string; readonly gateway: string };
  /** What the cameras look at; without it each process learns that anew. */
  readonly views?: KeptViews;
  /** Resident memory at which the process is ended and started afresh. */
  readonly ceilingBytes?: number;
}

export interface Vision extends AsyncDisposable {
  /**
   * A camera as an ordinary device: `detect` and `masks` as they stand in the file. Throws ZodError when one of the
   * configurations does not fit its schema.
   */
  device(id: string, driverName: string, config: unknown, detect: unknown, masks?: unknown): Device<Observation>;
  /** From now on, and for every connection to come; `undefined`: as configured. */
  setThresholds(id: string, thresholds: OrderedThresholds | undefined): void;
  /** From now on, for all cameras. */
  setPace(pace: Pace): void;
  /** Ends the process; whoever is open gets `unreachable`, and the next attempt starts another one. */
  startAfresh(): void;
  /** Process id while it runs. */
  readonly pid: number | undefined;
}

/**
 * Most of what a picture makes is dead before the next one. A nursery as large as V8 would have it by itself (3 × 16 MiB), and
 * a heap that may grow by several times what lives in it before it is collected, were 60 MiB for eight cameras.
 */
const nodeOptions = ['--max-semi-space-size=2', '--heap-growing-percent=50'];
/** onnxruntime, a model, sharp and the pictures of some twenty cameras stay well below. */
const usualCeilingBytes = 1_200_000_000;
/** How long a closed device may take to end its decoder before its iterable ends without it. */
const closesWithin = seconds(0.8);
const stopsWithin = seconds(3);
const maximumComplaints = 2000;

interface Session {
  readonly queue: BoundedQueue<Batch<Observation>>;
  readonly context: Context;
  readonly end: () => void;
  readonly device: string;
  readonly commands: ParentCommands;
}

interface Child {
  readonly process: ChildProcess;
  readonly epoch: Instant;
  readonly sessions: Map<number, Session>;
  send(message: ToChild): void;
}

/** Every secret that a configuration names, revealed. */
const secretsOf = (config: unknown, reveal: Context['reveal']): Record<string, string> => {
  const found: Record<string, string> = {};
  const visit = (value: unknown): void => {
    if (typeof value === 'string') {
      const named = secret().safeParse(value);
      if (named.success) found[`${named.data.from}:${named.data.name}`] = reveal(named.data);
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(config);
  return found;
};

export const openVision = ({
  log,
  clock = systemClock,
  media,
  views,
  ceilingBytes = usualCeilingBytes,
}: VisionOptions): Vision => {
  let current: Child | undefined;
  let lastEpoch: Instant = 0;
  let sessionCount = 0;
  let closed = false;
  const thresholds = new Map<string, OrderedThresholds>();
  let pace = fullPace;

  const receive = (child: Child, raw: unknown): void => {
    const parsed = fromChildSchema.safeParse(raw);
    if (!parsed.success) {
      log.error('the vision process said something that is no message', {
        problem: parsed.error.message.slice(0, 500),
      });
      child.process.kill('SIGKILL');
      return;
    }
    const message = parsed.data;
    if (message.kind === 'memory') {
      if (message.residentBytes <= ceilingBytes) return;
      log.warn('the vision process is started afresh because of its memory', {
        residentBytes: message.residentBytes,
        ceilingBytes,
      });
      child.process.kill('SIGKILL');
      return;
    }
    if (message.kind === 'view') {
      views?.keep(message.device, message.view);
      return;
    }
    const session = child.sessions.get(message.session);
    if (session === undefined) return;
    switch (message.kind) {
      case 'batch':
        if (!session.queue.offer({ items: message.items })) session.context.count('dropped.no-room');
        break;
      case 'count':
        session.context.count(message.reason, message.by);
        break;
      case 'log':
        session.context.log[message.level](message.message, message.fields);
        break;
      case 'offered':
        session.commands.offered(message.name);
        break;
      case 'withdrawn':
        session.commands.withdrawn(message.name);
        break;
      case 'answer':
        session.commands.answered(message);
        break;
      case 'ended':
        if (message.error === undefined) session.queue.close();
        else session.queue.fail(fromWireError(message.error));
        session.commands[Symbol.dispose]();
        session.end();
        break;
    }
  };

  const startChild = (): Child => {
    const program = path.join(
      path.dirname(fileURLToPath(import.meta.url)),
      `child${path.extname(fileURLToPath(import.meta.url))}`,
    );
    const started = fork(program, [], { execArgv: nodeOptions, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    // Identities are dated to the second: two processes never share one.
    lastEpoch = Math.max(clock.now(), lastEpoch + seconds(1));
    const child: Child = {
      process: started,
      epoch: lastEpoch,
      sessions: new Map(),
      send: message => {
        if (started.connected) started.send(message, () => {});
      },
    };
    let complaints = '';
    started.stderr?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-maximumComplaints);
    });
    child.send({ kind: 'pace', ...pace });
    started.on('message', raw => receive(child, raw));
    const ended = (how: string): void => {
      if (current === child) current = undefined;
      if (!closed) log.error('the vision process ended', { how, complaints });
      for (const { queue, commands, end } of child.sessions.values()) {
        commands[Symbol.dispose]();
        queue.fail(new GatewayError('unreachable', `the vision process ended (${how})`));
        end();
      }
      child.sessions.clear();
    };
    started.on('error', failure => ended(failure.message));
    started.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    return child;
  };

  async function* openDevice(
    id: string,
    driver: string,
    config: unknown,
    detect: unknown,
    masks: unknown,
    context: Context,
  ): AsyncGenerator<Batch<Observation>, void> {
    const { signal } = context;
    if (signal.aborted) return;
    if (closed) throw new GatewayError('unreachable', 'the vision process is stopped');
    const secrets = secretsOf(config, context.reveal);
    current ??= startChild();
    const child = current;
    const session = ++sessionCount;
    const queue = new BoundedQueue<Batch<Observation>>({ capacity: window, overflow: 'block' });
    using commands = createParentCommands(session, child.send, context.commands);
    const ended = new Promise<void>(resolve => {
      child.sessions.set(session, { queue, context, device: id, commands, end: resolve });
    });
    const ordered = thresholds.get(id);
    const view = views?.of(id);
    child.send({
      ...{ kind: 'open', session, device: id, driver, config, detect, masks, secrets, epoch: child.epoch },
      ...(media !== undefined && { media }),
      ...(ordered !== undefined && { thresholds: ordered }),
      ...(view !== undefined && { view }),
    });
    using _ = onAbort(signal, () => queue.close());
    try {
      for await (const batch of queue) {
        if (signal.aborted) return;
        yield batch;
        child.send({ kind: 'taken', session });
      }
    } finally {
      if (child.sessions.has(session) && current === child) {
        child.send({ kind: 'close', session });
        const late = new AbortController();
        await Promise.race([ended, sleep(closesWithin, late.signal)]);
        late.abort();
      }
      child.sessions.delete(session);
    }
  }

  return {
    device: (id, driverName, config, detect, masks = []) => {
      const driver = drivers.find(({ name }) => name === driverName);
      if (driver?.host !== 'vision') throw new GatewayError('defect', `${driverName} is no driver of cameras`);
      const { silence, commands, knock } = driver.bind(id, config);
      detectSchema.parse(detect);
      masksSchema.parse(masks);
      return {
        id,
        silence,
        open: context => openDevice(id, driverName, config, detect, masks, context),
        createDecoder: () => undefined,
        commands: [snapshot.name, clip.name, ...commands],
        ...(knock !== undefined && { knock }),
      };
    },
    setThresholds: (id, ordered) => {
      if (ordered === undefined) thresholds.delete(id);
      else thresholds.set(id, ordered);
      for (const [session, { device }] of current?.sessions ?? [])
        if (device === id) current?.send({ kind: 'thresholds', session, thresholds: ordered ?? { labels: {} } });
    },
    setPace: next => {
      pace = next;
      current?.send({ kind: 'pace', ...pace });
    },
    startAfresh: () => {
      current?.process.kill('SIGKILL');
    },
    get pid() {
      return current?.process.pid;
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      const child = current;
      if (child === undefined) return;
      const exited = once(child.process, 'exit');
      child.send({ kind: 'stop' });
      const timer = setTimeout(() => child.process.kill('SIGKILL'), stopsWithin);
      await exited;
      clearTimeout(timer);
    },
  };
};
