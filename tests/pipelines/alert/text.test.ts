import { expect, it } from 'vitest';
import { fill, trendWords, valueWords } from '../../../pipelines/alert/text.ts';

it('writes values as people do: centimeters of water, units as on instruments, a comma in Vietnamese', () => {
  expect(valueWords(3.5, 'waterLevel')).toEqual({ vi: '3,50 m', en: '3.50 m' });
  expect(valueWords(39.44, 'heatIndex')).toEqual({ vi: '39,4 °C', en: '39.4 °C' });
  expect(valueWords(10_100, 'co')).toEqual({ vi: '10100 µg/m³', en: '10100 µg/m³' });
  expect(valueWords(160, 'airQualityIndex')).toEqual({ vi: '160', en: '160' });
  expect(valueWords(0.125, 'turbidity')).toEqual({ vi: '0,125 NTU', en: '0.125 NTU' });
});

it('tells a trend with its direction, and nothing of one that nobody knows or sees', () => {
  expect(trendWords(0.21, 'waterLevel')).toEqual({ vi: ', đang lên 0,21 m/giờ', en: ', rising 0.21 m/h' });
  expect(trendWords(-0.2, 'waterLevel')).toEqual({ vi: ', đang xuống 0,20 m/giờ', en: ', falling 0.20 m/h' });
  expect([trendWords(undefined, 'waterLevel').vi, trendWords(0.004, 'waterLevel').en]).toEqual(['', '']);
});

it('fills in what it is told, once: a name with braces stays as it is', () => {
  const template = { vi: '{level}: {value}', en: '{level}, {value}' };
  const words = { level: { vi: '{value}', en: 'x' }, value: { vi: '1', en: '1' } };
  expect(fill(template, words)).toEqual({ vi: '{value}: 1', en: 'x, 1' });
});
