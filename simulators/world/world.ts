/**
 * The one seeded world in which every simulator lives, so that the boats in the picture are the boats in the AIS feed.
 * Everything in it is a pure function of the seed and the instant: nothing is stepped, nothing drifts apart.
 */

import type { Box } from '../../core/observation.ts';
import type { QuantityName } from '../../core/quantity.ts';
import type { Instant } from '../../core/time.ts';

export interface SimulatedVessel {
  readonly mmsi: number;
  /** `beacon`: an AIS-SART, or what works like one for a man overboard or an EPIRB. */
  readonly stationClass: 'A' | 'B' | 'beacon';
  readonly imo: number;
  /** As AIS spells it: A–Z, 0–9 and blanks, at most 20 characters. */
  readonly name: string;
  readonly callSign: string;
  /** ITU-R M.1371-5 table 53; 30 is fishing. */
  readonly shipType: number;
  readonly toBowMetres: number;
  readonly toSternMetres: number;
  readonly toPortMetres: number;
  readonly toStarboardMetres: number;
  readonly draughtMetres: number;
  readonly destination: string;
  /** What a beacon says: `SART ACTIVE`, `MOB TEST`. */
  readonly safetyText?: string;
}

export interface VesselState {
  readonly vessel: SimulatedVessel;
  readonly longitude: number;
  readonly latitude: number;
  readonly sogKnots: number;
  readonly cogDegrees: number;
  readonly headingDegrees: number;
  /** ITU-R M.1371-5 table 45. */
  readonly navigationStatus: number;
}

/** What is on the air by AIS. Two may have the same identity. */
export interface Station {
  /** Undefined while it is silent, or too far to be heard. */
  stateAt(instant: Instant): VesselState | undefined;
}

/** A position that a vessel's VMS device reports by satellite. */
export interface VmsReport {
  /** The device's id with the provider. */
  readonly vmsId: string;
  readonly mark: string;
  readonly name: string;
  readonly callSign: string;
  readonly time: Instant;
  readonly longitude: number;
  readonly latitude: number;
  readonly sogKnots: number;
  readonly cogDegrees: number;
}

/** What swims besides the harbour's own few vessels. */
export interface Afloat {
  readonly stations: readonly Station[];
  /** What arrived at a provider after `from`, until `to`, in order; at any of them where none is named. */
  vmsReportsBetween(from: Instant, to: Instant, provider?: string): readonly VmsReport[];
}

/** What a camera of the world really sees at an instant: the judge of every detection. */
export interface VisibleObject {
  readonly label: string;
  /** The same thing keeps its identity: `person-3`, `vessel-574123456`. */
  readonly identity: string;
  readonly box: Box;
  /** Part of the object that nothing hides and that lies inside the picture, 0–1. */
  readonly visible: number;
}

export interface World {
  readonly seed: number;
  readonly stations: readonly Station[];
  /** Absent where no vessel has a VMS device of its own: then a provider makes do with the stations. */
  readonly vmsReportsBetween?: Afloat['vmsReportsBetween'];
  /** Of all stations that can be heard. */
  vesselsAt(instant: Instant): readonly VesselState[];
  /** True values of the air at the sensor station. */
  quantitiesAt(instant: Instant): Readonly<Partial<Record<QuantityName, number>>>;
  /** `scene` is the name of a view of the world: `street`, `harbour`. */
  visibleAt(scene: string, instant: Instant): readonly VisibleObject[];
}
