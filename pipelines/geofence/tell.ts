/** Visits, crossings and conditions → their events. Pure. */
import type { Conclusion, EventName, Severity } from '../../core/conclusion.ts';
import { bearingDegrees } from '../../core/geodesy.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { VesselFix, VesselIdentity } from '../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../core/vessel-fields.ts';
import type { ConditionName, Episode, Fields, Followed, Passage, ToldZone, Visit } from './followed.ts';

const stageName = 'geofence';

/** Of what is told of a zone that says none of its own. */
const severities: Readonly<Record<ConditionName | 'visit' | 'crossing', Severity>> = {
  visit: 'INFORMATIONAL',
  crossing: 'HIGH',
  'zone-stay': 'LOW',
  speeding: 'MEDIUM',
  'forbidden-anchoring': 'MEDIUM',
  'forbidden-presence': 'MEDIUM',
  'suspected-fishing': 'HIGH',
  'boundary-approach': 'MEDIUM',
};

export type LeaveReason = 'moved' | 'source-lost' | 'config-removed' | 'superseded';
export type Direction = 'to-left' | 'to-right' | 'inward' | 'outward';
export type ClearReason = 'recovered' | 'superseded' | 'source-lost' | 'config-removed';

/** `20261123T011241Z`, with milliseconds where there are any. */
const stampOf = (time: Instant): string => toTimestamp(time).replaceAll(/[-:]|\.000/g, '');

/** `<what>/<zone>/<vessel>/<since>`: `visit/thuan-an-shelter/TTH-96969-TS/20261123T011241Z`. */
export const correlationOf = (what: string, zone: string, { key }: VesselIdentity, since: Instant): string =>
  `${what}/${zone}/${key.replace(/^vnfish\//, '')}/${stampOf(since)}`;

const momentOf = ({ time, longitude, latitude }: VesselFix): Fields => ({
  time: toTimestamp(time),
  coordinates: [longitude, latitude],
});

const mostReceivers = 8;

const evidenceOf = (followed: Followed, before: VesselFix | undefined, after: VesselFix): Fields => ({
  ...(before !== undefined && { before: momentOf(before) }),
  after: momentOf(after),
  source: after.source,
  receivers: followed.receivers.slice(0, mostReceivers),
  ...(after.navigationStatus !== undefined && { navigationStatus: after.navigationStatus }),
});

const crossingEvidenceOf = (followed: Followed, { time, crossing, place, before, after }: Passage): Fields => ({
  ...evidenceOf(followed, before, after),
  crossing,
  ...(place !== undefined && { crossed: { time: toTimestamp(time), coordinates: place } }),
});

interface Telling {
  readonly event: EventName;
  readonly time: Instant;
  readonly key: string;
  readonly severity: Severity;
  readonly correlation?: string;
  readonly data: Fields;
}

const conclude = ({ vessel, device, fix }: Followed, told: Telling, zone: ToldZone, evidence: Fields): Conclusion => ({
  kind: 'conclusion',
  event: told.event,
  source: stageName,
  device,
  subject: subjectOf(vessel),
  time: told.time,
  key: told.key,
  severity: told.severity,
  ...(told.correlation !== undefined && { correlation: told.correlation }),
  data: { ...told.data, zone, ...toVesselFields({ vessel }, fix), evidence },
});

export const tellEntered = (
  followed: Followed,
  { zone, correlation, enteredAt }: Visit,
  passage: Passage,
  severity: Severity = severities.visit,
): Conclusion =>
  conclude(
    followed,
    {
      event: 'fishing-vessel.zone.entered',
      time: enteredAt,
      key: `${correlation}/entered`,
      severity,
      correlation,
      data: { phase: 'entered' },
    },
    zone,
    crossingEvidenceOf(followed, passage),
  );

export const tellLeft = (
  followed: Followed,
  { zone, correlation, enteredAt }: Visit,
  reason: LeaveReason,
  passage: Passage,
): Conclusion =>
  conclude(
    followed,
    {
      event: 'fishing-vessel.zone.left',
      time: passage.time,
      key: `${correlation}/left`,
      severity: severities.visit,
      correlation,
      data: {
        phase: 'left',
        reason,
        enteredAt: toTimestamp(enteredAt),
        staySeconds: Math.max(0, (passage.time - enteredAt) / 1000),
      },
    },
    zone,
    crossingEvidenceOf(followed, passage),
  );

export const tellCrossed = (
  followed: Followed,
  zone: ToldZone,
  direction: Direction,
  passage: Passage,
  severity: Severity = severities.crossing,
): Conclusion => {
  const { before = passage.after, after, time } = passage;
  return conclude(
    followed,
    {
      event: 'fishing-vessel.boundary.crossed',
      time,
      key: `${zone.id}/${followed.vessel.key}/${time}/${direction}`,
      severity,
      data: { direction, courseDegrees: Math.round(bearingDegrees(before, after) * 10) / 10 },
    },
    zone,
    crossingEvidenceOf(followed, passage),
  );
};

/** `raised`, `updated` or `cleared`; of a cleared one, why. */
export const tellCondition = (
  followed: Followed,
  name: ConditionName,
  phase: { readonly verb: 'raised' | 'updated'; readonly severity?: Severity | undefined } | ClearReason,
  zone: ToldZone,
  episode: Episode,
  before: VesselFix | undefined,
  time: Instant,
): Conclusion => {
  const { correlation, since, data } = episode;
  const verb = typeof phase === 'string' ? 'cleared' : phase.verb;
  return conclude(
    followed,
    {
      event: `fishing-vessel.${name}.${verb}`,
      time,
      key: `${correlation}/${verb}${verb === 'updated' ? `/${time}` : ''}`,
      severity: typeof phase === 'string' ? 'INFORMATIONAL' : (phase.severity ?? severities[name]),
      correlation,
      data: {
        phase: verb,
        ...(typeof phase === 'string' && { reason: phase }),
        since: toTimestamp(since),
        ...data,
      },
    },
    zone,
    evidenceOf(followed, before, followed.fix),
  );
};
