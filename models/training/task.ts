/** What the scene detector is trained for and judged by; `train.py` repeats the sizes and labels. */
import type { PictureSize } from '../../core/observation.ts';
import type { VisibleObject } from '../../simulators/world/world.ts';

export const labels: readonly string[] = ['person', 'motorbike', 'car', 'bus', 'boat'];

/** A 16:9 camera's picture inside the model's input of 320 × 192. */
export const pictureSize: PictureSize = { width: 320, height: 180 };

/** What must be found: at least half of it is seen, and it is not a speck. Finding more is no mistake. */
export const isDemanded = ({ visible, box }: VisibleObject): boolean =>
  visible >= 0.5 && box.width * pictureSize.width >= 4 && box.height * pictureSize.height >= 6;
