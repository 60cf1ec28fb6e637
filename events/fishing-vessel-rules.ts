/** What rules conclude of vessels: silences, contradictions, encounters and distress. `pipelines/vessel-rules` concludes it. */
import { z } from 'zod';
import { severities } from '../core/conclusion.ts';
import { formatDuration, seconds } from '../core/time.ts';
import { vesselStatuses } from '../core/vessel.ts';
import { defineEvent, type Headline, type HeadlineWords } from './event-type.ts';
import {
  countField,
  fixedField,
  fractionField,
  numberField,
  patternField,
  pointField,
  textField,
  timeField,
  wordField,
} from './fields.ts';
import {
  courseField,
  mmsiField,
  positionProviderField,
  receiversField,
  speedField,
  vesselExample,
  vesselFields,
  vesselNameField,
} from './vessel-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

const secondsField = (description: string, example: number) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e10, example });
const metresField = (description: string, example: number) =>
  numberField({ description, unit: 'm', minimum: 0, maximum: 21_000_000, example });
const knotsField = (description: string, example: number) =>
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
const reportField = (description: string) =>
  z
    .strictObject({
      time: timeField('When, by the report itself', '2026-11-22T21:10:00.000Z'),
      coordinates: coordinatesField(),
      dataProvider: positionProviderField(),
      speedOverGround: speedField().optional(),
      courseOverGround: courseField().optional(),
    })
    .meta({ description });

const evidenceField = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).meta({ description: 'What it was concluded from' });
const limitsField = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape).meta({ description: 'The configured limits that were applied' });

const acknowledgedField = () =>
  z
    .strictObject({
      by: textField('Who sees to it', 'duty officer, Thuan An', 64),
      at: timeField('Since when', '2026-11-23T01:20:00.000Z'),
      note: textField('What was said', 'family called', 256).optional(),
    })
    .meta({ description: 'A duty officer sees to it' });

const conditionFields = <Phase extends 'raised' | 'updated' | 'cleared'>(phase: Phase) => ({
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

const clearedFields = () => ({
  ...conditionFields('cleared'),
  reason: wordField(
    '`recovered`: it is so no more; `superseded`: by an order, a harbor, a test or a better explanation; `source-lost`: nothing more was heard; `config-removed`: the rule is gone',
    clearReasons,
    'recovered',
  ),
  endedBy: wordField('What ended it', endings, 'report'),
});

const otherField = () =>
  z
    .strictObject({
      subject: patternField('Subject of its own events', /^vessel\/[\x21-\x7e]{1,200}$/, 'vessel/mmsi/574200100'),
      mmsi: mmsiField().optional(),
      name: vesselNameField().optional(),
      mark: textField('Registration mark', 'TTH-90001-TS', 32).optional(),
    })
    .meta({ description: 'The other vessel' });

const raisedAt = '2026-11-23T00:10:00.000Z';
const origin = { source: 'vessel-rules', device: 'ais-1', subject: 'vessel/vnfish/TTH-96969-TS' } as const;
const exampleReport = {
  time: '2026-11-22T21:10:00.000Z',
  coordinates: [107.63, 16.57] satisfies [number, number],
  dataProvider: 'VMS' as const,
  speedOverGround: 4.32,
  courseOverGround: 212,
};
const exampleAis = { ...exampleReport, dataProvider: 'AIS' as const };
const exampleOther = { subject: 'vessel/mmsi/574200100', mmsi: 574200100, name: 'BIEN DONG 9' };

const example = (
  rule: string,
  subjectKey: string,
  severity: 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL',
) => ({ ...origin, time: raisedAt, severity, correlation: `${rule}/${subjectKey}/20261123T001000Z` }) as const;
const marked = 'vnfish/TTH-96969-TS';
const raisedExample = { phase: 'raised', since: raisedAt, ...vesselExample } as const;
const updatedExample = { phase: 'updated', since: raisedAt, ...vesselExample } as const;
const clearedExample = {
  phase: 'cleared',
  since: raisedAt,
  reason: 'recovered',
  endedBy: 'report',
  ...vesselExample,
} as const;

type WithVessel = Parameters<typeof vesselWordsOf>[0];

/** One sentence about a vessel: `vi` and `en` go on after its name. */
const sentence = (data: WithVessel, { when }: HeadlineWords, words: Headline): Headline => {
  const vessel = vesselWordsOf(data);
  return { vi: `${vessel.vi} ${words.vi} ${when.vi}`, en: `${vessel.en} ${words.en} ${when.en}` };
};

const lasting = (count: number): string => formatDuration(seconds(count));
const nauticalMiles = (metres: number): string => (metres / 1852).toFixed(metres < 1852 ? 2 : 1);

const endingWords: Readonly<Record<(typeof endings)[number], Headline>> = {
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
  data: { ...conditionFields('raised'), ...silenceFields() },
  headline: (data, words) => sentence(data, words, silenceWords[data.state]),
  example: { ...example('vms-silence', marked, 'LOW'), data: { ...raisedExample, ...silenceExample } },
});

export const vmsSilenceUpdated = defineEvent({
  name: 'fishing-vessel.vms-silence.updated',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel silent on VMS is lost or overdue now, or its captain reported by radio',
  data: { ...conditionFields('updated'), ...silenceFields() },
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
  data: { ...clearedFields(), ...silenceFields() },
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
  data: { ...conditionFields('raised'), ...outageFields() },
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
  data: { ...clearedFields(), ...outageFields() },
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
  data: { ...conditionFields('raised'), ...aisSilenceFields() },
  headline: (data, words) => sentence(data, words, { vi: 'tắt AIS trên biển', en: 'switched its AIS off at sea' }),
  example: { ...example('ais-silence', marked, 'MEDIUM'), data: { ...raisedExample, ...aisSilenceExample } },
});

export const aisSilenceCleared = defineEvent({
  name: 'fishing-vessel.ais-silence.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel is heard on AIS again, is in harbor, or was not heard again for days',
  data: { ...clearedFields(), ...aisSilenceFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn cảnh báo tắt AIS (${endingWords[data.endedBy].vi})`,
      en: `is no longer said to be without AIS (${endingWords[data.endedBy].en})`,
    }),
  example: { ...example('ais-silence', marked, 'INFORMATIONAL'), data: { ...clearedExample, ...aisSilenceExample } },
});

export const positionJumpDetected = defineEvent({
  name: 'fishing-vessel.position-jump.detected',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two reports in a row that no vessel can sail between',
  data: {
    ...vesselFields(),
    evidence: evidenceField({
      before: reportField('The report before'),
      after: reportField('The report that cannot follow it'),
      distanceMetres: metresField('Between the two', 46_300),
      impliedSpeedKnots: knotsField('Speed that it takes', 1500),
      receivers: receiversField(),
    }),
    limits: limitsField({
      speedKnots: knotsField('No vessel is faster', 40),
      distanceMetres: metresField('Least distance', 3704),
    }),
  },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `nhảy vị trí ${nauticalMiles(data.evidence.distanceMetres)} hải lý`,
      en: `jumped ${nauticalMiles(data.evidence.distanceMetres)} nautical miles`,
    }),
  example: {
    ...origin,
    time: raisedAt,
    severity: 'MEDIUM',
    data: {
      ...vesselExample,
      evidence: {
        before: exampleAis,
        after: { ...exampleAis, time: '2026-11-22T21:11:00.000Z', coordinates: [108.06, 16.57] },
        distanceMetres: 45_830,
        impliedSpeedKnots: 1484.8,
        receivers: ['ais-1'],
      },
      limits: { speedKnots: 40, distanceMetres: 3704 },
    },
  },
});

const conflictFields = () => ({
  ...vesselFields(),
  evidence: evidenceField({
    first: reportField('The newest report of the one'),
    second: reportField('The newest report of the other'),
    distanceMetres: metresField('Between the two', 46_300),
    alternations: countField('Changes from one to the other', 3),
    receivers: receiversField(),
  }),
  limits: limitsField({
    speedKnots: knotsField('No vessel is faster', 40),
    distanceMetres: metresField('Least distance', 3704),
    alternations: countField('Changes after which it counts', 3),
    quietSeconds: secondsField('It is over after', 7200),
  }),
});

const conflictExample = {
  evidence: {
    first: exampleAis,
    second: { ...exampleAis, coordinates: [108.06, 16.57] satisfies [number, number] },
    distanceMetres: 45_830,
    alternations: 3,
    receivers: ['ais-1'],
  },
  limits: { speedKnots: 40, distanceMetres: 3704, alternations: 3, quietSeconds: 7200 },
};

export const identityConflictRaised = defineEvent({
  name: 'fishing-vessel.identity-conflict.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two senders use one identity: reports alternate between two places',
  data: { ...conditionFields('raised'), ...conflictFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `bị trùng định danh: hai thiết bị cách nhau ${nauticalMiles(data.evidence.distanceMetres)} hải lý`,
      en: `is two senders under one identity, ${nauticalMiles(data.evidence.distanceMetres)} nautical miles apart`,
    }),
  example: { ...example('identity-conflict', marked, 'HIGH'), data: { ...raisedExample, ...conflictExample } },
});

export const identityConflictCleared = defineEvent({
  name: 'fishing-vessel.identity-conflict.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'Only one sender uses the identity now',
  data: { ...clearedFields(), ...conflictFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn trùng định danh (${endingWords[data.endedBy].vi})`,
      en: `is one sender again (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('identity-conflict', marked, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'agreement', ...conflictExample },
  },
});

const identityFieldNames = ['name', 'callSign', 'imo', 'shipType', 'mmsi'] as const;
const identityWords: Readonly<Record<(typeof identityFieldNames)[number], Headline>> = {
  name: { vi: 'tên', en: 'name' },
  callSign: { vi: 'hô hiệu', en: 'call sign' },
  imo: { vi: 'số IMO', en: 'IMO number' },
  shipType: { vi: 'loại tàu', en: 'kind of ship' },
  mmsi: { vi: 'MMSI', en: 'MMSI' },
};

export const identityChanged = defineEvent({
  name: 'fishing-vessel.identity.changed',
  lane: 'event',
  version: '1.0.0',
  summary: 'A sender tells another name, call sign, IMO number or kind of ship than before, or a vessel another MMSI',
  data: {
    ...vesselFields(),
    changes: z
      .array(
        z.strictObject({
          field: wordField('What changed', identityFieldNames, 'name'),
          before: textField('As told before, or registered', 'TTH 96969 TS', 64),
          after: textField('As told now', 'QT 12345 TS', 64),
          against: wordField('What it contradicts', ['earlier-report', 'registry'], 'earlier-report'),
        }),
      )
      .min(1)
      .max(8)
      .meta({ description: 'What changed' }),
    evidence: evidenceField({ receivers: receiversField() }),
  },
  headline: (data, words) => {
    const told = (language: keyof Headline): string =>
      data.changes
        .map(({ field, before, after }) => `${identityWords[field][language]} ${before} → ${after}`)
        .join(', ');
    return sentence(data, words, { vi: `đổi định danh: ${told('vi')}`, en: `changed its identity: ${told('en')}` });
  },
  example: {
    ...origin,
    time: raisedAt,
    severity: 'MEDIUM',
    data: {
      ...vesselExample,
      changes: [{ field: 'name', before: 'TTH 96969 TS', after: 'QT 12345 TS', against: 'earlier-report' }],
      evidence: { receivers: ['ais-1'] },
    },
  },
});

const mismatchFields = () => ({
  ...vesselFields(),
  evidence: evidenceField({
    vms: reportField('By VMS'),
    ais: reportField('By AIS, at the same moment'),
    aisPosition: fixedField('How the place by AIS was found', 'interpolated'),
    distanceMetres: metresField('Between the two', 9260),
    reports: countField('Reports in a row that say so', 2),
    receivers: receiversField(),
  }).optional(),
  limits: limitsField({
    distanceMetres: metresField('They disagree beyond', 3704),
    reports: countField('Reports in a row', 2),
    apartSeconds: secondsField('Longest time between two reports of AIS', 900),
  }).optional(),
});

const mismatchExample = {
  evidence: {
    vms: exampleReport,
    ais: { ...exampleAis, coordinates: [107.72, 16.57] satisfies [number, number] },
    aisPosition: 'interpolated' as const,
    distanceMetres: 9592,
    reports: 2,
    receivers: ['ais-1', 'vms-1'],
  },
  limits: { distanceMetres: 3704, reports: 2, apartSeconds: 900 },
};

export const sourceMismatchRaised = defineEvent({
  name: 'fishing-vessel.source-mismatch.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'AIS and VMS of one vessel say that it is in two places',
  data: { ...conditionFields('raised'), ...mismatchFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `có vị trí AIS và VMS lệch nhau ${nauticalMiles(data.evidence?.distanceMetres ?? 0)} hải lý`,
      en: `is ${nauticalMiles(data.evidence?.distanceMetres ?? 0)} nautical miles apart by AIS and VMS`,
    }),
  example: { ...example('source-mismatch', marked, 'MEDIUM'), data: { ...raisedExample, ...mismatchExample } },
});

export const sourceMismatchCleared = defineEvent({
  name: 'fishing-vessel.source-mismatch.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'AIS and VMS of one vessel agree again, or cannot be compared any more',
  data: { ...clearedFields(), ...mismatchFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn lệch vị trí AIS và VMS (${endingWords[data.endedBy].vi})`,
      en: `is in one place by AIS and VMS again (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('source-mismatch', marked, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'agreement', ...mismatchExample },
  },
});

const beacons = ['sart', 'mob', 'epirb', 'ship'] as const;
const beaconWords: Readonly<Record<(typeof beacons)[number], Headline>> = {
  sart: { vi: 'Thiết bị phát báo tìm cứu (AIS-SART)', en: 'Search and rescue transmitter (AIS-SART)' },
  mob: { vi: 'Thiết bị báo người rơi xuống biển (MOB)', en: 'Man overboard device (MOB)' },
  epirb: { vi: 'Phao vô tuyến báo vị trí khẩn cấp (EPIRB)', en: 'Emergency beacon (EPIRB-AIS)' },
  ship: { vi: 'Tàu', en: 'Vessel' },
};

const beaconFields = () => ({
  ...vesselFields(),
  beacon: wordField('What sends', beacons, 'sart'),
  evidence: evidenceField({
    lastReport: reportField('Where it is').optional(),
    navigationStatus: numberField({
      description: 'ITU-R M.1371-5 table 45; 14 is an active beacon',
      unit: '1',
      minimum: 0,
      maximum: 14,
      example: 14,
    }).optional(),
    text: textField('What it says of itself', 'SART ACTIVE', 160).optional(),
    receivers: receiversField(),
  }),
});
const distressFields = () => ({
  ...beaconFields(),
  limits: limitsField({
    waitSeconds: secondsField('Wait for a word on whether it is a test', 30),
    testSeconds: secondsField('How long a text with TEST holds', 900),
    silenceSeconds: secondsField('It is closed as lost after', 3600),
  }),
});

const beaconName = (data: z.infer<z.ZodObject<ReturnType<typeof beaconFields>>>): Headline => {
  const { mmsi } = data.vessel;
  const words = beaconWords[data.beacon];
  return { vi: `${words.vi} ${mmsi ?? ''}`.trim(), en: `${words.en} ${mmsi ?? ''}`.trim() };
};
const placeWords = (data: z.infer<z.ZodObject<ReturnType<typeof beaconFields>>>): string => {
  const [longitude, latitude] = data.vessel.location?.coordinates ?? [];
  return longitude === undefined || latitude === undefined ? '' : ` (${latitude.toFixed(4)}, ${longitude.toFixed(4)})`;
};

const beaconExample = {
  vessel: {
    id: 'urn:ngsi-ld:Vessel:mmsi-970574001',
    type: 'Vessel' as const,
    mmsi: 970574001,
    location: { type: 'Point' as const, coordinates: [107.63, 16.57] satisfies [number, number] },
    observedAt: '2026-11-23T00:10:00.000Z',
    dataProvider: 'AIS' as const,
  },
  units: {},
  beacon: 'sart' as const,
  evidence: {
    lastReport: {
      time: '2026-11-23T00:10:00.000Z',
      coordinates: [107.63, 16.57] satisfies [number, number],
      dataProvider: 'AIS' as const,
    },
    navigationStatus: 14,
    text: 'SART ACTIVE',
    receivers: ['ais-1'],
  },
};
const distressLimits = { limits: { waitSeconds: 30, testSeconds: 900, silenceSeconds: 3600 } };
const beaconOrigin = { subject: 'vessel/mmsi/970574001' } as const;

export const distressRaised = defineEvent({
  name: 'fishing-vessel.distress.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A beacon of distress is active: SART, man overboard, EPIRB, or a vessel with navigational status 14',
  data: { ...conditionFields('raised'), ...distressFields() },
  headline: (data, { when }) => ({
    vi: `CẤP CỨU: ${beaconName(data).vi} phát tín hiệu${placeWords(data)} ${when.vi}`,
    en: `DISTRESS: ${beaconName(data).en} is active${placeWords(data)} ${when.en}`,
  }),
  example: {
    ...example('distress', 'mmsi/970574001', 'CRITICAL'),
    ...beaconOrigin,
    data: { phase: 'raised', since: raisedAt, ...beaconExample, ...distressLimits },
  },
});

export const distressUpdated = defineEvent({
  name: 'fishing-vessel.distress.updated',
  lane: 'alert',
  version: '1.0.0',
  summary: 'An active beacon of distress drifted',
  data: { ...conditionFields('updated'), ...distressFields() },
  headline: (data, { when }) => ({
    vi: `CẤP CỨU: ${beaconName(data).vi} trôi dạt, vị trí mới${placeWords(data)} ${when.vi}`,
    en: `DISTRESS: ${beaconName(data).en} drifted, now${placeWords(data)} ${when.en}`,
  }),
  example: {
    ...example('distress', 'mmsi/970574001', 'CRITICAL'),
    ...beaconOrigin,
    data: { phase: 'updated', since: raisedAt, ...beaconExample, ...distressLimits },
  },
});

export const distressCleared = defineEvent({
  name: 'fishing-vessel.distress.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A beacon of distress is off, was a test, or is not heard any more',
  data: { ...clearedFields(), ...distressFields() },
  headline: (data, { when }) => ({
    vi: `Kết thúc cấp cứu: ${beaconName(data).vi} (${endingWords[data.endedBy].vi}) ${when.vi}`,
    en: `Distress ended: ${beaconName(data).en} (${endingWords[data.endedBy].en}) ${when.en}`,
  }),
  example: {
    ...example('distress', 'mmsi/970574001', 'INFORMATIONAL'),
    ...beaconOrigin,
    data: {
      phase: 'cleared',
      since: raisedAt,
      reason: 'source-lost',
      endedBy: 'silence',
      ...beaconExample,
      ...distressLimits,
    },
  },
});

export const distressTestObserved = defineEvent({
  name: 'fishing-vessel.distress-test.observed',
  lane: 'event',
  version: '1.0.0',
  summary: 'A beacon of distress is tested: nobody is to go out',
  data: beaconFields(),
  headline: (data, { when }) => ({
    vi: `THỬ NGHIỆM: ${beaconName(data).vi}${placeWords(data)} ${when.vi}`,
    en: `TEST: ${beaconName(data).en}${placeWords(data)} ${when.en}`,
  }),
  example: {
    ...origin,
    ...beaconOrigin,
    time: raisedAt,
    severity: 'INFORMATIONAL',
    data: { ...beaconExample, evidence: { text: 'SART TEST', receivers: ['ais-1'] } },
  },
});

const loiteringFields = () => ({
  ...vesselFields(),
  evidence: evidenceField({
    stayingSince: timeField('Since when it stays there', '2026-11-22T20:10:00.000Z'),
    center: pointField('Where it began to stay'),
    reports: countField('Reports since then', 480),
    meanSpeedKnots: knotsField('Mean speed', 1.4),
    receivers: receiversField(),
  }),
  limits: limitsField({
    staySeconds: secondsField('It counts after', 14_400),
    radiusMetres: metresField('Radius of the area', 2778),
    speedKnots: knotsField('It goes somewhere above', 5),
  }),
});
const loiteringExample = {
  evidence: {
    stayingSince: '2026-11-22T20:10:00.000Z',
    center: { type: 'Point' as const, coordinates: [107.63, 16.57] satisfies [number, number] },
    reports: 480,
    meanSpeedKnots: 1.4,
    receivers: ['ais-1'],
  },
  limits: { staySeconds: 14_400, radiusMetres: 2778, speedKnots: 5 },
};

export const loiteringRaised = defineEvent({
  name: 'fishing-vessel.loitering.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel stays in a small area at sea for hours without fishing, anchoring or resting',
  data: { ...conditionFields('raised'), ...loiteringFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `lảng vảng tại một khu vực hơn ${lasting(data.limits.staySeconds)}`,
      en: `has loitered in one area for more than ${lasting(data.limits.staySeconds)}`,
    }),
  example: { ...example('loitering', marked, 'LOW'), data: { ...raisedExample, ...loiteringExample } },
});

export const loiteringCleared = defineEvent({
  name: 'fishing-vessel.loitering.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel that loitered moved on',
  data: { ...clearedFields(), ...loiteringFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn lảng vảng (${endingWords[data.endedBy].vi})`,
      en: `loiters no more (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('loitering', marked, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'movement', ...loiteringExample },
  },
});

const otherWords = ({ other }: { readonly other: z.infer<ReturnType<typeof otherField>> }): string =>
  other.name ?? other.mark ?? other.mmsi?.toString() ?? other.subject;

const rendezvousFields = () => ({
  ...vesselFields(),
  other: otherField(),
  evidence: evidenceField({
    togetherSince: timeField('Since when', '2026-11-22T23:40:00.000Z'),
    distanceMetres: metresField('The closest that they were', 45),
    first: reportField('Of the vessel'),
    second: reportField('Of the other vessel'),
    receivers: receiversField(),
  }),
  limits: limitsField({
    togetherSeconds: secondsField('It counts after', 1800),
    distanceMetres: metresField('They are together within', 185),
    speedKnots: knotsField('They are slow below', 2),
  }),
});
const rendezvousExample = {
  other: exampleOther,
  evidence: {
    togetherSince: '2026-11-22T23:40:00.000Z',
    distanceMetres: 45,
    first: exampleAis,
    second: exampleAis,
    receivers: ['ais-1'],
  },
  limits: { togetherSeconds: 1800, distanceMetres: 185, speedKnots: 2 },
};
const pairKey = 'mmsi/574200100|vnfish/TTH-96969-TS';

export const rendezvousRaised = defineEvent({
  name: 'fishing-vessel.rendezvous.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels lie close to each other at sea for a while',
  data: { ...conditionFields('raised'), ...rendezvousFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `áp mạn tàu ${otherWords(data)} trên biển`,
      en: `lies close to ${otherWords(data)} at sea`,
    }),
  example: { ...example('rendezvous', pairKey, 'LOW'), data: { ...raisedExample, ...rendezvousExample } },
});

export const rendezvousCleared = defineEvent({
  name: 'fishing-vessel.rendezvous.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels that lay close to each other are apart',
  data: { ...clearedFields(), ...rendezvousFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn áp mạn tàu ${otherWords(data)} (${endingWords[data.endedBy].vi})`,
      en: `lies no longer close to ${otherWords(data)} (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('rendezvous', pairKey, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'distance', ...rendezvousExample },
  },
});

const collisionFields = () => ({
  ...vesselFields(),
  state: wordField('How soon', ['risk', 'imminent'], 'risk'),
  other: otherField(),
  evidence: evidenceField({
    closestApproachMetres: metresField('Closest point of approach, if both keep course and speed', 20),
    closestApproachSeconds: secondsField('Time to it', 150),
    distanceMetres: metresField('Between the two now', 1400),
    first: reportField('Of the vessel'),
    second: reportField('Of the other vessel'),
    receivers: receiversField(),
  }),
  limits: limitsField({
    distanceMetres: metresField('Closest approach below which it is a risk, for vessels of their lengths', 57),
    withinSeconds: secondsField('Time to it below which it is a risk', 240),
  }),
});
const collisionExample = {
  state: 'risk' as const,
  other: exampleOther,
  evidence: {
    closestApproachMetres: 20,
    closestApproachSeconds: 150,
    distanceMetres: 1400,
    first: exampleAis,
    second: exampleAis,
    receivers: ['ais-1'],
  },
  limits: { distanceMetres: 57, withinSeconds: 240 },
};
const collisionSentence = (
  data: WithVessel & z.infer<z.ZodObject<ReturnType<typeof collisionFields>>>,
  words: HeadlineWords,
): Headline => {
  const { closestApproachMetres: metres, closestApproachSeconds: time } = data.evidence;
  return sentence(data, words, {
    vi: `có nguy cơ va chạm với ${otherWords(data)}: cách ${metres} m sau ${lasting(time)}`,
    en: `may collide with ${otherWords(data)}: ${metres} m apart in ${lasting(time)}`,
  });
};

export const collisionRiskRaised = defineEvent({
  name: 'fishing-vessel.collision-risk.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels under way come too close if both keep course and speed',
  data: { ...conditionFields('raised'), ...collisionFields() },
  headline: collisionSentence,
  example: { ...example('collision-risk', pairKey, 'MEDIUM'), data: { ...raisedExample, ...collisionExample } },
});

export const collisionRiskUpdated = defineEvent({
  name: 'fishing-vessel.collision-risk.updated',
  lane: 'event',
  version: '1.0.0',
  summary: 'A risk of collision is imminent',
  data: { ...conditionFields('updated'), ...collisionFields() },
  headline: collisionSentence,
  example: {
    ...example('collision-risk', pairKey, 'HIGH'),
    data: { ...updatedExample, ...collisionExample, state: 'imminent' },
  },
});

export const collisionRiskCleared = defineEvent({
  name: 'fishing-vessel.collision-risk.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels passed each other, or do not come too close any more',
  data: { ...clearedFields(), ...collisionFields() },
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn nguy cơ va chạm với ${otherWords(data)} (${endingWords[data.endedBy].vi})`,
      en: `no longer risks a collision with ${otherWords(data)} (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('collision-risk', pairKey, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'distance', ...collisionExample },
  },
});

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
  data: {
    condition: wordField('Which; its events have the same correlation', acknowledgeable, 'vms-silence'),
    since: timeField('Since when it is open', raisedAt),
    severity: wordField('How urgent it is', severityNames, 'HIGH'),
    acknowledged: acknowledgedField(),
    vessel: vesselFields().vessel.optional(),
    units: vesselFields().units.optional(),
    registry: vesselFields().registry,
  },
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
