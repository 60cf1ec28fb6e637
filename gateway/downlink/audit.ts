/** What is told of commands: who ordered what of which device, and what came of it. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import { type Duration, type Instant, toTimestamp } from '../../core/time.ts';
import type { Order } from './authorize.ts';
import { type CommandRecord, type Outcome, recordKey } from './records.ts';
import type { Refused } from './verify.ts';

/** Longer ones stay out of the event. */
const longestTold = 4096;

const told = (value: unknown): string | undefined => {
  const text = JSON.stringify(value);
  return text !== undefined && text.length <= longestTold ? text : undefined;
};

/** `command/ioc-2026/2f6d…`: the same on all that follows from a command. */
export const correlationOf = (record: Pick<CommandRecord, 'key' | 'jti'>): string => `command/${recordKey(record)}`;

const subjectOf = (devices: readonly string[] | undefined, site: Site): string =>
  devices?.length === 1 ? `device/${devices[0]}` : `gateway/${site.gateway}`;

/**
 * The audit is the gateway's own: it names devices in its data and takes no status from them, so that what was ordered
 * of a device in maintenance is told as the fact that it is.
 */
const audit = (
  site: Site,
  devices: readonly string[] | undefined,
): Pick<Conclusion, 'kind' | 'source' | 'subject'> => ({
  kind: 'conclusion',
  source: 'commands',
  subject: subjectOf(devices, site),
});

export const acceptedConclusion = (site: Site, order: Order, uplink: string, at: Instant): Conclusion => {
  const { key, claims, command, devices, expires } = order;
  const input = told(order.input);
  const correlation = correlationOf({ key: key.id, jti: claims.jti });
  return {
    ...audit(site, devices),
    event: 'gateway.command.accepted',
    time: at,
    key: correlation,
    severity: 'INFORMATIONAL',
    correlation,
    data: {
      id: claims.jti,
      command: command.name,
      key: key.id,
      sender: key.sender,
      ...(key.agency !== undefined && { agency: key.agency }),
      ...(devices.length > 0 && { devices }),
      ...(input !== undefined && { input }),
      uplink,
      expires: toTimestamp(expires),
    },
  };
};

export interface Ending {
  readonly at: Instant;
  readonly outcome: Outcome;
  /** How long it ran; absent where nobody knows. */
  readonly duration?: Duration;
}

export const completedConclusion = (
  site: Site,
  { key, sender, agency, jti, command, devices, acceptedId }: CommandRecord,
  { at, outcome, duration }: Ending,
): Conclusion => {
  const result = outcome.status === 'done' ? told(outcome.result) : undefined;
  const correlation = correlationOf({ key, jti });
  return {
    ...audit(site, devices),
    event: 'gateway.command.completed',
    time: at,
    key: correlation,
    severity: outcome.status === 'done' ? 'INFORMATIONAL' : 'LOW',
    correlation,
    causation: acceptedId,
    data: {
      id: jti,
      command,
      key,
      sender,
      ...(agency !== undefined && { agency }),
      ...(devices.length > 0 && { devices }),
      outcome: outcome.status,
      ...(result !== undefined && { result }),
      ...(outcome.status === 'failed' && { error: outcome.error }),
      ...(duration !== undefined && { durationSeconds: Math.round(duration) / 1000 }),
    },
  };
};

export interface Refusal {
  readonly refused: Refused;
  readonly devices?: readonly string[];
  readonly uplink: string;
  readonly at: Instant;
  /** Tells apart what comes within the same millisecond. */
  readonly count: number;
  readonly untold: number;
}

export const refusedConclusion = (site: Site, { refused, devices, uplink, at, count, untold }: Refusal): Conclusion => {
  const { reason, message, keyId, signed } = refused;
  return {
    ...audit(site, devices),
    event: 'gateway.command.refused',
    time: at,
    key: `${at}/${count}`,
    severity: 'LOW',
    ...(signed !== undefined && { correlation: correlationOf({ key: signed.key.id, jti: signed.claims.jti }) }),
    data: {
      reason,
      message,
      ...(signed !== undefined && { id: signed.claims.jti, command: signed.claims.command }),
      ...(keyId !== undefined && { key: keyId }),
      ...(signed !== undefined && {
        sender: signed.key.sender,
        ...(signed.key.agency !== undefined && { agency: signed.key.agency }),
      }),
      ...(devices !== undefined && devices.length > 0 && { devices }),
      uplink,
      untold,
    },
  };
};
