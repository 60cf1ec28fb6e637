import type { CameraSignalName } from './camera-signals.ts';
import type { MediaFile } from './media-reference.ts';
import type { QuantityName } from './quantity.ts';
import type { Duration, Instant } from './time.ts';
import type { VesselAlarm, VesselStatus } from './vessel.ts';

/** What every observation carries: which device said it and when it was so. */
interface Observed {
  /** The configured device id. */
  readonly device: string;
  readonly time: Instant;
  /** Whose clock gave `time`. A `device` time is the same again in a redelivery; a `gateway` time is not. */
  readonly timeFrom: 'device' | 'gateway';
}

/** Flags of IOOS QARTOD, the best first: what fails is not used, what is suspect only where nothing passed. */
export const qualities = ['pass', 'suspect', 'fail', 'missing'] as const;
export type Quality = (typeof qualities)[number];

/** Tests by which the quality of a value is judged (IOOS QARTOD manuals). */
export const qualityTests = [
  'syntax',
  'gap',
  'gross-range',
  'climatology',
  'spike',
  'rate-of-change',
  'flat-line',
  'neighbor',
] as const;
export type QualityTest = (typeof qualityTests)[number];

export interface Measurement extends Observed {
  readonly kind: 'measurement';
  readonly quantity: QuantityName;
  /** In the quantity's own unit (`core/quantity.ts`). Finite, but NaN where `quality` is `missing`. */
  readonly value: number;
  /** Of a counter: the value in place of which it tells 0, where that is known (2^16 tips of 0.2 mm). */
  readonly rollover?: number;
  /** The worst of what its tests said, set by the stages `normalize` and `quality`; absent means not judged yet. */
  readonly quality?: Quality;
  /** The tests that it did not pass. */
  readonly failed?: readonly QualityTest[];
  /** What was done to the value since the device said it, in order: `calibration`, `humidity-barkjohn-2021`. */
  readonly corrections?: readonly string[];
}

/** ITU-R M.1371-5, messages 1–3, 9, 18, 19 and 27. Fields that the vessel marks as not available are absent. */
export interface VesselPosition extends Observed {
  readonly kind: 'vessel-position';
  readonly mmsi: number;
  readonly stationClass: 'A' | 'B' | 'sar-aircraft';
  readonly messageType: number;
  /** WGS 84 degrees, east positive. */
  readonly longitude: number;
  /** WGS 84 degrees, north positive. */
  readonly latitude: number;
  /** True when the reported position error is below 10 m. */
  readonly accurate: boolean;
  readonly sogKnots?: number;
  readonly cogDegrees?: number;
  readonly headingDegrees?: number;
  /** Degrees a minute, to starboard positive. */
  readonly rateOfTurnDegreesPerMinute?: number;
  /** 0–14, ITU-R M.1371-5 table 45. */
  readonly navigationStatus?: number;
  readonly altitudeMetres?: number;
}

/** ITU-R M.1371-5, messages 5, 19 and 24. One message tells a part; a vessel's record is the union of its parts. */
export interface VesselStatic extends Observed {
  readonly kind: 'vessel-static';
  readonly mmsi: number;
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
}

/** ITU-R M.1371-5, message 21. */
export interface NavigationAid extends Observed {
  readonly kind: 'navigation-aid';
  readonly mmsi: number;
  /** 1–31, ITU-R M.1371-5 table 74. */
  readonly aidType?: number;
  readonly name?: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly offPosition?: boolean;
  /** True when no physical aid is there. */
  readonly virtual: boolean;
}

/** ITU-R M.1371-5, message 4. */
export interface BaseStation extends Observed {
  readonly kind: 'base-station';
  readonly mmsi: number;
  readonly longitude: number;
  readonly latitude: number;
}

/** ITU-R M.1371-5, messages 12 and 14: text about safety, to everybody or to one station. */
export interface SafetyText extends Observed {
  readonly kind: 'safety-text';
  readonly mmsi: number;
  /** Of the station that it is addressed to; absent in a broadcast. */
  readonly toMmsi?: number;
  readonly text: string;
}

/** ITU-R M.1371-5, messages 6 and 8: data whose meaning its own application says. */
export interface ApplicationMessage extends Observed {
  readonly kind: 'application-message';
  readonly mmsi: number;
  /** Of the station that it is addressed to; absent in a broadcast. */
  readonly toMmsi?: number;
  /** 0–1023. */
  readonly designatedAreaCode: number;
  /** 0–63. */
  readonly functionIdentifier: number;
  /** The application's name where it is one that is understood, such as `meteorological-hydrographic`. */
  readonly application?: string;
  /** Its fields with units in their names; absent where it is not understood. */
  readonly content?: Readonly<Record<string, unknown>>;
  /** The application data as they came, in hexadecimal digits, the last one filled with zeros. */
  readonly hex: string;
}

/** Of whom a report by VMS is. */
interface ReportedByVms extends Observed {
  /** Who runs the vessel's device; `duty-officer` for a report by radio. */
  readonly provider: string;
  /** The device's id with the provider. */
  readonly vmsId?: string;
  /** Registration mark in its one form (`TTH-96969-TS`). */
  readonly mark?: string;
  readonly callSign?: string;
  readonly name?: string;
  /** ISO 3166-1 alpha-3, as reported. */
  readonly flag?: string;
  readonly imo?: number;
  readonly mmsi?: number;
}

/** A fishing vessel's report by satellite (VMS), or the captain's by radio. Judged by `time`, whenever it arrives. */
export interface VmsPosition extends ReportedByVms {
  readonly kind: 'vms-position';
  /** WGS 84 degrees, east positive. */
  readonly longitude: number;
  /** WGS 84 degrees, north positive. */
  readonly latitude: number;
  readonly sogKnots?: number;
  readonly cogDegrees?: number;
  /** What the report is for: NAF `TM` POS, ENT, EXI and MAN. */
  readonly report: 'position' | 'entry' | 'exit' | 'manual';
  /** Absent where the report says neither that there is an alarm nor that there is none. */
  readonly alarm?: VesselAlarm;
}

/** The crew calls for help by its terminal of VMS, without a position, or with one that cannot be believed. */
export interface VmsCall extends ReportedByVms {
  readonly kind: 'vms-call';
}

/** A duty officer sets the status of a vessel. */
export interface VesselStatusOrder extends Observed {
  readonly kind: 'vessel-status';
  /** Registration mark in its one form, or the MMSI of a vessel without one. */
  readonly mark?: string;
  readonly mmsi?: number;
  readonly status: VesselStatus;
  readonly by: string;
  readonly reason: string;
}

/** A duty officer sees to what is open of a vessel: a silence, a mismatch, a beacon of distress. */
export interface VesselAcknowledgement extends Observed {
  readonly kind: 'vessel-acknowledgement';
  /** Registration mark in its one form, or the MMSI of a vessel or beacon without one. */
  readonly mark?: string;
  readonly mmsi?: number;
  /** The rule whose condition is meant; all that are open of the vessel when absent. */
  readonly condition?: string;
  readonly by: string;
  readonly note?: string;
}

/** A box in a picture: fractions 0–1 of its width and height, origin top left. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DetectedObject {
  /** The object's class, a label of the model. */
  readonly label: string;
  /** 0–1. */
  readonly confidence: number;
  readonly box: Box;
  /** Unique for the camera over all time; absent until the tracker is sure of the object. */
  readonly track?: string;
}

/** What a whole picture shows: `flood`. */
export interface SceneClass {
  /** A label of the model. */
  readonly label: string;
  /** 0–1. */
  readonly confidence: number;
}

/** The model that detected, as every detection names it. */
export interface Detector {
  readonly model: string;
  readonly version: string;
  /** Of the model's file; absent where the camera detects by a model of its own. */
  readonly sha256?: string;
  /** Lowest confidence that is reported, but for an object that is followed: it may be found again with less. */
  readonly threshold: number;
  /** Labels that have another one. */
  readonly thresholds?: Readonly<Record<string, number>>;
}

/** A picture in the media spool; only its reference travels with observations and events. */
export interface Snapshot extends MediaFile {
  readonly mediaType: 'image/jpeg';
}

/** The picture of a frame in which objects of one class, which the configuration authorises, are not blurred. */
export interface UnblurredSnapshot {
  readonly label: string;
  readonly snapshot: Snapshot;
}

/** Some seconds of video in the media spool, every picture of it inferred and blurred as a snapshot is. */
export interface Clip extends MediaFile {
  readonly mediaType: 'video/mp4';
  readonly duration: Duration;
  readonly codec: 'h264' | 'mpeg4';
}

/** What a camera saw around the moment, its `time`, at which it began to follow an object. */
export interface CameraClip extends Observed {
  readonly kind: 'camera-clip';
  readonly object: DetectedObject & { readonly track: string };
  readonly detector: Detector;
  readonly clip: Clip;
}

/** One analysed frame of a camera, also when nothing was found in it; or the end of what was followed (`endedBy`). */
export interface Detections extends Observed {
  readonly kind: 'detections';
  readonly objects: readonly DetectedObject[];
  /** Tracks that ended since the last observation: the object left or was not seen any more. */
  readonly ended: readonly string[];
  /**
   * Only where no frame was looked at: the connection broke or the vision process died, and with it every track that
   * was open. `time` is then that of the last frame.
   */
  readonly endedBy?: 'interrupted';
  readonly detector: Detector;
  /**
   * What the picture as a whole shows, by a model that classifies it: all that it is not far from sure of. Such a model
   * finds no objects.
   */
  readonly scene?: readonly SceneClass[];
  /** All persons and vehicles are blurred. */
  readonly snapshot?: Snapshot;
  /** Beside `snapshot`, each for events about objects of its class alone (`pictureOf`). */
  readonly unblurred?: readonly UnblurredSnapshot[];
  /** What is followed as these pictures show it, where they are of another stream, and so of a moment of their own. */
  readonly shown?: readonly DetectedObject[];
}

/** Something that a camera found out by itself, or the gateway by its pictures without any detector. */
export interface CameraSignal extends Observed {
  readonly kind: 'camera-signal';
  readonly signal: CameraSignalName;
  /**
   * `begun` and `ended` also of a state that lasts since before the connection: said again at each one, so whoever
   * follows it hears the end that came meanwhile. `happened` is over at once.
   */
  readonly state: 'begun' | 'ended' | 'happened';
  readonly by: 'camera' | 'gateway';
  /** Which of the camera's lenses or inputs, by its own name; at most 64 characters. */
  readonly source?: string;
  /** The camera's own rule, by the name that was given it there; at most 64 characters. */
  readonly rule?: string;
  /**
   * The camera's own number of the object that it saw, at most 64 characters. What begins and ends with it does so for
   * this object alone; at a new connection nothing is said of objects that left meanwhile.
   */
  readonly object?: string;
}

export type Observation =
  | Measurement
  | VesselPosition
  | VesselStatic
  | NavigationAid
  | BaseStation
  | SafetyText
  | ApplicationMessage
  | VmsPosition
  | VmsCall
  | VesselStatusOrder
  | VesselAcknowledgement
  | Detections
  | CameraSignal
  | CameraClip;

/** RGB, 8 bits each, rows from the top, `width × height × 3` bytes. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  /** Gives the memory of the pixels back for a later picture; called by who is done with it and has handed it to nobody. */
  readonly release?: () => void;
}

/** A decoded picture, scaled as asked for. Not an observation: no queue, process border or outbox can carry it. */
export interface Frame extends Picture {
  readonly kind: 'frame';
  readonly device: string;
  readonly time: Instant;
  /** Of the larger stream, to be shown and not watched: it comes when it comes. Absent: of the one that is watched. */
  readonly stream?: 'evidence';
  /** Whether what the camera says by itself can be heard now; absent where it says nothing. */
  readonly events?: 'heard' | 'unheard';
  /** The same moment in the larger size asked for, when one was asked for. */
  readonly large?: Picture;
}

/** How ffmpeg resamples when it scales, by the names of its flags. */
export const resamplings = ['bilinear', 'bicubic', 'area', 'lanczos', 'neighbor'] as const;
export type Resampling = (typeof resamplings)[number];

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What a detector wants of a camera's pictures. Frames fit inside the size with their own aspect ratio, unpadded. */
export interface FrameRequest extends PictureSize {
  readonly resampling: Resampling;
  readonly maximumFps: number;
  /** Wanted of every frame, so that the stream is chosen by it. Never enlarged: a smaller picture comes as it is. */
  readonly large?: PictureSize;
  /**
   * Wanted from time to time: by frames of another stream that is large enough, where the camera has one
   * (`Frame.stream`), and else as `large`, but as large as the stream that is watched gives it.
   */
  readonly evidence?: PictureSize;
}
