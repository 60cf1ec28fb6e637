/** What the gateway says of its own clock. */
import { formatDuration } from '../core/time.ts';
import { defineEvent } from './event-type.ts';
import { numberField, timeField, wordField } from './fields.ts';

export const clockStepped = defineEvent({
  name: 'gateway.clock.stepped',
  lane: 'event',
  version: '1.0.0',
  summary: 'The clock of the gateway was set by more than two seconds',
  data: () => ({
    stepMs: numberField({
      description: 'By how much; positive: to a later time',
      unit: 'ms',
      minimum: -8.64e15,
      maximum: 8.64e15,
      example: 90_842_113,
    }),
    before: timeField('What the clock showed until then', '2026-11-21T15:50:13.887Z'),
    after: timeField('What it showed then', '2026-11-22T17:04:16.000Z'),
    quality: wordField('How far it can be trusted since', ['gnss', 'ntp', 'estimated', 'unsynchronized'], 'ntp'),
  }),
  headline: ({ stepMs, before }, { when, source }) => {
    const size = formatDuration(Math.abs(stepMs));
    return {
      vi: `Đồng hồ của cổng biên ${source} được chỉnh ${stepMs > 0 ? 'nhanh' : 'lùi'} ${size} ${when.vi} (trước đó: ${before})`,
      en: `The clock of gateway ${source} was set ${stepMs > 0 ? 'forward' : 'back'} by ${size} ${when.en} (before: ${before})`,
    };
  },
  example: {
    source: 'clock',
    subject: 'gateway/gw-017',
    time: '2026-11-22T17:04:16.000Z',
    severity: 'LOW',
    data: {
      stepMs: 90_842_113,
      before: '2026-11-21T15:50:13.887Z',
      after: '2026-11-22T17:04:16.000Z',
      quality: 'ntp',
    },
  },
});
