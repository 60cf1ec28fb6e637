/** The server's side of HTTP Digest (RFC 7616 with MD5, and RFC 2617 without `qop`), for RTSP and for HTTP. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface DigestGuard {
  /** Value of `WWW-Authenticate`. */
  readonly challenge: string;
  /** Whether the value of `Authorization` proves the password for this request. */
  grants(method: string, authorization: string | undefined): boolean;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** `name=value` and `name="value"` of an `Authorization: Digest …` header. */
export const parseDigest = (authorization: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>();
  const [scheme = '', ...rest] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'digest') return fields;
  for (const match of rest.join(' ').matchAll(/([a-z]+)=(?:"([^"]*)"|([^\s,]+))/gi)) {
    fields.set((match[1] ?? '').toLowerCase(), match[2] ?? match[3] ?? '');
  }
  return fields;
};

/**
 * The nonce is the guard's own and lives as long as it, as in many cameras. `qop` asks the client for the form of RFC
 * 7616; old RTSP clients know only the one without.
 */
export const createDigestGuard = (realm: string, { username, password }: Login, qop: 'auth' | 'none'): DigestGuard => {
  const nonce = randomBytes(16).toString('hex');
  const secret = md5(`${username}:${realm}:${password}`);
  return {
    challenge: `Digest realm="${realm}", nonce="${nonce}"${qop === 'auth' ? ', qop="auth"' : ''}, algorithm=MD5`,
    grants: (method, authorization) => {
      const given = parseDigest(authorization ?? '');
      const field = (name: string): string => given.get(name) ?? '';
      if (field('username') !== username || field('nonce') !== nonce || field('realm') !== realm) return false;
      const request = md5(`${method}:${field('uri')}`);
      const middle = given.has('qop') ? `${nonce}:${field('nc')}:${field('cnonce')}:${field('qop')}` : nonce;
      return same(field('response'), md5(`${secret}:${middle}:${request}`));
    },
  };
};
