/** Zones and vessels for the tests of `geofence`. */
import { destinationOf, metresPerSecondPerKnot, type Place } from '../../../core/geodesy.ts';
import type { StageFile } from '../../../core/stage.ts';
import type { VesselFix, VesselIdentity, VesselUpdate } from '../../../core/vessel.ts';
import { stage } from '../../../pipelines/geofence/stage.ts';
import { type DrivenStage, drive } from '../../support/events.ts';

export const start = Date.UTC(2026, 10, 23, 1, 0, 0);
export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

type Position = readonly [longitude: number, latitude: number];

/** A square around a place, in degrees. */
export const square = (longitude: number, latitude: number, half = 0.1): readonly Position[] => [
  [longitude - half, latitude - half],
  [longitude + half, latitude - half],
  [longitude + half, latitude + half],
  [longitude - half, latitude + half],
  [longitude - half, latitude - half],
];

export const feature = (properties: object, geometry: object) => ({
  type: 'Feature',
  properties: { name: 'Vùng thử', englishName: 'Trial zone', ...properties },
  geometry,
});

export const area = (properties: object, ...rings: (readonly Position[])[]) =>
  feature(properties, { type: 'Polygon', coordinates: rings });

export const line = (properties: object, ...coordinates: Position[]) =>
  feature({ kind: 'boundary', ...properties }, { type: 'LineString', coordinates });

/** Around 107.6 E, 16.6 N, about 11 km to each side but for the longitude. */
export const port = (changes: object = {}) => area({ id: 'port', kind: 'port', ...changes }, square(107.6, 16.6));

export const zonesFile = (features: readonly object[], version = '1f3a9c52d077'): StageFile => ({
  name: 'zones',
  text: JSON.stringify({ type: 'FeatureCollection', features }),
  version,
  time: start,
});

export const boat: VesselIdentity = {
  key: 'vnfish/TTH-96969-TS',
  mmsi: 574123456,
  mmsiKind: 'ship',
  name: 'TTH 96969 TS',
  registry: { mark: 'TTH-96969-TS', lengthMaxMetres: 17.2, gear: 'Lưới kéo', crew: 8, status: 'active' },
  registryVersion: '1f3a9c0b7e21',
  matchedBy: 'mmsi',
};

export const stranger: VesselIdentity = { key: 'mmsi/412345678', mmsi: 412345678, mmsiKind: 'ship', shipType: 70 };

export interface Report extends Place {
  /** Since `start`. */
  readonly at: number;
  readonly sogKnots?: number;
  readonly cogDegrees?: number;
  readonly source?: VesselFix['source'];
  readonly navigationStatus?: number;
}

const toFix = ({ at, source = 'ais', ...report }: Report): VesselFix => ({ source, time: start + at, ...report });

/** One vessel after the other, each with the report before it. */
export const createSea = (features: readonly object[], config: object = {}) => {
  const driven: DrivenStage = drive(stage, { zones: 'zones.geojson', ...config });
  driven.load(zonesFile(features));
  const last = new Map<string, VesselFix>();

  const updateOf = (vessel: VesselIdentity, report: Report, changes: Partial<VesselUpdate> = {}): VesselUpdate => {
    const fix = toFix(report);
    const previous = last.get(vessel.key);
    if (previous === undefined || fix.time > previous.time) last.set(vessel.key, fix);
    const { longitude, latitude, sogKnots, cogDegrees } = report;
    return {
      kind: 'vessel-update',
      cause: 'position',
      device: 'ais-1',
      time: fix.time,
      timeFrom: 'gateway',
      vessel,
      fix,
      ...(previous !== undefined && { previous }),
      ...(sogKnots !== undefined && {
        motion: { longitude, latitude, sogKnots, ...(cogDegrees !== undefined && { cogDegrees }) },
      }),
      receivers: ['ais-1'],
      firstSeen: start,
      lastSeen: fix.time,
      ...changes,
    };
  };

  return {
    driven,
    updateOf,
    report: (report: Report, vessel: VesselIdentity = boat, changes: Partial<VesselUpdate> = {}): void =>
      driven.step(updateOf(vessel, report, changes)),
    /** Straight on from a place, a report each `every`; gives where it ended. */
    sail: (
      from: Report & { readonly sogKnots: number; readonly cogDegrees: number },
      duration: number,
      every = 10 * second,
      vessel: VesselIdentity = boat,
    ): Place => {
      let place: Place = from;
      for (let passed = 0; passed <= duration; passed += every) {
        place = destinationOf(from, from.cogDegrees, (from.sogKnots * metresPerSecondPerKnot * passed) / second);
        driven.step(updateOf(vessel, { ...from, ...place, at: from.at + passed }));
      }
      return place;
    },
    /** Events without the service: `zone.entered port`. */
    told: (): string[] =>
      driven.conclusions.map(({ event, data }) => {
        const { zone, reason, direction } = data as { zone: { id: string }; reason?: string; direction?: string };
        return [event.split('.').slice(1).join('.'), zone.id, reason ?? direction ?? ''].join(' ').trim();
      }),
  };
};
