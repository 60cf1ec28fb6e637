/** What a camera's configuration says of detection: the device key `detect`. */
import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes, seconds } from '../../core/time.ts';
import { healthSignals } from './health.ts';

/** Pixels of the large picture, where the configuration does not say. */
export const usualWidth = 1280;

const snapshotSchema = z.strictObject({
  width: z.int().min(160).max(3840).default(usualWidth).describe('Pixels; a narrower picture is never enlarged.'),
  every: duration({ minimum: seconds(1), maximum: minutes(60) })
    .default(seconds(10))
    .describe('While something is seen, a picture is kept this often; at once for an object that is new.'),
});

const sensitivity = () => z.number().min(0).max(4);

const motionSchema = z.strictObject({
  sensitivity: sensitivity()
    .default(1)
    .describe('At 2 half the usual difference of brightness is motion, at 0 nothing is.'),
  zones: z
    .array(
      z.strictObject({
        polygon: z
          .array(z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]))
          .min(3)
          .max(32)
          .describe('Corners as fractions of the picture, from the top left.'),
        sensitivity: sensitivity().describe('Of this part of the picture: 0 for a tree or a flag that never rests.'),
      }),
    )
    .max(16)
    .default([])
    .describe('Parts of the picture with a sensitivity of their own; where they overlap, the last one holds.'),
});

const healthSchema = z.strictObject({
  settle: duration({ minimum: seconds(1), maximum: hours(1) })
    .prefault('30s')
    .describe('What begins has lasted, and what ends has been over, for this long.'),
  frozen: duration({ minimum: seconds(2), maximum: hours(24) })
    .prefault('2m')
    .describe('A picture that has not changed at all for this long is frozen.'),
  except: z
    .array(z.enum(healthSignals))
    .max(healthSignals.length)
    .default([])
    .describe(
      'What is never said: "moved" of a camera that others than this gateway turn, "black" where lamps go out.',
    ),
});

const clipSchema = z.strictObject({
  before: duration({ maximum: seconds(30) })
    .default(seconds(5))
    .describe('From so long before an object was followed.'),
  after: duration({ minimum: seconds(1), maximum: seconds(30) })
    .default(seconds(5))
    .describe('Until so long after that.'),
  every: duration({ minimum: seconds(1), maximum: minutes(60) })
    .default(minutes(1))
    .describe('The next one begins no earlier than this after the last one did.'),
  classes: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(100)
    .optional()
    .describe('Labels of the model whose objects are recorded; all when absent.'),
});
export type ClipConfig = z.output<typeof clipSchema>;

const modelName = () =>
  z.string().regex(/^[\w./-]{1,200}$/, 'expected the name of a model of the project, or the path of a folder');

export const detectSchema = z
  .strictObject({
    model: modelName().describe('A model of the project, or the path of a folder with manifest.json and its weights.'),
    smaller: modelName()
      .optional()
      .describe(
        'A smaller model with the same labels, which looks instead while the machine is too hot or too busy. When absent, the model stays the same.',
      ),
    fps: z.number().min(0.1).max(15).default(3).describe('Pictures a second that are looked at, at most.'),
    threshold: z
      .number()
      .min(0.05)
      .max(0.99)
      .optional()
      .describe('Lowest score that is reported. When absent, the one in the manifest of the model.'),
    look: duration({ minimum: seconds(1), maximum: minutes(10) })
      .default(seconds(10))
      .describe('While nothing moves in the picture, it is still looked at this often.'),
    gate: z
      .enum(['own', 'events', 'both'])
      .default('own')
      .describe(
        'Which pictures are looked at beside that: in which something moves (own), while the camera itself says so by its ONVIF events, or in either case.',
      ),
    motion: motionSchema.prefault({}).describe('What counts as motion in the pictures.'),
    regions: z
      .enum(['off', 'on'])
      .default('off')
      .describe(
        'Whether up to two parts of the picture, where something small moves or is followed, are also looked at in more detail. Each costs as much as the whole picture.',
      ),
    health: healthSchema
      .prefault({})
      .describe('Whether the camera sees as it should: told by the stage camera-signals.'),
    snapshot: snapshotSchema
      .optional()
      .describe('Pictures in which persons and vehicles are blurred. When absent, no picture leaves the camera.'),
    authorised: z
      .array(z.string().min(1).max(32))
      .max(8)
      .default([])
      .refine(labels => new Set(labels).size === labels.length, 'a class stands here twice')
      .describe(
        'Classes whose objects are not blurred in the pictures of events about objects of that class. Needs a legal ground.',
      ),
    clip: clipSchema
      .optional()
      .describe(
        'A clip of each object that begins to be followed, blurred as pictures are. When absent, there is none.',
      ),
  })
  .refine(({ clip, snapshot }) => clip === undefined || snapshot !== undefined, {
    message: 'needs "snapshot", whose size its pictures have',
    path: ['clip'],
  });

export type DetectConfig = z.output<typeof detectSchema>;
