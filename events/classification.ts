/**
 * The one table that says of each event how it is to be protected, on what legal ground, how long the box keeps it and
 * who may receive it. An event without a row does not compile.
 */
import { type Duration, hours } from '../core/time.ts';
import type { KnownEvent } from './names.ts';

export interface Classification {
  readonly classification: 'public' | 'internal' | 'restricted';
  /** What the data are about. */
  readonly category: 'environment' | 'vessel-traffic' | 'public-space' | 'operation';
  /** Law that governs the data: Law 91/2025/QH15 on the protection of personal data. */
  readonly regulation?: 'VN-LAW-91-2025';
  /** How long the gateway keeps an undelivered event before it may be shed as expired. */
  readonly retention: Duration;
  /** Who may receive it besides the operations center itself. */
  readonly recipients: readonly ('environment-agency' | 'fisheries-agency' | 'border-guard' | 'police' | 'operator')[];
}

const days = (count: number): Duration => hours(24 * count);

/** Low-cost instruments: internal until an agency has validated them. */
const environment: Classification = {
  classification: 'internal',
  category: 'environment',
  retention: days(90),
  recipients: ['environment-agency'],
};

/** For the duty officer: the public is warned by whom the law names, not by a gateway. */
const warning: Classification = { ...environment, recipients: ['environment-agency', 'operator'] };

/** Broadcast in the clear by the vessels, but a fishing vessel's place tells where its owner is. */
const vessel: Classification = {
  classification: 'internal',
  category: 'vessel-traffic',
  regulation: 'VN-LAW-91-2025',
  retention: days(14),
  recipients: ['fisheries-agency', 'border-guard'],
};

const seaMark: Classification = {
  classification: 'internal',
  category: 'vessel-traffic',
  retention: days(14),
  recipients: ['fisheries-agency', 'border-guard'],
};

/** A redacted picture goes with it. */
const vesselPicture: Classification = { ...vessel, classification: 'restricted', retention: days(30) };

/** Numbers of boats, no boat of anybody. */
const vesselCount: Classification = {
  classification: 'internal',
  category: 'vessel-traffic',
  retention: days(90),
  recipients: ['fisheries-agency', 'border-guard'],
};

/** People can be seen, also where a picture was redacted. */
const publicSpace: Classification = {
  classification: 'restricted',
  category: 'public-space',
  regulation: 'VN-LAW-91-2025',
  retention: days(30),
  recipients: ['police'],
};

/** Numbers of people and vehicles, nobody in particular. */
const headCount: Classification = { ...publicSpace, retention: days(90), recipients: ['police', 'operator'] };

const operation: Classification = {
  classification: 'internal',
  category: 'operation',
  retention: days(90),
  recipients: ['operator'],
};

export const classifications: Readonly<Record<KnownEvent, Classification>> = {
  'environment.air-quality.observed': environment,
  'environment.weather.observed': environment,
  'environment.noise-level.observed': environment,
  'environment.water-level.observed': environment,
  'environment.water-quality.observed': environment,
  'environment.soil.observed': environment,
  'environment.device-measurement.observed': { ...operation, retention: days(14) },
  'environment.sensor-fault.raised': operation,
  'environment.sensor-fault.updated': operation,
  'environment.sensor-fault.cleared': operation,
  'environment.source-failover.raised': operation,
  'environment.source-failover.cleared': operation,
  'warning.threshold.raised': warning,
  'warning.threshold.updated': warning,
  'warning.threshold.cleared': warning,
  'fishing-vessel.vessel.observed': vessel,
  'fishing-vessel.vessel.described': vessel,
  'fishing-vessel.navigation-aid.observed': seaMark,
  'fishing-vessel.base-station.observed': seaMark,
  'fishing-vessel.safety-text.received': vessel,
  'fishing-vessel.application-message.received': {
    ...vessel,
    recipients: [...vessel.recipients, 'environment-agency'],
  },
  'fishing-vessel.vessel.identified': vessel,
  'fishing-vessel.receiver-deafness.raised': operation,
  'fishing-vessel.receiver-deafness.cleared': operation,
  'fishing-vessel.vessel.sighted': vesselPicture,
  'fishing-vessel.unidentified.counted': vesselCount,
  'fishing-vessel.vessel.unidentified': vesselPicture,
  'fishing-vessel.unseen-vessel.raised': vessel,
  'fishing-vessel.unseen-vessel.cleared': vessel,
  'fishing-vessel.zone.entered': vessel,
  'fishing-vessel.zone.left': vessel,
  'fishing-vessel.zone-stay.raised': vessel,
  'fishing-vessel.zone-stay.cleared': vessel,
  'fishing-vessel.boundary.crossed': vessel,
  'fishing-vessel.boundary-approach.raised': vessel,
  'fishing-vessel.boundary-approach.cleared': vessel,
  'fishing-vessel.speeding.raised': vessel,
  'fishing-vessel.speeding.updated': vessel,
  'fishing-vessel.speeding.cleared': vessel,
  'fishing-vessel.forbidden-anchoring.raised': vessel,
  'fishing-vessel.forbidden-anchoring.cleared': vessel,
  'fishing-vessel.forbidden-presence.raised': vessel,
  'fishing-vessel.forbidden-presence.cleared': vessel,
  'fishing-vessel.suspected-fishing.raised': vessel,
  'fishing-vessel.suspected-fishing.cleared': vessel,
  'fishing-vessel.vms-silence.raised': vessel,
  'fishing-vessel.vms-silence.updated': vessel,
  'fishing-vessel.vms-silence.cleared': vessel,
  'fishing-vessel.provider-outage.raised': seaMark,
  'fishing-vessel.provider-outage.cleared': seaMark,
  'fishing-vessel.ais-silence.raised': vessel,
  'fishing-vessel.ais-silence.cleared': vessel,
  'fishing-vessel.position-jump.detected': vessel,
  'fishing-vessel.identity-conflict.raised': vessel,
  'fishing-vessel.identity-conflict.cleared': vessel,
  'fishing-vessel.identity.changed': vessel,
  'fishing-vessel.source-mismatch.raised': vessel,
  'fishing-vessel.source-mismatch.cleared': vessel,
  'fishing-vessel.distress.raised': vessel,
  'fishing-vessel.distress.updated': vessel,
  'fishing-vessel.distress.cleared': vessel,
  'fishing-vessel.distress-test.observed': vessel,
  'fishing-vessel.loitering.raised': vessel,
  'fishing-vessel.loitering.cleared': vessel,
  'fishing-vessel.rendezvous.raised': vessel,
  'fishing-vessel.rendezvous.cleared': vessel,
  'fishing-vessel.collision-risk.raised': vessel,
  'fishing-vessel.collision-risk.updated': vessel,
  'fishing-vessel.collision-risk.cleared': vessel,
  'fishing-vessel.condition.acknowledged': vessel,
  'fishing-vessel.fleet.reported': vessel,
  'urban-camera.object.appeared': publicSpace,
  'urban-camera.object.updated': publicSpace,
  'urban-camera.object.observed': publicSpace,
  'urban-camera.zone.entered': publicSpace,
  'urban-camera.zone.left': publicSpace,
  'urban-camera.zone-breach.raised': publicSpace,
  'urban-camera.zone-breach.cleared': publicSpace,
  'urban-camera.event-budget.raised': publicSpace,
  'urban-camera.event-budget.cleared': publicSpace,
  'urban-camera.line.crossed': publicSpace,
  'urban-camera.traffic.counted': headCount,
  'urban-camera.occupancy.counted': headCount,
  'urban-camera.camera.signaled': publicSpace,
  'urban-camera.camera.impaired': publicSpace,
  'urban-camera.camera.restored': publicSpace,
  'urban-camera.clip.recorded': publicSpace,
  'urban-camera.scene.classified': publicSpace,
  'urban-camera.media.captured': publicSpace,
  'urban-camera.media.stored': publicSpace,
  'urban-camera.media.lost': publicSpace,
  'gateway.gateway.started': operation,
  'gateway.device.failed': operation,
  'gateway.device.recovered': operation,
  'gateway.group.failed': operation,
  'gateway.group.recovered': operation,
  'gateway.uplink.no-consumer': operation,
  'gateway.stage.failed': operation,
  'gateway.file.loaded': operation,
  'gateway.file.refused': operation,
  'gateway.store.replaced': operation,
  'gateway.store.restored': operation,
  'gateway.event.set-aside': operation,
  'gateway.clock.stepped': operation,
  'gateway.governor.stepped': operation,
  'gateway.command.accepted': operation,
  'gateway.command.refused': operation,
  'gateway.command.completed': operation,
  'gateway.maintenance.started': operation,
  'gateway.maintenance.ended': operation,
  'gateway.connection.reported': operation,
  'gateway.inventory.reported': operation,
  'gateway.health.reported': operation,
  'gateway.delivery.reported': operation,
  'gateway.alerts.reported': operation,
};
