import { expect, test } from 'vitest';
import { endingOf, knownCodes, verdictOn } from '../../../sinks/mqtt/reasons.ts';

/** Every code that the standard lets a PUBACK carry (MQTT 5.0, 3.4.2.1). */
test.for([
  [0x00, 'delivered'],
  [0x10, 'no-consumer'],
  [0x80, 'not-accepted'],
  [0x83, 'not-accepted'],
  [0x87, 'not-permitted'],
  [0x90, 'not-accepted'],
  [0x91, 'again'],
  [0x97, 'pause'],
  [0x99, 'not-accepted'],
] as const)('an event acknowledged with 0x%s is %s', ([code, verdict]) => expect(verdictOn(code)).toBe(verdict));

test.for([0x11, 0x42, 0xf0])('an event acknowledged with the unknown code %s is not taken for delivered', code =>
  expect(verdictOn(code)).toBe('not-accepted'),
);

test.for([
  ['of something that was on its way', 'blame', [0x81, 0x82, 0x87, 0x90, 0x95, 0x99]],
  ['of the broker, so that another one may do better', 'move', [0x03, 0x88, 0x89, 0x8b, 0x98, 0x9c, 0x9d]],
  ['of too much', 'pause', [0x96, 0x97, 0x9f]],
  ['of nothing in particular', 'retry', [undefined, 0x00, 0x8d, 0x8e, 0x93, 0xa0]],
] as const)('a connection may end because %s', ([, ending, codes]) => {
  for (const code of codes) expect([code, endingOf(code)]).toEqual([code, ending]);
});

test('knows every code at which it does something, for the parser of acknowledgements', () => {
  expect(knownCodes.every(code => code >= 0x80)).toBe(true);
  expect(knownCodes).toEqual(expect.arrayContaining([0x87, 0x95, 0x97, 0x99]));
});
