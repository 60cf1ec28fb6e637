import { expect, it } from 'vitest';
import { heatIndexCelsius } from '../../../pipelines/alert/heat-index.ts';

/** Fahrenheit and percent → Fahrenheit, as the chart of the National Weather Service prints it. */
it.each([
  [80, 40, 80],
  [86, 70, 95],
  [90, 50, 95],
  [90, 90, 122],
  [94, 60, 110],
  [96, 65, 121],
  [100, 50, 118],
  [100, 65, 136],
  [110, 40, 136],
])('at %i °F and %i %% it feels like %i °F', (temperature, humidity, felt) => {
  const celsius = heatIndexCelsius((temperature - 32) / 1.8, humidity / 100);
  // The chart is rounded, and the regression stays within 1.3 °F of it.
  expect(Math.abs(celsius * 1.8 + 32 - felt)).toBeLessThan(1.3);
});

it('is taken from where it is dry, and added to where it is wet, as the service does', () => {
  // By the regression alone 90.20 °F and 92.97 °F.
  expect(heatIndexCelsius(35, 0.1) * 1.8 + 32).toBeCloseTo(89.45, 1);
  expect(heatIndexCelsius((82 - 32) / 1.8, 0.95) * 1.8 + 32).toBeCloseTo(93.97, 1);
});

it('is hardly more than the air where that is cool', () => {
  expect(heatIndexCelsius(20, 0.5)).toBeCloseTo(19.4, 0);
});
