/**
 * A line to devices that speak when they are asked: a serial port, or a serial server behind TCP. It has one owner in
 * this process, however many devices are on it (RS-485, SDI-12): they take turns, in the order in which they asked.
 */
import { z } from 'zod';
import { onAbort } from '../../core/abort.ts';
import type { Chunk } from '../../core/chunk.ts';
import type { Context, SerialDefaults } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import { concat } from '../../core/framing.ts';
import type { Duration } from '../../core/time.ts';
import { openSerial, serialConfig, type Write } from './serial.ts';
import { openTcpClient, tcpClientConfig } from './tcp.ts';

/** How the device speaks on a serial line by default. */
export const lineConnection = (defaults: SerialDefaults) =>
  z
    .discriminatedUnion('transport', [tcpClientConfig, serialConfig(defaults)])
    .describe('How the device is connected. Devices on one line name the same connection.');
export type LineConfig = z.output<ReturnType<typeof lineConnection>>;

/** An answer is looked for in so many bytes; a device that says more without one is noise. */
const longestAnswer = 4096;

type Needs = Pick<Context, 'signal' | 'clock' | 'count'>;

export interface Talk {
  /**
   * Sends `request` (nothing when it is empty) and waits for what `answerIn` finds in the bytes that came since.
   * Undefined when nothing was found `within` that time. Rejects when the line is lost.
   */
  ask<T>(request: Uint8Array, answerIn: (bytes: Uint8Array) => T | undefined, within: Duration): Promise<T | undefined>;
}

export interface Line extends AsyncDisposable {
  /** Has the line to itself while `work` lasts. Rejects when the line is lost or this user was aborted. */
  turn<T>(work: (talk: Talk) => Promise<T>): Promise<T>;
}

interface Shared {
  readonly config: LineConfig;
  readonly closing: AbortController;
  readonly opened: Promise<Write>;
  /** Rejects when the line is lost. */
  readonly lost: Promise<never>;
  readonly ended: Promise<void>;
  listener: ((chunk: Chunk) => void) | undefined;
  /** Settles when the last turn asked for is over. */
  last: Promise<unknown>;
  users: number;
}

/** By what it is that only one can have: the port, or the place. */
const lines = new Map<string, Shared>();
/** Lines that nobody uses any more, until their port is free again. */
const closings = new Map<string, Promise<void>>();

export const placeOf = (config: LineConfig): string =>
  config.transport === 'serial' ? config.path : `${config.host}:${config.port}`;

const isSame = (a: LineConfig, b: LineConfig): boolean => JSON.stringify(a) === JSON.stringify(b);

const begin = (config: LineConfig, { clock, count }: Needs): Shared => {
  const closing = new AbortController();
  const opened = Promise.withResolvers<Write>();
  const lost = Promise.withResolvers<never>();
  const context = { signal: closing.signal, clock, count };
  const chunks =
    config.transport === 'serial'
      ? openSerial(config, context, opened.resolve)
      : openTcpClient(config, context, opened.resolve);
  const fail = (failure: unknown): void => {
    opened.reject(failure);
    lost.reject(failure);
    if (lines.get(placeOf(config)) === shared) lines.delete(placeOf(config));
  };
  const pump = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) shared.listener?.(chunk);
      fail(new GatewayError('unreachable', `the line ${placeOf(config)} was closed`));
    } catch (failure) {
      fail(failure);
    }
  };
  // Whoever waits for an answer hears of it; where nobody waits, the next one who asks does.
  opened.promise.catch(() => {});
  lost.promise.catch(() => {});
  const shared: Shared = {
    config,
    closing,
    opened: opened.promise,
    lost: lost.promise,
    ended: Promise.resolve(),
    listener: undefined,
    last: Promise.resolve(),
    users: 0,
  };
  return Object.assign(shared, { ended: pump() });
};

const talkOver = (shared: Shared, write: Write, stopped: Promise<never>, count: Context['count']): Talk => ({
  ask: async <T>(request: Uint8Array, answerIn: (bytes: Uint8Array) => T | undefined, within: Duration) => {
    const found = Promise.withResolvers<T | undefined>();
    let bytes: Uint8Array = new Uint8Array(0);
    shared.listener = chunk => {
      bytes = concat(bytes, chunk.bytes);
      const answer = answerIn(bytes);
      if (answer !== undefined) found.resolve(answer);
      else if (bytes.length > longestAnswer) {
        count('malformed.noise');
        bytes = bytes.slice(-longestAnswer / 2);
      }
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      if (request.length > 0) await Promise.race([write(request), shared.lost, stopped]);
      timer = setTimeout(() => found.resolve(undefined), within);
      return await Promise.race([found.promise, shared.lost, stopped]);
    } finally {
      clearTimeout(timer);
      shared.listener = undefined;
    }
  },
});

/**
 * Joins the line of `config`, and opens it when nobody has it. Throws what its transport throws, and `config` when
 * another device speaks on the same line in another way.
 */
export const openLine = async (config: LineConfig, context: Needs): Promise<Line> => {
  const place = placeOf(config);
  while (closings.has(place)) await closings.get(place);
  let shared = lines.get(place);
  if (shared !== undefined && !isSame(shared.config, config))
    throw new GatewayError('config', `another device on ${place} has other settings of the line`, {
      advice: 'Write the same connection for all devices on one line: speed, data bits, parity and stop bits.',
    });
  if (shared === undefined) {
    shared = begin(config, context);
    lines.set(place, shared);
  }
  const joined = shared;
  joined.users++;

  const leaving = Promise.withResolvers<never>();
  leaving.promise.catch(() => {
    // Who asks hears of it.
  });
  let isLeft = false;
  const leave = async (): Promise<void> => {
    if (isLeft) return;
    isLeft = true;
    leaving.reject(new GatewayError('unreachable', `${place} is not asked any more`));
    if (--joined.users > 0) return;
    if (lines.get(place) === joined) lines.delete(place);
    joined.closing.abort();
    closings.set(place, joined.ended);
    await joined.ended;
    closings.delete(place);
  };
  const aborting = onAbort(context.signal, () => void leave());
  try {
    const write = await Promise.race([joined.opened, leaving.promise]);
    const talk = talkOver(joined, write, leaving.promise, context.count);
    return {
      turn: async work => {
        const { promise: over, resolve } = Promise.withResolvers<void>();
        const before = joined.last;
        joined.last = Promise.all([before, over]);
        try {
          await Promise.race([before, leaving.promise]);
          return await work(talk);
        } finally {
          resolve();
        }
      },
      [Symbol.asyncDispose]: async () => {
        aborting[Symbol.dispose]();
        await leave();
      },
    };
  } catch (failure) {
    await leave();
    throw failure;
  }
};
