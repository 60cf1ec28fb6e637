import { expect, it } from 'vitest';
import { seconds } from '../../../../core/time.ts';
import { withChecksum } from '../../../../drivers/protocols/nmea0183/checksum.ts';
import { createTagGroups, parseTagBlock } from '../../../../drivers/protocols/nmea0183/tag-block.ts';

const parse = (text: string) => parseTagBlock(Buffer.from(text, 'latin1'), 0, text.length);

it('reads source, time and group of a published TAG block', () => {
  expect(parse('g:1-2-73874,n:157036,s:r003669945,c:1241544035*4A')).toEqual({
    source: 'r003669945',
    time: 1_241_544_035_000,
    group: { sentence: 1, total: 2, id: '2-73874' },
  });
});

it('passes over what it does not use, known or not', () => {
  expect(parse(withChecksum('d:SI0002,n:42,t:own ship,i:relayed,x:1,y,T:2014-12-10 00.41.53,s:north,'))).toEqual({
    source: 'north',
    time: undefined,
    group: undefined,
  });
});

it('cuts names that are longer than any', () => {
  expect(parse(withChecksum(`s:${'A'.repeat(500)}`))?.source).toBe('A'.repeat(32));
});

it('tells milliseconds from seconds by the size of the number', () => {
  expect(parse(withChecksum('c:1241544035123'))?.time).toBe(1_241_544_035_123);
});

it.each([
  ['of a clock that was never set', '300'],
  ['of one that begins with GPS', '315964819'],
  ['in microseconds', '1241544035123456'],
  ['far ahead', '99999999999'],
  ['with a sign', '-1241544035'],
])('has no time %s', (_, time) => {
  expect(parse(withChecksum(`s:north,c:${time}`))).toEqual({ source: 'north', time: undefined, group: undefined });
});

it('reads groups of up to two digits with a number of any form, and none without', () => {
  expect(parse(withChecksum('g:10-12-A7'))?.group).toEqual({ sentence: 10, total: 12, id: '12-A7' });
  for (const broken of ['1-2', '1-2-', '1--7', '-2-7', '100-2-7', 'one-2-x', '1-two-x', '', '12,s:a-b-c'])
    expect(parse(withChecksum(`g:${broken}`))?.group, broken).toBeUndefined();
});

it.each(['s:north*00', 's:north', '', '*', withChecksum('c:soon,g:1-2').replace(/^c/, 'd')])('refuses "%s"', text => {
  expect(parse(text)).toBeUndefined();
});

it('takes no time and no group that are none', () => {
  expect(parse(withChecksum('c:soon,g:one-2-x'))).toEqual({ source: undefined, time: undefined, group: undefined });
});

const member = (sentence: number, id: string, source?: string) => ({
  source,
  time: undefined,
  group: { sentence, total: 2, id },
});

it('gives the later sentences of a group the source of its first', () => {
  const inGroup = createTagGroups();
  inGroup(member(1, '7', 'north'), 0);
  expect(inGroup(member(2, '7'), 1000).source).toBe('north');
});

it('does so for five seconds', () => {
  const inGroup = createTagGroups();
  inGroup(member(1, '7', 'north'), 0);
  expect(inGroup(member(2, '7'), seconds(5) + 1).source).toBeUndefined();
});

it('remembers no more groups than it may', () => {
  const inGroup = createTagGroups({ maximum: 2 });
  for (const id of ['1', '2', '3']) inGroup(member(1, id, `station ${id}`), 0);
  expect(['1', '2', '3'].map(id => inGroup(member(2, id), 0).source)).toEqual([undefined, 'station 2', 'station 3']);
});
