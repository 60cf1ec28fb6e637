/** A sender of commands that owes nothing to our own code: signs with the crypto of Node.js alone. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { CommandKeyConfig } from '../../config/commands.ts';

export interface Sender {
  readonly id: string;
  readonly privateKey: KeyObject;
  /** PEM */
  readonly publicKey: string;
}

export const createSender = (id = 'ioc'): Sender => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { id, privateKey: createPrivateKey(privateKey), publicKey };
};

export const keyConfigOf = (
  { id, publicKey }: Sender,
  overrides: Partial<CommandKeyConfig> = {},
): CommandKeyConfig => ({ id, publicKey, commands: ['all'], ...overrides });

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS of any header and payload. */
export const signJws = ({ privateKey }: Sender, header: unknown, payload: unknown): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
};

/** A good command for `hue/gw-1`, valid for five minutes from `now`, with some claims changed. */
export const signCommand = (
  sender: Sender,
  claims: Readonly<Record<string, unknown>>,
  now: number = Date.now(),
): string => {
  const iat = Math.floor(now / 1000);
  return signJws(
    sender,
    { alg: 'EdDSA', kid: sender.id },
    { jti: crypto.randomUUID(), iss: sender.id, aud: 'hue/gw-1', iat, exp: iat + 300, input: {}, ...claims },
  );
};
