/** The gateway's retained states: what it consists of, how it is, and which conditions are open. */
import { statfs } from 'node:fs/promises';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { toTimestamp } from '../../core/time.ts';
import type { Condition } from './conditions.ts';
import type { RetainedState, Sealer } from './seal.ts';
import type { GatewayStatus } from './status.ts';

/** Keeps a page of the inventory below the size of one event. */
const devicesPerPage = 100;

/** What a state holds of a list that has no bound. */
const mostListed = 100;

const inventoryOf = ({
  id,
  name,
  driver,
  location,
  siteId,
  areaCode,
  service,
  alsoServes,
  agencies,
  status,
}: DeviceProfile) => ({
  id,
  name,
  driver,
  ...(location !== undefined && { location: { type: 'Point', coordinates: location } }),
  siteId,
  areaCode,
  services: [service, ...alsoServes],
  ...(agencies.length > 0 && { agencies }),
  eventStatus: status,
});

export interface ModelInUse {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Every page of the inventory. */
export const inventoryStates = (
  sealer: Sealer,
  site: Site,
  options: { readonly version: string; readonly models: readonly ModelInUse[]; readonly at: number },
): readonly RetainedState[] => {
  const devices = [...site.devices.values()].map(inventoryOf);
  const pages = Math.max(1, Math.ceil(devices.length / devicesPerPage));
  return Array.from({ length: pages }, (_, index) =>
    sealer.state(
      index === 0 ? 'inventory' : `inventory-${index + 1}`,
      {
        program: { version: options.version, node: process.versions.node },
        page: index + 1,
        pages,
        models: index === 0 ? options.models : [],
        devices: devices.slice(index * devicesPerPage, (index + 1) * devicesPerPage),
      },
      options.at,
    ),
  );
};

export const alertsState = (sealer: Sealer, open: readonly Condition[], at: number): RetainedState =>
  sealer.state(
    'alerts',
    {
      total: open.length,
      open: open.slice(-mostListed).map(({ id, device, correlation, since }) => ({
        id,
        type: 'vn.ioc.gateway.device.failed.v1',
        subject: `device/${device}`,
        correlationid: correlation,
        since: toTimestamp(since),
        severity: 'LOW',
      })),
    },
    at,
  );

export const healthState = async (sealer: Sealer, status: GatewayStatus, folder: string): Promise<RetainedState> => {
  const states = { connecting: 0, running: 0, waiting: 0, parked: 0, stopped: 0 };
  for (const { state } of status.devices) states[state]++;
  const { lanes, media } = status.outbox;
  const oldest = Math.min(...lanes.flatMap(lane => lane.oldest ?? []));
  const { bavail, bsize } = await statfs(folder);
  return sealer.state(
    'health',
    {
      startedAt: toTimestamp(status.startedAt),
      version: status.version,
      clock: status.timeQuality,
      devices: states,
      failing: status.devices
        .flatMap(({ id, state, since, error }) =>
          error === undefined ? [] : [{ device: id, state, kind: error.kind, since: toTimestamp(since) }],
        )
        .slice(0, mostListed),
      waiting: {
        events: lanes.reduce((sum, { rows }) => sum + rows, 0),
        bytes: lanes.reduce((sum, { bytes }) => sum + bytes, 0),
        media: media.files,
        ...(Number.isFinite(oldest) && { oldest: toTimestamp(oldest) }),
      },
      memoryBytes: process.memoryUsage.rss(),
      diskFreeBytes: bavail * bsize,
    },
    status.now,
  );
};
