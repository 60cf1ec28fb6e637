/** The public key of a sender of commands, as it stands in a configuration file or a file beside it. */
import { createPublicKey } from 'node:crypto';
import { z } from 'zod';

/** RFC 8037, clause 2. */
export interface Ed25519PublicKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

export type ParsedCommandKey =
  | { readonly kind: 'key'; readonly key: Ed25519PublicKey }
  | { readonly kind: 'wrong'; readonly message: string; readonly advice: string };

const jwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  // 32 bytes in base64url without padding.
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

const howTo = 'Make it with: openssl pkey -in private.pem -pubout';

const exposed: ParsedCommandKey = {
  kind: 'wrong',
  message: 'is a private key, and those never lie on a gateway',
  advice: `Give the public key. ${howTo}. Whoever could read this file can order with the private one: replace it.`,
};

const isPrivateJwk = (value: unknown): boolean => typeof value === 'object' && value !== null && 'd' in value;

const parseText = (text: string): unknown => {
  const isJson = text.trimStart().startsWith('{');
  return isJson ? JSON.parse(text) : createPublicKey(text).export({ format: 'jwk' });
};

/** `value` is a PEM text (RFC 8410), a JWK (RFC 8037), or the JSON text of one. Never throws. */
export const parseCommandKey = (value: unknown): ParsedCommandKey => {
  // OpenSSL would read the public key out of a private one.
  if (typeof value === 'string' && /PRIVATE KEY/.test(value)) return exposed;
  try {
    const jwk = typeof value === 'string' ? parseText(value) : value;
    if (isPrivateJwk(jwk)) return exposed;
    const parsed = jwkSchema.safeParse(jwk);
    if (parsed.success) return { kind: 'key', key: parsed.data };
    return {
      kind: 'wrong',
      message: 'is not an Ed25519 public key',
      advice: `Commands are signed with Ed25519: openssl genpkey -algorithm ed25519 -out private.pem. ${howTo}`,
    };
  } catch {
    return {
      kind: 'wrong',
      message: 'is no public key in PEM or as JWK',
      advice: `Begin with "-----BEGIN PUBLIC KEY-----", below "publicKey: |", or write "\${file:/path}". ${howTo}`,
    };
  }
};

/** `${file:/path}` → the path. */
export const keyFileOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? /^\$\{file:(\/[^}]+)\}$/.exec(value.trim())?.[1] : undefined;
