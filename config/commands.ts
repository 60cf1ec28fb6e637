/** The section `commands`: who may order what of this gateway. */
import { z } from 'zod';
import { isAboutDevices } from '../core/command.ts';
import { remoteCommands } from '../core/commands.ts';
import { identifier } from '../core/fields.ts';
import type { DeviceProfile } from '../core/site.ts';
import { keyFileOf, parseCommandKey } from './command-key.ts';
import { field, type Judge, listOf } from './judge.ts';

const commandNames = [...remoteCommands.keys()];

const keySchema = z.strictObject({
  id: identifier().describe('Name of the key; commands carry it as "kid".'),
  sender: identifier().optional().describe('Who signs with it, "iss" of the command; the id when absent.'),
  agency: identifier()
    .optional()
    .describe('Only devices whose "agencies" hold it. When absent, the sender operates the whole gateway.'),
  publicKey: z
    .union([
      z.string().min(1).max(4096),
      z.looseObject({ kty: z.string().max(16), crv: z.string().max(16), x: z.string().max(256) }),
    ])
    .describe(`Ed25519 public key in PEM, as JWK, or "\${file:/path}" with one of these.`),
  commands: z
    .array(z.enum(['all', ...commandNames]))
    .min(1)
    .max(64)
    .describe('Names of the commands, or [all]. `haidang command list` shows them.'),
});

export const commandsSection = z
  .strictObject({ keys: z.array(keySchema).min(1).max(32).describe('Whose commands are done.') })
  .describe('Orders of the center; without this section none is taken.');

export type CommandsConfig = z.output<typeof commandsSection>;
export type CommandKeyConfig = CommandsConfig['keys'][number];

/** What no schema sees: keys that are none. Said also where something else is wrong in the section. */
export const judgePublicKeys = (section: unknown, judge: Judge): void => {
  for (const [index, entry] of listOf(field(section, 'keys')).entries()) {
    const publicKey = field(entry, 'publicKey');
    if (publicKey === undefined || keyFileOf(publicKey) !== undefined) continue;
    const parsed = parseCommandKey(publicKey);
    if (parsed.kind === 'key') continue;
    const { message, advice } = parsed;
    judge.refuse({ path: ['commands', 'keys', index, 'publicKey'], at: 'value', message: `this ${message}`, advice });
  }
};

/** Keys that can order less than is meant. */
export const warnOfIdleKeys = (
  { keys }: CommandsConfig,
  devices: readonly { readonly profile: Pick<DeviceProfile, 'agencies'> }[],
  judge: Judge,
): void => {
  for (const [index, { agency, commands }] of keys.entries()) {
    if (agency === undefined) continue;
    const path = ['commands', 'keys', index];
    if (!devices.some(({ profile }) => profile.agencies.includes(agency))) {
      judge.warn({
        path: [...path, 'agency'],
        at: 'value',
        message: `no device is of the agency "${agency}", so this key can order nothing`,
        advice: 'Write it under "agencies" of the devices, or leave "agency" out for an operator of the gateway.',
      });
    }
    for (const [place, name] of commands.entries()) {
      const command = remoteCommands.get(name);
      if (command === undefined || isAboutDevices(command)) continue;
      judge.warn({
        path: [...path, 'commands', place],
        at: 'value',
        message: `"${name}" is for operators of the whole gateway, and this key is of an agency`,
        advice: 'Leave it out here, or leave "agency" out.',
      });
    }
  }
};
