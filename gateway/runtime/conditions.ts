/**
 * Which devices do not deliver: conditions that are raised once, cleared once, and outlive the gateway. A condition is
 * saved in the same transaction as its events, so that after a crash it is neither raised twice nor forgotten. Devices
 * that share a power supply or a network link and are away together are one condition.
 */
import { z } from 'zod';
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import type { ErrorKind, GatewayError } from '../../core/errors.ts';
import type { Saved, TimeQuality } from '../../core/sealed.ts';
import { type DeviceProfile, type Site, supplies } from '../../core/site.ts';
import {
  type Clock,
  type ClockShift,
  type Duration,
  type Instant,
  minutes,
  seconds,
  shiftInstant,
  toTimestamp,
} from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sealer } from './seal.ts';

const owner = 'gateway.conditions';

const raised = {
  /** Id of the event that raised it. */
  id: z.string(),
  correlation: z.string(),
  since: z.number(),
};

const conditionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('device'), device: z.string(), driver: z.string(), ...raised }),
  z.object({
    kind: z.literal('group'),
    supply: z.enum(supplies),
    group: z.string(),
    devices: z.array(z.string()),
    ...raised,
  }),
]);
export type Condition = z.output<typeof conditionSchema>;

/** What is wrong, before it has an id. */
type Trouble = DeviceTrouble | GroupTrouble;
type DeviceTrouble = Pick<Extract<Condition, { kind: 'device' }>, 'kind' | 'device' | 'driver'>;
type GroupTrouble = Pick<Extract<Condition, { kind: 'group' }>, 'kind' | 'supply' | 'group' | 'devices'>;

/** A device that comes back by itself within this time was not away. */
const patience: Duration = seconds(10);

/** For so long a device that shares something is not told of alone: the others may turn out to be away too. */
const groupPatience: Duration = minutes(1);

/** What an event lists of a group. */
const mostListed = 500;

/** Nothing but a person can help here, so there is nothing to wait for. */
const hopeless: ReadonlySet<ErrorKind> = new Set(['config', 'unsupported', 'denied', 'defect']);

/** `device/cam-3`, `power/fuse-3`. */
export const subjectOf = (trouble: Trouble): string =>
  trouble.kind === 'device' ? `device/${trouble.device}` : `${trouble.supply}/${trouble.group}`;

const devicesOf = (trouble: Trouble): readonly string[] =>
  trouble.kind === 'device' ? [trouble.device] : trouble.devices;

export const severityOf = ({ kind }: Trouble): Severity => (kind === 'device' ? 'LOW' : 'MEDIUM');

export interface Conditions {
  /** Open now, the oldest first. */
  open(): readonly Condition[];
  /** An attempt failed; `lasting` is how long ago the first one did. */
  failed(profile: DeviceProfile, error: GatewayError, lasting: Duration): void;
  /** The device said something. */
  delivered(device: string): void;
  /** The clock was set: conditions that it dated move with it. */
  shift(shift: ClockShift): void;
  /** Resolves when all that was raised and cleared so far is on the disk. */
  settled(): Promise<void>;
}

export interface ConditionsOptions {
  readonly site: Site;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  /** Nobody knows when this was: an earlier run gave it by a clock that was not set. */
  readonly isLost: (instant: Instant) => boolean;
  /** Called after each change that was accepted, or that was not and why. */
  readonly onChange: (failure?: unknown) => void;
}

/** Begins with what the last run left open; conditions of what is not configured any more are cleared. */
export const openConditions = async (options: ConditionsOptions): Promise<Conditions> => {
  const { site, outbox, sealer, clock, timeQuality, onChange } = options;
  const conditions = new Map<string, Condition>();
  for (const [subject, bytes] of await outbox.restore(owner)) {
    const parsed = conditionSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    if (parsed.success) conditions.set(subject, parsed.data);
  }
  /** Devices that do not deliver, whether that was told or not. */
  const away = new Set<string>();
  /** When a group came back, by the steady clock: its other devices have some time to do so too. */
  const groupBack = new Map<string, Duration>();
  let last: Promise<void> = Promise.resolve();

  const append = (conclusion: Conclusion, key: string, condition: Condition | undefined): void => {
    const events = [sealer.event(conclusion, clock.now(), timeQuality())];
    last = outbox.append({ events, saved: [savedOf(key, condition)] }).then(() => onChange(), onChange);
  };

  const savedOf = (key: string, condition: Condition | undefined): Saved => ({
    owner,
    key,
    value: condition && Buffer.from(JSON.stringify(condition)),
  });

  /** What the events of a condition have in common. */
  const about = (trouble: Trouble): Pick<Conclusion, 'kind' | 'source' | 'device' | 'subject'> => ({
    kind: 'conclusion',
    subject: subjectOf(trouble),
    ...(trouble.kind === 'group'
      ? { source: 'groups' }
      : { source: trouble.device, ...(site.devices.has(trouble.device) && { device: trouble.device }) }),
  });

  const dataOf = (trouble: Trouble): Readonly<Record<string, unknown>> =>
    trouble.kind === 'device'
      ? { device: trouble.device, driver: trouble.driver }
      : { supply: trouble.supply, group: trouble.group, devices: trouble.devices.slice(0, mostListed) };

  const raise = (trouble: Trouble, lasting: Duration, why: Readonly<Record<string, unknown>>): void => {
    const subject = subjectOf(trouble);
    const since = Math.round(clock.now() - lasting);
    const correlation = `${subject}/${toTimestamp(since).replaceAll(/[-:]|\.\d+/g, '')}`;
    const conclusion: Conclusion = {
      ...about(trouble),
      event: `gateway.${trouble.kind}.failed`,
      time: since,
      key: `${correlation}/raised`,
      severity: severityOf(trouble),
      correlation,
      data: { phase: 'raised', ...dataOf(trouble), ...why },
    };
    const { id } = sealer.event(conclusion, clock.now(), timeQuality());
    const condition: Condition = { ...trouble, id, correlation, since };
    conditions.set(subject, condition);
    append(conclusion, subject, condition);
  };

  const clear = (condition: Condition, reason: 'recovered' | 'config-removed'): void => {
    const { correlation, since, id } = condition;
    const subject = subjectOf(condition);
    const now = clock.now();
    conditions.delete(subject);
    append(
      {
        ...about(condition),
        event: `gateway.${condition.kind}.recovered`,
        time: now,
        key: `${correlation}/cleared`,
        severity: 'INFORMATIONAL',
        correlation,
        causation: id,
        data: {
          phase: 'cleared',
          reason,
          ...dataOf(condition),
          // What another run raised may be dated by another clock.
          ...(now >= since && !options.isLost(since) && { downSeconds: Math.round((now - since) / 1000) }),
        },
      },
      subject,
      undefined,
    );
  };

  const groupsOf = (profile: DeviceProfile): readonly GroupTrouble[] =>
    supplies.flatMap(supply => {
      const group = profile[supply];
      if (group === undefined) return [];
      const members = [...site.devices.values()].filter(other => other[supply] === group);
      return [{ kind: 'group', supply, group, devices: members.map(({ id }) => id) }];
    });

  const isConfigured = (condition: Condition): boolean =>
    condition.kind === 'device'
      ? site.devices.has(condition.device)
      : condition.devices.some(device => site.devices.get(device)?.[condition.supply] === condition.group);

  const openGroupsOf = (device: string): readonly Condition[] =>
    [...conditions.values()].filter(condition => condition.kind === 'group' && condition.devices.includes(device));

  /** Whether the device needs no condition of its own (yet), because of what it shares with others. */
  const isLeftToItsGroup = (profile: DeviceProfile, lasting: Duration): boolean => {
    if (openGroupsOf(profile.id).length > 0) return true;
    const groups = groupsOf(profile).filter(({ devices }) => devices.length > 1);
    const dark = groups.find(({ devices }) => devices.every(device => away.has(device)));
    if (dark !== undefined) {
      raise(dark, lasting, {});
      return true;
    }
    const waits = groups.map(group => clock.steady() - (groupBack.get(subjectOf(group)) ?? Number.NEGATIVE_INFINITY));
    return groups.length > 0 && Math.min(lasting, ...waits) < groupPatience;
  };

  for (const condition of conditions.values()) {
    if (!isConfigured(condition)) clear(condition, 'config-removed');
    else for (const device of devicesOf(condition)) away.add(device);
  }

  return {
    open: () => [...conditions.values()].toSorted((a, b) => a.since - b.since),
    failed: (profile, error, lasting) => {
      const { id: device, driver } = profile;
      away.add(device);
      const trouble: Trouble = { kind: 'device', device, driver };
      if (conditions.has(subjectOf(trouble))) return;
      if (!hopeless.has(error.kind)) {
        if (lasting < patience) return;
        if (isLeftToItsGroup(profile, lasting)) return;
      }
      raise(trouble, lasting, {
        error: {
          kind: error.kind,
          message: error.message.slice(0, 1000),
          ...(error.advice !== undefined && { advice: error.advice.slice(0, 1000) }),
        },
      });
    },
    delivered: device => {
      if (!away.delete(device)) return;
      const own = conditions.get(`device/${device}`);
      if (own !== undefined) clear(own, 'recovered');
      for (const group of openGroupsOf(device)) {
        groupBack.set(subjectOf(group), clock.steady());
        clear(group, 'recovered');
      }
    },
    shift: shift => {
      for (const [subject, condition] of conditions) {
        const since = shiftInstant(condition.since, shift);
        if (since === condition.since) continue;
        const moved = { ...condition, since };
        conditions.set(subject, moved);
        last = outbox.append({ saved: [savedOf(subject, moved)] }).then(() => onChange(), onChange);
      }
    },
    settled: () => last,
  };
};
