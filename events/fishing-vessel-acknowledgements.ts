/** A duty officer sees to what is open of a vessel: `pipelines/vessel-rules` concludes it. */
import { severities } from '../core/conclusion.ts';
import { defineEvent } from './event-type.ts';
import { timeField, wordField } from './fields.ts';
import { vesselExample, vesselFields } from './vessel-fields.ts';
import { acknowledgedField, example, marked, raisedAt } from './vessel-rule-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

const acknowledgeable = [
  'vms-silence',
  'ais-silence',
  'identity-conflict',
  'source-mismatch',
  'distress',
  'loitering',
  'rendezvous',
  'collision-risk',
] as const;
const severityNames = Object.keys(severities) as [keyof typeof severities, ...(keyof typeof severities)[]];

export const conditionAcknowledged = defineEvent({
  name: 'fishing-vessel.condition.acknowledged',
  lane: 'event',
  version: '1.0.0',
  summary: 'A duty officer sees to a condition that is open',
  data: () => ({
    condition: wordField('Which; its events have the same correlation', acknowledgeable, 'vms-silence'),
    since: timeField('Since when it is open', raisedAt),
    severity: wordField('How urgent it is', severityNames, 'HIGH'),
    acknowledged: acknowledgedField(),
    vessel: vesselFields().vessel.optional(),
    units: vesselFields().units.optional(),
    registry: vesselFields().registry,
  }),
  headline: ({ vessel, registry, acknowledged }, { when, source }) => {
    const words = vessel === undefined ? { vi: source, en: source } : vesselWordsOf({ vessel, registry });
    return {
      vi: `${acknowledged.by} tiếp nhận cảnh báo về ${words.vi} ${when.vi}`,
      en: `${acknowledged.by} sees to the alarm about ${words.en} ${when.en}`,
    };
  },
  example: {
    ...example('vms-silence', marked, 'INFORMATIONAL'),
    data: {
      condition: 'vms-silence',
      since: raisedAt,
      severity: 'HIGH',
      acknowledged: { by: 'duty officer, Thuan An', at: '2026-11-23T01:20:00.000Z', note: 'family called' },
      ...vesselExample,
    },
  },
});
