/**
 * Finds what makes a broker end the connection, among everything that was on its way when it did: what was there each
 * time is sent with fewer and fewer beside it, until one is left. Keys are the caller's; they name the same thing on
 * every connection.
 */
import { type Duration, minutes } from '../../core/time.ts';

export interface Suspicion {
  /** Of what waited, so much may be on its way at once; Infinity while nothing is suspected. */
  limit(moment: number): number;
  /** It was to blame before: it should not be the first to be sent. */
  isGuilty(key: string): boolean;
  /** There is something that `cleared` should be told of. */
  readonly isActive: boolean;
  /** It was answered: the end of a connection was not because of it. */
  cleared(key: string): void;
  /**
   * The broker ended the connection while these were not answered; `said`: it gave a reason that can only be one of
   * them. Returns those that are to blame.
   */
  ended(unanswered: readonly string[], said: boolean, moment: number): readonly string[];
}

const few = 32;
/** Suspects that do not come up again for so long no longer slow down the others. */
const patience: Duration = minutes(10);
/** Found guilty and still there: with them on the way the search need not begin anew. */
const remembered = 1000;

export const createSuspicion = (): Suspicion => {
  let suspects = new Set<string>();
  const guilty = new Set<string>();
  let times = 0;
  let limit = Number.POSITIVE_INFINITY;
  let until = 0;

  const drop = (): void => {
    suspects = new Set();
    times = 0;
    limit = Number.POSITIVE_INFINITY;
  };

  const blame = (keys: readonly string[]): readonly string[] => {
    drop();
    for (const key of keys) {
      guilty.delete(key);
      guilty.add(key);
    }
    for (const key of guilty) {
      if (guilty.size <= remembered) break;
      guilty.delete(key);
    }
    return keys;
  };

  return {
    limit: moment => {
      if (limit !== Number.POSITIVE_INFINITY && moment > until) drop();
      return limit;
    },
    isGuilty: key => guilty.has(key),
    get isActive() {
      return suspects.size > 0 || guilty.size > 0;
    },
    cleared: key => {
      guilty.delete(key);
      if (suspects.delete(key) && suspects.size === 0) drop();
    },
    ended: (unanswered, said, moment) => {
      const known = unanswered.filter(key => guilty.has(key));
      if (known.length > 0) return blame(known);
      const again = unanswered.filter(key => suspects.has(key));
      if (again.length === 0) drop();
      const candidates = again.length === 0 ? unanswered : again;
      if (candidates.length === 0) return [];
      times++;
      suspects = new Set(candidates);
      until = moment + patience;
      // A link that is cut says nothing; twice at the same place it may be more than the link.
      const isSerious = said || times >= 2;
      if (isSerious && candidates.length === 1 && (said || limit === 1)) return blame(candidates);
      if (isSerious) limit = candidates.length > few ? few : 1;
      return [];
    },
  };
};
