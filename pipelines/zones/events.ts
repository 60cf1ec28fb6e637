/** A track of a camera → its events. Pure. */
import { hash } from 'node:crypto';
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import { mediaReferenceOf } from '../../core/media-reference.ts';
import type { Box, Detector, Snapshot } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { Zone } from './config.ts';

/** What is known of an object as long as a camera follows it. */
export interface Track {
  readonly device: string;
  readonly track: string;
  /** Of its last detection: thresholds may be set meanwhile. */
  detector: Detector;
  /** Label of the detection with the highest confidence so far. */
  label: string;
  confidence: number;
  /** Box of that detection. */
  bestBox: Box;
  readonly firstSeen: Instant;
  lastSeen: Instant;
  readonly firstBox: Box;
  lastBox: Box;
  frames: number;
  /** Ids of the zones it was in, in the order of their entering. */
  zones: string[];
}

/** A stay in a zone, as it was when it began: the configuration may have changed since. */
export interface Visit {
  readonly zone: Pick<Zone, 'id' | 'name' | 'englishName'> & { readonly version: string };
  readonly enteredAt: Instant;
  /** Counts the stays of this track in this zone. */
  readonly number: number;
}

export type LeaveReason = 'moved' | 'gone' | 'source-lost' | 'config-removed' | 'interrupted';

/** How an object's life before a camera ended. */
export type ObjectEnd = 'left' | 'source-lost' | 'interrupted';

export const versionOf = ({ polygon, classes }: Zone): string =>
  hash('sha256', JSON.stringify([polygon, classes]), 'hex').slice(0, 6);

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const toBox = ({ x, y, width, height }: Box): Box => ({
  x: round(x),
  y: round(y),
  width: round(width),
  height: round(height),
});

const objectOf = ({ label, track }: Track, confidence: number, box: Box): Readonly<Record<string, unknown>> => ({
  class: label,
  trackId: track,
  confidence: round(confidence),
  box: toBox(box),
});

const commonOf = ({ device, detector, label }: Track, site: Site): Readonly<Record<string, unknown>> => {
  const location = site.devices.get(device)?.location;
  const { model, version, sha256, threshold, thresholds } = detector;
  return {
    detector: { model, version, sha256, threshold: thresholds?.[label] ?? threshold },
    ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'camera' }),
  };
};

const base = (
  track: Track,
  event: 'object.observed' | 'zone.entered' | 'zone.left',
): Pick<Conclusion, 'kind' | 'event' | 'source' | 'device' | 'correlation'> & { readonly device: string } => ({
  kind: 'conclusion',
  event: `urban-camera.${event}`,
  source: track.device,
  device: track.device,
  correlation: `track/${track.device}/${track.track}`,
});

export const entered = (
  track: Track,
  visit: Visit,
  severity: Severity,
  seen: { readonly confidence: number; readonly snapshot: Snapshot | undefined },
  site: Site,
): Conclusion => ({
  ...base(track, 'zone.entered'),
  subject: `zone/${visit.zone.id}`,
  time: visit.enteredAt,
  key: `${track.track}/${visit.zone.id}/${visit.number}`,
  severity,
  data: {
    phase: 'entered',
    object: objectOf(track, seen.confidence, track.lastBox),
    zone: visit.zone,
    ...commonOf(track, site),
    ...(seen.snapshot !== undefined && { media: [mediaReferenceOf('snapshot', seen.snapshot, track.device, site)] }),
  },
});

export const left = (track: Track, visit: Visit, reason: LeaveReason, time: Instant, site: Site): Conclusion => ({
  ...base(track, 'zone.left'),
  subject: `zone/${visit.zone.id}`,
  time,
  key: `${track.track}/${visit.zone.id}/${visit.number}`,
  severity: 'INFORMATIONAL',
  data: {
    phase: 'left',
    reason,
    object: objectOf(track, track.confidence, track.lastBox),
    zone: visit.zone,
    enteredAt: toTimestamp(visit.enteredAt),
    dwellSeconds: Math.max(0, Math.round((time - visit.enteredAt) / 10) / 100),
    ...commonOf(track, site),
  },
});

export const observed = (track: Track, end: ObjectEnd, site: Site): Conclusion => ({
  ...base(track, 'object.observed'),
  subject: `object/${track.device}/${track.track}`,
  time: track.lastSeen,
  key: track.track,
  data: {
    object: objectOf(track, track.confidence, track.bestBox),
    firstSeen: toTimestamp(track.firstSeen),
    lastSeen: toTimestamp(track.lastSeen),
    firstBox: toBox(track.firstBox),
    lastBox: toBox(track.lastBox),
    frames: track.frames,
    zones: track.zones,
    end,
    ...commonOf(track, site),
  },
});
