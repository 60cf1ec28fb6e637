/**
 * Sparkplug reports by exception: a value that does not change is not sent, and is as good as new until its node says
 * otherwise. Where it is held, it is told again each minute, so that means and their completeness are true.
 */
import type { Measurement, Observation } from '../../../core/observation.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { type Clock, type Duration, minutes } from '../../../core/time.ts';

const every = minutes(1);

interface Held {
  readonly sample: Measurement;
  /** By the steady clock. */
  readonly heardAt: Duration;
  toldAt: Duration;
}

export interface HeldValues {
  take(items: readonly Observation[]): void;
  /** A value is none any more: which one is not known, so none is held until it comes again. */
  forget(): void;
  /** Those that were not told for a minute, as of now. */
  due(): readonly Measurement[];
}

/** `hold`: how long a value counts without being said again. */
export const createHeldValues = (hold: Duration, clock: Clock): HeldValues => {
  const held = new Map<QuantityName, Held>();
  return {
    take: items => {
      const moment = clock.steady();
      for (const item of items) {
        if (item.kind !== 'measurement') continue;
        const known = held.get(item.quantity);
        // What comes late is not how it is now.
        if (known !== undefined && item.time < known.sample.time) continue;
        held.set(item.quantity, { sample: item, heardAt: moment, toldAt: moment });
      }
    },
    forget: () => held.clear(),
    due: () => {
      const moment = clock.steady();
      const due: Measurement[] = [];
      for (const [quantity, known] of held) {
        if (moment - known.heardAt > hold) held.delete(quantity);
        else if (moment - known.toldAt >= every) {
          known.toldAt = moment;
          const { sample } = known;
          due.push({
            ...sample,
            time: clock.now(),
            timeFrom: 'gateway',
            corrections: [...(sample.corrections ?? []), 'held'],
          });
        }
      }
      return due;
    },
  };
};
