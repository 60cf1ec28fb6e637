import type { Duration, Instant } from '../../core/time.ts';
import type { IocReport } from '../ioc/ioc.ts';
import type { GatewayStatus } from './gateway-status.ts';
import type { DemoDevice } from './plan.ts';

/** All that the demonstration shows of one moment. */
export interface Snapshot {
  readonly now: Instant;
  /** Since the gateway was started. */
  readonly elapsed: Duration;
  readonly devices: readonly DemoDevice[];
  readonly center: IocReport;
  /** Absent while the gateway does not answer. */
  readonly gateway?: GatewayStatus;
  /** Events a second into and out of the outbox, over the last seconds. */
  readonly rates: { readonly accepted: number; readonly delivered: number };
  /** What the scenario did of late: `12:04:10 cam-harbour falls silent, on purpose`. */
  readonly notes: readonly string[];
}

export interface DeviceRow {
  readonly id: string;
  readonly driver: string;
  readonly state: string;
  readonly observations: number;
  /** Events of this device that arrived at the center, each counted once. */
  readonly delivered: number;
  readonly newest: string;
  readonly isWell: boolean;
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';

export const deviceRows = ({ devices, gateway, center, now }: Snapshot): readonly DeviceRow[] =>
  devices.map(({ id, driver }) => {
    const status = gateway?.devices.find(device => device.id === id);
    const delivered = center.sources.get(id) ?? 0;
    if (status === undefined)
      return { id, driver, state: 'starting', observations: 0, delivered, newest: '', isWell: false };
    const isWell = status.state === 'running';
    const retry =
      status.nextRetry === undefined
        ? ''
        : `; next try in ${Math.max(0, Math.ceil((status.nextRetry - now) / 1000))} s`;
    const newest =
      isWell || status.error === undefined
        ? (status.last?.text ?? '')
        : `${status.error.kind}: ${status.error.message}${retry}`;
    return {
      id,
      driver,
      state: status.state,
      observations: status.observations,
      delivered,
      newest: firstLine(newest),
      isWell,
    };
  });

/** Rows that wait in the outbox, by lane. */
export const waitingOf = (gateway: GatewayStatus | undefined): number =>
  gateway?.outbox.lanes.reduce((sum, { rows }) => sum + rows, 0) ?? 0;

export const lossesOf = (
  center: IocReport,
): { readonly lost: number; readonly late: number; readonly shed: number; readonly refused: number } => {
  const sum = (of: 'lost' | 'late' | 'shed'): number => center.streams.reduce((total, stream) => total + stream[of], 0);
  const refused = [...center.invalid.values()].reduce((total, count) => total + count, 0);
  return { lost: sum('lost'), late: sum('late'), shed: sum('shed'), refused };
};
