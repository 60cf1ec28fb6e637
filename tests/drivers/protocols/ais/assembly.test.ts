import { expect, it } from 'vitest';
import type { Decoded } from '../../../../core/driver.ts';
import { encode } from '../../../../drivers/protocols/ais/encode.ts';
import { withChecksum } from '../../../../drivers/protocols/nmea0183/checksum.ts';
import { createDecoder } from '../../../../drivers/vessels/ais-receiver/codec.ts';

const start = Date.parse('2026-11-25T00:00:00Z');

/** The two sentences of a message 5. */
const partsOf = (name: string, sequence: number): readonly [string, string] => {
  const [first = '', second = ''] = encode({ messageType: 5, mmsi: 574_000_101, name }, { sequence }).split('\r\n');
  return [first, second];
};

const createReceiver = () => {
  const decode = createDecoder('ais-1');
  return (sentence: string, receivedAt = start): readonly Decoded[] =>
    decode({ bytes: Buffer.from(`${sentence}\r\n`, 'latin1'), receivedAt });
};

const namesIn = (decoded: readonly Decoded[]): readonly unknown[] =>
  decoded.flatMap(piece =>
    piece.kind === 'observation' && 'name' in piece.observation ? [piece.observation.name] : [],
  );
const incomplete: Decoded = { kind: 'malformed', reason: 'incomplete' };

it('joins messages whose parts come interleaved', () => {
  const receive = createReceiver();
  const [a1, a2] = partsOf('FIRST', 1);
  const [b1, b2] = partsOf('SECOND', 2);
  receive(a1);
  receive(b1);
  expect([...namesIn(receive(a2)), ...namesIn(receive(b2))]).toEqual(['FIRST', 'SECOND']);
});

it('keeps stations of one feed apart by their TAG blocks, though they count alike', () => {
  const receive = createReceiver();
  const tag = (source: string): string => `\\${withChecksum(`s:${source}`)}\\`;
  const [a1, a2] = partsOf('FIRST', 1);
  const [b1, b2] = partsOf('SECOND', 1);
  receive(tag('north') + a1);
  receive(tag('south') + b1);
  expect(namesIn(receive(tag('north') + a2))).toEqual(['FIRST']);
  expect(namesIn(receive(tag('south') + b2))).toEqual(['SECOND']);
});

it('gives a message the time of its first part', () => {
  const receive = createReceiver();
  const [first, second] = partsOf('FIRST', 1);
  receive(`\\${withChecksum('g:1-2-77,s:north,c:1700000000')}\\${first}`);
  const decoded = receive(`\\${withChecksum('g:2-2-77')}\\${second}`);
  expect(decoded).toMatchObject([{ observation: { time: 1_700_000_000_000, timeFrom: 'device', name: 'FIRST' } }]);
});

it('counts a part that follows nothing', () => {
  const [, second] = partsOf('FIRST', 1);
  expect(createReceiver()(second)).toEqual([incomplete]);
});

it('counts a message that is overtaken by another of the same number', () => {
  const receive = createReceiver();
  const [first] = partsOf('FIRST', 1);
  const [again, second] = partsOf('SECOND', 1);
  receive(first);
  expect(receive(again)).toEqual([incomplete]);
  expect(namesIn(receive(second))).toEqual(['SECOND']);
});

const longText = 'A'.repeat(161);
const textsIn = (decoded: readonly Decoded[]): readonly unknown[] =>
  decoded.flatMap(piece =>
    piece.kind === 'observation' && 'text' in piece.observation ? [piece.observation.text] : [],
  );

it('joins a message of three parts that two receivers of one feed pass on, each part twice', () => {
  const receive = createReceiver();
  const parts = encode({ messageType: 14, mmsi: 5_741_024, safetyRelatedText: longText }).trimEnd().split('\r\n');
  expect(parts.length).toBe(3);
  const decoded = parts.flatMap(part => [...receive(part), ...receive(part)]);
  expect(textsIn(decoded)).toEqual([longText]);
  const repeated: Decoded = { kind: 'malformed', reason: 'repeated-part' };
  // Of the last one nobody knows whether it is the end of the message that is done or of another one.
  expect(decoded.filter(({ kind }) => kind !== 'observation')).toEqual([repeated, repeated, incomplete]);
});

it('joins no part that says something else under a number that was there', () => {
  const receive = createReceiver();
  const partsOfText = (text: string): readonly string[] =>
    encode({ messageType: 14, mmsi: 5_741_024, safetyRelatedText: text }).trimEnd().split('\r\n');
  const [a1 = '', a2 = ''] = partsOfText(longText);
  const [, b2 = '', b3 = ''] = partsOfText('B'.repeat(161));
  expect(textsIn([a1, a2, b2, b3].flatMap(part => receive(part)))).toEqual([]);
});

it('gives up a message of which a part is missing, and one whose parts come in another order', () => {
  const parts = encode({ messageType: 14, mmsi: 5_741_024, safetyRelatedText: longText }).trimEnd().split('\r\n');
  const [first = '', second = '', third = ''] = parts;
  for (const order of [
    [first, third],
    [second, first, third],
    [first, third, second],
  ]) {
    const receive = createReceiver();
    expect(textsIn(order.flatMap(part => receive(part)))).toEqual([]);
  }
});

it('keeps what the receiver itself sends apart from what it hears, though they count alike', () => {
  const receive = createReceiver();
  const [a1, a2] = partsOf('OWN', 1);
  const [b1, b2] = partsOf('OTHER', 1);
  const own = (sentence: string): string => `!${withChecksum(sentence.slice(1, -3).replace('VDM', 'VDO'))}`;
  receive(own(a1));
  receive(b1);
  expect(namesIn(receive(own(a2)))).toEqual(['OWN']);
  expect(namesIn(receive(b2))).toEqual(['OTHER']);
});

it('reads what the receiver itself sends as it reads others', () => {
  const own = '!AIVDO,1,1,,,15RTgt0PAso;90TKcjM8h6g208CQ,0';
  expect(createReceiver()(`!${withChecksum(own.slice(1))}`)).toMatchObject([
    { observation: { kind: 'vessel-position', mmsi: 371_798_000 } },
  ]);
});

it('does not wait for a part longer than five seconds', () => {
  const receive = createReceiver();
  const [first, second] = partsOf('FIRST', 1);
  receive(first);
  expect(receive(second, start + 5001)).toEqual([incomplete]);
});

it('gives up the oldest of too many messages that wait', () => {
  const receive = createReceiver();
  const parts = Array.from({ length: 40 }, (_, index) => {
    const channel = index % 2 === 0 ? 'A' : 'B';
    const talker = `A${String.fromCharCode(65 + Math.floor(index / 2))}`;
    const options = { talker, channel, sequence: 1 } as const;
    return encode({ messageType: 5, mmsi: index + 1, name: `N${index}` }, options).split('\r\n');
  });
  const dropped = parts.flatMap(([first = '']) => receive(first));
  expect(dropped).toEqual(Array.from({ length: 8 }, () => incomplete));
  const names = parts.flatMap(([, second = '']) => namesIn(receive(second)));
  expect(names).toEqual(Array.from({ length: 32 }, (_, index) => `N${index + 8}`));
});

it.each([
  ['AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,6', 'bad-sentence'],
  ['AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ', 'bad-sentence'],
  ['AIVDM,0,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0', 'bad-sentence'],
  ['AIVDM,2,3,1,A,15RTgt0PAso;90TKcjM8h6g208CQ,0', 'bad-sentence'],
  ['AIVDM,1,1,,A,15RTgt0PAso;90~KcjM8h6g208CQ,0', 'bad-payload'],
  ['AIVDM,1,1,,A,,0', 'empty-payload'],
  ['AIVDM,1,1,,A,15RT,0', 'too-short'],
  ['AIVDM,1,1,,A,15RTgt0PAso;90TK,0', 'too-short'],
  ['AIVDM,1,1,,A,l5RTgt0PAso;90TKcjM8h6g208CQ,0', 'unknown-type'],
  [`AIVDM,1,1,,A,${'1'.repeat(300)},0`, 'too-long'],
])('refuses !%s as %s', (body, reason) => {
  expect(createReceiver()(`!${withChecksum(body)}`)).toEqual([{ kind: 'malformed', reason }]);
});

it.each([
  '$GPGGA,,,,,,0,,,,,,,,',
  '!AIABK,574000101,A,6,1,0',
  '$AIALR,,,V,V,',
  '$PSRT,MID,(--hg)',
  '$PFEC,idrtr,1',
  '!PVDM,1',
])('passes over %s', sentence => {
  const whole = sentence[0] + withChecksum(sentence.slice(1));
  expect(createReceiver()(whole)).toEqual([{ kind: 'ignored', reason: 'other-sentence' }]);
});
