import { expect, it } from 'vitest';
import { toBrokerError } from '../../core/broker-error.ts';
import { GatewayError } from '../../core/errors.ts';

const now = Date.parse('2026-11-23T08:00:00Z');
const withCode = (code: string | number, message = 'words of a library'): Error =>
  Object.assign(new Error(message), { code });

it.each([
  [withCode(5), 'denied', 'refuses the user or password'],
  [withCode(0x87), 'denied', 'does not authorize this client'],
  [withCode(1), 'unsupported', 'does not speak this MQTT version'],
  [withCode(0xff), 'protocol', 'gave the reason 255'],
  [withCode('ECONNREFUSED'), 'unreachable', 'refuses the connection'],
  [withCode('EHOSTUNREACH', 'no route'), 'unreachable', 'cannot be reached: no route'],
  [withCode('CERT_NOT_YET_VALID'), 'unreachable', 'not yet valid by this gateway'],
  [withCode('SELF_SIGNED_CERT_IN_CHAIN'), 'denied', 'no known authority signed'],
  [new Error('connack timeout'), 'unreachable', 'cannot be reached: connack timeout'],
  [new Error('Invalid header flag bits'), 'protocol', 'does not speak MQTT (Invalid header flag bits)'],
])('says what %j means', (thrown, kind, words) => {
  const error = toBrokerError(thrown, 'mqtt://broker', now);
  expect(error.kind).toBe(kind);
  expect(error.message).toContain(`mqtt://broker ${words.startsWith('not yet') ? 'has a certificate that is ' : ''}`);
  expect(error.message).toContain(words);
});

it('leaves alone what was said already', () => {
  const error = new GatewayError('denied', 'no');
  expect(toBrokerError(error, 'mqtt://broker', now)).toBe(error);
});
