/** That a camera has more to tell than it may. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import { countField, fixedField, patternField, timeField, wordField } from './fields.ts';
import { examplePlace, placeFields } from './urban-camera-fields.ts';

const example = {
  source: 'cam-3',
  device: 'cam-3',
  subject: 'camera/cam-3',
  correlation: 'event-budget/cam-3/1795367050240',
} as const;

export const eventBudgetRaised = defineEvent({
  name: 'urban-camera.event-budget.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A camera has so much to tell that minor events of the day are not sent any more',
  data: () => ({
    phase: fixedField('Of the condition', 'raised'),
    since: timeField('When the first event was not sent', '2026-11-22T17:04:10.240Z'),
    daily: countField('Events that the camera may send on a day of the city', 5000),
    ...placeFields(),
  }),
  headline: ({ daily }, { when, source }) => ({
    vi: `${source} gần hết hạn mức ${daily} sự kiện trong ngày ${when.vi}: sự kiện ít quan trọng không được gửi`,
    en: `${source} has nearly spent its ${daily} events of the day ${when.en}: minor ones are not sent`,
  }),
  example: {
    ...example,
    time: '2026-11-22T17:04:10.240Z',
    severity: 'LOW',
    data: { phase: 'raised', since: '2026-11-22T17:04:10.240Z', daily: 5000, ...examplePlace },
  },
});

export const eventBudgetCleared = defineEvent({
  name: 'urban-camera.event-budget.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A new day begins for a camera that had more to tell than it could, and what was not sent of the last one',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: wordField('Why: a new day, or no budget any more', ['recovered', 'config-removed'], 'recovered'),
    since: timeField('When the first event was not sent', '2026-11-22T17:04:10.240Z'),
    told: countField('Events of the day that were sent', 4870).optional(),
    shed: z
      .array(
        z
          .strictObject({
            event: patternField(
              'Type of the event',
              /^urban-camera\.[a-z-]+\.[a-z-]+$/,
              'urban-camera.object.observed',
            ),
            count: countField('How many were not sent', 1260),
          })
          .meta({ description: 'Of one type' }),
      )
      .max(20)
      .meta({ description: 'What was not sent' })
      .optional(),
    ...placeFields(),
  }),
  headline: ({ shed = [] }, { when, source }) => {
    const count = shed.reduce((sum, each) => sum + each.count, 0);
    return {
      vi: `${source} được gửi lại mọi sự kiện ${when.vi}; ${count} sự kiện trước đó không được gửi`,
      en: `${source} may send all events again ${when.en}; ${count} before were not sent`,
    };
  },
  example: {
    ...example,
    time: '2026-11-23T17:00:00.400Z',
    severity: 'INFORMATIONAL',
    data: {
      phase: 'cleared',
      reason: 'recovered',
      since: '2026-11-22T17:04:10.240Z',
      told: 4870,
      shed: [{ event: 'urban-camera.object.observed', count: 1260 }],
      ...examplePlace,
    },
  },
});
