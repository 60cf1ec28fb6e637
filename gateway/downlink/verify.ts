/**
 * Bytes from the broker → a command whose sender is proven. Nothing in a message is believed before its signature is
 * found right: compact JWS (RFC 7515, clause 3.1) with EdDSA over Ed25519 (RFC 8037). Whether it may be done now is
 * judged afterwards (`authorize.ts`).
 */
import { hash } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors } from 'jose';
import { type CommandClaims, commandClaims, commandKeyIdPattern } from '../../core/command-claims.ts';
import type { CommandRefusalReason } from '../../core/command-refusal.ts';
import type { CommandKey } from './keys.ts';

/** A command that somebody signed whom this gateway knows. */
export interface SignedCommand {
  readonly key: CommandKey;
  readonly claims: CommandClaims;
  /** SHA-256 of what was signed, header and payload: the same jti with another one is another command. */
  readonly digest: string;
}

export interface Refused {
  readonly reason: CommandRefusalReason;
  /** What exactly; never more than 1000 characters, and nothing that an unproven sender wrote. */
  readonly message: string;
  /** The key that the message names, where it is one of ours. */
  readonly keyId?: string;
  /** Present when the signature was right. */
  readonly signed?: SignedCommand;
}

export type Verdict =
  | { readonly kind: 'signed'; readonly signed: SignedCommand }
  | { readonly kind: 'refused'; readonly refused: Refused };

export interface VerifyOptions {
  readonly keys: ReadonlyMap<string, CommandKey>;
  /** `<city>/<gateway>` */
  readonly audience: string;
  /** Last segment of the topic that the message came on. */
  readonly sender: string;
}

const largestMessage = 65_536;

const decoder = new TextDecoder('utf-8', { fatal: true });

const refuse = (
  reason: CommandRefusalReason,
  message: string,
  more: Pick<Refused, 'keyId' | 'signed'> = {},
): Verdict => ({
  kind: 'refused',
  refused: { reason, message: message.slice(0, 1000), ...more },
});

/** Of the header only what names the key; undefined when it is none. */
const keyIdOf = (jws: string): string | undefined => {
  try {
    const { kid } = decodeProtectedHeader(jws);
    return typeof kid === 'string' && commandKeyIdPattern.test(kid) ? kid : undefined;
  } catch {
    return undefined;
  }
};

const parseClaims = (payload: Uint8Array) => {
  try {
    const json: unknown = JSON.parse(decoder.decode(payload));
    const parsed = commandClaims.safeParse(json);
    if (parsed.success) return { kind: 'claims', claims: parsed.data } as const;
    const [issue] = parsed.error.issues;
    return { kind: 'wrong', message: `${issue?.path.join('.') || 'the payload'}: ${issue?.message ?? ''}` } as const;
  } catch {
    return { kind: 'wrong', message: 'the payload is not JSON' } as const;
  }
};

/** Never throws, whatever the bytes are. */
export const verifyCommand = async (
  payload: Uint8Array,
  { keys, audience, sender }: VerifyOptions,
): Promise<Verdict> => {
  if (payload.length > largestMessage) return refuse('too-large', `${payload.length} bytes`);
  let jws: string;
  try {
    // A file that an editor or a shell wrote ends with a newline.
    jws = decoder.decode(payload).trim();
  } catch {
    return refuse('malformed', 'not a text');
  }
  const kid = keyIdOf(jws);
  if (kid === undefined) return refuse('malformed', 'no compact JWS, or none that names its key in "kid"');
  const key = keys.get(kid);
  if (key === undefined) return refuse('unknown-key', 'no key of the id that the message names');
  let bytes: Uint8Array;
  try {
    bytes = (await compactVerify(jws, key.publicKey, { algorithms: ['EdDSA'] })).payload;
  } catch (thrown) {
    if (thrown instanceof errors.JWSSignatureVerificationFailed) {
      return refuse('bad-signature', `the signature does not fit the key ${kid}`, { keyId: kid });
    }
    const message = thrown instanceof errors.JOSEAlgNotAllowed ? 'the algorithm is not EdDSA' : 'no good compact JWS';
    return refuse('malformed', message, { keyId: kid });
  }
  const parsed = parseClaims(bytes);
  if (parsed.kind === 'wrong') return refuse('malformed', parsed.message, { keyId: kid });
  const { claims } = parsed;
  const signed = { key, claims, digest: hash('sha256', jws.slice(0, jws.lastIndexOf('.')), 'hex') };
  if (claims.aud !== audience) {
    return refuse('wrong-audience', `it is for ${claims.aud}, and this is ${audience}`, { keyId: kid, signed });
  }
  if (claims.iss !== key.sender) {
    return refuse('wrong-sender', `the key ${kid} is that of ${key.sender}, not of ${claims.iss}`, {
      keyId: kid,
      signed,
    });
  }
  if (sender !== key.sender) {
    return refuse('wrong-sender', `it came under the topic of ${sender}, and was signed by ${key.sender}`, {
      keyId: kid,
      signed,
    });
  }
  return { kind: 'signed', signed };
};
