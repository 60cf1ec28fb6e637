/** Sensors whose values cannot be trusted, and what takes their place: `pipelines/quality` concludes it. */
import { z } from 'zod';
import { qualityTests } from '../core/observation.ts';
import { largestValue, type QuantityName, quantities } from '../core/quantity.ts';
import { defineEvent, type Headline, type HeadlineWords } from './event-type.ts';
import { fixedField, identifierField, numberField, textField, timeField, wordField } from './fields.ts';

type Test = (typeof qualityTests)[number];

const faultWords: Readonly<Record<Test, Headline>> = {
  syntax: { vi: 'không cho ra giá trị', en: 'gives no values' },
  gap: { vi: 'không còn gửi số liệu dù thiết bị vẫn hoạt động', en: 'says nothing, though its device is alive' },
  'gross-range': { vi: 'cho giá trị ngoài dải đo', en: 'is outside the range of its instrument' },
  climatology: { vi: 'cho giá trị bất thường so với mùa', en: 'is unusual for the season' },
  spike: { vi: 'nhiễu, có nhiều giá trị nhảy vọt', en: 'is noisy, with many spikes' },
  'rate-of-change': { vi: 'thay đổi nhanh bất thường', en: 'changes faster than it can' },
  'flat-line': { vi: 'bị kẹt, giá trị không đổi', en: 'is stuck at one value' },
  neighbor: { vi: 'lệch so với các trạm lân cận', en: 'disagrees with its neighbors' },
};

const quantityNames = Object.keys(quantities) as [QuantityName, ...QuantityName[]];
const quantityField = () => wordField('What it measures', quantityNames, 'temperature');

const methodField = () => fixedField('Real-time tests of the IOOS QARTOD manuals', 'ioos-qartod');

const faultFields = () => ({
  method: methodField(),
  device: identifierField('Configured device', 'aq-kimlong'),
  quantity: quantityField(),
  test: wordField('IOOS QARTOD test that its values do not pass', qualityTests, 'flat-line'),
  flag: wordField(
    'How its values are flagged: those that fail are not used',
    ['suspect', 'fail', 'missing'],
    'suspect',
  ),
  since: timeField('Since when', '2026-11-23T01:00:00.000Z'),
  lastValue: numberField({
    description: 'The newest value, in the unit of the quantity',
    unit: '1',
    minimum: -largestValue,
    maximum: largestValue,
    example: 24.1,
  }).optional(),
  unit: textField('UCUM code of the unit', 'Cel', 32),
});

const reasonField = () =>
  wordField(
    '`recovered`: its values pass again; `config-removed`: the test or the sensor is not configured any more',
    ['recovered', 'config-removed'],
    'recovered',
  );

const faultExample = {
  source: 'aq-kimlong',
  device: 'aq-kimlong',
  subject: 'station/aq-kimlong',
  time: '2026-11-23T01:00:00.000Z',
  correlation: 'sensor-fault/aq-kimlong/temperature/flat-line/20261123T010000Z',
} as const;

const faultData = {
  method: 'ioos-qartod',
  device: 'aq-kimlong',
  quantity: 'temperature',
  test: 'flat-line',
  since: '2026-11-23T01:00:00.000Z',
  lastValue: 24.1,
  unit: 'Cel',
} as const;

const faultHeadline = (
  { quantity, test }: { readonly quantity: string; readonly test: Test },
  { source, when }: HeadlineWords,
): Headline => ({
  vi: `Cảm biến ${quantity} của ${source} ${faultWords[test].vi} (${when.vi})`,
  en: `Sensor for ${quantity} of ${source} ${faultWords[test].en} (${when.en})`,
});

export const sensorFaultRaised = defineEvent({
  name: 'environment.sensor-fault.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Values of a sensor do not pass a test of quality: it is stuck, deaf, noisy or out of range',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...faultFields() }),
  headline: faultHeadline,
  example: { ...faultExample, severity: 'LOW', data: { phase: 'raised', ...faultData, flag: 'suspect' } },
});

export const sensorFaultUpdated = defineEvent({
  name: 'environment.sensor-fault.updated',
  lane: 'event',
  version: '1.0.0',
  summary: 'Values of a faulty sensor fail now, where they were suspect: they are not used any more',
  data: () => ({ phase: fixedField('Of the condition', 'updated'), ...faultFields() }),
  headline: faultHeadline,
  example: {
    ...faultExample,
    time: '2026-11-23T03:00:00.000Z',
    severity: 'MEDIUM',
    data: { phase: 'updated', ...faultData, flag: 'fail' },
  },
});

export const sensorFaultCleared = defineEvent({
  name: 'environment.sensor-fault.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A sensor passes the test again, or is not tested any more',
  data: () => ({ phase: fixedField('Of the condition', 'cleared'), reason: reasonField(), ...faultFields() }),
  headline: ({ quantity, reason }, { source, when }) =>
    reason === 'recovered'
      ? {
          vi: `Cảm biến ${quantity} của ${source} hoạt động bình thường trở lại ${when.vi}`,
          en: `Sensor for ${quantity} of ${source} works again ${when.en}`,
        }
      : {
          vi: `Cảm biến ${quantity} của ${source} không còn được kiểm tra ${when.vi}`,
          en: `Sensor for ${quantity} of ${source} is not tested any more ${when.en}`,
        },
  example: {
    ...faultExample,
    time: '2026-11-23T04:00:00.000Z',
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...faultData, flag: 'fail' },
  },
});

const failoverFields = () => ({
  method: methodField(),
  quantity: quantityField(),
  primary: identifierField('Device under whose name the values go on', 'aq-kimlong'),
  backup: identifierField('Device whose values they are', 'aq-kimlong-2'),
  since: timeField('Since when', '2026-11-23T01:05:00.000Z'),
  lastGoodAt: timeField('When the primary gave its last good value', '2026-11-23T01:00:00.000Z').optional(),
  limits: z
    .strictObject({
      failAfterSeconds: numberField({
        description: 'So long without a good value, and the backup takes over',
        unit: 's',
        minimum: 1,
        maximum: 1e6,
        example: 300,
      }),
      returnAfterSeconds: numberField({
        description: 'So long without a bad value, and the primary is used again',
        unit: 's',
        minimum: 1,
        maximum: 1e6,
        example: 900,
      }),
    })
    .meta({ description: 'When it goes over and back' }),
});

const failoverExample = {
  source: 'aq-kimlong',
  device: 'aq-kimlong',
  subject: 'station/aq-kimlong',
  correlation: 'source-failover/aq-kimlong/pm25/20261123T010500Z',
} as const;

const failoverData = {
  method: 'ioos-qartod',
  quantity: 'pm25',
  primary: 'aq-kimlong',
  backup: 'aq-kimlong-2',
  since: '2026-11-23T01:05:00.000Z',
  lastGoodAt: '2026-11-23T01:00:00.000Z',
  limits: { failAfterSeconds: 300, returnAfterSeconds: 900 },
} as const;

export const sourceFailoverRaised = defineEvent({
  name: 'environment.source-failover.raised',
  lane: 'event',
  version: '1.0.0',
  summary: "A quantity is not measured well by its primary device: the backup's values go on under its name",
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...failoverFields() }),
  headline: ({ quantity, backup }, { source, when }) => ({
    vi: `${source}: số liệu ${quantity} lấy từ thiết bị dự phòng ${backup} ${when.vi}`,
    en: `${source}: ${quantity} is taken from the backup ${backup} ${when.en}`,
  }),
  example: {
    ...failoverExample,
    time: '2026-11-23T01:05:00.000Z',
    severity: 'LOW',
    data: { phase: 'raised', ...failoverData },
  },
});

export const sourceFailoverCleared = defineEvent({
  name: 'environment.source-failover.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'The primary device measures well again and is used, or has no backup any more',
  data: () => ({ phase: fixedField('Of the condition', 'cleared'), reason: reasonField(), ...failoverFields() }),
  headline: ({ quantity }, { source, when }) => ({
    vi: `${source}: số liệu ${quantity} lại lấy từ thiết bị chính ${when.vi}`,
    en: `${source}: ${quantity} is taken from the primary device again ${when.en}`,
  }),
  example: {
    ...failoverExample,
    time: '2026-11-23T02:05:00.000Z',
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...failoverData },
  },
});
