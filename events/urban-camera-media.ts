/** Pictures and clips that the center ordered; what becomes of their files is told as of all others. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import {
  fixedField,
  numberField,
  patternField,
  pointField,
  sha256Field,
  textField,
  timeField,
  wordField,
} from './fields.ts';

const exampleKey = 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.mp4';

const capturedFileField = () =>
  z
    .strictObject({
      role: wordField('What the file shows', ['snapshot', 'clip'], 'clip'),
      state: fixedField('The bytes follow by HTTPS PUT; then media.stored or media.lost tells the outcome', 'pending'),
      key: patternField('Where the bytes go below the media URL', /^[A-Za-z0-9._/-]{1,255}$/, exampleKey),
      sha256: sha256Field('SHA-256 of the bytes'),
      mediaType: wordField('IANA media type', ['image/jpeg', 'video/mp4'], 'video/mp4'),
      bytes: numberField({ description: 'Size', unit: 'By', minimum: 1, maximum: 20_000_000, example: 1_204_332 }),
      width: numberField({ description: 'Width', unit: '{pixel}', minimum: 1, maximum: 16384, example: 1280 }),
      height: numberField({ description: 'Height', unit: '{pixel}', minimum: 1, maximum: 16384, example: 720 }),
      capturedAt: timeField('Capture of the first frame', '2026-11-22T17:04:10.240Z'),
      durationSeconds: numberField({
        description: 'Of a clip',
        unit: 's',
        minimum: 0,
        maximum: 60,
        example: 9.8,
      }).optional(),
      codec: wordField('Of a clip: H.264, or MPEG-4 Part 2', ['h264', 'mpeg4'], 'h264').optional(),
      redaction: textField('What was blurred before the file was written', 'person-boxes,vehicle-boxes'),
      expiresAt: timeField('When it is to be deleted', '2026-12-22T17:04:10Z'),
    })
    .meta({ description: 'The file' });

export const mediaCaptured = defineEvent({
  name: 'urban-camera.media.captured',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera took the picture or the clip that the center ordered',
  data: () => ({
    media: z.array(capturedFileField()).length(1).meta({ description: 'The file by reference' }),
    location: pointField('Where the camera stands').optional(),
    locationOf: fixedField('Whose place `location` is', 'camera').optional(),
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
      media: [
        {
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
        },
      ],
      location: { type: 'Point', coordinates: [107.64612, 16.55734] },
      locationOf: 'camera',
    },
  },
});
