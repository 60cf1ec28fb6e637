/**
 * The one retry loop and the one silence watchdog of the gateway. A driver is opened, read, and opened again; what an
 * error means for it stands in one table (design §2).
 */
import { onAbort, sleep } from '../../core/abort.ts';
import { type BackoffOptions, backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import type { Batch } from '../../core/batch.ts';
import type { Context, Device } from '../../core/driver.ts';
import { type ErrorKind, GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Observation } from '../../core/observation.ts';
import type { DeviceProfile } from '../../core/site.ts';
import { type Duration, formatDuration, type Instant, minutes, seconds } from '../../core/time.ts';
import { createCounters } from './counters.ts';
import { describeObservation, mostTelling } from './describe.ts';
import type { DeviceState, DeviceStatus } from './status.ts';

/** What becomes of a device after an error, by the error's kind. Without a backoff it is not opened again. */
const reactions: Readonly<Record<ErrorKind, { readonly state: DeviceState; readonly backoff?: BackoffOptions }>> = {
  config: { state: 'parked' },
  unsupported: { state: 'parked' },
  denied: { state: 'waiting', backoff: deniedBackoff },
  unreachable: { state: 'waiting', backoff: unreachableBackoff },
  protocol: { state: 'waiting', backoff: unreachableBackoff },
  exhausted: { state: 'waiting', backoff: unreachableBackoff },
  damaged: { state: 'waiting', backoff: unreachableBackoff },
  defect: { state: 'stopped' },
};

/** A device that does not end within this time after it was aborted is left alone and not opened again. */
const closingTime = seconds(5);

/** The same failure of a device is logged once in this time. */
const saidAgainAfter = minutes(10);

export interface SupervisorOptions {
  readonly profile: DeviceProfile;
  readonly device: Device<Observation>;
  /** After this time without a batch the device counts as unreachable. */
  readonly silence: Duration;
  readonly context: Omit<Context, 'signal' | 'count'>;
  /** Takes a batch into the pipelines; resolves when there is room for the next one. */
  readonly accept: (device: string, batch: Batch<Observation>) => Promise<void>;
  /** Told of every failed attempt and of every first batch after one. */
  readonly onFailure: (error: GatewayError, since: Instant) => void;
  readonly onBatch: () => void;
  readonly random?: () => number;
}

export interface Supervised extends AsyncDisposable {
  status(): DeviceStatus;
}

type Ending = { readonly kind: 'finished' } | { readonly kind: 'failed'; readonly error: GatewayError };

/** Starts to read the device at once. Disposing of it ends the connection and waits for that. */
export const superviseDevice = (options: SupervisorOptions): Supervised => {
  const { profile, device, context } = options;
  const { clock, log } = context;
  const stop = new AbortController();
  const counters = createCounters();
  let state: DeviceState = 'connecting';
  let since = clock.now();
  let observations = 0;
  let last: { readonly time: Instant; readonly observation: Observation } | undefined;
  let error: GatewayError | undefined;
  let nextRetry: Instant | undefined;

  const enter = (next: DeviceState): void => {
    if (state !== next) since = clock.now();
    state = next;
    nextRetry = undefined;
  };
  const take = async (batch: Batch<Observation>): Promise<void> => {
    const newest = mostTelling(batch.items);
    if (newest !== undefined) last = { time: newest.time, observation: newest };
    observations += batch.items.length;
    if (state !== 'running') {
      if (error !== undefined) log.info('the device is back', { observations: batch.items.length });
      else log.info('the device speaks');
      enter('running');
      error = undefined;
    }
    options.onBatch();
    await options.accept(profile.id, batch);
  };

  /** One connection, from `open` to its end. `onFirst` is called with its first batch. */
  const connect = async (onFirst: () => void): Promise<Ending> => {
    const connection = new AbortController();
    using _ = onAbort(stop.signal, () => connection.abort());
    using watchdog = watchSilence(options.silence, () => connection.abort());
    let abandoned = false;
    const read = async (): Promise<void> => {
      for await (const batch of device.open({ ...context, signal: connection.signal, count: counters.count })) {
        if (abandoned) return;
        watchdog.pause();
        onFirst();
        await take(batch);
        watchdog.resume();
      }
    };
    const reading = read().then(
      (): Ending => ({ kind: 'finished' }),
      (thrown: unknown): Ending => ({ kind: 'failed', error: toGatewayError(thrown) }),
    );
    const ending = await Promise.race([reading, tooLate(connection.signal, reading)]);
    abandoned = ending === 'late';
    if (ending === 'late') {
      const message = `the driver did not close within ${formatDuration(closingTime)}`;
      return { kind: 'failed', error: new GatewayError('defect', message) };
    }
    if (watchdog.isSilent() && !stop.signal.aborted) {
      const advice =
        'Check that the device is powered and connected; "silence" in its configuration is how long it may say nothing.';
      const message = `no word for ${formatDuration(options.silence)}`;
      return { kind: 'failed', error: new GatewayError('unreachable', message, { advice }) };
    }
    return ending;
  };

  const run = async (): Promise<void> => {
    let waits: { readonly of: BackoffOptions; readonly schedule: Iterator<Duration> } | undefined;
    let failingSince: Instant | undefined;
    let said: { readonly message: string; readonly at: Instant } | undefined;
    while (!stop.signal.aborted) {
      enter('connecting');
      const ending = await connect(() => {
        waits = undefined;
        failingSince = undefined;
        said = undefined;
      });
      if (ending.kind === 'finished' || stop.signal.aborted) break;
      error = ending.error;
      failingSince ??= clock.now();
      const reaction = reactions[error.kind];
      const { kind, message, advice } = error;
      options.onFailure(error, failingSince);
      enter(reaction.state);
      if (reaction.backoff === undefined) {
        log.error('the device is not read any more', { kind, reason: message, advice, state });
        return;
      }
      if (waits?.of !== reaction.backoff) {
        const random = options.random === undefined ? {} : { random: options.random };
        waits = { of: reaction.backoff, schedule: backoff({ ...reaction.backoff, ...random }) };
      }
      const wait: Duration = waits.schedule.next().value;
      nextRetry = clock.now() + wait;
      // A device that is away for weeks tells the same story every minute.
      if (said?.message !== message || clock.now() - said.at >= saidAgainAfter) {
        log.warn('the device cannot be read', { kind, reason: message, advice, retryInMs: wait });
        said = { message, at: clock.now() };
      }
      await sleep(wait, stop.signal);
    }
    enter('stopped');
  };

  const running = run().catch((thrown: unknown) => {
    error = toGatewayError(thrown);
    enter('stopped');
    log.error('reading the device broke', { kind: error.kind, reason: error.message });
  });

  return {
    status: () => ({
      id: profile.id,
      name: profile.name,
      driver: profile.driver,
      service: profile.service,
      state,
      since,
      observations,
      ...(last !== undefined && { last: { time: last.time, text: describeObservation(last.observation) } }),
      ...(error !== undefined && {
        error: {
          kind: error.kind,
          message: error.message,
          ...(error.advice !== undefined && { advice: error.advice }),
        },
      }),
      ...(nextRetry !== undefined && { nextRetry }),
      counts: counters.values(),
    }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
};

interface Watchdog extends Disposable {
  /** While the gateway itself is busy with a batch the device is not to blame. */
  pause(): void;
  resume(): void;
  isSilent(): boolean;
}

/** Measured by a monotonic clock: setting the time of day makes no device silent. */
const watchSilence = (silence: Duration, onSilence: () => void): Watchdog => {
  let waitingSince: number | undefined = performance.now();
  let silent = false;
  let timer: NodeJS.Timeout;
  const look = (): void => {
    const waited = waitingSince === undefined ? 0 : performance.now() - waitingSince;
    if (waited < silence) {
      timer = setTimeout(look, silence - waited);
      return;
    }
    silent = true;
    onSilence();
  };
  timer = setTimeout(look, silence);
  return {
    pause: () => {
      waitingSince = undefined;
    },
    resume: () => {
      waitingSince = performance.now();
    },
    isSilent: () => silent,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
};

/** Resolves when `reading` has not ended within the closing time after `signal` aborted. */
const tooLate = (signal: AbortSignal, reading: Promise<unknown>): Promise<'late'> =>
  new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      timer = setTimeout(() => resolve('late'), closingTime);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
    void reading.then(() => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    });
  });
