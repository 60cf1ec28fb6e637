/**
 * Devices that somebody works on: everything from them is marked `test` until an hour that was said in advance. It
 * outlives a restart and ends by itself.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { EventStatus, Saved, TimeQuality } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import { type Clock, hours, type Instant, seconds, toTimestamp } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sealer } from '../runtime/seal.ts';
import type { DeviceStatus } from '../runtime/status.ts';

const owner = 'gateway.maintenance';

export const longestMaintenance = hours(24);
const lookEvery = seconds(1);
/** Orders under way at one time that have devices left. */
export const mostWorks = 500;

const workSchema = z.strictObject({
  /** Of the command, and of all events of it. */
  correlation: z.string(),
  /** Id of the event that told of its begin. */
  id: z.string(),
  devices: z.array(z.string()).readonly(),
  reason: z.string(),
  since: z.number(),
  until: z.number(),
  key: z.string(),
  sender: z.string(),
  agency: z.string().exactOptional(),
});

/** One order to begin, with those of its devices for which it still holds. */
export type MaintenanceWork = Readonly<z.output<typeof workSchema>>;

export type MaintenanceOrder = Omit<MaintenanceWork, 'id' | 'since'>;

type Cause = 'expired' | 'stopped' | 'superseded' | 'config-removed';

export interface Maintenance extends Disposable {
  /** A device that is in maintenance already goes over to the newer order. Rejects when it was not accepted. */
  start(order: MaintenanceOrder): Promise<void>;
  /** Resolves to those of `devices` that were in maintenance. */
  stop(devices: readonly string[]): Promise<readonly string[]>;
  of(device: string): MaintenanceWork | undefined;
  /** The oldest first. */
  open(): readonly MaintenanceWork[];
}

export interface MaintenanceOptions {
  readonly site: Site;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  readonly log: Log;
  /** What the seal takes the status of a device from before its configuration. */
  readonly statuses: Map<string, EventStatus>;
  readonly onChange: () => void;
}

/** `device/cam-3`, or the gateway when there are several. */
export const maintenanceSubject = ({ devices }: Pick<MaintenanceWork, 'devices'>, site: Site): string =>
  devices.length === 1 ? `device/${devices[0]}` : `gateway/${site.gateway}`;

const signer = ({ key, sender, agency }: MaintenanceOrder) => ({
  key,
  sender,
  ...(agency !== undefined && { agency }),
});

export const openMaintenance = async (options: MaintenanceOptions): Promise<Maintenance> => {
  const { site, outbox, sealer, clock, timeQuality, log, statuses, onChange } = options;
  const works = new Map<string, MaintenanceWork>();
  /** By the steady clock: a clock that is set back prolongs nothing beyond the longest maintenance. */
  const deadlines = new Map<string, number>();

  const hold = (work: MaintenanceWork): void => {
    works.set(work.correlation, work);
    const left = Math.min(longestMaintenance, Math.max(0, work.until - clock.now()));
    if (!deadlines.has(work.correlation)) deadlines.set(work.correlation, clock.steady() + left);
    for (const device of work.devices) statuses.set(device, 'test');
  };

  const save = ({ correlation, ...rest }: MaintenanceWork): Saved => ({
    owner,
    key: correlation,
    value: rest.devices.length === 0 ? undefined : Buffer.from(JSON.stringify({ correlation, ...rest })),
  });

  const seal = (conclusion: Conclusion) => sealer.event(conclusion, clock.now(), timeQuality());

  /** The work without `devices`, and the event that says so. */
  const release = (work: MaintenanceWork, devices: readonly string[], cause: Cause) => {
    const rest: MaintenanceWork = { ...work, devices: work.devices.filter(device => !devices.includes(device)) };
    const now = clock.now();
    const ended: Conclusion = {
      kind: 'conclusion',
      source: 'maintenance',
      event: 'gateway.maintenance.ended',
      subject: maintenanceSubject({ devices }, site),
      time: now,
      // One order ends for different devices at different times.
      key: `${work.correlation}/${devices.join(',')}`,
      severity: 'INFORMATIONAL',
      correlation: work.correlation,
      causation: work.id,
      data: {
        phase: 'cleared',
        cause,
        devices,
        reason: work.reason,
        since: toTimestamp(work.since),
        ...signer(work),
      },
    };
    return { rest, event: seal(ended), saved: save(rest) };
  };

  const keep = (rest: MaintenanceWork, devices: readonly string[]): void => {
    if (rest.devices.length > 0) works.set(rest.correlation, rest);
    else {
      works.delete(rest.correlation);
      deadlines.delete(rest.correlation);
    }
    for (const device of devices) {
      const isHeld = [...works.values()].some(work => work.devices.includes(device));
      if (!isHeld) statuses.delete(device);
    }
  };

  const releasesFor = (devices: readonly string[], cause: Cause) =>
    [...works.values()].flatMap(work => {
      const common = work.devices.filter(device => devices.includes(device));
      return common.length === 0 ? [] : [{ common, ...release(work, common, cause) }];
    });

  /** Ends in the order of its commits: one at a time. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task, task);
    last = next.catch(() => {});
    return next;
  };

  const end = async (devices: readonly string[], cause: Cause, only?: MaintenanceWork): Promise<readonly string[]> => {
    const releases = releasesFor(devices, cause).filter(
      ({ rest }) => only === undefined || rest.correlation === only.correlation,
    );
    if (releases.length === 0) return [];
    await outbox.append({
      events: releases.map(({ event }) => event),
      saved: releases.map(({ saved }) => saved),
    });
    for (const { rest, common } of releases) keep(rest, common);
    onChange();
    return releases.flatMap(({ common }) => common);
  };

  for (const bytes of (await outbox.restore(owner)).values()) {
    const parsed = workSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    if (parsed.success) hold(parsed.data);
  }
  const removed = [...works.values()].flatMap(work => work.devices.filter(device => !site.devices.has(device)));
  await end(removed, 'config-removed');

  const isOver = ({ correlation, until }: MaintenanceWork): boolean =>
    clock.steady() >= (deadlines.get(correlation) ?? 0) ||
    // A clock that is not set yet says nothing of an hour of the day.
    (timeQuality() !== 'unsynchronized' && clock.now() >= until);

  const endThoseOver = async (): Promise<void> => {
    for (const work of [...works.values()].filter(isOver)) {
      try {
        await end(work.devices, 'expired', work);
      } catch (thrown) {
        log.error('the end of a maintenance was not accepted', { reason: toGatewayError(thrown).message });
      }
    }
  };
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking || ![...works.values()].some(isOver)) return;
    isLooking = true;
    void inTurn(endThoseOver).finally(() => {
      isLooking = false;
    });
  }, lookEvery);

  return {
    start: order =>
      inTurn(async () => {
        const now = clock.now();
        const superseded = releasesFor(order.devices, 'superseded');
        const started = seal({
          kind: 'conclusion',
          source: 'maintenance',
          event: 'gateway.maintenance.started',
          subject: maintenanceSubject(order, site),
          time: now,
          key: order.correlation,
          severity: 'INFORMATIONAL',
          correlation: order.correlation,
          data: {
            phase: 'raised',
            devices: order.devices,
            reason: order.reason,
            until: toTimestamp(order.until),
            ...signer(order),
          },
        });
        const work: MaintenanceWork = { ...order, id: started.id, since: now };
        // Before the commit, so that nothing that is accepted after it has the old status.
        hold(work);
        try {
          await outbox.append({
            events: [...superseded.map(({ event }) => event), started],
            saved: [...superseded.map(({ saved }) => saved), save(work)],
          });
        } catch (thrown) {
          keep({ ...work, devices: [] }, work.devices);
          throw thrown;
        }
        for (const { rest, common } of superseded) keep(rest, common);
        onChange();
      }),
    stop: devices => inTurn(() => end(devices, 'stopped')),
    of: device => [...works.values()].findLast(work => work.devices.includes(device)),
    open: () => [...works.values()].toSorted((a, b) => a.since - b.since),
    [Symbol.dispose]: () => clearInterval(timer),
  };
};

/** What `haidang status` shows of it. */
export const withMaintenance = (status: DeviceStatus, work: MaintenanceWork | undefined): DeviceStatus =>
  work === undefined
    ? status
    : { ...status, maintenance: { until: work.until, reason: work.reason, sender: work.sender } };

/** How long it may be from now: undefined when `until` is not within it. */
export const maintenanceUntil = (text: string, now: Instant): Instant | undefined => {
  const until = Date.parse(text);
  return until > now && until - now <= longestMaintenance ? until : undefined;
};
