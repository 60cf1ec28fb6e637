import { describe, expect, it } from 'vitest';
import {
  coversFilter,
  createTopicIndex,
  isTopicFilter,
  isTopicName,
  matchesTopic,
} from '../../../../drivers/protocols/mqtt/topic.ts';
import { createRandom } from '../../../../simulators/world/random.ts';

/** MQTT 5, clause 4.7: the examples of the standard and their neighbors. */
const matches: readonly (readonly [filter: string, topic: string, reaches: boolean])[] = [
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/player1/#', 'sport/tennis/player2', false],
  ['sport/#', 'sport', true],
  ['#', 'sport/tennis', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['#', '$SYS/uptime', false],
  ['+/monitor/clients', '$SYS/monitor/clients', false],
  ['$SYS/#', '$SYS/uptime', true],
  ['$SYS/monitor/+', '$SYS/monitor/clients', true],
  ['a/b', 'a/b', true],
  ['a/b', 'a/B', false],
  ['a/+/c', 'a//c', true],
];

describe('topics of MQTT', () => {
  it.each(matches)('filter %s, topic %s: %s', (filter, topic, reaches) => {
    expect(matchesTopic(filter, topic)).toBe(reaches);
    const index = createTopicIndex<string>();
    index.add(filter, 'here');
    expect(index.match(topic).has('here')).toBe(reaches);
  });

  it.each(['a', '/', 'a/+/b', '+', '#', 'a/#', '+/+/#'])('takes the filter %s', filter => {
    expect(isTopicFilter(filter)).toBe(true);
  });

  it.each(['', 'a/#/b', 'a#', 'a+/b', '#a', 'a\u0000b', 'a\nb', 'x'.repeat(65_536)])(
    'refuses the filter %j',
    filter => {
      expect(isTopicFilter(filter)).toBe(false);
    },
  );

  it('lets nobody publish to a wildcard, to nothing or to control characters', () => {
    expect(['a/b', '/', 'tàu/cá'].every(isTopicName)).toBe(true);
    expect(['', 'a/+', 'a/#', 'a\u0007'].some(isTopicName)).toBe(false);
  });

  it.each([
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['a/#', 'a/+/c', true],
    ['a/#', 'a/#', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a/+', true],
    ['a/+', 'a/#', false],
    ['a/b', 'a/+', false],
    ['a/+', '+/b', false],
    ['#', 'anything/+/#', true],
    ['+', 'a/b', false],
  ])('%s covers %s: %s', (wide, narrow, covers) => {
    expect(coversFilter(wide, narrow)).toBe(covers);
  });

  it('gives each value once, and forgets what was taken out', () => {
    const index = createTopicIndex<string>();
    const takeOut = index.add('a/+', 'one');
    index.add('a/#', 'one');
    index.add('a/b', 'two');
    expect([...index.match('a/b')].sort()).toEqual(['one', 'two']);
    takeOut();
    takeOut();
    expect([...index.match('a/b')].sort()).toEqual(['one', 'two']);
    index.add('#', 'three')();
    expect([...index.match('x')]).toEqual([]);
  });

  it('finds in the index exactly what matches one by one, for any filters and topics', () => {
    const random = createRandom('topic index');
    const level = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? '';
    const path = (words: readonly string[]): string =>
      Array.from({ length: 1 + Math.floor(random() * 4) }, () => level(words)).join('/');
    const filters = [...new Set(Array.from({ length: 300 }, () => path(['a', 'b', '', '+', '$x', '#'])))].filter(
      isTopicFilter,
    );
    const index = createTopicIndex<string>();
    for (const filter of filters) index.add(filter, filter);
    for (let round = 0; round < 500; round++) {
      const topic = path(['a', 'b', '', '$x', 'c']);
      if (!isTopicName(topic)) continue;
      expect([...index.match(topic)].sort()).toEqual(filters.filter(filter => matchesTopic(filter, topic)).sort());
    }
  });
});
