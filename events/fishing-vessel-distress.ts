/** Beacons of distress, and tests of them: `pipelines/vessel-rules` concludes it. */
import type { z } from 'zod';
import { defineEvent, type Headline } from './event-type.ts';
import { numberField, textField, wordField } from './fields.ts';
import { receiversField, vesselFields } from './vessel-fields.ts';
import {
  clearedFields,
  conditionFields,
  endingWords,
  evidenceField,
  example,
  lasting,
  limitsField,
  origin,
  raisedAt,
  reportField,
  secondsField,
} from './vessel-rule-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

const beacons = ['sart', 'mob', 'epirb', 'ship', 'vms'] as const;
const beaconWords: Readonly<Record<Exclude<(typeof beacons)[number], 'vms'>, Headline>> = {
  sart: { vi: 'Thiết bị phát báo tìm cứu (AIS-SART)', en: 'Search and rescue transmitter (AIS-SART)' },
  mob: { vi: 'Thiết bị báo người rơi xuống biển (MOB)', en: 'Man overboard device (MOB)' },
  epirb: { vi: 'Phao vô tuyến báo vị trí khẩn cấp (EPIRB)', en: 'Emergency beacon (EPIRB-AIS)' },
  ship: { vi: 'Tàu', en: 'Vessel' },
};

const beaconFields = () => ({
  ...vesselFields(),
  beacon: wordField('What sends; `vms`: the alarm button of a terminal of VMS', beacons, 'sart'),
  evidence: evidenceField({
    lastReport: reportField('Where it is, or was last').optional(),
    positionAgeSeconds: secondsField(
      'The call itself told no place: so much older is the last report',
      2700,
    ).optional(),
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

const beginSmall = (words: string): string => words.charAt(0).toLowerCase() + words.slice(1);
const beaconName = (data: BeaconData): Headline => {
  if (data.beacon === 'vms') {
    const vessel = vesselWordsOf(data);
    return {
      vi: `Thiết bị giám sát hành trình (VMS) của ${beginSmall(vessel.vi)}`,
      en: `VMS terminal of ${beginSmall(vessel.en)}`,
    };
  }
  const { mmsi } = data.vessel;
  const words = beaconWords[data.beacon];
  return { vi: `${words.vi} ${mmsi ?? ''}`.trim(), en: `${words.en} ${mmsi ?? ''}`.trim() };
};
type BeaconData = z.infer<z.ZodObject<ReturnType<typeof beaconFields>>>;

const nowhere: Headline = { vi: '', en: '' };
/** Of the alarm button alone it is told that nobody knows where. */
const placeWords = ({ vessel, beacon, evidence }: BeaconData): Headline => {
  const [longitude, latitude] = vessel.location?.coordinates ?? [];
  if (longitude === undefined || latitude === undefined)
    return beacon === 'vms' ? { vi: ', không rõ vị trí,', en: ', position unknown,' } : nowhere;
  const place = `(${latitude.toFixed(4)}, ${longitude.toFixed(4)})`;
  const { positionAgeSeconds: age } = evidence;
  if (age === undefined) return { vi: ` ${place}`, en: ` ${place}` };
  return {
    vi: `, vị trí cuối cùng ${place} trước đó ${lasting(age)},`,
    en: `, last known position ${place} ${lasting(age)} before,`,
  };
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
  summary:
    'A call for help: SART, man overboard, EPIRB, a vessel with navigational status 14, the alarm button of a VMS terminal',
  data: () => ({ ...conditionFields('raised'), ...distressFields() }),
  headline: (data, { when }) => ({
    vi: `CẤP CỨU: ${beaconName(data).vi} phát tín hiệu${placeWords(data).vi} ${when.vi}`,
    en: `DISTRESS: ${beaconName(data).en} is active${placeWords(data).en} ${when.en}`,
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
  data: () => ({ ...conditionFields('updated'), ...distressFields() }),
  headline: (data, { when }) => ({
    vi: `CẤP CỨU: ${beaconName(data).vi} trôi dạt, vị trí mới${placeWords(data).vi} ${when.vi}`,
    en: `DISTRESS: ${beaconName(data).en} drifted, now${placeWords(data).en} ${when.en}`,
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
  data: () => ({ ...clearedFields(), ...distressFields() }),
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
  data: beaconFields,
  headline: (data, { when }) => ({
    vi: `THỬ NGHIỆM: ${beaconName(data).vi}${placeWords(data).vi} ${when.vi}`,
    en: `TEST: ${beaconName(data).en}${placeWords(data).en} ${when.en}`,
  }),
  example: {
    ...origin,
    ...beaconOrigin,
    time: raisedAt,
    severity: 'INFORMATIONAL',
    data: { ...beaconExample, evidence: { text: 'SART TEST', receivers: ['ais-1'] } },
  },
});
