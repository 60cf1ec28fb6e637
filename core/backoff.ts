import { type Duration, minutes, seconds } from './time.ts';

export interface BackoffOptions {
  readonly first: Duration;
  readonly longest: Duration;
  /** 0 ≤ random() < 1; injected so that a schedule can be tested as a plain array. */
  readonly random?: () => number;
}

/**
 * Endless waits that double from `first` to `longest`, each shortened at random by up to a half, so that the devices
 * of a site do not knock together after a power cut.
 */
export function* backoff({ first, longest, random = Math.random }: BackoffOptions): Generator<Duration, never> {
  for (let ceiling = first; ; ceiling = Math.min(ceiling * 2, longest)) {
    yield Math.round(ceiling * (1 - random() / 2));
  }
}

/** For peers that are away: 1 s … 60 s. */
export const unreachableBackoff: BackoffOptions = { first: seconds(1), longest: seconds(60) };

/** For refused credentials: slow enough not to lock an account. */
export const deniedBackoff: BackoffOptions = { first: minutes(5), longest: minutes(5) };
