/**
 * Holds back what is said again and again: the first lines of a message in a minute are written, the rest of them are
 * counted, and the count is told when the minute is over.
 */
import { type Duration, minutes } from '../../core/time.ts';

export interface FloodGate {
  /** Whether a line of this kind is written now. */
  admits(key: string): boolean;
  /** The kinds whose minute is over and that were said more often than written, with how often; each once. */
  folded(): readonly (readonly [key: string, count: number])[];
}

const within = minutes(1);
/** A person who reads it has seen enough; a device that flaps every few seconds stays visible. */
const mostWritten = 20;
/** Kinds that are remembered; the oldest is forgotten for a new one. */
const mostKinds = 2000;

interface Kind {
  readonly since: Duration;
  count: number;
}

export const createFloodGate = (steady: () => Duration): FloodGate => {
  const kinds = new Map<string, Kind>();
  const over: (readonly [string, number])[] = [];

  const end = (key: string, { count }: Kind): void => {
    kinds.delete(key);
    if (count > mostWritten) over.push([key, count - mostWritten]);
  };

  const endThoseOver = (): void => {
    // In the order in which they began.
    for (const [key, kind] of kinds) {
      if (steady() - kind.since < within && kinds.size <= mostKinds) return;
      end(key, kind);
    }
  };

  return {
    admits: key => {
      endThoseOver();
      const kind = kinds.get(key) ?? { since: steady(), count: 0 };
      kinds.set(key, kind);
      kind.count++;
      return kind.count <= mostWritten;
    },
    folded: () => {
      endThoseOver();
      return over.splice(0);
    },
  };
};
