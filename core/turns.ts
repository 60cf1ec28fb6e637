/** One at a time, in the order of asking: `work` begins when everything asked for before it has ended. */
export type Turns = (work: () => Promise<void>) => Promise<void>;

/** Whoever waits is woken when it is its turn and not before: a thousand that wait cost no more than one. */
export const createTurns = (): Turns => {
  let waiting: (() => void)[] = [];
  /** Of `waiting`, whose turn is next. */
  let next = 0;
  let taken = false;

  const pass = (): void => {
    const wake = waiting[next];
    if (wake === undefined) {
      taken = false;
      return;
    }
    next++;
    if (next * 2 > waiting.length) {
      waiting = waiting.slice(next);
      next = 0;
    }
    wake();
  };

  return async work => {
    if (taken) await new Promise<void>(resolve => waiting.push(resolve));
    taken = true;
    try {
      await work();
    } finally {
      pass();
    }
  };
};
