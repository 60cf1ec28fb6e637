/** Where cameras and the reports of vessels meet: who was sighted, who tells of himself to nobody, who cannot be seen. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import {
  countField,
  fixedField,
  fractionField,
  identifierField,
  mediaField,
  numberField,
  pointField,
  textField,
  timeField,
  wordField,
} from './fields.ts';
import { detectorField, objectField } from './urban-camera-fields.ts';
import { receiversField, vesselExample, vesselFields } from './vessel-fields.ts';

const metres = (description: string, example: number, maximum = 100_000) =>
  numberField({ description, unit: 'm', minimum: 0, maximum, example });
const degrees = (description: string, example: number) =>
  numberField({ description, unit: 'deg', minimum: 0, maximum: 360, example });
const secondsField = (description: string, example: number) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e9, example });

const placeOnWaterField = () =>
  z
    .strictObject({
      bearing: degrees('From the camera, clockwise from true north', 318.4),
      bearingUncertainty: degrees('One standard deviation', 0.6),
      range: metres('From the foot of the camera', 212.5),
      rangeLeast: metres('One standard deviation nearer', 189.2),
      rangeMost: metres('One standard deviation farther; absent where it may lie at the horizon', 241.7).optional(),
      position: pointField('The same on the map'),
    })
    .meta({ description: 'Where its box meets the water' });

const expectedField = () =>
  z
    .strictObject({
      left: fractionField('Left edge', 0.418),
      right: fractionField('Right edge', 0.497),
      bottom: fractionField('Lower edge', 0.549),
      bearing: degrees('Of the nearest point of its waterline, clockwise from true north', 318.1),
      range: metres('Distance of that point from the foot of the camera', 208.9),
    })
    .meta({ description: 'Where its own reports let its box be expected, fractions of the picture' });

const zoneField = () =>
  z
    .strictObject({
      id: identifierField('Configured zone', 'fairway'),
      name: textField('For people', 'Luồng vào cảng', 200),
      englishName: textField('The same in English', 'Harbor fairway', 200).optional(),
    })
    .meta({ description: 'The part of the water' });

const vmsWithinReachField = () =>
  countField('Vessels with VMS whose last report is recent enough that they may have been here', 0, 10_000);

const methodField = () =>
  fixedField(
    'Ways of boxes and of reported positions compared by likelihood, paired by assignment',
    'likelihood-assignment-1',
  );

const cameraFields = {
  location: pointField('Where the camera stands'),
  locationOf: fixedField('Whose place `location` is', 'camera'),
};

const camera = { source: 'cam-3', device: 'cam-3', time: '2026-11-23T01:12:44.000Z' } as const;
const trackId = '20261123T011201Z-187';
const point = (longitude: number, latitude: number): z.infer<ReturnType<typeof pointField>> => ({
  type: 'Point',
  coordinates: [longitude, latitude],
});
const exampleCamera: { location: z.infer<ReturnType<typeof pointField>>; locationOf: 'camera' } = {
  location: point(107.64612, 16.55734),
  locationOf: 'camera',
};
const exampleObject = {
  class: 'boat',
  trackId,
  confidence: 0.88,
  box: { x: 0.412, y: 0.462, width: 0.088, height: 0.091 },
} as const;
const exampleDetector = { model: 'yolox-nano', version: '0.1.1', sha256: 'c789161e04bb', threshold: 0.5 } as const;
const exampleZone = { id: 'fairway', name: 'Luồng vào cảng', englishName: 'Harbor fairway' } as const;
const examplePlace = {
  bearing: 318.4,
  bearingUncertainty: 0.6,
  range: 212.5,
  rangeLeast: 189.2,
  rangeMost: 241.7,
  position: point(107.6448, 16.55877),
};
const exampleExpected = { left: 0.418, right: 0.497, bottom: 0.549, bearing: 318.1, range: 208.9 } as const;
const exampleMedia: z.input<ReturnType<typeof mediaField>> = [
  {
    role: 'snapshot',
    state: 'pending',
    key: 'hue/gw-017/cam-3/2026/11/23/011202240-9b2f4c0a.jpg',
    sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0',
    mediaType: 'image/jpeg',
    bytes: 48211,
    width: 1280,
    height: 720,
    capturedAt: '2026-11-23T01:12:02.240Z',
    redaction: 'person-boxes,vehicle-boxes',
    expiresAt: '2026-12-23T01:12:02Z',
  },
];

/** `TTH 96969 TS`, or the last part of the entity's id for a vessel without a name. */
const nameOf = ({ name, id }: { readonly name?: string | undefined; readonly id: string }): string =>
  name ?? id.slice(id.lastIndexOf(':') + 1);

const bearingWords = (bearing: number): string => `${String(Math.round(bearing) % 360).padStart(3, '0')}°`;

export const vesselSighted = defineEvent({
  name: 'fishing-vessel.vessel.sighted',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera sees a vessel where the vessel says that it is',
  data: () => ({
    ...vesselFields(),
    object: objectField(),
    firstSeen: timeField('The camera follows the boat since', '2026-11-23T01:12:01.440Z'),
    place: placeOnWaterField(),
    expected: expectedField(),
    residual: z
      .strictObject({
        x: numberField({
          description: 'Middle of the box less the expected one, to the right positive',
          unit: '1',
          minimum: -1,
          maximum: 1,
          example: -0.0015,
        }),
        y: numberField({
          description: 'Lower edge less the expected one, down positive',
          unit: '1',
          minimum: -1,
          maximum: 1,
          example: 0.004,
        }),
        deviations: numberField({
          description: 'Root of the mean square over all looks, in standard deviations of what was expected',
          unit: '1',
          minimum: 0,
          maximum: 1000,
          example: 0.62,
        }),
      })
      .meta({ description: 'What is left between box and report at the last look' }),
    match: z
      .strictObject({
        method: methodField(),
        evidence: numberField({
          description: 'How much better the vessel explains what was seen than an unknown boat, natural logarithm',
          unit: '1',
          minimum: 0,
          maximum: 100_000,
          example: 21.3,
        }),
        margin: numberField({
          description: 'How much better than without this pair boats and vessels go together, natural logarithm',
          unit: '1',
          minimum: 0,
          maximum: 100_000,
          example: 14.2,
        }),
        looks: countField('Pictures that were compared', 34, 1000),
        reportAgeSeconds: secondsField('From its nearest report to the last look', 2.6),
      })
      .meta({ description: 'How sure it is' }),
    detector: detectorField(),
    media: mediaField().optional(),
    ...cameraFields,
  }),
  headline: ({ vessel, place }, { when, source }) => ({
    vi: `${source} nhìn thấy tàu ${nameOf(vessel)} ${when.vi}, hướng ${bearingWords(place.bearing)}, cách ${Math.round(place.range)} m`,
    en: `${source} sighted vessel ${nameOf(vessel)} ${when.en}, bearing ${bearingWords(place.bearing)}, ${Math.round(place.range)} m away`,
  }),
  example: {
    ...camera,
    subject: 'vessel/vnfish/TTH-96969-TS',
    severity: 'INFORMATIONAL',
    correlation: `track/cam-3/${trackId}`,
    data: {
      ...vesselExample,
      object: exampleObject,
      firstSeen: '2026-11-23T01:12:01.440Z',
      place: examplePlace,
      expected: exampleExpected,
      residual: { x: -0.0015, y: 0.004, deviations: 0.62 },
      match: { method: 'likelihood-assignment-1', evidence: 21.3, margin: 14.2, looks: 34, reportAgeSeconds: 2.6 },
      detector: exampleDetector,
      media: exampleMedia,
      ...exampleCamera,
    },
  },
});

export const unidentifiedCounted = defineEvent({
  name: 'fishing-vessel.unidentified.counted',
  lane: 'obs',
  version: '1.0.0',
  summary: 'How many boats a camera saw in a period, and how many of them carry neither AIS nor VMS',
  data: () => ({
    period: z
      .strictObject({
        start: timeField('Start', '2026-11-23T01:00:00.000Z'),
        end: timeField('End', '2026-11-23T02:00:00.000Z'),
        completeness: fractionField('Part of it in which pictures were looked at', 0.93),
      })
      .meta({ description: 'Boats belong to the period in which they were first seen' }),
    zone: zoneField().optional(),
    identified: countField('Boats that were matched with a vessel that reports', 7, 1_000_000),
    unidentified: countField('Boats that no report explains', 3, 1_000_000),
    possiblyVms: countField('Of these, such as a vessel with VMS might have been', 1, 1_000_000),
    undetermined: countField(
      'Boats that cannot be judged: several vessels might be it, its waterline was hidden, or no vessel at all was heard',
      2,
      1_000_000,
    ),
    method: methodField(),
    ...cameraFields,
  }),
  example: {
    ...camera,
    time: '2026-11-23T02:00:00.000Z',
    subject: 'zone/fairway',
    data: {
      period: { start: '2026-11-23T01:00:00.000Z', end: '2026-11-23T02:00:00.000Z', completeness: 0.93 },
      zone: exampleZone,
      identified: 7,
      unidentified: 3,
      possiblyVms: 1,
      undetermined: 2,
      method: 'likelihood-assignment-1',
      ...exampleCamera,
    },
  },
});

export const vesselUnidentified = defineEvent({
  name: 'fishing-vessel.vessel.unidentified',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera saw a boat, in a zone that asks for it, that no report of a vessel explains',
  data: () => ({
    object: objectField(),
    zone: zoneField(),
    place: placeOnWaterField(),
    firstSeen: timeField('First seen', '2026-11-23T01:12:01.440Z'),
    lastSeen: timeField('Last seen', '2026-11-23T01:16:01.440Z'),
    looks: countField('Pictures it was seen in', 212),
    evidence: z
      .strictObject({
        method: methodField(),
        vesselsHeard: countField('Vessels whose reports of this time were compared', 14, 10_000),
        vmsWithinReach: vmsWithinReachField(),
        waitedSeconds: secondsField('Waited for a report since the boat was first seen', 240),
      })
      .meta({ description: 'Why nobody is it' }),
    detector: detectorField(),
    media: mediaField().optional(),
    ...cameraFields,
  }),
  headline: ({ zone, place }, { when, source }) => ({
    vi: `${source} thấy tàu không phát AIS/VMS tại ${zone.name} ${when.vi}, hướng ${bearingWords(place.bearing)}, cách ${Math.round(place.range)} m`,
    en: `${source} saw a vessel without AIS or VMS in ${zone.englishName ?? zone.name} ${when.en}, bearing ${bearingWords(place.bearing)}, ${Math.round(place.range)} m away`,
  }),
  example: {
    ...camera,
    time: '2026-11-23T01:16:01.440Z',
    subject: `object/cam-3/${trackId}`,
    severity: 'MEDIUM',
    correlation: `track/cam-3/${trackId}`,
    data: {
      object: exampleObject,
      zone: exampleZone,
      place: examplePlace,
      firstSeen: '2026-11-23T01:12:01.440Z',
      lastSeen: '2026-11-23T01:16:01.440Z',
      looks: 212,
      evidence: {
        method: 'likelihood-assignment-1',
        vesselsHeard: 14,
        vmsWithinReach: 0,
        waitedSeconds: 240,
      },
      detector: exampleDetector,
      media: exampleMedia,
      ...exampleCamera,
    },
  },
});

const unseenFields = () => ({
  since: timeField('When it was told', '2026-11-23T01:12:44.000Z'),
  ...vesselFields(),
  receivers: receiversField(),
  expected: expectedField(),
  expectedSince: timeField('Missing from the pictures since', '2026-11-23T01:00:12.000Z'),
  watchedSeconds: secondsField('Time of pictures in which it is missing, in plain view', 600),
  looks: countField('Pictures looked at in this time', 1180),
  expectedPixels: numberField({
    description: 'As narrow as it may look in the pictures that the model gets: by its bow, or from its end',
    unit: '{pixel}',
    minimum: 0,
    maximum: 16_384,
    example: 33,
  }),
  proof: z
    .strictObject({
      small: z
        .strictObject({
          time: timeField('When', '2026-11-23T01:12:31.000Z'),
          pixels: numberField({
            description: 'Width of its box in the pictures that the model gets',
            unit: '{pixel}',
            minimum: 0,
            maximum: 16_384,
            example: 28.4,
          }),
        })
        .meta({ description: 'The newest sighting of a vessel that looked as narrow: the model finds such ones' }),
      far: z
        .strictObject({
          time: timeField('When', '2026-11-23T01:12:42.000Z'),
          range: metres('How far away it was', 341.2),
        })
        .meta({ description: 'And of one that was at least three quarters as far away: there is no fog before it' }),
    })
    .meta({ description: 'What the camera sighted meanwhile' }),
  sunElevation: numberField({
    description: 'Height of the sun',
    unit: 'deg',
    minimum: -90,
    maximum: 90,
    example: 24.1,
  }),
  light: wordField('When the camera is taken to see boats', ['day', 'any'], 'day'),
  ...cameraFields,
});

const unseenOrigin = {
  ...camera,
  subject: 'vessel/vnfish/TTH-96969-TS',
  correlation: 'unseen-vessel/cam-3/vnfish/TTH-96969-TS/2026-11-23T01:12:44.000Z',
} as const;

const unseenExample = {
  since: '2026-11-23T01:12:44.000Z',
  ...vesselExample,
  receivers: ['ais-1'],
  expected: exampleExpected,
  expectedSince: '2026-11-23T01:00:12.000Z',
  watchedSeconds: 600,
  looks: 1180,
  expectedPixels: 33,
  proof: {
    small: { time: '2026-11-23T01:12:31.000Z', pixels: 28.4 },
    far: { time: '2026-11-23T01:12:42.000Z', range: 341.2 },
  },
  sunElevation: 24.1,
  light: 'day' as const,
  ...exampleCamera,
};

export const unseenVesselRaised = defineEvent({
  name: 'fishing-vessel.unseen-vessel.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel says that it is where a camera should see it, and the camera does not',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...unseenFields() }),
  headline: ({ vessel, expected }, { when, source }) => ({
    vi: `${source} không thấy tàu ${nameOf(vessel)} ${when.vi} tại nơi tàu báo vị trí: hướng ${bearingWords(expected.bearing)}, cách ${Math.round(expected.range)} m`,
    en: `${source} does not see vessel ${nameOf(vessel)} ${when.en} where it says to be: bearing ${bearingWords(expected.bearing)}, ${Math.round(expected.range)} m away`,
  }),
  example: { ...unseenOrigin, severity: 'MEDIUM', data: { phase: 'raised', ...unseenExample } },
});

const unseenEndings = {
  sighting: { vi: 'camera đã nhìn thấy tàu', en: 'the camera sees it' },
  departure: { vi: 'tàu báo đã rời khỏi khung hình', en: 'it says that it left the picture' },
  silence: { vi: 'không còn nhận được AIS của tàu', en: 'its AIS is not heard any more' },
  darkness: { vi: 'trời tối', en: 'it is dark' },
  cover: { vi: 'có vật khác tại vị trí đó', en: 'something else is there now' },
  uncertainty: { vi: 'không thể xác định tàu ở đâu', en: 'where it is cannot be told any more' },
  camera: { vi: 'camera không còn hình', en: 'the camera gives no pictures' },
  configuration: { vi: 'camera đã được gỡ bỏ', en: 'the camera was removed' },
} as const;

const unseenEndingNames = [
  'sighting',
  'departure',
  'silence',
  'darkness',
  'cover',
  'uncertainty',
  'camera',
  'configuration',
] as const satisfies readonly (keyof typeof unseenEndings)[];

export const unseenVesselCleared = defineEvent({
  name: 'fishing-vessel.unseen-vessel.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel that a camera did not see is seen, is elsewhere, or nobody can tell any more',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: wordField(
      '`recovered`: it is seen, or says to be elsewhere; `superseded`: it may be there, unseen; `source-lost`: the camera sees nothing, or the vessel is not heard; `config-removed`: the camera is gone',
      ['recovered', 'superseded', 'source-lost', 'config-removed'],
      'recovered',
    ),
    endedBy: wordField('What ended it', unseenEndingNames, 'sighting'),
    ...unseenFields(),
  }),
  headline: ({ vessel, endedBy }, { when, source }) => ({
    vi: `${source} không còn thiếu tàu ${nameOf(vessel)} ${when.vi} (${unseenEndings[endedBy].vi})`,
    en: `${source} does not miss vessel ${nameOf(vessel)} any more ${when.en} (${unseenEndings[endedBy].en})`,
  }),
  example: {
    ...unseenOrigin,
    time: '2026-11-23T01:31:02.000Z',
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', endedBy: 'sighting', ...unseenExample },
  },
});
