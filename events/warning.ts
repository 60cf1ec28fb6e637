/** Values of sensors that people are to be warned of: `pipelines/alert` concludes it. */
import { z } from 'zod';
import { figures, hazards } from '../core/hazard.ts';
import { qualities } from '../core/observation.ts';
import { defineEvent, type Headline, type HeadlineWords } from './event-type.ts';
import {
  countField,
  entityField,
  fixedField,
  identifierField,
  numberField,
  pointField,
  textField,
  timeField,
  wordField,
} from './fields.ts';

const bothLanguages = (description: string, vi: string, en: string) =>
  z.strictObject({ vi: textField('Vietnamese', vi, 300), en: textField('English', en, 300) }).meta({ description });

/** In the unit of the figure, which `unit` names. */
const valueField = (description: string, example: number) =>
  numberField({ description: `${description}, in \`unit\``, unit: '1', minimum: -1e9, maximum: 1e9, example });

const secondsField = (description: string, example: number) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e7, example });

const phases = ['raised', 'updated', 'cleared'] as const;
type Phase = (typeof phases)[number];

const thresholdFields = <Word extends Phase>(phase: Word) => ({
  phase: fixedField('Of the condition', phase),
  id: entityField('Of this condition', 'urn:ngsi-ld:Alert:hue-gw-017-flood-wl-kimlong-20261027T130000Z'),
  type: fixedField('Smart Data Model', 'Alert'),
  category: wordField('Of the model', ['naturalDisaster', 'weather', 'environment'], 'naturalDisaster'),
  subCategory: wordField('Of the model, where it has one', ['flood', 'heatWave', 'airPollution'], 'flood').optional(),
  dateIssued: timeField('Time of this message', '2026-10-27T13:00:00.000Z'),
  alertSource: entityField('The device', 'urn:ngsi-ld:Device:hue-gw-017-wl-kimlong'),
  hazard: wordField('What people are warned of', hazards, 'flood'),
  rule: z
    .strictObject({
      id: identifierField('Of the rule', 'flood'),
      name: bothLanguages('What the rule tells of', 'Lũ sông Hương', 'Flood of the Hương river'),
    })
    .meta({ description: 'The rule that was applied' }),
  method: textField('Law, formula or `threshold` by which it was judged', 'QD-05-2020-QD-TTg', 64),
  device: identifierField('Configured device', 'wl-kimlong'),
  place: textField('Name of the device, which is that of its place', 'Trạm đo mực nước Kim Long', 200),
  since: timeField('Since when it is so', '2026-10-27T12:55:00.000Z'),
  number: countField('How often it was told before: 0 when it is raised', 0),
  previousAt: timeField('Time of the message before this one', '2026-10-27T13:00:00.000Z').optional(),
  figure: wordField('What is judged', figures, 'waterLevel'),
  value: valueField('The value', 2.04),
  unit: textField('UCUM code of the unit', 'm', 32),
  observedAt: timeField('When it was so: the end of a mean', '2026-10-27T13:00:00.000Z'),
  periodSeconds: secondsField('Length of the mean; 0 for a single value', 60),
  quality: wordField('Flag of IOOS QARTOD; absent where nobody judged', qualities, 'pass').optional(),
  assurance: fixedField('From low-cost instruments that no agency validated', 'indicative').optional(),
  level: z
    .strictObject({
      number: countField('1 is the lowest', 2, 16),
      of: countField('How many the rule has', 3, 16),
      name: bothLanguages('What it is called', 'báo động II', 'alarm stage II'),
    })
    .meta({ description: 'The level that is reached; of a condition that is cleared, the last one' }),
  limits: z
    .strictObject({
      direction: wordField('When it is reached', ['above', 'at-least', 'below'], 'at-least'),
      threshold: valueField('Limit of the level', 2),
      clear: valueField('Beyond which the level is left', 1.95),
      forSeconds: secondsField('So long, and it is told', 300),
      clearForSeconds: secondsField('So long, and it is over', 1800),
      lostAfterSeconds: secondsField('So long without a value, and nobody knows', 1800),
    })
    .meta({ description: 'The limits that were applied' }),
  ratePerHour: valueField('How fast it rises, by the hour before', 0.21).optional(),
  peak: z
    .strictObject({
      value: valueField('The worst value since it was raised', 2.04),
      time: timeField('When', '2026-10-27T13:00:00.000Z'),
    })
    .meta({ description: 'The worst so far' }),
  station: z
    .strictObject({
      id: identifierField('Hydrological station', 'kim-long'),
      name: textField('Its name', 'Kim Long', 64),
      river: textField('Its river', 'Hương', 64),
      zeroMetres: numberField({
        description: "Zero of the gauge in the station's datum, that was added to what it says",
        unit: 'm',
        minimum: -100,
        maximum: 5000,
        example: -0.35,
      }),
    })
    .meta({ description: 'Station whose alarm stages count' })
    .optional(),
  location: pointField('Where the device stands').optional(),
  locationOf: fixedField('What stands at `location`', 'sensor').optional(),
});

const changeField = () =>
  wordField(
    '`up`, `down`: to a higher or a lower level; `worse`: further within its level',
    ['up', 'down', 'worse'],
    'up',
  );
const textOf = () =>
  bothLanguages(
    'What it says, without place and time',
    'mực nước 2,04 m, trên báo động II (2,00 m), đang lên 0,21 m/giờ',
    'water level 2.04 m, at alarm stage II (2.00 m), rising 0.21 m/h',
  );

const clearReasons = ['recovered', 'source-lost', 'config-removed'] as const;

const origin = {
  source: 'wl-kimlong',
  subject: 'station/wl-kimlong',
  correlation: 'threshold/flood/wl-kimlong/20261027T130000000Z',
} as const;

const example = {
  id: 'urn:ngsi-ld:Alert:hue-gw-017-flood-wl-kimlong-20261027T130000000Z',
  type: 'Alert',
  category: 'naturalDisaster',
  subCategory: 'flood',
  dateIssued: '2026-10-27T13:00:00.000Z',
  alertSource: 'urn:ngsi-ld:Device:hue-gw-017-wl-kimlong',
  hazard: 'flood',
  rule: { id: 'flood', name: { vi: 'Lũ sông Hương', en: 'Flood of the Hương river' } },
  method: 'QD-05-2020-QD-TTg',
  device: 'wl-kimlong',
  place: 'Trạm đo mực nước Kim Long',
  since: '2026-10-27T12:55:00.000Z',
  number: 0,
  figure: 'waterLevel',
  value: 2.04,
  unit: 'm',
  observedAt: '2026-10-27T13:00:00.000Z',
  periodSeconds: 60,
  quality: 'pass',
  level: { number: 2, of: 3, name: { vi: 'báo động II', en: 'alarm stage II' } },
  limits: {
    direction: 'at-least',
    threshold: 2,
    clear: 1.95,
    forSeconds: 300,
    clearForSeconds: 1800,
    lostAfterSeconds: 1800,
  },
  ratePerHour: 0.21,
  peak: { value: 2.04, time: '2026-10-27T13:00:00.000Z' },
  station: { id: 'kim-long', name: 'Kim Long', river: 'Hương', zeroMetres: -0.35 },
  location: { type: 'Point' as const, coordinates: [107.5508, 16.4637] satisfies [number, number] },
  locationOf: 'sensor',
} as const;

const exampleText = {
  vi: 'mực nước 2,04 m, trên báo động II (2,00 m), đang lên 0,21 m/giờ',
  en: 'water level 2.04 m, at alarm stage II (2.00 m), rising 0.21 m/h',
} as const;

interface Told {
  readonly rule: { readonly name: Headline };
  readonly text: Headline;
}

const told = ({ rule: { name }, text }: Told, { source, when }: HeadlineWords, verb: Headline): Headline => ({
  vi: `${name.vi} tại ${source}${verb.vi}: ${text.vi} (${when.vi})`,
  en: `${name.en} at ${source}${verb.en}: ${text.en} (${when.en})`,
});

export const thresholdRaised = defineEvent({
  name: 'warning.threshold.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A value of a sensor is beyond a limit of which people are warned: water, heat, noise, air, gas',
  data: () => ({ ...thresholdFields('raised'), text: textOf() }),
  headline: (data, words) => told(data, words, { vi: '', en: '' }),
  example: {
    ...origin,
    time: '2026-10-27T13:00:00.000Z',
    severity: 'HIGH',
    data: { phase: 'raised', ...example, text: exampleText },
  },
});

const changeWords: Readonly<Record<'up' | 'down' | 'worse', Headline>> = {
  up: { vi: ' tăng cấp', en: ' is worse' },
  down: { vi: ' giảm cấp', en: ' is less' },
  worse: { vi: ' nghiêm trọng hơn', en: ' gets worse' },
};

export const thresholdUpdated = defineEvent({
  name: 'warning.threshold.updated',
  lane: 'alert',
  version: '1.0.0',
  summary: 'What people were warned of reached a higher level, fell to a lower one, or got much worse within its level',
  data: () => ({ ...thresholdFields('updated'), change: changeField(), text: textOf() }),
  headline: (data, words) => told(data, words, changeWords[data.change]),
  example: {
    ...origin,
    time: '2026-10-27T19:10:00.000Z',
    severity: 'CRITICAL',
    data: {
      phase: 'updated',
      ...example,
      dateIssued: '2026-10-27T19:10:00.000Z',
      number: 1,
      previousAt: '2026-10-27T13:00:00.000Z',
      value: 3.62,
      observedAt: '2026-10-27T19:10:00.000Z',
      level: { number: 3, of: 3, name: { vi: 'báo động III', en: 'alarm stage III' } },
      limits: { ...example.limits, threshold: 3.5, clear: 3.45 },
      peak: { value: 3.62, time: '2026-10-27T19:10:00.000Z' },
      change: 'up',
      text: {
        vi: 'mực nước 3,62 m, trên báo động III (3,50 m), đang lên 0,21 m/giờ',
        en: 'water level 3.62 m, at alarm stage III (3.50 m), rising 0.21 m/h',
      },
    },
  },
});

const numberWords = (value: number): Headline => ({ vi: String(value).replace('.', ','), en: String(value) });

export const thresholdCleared = defineEvent({
  name: 'warning.threshold.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary:
    'A warning is over: the value is back, or is known no more since its sensor is lost, or the rule is not configured any more',
  data: () => ({
    ...thresholdFields('cleared'),
    reason: wordField(
      '`recovered`: it is below the limit again; `source-lost`: no value comes any more, so nobody knows; `config-removed`: the rule or the device is not configured any more',
      clearReasons,
      'recovered',
    ),
  }),
  headline: ({ rule: { name }, reason, peak }, { source, when }) => {
    const worst = numberWords(peak.value);
    switch (reason) {
      case 'recovered':
        return {
          vi: `Hết cảnh báo ${name.vi} tại ${source} ${when.vi} (giá trị xấu nhất ${worst.vi})`,
          en: `Warning over: ${name.en} at ${source} ${when.en} (at its worst ${worst.en})`,
        };
      case 'source-lost':
        return {
          vi: `MẤT SỐ LIỆU khi đang cảnh báo ${name.vi} tại ${source}: không rõ tình hình từ ${when.vi}`,
          en: `NO DATA while a warning was on: ${name.en} at ${source}, nobody knows how it is (${when.en})`,
        };
      default:
        return {
          vi: `Cảnh báo ${name.vi} tại ${source} không còn được theo dõi theo cấu hình ${when.vi}`,
          en: `Warning not followed any more by the configuration: ${name.en} at ${source} ${when.en}`,
        };
    }
  },
  example: {
    ...origin,
    time: '2026-10-28T21:40:00.000Z',
    severity: 'INFORMATIONAL',
    data: {
      phase: 'cleared',
      reason: 'recovered',
      ...example,
      dateIssued: '2026-10-28T21:40:00.000Z',
      number: 4,
      previousAt: '2026-10-28T12:10:00.000Z',
      value: 0.91,
      observedAt: '2026-10-28T21:40:00.000Z',
      level: { number: 1, of: 3, name: { vi: 'báo động I', en: 'alarm stage I' } },
      limits: { ...example.limits, threshold: 1, clear: 0.95 },
      ratePerHour: -0.12,
      peak: { value: 3.62, time: '2026-10-27T19:10:00.000Z' },
    },
  },
});
