/**
 * Where an object was when it was seen first. The tracker names it with a later sight, and a line may lie between the two.
 * Pure.
 */
import type { DetectedObject } from '../../core/observation.ts';
import { footOf } from '../../core/polygon.ts';
import { type Instant, seconds } from '../../core/time.ts';
import type { Footprint } from './path.ts';

/** What one frame showed that had no name yet. */
export interface Unnamed {
  readonly time: Instant;
  readonly objects: readonly DetectedObject[];
}

/** After that it may be anything. */
const longestGap = seconds(2);

/** The nearest of its class in the frame before, not farther than it is large. */
export const firstSightOf = (
  before: Unnamed | undefined,
  { label, box }: DetectedObject,
  time: Instant,
): Footprint | undefined => {
  if (before === undefined || time - before.time > longestGap) return undefined;
  const [x, y] = footOf(box);
  let nearest: Footprint | undefined;
  let least = Math.hypot(box.width, box.height);
  for (const each of before.objects) {
    if (each.label !== label) continue;
    const [fromX, fromY] = footOf(each.box);
    const distance = Math.hypot(fromX - x, fromY - y);
    if (distance > least) continue;
    least = distance;
    nearest = { x: fromX, y: fromY, at: before.time };
  }
  return nearest;
};
