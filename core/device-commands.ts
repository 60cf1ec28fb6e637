/** Commands that a connected driver serves. Each names its device; what a driver does not offer is answered `unsupported`. */
import { z } from 'zod';
import { defineRemoteCommand } from './command.ts';
import { deviceField } from './command-fields.ts';
import { minutes, seconds } from './time.ts';

const capturedFields = {
  key: z
    .string()
    .regex(/^[A-Za-z0-9._/-]{1,255}$/)
    .meta({
      description: 'Where the file goes below the media URL; media.stored or media.lost tells when',
      examples: ['hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg'],
    }),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .meta({
      description: 'SHA-256 of the file, by which urban-camera.media.captured and media.stored name it',
      examples: ['9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0'],
    }),
  bytes: z
    .int()
    .min(1)
    .max(20_000_000)
    .meta({ description: 'Size', unit: 'By', examples: [48_211] }),
  width: z
    .int()
    .min(1)
    .max(16_384)
    .meta({ description: 'Width', unit: '{pixel}', examples: [1280] }),
  height: z
    .int()
    .min(1)
    .max(16_384)
    .meta({ description: 'Height', unit: '{pixel}', examples: [720] }),
  capturedAt: z.iso
    .datetime()
    .meta({ description: 'Capture of the first frame, UTC', examples: ['2026-11-22T17:04:10.240Z'] }),
  redaction: z
    .string()
    .min(1)
    .max(256)
    .meta({ description: 'What was blurred before the file was written', examples: ['person-boxes,vehicle-boxes'] }),
};

const captured = {
  key: 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg',
  sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0',
  bytes: 48_211,
  width: 1280,
  height: 720,
  capturedAt: '2026-11-22T17:04:10.240Z',
  redaction: 'person-boxes,vehicle-boxes',
};

const clipFile = { key: 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.mp4', bytes: 1_204_332 };

export const snapshot = defineRemoteCommand({
  name: 'snapshot',
  summary: 'Take a picture now, persons and vehicles blurred, and send it to the media store.',
  served: 'device',
  input: z.strictObject({ device: deviceField() }),
  output: z.strictObject({
    mediaType: z.literal('image/jpeg').meta({ description: 'IANA media type', examples: ['image/jpeg'] }),
    ...capturedFields,
  }),
  timeLimit: seconds(30),
  example: { input: { device: 'cam-3' }, output: { mediaType: 'image/jpeg', ...captured } },
});

export const clip = defineRemoteCommand({
  name: 'clip',
  summary: 'Record some seconds from now, persons and vehicles blurred, and send them to the media store.',
  served: 'device',
  input: z.strictObject({
    device: deviceField(),
    seconds: z
      .int()
      .min(1)
      .max(60)
      .default(10)
      .meta({ description: 'How long it records', unit: 's', examples: [10] }),
  }),
  output: z.strictObject({
    mediaType: z.literal('video/mp4').meta({ description: 'IANA media type', examples: ['video/mp4'] }),
    durationSeconds: z
      .number()
      .min(0)
      .max(60)
      .meta({ description: 'How long the clip is', unit: 's', examples: [9.8] }),
    codec: z.enum(['h264', 'mpeg4']).meta({
      description: 'H.264, or MPEG-4 Part 2 where the ffmpeg of the gateway cannot encode H.264',
      examples: ['h264'],
    }),
    ...capturedFields,
  }),
  timeLimit: minutes(2),
  example: {
    input: { device: 'cam-3', seconds: 10 },
    output: { mediaType: 'video/mp4', durationSeconds: 9.8, codec: 'h264', ...captured, ...clipFile },
  },
});

const axis = (description: string) =>
  z
    .number()
    .min(-1)
    .max(1)
    .meta({ description, unit: '1', examples: [0.25] });

/** In the generic spaces of the ONVIF PTZ service, 5.2.2: −1…1, and 0…1 for an absolute zoom. */
const directions = (what: string) => ({
  pan: axis(`${what}, to the right positive`).optional(),
  tilt: axis(`${what}, upwards positive`).optional(),
  zoom: axis(`${what}, towards the object positive`).optional(),
});

const moveField = () =>
  z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('preset').meta({ description: 'To a place that the camera remembers', examples: ['preset'] }),
        preset: z
          .string()
          .min(1)
          .max(64)
          .meta({ description: 'Its name or token on the camera', examples: ['quay'] }),
      }),
      z.strictObject({
        kind: z.literal('home').meta({ description: 'To its place of rest', examples: ['home'] }),
      }),
      z.strictObject({
        kind: z.literal('absolute').meta({ description: 'To this place', examples: ['absolute'] }),
        ...directions('Where to'),
      }),
      z.strictObject({
        kind: z.literal('relative').meta({ description: 'By so much', examples: ['relative'] }),
        ...directions('How far'),
      }),
      z.strictObject({
        kind: z.literal('continuous').meta({ description: 'On and on, then it stops', examples: ['continuous'] }),
        ...directions('How fast'),
        seconds: z
          .number()
          .min(0.1)
          .max(10)
          .default(1)
          .meta({ description: 'How long it moves unless another order comes', unit: 's', examples: [1] }),
      }),
      z.strictObject({ kind: z.literal('stop').meta({ description: 'Stand still', examples: ['stop'] }) }),
    ])
    .meta({ description: 'How it moves' });

export const ptz = defineRemoteCommand({
  name: 'ptz',
  summary: 'Turn, tilt or zoom a camera.',
  served: 'device',
  input: z.strictObject({ device: deviceField(), move: moveField() }),
  output: z.strictObject({
    state: z
      .enum(['idle', 'moving', 'unknown'])
      .meta({ description: 'What the camera says of itself afterwards', examples: ['moving'] }),
    ...directions('Where it stands, where the camera tells it'),
  }),
  timeLimit: seconds(45),
  example: {
    input: { device: 'cam-3', move: { kind: 'preset', preset: 'quay' } },
    output: { state: 'moving', pan: 0.25, tilt: -0.1, zoom: 0 },
  },
});

const outputField = () =>
  z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,64}$/)
    .meta({ description: 'Name of the output at the device', examples: ['siren'] });

const switchField = (description: string) => z.enum(['on', 'off']).meta({ description, examples: ['on'] });

export const outputSet = defineRemoteCommand({
  name: 'output.set',
  summary: 'Switch an output of a device: a siren, a sign, a relay.',
  served: 'device',
  input: z.strictObject({
    device: deviceField(),
    output: outputField(),
    state: switchField('What it is to be'),
    seconds: z
      .int()
      .min(1)
      .max(3600)
      .optional()
      .meta({ description: 'After this time it returns to the other state by itself', unit: 's', examples: [30] }),
  }),
  output: z.strictObject({
    output: outputField(),
    state: switchField('What it is now'),
    returnsAfterSeconds: z
      .number()
      .min(0)
      .max(86_400)
      .optional()
      .meta({ description: 'After this time it is in the other state again', unit: 's', examples: [30] }),
  }),
  timeLimit: seconds(20),
  example: {
    input: { device: 'cam-3', output: 'siren', state: 'on', seconds: 30 },
    output: { output: 'siren', state: 'on', returnsAfterSeconds: 30 },
  },
});

const thresholdField = (description: string, minimum: number, maximum: number) =>
  z
    .number()
    .min(minimum)
    .max(maximum)
    .meta({ description, unit: '1', examples: [0.45] });

export const pipelineSetThreshold = defineRemoteCommand({
  name: 'pipeline.set-threshold',
  summary: "Set the lowest confidence that a camera's detections are reported with; it outlives a restart.",
  served: 'device',
  input: z.strictObject({
    device: deviceField(),
    label: z
      .string()
      .regex(/^[\x20-\x7e]{1,64}$/)
      .optional()
      .meta({ description: 'Class of objects, a label of the model; absent for all of them', examples: ['person'] }),
    threshold: thresholdField(
      'Absent: the one in the configuration or the manifest of the model, and no other for any class if none is named',
      0.05,
      0.95,
    ).optional(),
  }),
  output: z.strictObject({
    threshold: thresholdField('Of all labels that have no other', 0, 1),
    thresholds: z
      .record(z.string().max(64), thresholdField('Of this label', 0, 1))
      .meta({ description: 'Labels that have another one', examples: [{ person: 0.45 }] }),
  }),
  timeLimit: seconds(20),
  example: {
    input: { device: 'cam-3', label: 'person', threshold: 0.45 },
    output: { threshold: 0.3, thresholds: { person: 0.45 } },
  },
});
