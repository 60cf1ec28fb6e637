import { readFileSync } from 'node:fs';
import { GatewayError } from '../core/errors.ts';
import type { Reveal, Secret } from '../core/fields.ts';

/** Reads secrets at the moment of use and remembers them, so that nothing that is written can hold one. */
export interface Secrets {
  readonly reveal: Reveal;
  /** Every secret revealed so far. */
  revealed(): readonly string[];
}

const read = ({ from, name }: Secret, environment: NodeJS.ProcessEnv): string => {
  if (from === 'env') {
    const value = environment[name];
    if (value !== undefined && value !== '') return value;
    throw new GatewayError('config', `the environment variable ${name} is not set`, {
      advice: `Set ${name} where the gateway is started, or keep the secret in a file.`,
    });
  }
  try {
    // Editors end a file with a newline; no password does.
    return readFileSync(name, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new GatewayError('config', `the secret file ${name} cannot be read`, {
      cause,
      advice: 'Check that it is there and that the user of the gateway may read it.',
    });
  }
};

export const createSecrets = (environment: NodeJS.ProcessEnv): Secrets => {
  const revealed = new Set<string>();
  return {
    reveal: secret => {
      const value = read(secret, environment);
      revealed.add(value);
      return value;
    },
    revealed: () => [...revealed],
  };
};
