/** What cameras saw: objects, zones they were in, and what became of the pictures. */
import { z } from 'zod';
import { formatDuration, seconds } from '../core/time.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  fixedField,
  fractionField,
  identifierField,
  mediaField,
  numberField,
  patternField,
  pointField,
  sha256Field,
  sharedMediaField,
  textField,
  timeField,
  wordField,
} from './fields.ts';

const boxField = (description: string) =>
  z
    .strictObject({
      x: fractionField('Left edge, from the left of the picture', 0.412),
      y: fractionField('Upper edge, from the top of the picture', 0.305),
      width: fractionField('Width', 0.081),
      height: fractionField('Height', 0.247),
    })
    .meta({ description });

const trackField = () =>
  patternField('The object as long as the camera followed it', /^[A-Za-z0-9._-]{1,64}$/, '20261122T170402Z-187');

export const objectField = () =>
  z
    .strictObject({
      class: textField('Label of the model', 'person', 32),
      trackId: trackField(),
      confidence: fractionField('Of the detection', 0.81),
      box: boxField('Where it was in the picture'),
    })
    .meta({ description: 'The object, at the time of the event' });

const zoneField = () =>
  z
    .strictObject({
      id: identifierField('Configured zone', 'quay-1'),
      name: textField('For people', 'Cầu cảng số 1'),
      englishName: textField('The same in English', 'Quay 1').optional(),
      version: patternField('Changes whenever the outline of the zone does', /^[0-9a-f]{6}$/, '0b77e1'),
    })
    .meta({ description: 'The zone' });

export const detectorField = () =>
  z
    .strictObject({
      model: textField('Model', 'yolox-nano', 64),
      version: textField('Its version', '0.1.1', 32),
      sha256: patternField('SHA-256 of its weights, or the beginning of it', /^[0-9a-f]{12,64}$/, 'c789161e04bb'),
      threshold: fractionField('Lowest confidence that counts for an object of its class', 0.5),
    })
    .meta({ description: 'What detected it' });

const zonesField = () =>
  z
    .array(identifierField('Zone', 'quay-1'))
    .max(64)
    .meta({ description: 'Zones it was in, in the order of their entering' });

const dwellField = (description: string) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e9, example: 21.4 });

const placeFields = () => ({
  location: pointField('Where the camera stands').optional(),
  locationOf: fixedField('Whose place `location` is', 'camera').optional(),
});

const camera = { source: 'cam-3', device: 'cam-3', correlation: 'track/cam-3/20261122T170402Z-187' } as const;
const exampleZone = { id: 'quay-1', name: 'Cầu cảng số 1', englishName: 'Quay 1', version: '0b77e1' } as const;
const exampleBox = { x: 0.412, y: 0.305, width: 0.081, height: 0.247 } as const;
const exampleObject = { class: 'person', trackId: '20261122T170402Z-187', confidence: 0.81, box: exampleBox } as const;
const exampleDetector = { model: 'yolox-nano', version: '0.1.1', sha256: 'c789161e04bb', threshold: 0.5 } as const;
const examplePlace: { location: z.infer<ReturnType<typeof pointField>>; locationOf: 'camera' } = {
  location: { type: 'Point', coordinates: [107.64612, 16.55734] },
  locationOf: 'camera',
};
const exampleKey = 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg';
const exampleSha256 = '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0';

const exampleSnapshot = {
  role: 'snapshot',
  state: 'pending',
  key: exampleKey,
  sha256: exampleSha256,
  mediaType: 'image/jpeg',
  bytes: 48211,
  width: 1280,
  height: 720,
  capturedAt: '2026-11-22T17:04:10.240Z',
  redaction: 'person-boxes,vehicle-boxes',
  expiresAt: '2026-12-22T17:04:10Z',
} as const;

/** The words for a label of a model; one without words is told as it is. */
const wordsOf = (label: string): { readonly vi: string; readonly en: string } => {
  const words = labels.get(label);
  return words ?? { vi: `vật thể "${label}"`, en: label };
};

const labels: ReadonlyMap<string, { readonly vi: string; readonly en: string }> = new Map([
  ['person', { vi: 'người', en: 'person' }],
  ['bicycle', { vi: 'xe đạp', en: 'bicycle' }],
  ['motorbike', { vi: 'xe máy', en: 'motorbike' }],
  ['motorcycle', { vi: 'xe máy', en: 'motorbike' }],
  ['car', { vi: 'ô tô', en: 'car' }],
  ['bus', { vi: 'xe buýt', en: 'bus' }],
  ['truck', { vi: 'xe tải', en: 'truck' }],
  ['train', { vi: 'tàu hỏa', en: 'train' }],
  ['boat', { vi: 'tàu thuyền', en: 'boat' }],
  ['dog', { vi: 'chó', en: 'dog' }],
  ['cow', { vi: 'bò', en: 'cow' }],
]);

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const objectObserved = defineEvent({
  name: 'urban-camera.object.observed',
  lane: 'event',
  version: '1.1.0',
  summary: "An object's life before a camera, told once at its end",
  data: () => ({
    object: objectField(),
    firstSeen: timeField('First seen', '2026-11-22T17:04:02.040Z'),
    lastSeen: timeField('Last seen', '2026-11-22T17:04:31.640Z'),
    dwellSeconds: dwellField('How long it was before the camera').optional(),
    firstBox: boxField('Where it was first seen'),
    lastBox: boxField('Where it was last seen'),
    path: z
      .array(
        z
          .strictObject({
            x: fractionField('From the left of the picture', 0.452),
            y: fractionField('From the top of the picture', 0.552),
            seconds: numberField({
              description: 'Since it was first seen',
              unit: 's',
              minimum: 0,
              maximum: 1e9,
              example: 8.2,
            }),
          })
          .meta({ description: 'The middle of its lower edge at one moment' }),
      )
      .max(32)
      .meta({ description: 'Its way through the picture, the points that tell most of it' })
      .optional(),
    frames: countField('Frames it was seen in', 148),
    zones: zonesField(),
    end: wordField('How the track ended', ['left', 'source-lost', 'interrupted'], 'left'),
    detector: detectorField(),
    media: sharedMediaField().optional(),
    ...placeFields(),
  }),
  example: {
    ...camera,
    subject: 'object/cam-3/20261122T170402Z-187',
    time: '2026-11-22T17:04:31.640Z',
    data: {
      object: exampleObject,
      firstSeen: '2026-11-22T17:04:02.040Z',
      lastSeen: '2026-11-22T17:04:31.640Z',
      dwellSeconds: 29.6,
      firstBox: { x: 0.02, y: 0.31, width: 0.07, height: 0.22 },
      lastBox: { x: 0.9, y: 0.32, width: 0.08, height: 0.24 },
      path: [
        { x: 0.055, y: 0.53, seconds: 0 },
        { x: 0.452, y: 0.552, seconds: 8.2 },
        { x: 0.94, y: 0.56, seconds: 29.6 },
      ],
      frames: 148,
      zones: ['quay-1'],
      end: 'left',
      detector: exampleDetector,
      media: [{ ...exampleSnapshot, state: 'announced' as const }],
      ...examplePlace,
    },
  },
});

/** While an object is followed, where a zone asks for it. */
const followedFields = <Phase extends 'appeared' | 'updated'>(phase: Phase) => ({
  phase: fixedField("Of the object's life", phase),
  object: objectField(),
  firstSeen: timeField('First seen', '2026-11-22T17:04:02.040Z'),
  zones: zonesField(),
  detector: detectorField(),
  ...placeFields(),
});

const exampleFollowed = <Phase extends 'appeared' | 'updated'>(phase: Phase) => ({
  ...camera,
  subject: 'object/cam-3/20261122T170402Z-187',
  time: '2026-11-22T17:04:10.240Z',
  data: {
    phase,
    object: exampleObject,
    firstSeen: '2026-11-22T17:04:02.040Z',
    zones: ['quay-1'],
    detector: exampleDetector,
    ...examplePlace,
  },
});

export const objectAppeared = defineEvent({
  name: 'urban-camera.object.appeared',
  lane: 'event',
  version: '1.0.0',
  summary: 'An object came where each one is asked for as long as it is there',
  data: () => followedFields('appeared'),
  headline: ({ object }, { when, source }) => {
    const words = wordsOf(object.class);
    return {
      vi: `${source} thấy ${words.vi} ${when.vi}`,
      en: `${capitalized(words.en)} before ${source} ${when.en}`,
    };
  },
  example: exampleFollowed('appeared'),
});

export const objectUpdated = defineEvent({
  name: 'urban-camera.object.updated',
  lane: 'obs',
  version: '1.0.0',
  summary: 'An object moves where each one is asked for as long as it is there',
  data: () => followedFields('updated'),
  example: exampleFollowed('updated'),
});

export const zoneEntered = defineEvent({
  name: 'urban-camera.zone.entered',
  lane: 'event',
  version: '1.0.0',
  summary: 'An object entered a zone of a picture',
  data: () => ({
    phase: fixedField('Of the visit', 'entered'),
    object: objectField(),
    zone: zoneField(),
    detector: detectorField(),
    media: mediaField().optional(),
    ...placeFields(),
  }),
  headline: ({ object, zone }, { when }) => {
    const words = wordsOf(object.class);
    return {
      vi: `Có ${words.vi} vào vùng ${zone.name} ${when.vi}`,
      en: `${capitalized(words.en)} entered zone ${zone.englishName ?? zone.name} ${when.en}`,
    };
  },
  example: {
    ...camera,
    subject: 'zone/quay-1',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'MEDIUM',
    data: {
      phase: 'entered',
      object: exampleObject,
      zone: exampleZone,
      detector: exampleDetector,
      ...examplePlace,
      media: [exampleSnapshot],
    },
  },
});

export const zoneLeft = defineEvent({
  name: 'urban-camera.zone.left',
  lane: 'event',
  version: '1.0.0',
  summary: 'An object left a zone of a picture, or was not seen any more',
  data: () => ({
    phase: fixedField('Of the visit', 'left'),
    reason: wordField(
      '`moved` out of it, or `gone` from the picture; or how the visit was closed without either',
      ['moved', 'gone', 'source-lost', 'config-removed', 'interrupted'],
      'moved',
    ),
    object: objectField(),
    zone: zoneField(),
    enteredAt: timeField('When it entered', '2026-11-22T17:04:10.240Z'),
    dwellSeconds: dwellField('How long it was there'),
    detector: detectorField(),
    ...placeFields(),
  }),
  headline: ({ object, zone, dwellSeconds }, { when }) => {
    const words = wordsOf(object.class);
    const stay = formatDuration(seconds(Math.max(1, Math.round(dwellSeconds))));
    return {
      vi: `${capitalized(words.vi)} rời vùng ${zone.name} ${when.vi}, sau ${stay}`,
      en: `${capitalized(words.en)} left zone ${zone.englishName ?? zone.name} ${when.en}, after ${stay}`,
    };
  },
  example: {
    ...camera,
    subject: 'zone/quay-1',
    time: '2026-11-22T17:04:31.640Z',
    severity: 'INFORMATIONAL',
    data: {
      phase: 'left',
      reason: 'moved',
      object: exampleObject,
      zone: exampleZone,
      enteredAt: '2026-11-22T17:04:10.240Z',
      dwellSeconds: 21.4,
      detector: exampleDetector,
      ...examplePlace,
    },
  },
});

const storedFields = () => ({
  key: patternField('Where the bytes were to go below the media URL', /^[A-Za-z0-9._/-]{1,255}$/, exampleKey),
  sha256: sha256Field('SHA-256 of the bytes'),
  bytes: numberField({ description: 'Size', unit: 'By', minimum: 1, maximum: 20_000_000, example: 48211 }),
});

export const mediaStored = defineEvent({
  name: 'urban-camera.media.stored',
  lane: 'event',
  version: '1.0.0',
  summary: 'The center has the bytes that an event announced',
  data: storedFields,
  example: {
    ...camera,
    subject: `media/${exampleKey}`,
    time: '2026-11-22T17:04:14.000Z',
    data: { key: exampleKey, sha256: exampleSha256, bytes: 48211 },
  },
});

export const mediaLost = defineEvent({
  name: 'urban-camera.media.lost',
  lane: 'event',
  version: '1.0.0',
  summary: 'The bytes that an event announced will not come',
  data: () => ({
    ...storedFields(),
    reason: wordField('Why', ['expired', 'budget', 'missing', 'refused'], 'expired'),
  }),
  headline: ({ reason }, { when, source }) => ({
    vi: `Mất ảnh của ${source} ${when.vi}: ${lossWords[reason].vi}`,
    en: `Picture of ${source} lost ${when.en}: ${lossWords[reason].en}`,
  }),
  example: {
    ...camera,
    subject: `media/${exampleKey}`,
    time: '2026-11-22T17:04:14.000Z',
    severity: 'LOW',
    data: { key: exampleKey, sha256: exampleSha256, bytes: 48211, reason: 'expired' },
  },
});

const lossWords = {
  expired: { vi: 'đã hết hạn lưu giữ', en: 'its time had passed' },
  budget: { vi: 'hết dung lượng lưu trữ', en: 'no room was left' },
  missing: { vi: 'tệp không còn trên thiết bị', en: 'the file is gone' },
  refused: { vi: 'trung tâm từ chối nhận', en: 'the center refused it' },
} as const;
