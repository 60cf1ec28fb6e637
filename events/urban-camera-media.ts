/** Pictures and clips that the center ordered, and clips of what a camera began to follow; what becomes of their files is told as of all others. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import { fixedField, numberField, patternField, sha256Field, textField, timeField, wordField } from './fields.ts';
import { detectorField, examplePlace, objectField, placeFields, wordsOf } from './urban-camera-fields.ts';

const exampleKey = 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.mp4';

const commonFields = () => ({
  state: fixedField('The bytes follow by HTTPS PUT; then media.stored or media.lost tells the outcome', 'pending'),
  key: patternField('Where the bytes go below the media URL', /^[A-Za-z0-9._/-]{1,255}$/, exampleKey),
  sha256: sha256Field('SHA-256 of the bytes'),
  bytes: numberField({ description: 'Size', unit: 'By', minimum: 1, maximum: 20_000_000, example: 1_204_332 }),
  width: numberField({ description: 'Width', unit: '{pixel}', minimum: 1, maximum: 16384, example: 1280 }),
  height: numberField({ description: 'Height', unit: '{pixel}', minimum: 1, maximum: 16384, example: 720 }),
  capturedAt: timeField('Capture of the first frame', '2026-11-22T17:04:10.240Z'),
  redaction: textField('What was blurred before the file was written', 'person-boxes,vehicle-boxes'),
  expiresAt: timeField('When it is to be deleted', '2026-12-22T17:04:10Z'),
});

const durationField = () => numberField({ description: 'Of a clip', unit: 's', minimum: 0, maximum: 60, example: 9.8 });

const codecField = () => wordField('Of a clip: H.264, or MPEG-4 Part 2', ['h264', 'mpeg4'], 'h264');

const capturedFileField = () =>
  z
    .strictObject({
      role: wordField('What the file shows', ['snapshot', 'clip'], 'clip'),
      mediaType: wordField('IANA media type', ['image/jpeg', 'video/mp4'], 'video/mp4'),
      durationSeconds: durationField().optional(),
      codec: codecField().optional(),
      ...commonFields(),
    })
    .meta({ description: 'The file' });

const clipField = () =>
  z
    .strictObject({
      role: fixedField('What the file shows', 'clip'),
      mediaType: fixedField('IANA media type', 'video/mp4'),
      durationSeconds: durationField(),
      codec: codecField(),
      ...commonFields(),
    })
    .meta({ description: 'The file' });

const exampleClip = {
  role: 'clip',
  state: 'pending',
  key: exampleKey,
  sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0',
  mediaType: 'video/mp4',
  bytes: 1_204_332,
  width: 1280,
  height: 720,
  capturedAt: '2026-11-22T17:04:10.240Z',
  durationSeconds: 9.8,
  codec: 'h264',
  redaction: 'person-boxes,vehicle-boxes',
  expiresAt: '2026-12-22T17:04:10Z',
} as const;

export const clipRecorded = defineEvent({
  name: 'urban-camera.clip.recorded',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera recorded the seconds around the moment at which it began to follow an object',
  data: () => ({
    object: objectField(),
    detector: detectorField(),
    media: z.array(clipField()).length(1).meta({ description: 'The file by reference' }),
    ...placeFields(),
  }),
  headline: ({ object }, { when, source }) => {
    const { vi, en } = wordsOf(object.class);
    return { vi: `${source} đã quay video có ${vi} ${when.vi}`, en: `${source} recorded a clip of a ${en} ${when.en}` };
  },
  example: {
    ...{ source: 'cam-3', device: 'cam-3', correlation: 'track/cam-3/20261122T170402Z-187' },
    ...{ subject: 'object/cam-3/20261122T170402Z-187', time: '2026-11-22T17:04:15.240Z', severity: 'INFORMATIONAL' },
    data: {
      object: {
        ...{ class: 'person', trackId: '20261122T170402Z-187', confidence: 0.81 },
        box: { x: 0.412, y: 0.305, width: 0.081, height: 0.247 },
      },
      detector: { model: 'yolox-nano', version: '0.1.1', sha256: 'c789161e04bb', threshold: 0.5 },
      media: [exampleClip],
      ...examplePlace,
    },
  },
});

export const mediaCaptured = defineEvent({
  name: 'urban-camera.media.captured',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera took the picture or the clip that the center ordered',
  data: () => ({
    media: z.array(capturedFileField()).length(1).meta({ description: 'The file by reference' }),
    ...placeFields(),
  }),
  headline: ({ media }, { when, source }) =>
    media[0]?.role === 'clip'
      ? {
          vi: `${source} đã quay video ${when.vi} theo lệnh của trung tâm`,
          en: `${source} recorded a clip ${when.en}, as the center ordered`,
        }
      : {
          vi: `${source} đã chụp ảnh ${when.vi} theo lệnh của trung tâm`,
          en: `${source} took a picture ${when.en}, as the center ordered`,
        },
  example: {
    source: 'cam-3',
    device: 'cam-3',
    correlation: 'command/01989f4e-2c1a-7d35-b1f0-2a6f1f0c9b11',
    subject: `media/${exampleKey}`,
    time: '2026-11-22T17:04:10.240Z',
    severity: 'INFORMATIONAL',
    data: {
      media: [exampleClip],
      ...examplePlace,
    },
  },
});
