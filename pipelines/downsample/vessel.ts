/** AIS observations → events in the words of Smart Data Models. Pure. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { BaseStation, NavigationAid, VesselPosition, VesselStatic } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { toTimestamp } from '../../core/time.ts';

const metresPerSecondPerKnot = 1852 / 3600;

const round = (value: number, factor: number): number => Math.round(value * factor) / factor;

const deviceEntity = (site: Site, device: string): string =>
  `urn:ngsi-ld:Device:${site.city}-${site.gateway}-${device}`;

/** `observedAt` is the position's time as text. */
export const describePosition = (
  position: VesselPosition,
  observedAt: string,
  name: string | undefined,
  site: Site,
): Conclusion => {
  const { device, mmsi, time } = position;
  const { sogKnots, cogDegrees, headingDegrees, rateOfTurnDegreesPerMinute, altitudeMetres, navigationStatus } =
    position;
  return {
    kind: 'conclusion',
    event: 'fishing-vessel.vessel.observed',
    source: device,
    device,
    subject: `vessel/mmsi/${mmsi}`,
    time,
    // Reports that arrive in one piece have one time.
    key: `${mmsi}/${time}/${position.longitude}/${position.latitude}`,
    data: {
      id: `urn:ngsi-ld:Vessel:mmsi-${mmsi}`,
      type: 'Vessel',
      mmsi,
      ...(name !== undefined && { name }),
      location: { type: 'Point', coordinates: [position.longitude, position.latitude] },
      positionAccuracy: position.accurate ? 1 : 0,
      ...(sogKnots !== undefined && { speedOverGround: round(sogKnots * metresPerSecondPerKnot, 1000) }),
      ...(cogDegrees !== undefined && { courseOverGround: cogDegrees }),
      ...(headingDegrees !== undefined && { heading: headingDegrees }),
      ...(rateOfTurnDegreesPerMinute !== undefined && { turnRate: round(rateOfTurnDegreesPerMinute, 10) }),
      ...(altitudeMetres !== undefined && { altitude: altitudeMetres }),
      ...(navigationStatus !== undefined && { navigationStatus }),
      stationClass: position.stationClass,
      observedAt,
      dataProvider: 'AIS',
      units: {
        ...(sogKnots !== undefined && { speedOverGround: 'm/s' }),
        ...(cogDegrees !== undefined && { courseOverGround: 'deg' }),
        ...(headingDegrees !== undefined && { heading: 'deg' }),
        ...(rateOfTurnDegreesPerMinute !== undefined && { turnRate: 'deg/min' }),
        ...(altitudeMetres !== undefined && { altitude: 'm' }),
      },
      refDevice: deviceEntity(site, device),
    },
  };
};

/** What a vessel says of itself, without when and to whom. */
export type Particulars = Omit<VesselStatic, 'kind' | 'device' | 'time' | 'timeFrom'>;

export const describeVessel = (
  { device, time }: Pick<VesselStatic, 'device' | 'time'>,
  particulars: Particulars,
  site: Site,
): Conclusion => {
  const { mmsi, imo, callSign, name, shipType, destination, mothershipMmsi } = particulars;
  const { toBowMetres, toSternMetres, toPortMetres, toStarboardMetres, draughtMetres } = particulars;
  return {
    kind: 'conclusion',
    event: 'fishing-vessel.vessel.described',
    source: device,
    device,
    subject: `vessel/mmsi/${mmsi}`,
    time,
    key: `${mmsi}/${time}/${JSON.stringify(particulars)}`,
    data: {
      id: `urn:ngsi-ld:Vessel:mmsi-${mmsi}`,
      type: 'Vessel',
      mmsi,
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
      observedAt: toTimestamp(time),
      dataProvider: 'AIS',
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
