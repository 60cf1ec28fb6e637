/** What is told of vessels and sea marks → events in the words of Smart Data Models. Pure. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { BaseStation, NavigationAid } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { toTimestamp } from '../../core/time.ts';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../core/vessel.ts';
import {
  dataProviders,
  subjectOf,
  toMetresPerSecond,
  toRegistryFields,
  vesselEntityOf,
} from '../../core/vessel-fields.ts';

const deviceEntity = (site: Site, device: string): string =>
  `urn:ngsi-ld:Device:${site.city}-${site.gateway}-${device}`;

const nameOf = ({ registry, name }: VesselIdentity): string | undefined => registry?.name ?? name;

/** `observedAt` is the position's time as text. */
export const describePosition = (update: VesselUpdate, fix: VesselFix, observedAt: string, site: Site): Conclusion => {
  const { device, vessel } = update;
  const { time, longitude, latitude, accurate, stationClass } = fix;
  const { sogKnots, cogDegrees, headingDegrees, rateOfTurnDegreesPerMinute, altitudeMetres, navigationStatus } = fix;
  const { mmsi } = vessel;
  const name = nameOf(vessel);
  const turnRate =
    rateOfTurnDegreesPerMinute === undefined ? undefined : Math.round(rateOfTurnDegreesPerMinute * 10) / 10;
  return {
    kind: 'conclusion',
    event: 'fishing-vessel.vessel.observed',
    source: device,
    device,
    subject: subjectOf(vessel),
    time,
    // Reports that arrive in one piece have one time.
    key: `${vessel.key}/${time}/${longitude}/${latitude}`,
    data: {
      id: vesselEntityOf(vessel),
      type: 'Vessel',
      ...(mmsi !== undefined && { mmsi }),
      ...(name !== undefined && { name }),
      location: { type: 'Point', coordinates: [longitude, latitude] },
      ...(accurate !== undefined && { positionAccuracy: accurate ? 1 : 0 }),
      ...(sogKnots !== undefined && { speedOverGround: toMetresPerSecond(sogKnots) }),
      ...(cogDegrees !== undefined && { courseOverGround: cogDegrees }),
      ...(headingDegrees !== undefined && { heading: headingDegrees }),
      ...(turnRate !== undefined && { turnRate }),
      ...(altitudeMetres !== undefined && { altitude: altitudeMetres }),
      ...(navigationStatus !== undefined && { navigationStatus }),
      ...(stationClass !== undefined && { stationClass }),
      ...(update.implausible === true && { quality: 'suspect' }),
      observedAt,
      dataProvider: dataProviders[fix.source],
      units: {
        ...(sogKnots !== undefined && { speedOverGround: 'm/s' }),
        ...(cogDegrees !== undefined && { courseOverGround: 'deg' }),
        ...(headingDegrees !== undefined && { heading: 'deg' }),
        ...(turnRate !== undefined && { turnRate: 'deg/min' }),
        ...(altitudeMetres !== undefined && { altitude: 'm' }),
      },
      refDevice: deviceEntity(site, device),
    },
  };
};

/** What is known of a vessel besides its numbers; the same text as long as nothing changes. Empty when nothing is. */
export const particularsOf = (vessel: VesselIdentity): string => {
  const { key, mmsi, mmsiKind, provider, vmsId, registryVersion, ...particulars } = vessel;
  return Object.keys(particulars).length === 0 ? '' : JSON.stringify(vessel, withoutVersion);
};

/** A registry's version changes with any line of it. */
const withoutVersion = (field: string, value: unknown): unknown => (field === 'registryVersion' ? undefined : value);

export const describeVessel = (update: VesselUpdate, site: Site): Conclusion => {
  const { device, time, vessel, receivers } = update;
  const { mmsi, imo, callSign, shipType, destination, mothershipMmsi } = vessel;
  const { toBowMetres, toSternMetres, toPortMetres, toStarboardMetres, draughtMetres } = vessel;
  const name = nameOf(vessel);
  const registry = toRegistryFields(vessel);
  return {
    kind: 'conclusion',
    event: 'fishing-vessel.vessel.described',
    source: device,
    device,
    subject: subjectOf(vessel),
    time,
    key: `${vessel.key}/${time}/${particularsOf(vessel)}`,
    data: {
      id: vesselEntityOf(vessel),
      type: 'Vessel',
      ...(mmsi !== undefined && { mmsi }),
      ...(imo !== undefined && { imo }),
      ...(callSign !== undefined && { callSign }),
      ...(name !== undefined && { name }),
      ...(shipType !== undefined && { vesselSubType: shipType }),
      ...(toBowMetres !== undefined && { toBow: toBowMetres }),
      ...(toSternMetres !== undefined && { toStern: toSternMetres }),
      ...(toPortMetres !== undefined && { toPort: toPortMetres }),
      ...(toStarboardMetres !== undefined && { toStardboard: toStarboardMetres }),
      ...(draughtMetres !== undefined && { draught: draughtMetres }),
      ...(destination !== undefined && { destination }),
      ...(mothershipMmsi !== undefined && { mothershipMmsi }),
      ...(registry !== undefined && { registry }),
      ...(receivers.length > 0 && { receivers }),
      observedAt: toTimestamp(time),
      dataProvider: dataProviders[mmsi === undefined ? (update.fix?.source ?? 'vms') : 'ais'],
      units: {
        ...(toBowMetres !== undefined && { toBow: 'm' }),
        ...(toSternMetres !== undefined && { toStern: 'm' }),
        ...(toPortMetres !== undefined && { toPort: 'm' }),
        ...(toStarboardMetres !== undefined && { toStardboard: 'm' }),
        ...(draughtMetres !== undefined && { draught: 'm' }),
      },
      refDevice: deviceEntity(site, device),
    },
  };
};

const markOf = (
  { device, mmsi, time, longitude, latitude }: NavigationAid | BaseStation,
  noun: 'navigation-aid' | 'base-station',
  type: 'NavigationAid' | 'BaseStation',
  site: Site,
): Conclusion => ({
  kind: 'conclusion',
  event: `fishing-vessel.${noun}.observed`,
  source: device,
  device,
  subject: `${noun}/mmsi/${mmsi}`,
  time,
  key: `${mmsi}/${time}/${longitude}/${latitude}`,
  data: {
    id: `urn:ngsi-ld:${type}:mmsi-${mmsi}`,
    type,
    mmsi,
    location: { type: 'Point', coordinates: [longitude, latitude] },
    observedAt: toTimestamp(time),
    dataProvider: 'AIS',
    refDevice: deviceEntity(site, device),
  },
});

export const describeAid = (aid: NavigationAid, site: Site): Conclusion => {
  const mark = markOf(aid, 'navigation-aid', 'NavigationAid', site);
  return {
    ...mark,
    data: {
      ...mark.data,
      ...(aid.aidType !== undefined && { aidType: aid.aidType }),
      ...(aid.name !== undefined && { name: aid.name }),
      ...(aid.offPosition !== undefined && { position: aid.offPosition ? 'off' : 'on' }),
      presence: aid.virtual ? 'virtual' : 'physical',
    },
  };
};

export const describeStation = (station: BaseStation, site: Site): Conclusion =>
  markOf(station, 'base-station', 'BaseStation', site);
