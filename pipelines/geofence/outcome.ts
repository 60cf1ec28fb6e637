/** What one call of the stage concludes, and of which vessels. */
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Followed } from './followed.ts';

export interface Outcome {
  readonly output: Item[];
  /** Vessels of which something was concluded, or whose state has to be saved together with that. */
  readonly touched: Set<Followed>;
  /** Keys of the store that are forgotten. */
  readonly forgotten: Set<string>;
}

export const newOutcome = (): Outcome => ({ output: [], touched: new Set(), forgotten: new Set() });

export const emit = (outcome: Outcome, followed: Followed, conclusion: Conclusion): void => {
  outcome.output.push(conclusion);
  outcome.touched.add(followed);
};
