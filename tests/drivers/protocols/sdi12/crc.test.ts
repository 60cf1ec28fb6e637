import { expect, it } from 'vitest';
import { crcOf, withoutCrc } from '../../../../drivers/protocols/sdi12/crc.ts';

it.each([
  ['0+3.14', 'OqZ'],
  ['0r1,Sn=0.1M,Sm=0.1M,Sx=0.1M', 'GOG'],
])('checks %s as published', (text, crc) => {
  expect(crcOf(text)).toBe(crc);
  expect(withoutCrc(text + crc)).toBe(text);
});

it('finds every changed character', () => {
  const good = `0+3.14${crcOf('0+3.14')}`;
  for (let at = 0; at < good.length; at++)
    expect(withoutCrc(`${good.slice(0, at)}~${good.slice(at + 1)}`), `character ${at}`).toBeUndefined();
  expect(withoutCrc('OqZ')).toBeUndefined();
});
