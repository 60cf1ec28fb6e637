import ggencoder from 'ggencoder';
import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../../core/time.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createHearing } from '../../../simulators/world/hearing.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createComparison, gpsdReads, gpsdTolerance } from '../../drivers/support/ais-differences.ts';
import { asGgencoder, asGpsd, isSame, readMessages } from '../../drivers/support/ais-peers.ts';
import { missingPrograms } from '../../support/resources.ts';

/** A quarter of an hour before the harbor, as a receiver passes it on. */
const heard = (): readonly string[] => {
  const hearing = createHearing(createWorld(5).stations, createRandom('hearing'));
  const began = Date.UTC(2026, 10, 26, 6);
  const messages: string[] = [];
  for (let now = began; now < began + minutes(15); now += seconds(1)) messages.push(...hearing.heardAt(now));
  return messages;
};

describe('what the simulated receiver hears', () => {
  const sentences = heard();
  const { messages, faults } = readMessages(sentences.join(''));

  it('is sound, of the length of its type, and in sentences of at most 82 characters', () => {
    expect(sentences.length).toBeGreaterThan(500);
    expect(faults).toEqual([]);
    expect(messages.length).toBe(sentences.length);
    expect(messages.filter(({ lengthSuspect }) => lengthSuspect === true)).toEqual([]);
    for (const line of sentences.flatMap(text => text.split(/(?<=\r\n)/))) expect(line.length).toBeLessThanOrEqual(82);
    expect(new Set(messages.map(({ messageType }) => messageType))).toEqual(new Set([1, 4, 5, 18, 21, 24]));
  });

  it('says how its stations take their slots, as stations do', () => {
    const states = messages.flatMap(message =>
      message.messageType === 1 || message.messageType === 4 ? [message.communicationState] : [],
    );
    const timeOuts = new Set<number>();
    for (const state of states) {
      expect(state?.kind).toBe('sotdma');
      if (state?.kind !== 'sotdma') continue;
      timeOuts.add(state.slotTimeOut);
      expect(state.slotNumber ?? 0).toBeLessThan(2250);
      expect(state.utcHour ?? 6).toBe(6);
    }
    expect(timeOuts.size).toBe(8);
  });

  it.skipIf(missingPrograms('gpsdecode') !== undefined)('means the same to gpsdecode, field by field', () => {
    const { compare, compared } = createComparison();
    let at = 0;
    for (const theirs of gpsdReads(sentences.join(''))) {
      if (theirs.type === 24) continue;
      at = messages.findIndex(
        ({ messageType, mmsi }, index) => index >= at && messageType === theirs.type && mmsi === theirs.mmsi,
      );
      const message = messages[at++];
      expect(message, JSON.stringify(theirs)).toBeDefined();
      if (message !== undefined) compare(theirs, asGpsd(message), message, gpsdTolerance(theirs.type));
    }
    expect(compared()).toBeGreaterThan(sentences.length * 8);
  });

  it('means the same to ggencoder', () => {
    for (const [index, text] of sentences.entries()) {
      const session = {};
      const [theirs] = text
        .trimEnd()
        .split('\r\n')
        .map(sentence => new ggencoder.AisDecode(sentence, session))
        .slice(-1);
      expect(theirs?.valid, text).toBe(true);
      const message = messages[index];
      const words = message === undefined ? {} : asGgencoder(message);
      for (const [word, value] of Object.entries(words)) {
        if (value === undefined || theirs?.[word] === undefined) continue;
        expect(isSame(theirs[word], value, 1e-6), `${text}: ${word} ${theirs[word]}, ${value}`).toBe(true);
      }
    }
  });
});
