/** What was found → its events. Pure. */
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import { mediaReferenceOf } from '../../core/media-reference.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, minutes, toTimestamp } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../core/vessel-fields.ts';
import type { Boat } from './boats.ts';
import { type ExpectedBox, locate, type UncertainPlace } from './camera.ts';
import type { CameraConfig, CameraZone, SightingConfig } from './config.ts';
import type { Explained, Station } from './likelihood.ts';
import { alongBearing } from './plane.ts';
import type { Expectation, KnownVessel, OpenUnseen, Period, Stay, ZoneCount } from './state.ts';

export interface Outcome {
  readonly output: Conclusion[];
  /** Keys that explain it. */
  readonly keys: Set<string>;
}

type Fields = Readonly<Record<string, unknown>>;

const method = 'likelihood-assignment-1';

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const fraction = (value: number): number => round(Math.min(1, Math.max(0, value)), 4);
/** 359.97 is 0. */
const bearing = (degrees: number): number => round(degrees, 1) % 360;

const cameraFieldsOf = ({ position }: CameraConfig): Fields => ({
  location: { type: 'Point', coordinates: position },
  locationOf: 'camera',
});

const detectionFieldsOf = ({ label, track, confidence, box, detector }: Boat): Fields => {
  const { model, version, sha256, threshold, thresholds } = detector;
  return {
    object: {
      class: label,
      trackId: track,
      confidence: round(confidence, 4),
      box: { x: fraction(box.x), y: fraction(box.y), width: fraction(box.width), height: fraction(box.height) },
    },
    detector: {
      model,
      version,
      ...(sha256 !== undefined && { sha256 }),
      threshold: thresholds?.[label] ?? threshold,
    },
  };
};

/** The gateway removes a picture that no event has named after 10 minutes. */
const pictureLife = minutes(8);

const mediaOf = ({ snapshot, lastSeen }: Boat, now: Instant, camera: string, site: Site): Fields =>
  snapshot === undefined || Math.max(now, lastSeen) - snapshot.capturedAt > pictureLife
    ? {}
    : { media: [mediaReferenceOf('snapshot', snapshot, camera, site)] };

/** Where its newest look has it on the water; undefined where its waterline was hidden. */
export const placeOf = (station: Station, { sights }: Boat): UncertainPlace | undefined => {
  const sight = sights.at(-1);
  return sight && locate(station.camera, sight, { x: sight.sigmaX, y: sight.sigmaY }, station.uncertainty);
};

const placeFieldsOf = (station: Station, place: UncertainPlace): Fields => {
  const { longitude, latitude } = station.plane.toPosition(alongBearing(place.bearingDegrees, place.rangeMetres));
  const { rangeMostMetres } = place;
  return {
    bearing: bearing(place.bearingDegrees),
    bearingUncertainty: round(place.bearingUncertaintyDegrees, 2),
    range: round(place.rangeMetres, 1),
    rangeLeast: round(place.rangeLeastMetres, 1),
    ...(rangeMostMetres !== undefined && { rangeMost: round(Math.min(100_000, rangeMostMetres), 1) }),
    position: { type: 'Point', coordinates: [round(longitude, 6), round(latitude, 6)] },
  };
};

const expectedFieldsOf = ({ left, right, bottom, foot }: ExpectedBox): Fields => ({
  left: fraction(left),
  right: fraction(right),
  bottom: fraction(bottom),
  bearing: bearing(foot.bearingDegrees),
  range: round(foot.rangeMetres, 1),
});

const zoneFieldsOf = ({ id, name, englishName }: CameraZone): Fields => ({
  id,
  name,
  ...(englishName !== undefined && { englishName }),
});

const from = (camera: CameraConfig): Pick<Conclusion, 'kind' | 'source' | 'device'> => ({
  kind: 'conclusion',
  source: camera.id,
  device: camera.id,
});

export const nearestFix = (fixes: readonly VesselFix[], time: Instant): VesselFix | undefined => {
  let nearest: VesselFix | undefined;
  for (const fix of fixes) {
    if (nearest === undefined || Math.abs(fix.time - time) < Math.abs(nearest.time - time)) nearest = fix;
  }
  return nearest;
};

export interface Sighting {
  readonly boat: Boat;
  readonly vessel: KnownVessel;
  readonly explained: Explained;
  readonly evidence: number;
  readonly margin: number;
}

export const sighted = (
  camera: CameraConfig,
  station: Station,
  place: UncertainPlace,
  { boat, vessel, explained, evidence, margin }: Sighting,
  now: Instant,
  site: Site,
): Conclusion => {
  const fix = nearestFix(vessel.fixes, boat.lastSeen);
  const { x, y } = explained.residual;
  return {
    ...from(camera),
    event: 'fishing-vessel.vessel.sighted',
    subject: subjectOf(vessel.update.vessel),
    time: boat.lastSeen,
    key: `${camera.id}/${boat.track}/${vessel.update.vessel.key}`,
    severity: 'INFORMATIONAL',
    correlation: `track/${camera.id}/${boat.track}`,
    data: {
      ...toVesselFields(vessel.update, fix),
      ...detectionFieldsOf(boat),
      firstSeen: toTimestamp(boat.firstSeen),
      place: placeFieldsOf(station, place),
      expected: expectedFieldsOf(explained.expected),
      residual: { x: round(x, 4), y: round(y, 4), deviations: round(explained.deviations, 2) },
      match: {
        method,
        evidence: round(evidence, 1),
        margin: round(margin, 1),
        looks: boat.sights.length,
        reportAgeSeconds: round(Math.abs(boat.lastSeen - (fix?.time ?? boat.lastSeen)) / 1000, 1),
      },
      ...mediaOf(boat, now, camera.id, site),
      ...cameraFieldsOf(camera),
    },
  };
};

export interface Surroundings {
  readonly vesselsHeard: number;
  readonly vmsWithinReach: number;
}

export const unidentified = (
  camera: CameraConfig,
  station: Station,
  zone: CameraZone,
  place: UncertainPlace,
  boat: Boat,
  { vesselsHeard, vmsWithinReach }: Surroundings,
  now: Instant,
  site: Site,
): Conclusion => ({
  ...from(camera),
  event: 'fishing-vessel.vessel.unidentified',
  subject: `object/${camera.id}/${boat.track}`,
  time: boat.lastSeen,
  key: boat.track,
  severity: zone.severity,
  correlation: `track/${camera.id}/${boat.track}`,
  data: {
    ...detectionFieldsOf(boat),
    zone: zoneFieldsOf(zone),
    place: placeFieldsOf(station, place),
    firstSeen: toTimestamp(boat.firstSeen),
    lastSeen: toTimestamp(boat.lastSeen),
    looks: boat.looks,
    evidence: {
      method,
      vesselsHeard,
      vmsWithinReach,
      waitedSeconds: Math.max(0, Math.round((now - boat.firstSeen) / 1000)),
    },
    ...mediaOf(boat, now, camera.id, site),
    ...cameraFieldsOf(camera),
  },
});

export const counted = (
  camera: CameraConfig,
  { start, watched }: Period,
  length: Duration,
  zone: CameraZone | undefined,
  count: ZoneCount,
): Conclusion => ({
  ...from(camera),
  event: 'fishing-vessel.unidentified.counted',
  subject: zone === undefined ? `camera/${camera.id}` : `zone/${zone.id}`,
  time: start + length,
  key: `${zone?.id ?? ''}/${start}`,
  data: {
    period: {
      start: toTimestamp(start),
      end: toTimestamp(start + length),
      completeness: round(Math.min(1, watched / length), 3),
    },
    ...(zone !== undefined && { zone: zoneFieldsOf(zone) }),
    ...count,
    method,
    ...cameraFieldsOf(camera),
  },
});

/** Of two sightings, the newest ones that show that the camera would see a vessel. */
export interface Proof {
  /** Of a vessel that looked as narrow. */
  readonly small: Stay;
  /** Of one that was about as far away. */
  readonly far: Stay;
}

export interface Missing {
  readonly expectation: Expectation;
  readonly vessel: KnownVessel;
  readonly expected: ExpectedBox;
  /** As narrow as it may look. */
  readonly pixels: number;
  readonly proof: Proof;
  readonly sunElevation: number;
}

/** What is told of a vessel that is missing, and how it is remembered until that is over. */
export const openUnseen = (
  camera: CameraConfig,
  { unseenLight }: SightingConfig,
  { expectation, vessel, expected, pixels, proof, sunElevation }: Missing,
  now: Instant,
): OpenUnseen => ({
  subject: subjectOf(vessel.update.vessel),
  raisedAt: now,
  correlation: `unseen-vessel/${camera.id}/${vessel.update.vessel.key}/${toTimestamp(now)}`,
  data: {
    ...toVesselFields(vessel.update, nearestFix(vessel.fixes, now)),
    receivers: vessel.update.receivers.slice(0, 8),
    expected: expectedFieldsOf(expected),
    expectedSince: toTimestamp(expectation.since),
    watchedSeconds: Math.round(expectation.missing / 1000),
    looks: expectation.looks,
    expectedPixels: round(pixels, 1),
    proof: {
      small: { time: toTimestamp(proof.small.time), pixels: round(proof.small.pixels, 1) },
      far: { time: toTimestamp(proof.far.time), range: round(proof.far.rangeMetres, 1) },
    },
    sunElevation: round(sunElevation, 1),
    light: unseenLight,
    ...cameraFieldsOf(camera),
  },
});

/** Why it is over: the reason of the contract, and what ended it. */
export interface UnseenEnding {
  readonly reason: 'recovered' | 'superseded' | 'source-lost' | 'config-removed';
  readonly endedBy:
    | 'sighting'
    | 'departure'
    | 'silence'
    | 'darkness'
    | 'cover'
    | 'uncertainty'
    | 'camera'
    | 'configuration';
}

const unseen = (
  camera: string,
  { subject, raisedAt, correlation, data }: OpenUnseen,
  phase: 'raised' | 'cleared',
  time: Instant,
  severity: Severity,
  ending: UnseenEnding | undefined,
): Conclusion => ({
  kind: 'conclusion',
  source: camera,
  device: camera,
  event: `fishing-vessel.unseen-vessel.${phase}`,
  subject,
  time,
  key: correlation,
  severity,
  correlation,
  data: { phase, since: toTimestamp(raisedAt), ...ending, ...data },
});

export const unseenRaised = (camera: string, open: OpenUnseen, severity: Severity): Conclusion =>
  unseen(camera, open, 'raised', open.raisedAt, severity, undefined);

export const unseenCleared = (camera: string, open: OpenUnseen, ending: UnseenEnding, now: Instant): Conclusion =>
  unseen(camera, open, 'cleared', now, 'INFORMATIONAL', ending);
