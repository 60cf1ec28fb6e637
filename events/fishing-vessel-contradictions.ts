/** What cannot be true of a vessel: jumps, two senders, another identity, two places. `pipelines/vessel-rules` concludes it. */
import { z } from 'zod';
import { defineEvent, type Headline } from './event-type.ts';
import { countField, fixedField, textField, wordField } from './fields.ts';
import { receiversField, vesselExample, vesselFields } from './vessel-fields.ts';
import {
  clearedExample,
  clearedFields,
  conditionFields,
  endingWords,
  evidenceField,
  example,
  exampleAis,
  exampleReport,
  knotsField,
  limitsField,
  marked,
  metresField,
  nauticalMiles,
  origin,
  raisedAt,
  raisedExample,
  reportField,
  secondsField,
  sentence,
} from './vessel-rule-fields.ts';

export const positionJumpDetected = defineEvent({
  name: 'fishing-vessel.position-jump.detected',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two reports in a row that no vessel can sail between',
  data: () => ({
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
  }),
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
  data: () => ({ ...conditionFields('raised'), ...conflictFields() }),
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
  data: () => ({ ...clearedFields(), ...conflictFields() }),
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
  data: () => ({
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
  }),
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
  data: () => ({ ...conditionFields('raised'), ...mismatchFields() }),
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
  data: () => ({ ...clearedFields(), ...mismatchFields() }),
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
