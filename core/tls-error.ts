/** What TLS says about certificates, as the errors that the supervisor understands. */
import { type ErrorKind, GatewayError } from './errors.ts';
import { type Instant, toTimestamp } from './time.ts';

type Meaning = readonly [kind: ErrorKind, says: string, advice: string];

const meaningOf = (code: string, now: Instant): Meaning | undefined => {
  if (code === 'CERT_NOT_YET_VALID') {
    return [
      'unreachable',
      `has a certificate that is not yet valid by this gateway's clock (${toTimestamp(now)}): the clock is wrong`,
      'Set the clock, or wait until it is synchronized.',
    ];
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return [
      'unreachable',
      `has a certificate that expired (this gateway's clock says ${toTimestamp(now)})`,
      'Check the clock, and have the certificate at the other end renewed.',
    ];
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return ['denied', 'shows a certificate for another host', 'Use the name that stands in the certificate.'];
  }
  if (/^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) {
    return ['denied', 'shows a certificate that no known authority signed', 'Give its authority as "ca".'];
  }
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return ['protocol', 'does not speak TLS on this port', 'Check the address: is this the port for TLS?'];
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return ['denied', 'refuses our certificate', 'Check "certificate" and "key", and which authority it accepts.'];
  }
  return undefined;
};

/** `code` as Node.js gives it. Undefined when TLS is not what failed. Says in one sentence what happened at `place`. */
export const tlsError = (
  code: string | undefined,
  place: string,
  now: Instant,
  cause: unknown,
): GatewayError | undefined => {
  const meaning = code === undefined ? undefined : meaningOf(code, now);
  if (meaning === undefined) return undefined;
  const [kind, says, advice] = meaning;
  return new GatewayError(kind, `${place} ${says}`, { advice, cause });
};
