/** The section `governor`: what the gateway may use of its machine. */
import { z } from 'zod';
import { byteSize, duration } from '../core/fields.ts';
import { hours, seconds } from '../core/time.ts';

const none = () => z.literal('none');

export const governorSection = z
  .strictObject({
    // Three quarters leave the system its own, and act before the kernel ends a process of its choice.
    memory: z
      .union([byteSize(), none()])
      .optional()
      .describe('Resident memory of all its processes, or "none"; three quarters of the machine\'s when absent.'),
    // A busy processor harms nobody: what suffers from it is heat, which has its own budget.
    cpu: z
      .number()
      .min(0.1)
      .max(1024)
      .optional()
      .describe('Processor cores, mean of a minute; any number of them when absent.'),
    temperature: z
      .union([z.number().min(30).max(120), none()])
      .default(85)
      .describe('°C of the hottest zone that the machine tells of, or "none".'),
    // Eight times what the outbox needs to work at all; less on a small disk, which is meant to be used.
    diskFree: z
      .union([byteSize(), none()])
      .optional()
      .describe(
        'What stays free on the disk of the storage folder, or "none"; 512 MB, or a tenth of a smaller one, when absent.',
      ),
    // A third of a common card a day: years, also where the card writes three times what it is given.
    writesPerDay: z
      .union([byteSize(), none()])
      .prefault('20GB')
      .describe('Bytes a day that are written to disks, or "none". A card says how many it bears in its life.'),
    stepAfter: duration({ minimum: seconds(1), maximum: hours(1) })
      .optional()
      .describe('How long a budget is exceeded before the next measure; each has a good value when absent.'),
    calmAfter: duration({ minimum: seconds(1), maximum: hours(24) })
      .optional()
      .describe('How long a budget is clearly kept before the last measure ends; likewise.'),
  })
  .describe('What the gateway may use of its machine; beyond it, it does less, step by step, and says so.');

export type GovernorConfig = z.output<typeof governorSection>;
