/**
 * The part of an event's `data` that tells which vessel it is about, as `events/vessel-fields.ts` describes it: every
 * stage that concludes something of a vessel says it in the same words.
 */
import { metresPerSecondPerKnot } from './geodesy.ts';
import { toTimestamp } from './time.ts';
import type { PositionSource, VesselFix, VesselIdentity, VesselUpdate } from './vessel.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Maritime identification digits of Viet Nam, ITU table of MIDs: the first three of a ship's MMSI. */
const vietnameseDigits = 574;

/** `dataProvider` of Smart Data Models. */
export const dataProviders: Readonly<Record<PositionSource, 'AIS' | 'VMS' | 'duty officer'>> = {
  ais: 'AIS',
  vms: 'VMS',
  'duty-officer': 'duty officer',
};

/** Of an event: `vessel/vnfish/TTH-96969-TS`, `vessel/mmsi/574123456`, `vessel/vms/<provider>/<id>`. */
export const subjectOf = ({ key }: Pick<VesselIdentity, 'key'>): string => `vessel/${key}`;

/** NGSI-LD entity id: `urn:ngsi-ld:Vessel:vnfish-TTH-96969-TS`. */
export const vesselEntityOf = ({ key }: Pick<VesselIdentity, 'key'>): string =>
  `urn:ngsi-ld:Vessel:${key.replaceAll('/', '-')}`;

/** Knots → m/s with three digits. */
export const toMetresPerSecond = (knots: number): number => Math.round(knots * metresPerSecondPerKnot * 1000) / 1000;

/** `registry` of an event, undefined for a vessel that no registry's line is known of. */
export const toRegistryFields = ({ registry, registryVersion, matchedBy }: VesselIdentity): Fields | undefined => {
  if (registry === undefined) return undefined;
  const { mark, lengthMaxMetres, crew, gear, homePort } = registry;
  return {
    mark,
    ...(lengthMaxMetres !== undefined && { lengthMaxMetres }),
    ...(crew !== undefined && { crew }),
    ...(gear !== undefined && { gear }),
    ...(homePort !== undefined && { homePort }),
    ...(matchedBy !== undefined && { matchedBy }),
    ...(registryVersion !== undefined && { version: registryVersion }),
  };
};

const isVietnamese = ({ mmsi = 0, registry }: VesselIdentity): boolean =>
  registry !== undefined || Math.floor(mmsi / 1_000_000) === vietnameseDigits;

/**
 * `vessel`, `units` and `registry` of an event about a vessel, where and how fast it was by `fix`: mostly the
 * update's own, or the one that a rule judged.
 */
export const toVesselFields = (
  { vessel }: Pick<VesselUpdate, 'vessel'>,
  fix: VesselFix | undefined,
): { readonly vessel: Fields; readonly units: Fields; readonly registry?: Fields } => {
  const { mmsi, name, callSign } = vessel;
  const registry = toRegistryFields(vessel);
  const shownName = vessel.registry?.name ?? name;
  const sog = fix?.sogKnots;
  const cog = fix?.cogDegrees;
  return {
    vessel: {
      id: vesselEntityOf(vessel),
      type: 'Vessel',
      ...(mmsi !== undefined && { mmsi }),
      ...(shownName !== undefined && { name: shownName }),
      ...(callSign !== undefined && { callSign }),
      ...(isVietnamese(vessel) && { flagCode: 'VN' }),
      ...(fix !== undefined && { location: { type: 'Point', coordinates: [fix.longitude, fix.latitude] } }),
      ...(sog !== undefined && { speedOverGround: toMetresPerSecond(sog) }),
      ...(cog !== undefined && { courseOverGround: cog }),
      ...(fix !== undefined && { observedAt: toTimestamp(fix.time), dataProvider: dataProviders[fix.source] }),
    },
    units: {
      ...(sog !== undefined && { speedOverGround: 'm/s' }),
      ...(cog !== undefined && { courseOverGround: 'deg' }),
    },
    ...(registry !== undefined && { registry }),
  };
};
