/**
 * The one retry loop and the one silence watchdog of the gateway. A driver is opened, read, and opened again; what an
 * error means for it stands in one table (design §2).
 */
import { aborted, onAbort, sleep } from '../../core/abort.ts';
import { type BackoffOptions, backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import type { Batch } from '../../core/batch.ts';
import { type CommandOffers, createCommandOffers } from '../../core/command.ts';
import type { Context, Device } from '../../core/driver.ts';
import { type ErrorKind, GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Observation } from '../../core/observation.ts';
import type { DeviceProfile } from '../../core/site.ts';
import { type Duration, formatDuration, type Instant, minutes, seconds } from '../../core/time.ts';
import { createCounters } from './counters.ts';
import { describeObservation, mostTelling } from './describe.ts';
import { createLiveTracks, type LiveTracks } from './live-tracks.ts';
import { createReturnWatch } from './return-watch.ts';
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

/** Commands that one device does at the same time. */
const mostCommands = 8;

/** The same failure of a device is logged once in this time. */
const saidAgainAfter = minutes(10);

export interface SupervisorOptions {
  readonly profile: DeviceProfile;
  readonly device: Device<Observation>;
  /** After this time without a batch the device counts as unreachable. */
  readonly silence: Duration;
  readonly context: Omit<Context, 'signal' | 'count' | 'commands'>;
  /** Takes a batch into the pipelines; resolves when there is room for the next one. */
  readonly accept: (device: string, batch: Batch<Observation>) => Promise<void>;
  /** Told of every failed attempt, with how long they have failed, and of every first batch after one. */
  readonly onFailure: (error: GatewayError, lasting: Duration) => void;
  readonly onBatch: () => void;
  /** Looks for a better reason where a connection ended as unreachable and nothing was understood of the device. */
  readonly explain?: (signal: AbortSignal) => Promise<GatewayError | undefined>;
  readonly random?: () => number;
}

export interface Supervised extends AsyncDisposable {
  status(): DeviceStatus;
  /**
   * Orders something of the connected driver and resolves to its output. Throws `unsupported` when this device does not
   * do it, `unreachable` when it is not connected, its connection ends meanwhile or `signal` aborts, `exhausted` when it
   * is busy with others, and whatever the driver throws.
   */
  command(name: string, input: unknown, signal: AbortSignal): Promise<unknown>;
  /**
   * Ends the connection and opens it anew at once, also where the device waits, is parked or stopped. Resolves when it is
   * being opened. Throws `defect` when the driver does not let go of the connection before, `unreachable` when the
   * gateway stops.
   */
  restart(): Promise<void>;
}

type Ending =
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly error: GatewayError }
  /** Its driver did not close. Opened again, there would be two of them at one device. */
  | { readonly kind: 'hanging'; readonly error: GatewayError };

interface Connection {
  readonly signal: AbortSignal;
  readonly offers: CommandOffers;
  /** Commands under way. */
  busy: number;
}

/** Starts to read the device at once. Disposing of it ends the connection and waits for that. */
export const superviseDevice = (options: SupervisorOptions): Supervised => {
  const { profile, device, context } = options;
  const { clock, log } = context;
  const stop = new AbortController();
  const counters = createCounters();
  const returnWatch = device.knock && createReturnWatch(device.knock, options.random);
  let state: DeviceState = 'connecting';
  /** By the steady clock, as all that lasts; told by the clock as it is set when somebody asks. */
  let since = clock.steady();
  let observations = 0;
  let last: { readonly time: Instant; readonly observation: Observation } | undefined;
  let error: GatewayError | undefined;
  let nextRetry: Duration | undefined;
  let connected: Connection | undefined;
  let hanging: GatewayError | undefined;
  /** Aborts what the device is at now, so that it is opened anew. */
  let wake = new AbortController();
  let restarting: PromiseWithResolvers<void> | undefined;
  stop.signal.addEventListener('abort', () => wake.abort(), { once: true });

  /** Whoever waits for a restart, once. */
  const takeRestart = (): PromiseWithResolvers<void> | undefined => {
    const asked = restarting;
    restarting = undefined;
    return asked;
  };
  const renewWake = (): void => {
    wake = new AbortController();
    if (stop.signal.aborted) wake.abort();
  };
  const toInstant = (steady: Duration): Instant => Math.round(clock.now() - clock.steady() + steady);

  const enter = (next: DeviceState): void => {
    if (state !== next) since = clock.steady();
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
    returnWatch?.isHere();
    options.onBatch();
    await options.accept(profile.id, batch);
  };

  /** What was followed over the connection is followed under other names over the next one, if at all. */
  const endTracks = async (live: LiveTracks): Promise<void> => {
    const last = stop.signal.aborted ? undefined : live.interrupted();
    if (last === undefined) return;
    try {
      await options.accept(profile.id, { items: [last] });
    } catch (thrown) {
      const { kind, message } = toGatewayError(thrown);
      log.warn('the end of what was followed could not be told: it ends when it was not seen for long', {
        ...{ kind, reason: message },
      });
    }
  };

  /** One connection, from `open` to its end. `onFirst` is called with its first batch. */
  const connect = async (onFirst: () => void): Promise<Ending> => {
    const woken = wake.signal;
    const connection = new AbortController();
    using _ = onAbort(woken, () => connection.abort());
    using watchdog = watchSilence(options.silence, () => connection.abort());
    const offers = createCommandOffers();
    connected = { signal: connection.signal, offers, busy: 0 };
    const own: Context = { ...context, signal: connection.signal, count: counters.count, commands: offers };
    const live = createLiveTracks();
    let abandoned = false;
    const read = async (): Promise<void> => {
      for await (const batch of device.open(own)) {
        if (abandoned) return;
        watchdog.pause();
        onFirst();
        await take(batch);
        live.follow(batch.items);
        watchdog.resume();
      }
    };
    const reading = read().then(
      (): Ending => ({ kind: 'finished' }),
      (thrown: unknown): Ending => ({ kind: 'failed', error: toGatewayError(thrown) }),
    );
    const ending = await Promise.race([reading, tooLate(connection.signal, reading)]);
    connected = undefined;
    connection.abort();
    if (ending === 'late') {
      abandoned = true;
      hanging = new GatewayError('defect', `the driver did not close within ${formatDuration(closingTime)}`);
      void reading.then(() => {
        hanging = undefined;
      });
      return { kind: 'hanging', error: hanging };
    }
    await endTracks(live);
    if (watchdog.isSilent() && !woken.aborted) {
      const advice =
        'Check that the device is powered and connected; "silence" in its configuration is how long it may say nothing.';
      const message = `no word for ${formatDuration(options.silence)}`;
      return { kind: 'failed', error: new GatewayError('unreachable', message, { advice }) };
    }
    return ending;
  };

  const run = async (): Promise<void> => {
    let waits: { readonly of: BackoffOptions; readonly schedule: Iterator<Duration> } | undefined;
    /** By the steady clock. */
    let failingSince: Duration | undefined;
    let said: { readonly message: string; readonly at: Duration } | undefined;

    /** What becomes of the device after its connection ended; returns when it is to be opened again. */
    const react = async (ending: Ending): Promise<void> => {
      if (ending.kind === 'finished') {
        enter('stopped');
        return aborted(wake.signal);
      }
      error = ending.error;
      failingSince ??= clock.steady();
      const reaction = reactions[error.kind];
      const { kind, message, advice } = error;
      options.onFailure(error, clock.steady() - failingSince);
      enter(reaction.state);
      if (reaction.backoff === undefined) {
        log.error('the device is not read any more', { kind, reason: message, advice, state });
        return aborted(wake.signal);
      }
      if (waits?.of !== reaction.backoff) {
        const random = options.random === undefined ? {} : { random: options.random };
        waits = { of: reaction.backoff, schedule: backoff({ ...reaction.backoff, ...random }) };
      }
      const wait: Duration = waits.schedule.next().value;
      nextRetry = clock.steady() + wait;
      // A device that is away for weeks tells the same story every minute.
      if (said?.message !== message || clock.steady() - said.at >= saidAgainAfter) {
        log.warn('the device cannot be read', { kind, reason: message, advice, retryInMs: wait });
        said = { message, at: clock.steady() };
      }
      if (kind !== 'unreachable' || returnWatch === undefined) return sleep(wait, wake.signal);
      const over = new AbortController();
      using _ = onAbort(wake.signal, () => over.abort());
      const isBack = await Promise.race([
        returnWatch.returned(over.signal),
        sleep(wait, over.signal).then(() => false),
      ]);
      over.abort();
      // It may still be starting: the waits begin with the shortest one again.
      if (isBack) waits = undefined;
    };

    const explained = async (ending: Ending): Promise<Ending> => {
      if (ending.kind !== 'failed' || ending.error.kind !== 'unreachable') return ending;
      const better = await options.explain?.(wake.signal);
      return better === undefined ? ending : { kind: 'failed', error: better };
    };

    while (!stop.signal.aborted) {
      renewWake();
      enter('connecting');
      let isUnderstood = false;
      const connecting = connect(() => {
        isUnderstood = true;
        waits = undefined;
        failingSince = undefined;
        said = undefined;
      });
      // By now the driver was called.
      takeRestart()?.resolve();
      const ended = await connecting;
      const ending = isUnderstood ? ended : await explained(ended);
      if (stop.signal.aborted) break;
      if (ending.kind === 'hanging') {
        takeRestart()?.reject(ending.error);
        renewWake();
      }
      if (!wake.signal.aborted) await react(ending);
      // Who asks for a restart does not wait for as long as the attempts before made it.
      if (restarting !== undefined) waits = undefined;
    }
    enter('stopped');
  };

  const command: Supervised['command'] = async (name, input, signal) => {
    if (!device.commands.includes(name)) {
      throw new GatewayError('unsupported', `${profile.id} (${profile.driver}) has no ${name}`);
    }
    const connection = connected;
    if (connection === undefined || !connection.offers.isOffered(name)) {
      // A device that speaks has offered what it can do.
      if (state === 'running') throw new GatewayError('unsupported', `${profile.id} offers no ${name}`);
      const why = error === undefined ? 'it is being connected' : error.message;
      throw new GatewayError('unreachable', `${profile.id} is not connected: ${why}`, {
        ...(error?.advice !== undefined && { advice: error.advice }),
      });
    }
    if (connection.busy >= mostCommands) {
      throw new GatewayError('exhausted', `${profile.id} is busy with ${mostCommands} other commands`);
    }
    const ending = new AbortController();
    using _asked = onAbort(signal, () => ending.abort());
    using _connected = onAbort(connection.signal, () => ending.abort());
    connection.busy++;
    const doing = connection.offers.run(name, input, ending.signal).finally(() => {
      connection.busy--;
    });
    const endedEarly = aborted(ending.signal).then(() => {
      const why = connection.signal.aborted ? 'its connection ended meanwhile' : 'it did not answer in time';
      throw new GatewayError('unreachable', `${profile.id} did not do ${name}: ${why}`);
    });
    // The one that comes too late is of no interest.
    doing.catch(() => {});
    endedEarly.catch(() => {});
    return await Promise.race([doing, endedEarly]);
  };

  const restart = (): Promise<void> => {
    if (stop.signal.aborted) return Promise.reject(new GatewayError('unreachable', 'the gateway stops'));
    if (hanging !== undefined) return Promise.reject(hanging);
    log.info('the device is opened anew, as asked for');
    restarting ??= Promise.withResolvers();
    const { promise } = restarting;
    wake.abort();
    return promise;
  };

  const running = run().catch((thrown: unknown) => {
    error = toGatewayError(thrown);
    enter('stopped');
    log.error('reading the device broke', { kind: error.kind, reason: error.message });
  });
  void running.then(() => takeRestart()?.reject(new GatewayError('unreachable', 'the gateway stops')));

  return {
    status: () => ({
      id: profile.id,
      name: profile.name,
      driver: profile.driver,
      service: profile.service,
      state,
      since: toInstant(since),
      observations,
      ...(last !== undefined && { last: { time: last.time, text: describeObservation(last.observation) } }),
      ...(error !== undefined && {
        error: {
          kind: error.kind,
          message: error.message,
          ...(error.advice !== undefined && { advice: error.advice }),
        },
      }),
      ...(nextRetry !== undefined && { nextRetry: toInstant(nextRetry) }),
      counts: counters.values(),
    }),
    command,
    restart,
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
