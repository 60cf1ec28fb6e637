/** What a refusal of an MQTT broker, or an error of the way to it, means and what can be done about it. */
import { GatewayError } from './errors.ts';
import type { Instant } from './time.ts';
import { tlsError } from './tls-error.ts';

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
      'Check "username" and "password", and what the broker lets this user do.',
    ],
  ],
  [136, unavailable],
  [137, ['unreachable', 'is too busy now']],
  [138, ['denied', 'has banned this client', "Ask the broker's operator."]],
  [139, ['unreachable', 'is shutting down']],
  [142, ['unreachable', 'took in another client of the same client id', 'Give each client its own "clientId".']],
  [128, ['protocol', 'gives no reason for it']],
  [129, ['protocol', 'finds a packet malformed']],
  [130, ['protocol', 'finds a packet that it did not expect']],
  [131, ['protocol', 'has a reason of its own for it']],
  [141, ['unreachable', 'heard nothing for too long']],
  [144, ['protocol', 'finds fault with a topic']],
  [147, ['protocol', 'got more at once than it allowed']],
  [149, ['protocol', 'got a larger packet than it allowed']],
  [150, ['unreachable', 'finds that too much comes too fast']],
  [151, ['unreachable', 'has reached a quota']],
  [152, ['unreachable', 'was told to end the connection']],
  [153, ['protocol', 'finds fault with a payload']],
  [154, ['unsupported', 'retains no messages', 'Have retained messages allowed at the broker.']],
  [155, ['unsupported', 'takes no messages of QoS 1', 'Have QoS 1 allowed at the broker.']],
  [156, ['unreachable', 'sends us to another broker']],
  [157, ['unreachable', 'has moved', 'Set the new address.']],
  [159, ['unreachable', 'finds that we connect too often']],
]);

/** What a broker says by a reason code, as it follows after its name: `finds fault with a payload`. */
export const reasonWords = (code: number): string => refusals.get(code)?.[1] ?? `gave the reason ${code}`;

/** Errors of the network by their code. */
const codes: ReadonlyMap<string, Meaning> = new Map([
  ['ECONNREFUSED', ['unreachable', 'refuses the connection', 'Check that the broker runs and listens on this port.']],
  ['ENOTFOUND', ['unreachable', 'cannot be found by its name', 'Check the host name and the DNS of this network.']],
  ['EAI_AGAIN', ['unreachable', 'cannot be found by its name', 'Check the host name and the DNS of this network.']],
]);

/** Of a library that could not read what came, and not of a connection that ended or gave no answer. */
const isGibberish = (thrown: unknown): thrown is Error =>
  thrown instanceof Error && !('code' in thrown) && !/timeout|clos|disconnect|end/i.test(thrown.message);

const meaningOf = (code: unknown, thrown: unknown): Meaning => {
  if (typeof code === 'number') return refusals.get(code) ?? ['protocol', `gave the reason ${code}`];
  const known = typeof code === 'string' ? codes.get(code) : undefined;
  if (known !== undefined) return known;
  if (isGibberish(thrown)) {
    return ['protocol', `does not speak MQTT (${thrown.message})`, 'Check the address and the port.'];
  }
  return ['unreachable', `cannot be reached: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
};

/** `thrown` is an error with a `code`: a reason code, a system's or a library's. */
export const toBrokerError = (thrown: unknown, address: string, now: Instant): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
  const tls = typeof code === 'string' ? tlsError(code, address, now, thrown) : undefined;
  if (tls !== undefined) return tls;
  const [kind, message, advice] = meaningOf(code, thrown);
  return new GatewayError(kind, `${address} ${message}`, { ...(advice !== undefined && { advice }), cause: thrown });
};
