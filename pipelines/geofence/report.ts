import type { VesselFix, VesselMotion } from '../../core/vessel.ts';
import type { GeofenceConfig } from './config.ts';
import type { Followed } from './followed.ts';
import type { Gears } from './gear.ts';
import type { Outcome } from './outcome.ts';
import type { ZoneMap } from './zone.ts';

/** A position that counts, and what it is judged with. */
export interface Report {
  readonly map: ZoneMap;
  /** Its `fix` is this position. */
  readonly followed: Followed;
  /** Where it was before, as far as that is known. */
  readonly before: VesselFix | undefined;
  readonly motion: VesselMotion | undefined;
  readonly gears: Gears;
  readonly config: GeofenceConfig;
  readonly outcome: Outcome;
}
