/**
 * What is known of a vessel, and how the stages of a vessel pipeline tell each other of it: `track` makes one
 * `VesselUpdate` of each report, and the stages after it read and annotate it.
 */
import type { Instant } from './time.ts';

/** What kind of station an MMSI belongs to: ITU-R M.585-9, and what is on the air beside it. */
export const mmsiKinds = [
  'ship',
  'coast-station',
  'group',
  'sar-aircraft',
  'navigation-aid',
  /** Craft of a parent ship, 98…. */
  'auxiliary-craft',
  'handheld',
  /** AIS-SART, 970…. */
  'sart',
  /** Man overboard, 972…. */
  'mob',
  /** EPIRB-AIS, 974…. */
  'epirb',
  /** Autonomous maritime radio device of group B, 979…, and buoys of fishing nets that look like ships. */
  'gear',
  'unknown',
] as const;
export type MmsiKind = (typeof mmsiKinds)[number];

/** What the fisheries office, or a duty officer, says of a vessel. */
export const vesselStatuses = ['active', 'ashore', 'under-repair', 'sunk', 'seized', 'reported-lost'] as const;
export type VesselStatus = (typeof vesselStatuses)[number];

/** A line of the vessel registry. */
export interface RegistryEntry {
  /** Registration mark in its one form: capitals, parts joined by `-` (`TTH-96969-TS`). */
  readonly mark: string;
  readonly name?: string;
  readonly mmsi?: number;
  readonly callSign?: string;
  /** Greatest length (Lmax). Without it no rule about lengths applies to the vessel. */
  readonly lengthMaxMetres?: number;
  readonly gear?: string;
  readonly crew?: number;
  readonly homePort?: string;
  /** Administrative code of the ward. */
  readonly ward?: string;
  /** Who runs its VMS device, and the device's id there. */
  readonly provider?: string;
  readonly vmsId?: string;
  readonly status: VesselStatus;
}

/**
 * Everything that tells a vessel from others. Never changed: what is new of a vessel gives a new object, so that stages
 * compare by reference and keep it without copying.
 */
export interface VesselIdentity {
  /** Ends the event's subject `vessel/<key>`: `vnfish/<mark>`, `mmsi/<n>` or `vms/<provider>/<id>`. */
  readonly key: string;
  readonly mmsi?: number;
  readonly mmsiKind?: MmsiKind;
  readonly provider?: string;
  readonly vmsId?: string;
  readonly imo?: number;
  readonly callSign?: string;
  readonly name?: string;
  /** 1–99, ITU-R M.1371-5 table 53; 30 is fishing. */
  readonly shipType?: number;
  readonly toBowMetres?: number;
  readonly toSternMetres?: number;
  readonly toPortMetres?: number;
  readonly toStarboardMetres?: number;
  readonly draughtMetres?: number;
  readonly destination?: string;
  /** For craft of a parent ship (MMSI 98…): the parent's MMSI. */
  readonly mothershipMmsi?: number;
  readonly registry?: RegistryEntry;
  /** First 12 hex digits of the SHA-256 of the registry file that `registry` is from. */
  readonly registryVersion?: string;
  /** By what the registry's line was found. */
  readonly matchedBy?: 'mmsi' | 'vms-id' | 'call-sign' | 'mark';
}

/** What the alarm button of a terminal of VMS says with a position: the crew calls for help, or calls no more. */
export const vesselAlarms = ['distress', 'none'] as const;
export type VesselAlarm = (typeof vesselAlarms)[number];

export const positionSources = ['ais', 'vms', 'duty-officer'] as const;
/** Who said where the vessel is. */
export type PositionSource = (typeof positionSources)[number];

/** Where a vessel is, as it was reported. */
export interface VesselFix {
  readonly source: PositionSource;
  /** When it was there, by its own report; never when the report arrived. */
  readonly time: Instant;
  /** WGS 84 degrees, east positive. */
  readonly longitude: number;
  /** WGS 84 degrees, north positive. */
  readonly latitude: number;
  /** True when the reported position error is below 10 m. */
  readonly accurate?: boolean;
  readonly sogKnots?: number;
  readonly cogDegrees?: number;
  readonly headingDegrees?: number;
  /** Degrees a minute, to starboard positive. */
  readonly rateOfTurnDegreesPerMinute?: number;
  /** 0–14, ITU-R M.1371-5 table 45. */
  readonly navigationStatus?: number;
  readonly altitudeMetres?: number;
  readonly stationClass?: 'A' | 'B' | 'sar-aircraft';
  /** ITU-R M.1371-5 message type, of a fix from AIS. */
  readonly messageType?: number;
  /** Of a fix from VMS that tells. */
  readonly alarm?: VesselAlarm;
}

/** Position and motion after the filter: what scatters less than the reports. */
export interface VesselMotion {
  readonly longitude: number;
  readonly latitude: number;
  readonly sogKnots: number;
  /** Absent while the vessel hardly moves. */
  readonly cogDegrees?: number;
}

/** What an area or a line of the sea is there for. */
export const zoneKinds = [
  'port',
  'shelter',
  'anchorage',
  'channel',
  'protected',
  'danger',
  /** Coastal, inshore and offshore waters, and others that permit some vessels only. */
  'waters',
  /** A line, or the edge of an area, that is not to be crossed. */
  'boundary',
] as const;
export type ZoneKind = (typeof zoneKinds)[number];

/** A zone that a vessel is in. */
export interface ZoneHere {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly kind: ZoneKind;
}

/** What a `VesselUpdate` is about. */
export type VesselUpdateCause =
  /** The vessel reported where it is. */
  | 'position'
  /** What is known of the vessel changed: it described itself, or the registry did. */
  | 'identity'
  /** A duty officer set the vessel's status. */
  | 'status'
  /** The crew calls for help by its terminal of VMS, which does not say where it is. */
  | 'call';

/** One piece of news of a vessel, made by the stage `track` and read by every stage behind it. */
export interface VesselUpdate {
  readonly kind: 'vessel-update';
  readonly cause: VesselUpdateCause;
  /** The device that brought it. */
  readonly device: string;
  /** When it was so: the fix's time, or that of the description. */
  readonly time: Instant;
  readonly timeFrom: 'device' | 'gateway';
  readonly vessel: VesselIdentity;
  /**
   * A small number that no other vessel has now, given to another one when the vessel is forgotten: where to look for it
   * first, if `vessel` is the same there. By its key it is found at a price that grows with the number of vessels. Nothing
   * that is told or saved may depend on it: it is another one after a restart.
   */
  readonly slot?: number;
  /**
   * Keys that the vessel was known under until now, when it has another one: what is kept under them belongs to
   * `vessel.key` from here on. More than one where tracks turned out to be one vessel.
   */
  readonly formerKeys?: readonly string[];
  /** This report of a `position`; the newest one otherwise, where there is one. */
  readonly fix?: VesselFix;
  /** The report before it of the same source, where there is one. */
  readonly previous?: VesselFix;
  readonly motion?: VesselMotion;
  /** True when the filter did not believe the report: it implies a speed that no vessel has. */
  readonly implausible?: true;
  /** True for a report older than one already taken from the same source: it moves nothing. */
  readonly late?: true;
  /** Devices that heard the vessel lately, this one included. */
  readonly receivers: readonly string[];
  readonly firstSeen: Instant;
  /** The newest report of any source. */
  readonly lastSeen: Instant;
  /** Who set the status, and why; with the cause `status`. */
  readonly order?: { readonly status: VesselStatus; readonly by: string; readonly reason: string };
  /** Where it is, sorted by id; set by `geofence`. The same array as long as nothing changes. */
  readonly zones?: readonly ZoneHere[];
}
