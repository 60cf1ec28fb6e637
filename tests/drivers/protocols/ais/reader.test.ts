import { describe, expect, it } from 'vitest';
import { createAisCorpus } from '../../../../bench/ais-corpus.ts';
import { fuzzAis } from '../../../../bench/ais-fuzz.ts';
import { createAisReader } from '../../../../drivers/protocols/ais/reader.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { readMessages } from '../../support/ais-peers.ts';

describe('sentences of every type', () => {
  const corpus = createAisCorpus(2);
  const whole = readMessages(Buffer.from(corpus).toString('latin1'));

  it('are all read', () => {
    expect(whole.messages.length).toBe(2000);
    expect(whole.faults).toEqual([]);
    expect(new Set(whole.messages.map(({ messageType }) => messageType)).size).toBe(27);
    expect(whole.messages.filter(({ lengthSuspect }) => lengthSuspect === true)).toEqual([]);
  });

  it('mean the same in whatever chunks they come', () => {
    for (let round = 0; round < 6; round++) {
      const random = createRandom('chunks', round);
      const messages: unknown[] = [];
      const unexpected = (): never => expect.unreachable();
      const read = createAisReader({
        message: message => messages.push(message),
        fields: unexpected,
        other: unexpected,
        fault: unexpected,
      });
      for (let at = 0; at < corpus.length; ) {
        const length = 1 + Math.floor(random() * (round < 3 ? 7 : 3000));
        read(corpus.subarray(at, at + length), at);
        at += length;
      }
      expect(messages).toEqual(whole.messages);
    }
  });
});

/** Messages of one layout have one shape, so that what reads them stays fast. */
it('gives messages of a type the same properties in the same order, whatever they say', () => {
  const { messages } = readMessages(Buffer.from(createAisCorpus(2)).toString('latin1'));
  const shapes = new Map<string, Set<string>>();
  for (const message of messages) {
    const layout = `${message.messageType <= 3 ? 1 : message.messageType} ${'partNumber' in message ? message.partNumber : ''}`;
    const shape = Object.keys(message).join();
    shapes.set(layout, (shapes.get(layout) ?? new Set()).add(shape));
  }
  for (const [layout, shape] of shapes) expect(shape.size, layout).toBe(1);
});

/** A million of them in `npm run bench -- ais-fuzz`. */
describe('sentences of several senders, damaged, doubled and disordered', () => {
  it.each([1, 2, 3])('never throw, say nothing impossible, and hide no unharmed message (%d)', seed => {
    const { sentences, messages, faults, intact, lost, impossible } = fuzzAis(seed, 20_000);
    expect({ lost, impossible }).toEqual({ lost: 0, impossible: [] });
    expect(sentences).toBeGreaterThanOrEqual(20_000);
    expect(intact).toBeGreaterThan(10_000);
    expect(messages).toBeGreaterThan(intact);
    expect(faults).toBeGreaterThan(1000);
  });

  it('are the same for the same seed', () => {
    expect(fuzzAis('again', 2000)).toEqual(fuzzAis('again', 2000));
  });
});
