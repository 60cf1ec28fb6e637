/**
 * Whose picture is inferred next, where one thread serves all cameras: those in which something moves before those that
 * are only looked at from time to time, and of either the camera that was served longest ago, so that no camera takes
 * the turns of another. A look that has waited long goes before the next but one. Pure but for its own memory.
 */
import { type Duration, seconds } from '../../core/time.ts';

export interface Turn<T> {
  /** A camera asks again only after it was served, so of each one picture waits; the newer ones wait at its source. */
  readonly camera: number;
  /** `look`: nothing is known to move in it. */
  readonly urgency: 'motion' | 'look';
  /** On the steady clock. */
  readonly since: Duration;
  readonly work: T;
}

export interface Turns<T> {
  ask(turn: Turn<T>): void;
  /** Undefined while nobody waits. */
  next(now: Duration): Turn<T> | undefined;
  /** The camera is gone, and was served. */
  forget(camera: number): void;
}

/** A look that has waited for so long takes every other turn; a camera whose pictures wait longer is served late. */
export const longestWait = seconds(2);

export const createTurns = <T>(): Turns<T> => {
  const waiting = new Set<Turn<T>>();
  const servedAt = new Map<number, number>();
  let served = 0;
  let wasOverdue = false;

  /** The one whose camera was served longest ago, of equals the one that asked first. */
  const fairest = (urgency: Turn<T>['urgency']): Turn<T> | undefined => {
    let best: Turn<T> | undefined;
    let bestAt = Number.POSITIVE_INFINITY;
    for (const turn of waiting) {
      const at = servedAt.get(turn.camera) ?? 0;
      if (turn.urgency !== urgency || at >= bestAt) continue;
      best = turn;
      bestAt = at;
    }
    return best;
  };

  const overdue = (now: Duration): Turn<T> | undefined => {
    for (const turn of waiting) if (turn.urgency === 'look' && now - turn.since >= longestWait) return turn;
    return undefined;
  };

  return {
    ask: turn => {
      waiting.add(turn);
    },
    next: now => {
      const late = wasOverdue ? undefined : overdue(now);
      wasOverdue = late !== undefined;
      const turn = late ?? fairest('motion') ?? fairest('look');
      if (turn === undefined) return undefined;
      waiting.delete(turn);
      servedAt.set(turn.camera, ++served);
      return turn;
    },
    forget: camera => {
      servedAt.delete(camera);
    },
  };
};
