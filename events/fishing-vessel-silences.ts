/** Vessels that fell silent on VMS or AIS, and providers that fail: `pipelines/vessel-rules` concludes it. */
import { z } from 'zod';
import { vesselStatuses } from '../core/vessel.ts';
import { defineEvent, type Headline } from './event-type.ts';
import { countField, fractionField, numberField, textField, timeField, wordField } from './fields.ts';
import { receiversField, vesselFields } from './vessel-fields.ts';
import {
  clearedExample,
  clearedFields,
  conditionFields,
  endingWords,
  evidenceField,
  example,
  exampleAis,
  exampleReport,
  limitsField,
  marked,
  raisedAt,
  raisedExample,
  reportField,
  secondsField,
  sentence,
  updatedExample,
} from './vessel-rule-fields.ts';

const silenceStates = ['late', 'by-radio', 'lost', 'overdue'] as const;
const silenceWords: Readonly<Record<(typeof silenceStates)[number], Headline>> = {
  late: { vi: 'chậm báo cáo VMS', en: 'is late with its VMS report' },
  'by-radio': {
    vi: 'mất thiết bị VMS, thuyền trưởng báo cáo bằng bộ đàm',
    en: 'has no VMS, its captain reports by radio',
  },
  lost: { vi: 'mất kết nối VMS', en: 'is lost to VMS' },
  overdue: { vi: 'mất kết nối VMS quá hạn phải về bờ', en: 'is lost to VMS and overdue in port' },
};

const silenceFields = () => ({
  ...vesselFields(),
  state: wordField(
    '`late`: its report is missing; `by-radio`: its device is silent and the captain reports by radio; `lost`: no word at all; `overdue`: it should be back in port',
    silenceStates,
    'late',
  ),
  provider: textField('Who runs its device', 'vnpt', 64),
  deadlines: z
    .strictObject({
      lostAt: timeField('It is lost without a word by then', '2026-11-23T03:10:00.000Z').optional(),
      nextRadioReportAt: timeField("The captain's next report by radio is due", '2026-11-23T09:10:00.000Z').optional(),
      backInPortAt: timeField('It is to be back in port for repair', '2026-12-02T21:10:00.000Z').optional(),
    })
    .meta({ description: 'What is due next' }),
  evidence: evidenceField({
    silentSince: timeField('Its last report, or when it left the harbor', '2026-11-22T21:10:00.000Z'),
    lastReport: reportField('Its last report by VMS').optional(),
    radioReport: reportField("The captain's last report by radio").optional(),
    lastAis: reportField('Where AIS last heard it').optional(),
    order: z
      .strictObject({
        status: wordField('What was ordered', vesselStatuses, 'ashore'),
        by: textField('By whom', 'duty officer, Thuan An', 64),
        reason: textField('Why', 'hauled out for repair', 256),
        time: timeField('When', '2026-11-23T01:20:00.000Z'),
      })
      .meta({ description: "The duty officer's word on its status" })
      .optional(),
    receivers: receiversField(),
  }),
  limits: limitsField({
    intervalSeconds: secondsField('Time between two reports', 7200),
    lateSeconds: secondsField('It is late after', 10_800),
    lostSeconds: secondsField('It is lost after', 21_600),
    overdueSeconds: secondsField('It is overdue after', 864_000),
  }),
});

const silenceExample = {
  state: 'late' as const,
  provider: 'vnpt',
  deadlines: { lostAt: '2026-11-23T03:10:00.000Z', backInPortAt: '2026-12-02T21:10:00.000Z' },
  evidence: { silentSince: exampleReport.time, lastReport: exampleReport, receivers: ['vms-1'] },
  limits: { intervalSeconds: 7200, lateSeconds: 10_800, lostSeconds: 21_600, overdueSeconds: 864_000 },
};

export const vmsSilenceRaised = defineEvent({
  name: 'fishing-vessel.vms-silence.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'The VMS device of a vessel at sea is silent',
  data: () => ({ ...conditionFields('raised'), ...silenceFields() }),
  headline: (data, words) => sentence(data, words, silenceWords[data.state]),
  example: { ...example('vms-silence', marked, 'LOW'), data: { ...raisedExample, ...silenceExample } },
});

export const vmsSilenceUpdated = defineEvent({
  name: 'fishing-vessel.vms-silence.updated',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel silent on VMS is lost or overdue now, or its captain reported by radio',
  data: () => ({ ...conditionFields('updated'), ...silenceFields() }),
  headline: (data, words) => sentence(data, words, silenceWords[data.state]),
  example: {
    ...example('vms-silence', marked, 'HIGH'),
    time: '2026-11-23T03:10:00.000Z',
    data: {
      ...updatedExample,
      ...silenceExample,
      state: 'lost',
      deadlines: { backInPortAt: '2026-12-02T21:10:00.000Z' },
    },
  },
});

export const vmsSilenceCleared = defineEvent({
  name: 'fishing-vessel.vms-silence.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel is not silent on VMS any more, or is not expected to report',
  data: () => ({ ...clearedFields(), ...silenceFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn cảnh báo mất kết nối VMS (${endingWords[data.endedBy].vi})`,
      en: `is no longer silent on VMS (${endingWords[data.endedBy].en})`,
    }),
  example: { ...example('vms-silence', marked, 'INFORMATIONAL'), data: { ...clearedExample, ...silenceExample } },
});

const outageFields = () => ({
  provider: textField('Who runs the devices', 'vnpt', 64),
  evidence: evidenceField({
    vessels: countField('Vessels at sea that were expected to report', 120),
    silentVessels: countField('Those of them that missed their report', 96),
    share: fractionField('Share of these', 0.8),
    lastReportAt: timeField('The newest report that the provider delivered', '2026-11-22T23:05:00.000Z'),
  }),
  limits: limitsField({
    intervalSeconds: secondsField('Time between two reports', 7200),
    missingIntervals: numberField({
      description: 'A report is missing after so many intervals',
      unit: '1',
      minimum: 1,
      maximum: 5,
      example: 1.1,
    }),
    share: fractionField('Share from which on the provider fails', 0.3),
    vessels: countField('Least number of vessels', 5),
  }),
});

const outageExample = {
  provider: 'vnpt',
  evidence: { vessels: 120, silentVessels: 96, share: 0.8, lastReportAt: '2026-11-22T23:05:00.000Z' },
  limits: { intervalSeconds: 7200, missingIntervals: 1.1, share: 0.3, vessels: 5 },
};
const providerOrigin = { device: 'ais-1', subject: 'vms-provider/vnpt' } as const;

export const providerOutageRaised = defineEvent({
  name: 'fishing-vessel.provider-outage.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A VMS provider fails: so many of its vessels miss their reports that none of them is to blame',
  data: () => ({ ...conditionFields('raised'), ...outageFields() }),
  headline: ({ provider, evidence }, { when }) => ({
    vi: `Nhà cung cấp VMS ${provider} gián đoạn: ${evidence.silentVessels}/${evidence.vessels} tàu không có báo cáo ${when.vi}`,
    en: `VMS provider ${provider} fails: ${evidence.silentVessels} of ${evidence.vessels} vessels miss their reports ${when.en}`,
  }),
  example: {
    ...example('provider-outage', 'vnpt', 'HIGH'),
    ...providerOrigin,
    data: { phase: 'raised', since: raisedAt, ...outageExample },
  },
});

export const providerOutageCleared = defineEvent({
  name: 'fishing-vessel.provider-outage.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A VMS provider delivers again',
  data: () => ({ ...clearedFields(), ...outageFields() }),
  headline: ({ provider }, { when }) => ({
    vi: `Nhà cung cấp VMS ${provider} hoạt động trở lại ${when.vi}`,
    en: `VMS provider ${provider} delivers again ${when.en}`,
  }),
  example: {
    ...example('provider-outage', 'vnpt', 'INFORMATIONAL'),
    ...providerOrigin,
    data: { phase: 'cleared', since: raisedAt, reason: 'recovered', endedBy: 'report', ...outageExample },
  },
});

const aisSilenceFields = () => ({
  ...vesselFields(),
  evidence: evidenceField({
    silentSince: timeField('Its last report', '2026-11-22T23:40:00.000Z'),
    lastReport: reportField('Where it was then'),
    reports: countField('Reports in a row before it', 240),
    receivers: receiversField(),
  }),
  limits: limitsField({
    silenceSeconds: secondsField('AIS counts as off after', 1800),
    reports: countField('Reports by which it was heard regularly', 20),
    share: fractionField('Share of the vessels that may fall silent together', 0.3),
  }),
});

const aisSilenceExample = {
  evidence: { silentSince: '2026-11-22T23:40:00.000Z', lastReport: exampleAis, reports: 240, receivers: ['ais-1'] },
  limits: { silenceSeconds: 1800, reports: 20, share: 0.3 },
};

export const aisSilenceRaised = defineEvent({
  name: 'fishing-vessel.ais-silence.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel at sea switched its AIS off: its receivers hear others, and surely hear vessels where it was',
  data: () => ({ ...conditionFields('raised'), ...aisSilenceFields() }),
  headline: (data, words) => sentence(data, words, { vi: 'tắt AIS trên biển', en: 'switched its AIS off at sea' }),
  example: { ...example('ais-silence', marked, 'MEDIUM'), data: { ...raisedExample, ...aisSilenceExample } },
});

export const aisSilenceCleared = defineEvent({
  name: 'fishing-vessel.ais-silence.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel is heard on AIS again, is in harbor, or was not heard again for days',
  data: () => ({ ...clearedFields(), ...aisSilenceFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn cảnh báo tắt AIS (${endingWords[data.endedBy].vi})`,
      en: `is no longer said to be without AIS (${endingWords[data.endedBy].en})`,
    }),
  example: { ...example('ais-silence', marked, 'INFORMATIONAL'), data: { ...clearedExample, ...aisSilenceExample } },
});
