/** A clock in the hands of a test: time passes on both hands, and only the time of day can be set. */
import type { Clock, Duration, Instant } from '../../core/time.ts';

export interface TestClock extends Clock {
  pass(duration: Duration): void;
  set(by: Duration): void;
}

/** Stands still unless told. */
export const createTestClock = (start: Instant): TestClock => {
  let now = start;
  let steady = 0;
  return {
    now: () => now,
    steady: () => steady,
    pass: duration => {
      now += duration;
      steady += duration;
    },
    set: by => {
      now += by;
    },
  };
};

/** Goes as fast as the machine's own; wrong by `ahead` until it is set. */
export const createRunningClock = (ahead: Duration): TestClock => {
  let offset = ahead;
  let passed = 0;
  return {
    now: () => Date.now() + offset,
    steady: () => performance.now() + passed,
    pass: duration => {
      offset += duration;
      passed += duration;
    },
    set: by => {
      offset += by;
    },
  };
};
