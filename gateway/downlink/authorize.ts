/** Whether a signed command may be done now, and by whom: its time, its name, the rights of its key, its input. Pure. */
import { devicesOf, type RemoteCommand } from '../../core/command.ts';
import { type CommandClaims, clockLeeway, longestLifetime } from '../../core/command-claims.ts';
import type { CommandRefusalReason } from '../../core/command-refusal.ts';
import { remoteCommands } from '../../core/commands.ts';
import type { TimeQuality } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import { formatDuration, type Instant, seconds, toTimestamp } from '../../core/time.ts';
import type { CommandKey } from './keys.ts';
import type { SignedCommand } from './verify.ts';

/** A command that is to be done. */
export interface Order extends SignedCommand {
  readonly command: RemoteCommand;
  /** Parsed by the command's schema. */
  readonly input: unknown;
  readonly devices: readonly string[];
  readonly expires: Instant;
}

export type Judgment =
  | { readonly kind: 'order'; readonly order: Order }
  | {
      readonly kind: 'refused';
      readonly reason: CommandRefusalReason;
      readonly message: string;
      /** Devices that it is about, where its input was good. */
      readonly devices?: readonly string[];
    };

type Denial = Extract<Judgment, { kind: 'refused' }>;

const refuse = (reason: CommandRefusalReason, message: string): Denial => ({
  kind: 'refused',
  reason,
  message: message.slice(0, 1000),
});

export interface Moment {
  readonly now: Instant;
  readonly timeQuality: TimeQuality;
  /** Commands that expired by then are forgotten, so they must not be taken again when the clock is set back. */
  readonly forgottenUntil: Instant;
  /** Which ones of before were done is not known: the store was lost, or is new. */
  readonly rememberedSince: Instant;
}

const atSeconds = (time: number): string => toTimestamp(seconds(time));

const judgeTime = ({ iat, nbf = iat, exp }: CommandClaims, moment: Moment): Denial | undefined => {
  const { now, timeQuality, forgottenUntil, rememberedSince } = moment;
  if (exp <= iat || seconds(exp - iat) > longestLifetime) {
    return refuse(
      'lifetime-too-long',
      `iat ${atSeconds(iat)}, exp ${atSeconds(exp)}: at most 24 h, and more than none`,
    );
  }
  // Somebody who kept an old command could have it done again on a box that woke up in the past.
  if (timeQuality === 'unsynchronized') return refuse('clock-not-set', `this gateway's clock says ${toTimestamp(now)}`);
  if (now > seconds(exp) + clockLeeway || seconds(exp) <= forgottenUntil) {
    const late = Math.max(0, now - seconds(exp));
    return refuse('expired', `it expired ${formatDuration(late)} ago, by this gateway's clock`);
  }
  // Senders count in whole seconds.
  if (seconds(iat + 1) <= rememberedSince) {
    return refuse('not-remembered', `signed ${atSeconds(iat)}, and this store begins ${toTimestamp(rememberedSince)}`);
  }
  if (now < seconds(Math.max(iat, nbf)) - clockLeeway) {
    return refuse(
      'not-yet-valid',
      `it is valid from ${atSeconds(Math.max(iat, nbf))}, and this gateway's clock says ${toTimestamp(now)}`,
    );
  }
  return undefined;
};

/** An agency knows of its own devices only: it is not told which others there are. */
const judgeRights = (key: CommandKey, devices: readonly string[], site: Site): Denial | undefined => {
  const { agency } = key;
  if (agency === undefined) {
    const unknown = devices.find(device => !site.devices.has(device));
    return unknown === undefined ? undefined : refuse('unknown-device', `no device is called ${unknown}`);
  }
  if (devices.length === 0) return refuse('not-authorized', `only an operator of the whole gateway may order this`);
  const foreign = devices.find(device => site.devices.get(device)?.agencies.includes(agency) !== true);
  return foreign === undefined
    ? undefined
    : refuse('not-authorized', `${foreign} is no device of the agency ${agency}`);
};

export const authorizeCommand = (signed: SignedCommand, site: Site, moment: Moment): Judgment => {
  const { key, claims } = signed;
  const late = judgeTime(claims, moment);
  if (late !== undefined) return late;
  const command = remoteCommands.get(claims.command);
  if (command === undefined) return refuse('unknown-command', `there is no command ${claims.command}`);
  if (!key.commands.has('all') && !key.commands.has(command.name)) {
    return refuse('not-authorized', `the key ${key.id} may not order ${command.name}`);
  }
  const input = command.input.safeParse(claims.input);
  if (!input.success) {
    const [issue] = input.error.issues;
    return refuse('invalid-input', `${issue?.path.join('.') || 'input'}: ${issue?.message ?? ''}`);
  }
  const devices = devicesOf(input.data);
  const noRight = judgeRights(key, devices, site);
  if (noRight !== undefined) return { ...noRight, devices };
  return { kind: 'order', order: { ...signed, command, input: input.data, devices, expires: seconds(claims.exp) } };
};
