/** Every type of event, by name. */
import {
  airQualityObserved,
  deviceMeasurementObserved,
  noiseLevelObserved,
  waterLevelObserved,
  weatherObserved,
} from './environment.ts';
import type { EventType } from './event-type.ts';
import { baseStationObserved, navigationAidObserved, vesselDescribed, vesselObserved } from './fishing-vessel.ts';
import { unidentifiedCounted, vesselSighted, vesselUnidentified, vesselUnseen } from './fishing-vessel-sightings.ts';
import { receiverDeafnessCleared, receiverDeafnessRaised, vesselIdentified } from './fishing-vessel-tracks.ts';
import {
  boundaryApproachCleared,
  boundaryApproachRaised,
  boundaryCrossed,
  forbiddenAnchoringCleared,
  forbiddenAnchoringRaised,
  forbiddenPresenceCleared,
  forbiddenPresenceRaised,
  speedingCleared,
  speedingRaised,
  speedingUpdated,
  suspectedFishingCleared,
  suspectedFishingRaised,
  vesselZoneEntered,
  vesselZoneLeft,
  zoneStayCleared,
  zoneStayRaised,
} from './fishing-vessel-zones.ts';
import {
  alertsReported,
  connectionReported,
  deliveryReported,
  deviceFailed,
  deviceRecovered,
  gatewayStarted,
  groupFailed,
  groupRecovered,
  healthReported,
  inventoryReported,
  stageFailed,
  storeReplaced,
  uplinkNoConsumer,
} from './gateway.ts';
import { clockStepped } from './gateway-clock.ts';
import {
  commandAccepted,
  commandCompleted,
  commandRefused,
  maintenanceEnded,
  maintenanceStarted,
} from './gateway-commands.ts';
import { fileLoaded, fileRefused } from './gateway-files.ts';
import { governorStepped } from './gateway-governor.ts';
import { eventSetAside, storeRestored } from './gateway-outbox.ts';
import type { KnownEvent } from './names.ts';
import { mediaLost, mediaStored, objectObserved, zoneEntered, zoneLeft } from './urban-camera.ts';
import { mediaCaptured } from './urban-camera-media.ts';

const types: { readonly [Name in KnownEvent]: EventType<Name> } = {
  'environment.air-quality.observed': airQualityObserved,
  'environment.weather.observed': weatherObserved,
  'environment.noise-level.observed': noiseLevelObserved,
  'environment.water-level.observed': waterLevelObserved,
  'environment.device-measurement.observed': deviceMeasurementObserved,
  'fishing-vessel.vessel.observed': vesselObserved,
  'fishing-vessel.vessel.described': vesselDescribed,
  'fishing-vessel.navigation-aid.observed': navigationAidObserved,
  'fishing-vessel.base-station.observed': baseStationObserved,
  'fishing-vessel.vessel.identified': vesselIdentified,
  'fishing-vessel.receiver-deafness.raised': receiverDeafnessRaised,
  'fishing-vessel.receiver-deafness.cleared': receiverDeafnessCleared,
  'fishing-vessel.vessel.sighted': vesselSighted,
  'fishing-vessel.unidentified.counted': unidentifiedCounted,
  'fishing-vessel.vessel.unidentified': vesselUnidentified,
  'fishing-vessel.vessel.unseen': vesselUnseen,
  'fishing-vessel.zone.entered': vesselZoneEntered,
  'fishing-vessel.zone.left': vesselZoneLeft,
  'fishing-vessel.zone-stay.raised': zoneStayRaised,
  'fishing-vessel.zone-stay.cleared': zoneStayCleared,
  'fishing-vessel.boundary.crossed': boundaryCrossed,
  'fishing-vessel.boundary-approach.raised': boundaryApproachRaised,
  'fishing-vessel.boundary-approach.cleared': boundaryApproachCleared,
  'fishing-vessel.speeding.raised': speedingRaised,
  'fishing-vessel.speeding.updated': speedingUpdated,
  'fishing-vessel.speeding.cleared': speedingCleared,
  'fishing-vessel.forbidden-anchoring.raised': forbiddenAnchoringRaised,
  'fishing-vessel.forbidden-anchoring.cleared': forbiddenAnchoringCleared,
  'fishing-vessel.forbidden-presence.raised': forbiddenPresenceRaised,
  'fishing-vessel.forbidden-presence.cleared': forbiddenPresenceCleared,
  'fishing-vessel.suspected-fishing.raised': suspectedFishingRaised,
  'fishing-vessel.suspected-fishing.cleared': suspectedFishingCleared,
  'urban-camera.object.observed': objectObserved,
  'urban-camera.zone.entered': zoneEntered,
  'urban-camera.zone.left': zoneLeft,
  'urban-camera.media.captured': mediaCaptured,
  'urban-camera.media.stored': mediaStored,
  'urban-camera.media.lost': mediaLost,
  'gateway.gateway.started': gatewayStarted,
  'gateway.device.failed': deviceFailed,
  'gateway.device.recovered': deviceRecovered,
  'gateway.group.failed': groupFailed,
  'gateway.group.recovered': groupRecovered,
  'gateway.uplink.no-consumer': uplinkNoConsumer,
  'gateway.stage.failed': stageFailed,
  'gateway.file.loaded': fileLoaded,
  'gateway.file.refused': fileRefused,
  'gateway.store.replaced': storeReplaced,
  'gateway.store.restored': storeRestored,
  'gateway.event.set-aside': eventSetAside,
  'gateway.clock.stepped': clockStepped,
  'gateway.governor.stepped': governorStepped,
  'gateway.command.accepted': commandAccepted,
  'gateway.command.refused': commandRefused,
  'gateway.command.completed': commandCompleted,
  'gateway.maintenance.started': maintenanceStarted,
  'gateway.maintenance.ended': maintenanceEnded,
  'gateway.connection.reported': connectionReported,
  'gateway.inventory.reported': inventoryReported,
  'gateway.health.reported': healthReported,
  'gateway.delivery.reported': deliveryReported,
  'gateway.alerts.reported': alertsReported,
};

export const eventTypes: ReadonlyMap<string, EventType> = new Map(Object.entries(types));
