import { describe, expect, it } from 'vitest';
import { parsePayloadPath, valueAt } from '../../../../drivers/protocols/records/payload-path.ts';

describe('paths into a payload', () => {
  it.each([
    ['temperature', ['temperature']],
    ['BME280.Temperature', ['BME280', 'Temperature']],
    ['SDS0X1["PM2.5"]', ['SDS0X1', 'PM2.5']],
    ['["switch:0"].output', ['switch:0', 'output']],
    ['readings[0].value', ['readings', 0, 'value']],
    ['[2][10]', [2, 10]],
    ['["a \\"quoted\\" \\\\ name"]', ['a "quoted" \\ name']],
    ['độ-ẩm', ['độ-ẩm']],
  ])('%s', (text, path) => {
    expect(parsePayloadPath(text)).toEqual(path);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a[', 'a[]', 'a[x]', 'a["x]', 'a b', 'a[-1]', 'a[1234567]'])(
    'refuses %j',
    text => {
      expect(parsePayloadPath(text)).toBeUndefined();
    },
  );

  it('reads only what the payload itself holds', () => {
    const payload: unknown = JSON.parse('{"a":{"b":[1,{"c":2}]},"__proto__":{"x":3}}');
    expect(valueAt(payload, ['a', 'b', 1, 'c'])).toBe(2);
    expect(valueAt(payload, ['__proto__', 'x'])).toBe(3);
    for (const path of [['toString'], ['a', 'constructor'], ['a', 'b', 'length', 'x'], ['a', 'b', 5], ['x', 'y']]) {
      expect(valueAt(payload, path)).toBeUndefined();
    }
  });
});
