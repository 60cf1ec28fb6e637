/** A track of a camera → its events. Pure. */
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import { mediaReferenceOf } from '../../core/media-reference.ts';
import type { Box, Detector, Snapshot } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { Breach } from './breaches.ts';
import type { Spending } from './budget.ts';
import type { Line, Zone } from './config.ts';
import type { Counter, Flow, Interval } from './counts.ts';
import type { Track } from './life.ts';
import type { Crossing } from './lines.ts';
import type { Footprint } from './path.ts';
import { type BestPicture, presentable } from './picture.ts';
import { lineOf, type Visit, zoneOf } from './visits.ts';

export type LeaveReason = 'moved' | 'gone' | 'source-lost' | 'config-removed' | 'interrupted';

/** How an object's life before a camera ended. */
export type ObjectEnd = 'left' | 'source-lost' | 'interrupted';

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

const whereOf = (device: string, site: Site): Readonly<Record<string, unknown>> => {
  const location = site.devices.get(device)?.location;
  return location === undefined ? {} : { location: { type: 'Point', coordinates: location }, locationOf: 'camera' };
};

const detectorOf = ({ model, version, sha256, threshold, thresholds }: Detector, label?: string) => ({
  detector: {
    model,
    version,
    ...(sha256 !== undefined && { sha256 }),
    threshold: thresholds?.[label ?? ''] ?? threshold,
  },
});

const commonOf = ({ device, detector, label }: Track, site: Site): Readonly<Record<string, unknown>> => ({
  ...detectorOf(detector, label),
  ...whereOf(device, site),
});

const mediaOf = (snapshot: Snapshot | undefined, device: string, site: Site): Readonly<Record<string, unknown>> =>
  snapshot === undefined ? {} : { media: [mediaReferenceOf('snapshot', snapshot, device, site)] };

const secondsBetween = (from: Instant, to: Instant): number => Math.max(0, Math.round((to - from) / 10) / 100);

const base = (
  track: Track,
  event:
    | 'object.appeared'
    | 'object.updated'
    | 'object.observed'
    | 'zone.entered'
    | 'zone.left'
    | 'line.crossed'
    | 'zone-breach.raised'
    | 'zone-breach.cleared',
): Pick<Conclusion, 'kind' | 'event' | 'source' | 'device' | 'correlation'> & { readonly device: string } => ({
  kind: 'conclusion',
  event: `urban-camera.${event}`,
  source: track.device,
  device: track.device,
  correlation: `track/${track.device}/${track.track}`,
});

const visitKey = ({ track }: Track, { zone, number }: Visit): string => `${track}/${zone.id}/${number}`;

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
  key: visitKey(track, visit),
  severity,
  data: {
    phase: 'entered',
    object: objectOf(track, seen.confidence, track.lastBox),
    zone: visit.zone,
    ...commonOf(track, site),
    ...mediaOf(seen.snapshot, track.device, site),
  },
});

export const left = (track: Track, visit: Visit, reason: LeaveReason, time: Instant, site: Site): Conclusion => ({
  ...base(track, 'zone.left'),
  subject: `zone/${visit.zone.id}`,
  time,
  key: visitKey(track, visit),
  severity: 'INFORMATIONAL',
  data: {
    phase: 'left',
    reason,
    object: objectOf(track, track.confidence, track.lastBox),
    zone: visit.zone,
    enteredAt: toTimestamp(visit.enteredAt),
    dwellSeconds: secondsBetween(visit.enteredAt, time),
    ...commonOf(track, site),
  },
});

const toPathPoint = ({ x, y, at }: Footprint, { firstSeen }: Track): Readonly<Record<string, number>> => ({
  x: round(Math.min(1, Math.max(0, x))),
  y: round(Math.min(1, Math.max(0, y))),
  seconds: secondsBetween(firstSeen, at),
});

/** While it is followed, where a zone asks for it; `number` counts what was told of it. */
export const told = (track: Track, number: number, site: Site): Conclusion => ({
  ...base(track, number === 1 ? 'object.appeared' : 'object.updated'),
  subject: `object/${track.device}/${track.track}`,
  time: track.lastSeen,
  key: `${track.track}/${number}`,
  data: {
    phase: number === 1 ? 'appeared' : 'updated',
    object: objectOf(track, track.confidence, track.lastBox),
    firstSeen: toTimestamp(track.firstSeen),
    zones: track.zones,
    ...commonOf(track, site),
  },
});

const lifePictureOf = ({ snapshot, announced }: BestPicture, device: string, site: Site) => ({
  media: [{ ...mediaReferenceOf('snapshot', snapshot, device, site), ...(announced && { state: 'announced' }) }],
});

/** At `now`, its life is over. */
export const observed = (track: Track, end: ObjectEnd, now: Instant, site: Site): Conclusion => {
  const picture = presentable(track, now);
  return {
    ...base(track, 'object.observed'),
    subject: `object/${track.device}/${track.track}`,
    time: track.lastSeen,
    key: track.track,
    data: {
      object: objectOf(track, track.confidence, track.bestBox),
      firstSeen: toTimestamp(track.firstSeen),
      lastSeen: toTimestamp(track.lastSeen),
      dwellSeconds: secondsBetween(track.firstSeen, track.lastSeen),
      firstBox: toBox(track.firstBox),
      lastBox: toBox(track.lastBox),
      path: track.path.map(footprint => toPathPoint(footprint, track)),
      frames: track.frames,
      zones: track.zones,
      end,
      ...commonOf(track, site),
      ...(picture !== undefined && lifePictureOf(picture, track.device, site)),
    },
  };
};

/** `number` counts the crossings of this line by this track. */
export const crossed = (
  track: Track,
  line: Line,
  { to, at }: Crossing,
  number: number,
  seen: {
    readonly confidence: number;
    readonly snapshot: Snapshot | undefined;
    /** Metres a second, where the ground is known. */
    readonly speed: number | undefined;
  },
  site: Site,
): Conclusion => ({
  ...base(track, 'line.crossed'),
  subject: `line/${line.id}`,
  time: at,
  key: `${track.track}/${line.id}/${number}`,
  severity: line.severity,
  data: {
    direction: to === line.inward ? 'in' : 'out',
    object: objectOf(track, seen.confidence, track.lastBox),
    line: lineOf(line),
    ...(seen.speed !== undefined && { speedMetresPerSecond: Math.round(seen.speed * 100) / 100 }),
    ...commonOf(track, site),
    ...mediaOf(seen.snapshot, track.device, site),
  },
});

const periodOf = ({ start, end, covered }: Interval): Readonly<Record<string, unknown>> => ({
  start: toTimestamp(start),
  end: toTimestamp(end),
  completeness: Math.min(1, Math.round((covered / (end - start)) * 100) / 100),
});

const flowsOf = <In extends string, Out extends string>(
  flows: ReadonlyMap<string, Flow> | undefined,
  names: { readonly in: In; readonly out: Out },
): readonly Readonly<Record<string, unknown>>[] =>
  [...(flows ?? [])]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, flow]) => ({ class: label, [names.in]: flow.in, [names.out]: flow.out }));

const counted = (
  device: string,
  event: 'traffic.counted' | 'occupancy.counted',
  subject: string,
  { start, end }: Interval,
): Pick<Conclusion, 'kind' | 'event' | 'source' | 'device' | 'subject' | 'time' | 'key'> => ({
  kind: 'conclusion',
  event: `urban-camera.${event}`,
  source: device,
  device,
  subject,
  time: end,
  key: `${subject}/${start}`,
});

/** One interval of one line. */
export const trafficCounted = (
  device: string,
  line: Line,
  interval: Interval,
  detector: NonNullable<Counter['detector']>,
  site: Site,
): Conclusion => ({
  ...counted(device, 'traffic.counted', `line/${line.id}`, interval),
  data: {
    line: lineOf(line),
    period: periodOf(interval),
    counts: flowsOf(interval.lines.get(line.id), { in: 'in', out: 'out' }),
    ...detectorOf(detector),
    ...whereOf(device, site),
  },
});

const occupancyOf = ({ stays, covered }: Interval, zone: string): Readonly<Record<string, number>> => {
  const { peak, duration } = stays.get(zone) ?? { peak: 0, duration: 0 };
  return { peak, mean: covered === 0 ? 0 : Math.round((duration / covered) * 100) / 100 };
};

/** One interval of one zone. */
export const occupancyCounted = (
  device: string,
  zone: Zone,
  interval: Interval,
  detector: NonNullable<Counter['detector']>,
  site: Site,
): Conclusion => ({
  ...counted(device, 'occupancy.counted', `zone/${zone.id}`, interval),
  data: {
    zone: zoneOf(zone),
    period: periodOf(interval),
    counts: flowsOf(interval.zones.get(zone.id), { in: 'entered', out: 'left' }),
    ...occupancyOf(interval, zone.id),
    ...detectorOf(detector),
    ...whereOf(device, site),
  },
});

/** What both ends of a breach have in common. */
const breachOf = (
  track: Track,
  visit: Visit,
  { rule, at, number, limitSeconds }: Breach,
  phase: 'raised' | 'cleared',
) => {
  const key = `${visitKey(track, visit)}/${rule}/${number}`;
  return {
    ...base(track, `zone-breach.${phase}`),
    correlation: `breach/${track.device}/${key}`,
    subject: `zone/${visit.zone.id}`,
    key,
    data: {
      phase,
      rule,
      brokenAt: toTimestamp(at),
      enteredAt: toTimestamp(visit.enteredAt),
      ...(limitSeconds !== undefined && { limitSeconds }),
      zone: visit.zone,
    },
  };
};

export const breachRaised = (
  track: Track,
  visit: Visit,
  breach: Breach,
  severity: Severity,
  seen: { readonly confidence: number; readonly snapshot: Snapshot | undefined },
  site: Site,
): Conclusion => {
  const { data, ...common } = breachOf(track, visit, breach, 'raised');
  return {
    ...common,
    time: breach.at,
    severity,
    cause: {
      event: 'urban-camera.zone.entered',
      source: track.device,
      time: visit.enteredAt,
      key: visitKey(track, visit),
    },
    data: {
      ...data,
      object: objectOf(track, seen.confidence, track.lastBox),
      ...commonOf(track, site),
      ...mediaOf(seen.snapshot, track.device, site),
    },
  };
};

/** With the visit: it is over when the object has left. */
const breachEnds = {
  moved: 'recovered',
  gone: 'recovered',
  recovered: 'recovered',
  'source-lost': 'source-lost',
  'config-removed': 'config-removed',
  interrupted: 'interrupted',
} as const satisfies Record<LeaveReason | 'recovered', string>;

export const breachCleared = (
  track: Track,
  visit: Visit,
  breach: Breach,
  reason: LeaveReason | 'recovered',
  time: Instant,
  site: Site,
): Conclusion => {
  const { data, ...common } = breachOf(track, visit, breach, 'cleared');
  return {
    ...common,
    time,
    severity: 'INFORMATIONAL',
    cause: { event: 'urban-camera.zone-breach.raised', source: track.device, time: breach.at, key: common.key },
    data: {
      ...data,
      reason: breachEnds[reason],
      durationSeconds: secondsBetween(breach.at, time),
      object: objectOf(track, track.confidence, track.lastBox),
      ...commonOf(track, site),
    },
  };
};

const budgetOf = (device: string, since: Instant, phase: 'raised' | 'cleared') =>
  ({
    kind: 'conclusion',
    event: `urban-camera.event-budget.${phase}`,
    source: device,
    device,
    subject: `camera/${device}`,
    correlation: `event-budget/${device}/${since}`,
    key: `${device}/${since}`,
  }) as const;

/** The first event of the day was not told. */
export const budgetRaised = (device: string, since: Instant, daily: number, site: Site): Conclusion => ({
  ...budgetOf(device, since, 'raised'),
  time: since,
  severity: 'LOW',
  data: { phase: 'raised', since: toTimestamp(since), daily, ...whereOf(device, site) },
});

/** A new day begins, or there is no budget any more: so many were not told. */
export const budgetCleared = (
  device: string,
  since: Instant,
  { told, shed }: Pick<Spending, 'told' | 'shed'>,
  end: { readonly time: Instant; readonly reason: 'recovered' | 'config-removed' },
  site: Site,
): Conclusion => ({
  ...budgetOf(device, since, 'cleared'),
  time: end.time,
  severity: 'INFORMATIONAL',
  cause: { event: 'urban-camera.event-budget.raised', source: device, time: since, key: `${device}/${since}` },
  data: {
    phase: 'cleared',
    reason: end.reason,
    since: toTimestamp(since),
    told,
    shed: [...shed].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([event, count]) => ({ event, count })),
    ...whereOf(device, site),
  },
});
