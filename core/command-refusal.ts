/** Why the gateway does not do what it is told: the one table of reasons, with what the sender can do about each. */

export interface CommandRefusal {
  readonly says: string;
  readonly advice: string;
  /** Whether it is known by then who signed the command. */
  readonly signer: 'proven' | 'unproven';
}

/** In the order in which they are judged. */
export const commandRefusals = {
  'too-large': {
    says: 'The message is larger than 64 KiB.',
    advice: 'Send a smaller input.',
    signer: 'unproven',
  },
  malformed: {
    says: 'The message is no command: a compact JWS with the claims jti, iss, aud, iat, exp, command and input.',
    advice: 'Sign it as docs/commands.md says, or with `haidang command sign`.',
    signer: 'unproven',
  },
  'unknown-key': {
    says: 'No key of this id is configured here.',
    advice: 'Check "kid" in the header, and "keys" under "commands" in the configuration of the gateway.',
    signer: 'unproven',
  },
  'bad-signature': {
    says: 'The signature does not fit the key of this id.',
    advice: 'Sign with the private key that belongs to the configured public key, and send the bytes unchanged.',
    signer: 'unproven',
  },
  'wrong-audience': {
    says: 'The command is for another gateway.',
    advice: 'Set "aud" to "<city>/<gateway>" of the gateway that it is for.',
    signer: 'proven',
  },
  'wrong-sender': {
    says: 'The sender is not that of the key, or not the one in the topic.',
    advice: 'Set "iss" to the sender that is configured for the key, and publish to gateway/cmd/<sender>.',
    signer: 'proven',
  },
  replayed: {
    says: 'Another command was already given under this jti.',
    advice: 'Give each command a jti of its own.',
    signer: 'proven',
  },
  'lifetime-too-long': {
    says: 'The command is valid for longer than 24 h.',
    advice: 'Set "exp" to at most 24 h after "iat".',
    signer: 'proven',
  },
  'clock-not-set': {
    says: 'The clock of the gateway is not set, so it cannot tell a fresh command from an old one.',
    advice: 'Send a new command when the clock is set: the retained state gateway/state/health tells its quality.',
    signer: 'proven',
  },
  expired: {
    says: 'The command came after its expiry.',
    advice: 'Send a new one, with a lifetime that bridges the time for which the link may be away.',
    signer: 'proven',
  },
  'not-remembered': {
    says: 'The command was signed before the time from which on the gateway knows which ones were done.',
    advice: 'Sign it anew, if it was not done then: the events gateway.command.completed tell.',
    signer: 'proven',
  },
  'not-yet-valid': {
    says: 'The command is from the future.',
    advice: 'Check the clock of the sender, then that of the gateway.',
    signer: 'proven',
  },
  'unknown-command': {
    says: 'This version of the gateway knows no such command.',
    advice: '`haidang command list` shows those that it knows.',
    signer: 'proven',
  },
  'not-authorized': {
    says: 'This key may not order this.',
    advice: 'See "commands" and "agency" of the key in the configuration, and "agencies" of the device.',
    signer: 'proven',
  },
  'invalid-input': {
    says: 'The input does not fit the schema of the command.',
    advice: 'See docs/commands.md for what it takes.',
    signer: 'proven',
  },
  'unknown-device': {
    says: 'No device of this name is configured here.',
    advice: 'The retained state gateway/state/inventory lists the devices.',
    signer: 'proven',
  },
  busy: {
    says: 'Too many commands run or are remembered.',
    advice: 'Send it again later.',
    signer: 'proven',
  },
  'not-recorded': {
    says: 'The command could not be written down, so it was not done.',
    advice: 'Look at the disk of the gateway, then send it again.',
    signer: 'proven',
  },
} as const satisfies Readonly<Record<string, CommandRefusal>>;

export type CommandRefusalReason = keyof typeof commandRefusals;

/** The words of the table, for schemas. */
export const commandRefusalReasons = Object.keys(commandRefusals) as [CommandRefusalReason, ...CommandRefusalReason[]];
