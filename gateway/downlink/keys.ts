import { readFile } from 'node:fs/promises';
import { importJWK } from 'jose';
import { keyFileOf, parseCommandKey } from '../../config/command-key.ts';
import type { CommandKeyConfig } from '../../config/commands.ts';
import { GatewayError } from '../../core/errors.ts';

/** A key, and what its holder may order. */
export interface CommandKey {
  readonly id: string;
  readonly sender: string;
  /** Absent: an operator of the whole gateway. */
  readonly agency?: string;
  /** Names, or `all`. */
  readonly commands: ReadonlySet<string>;
  readonly publicKey: Awaited<ReturnType<typeof importJWK>>;
}

const readKeyFile = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new GatewayError('config', `the public key file ${file} cannot be read`, {
      cause,
      advice: 'Check that it is there and that the user of the gateway may read it; then start the gateway again.',
    });
  }
};

/** Throws `config` when the file of the key cannot be read, or holds none. */
export const openCommandKey = async (config: CommandKeyConfig): Promise<CommandKey> => {
  const { id, sender = id, agency, commands } = config;
  const file = keyFileOf(config.publicKey);
  const parsed = parseCommandKey(file === undefined ? config.publicKey : await readKeyFile(file));
  if (parsed.kind === 'wrong') {
    const { message, advice } = parsed;
    throw new GatewayError('config', `${file === undefined ? 'the key' : `what is in ${file}`} ${message}`, { advice });
  }
  return {
    id,
    sender,
    ...(agency !== undefined && { agency }),
    commands: new Set(commands),
    publicKey: await importJWK(parsed.key, 'EdDSA'),
  };
};
