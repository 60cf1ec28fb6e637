/** What the gateway says of the machine it runs on, and of what it does less for its sake. */
import { z } from 'zod';
import { type Measure, measureNames, type Resource, resources } from '../core/resource-budgets.ts';
import { defineEvent, type Headline } from './event-type.ts';
import { countField, numberField, wordField } from './fields.ts';

const amount = (description: string, example: number) =>
  numberField({ description, unit: '1', minimum: -1e18, maximum: 1e18, example }).optional();

const words: Readonly<Record<Resource, Headline>> = {
  memory: { vi: 'dùng quá nhiều bộ nhớ', en: 'uses too much memory' },
  cpu: { vi: 'dùng quá nhiều bộ xử lý', en: 'uses too much of its processor' },
  temperature: { vi: 'quá nóng', en: 'is too hot' },
  disk: { vi: 'sắp hết ổ đĩa', en: 'runs out of disk' },
  writes: { vi: 'ghi quá nhiều lên thẻ nhớ', en: 'wears its disk too fast' },
};

const lessWords: Readonly<Record<Measure, Headline>> = {
  'detection-half': { vi: 'xem một nửa số hình', en: 'looks at half the pictures' },
  'smaller-model': { vi: 'xem bằng mô hình nhỏ hơn', en: 'looks with smaller models' },
  'detection-quarter': { vi: 'xem một phần tư số hình', en: 'looks at a quarter of the pictures' },
  'no-pictures': { vi: 'không lưu ảnh', en: 'keeps no pictures' },
  'vision-afresh': { vi: 'khởi động lại phần xử lý hình', en: 'has started its vision afresh' },
  'gateway-afresh': { vi: 'khởi động lại', en: 'starts afresh' },
  'no-history': { vi: 'không giữ sự kiện đã gửi', en: 'keeps no delivered events' },
  'commits-10s': { vi: 'ghi mỗi 10 giây', en: 'commits every 10 s' },
  'commits-60s': { vi: 'ghi mỗi 60 giây', en: 'commits every 60 s' },
  'no-observations': { vi: 'không nhận số liệu quan trắc', en: 'takes no observations' },
};

const listOf = (taken: readonly Measure[], language: keyof Headline): string =>
  taken.map(measure => lessWords[measure][language]).join(', ');

export const governorStepped = defineEvent({
  name: 'gateway.governor.stepped',
  lane: 'event',
  version: '1.0.0',
  summary: 'A budget of the machine was exceeded or is kept again: the gateway does less, or more again',
  data: () => ({
    phase: wordField('Of the condition', ['raised', 'updated', 'cleared'], 'raised'),
    reason: wordField('Why it was cleared', ['recovered', 'source-lost', 'config-removed'], 'recovered').optional(),
    budget: wordField('What of the machine it is about', resources, 'temperature'),
    value: amount('What was measured, in `unit`; absent where nothing can be measured', 88.5),
    limit: amount('What it may be, in `unit`; absent where it is not bounded any more', 85),
    unit: wordField('UCUM code: bytes, processor cores, °C', ['By', '1', 'Cel'], 'Cel'),
    level: countField('How many measures of this budget are in effect', 1, 10),
    previousLevel: countField('How many were before', 0, 10),
    measures: z
      .array(wordField('A measure', measureNames, 'detection-half'))
      .max(measureNames.length)
      .meta({ description: 'All that is done less now, also because of other budgets' }),
  }),
  headline: ({ phase, budget, measures: taken }, { when, source }) => {
    const more = taken.length === 0;
    if (phase === 'cleared') {
      return {
        vi: `Cổng biên ${source} không còn ${words[budget].vi} ${when.vi}${more ? ', hoạt động đầy đủ' : ` (vẫn còn: ${listOf(taken, 'vi')})`}`,
        en: `Gateway ${source}: no longer ${words[budget].en} ${when.en}${more ? ', works in full' : ` (still: ${listOf(taken, 'en')})`}`,
      };
    }
    return {
      vi: `Cổng biên ${source} ${words[budget].vi} ${when.vi}: ${listOf(taken, 'vi')}`,
      en: `Gateway ${source} ${words[budget].en} ${when.en}: ${listOf(taken, 'en')}`,
    };
  },
  example: {
    source: 'governor',
    subject: 'budget/temperature',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'LOW',
    correlation: 'budget/temperature/20261122T170410Z',
    data: {
      phase: 'raised',
      budget: 'temperature',
      value: 88.5,
      limit: 85,
      unit: 'Cel',
      level: 1,
      previousLevel: 0,
      measures: ['detection-half'],
    },
  },
});
