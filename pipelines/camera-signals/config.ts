import { z } from 'zod';
import { cameraSignalNames } from '../../core/camera-signals.ts';
import { duration } from '../../core/fields.ts';
import { hours, seconds } from '../../core/time.ts';

export const cameraSignalsConfig = z.strictObject({
  signals: z
    .array(z.enum(cameraSignalNames))
    .min(1)
    .max(cameraSignalNames.length)
    .default([...cameraSignalNames])
    .describe(
      'What is told of all that cameras say by themselves or their pictures show of them; everything when absent.',
    ),
  settle: duration({ minimum: seconds(0), maximum: hours(1) })
    .prefault('10s')
    .describe('What ends and begins again within this time goes on.'),
});

export type CameraSignalsConfig = z.output<typeof cameraSignalsConfig>;
