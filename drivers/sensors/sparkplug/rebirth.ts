/** When an edge node is asked for its births: a moment after they are missed, and ever more seldom where that does not help. */
import { type Duration, minutes, seconds } from '../../../core/time.ts';

/** A birth may be on its way, and another reader of the node may ask first. */
const patience = seconds(2);
const echoWithin = seconds(2);
const shortestPause = seconds(10);
const longestPause = minutes(5);
/** After so long without need the pause is the shortest again. */
const forgetAfter = minutes(15);

export interface Rebirth {
  /** Births are missed. */
  need(now: Duration): void;
  /** The node was asked, by us or by another. */
  asked(now: Duration): void;
  /** The node said who it is. */
  born(): void;
  isDue(now: Duration): boolean;
}

/** By a clock that nobody sets. `stagger` is added to the patience, so that the readers of one node do not ask at once. */
export const createRebirth = (stagger: Duration): Rebirth => {
  let due: Duration | undefined;
  let last: Duration | undefined;
  let pause = shortestPause;
  return {
    need: now => {
      if (last !== undefined && now - last > forgetAfter) [last, pause] = [undefined, shortestPause];
      due ??= Math.max(now + patience + stagger, last === undefined ? 0 : last + pause);
    },
    asked: now => {
      // The broker sends back what we asked.
      if (last !== undefined && now - last < echoWithin) return;
      pause = last === undefined ? shortestPause : Math.min(longestPause, pause * 2);
      last = now;
      // Until the births come they are missed on.
      if (due !== undefined) due = now + pause;
    },
    born: () => {
      due = undefined;
    },
    isDue: now => due !== undefined && now >= due,
  };
};
