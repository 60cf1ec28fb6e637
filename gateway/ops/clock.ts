/**
 * How far the clock of this machine can be trusted. Boxes without a battery-backed clock wake up in the past and are
 * set by NTP minutes later; what happens until then must not be dated wrongly in silence.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { sleep } from '../../core/abort.ts';
import type { Log } from '../../core/log.ts';
import type { TimeQuality } from '../../core/sealed.ts';
import { type Clock, type Duration, type Instant, seconds, toTimestamp } from '../../core/time.ts';

/** What the machine's time service says: `unknown` where there is none that we can ask (a container, PTP, …). */
export type Synchronization = 'synchronized' | 'unsynchronized' | 'unknown';

/** No event of this program is older than the program. */
const oldestPlausible: Instant = Date.UTC(2024, 0, 1);

/** Steps of the time of day below this are the time service at its work. */
const largestQuietStep = seconds(2);

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** What the program prints, or undefined when it is not there, fails or takes too long. */
const ask = (program: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise(resolve => {
    execFile(program, args, { timeout: seconds(2), maxBuffer: 16_384 }, (error, output) =>
      resolve(error === null ? output : undefined),
    );
  });

/**
 * systemd-timesyncd keeps a file once it has set the clock since the start of the machine; chrony and ntpd answer
 * questions. The programs are asked only where their own folders show that they are at work.
 */
export const askTimeService = async (): Promise<Synchronization> => {
  if (await exists('/run/systemd/timesync/synchronized')) return 'synchronized';
  if (await exists('/run/chrony')) {
    // Comma-separated; the last field is the leap status (chronyc(1), "tracking").
    const answer = await ask('chronyc', ['-c', 'tracking']);
    if (answer !== undefined) return answer.trim().endsWith('Not synchronised') ? 'unsynchronized' : 'synchronized';
  }
  if ((await exists('/run/ntpd.pid')) || (await exists('/run/ntpsec'))) {
    const answer = await ask('ntpq', ['-c', 'rv 0 leap']);
    // 3, binary 11: alarm condition, the clock is not synchronized (RFC 5905, figure 9).
    if (answer !== undefined) return /leap=(?:11|3)\b|leap_alarm/.test(answer) ? 'unsynchronized' : 'synchronized';
  }
  return (await exists('/run/systemd/timesync')) ? 'unsynchronized' : 'unknown';
};

/** `notBefore` is an instant that this machine has already lived through. */
export const judgeClock = (now: Instant, notBefore: Instant, said: Synchronization): TimeQuality => {
  if (now < Math.max(oldestPlausible, notBefore) || said === 'unsynchronized') return 'unsynchronized';
  return said === 'synchronized' ? 'ntp' : 'estimated';
};

export interface ClockWatch extends AsyncDisposable {
  quality(): TimeQuality;
  /** Resolves as soon as the clock is set, or when `within` has passed: the caller asks `quality` which it was. */
  firstSync(within: Duration): Promise<void>;
}

export interface ClockWatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly notBefore: Instant;
  readonly ask?: () => Promise<Synchronization>;
  /** Between two questions while the clock is not set; ten times as long afterwards. */
  readonly every?: Duration;
}

/** Asks at once, and again for as long as it is open. */
export const watchClock = async (options: ClockWatchOptions): Promise<ClockWatch> => {
  const { clock, log, notBefore, ask: question = askTimeService, every = seconds(3) } = options;
  const stop = new AbortController();
  let quality = judgeClock(clock.now(), notBefore, await question());
  let offset = clock.now() - performance.now();
  let waiting: (() => void)[] = [];

  const look = async (): Promise<void> => {
    const next = judgeClock(clock.now(), notBefore, await question());
    const step = clock.now() - performance.now() - offset;
    offset += step;
    if (Math.abs(step) > largestQuietStep) {
      log.warn('the clock was set', { stepMs: Math.round(step), now: toTimestamp(clock.now()) });
    }
    if (next !== quality) log.info('the quality of the clock changed', { from: quality, to: next });
    quality = next;
    if (quality === 'unsynchronized') return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const looking = (async () => {
    for (;;) {
      await sleep(quality === 'unsynchronized' ? every : every * 10, stop.signal);
      if (stop.signal.aborted) return;
      await look();
    }
  })();

  return {
    quality: () => quality,
    firstSync: async within => {
      if (quality !== 'unsynchronized') return;
      const over = new AbortController();
      const synchronized = new Promise<void>(resolve => waiting.push(resolve));
      await Promise.race([synchronized, sleep(within, AbortSignal.any([over.signal, stop.signal]))]);
      over.abort();
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await looking;
    },
  };
};
