/**
 * The station's files for the authority: one loop makes a file of five minutes' means (`keeper.ts`), another sends the
 * files in their order. A server that is away keeps nothing in the outbox: what waits for it are files (`spool.ts`).
 */
import path from 'node:path';
import { sleep } from '../../core/abort.ts';
import { backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import { type ErrorKind, GatewayError, systemCode, toGatewayError } from '../../core/errors.ts';
import type { RunningSink, SinkHost, SinkReport } from '../../core/sink.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { createBell } from './bell.ts';
import type { Circular10Config } from './config.ts';
import { addressOf, deliver, folderFor, openPlace } from './delivery.ts';
import type { Keeper } from './keeper.ts';
import { stampIn } from './text.ts';

export interface Circular10Options extends SinkHost {
  readonly config: Circular10Config;
  /** By their path in the configuration: `delivery.password`. */
  readonly secrets: Readonly<Record<string, string>>;
}

const lookEvery: Duration = seconds(1);
/** Files come back to the spool from outside: `haidang circular-10 resend`. */
const listEvery: Duration = seconds(5);
/** What a person must mend is asked for slowly, so as not to lock an account. */
const slowKinds: ReadonlySet<ErrorKind> = new Set(['denied', 'config', 'unsupported']);

const spoolMeanings: Readonly<Record<string, readonly [kind: ErrorKind, advice: string]>> = {
  ENOSPC: ['exhausted', 'Make room on its disk: values wait in the outbox meanwhile.'],
  EDQUOT: ['exhausted', 'Make room on its disk: values wait in the outbox meanwhile.'],
  EACCES: ['config', 'Give it to the user of the gateway (chown -R).'],
  EPERM: ['config', 'Give it to the user of the gateway (chown -R).'],
  EROFS: ['config', 'Mount its disk for writing.'],
};

/** Below the folder of the outbox. */
export const spoolFolder = (storage: string, sink: string): string => path.join(storage, 'circular-10', sink);

/** What failed at the files of this gateway, not at the authority's server. */
const toSpoolError = (folder: string, cause: unknown): GatewayError => {
  const code = systemCode(cause);
  const [kind, advice] = spoolMeanings[code ?? ''] ?? ['damaged', 'Check its disk.'];
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new GatewayError(kind, `the files in ${folder} cannot be read or written: ${reason}`, { advice, cause });
};

export const openCircular10 = (options: Circular10Options): RunningSink => {
  const { config, secrets, storage, feed, now, onConnected, onLost } = options;
  const folder = spoolFolder(storage, config.name);
  const controller = new AbortController();
  const { signal } = controller;
  const keeperBell = createBell(signal);
  const senderBell = createBell(signal);
  let keeper: Keeper | undefined;
  let state: SinkReport['state'] = 'connecting';
  let since = now();
  let delivered = 0;
  let lastDelivery: Instant | undefined;
  let sendError: GatewayError | undefined;
  let spoolError: GatewayError | undefined;
  let nextRetry: Instant | undefined;
  let waiting: readonly string[] = [];
  let isSending = false;

  const become = (next: SinkReport['state']): void => {
    if (state !== next) since = now();
    state = next;
  };

  const keepFiles = async (): Promise<void> => {
    // What only such a station needs costs the others no memory.
    const { openKeeper } = await import('./keeper.ts');
    feed.begin('all');
    while (!signal.aborted) {
      try {
        const opened = keeper ?? (await openKeeper({ ...options, folder, signal }));
        if ((await opened.work()) || keeper === undefined) senderBell.ring();
        keeper = opened;
        spoolError = undefined;
      } catch (thrown) {
        spoolError = toSpoolError(folder, thrown);
      }
      await keeperBell.heard(lookEvery);
    }
  };

  /** Sends what waits, the oldest first; rejects at the first that does not go. */
  const send = async ({ spool }: Keeper): Promise<void> => {
    const place = await openPlace(config.delivery, { secrets, now, signal });
    try {
      for (const name of waiting) {
        const text = await spool.read(name);
        // Grown too old meanwhile.
        if (text === undefined) continue;
        if (signal.aborted) return;
        await deliver(place, folderFor(config.delivery, stampIn(name) ?? ''), name, Buffer.from(text));
        await spool.sent(name);
        delivered++;
        lastDelivery = now();
      }
    } finally {
      place.close();
    }
  };

  const sendFiles = async (): Promise<void> => {
    let slowly = backoff(deniedBackoff);
    let usually = backoff(unreachableBackoff);
    let isLost = true;
    let isFirst = true;

    const succeeded = (): void => {
      sendError = undefined;
      nextRetry = undefined;
      slowly = backoff(deniedBackoff);
      usually = backoff(unreachableBackoff);
      become('connected');
      if (isLost) onConnected();
      isLost = false;
    };
    /** Gives how long to wait. */
    const failed = (thrown: unknown): Duration => {
      const failure = toGatewayError(thrown);
      const error = failure.kind === 'defect' ? toSpoolError(folder, thrown) : failure;
      sendError = error;
      become('waiting');
      if (!isLost || isFirst) onLost(error);
      isLost = true;
      isFirst = false;
      const pause = (slowKinds.has(error.kind) ? slowly : usually).next().value;
      nextRetry = now() + pause;
      return pause;
    };

    while (!signal.aborted) {
      try {
        waiting = (await keeper?.spool.waiting()) ?? [];
        // Without a file it connects too, until that went well once: a wrong password is known before it is needed.
        if (keeper === undefined || (waiting.length === 0 && !isLost)) {
          await senderBell.heard(keeper === undefined ? lookEvery : listEvery);
          continue;
        }
        isSending = true;
        await send(keeper);
        succeeded();
      } catch (thrown) {
        if (!signal.aborted) await sleep(failed(thrown), signal);
      } finally {
        isSending = false;
      }
    }
  };

  const running = Promise.all([keepFiles(), sendFiles()]);

  const warnings = (): readonly string[] => {
    const [oldest] = waiting;
    const isStuck = oldest !== undefined && state !== 'connected';
    return [
      ...(isStuck ? [`files that wait: ${waiting.length}, the oldest is ${oldest}`] : []),
      ...(spoolError !== undefined && sendError !== undefined ? [spoolError.message] : []),
      ...(keeper?.warnings() ?? []),
    ];
  };

  return {
    wake: () => keeperBell.ring(),
    report: () => {
      const error = sendError ?? spoolError;
      return {
        state,
        since,
        address: addressOf(config.delivery),
        delivered,
        ...(lastDelivery !== undefined && { lastDelivery }),
        ...(error !== undefined && { error }),
        ...(nextRetry !== undefined && { nextRetry }),
        warnings: warnings(),
      };
    },
    isIdle: () => !isSending && waiting.length === 0,
    stop: async () => {
      controller.abort();
      await running;
      become('stopped');
    },
  };
};
