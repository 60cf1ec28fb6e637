/** What the events of the rules of vessels share: evidence, limits, phases, and the words of their headlines. */
import { z } from 'zod';
import { formatDuration, seconds } from '../core/time.ts';
import type { Headline, HeadlineWords } from './event-type.ts';
import { fixedField, numberField, patternField, textField, timeField, wordField } from './fields.ts';
import {
  courseField,
  mmsiField,
  positionProviderField,
  speedField,
  vesselExample,
  vesselNameField,
} from './vessel-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

export const secondsField = (description: string, example: number) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e10, example });
export const metresField = (description: string, example: number) =>
  numberField({ description, unit: 'm', minimum: 0, maximum: 21_000_000, example });
export const knotsField = (description: string, example: number) =>
  numberField({ description, unit: '[kn_i]', minimum: 0, maximum: 100_000, example });

const coordinatesField = () =>
  z
    .tuple([
      numberField({
        description: 'Longitude, east positive',
        unit: 'deg',
        minimum: -180,
        maximum: 180,
        example: 107.63,
      }),
      numberField({ description: 'Latitude, north positive', unit: 'deg', minimum: -90, maximum: 90, example: 16.57 }),
    ])
    .meta({ description: 'Longitude, then latitude, WGS 84' });

/** A report as it was judged: where, when, by whom. */
export const reportField = (description: string) =>
  z
    .strictObject({
      time: timeField('When, by the report itself', '2026-11-22T21:10:00.000Z'),
      coordinates: coordinatesField(),
      dataProvider: positionProviderField(),
      speedOverGround: speedField().optional(),
      courseOverGround: courseField().optional(),
    })
    .meta({ description });

export const evidenceField = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).meta({ description: 'What it was concluded from' });
export const limitsField = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).meta({ description: 'The configured limits that were applied' });

export const acknowledgedField = () =>
  z
    .strictObject({
      by: textField('Who sees to it', 'duty officer, Thuan An', 64),
      at: timeField('Since when', '2026-11-23T01:20:00.000Z'),
      note: textField('What was said', 'family called', 256).optional(),
    })
    .meta({ description: 'A duty officer sees to it' });

export const conditionFields = <Phase extends 'raised' | 'updated' | 'cleared'>(phase: Phase) => ({
  phase: fixedField('Of the condition', phase),
  since: timeField('Since when it is so', '2026-11-23T00:10:00.000Z'),
  acknowledged: acknowledgedField().optional(),
});

const clearReasons = ['recovered', 'superseded', 'source-lost', 'config-removed'] as const;
const endings = [
  'report',
  'order',
  'harbor',
  'provider-outage',
  'movement',
  'distance',
  'agreement',
  'silence',
  'test',
  'configuration',
] as const;

export const clearedFields = () => ({
  ...conditionFields('cleared'),
  reason: wordField(
    '`recovered`: it is so no more; `superseded`: by an order, a harbor, a test or a better explanation; `source-lost`: nothing more was heard; `config-removed`: the rule is gone',
    clearReasons,
    'recovered',
  ),
  endedBy: wordField('What ended it', endings, 'report'),
});

export const otherField = () =>
  z
    .strictObject({
      subject: patternField('Subject of its own events', /^vessel\/[\x21-\x7e]{1,200}$/, 'vessel/mmsi/574200100'),
      mmsi: mmsiField().optional(),
      name: vesselNameField().optional(),
      mark: textField('Registration mark', 'TTH-90001-TS', 32).optional(),
    })
    .meta({ description: 'The other vessel' });

export const raisedAt = '2026-11-23T00:10:00.000Z';
export const origin = { source: 'vessel-rules', device: 'ais-1', subject: 'vessel/vnfish/TTH-96969-TS' } as const;
export const exampleReport = {
  time: '2026-11-22T21:10:00.000Z',
  coordinates: [107.63, 16.57] satisfies [number, number],
  dataProvider: 'VMS' as const,
  speedOverGround: 4.32,
  courseOverGround: 212,
};
export const exampleAis = { ...exampleReport, dataProvider: 'AIS' as const };
export const exampleOther = { subject: 'vessel/mmsi/574200100', mmsi: 574200100, name: 'BIEN DONG 9' };

export const example = (
  rule: string,
  subjectKey: string,
  severity: 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL',
) => ({ ...origin, time: raisedAt, severity, correlation: `${rule}/${subjectKey}/20261123T001000Z` }) as const;
export const marked = 'vnfish/TTH-96969-TS';
export const raisedExample = { phase: 'raised', since: raisedAt, ...vesselExample } as const;
export const updatedExample = { phase: 'updated', since: raisedAt, ...vesselExample } as const;
export const clearedExample = {
  phase: 'cleared',
  since: raisedAt,
  reason: 'recovered',
  endedBy: 'report',
  ...vesselExample,
} as const;

export type WithVessel = Parameters<typeof vesselWordsOf>[0];

/** One sentence about a vessel: `vi` and `en` go on after its name. */
export const sentence = (data: WithVessel, { when }: HeadlineWords, words: Headline): Headline => {
  const vessel = vesselWordsOf(data);
  return { vi: `${vessel.vi} ${words.vi} ${when.vi}`, en: `${vessel.en} ${words.en} ${when.en}` };
};

export const lasting = (count: number): string => formatDuration(seconds(count));
export const nauticalMiles = (metres: number): string => (metres / 1852).toFixed(metres < 1852 ? 2 : 1);

export const endingWords: Readonly<Record<(typeof endings)[number], Headline>> = {
  report: { vi: 'đã có báo cáo', en: 'a report came' },
  order: { vi: 'theo lệnh của trực ban', en: 'by order of the duty officer' },
  harbor: { vi: 'tàu đã vào bờ', en: 'it is in harbor' },
  'provider-outage': { vi: 'nhà cung cấp bị gián đoạn', en: 'the provider fails' },
  movement: { vi: 'tàu đã rời đi', en: 'it moved on' },
  distance: { vi: 'hai tàu đã rời xa nhau', en: 'they are apart' },
  agreement: { vi: 'các vị trí đã khớp', en: 'positions agree again' },
  silence: { vi: 'không còn tín hiệu', en: 'nothing more was heard' },
  test: { vi: 'chỉ là thử nghiệm', en: 'it is a test' },
  configuration: { vi: 'quy tắc đã được gỡ bỏ', en: 'the rule was removed' },
};
