/**
 * Which devices do not deliver: a condition that is raised once, cleared once, and outlives the gateway. It is saved in
 * the same transaction as its events, so that after a crash it is neither raised twice nor forgotten.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import type { ErrorKind, GatewayError } from '../../core/errors.ts';
import type { Saved, TimeQuality } from '../../core/sealed.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import { type Clock, type Duration, type Instant, seconds, toTimestamp } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sealer } from './seal.ts';

const owner = 'gateway.conditions';

const conditionSchema = z.object({
  device: z.string(),
  driver: z.string(),
  /** Id of the event that raised it. */
  id: z.string(),
  correlation: z.string(),
  since: z.number(),
});
export type Condition = z.output<typeof conditionSchema>;

/** A device that comes back by itself within this time was not away. */
const patience: Duration = seconds(10);

/** Nothing but a person can help here, so there is nothing to wait for. */
const hopeless: ReadonlySet<ErrorKind> = new Set(['config', 'unsupported', 'denied', 'defect']);

export interface Conditions {
  /** Open now, the oldest first. */
  open(): readonly Condition[];
  /** An attempt failed; `since` is when the first one did. */
  failed(profile: DeviceProfile, error: GatewayError, since: Instant): void;
  /** The device said something. */
  delivered(device: string): void;
  /** Resolves when all that was raised and cleared so far is on the disk. */
  settled(): Promise<void>;
}

export interface ConditionsOptions {
  readonly site: Site;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  /** Called after each change that was accepted, or that was not and why. */
  readonly onChange: (failure?: unknown) => void;
}

/** Begins with what the last run left open; conditions of devices that are not configured any more are cleared. */
export const openConditions = async (options: ConditionsOptions): Promise<Conditions> => {
  const { site, outbox, sealer, clock, timeQuality, onChange } = options;
  const conditions = new Map<string, Condition>();
  for (const [device, bytes] of await outbox.restore(owner)) {
    const parsed = conditionSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    if (parsed.success) conditions.set(device, parsed.data);
  }
  let last: Promise<void> = Promise.resolve();

  const append = (conclusion: Conclusion, saved: Saved): void => {
    const events = [sealer.event(conclusion, clock.now(), timeQuality())];
    last = outbox.append({ events, saved: [saved] }).then(() => onChange(), onChange);
  };

  const clear = (condition: Condition, reason: 'recovered' | 'config-removed'): void => {
    const { device, driver, correlation, since, id } = condition;
    const now = clock.now();
    conditions.delete(device);
    append(
      {
        kind: 'conclusion',
        event: 'gateway.device.recovered',
        source: device,
        ...(site.devices.has(device) && { device }),
        subject: `device/${device}`,
        time: now,
        key: `${correlation}/cleared`,
        severity: 'INFORMATIONAL',
        correlation,
        causation: id,
        data: {
          phase: 'cleared',
          reason,
          device,
          driver,
          // The clock may have been set in between.
          ...(now >= since && { downSeconds: Math.round((now - since) / 1000) }),
        },
      },
      { owner, key: device, value: undefined },
    );
  };

  for (const condition of conditions.values()) {
    if (!site.devices.has(condition.device)) clear(condition, 'config-removed');
  }

  return {
    open: () => [...conditions.values()].toSorted((a, b) => a.since - b.since),
    failed: ({ id: device, driver }, error, since) => {
      if (conditions.has(device)) return;
      if (!hopeless.has(error.kind) && clock.now() - since < patience) return;
      const correlation = `device/${device}/${toTimestamp(since).replaceAll(/[-:]|\.\d+/g, '')}`;
      const conclusion: Conclusion = {
        kind: 'conclusion',
        event: 'gateway.device.failed',
        source: device,
        device,
        subject: `device/${device}`,
        time: since,
        key: `${correlation}/raised`,
        severity: 'LOW',
        correlation,
        data: {
          phase: 'raised',
          device,
          driver,
          error: {
            kind: error.kind,
            message: error.message.slice(0, 1000),
            ...(error.advice !== undefined && { advice: error.advice.slice(0, 1000) }),
          },
        },
      };
      const condition: Condition = {
        device,
        driver,
        id: sealer.event(conclusion, clock.now(), timeQuality()).id,
        correlation,
        since,
      };
      conditions.set(device, condition);
      append(conclusion, { owner, key: device, value: Buffer.from(JSON.stringify(condition)) });
    },
    delivered: device => {
      const condition = conditions.get(device);
      if (condition !== undefined) clear(condition, 'recovered');
    },
    settled: () => last,
  };
};
