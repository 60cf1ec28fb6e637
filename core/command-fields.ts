/** Fields that several commands share; each says its meaning and an example, which go into the published schema. */
import { z } from 'zod';

export const deviceField = (description = 'Configured device') =>
  z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ description, examples: ['cam-3'] });

export const devicesField = (description: string) =>
  z
    .array(deviceField())
    .min(1)
    .max(500)
    .meta({ description, examples: [['cam-3', 'aq-kimlong']] });

export const instantField = (description: string) =>
  z.iso.datetime().meta({ description: `${description}, RFC 3339 in UTC`, examples: ['2026-11-23T05:00:00Z'] });
