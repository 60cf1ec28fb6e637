/** What `track` itself concludes. Pure. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { VesselFix, VesselIdentity } from '../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../core/vessel-fields.ts';
import type { TrackConfig } from './config.ts';

/** The name of a vessel is found to be another name of it. */
export const identified = (
  formerKey: string,
  vessel: VesselIdentity,
  { time, device, fix }: { readonly time: Instant; readonly device?: string; readonly fix: VesselFix | undefined },
): Conclusion => ({
  kind: 'conclusion',
  event: 'fishing-vessel.vessel.identified',
  source: 'track',
  ...(device !== undefined && { device }),
  subject: subjectOf(vessel),
  time,
  key: `${formerKey}>${vessel.key}/${vessel.registryVersion ?? ''}`,
  data: { formerSubject: subjectOf({ key: formerKey }), ...toVesselFields({ vessel }, fix) },
});

/** A period of a receiver, against its history. */
export interface Hearing {
  readonly device: string;
  readonly start: Instant;
  /** Vessels. */
  readonly count: number;
  readonly usual: number;
  /** How many periods `usual` is from. */
  readonly periods: number;
  readonly limits: TrackConfig['deafness'];
}

const deafness = (
  phase: 'raised' | 'cleared',
  { device, start, count, usual, periods, limits }: Hearing,
  since: Instant,
  site: Site,
): Conclusion & { readonly device: string } => ({
  kind: 'conclusion',
  event: `fishing-vessel.receiver-deafness.${phase}`,
  source: device,
  device,
  subject: `receiver/${device}`,
  time: start + limits.period,
  key: `${phase}/${since}`,
  severity: phase === 'raised' ? 'MEDIUM' : 'INFORMATIONAL',
  correlation: `receiver-deafness/${device}/${toTimestamp(since)}`,
  data: {
    phase,
    refDevice: `urn:ngsi-ld:Device:${site.city}-${site.gateway}-${device}`,
    since: toTimestamp(since),
    period: { start: toTimestamp(start), end: toTimestamp(start + limits.period) },
    heardVessels: count,
    usualVessels: usual,
    knownPeriods: periods,
    limits: { raise: limits.raise, clear: limits.clear },
  },
});

export const deafnessRaised = (hearing: Hearing, since: Instant, site: Site): Conclusion =>
  deafness('raised', hearing, since, site);

export const deafnessCleared = (
  hearing: Hearing,
  since: Instant,
  reason: 'recovered' | 'superseded' | 'config-removed',
  site: Site,
): Conclusion => {
  const conclusion = deafness('cleared', hearing, since, site);
  const { device, ...ofNoDevice } = conclusion;
  const data = { ...conclusion.data, reason };
  return site.devices.has(device) ? { ...conclusion, data } : { ...ofNoDevice, data };
};
