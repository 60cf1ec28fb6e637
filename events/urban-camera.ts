/** What cameras saw: objects, zones they were in, and what became of the pictures. */
import { z } from 'zod';
import { formatDuration, seconds } from '../core/time.ts';
import { defineEvent } from './event-type.ts';
import {
  countField,
  fixedField,
  fractionField,
  mediaField,
  numberField,
  patternField,
  sha256Field,
  sharedMediaField,
  timeField,
  wordField,
} from './fields.ts';
import {
  boxField,
  camera,
  capitalized,
  detectorField,
  dwellField,
  exampleDetector,
  exampleKey,
  exampleObject,
  examplePlace,
  exampleSha256,
  exampleSnapshot,
  exampleZone,
  objectField,
  placeFields,
  wordsOf,
  zoneField,
  zonesField,
} from './urban-camera-fields.ts';

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
