/** The client's side of HTTP Digest (RFC 7616; RFC 2617 where the server names no `qop`). Pure. */
import { createHash } from 'node:crypto';

export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  /** As the server spelled it; absent means MD5. */
  readonly algorithm?: string;
  /** Whether the answer carries a count and a nonce of ours (`qop=auth`). */
  readonly counted: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The strongest first. Sessions (`-sess`) and other hashes are not spoken by cameras. */
const hashes: ReadonlyMap<string, string> = new Map([
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]);

const hashOf = (algorithm = 'MD5'): string | undefined =>
  hashes.get(algorithm.toUpperCase().replace(/^SHA256$/, 'SHA-256'));

const parseChallenge = (value: string): Challenge | undefined => {
  const [, parameters] = /^\s*Digest\s+(.*)$/is.exec(value) ?? [];
  if (parameters === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const [, name = '', quoted, bare] of parameters.matchAll(/([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    fields.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const realm = fields.get('realm');
  const nonce = fields.get('nonce');
  const opaque = fields.get('opaque');
  const algorithm = fields.get('algorithm');
  const qop = fields.get('qop');
  if (realm === undefined || nonce === undefined || hashOf(algorithm) === undefined) return undefined;
  const counted = qop?.split(',').some(each => each.trim().toLowerCase() === 'auth') ?? false;
  if (qop !== undefined && !counted) return undefined;
  return {
    realm,
    nonce,
    counted,
    ...(opaque !== undefined && { opaque }),
    ...(algorithm !== undefined && { algorithm }),
  };
};

/** Of the values of all `WWW-Authenticate` headers, the strongest challenge that can be answered. */
export const chooseChallenge = (values: readonly string[]): Challenge | undefined => {
  const known = values.map(parseChallenge).filter(challenge => challenge !== undefined);
  for (const hash of hashes.values()) {
    const found = known.find(({ algorithm }) => hashOf(algorithm) === hash);
    if (found !== undefined) return found;
  }
  return undefined;
};

export interface DigestRequest {
  readonly method: string;
  /** Path and query, as in the request line. */
  readonly target: string;
  /** How many requests this nonce has answered, this one included. */
  readonly count: number;
  /** Fresh random text of ours. */
  readonly clientNonce: string;
}

const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Value of the header `Authorization`. */
export const answerChallenge = (
  challenge: Challenge,
  { username, password }: Credentials,
  { method, target, count, clientNonce }: DigestRequest,
): string => {
  const digest = (text: string): string =>
    createHash(hashOf(challenge.algorithm) ?? 'md5')
      .update(text)
      .digest('hex');
  const secret = digest(`${username}:${challenge.realm}:${password}`);
  const request = digest(`${method}:${target}`);
  const nc = count.toString(16).padStart(8, '0');
  const middle = challenge.counted ? `${challenge.nonce}:${nc}:${clientNonce}:auth` : challenge.nonce;
  return [
    `Digest username=${quote(username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(target)}`,
    `response="${digest(`${secret}:${middle}:${request}`)}"`,
    ...(challenge.algorithm === undefined ? [] : [`algorithm=${challenge.algorithm}`]),
    ...(challenge.opaque === undefined ? [] : [`opaque=${quote(challenge.opaque)}`]),
    ...(challenge.counted ? ['qop=auth', `nc=${nc}`, `cnonce="${clientNonce}"`] : []),
  ].join(', ');
};
