import { describe, expect, it } from 'vitest';
import { limitsOn, pollutants, scaleOn } from '../../../pipelines/air-quality/law.ts';
import { highestOf, nowcast, ozoneIndex, subIndex } from '../../../pipelines/air-quality/vn-aqi.ts';

const scale = scaleOn('2026-11-23');
if (scale === undefined) throw new Error('no table counts');

/** Of the decision's example, the oldest first, ug/m3. */
const twelveHours = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6];

describe('the table of QD 1459', () => {
  it('has a breakpoint for each index of each pollutant', () => {
    for (const name of pollutants) expect(scale.breakpoints[name], name).toHaveLength(scale.index.length);
  });

  it.each(pollutants)('gives each index of %s at its breakpoint', name => {
    expect(scale.breakpoints[name].map(point => subIndex(scale, name, point))).toEqual(scale.index);
  });

  it('goes up with the concentration and ends at 500', () => {
    for (const name of pollutants) {
      const last = scale.breakpoints[name].at(-1) ?? 0;
      const series = Array.from({ length: 400 }, (_, step) => subIndex(scale, name, (last * step) / 300));
      expect(series).toEqual(series.toSorted((a, b) => a - b));
      expect(series.at(-1), name).toBe(500);
    }
  });

  it.each([
    ['o3', 136.1, 43],
    ['o3', 114.6, 36],
    ['pm25', 20.3, 41],
    // The decision prints 60: its own formula gives 50 + (118.7 - 100) / 2 = 59.35.
    ['no2', 118.7, 59],
    ['no2', 130.8, 65],
    // 109.5, which is half and goes up.
    ['pm25', 55.7, 110],
    // The American table would say 51 at 9.1 and 101 at 35.5.
    ['pm25', 9.1, 18],
    ['pm25', 35.5, 71],
    ['pm10', 54.6, 52],
    ['pm25', -1, 0],
  ] as const)('of %s at %d is %d', (name, concentration, expected) => {
    expect(subIndex(scale, name, concentration)).toBe(expected);
  });

  it('of ozone over eight hours is another one, that ends at 400 ug/m3', () => {
    expect(ozoneIndex(scale, 89.3)).toBe(45);
    expect(ozoneIndex(scale, 400)).toBe(300);
    expect(ozoneIndex(scale, 400.1)).toBeUndefined();
  });

  it('does not count before its decision', () => {
    expect(scaleOn('2019-11-11')).toBeUndefined();
    expect(scaleOn('2019-11-12')).toBeDefined();
  });

  it.each([
    [50, 'Tốt', [0, 228, 0]],
    [51, 'Trung bình', [255, 255, 0]],
    [101, 'Kém', [255, 126, 0]],
    [200, 'Xấu', [255, 0, 0]],
    [201, 'Rất xấu', [143, 63, 151]],
    [500, 'Nguy hại', [126, 0, 35]],
  ])('calls %d %s', (index, name, color) => {
    expect(highestOf(scale, new Map([['pm25', index]]))?.level).toMatchObject({ name, color });
  });

  it('takes the highest, and the first of equals', () => {
    const found = new Map([
      ['co', 80],
      ['pm10', 80],
      ['pm25', 12],
    ] as const);
    expect(highestOf(scale, found)).toMatchObject({ index: 80, pollutant: 'pm10' });
    expect(highestOf(scale, new Map())).toBeUndefined();
  });
});

describe('the Nowcast', () => {
  it("of the decision's example is 20.27", () => {
    expect(nowcast(twelveHours.toReversed())).toBeCloseTo(20.27, 2);
  });

  it('weighs by one half where the air changes much, divided by the weights', () => {
    // (100 + 10/2 + 10/4) / (1 + 1/2 + 1/4)
    expect(nowcast([100, 10, 10])).toBeCloseTo(107.5 / 1.75, 9);
  });

  it('is what the decision prints for one half, to four digits, when no hour is missing', () => {
    const hours = [80, 30, 40, 35, 33, 31, 36, 38, 42, 44, 41, 39];
    const printed = hours.reduce((sum, hour, age) => sum + 0.5 ** (age + 1) * hour, 0);
    expect(Math.abs((nowcast(hours) ?? 0) / printed - 1)).toBeLessThan(3e-4);
  });

  it.each([
    ['the newest', [undefined, 20, 20], 20],
    ['the one before', [20, undefined, 20], 20],
    ['two of three', [20, undefined, undefined, 20, 20], undefined],
    ['two others of three', [undefined, undefined, 20, 20, 20], undefined],
    ['all', [], undefined],
    ['none, of clean air', [0, 0, 0], 0],
  ])('where %s is missing', (_, hours, expected) => {
    if (expected === undefined) expect(nowcast(hours)).toBeUndefined();
    else expect(nowcast(hours)).toBeCloseTo(expected, 9);
  });

  it('looks at twelve hours', () => {
    expect(nowcast([...Array<number>(12).fill(20), 500])).toBeCloseTo(20, 9);
  });
});

it('holds PM2.5 to 50 ug/m3 until 2025 and to 45 from 2026', () => {
  const limitOn = (date: string) => limitsOn(date, '24h').find(({ quantity }) => quantity === 'pm25')?.limit;
  expect([limitOn('2023-09-11'), limitOn('2025-12-31'), limitOn('2026-01-01')]).toEqual([undefined, 50, 45]);
});
