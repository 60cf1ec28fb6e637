/** Vessels, fixes and zones as they stand in saved rows: the schemas of what `core/vessel.ts` describes. */
import { z } from 'zod';
import { mmsiKinds, positionSources, vesselAlarms, vesselStatuses, zoneKinds } from '../../core/vessel.ts';

const text = () => z.string().exactOptional();
const number = () => z.number().exactOptional();

const registryRow = z.object({
  mark: z.string(),
  name: text(),
  mmsi: number(),
  callSign: text(),
  lengthMaxMetres: number(),
  gear: text(),
  crew: number(),
  homePort: text(),
  ward: text(),
  provider: text(),
  vmsId: text(),
  status: z.enum(vesselStatuses),
});

export const identityRow = z.object({
  key: z.string(),
  mmsi: number(),
  mmsiKind: z.enum(mmsiKinds).exactOptional(),
  provider: text(),
  vmsId: text(),
  imo: number(),
  callSign: text(),
  name: text(),
  shipType: number(),
  toBowMetres: number(),
  toSternMetres: number(),
  toPortMetres: number(),
  toStarboardMetres: number(),
  draughtMetres: number(),
  destination: text(),
  mothershipMmsi: number(),
  registry: registryRow.exactOptional(),
  registryVersion: text(),
  matchedBy: z.enum(['mmsi', 'vms-id', 'call-sign', 'mark']).exactOptional(),
});

export const fixRow = z.object({
  source: z.enum(positionSources),
  time: z.number(),
  longitude: z.number(),
  latitude: z.number(),
  accurate: z.boolean().exactOptional(),
  sogKnots: number(),
  cogDegrees: number(),
  headingDegrees: number(),
  rateOfTurnDegreesPerMinute: number(),
  navigationStatus: number(),
  altitudeMetres: number(),
  stationClass: z.enum(['A', 'B', 'sar-aircraft']).exactOptional(),
  messageType: number(),
  alarm: z.enum(vesselAlarms).exactOptional(),
});

const zoneRow = z.object({ id: z.string(), name: z.string(), kind: z.enum(zoneKinds) });

const orderRow = z.object({ status: z.enum(vesselStatuses), by: z.string(), reason: z.string(), time: z.number() });

/** What is known of a vessel, for every rule. */
export const vesselRow = z.object({
  identity: identityRow,
  /** The newest report of each source. */
  fixes: z.object({ ais: fixRow.exactOptional(), vms: fixRow.exactOptional(), 'duty-officer': fixRow.exactOptional() }),
  /** Absent where no stage tells zones. */
  zones: z.array(zoneRow).readonly().exactOptional(),
  receivers: z.array(z.string()).readonly(),
  device: z.string(),
  timeFrom: z.enum(['device', 'gateway']),
  seaSince: number(),
  rest: z
    .object({ longitude: z.number(), latitude: z.number(), since: z.number(), strays: z.number() })
    .exactOptional(),
  /** A duty officer's word on the vessel's status stands above the registry's. */
  order: orderRow.exactOptional(),
});
