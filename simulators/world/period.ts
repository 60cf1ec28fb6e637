/**
 * Scenes are rendered once and played in a loop, so whatever a camera sees repeats with one period, counted from
 * 1970: the picture, the AIS positions and the ground truth of an instant are those of its phase.
 */
import { type Duration, type Instant, seconds } from '../../core/time.ts';

export const worldPeriod: Duration = seconds(120);

/** Milliseconds since the loop last began, 0 ≤ phase < `worldPeriod`. */
export const phaseAt = (instant: Instant): Duration => ((instant % worldPeriod) + worldPeriod) % worldPeriod;
