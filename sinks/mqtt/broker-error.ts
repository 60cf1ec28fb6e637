/** What a refusal of the broker, or an error of the way to it, means and what can be done about it. */
import { GatewayError } from '../../core/errors.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';

type Meaning = readonly [kind: GatewayError['kind'], words: string, advice?: string];

const unsupportedVersion: Meaning = [
  'unsupported',
  'does not speak this MQTT version',
  'Set "protocol" to the other version.',
];
const badCredentials: Meaning = ['denied', 'refuses the user or password', 'Check "username" and "password".'];
const badIdentifier: Meaning = ['denied', 'refuses the client id', 'Set another "clientId".'];
const unavailable: Meaning = ['unreachable', 'is not available now'];

/** Return codes of CONNACK in 3.1.1 (3.2.2.3), reason codes of CONNACK and DISCONNECT in 5 (3.2.2.2, 3.14.2.1). */
const refusals: ReadonlyMap<number, Meaning> = new Map([
  [1, unsupportedVersion],
  [2, badIdentifier],
  [3, unavailable],
  [4, badCredentials],
  [5, badCredentials],
  [132, unsupportedVersion],
  [133, badIdentifier],
  [134, badCredentials],
  [
    135,
    [
      'denied',
      'does not authorize this client',
      'Check "username" and "password", and what the broker lets this user publish.',
    ],
  ],
  [136, unavailable],
  [137, ['unreachable', 'is too busy now']],
  [138, ['denied', 'has banned this client', "Ask the broker's operator."]],
  [139, ['unreachable', 'is shutting down']],
  [142, ['unreachable', 'took in another client of the same client id', 'Give each gateway its own "clientId".']],
  [144, ['protocol', 'finds fault with a topic']],
  [147, ['protocol', 'got more at once than it allowed']],
  [149, ['protocol', 'got a larger packet than it allowed']],
  [151, ['unreachable', 'has reached a quota']],
]);

/** Client errors of TLS and the network by their code. */
const codes: ReadonlyMap<string, Meaning> = new Map([
  ['ECONNREFUSED', ['unreachable', 'refuses the connection', 'Check that the broker runs and listens on this port.']],
  ['ENOTFOUND', ['unreachable', 'cannot be found by its name', 'Check the host name and the DNS of this network.']],
  ['EAI_AGAIN', ['unreachable', 'cannot be found by its name', 'Check the host name and the DNS of this network.']],
  [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    ['protocol', 'does not speak TLS on this port', 'Use the port for TLS, or "mqtt://".'],
  ],
  [
    'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    ['protocol', 'does not speak TLS on this port', 'Use the port for TLS, or "mqtt://".'],
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    ['denied', 'shows a certificate for another host', 'Use the name that stands in the certificate.'],
  ],
]);

const meaningOf = (code: unknown, now: Instant): Meaning | undefined => {
  if (typeof code === 'number') return refusals.get(code) ?? ['protocol', `gave the reason ${code}`];
  if (typeof code !== 'string') return undefined;
  const known = codes.get(code);
  if (known !== undefined) return known;
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
      "Check the clock, and renew the broker's certificate.",
    ];
  }
  if (/^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_)/.test(code)) {
    return ['denied', 'shows a certificate that no known authority signed', 'Give its authority as "ca".'];
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return ['denied', 'refuses our certificate', 'Check "certificate" and "key", and which authority it accepts.'];
  }
  return undefined;
};

/** `thrown` is an error with a `code`: a reason code, a system's or a library's. */
export const toBrokerError = (thrown: unknown, address: string, now: Instant): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const [kind, message, advice] = meaningOf(code, now) ?? ['unreachable', `cannot be reached: ${words}`];
  return new GatewayError(kind, `${address} ${message}`, { ...(advice !== undefined && { advice }), cause: thrown });
};
