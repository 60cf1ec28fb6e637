/** The numbers 0–255 that run through all messages of an edge node: what is missing, late or came twice. Pure. */
import { type Instant, seconds } from '../../../core/time.ts';

const numbers = 256;
/** What is so little behind came before; what is farther behind is ahead, and much is missing. */
const recent = 16;
/** How long a missing message may still come (§5.16, Reorder Timeout). */
const reorderWithin = seconds(2);

export interface Sequence {
  /** `again`: it came before. */
  accept(number: number, now: Instant): 'next' | 'again';
  /** The birth of the node begins the sequence. */
  begin(number: number): void;
  /** Whether messages are missing for so long that they will not come; they are not missed any more then. */
  isBroken(now: Instant): boolean;
}

export const createSequence = (): Sequence => {
  let expected: number | undefined;
  const missing = new Map<number, Instant>();
  const follow = (number: number): void => {
    expected = (number + 1) % numbers;
  };
  return {
    begin: number => {
      missing.clear();
      follow(number);
    },
    accept: (number, now) => {
      const ahead = expected === undefined ? 0 : (number - expected + numbers) % numbers;
      if (ahead >= numbers - recent) return missing.delete(number) ? 'next' : 'again';
      for (let index = 0; index < ahead; index++) missing.set((number - 1 - index + numbers) % numbers, now);
      follow(number);
      return 'next';
    },
    isBroken: now => {
      const isLate = missing.values().some(since => now - since >= reorderWithin || now < since);
      if (isLate) missing.clear();
      return isLate;
    },
  };
};
