/** Vessels as the stage `track` tells them, for the tests of rules. */
import type { VesselFix, VesselIdentity, VesselUpdate, ZoneHere } from '../../../core/vessel.ts';

export const start = Date.UTC(2026, 10, 23, 0, 0, 0);
export const minute = 60_000;
export const hour = 60 * minute;

export const port: ZoneHere = { id: 'thuan-an', name: 'Cảng Thuận An', kind: 'port' };
export const channel: ZoneHere = { id: 'fairway', name: 'Luồng Thuận An', kind: 'channel' };

/** A fishing vessel of the registry with a VMS device. */
export const fisher = (number: number, changes: Partial<VesselIdentity> = {}): VesselIdentity => {
  const mark = `TTH-${90_000 + number}-TS`;
  const vmsId = `dev-${number}`;
  return {
    key: `vnfish/${mark}`,
    provider: 'vnpt',
    vmsId,
    registry: { mark, provider: 'vnpt', vmsId, status: 'active', crew: 8, lengthMaxMetres: 17.2 },
    registryVersion: '1f3a9c0b7e21',
    matchedBy: 'vms-id',
    ...changes,
  };
};

export const ship = (mmsi: number, changes: Partial<VesselIdentity> = {}): VesselIdentity => ({
  key: `mmsi/${mmsi}`,
  mmsi,
  mmsiKind: 'ship',
  ...changes,
});

/** Times are since `start`. */
export const fixAt = (at: number, changes: Partial<VesselFix> = {}): VesselFix => ({
  source: 'ais',
  time: start + at,
  longitude: 107.8,
  latitude: 16.8,
  sogKnots: 8,
  cogDegrees: 90,
  ...changes,
});

export const update = (
  vessel: VesselIdentity,
  fix: VesselFix | undefined,
  changes: Partial<VesselUpdate> = {},
): VesselUpdate => ({
  kind: 'vessel-update',
  cause: 'position',
  device: fix?.source === 'ais' ? 'ais-1' : 'vms-1',
  time: fix?.time ?? start,
  timeFrom: 'device',
  vessel,
  ...(fix !== undefined && { fix }),
  receivers: [fix?.source === 'ais' ? 'ais-1' : 'vms-1'],
  firstSeen: fix?.time ?? start,
  lastSeen: fix?.time ?? start,
  zones: [],
  ...changes,
});

export const byVms = (vessel: VesselIdentity, at: number, changes: Partial<VesselFix> = {}): VesselUpdate =>
  update(vessel, fixAt(at, { source: 'vms', ...changes }));

export const byRadio = (vessel: VesselIdentity, at: number): VesselUpdate =>
  update(vessel, fixAt(at, { source: 'duty-officer' }), { device: 'desk' });

/** What was told, in short: hours since the start, and the event without its service. */
export const toldIn = ({
  conclusions,
}: {
  readonly conclusions: readonly { readonly event: string; readonly time: number }[];
}): string[] =>
  conclusions.map(
    ({ event, time }) => `${Number(((time - start) / hour).toFixed(3))} ${event.replace('fishing-vessel.', '')}`,
  );
