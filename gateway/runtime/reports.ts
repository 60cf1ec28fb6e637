/** The gateway's retained states: what it consists of, how it is, and which conditions are open. */
import { statfs } from 'node:fs/promises';
import { type Severity, severities } from '../../core/conclusion.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import { type MaintenanceWork, maintenanceSubject } from '../downlink/maintenance.ts';
import { budgetSeverity, budgetSubject, type OpenBudget } from '../governor/condition.ts';
import { type Condition, severityOf, subjectOf } from './conditions.ts';
import type { OpenCondition } from './open-conditions.ts';
import type { RetainedState, Sealer } from './seal.ts';
import type { AlertsStatus, GatewayStatus } from './status.ts';

/** Of a page of the inventory, or of what is open: with the envelope and the models it stays below the size of one event, 64 KiB. */
const bytesPerPage = 48 * 1024;

/** As the schema of a page allows. */
const devicesPerPage = 500;

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
  power,
  network,
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
  ...(power !== undefined && { power }),
  ...(network !== undefined && { network }),
});

export interface ModelInUse {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Devices in pages, each of which fits into one event. */
const toPages = (devices: readonly ReturnType<typeof inventoryOf>[]) => {
  const pages: (typeof devices)[number][][] = [[]];
  let bytes = 0;
  for (const device of devices) {
    const size = Buffer.byteLength(JSON.stringify(device)) + 1;
    const page = pages.at(-1) ?? [];
    if (page.length > 0 && (bytes + size > bytesPerPage || page.length === devicesPerPage)) {
      pages.push([device]);
      bytes = size;
    } else {
      page.push(device);
      bytes += size;
    }
  }
  return pages;
};

/** Every page of the inventory. */
export const inventoryStates = (
  sealer: Sealer,
  site: Site,
  options: { readonly version: string; readonly models: readonly ModelInUse[]; readonly at: Instant },
): readonly RetainedState[] => {
  const pages = toPages([...site.devices.values()].map(inventoryOf));
  return pages.map((devices, index) =>
    sealer.state(
      index === 0 ? 'inventory' : `inventory-${index + 1}`,
      {
        program: { version: options.version, node: process.versions.node },
        page: index + 1,
        pages: pages.length,
        models: index === 0 ? options.models : [],
        devices,
      },
      options.at,
    ),
  );
};

/** Everything that is open: of devices, of the machine and of the people who work on it, and what the stages raised. */
export interface Open {
  readonly conditions: readonly Condition[];
  readonly maintenances: readonly MaintenanceWork[];
  readonly budgets: readonly OpenBudget[];
  readonly raised: readonly OpenCondition[];
  /** Raised by stages beyond those that are followed. */
  readonly beyond: number;
}

/** The most severe, of those the newest: a hundred anchored boats hide no call of distress. In their turn. */
export const alertsOf = (site: Site, { conditions, maintenances, budgets, raised, beyond }: Open): AlertsStatus => {
  const open = [
    ...conditions.map(condition => ({
      id: condition.id,
      type: `vn.ioc.gateway.${condition.kind}.failed.v1`,
      subject: subjectOf(condition),
      correlationid: condition.correlation,
      since: condition.since,
      severity: severityOf(condition),
    })),
    ...maintenances.map(work => ({
      id: work.id,
      type: 'vn.ioc.gateway.maintenance.started.v1',
      subject: maintenanceSubject(work, site),
      correlationid: work.correlation,
      since: work.since,
      severity: 'INFORMATIONAL' as Severity,
    })),
    ...budgets.map(budget => ({
      id: budget.id,
      type: 'vn.ioc.gateway.governor.stepped.v1',
      subject: budgetSubject(budget.resource),
      correlationid: budget.correlation,
      since: budget.since,
      severity: budgetSeverity(budget.level),
    })),
    ...raised.map(({ id, type, subject, correlation: correlationid, since, severity }) => ({
      id,
      type,
      subject,
      correlationid,
      since,
      severity,
    })),
  ];
  const listed: typeof open = [];
  let bytes = 0;
  for (const alert of open.toSorted((a, b) => severities[b.severity] - severities[a.severity] || b.since - a.since)) {
    bytes += Buffer.byteLength(JSON.stringify({ ...alert, since: toTimestamp(alert.since) })) + 1;
    if (listed.length === mostListed || bytes > bytesPerPage) break;
    listed.push(alert);
  }
  return { total: open.length + beyond, open: listed.toSorted((a, b) => a.since - b.since) };
};

export const alertsState = (sealer: Sealer, { total, open }: AlertsStatus, at: Instant): RetainedState =>
  sealer.state('alerts', { total, open: open.map(each => ({ ...each, since: toTimestamp(each.since) })) }, at);

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
