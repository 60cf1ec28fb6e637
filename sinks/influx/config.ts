import { z } from 'zod';
import { identifier, secret } from '../../core/fields.ts';
import { lanes } from '../../core/sealed.ts';
import { services } from '../../core/service.ts';

const name = (what: string) =>
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[^\p{Cc}]+$/u, 'expected a name without line breaks')
    .describe(what);

const takeSchema = z
  .strictObject({
    services: z
      .array(z.enum(services))
      .min(1)
      .default(['environment'])
      .describe('Services whose events are written. Each vessel is a series of its own: think of their number first.'),
    classes: z
      .array(z.enum(lanes))
      .min(1)
      .default(['obs'])
      .describe('"obs" for what is measured; "event" and "alert" have few figures.'),
  })
  .describe('What is written; the rest of the events is none of its business.');

/** Which fields belong to which version of InfluxDB. */
const fieldsOf = {
  1: ['database', 'retentionPolicy', 'username', 'password'],
  2: ['organization', 'bucket', 'token'],
} as const;

/** One entry of `uplinks` with `sink: influx`. */
export const influxSchema = z
  .strictObject({
    name: identifier().describe('Name of this uplink; its delivery cursor is kept under it, so keep it.'),
    sink: z.literal('influx').describe('A time-series database: InfluxDB, or one that speaks as it does.'),
    url: z
      .string()
      .regex(
        /^https?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/,
        'expected "http://host:8086" or "https://host:8086", without user and password',
      )
      .describe('Address of the database; "https://" for TLS.'),
    version: z
      .literal([1, 2])
      .describe(
        'Of InfluxDB: 1 for "/write" with a database, 2 for "/api/v2/write" with a bucket (VictoriaMetrics: 2).',
      ),
    database: name('Version 1: the database, which must be there.').optional(),
    retentionPolicy: name('Version 1: retention policy of that database; its default one when absent.').optional(),
    username: name('Version 1: a user who may write.').optional(),
    password: secret().optional().describe('Password of that user.'),
    organization: name('Version 2: the organization of the bucket.').optional(),
    bucket: name('Version 2: the bucket, which must be there.').optional(),
    token: secret().optional().describe('Version 2: a token that may write into the bucket.'),
    ca: z.string().min(1).max(1024).optional().describe('PEM file with the authorities that sign its certificate.'),
    take: takeSchema.prefault({}),
  })
  .superRefine((config, context) => {
    const complain = (field: keyof typeof config, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    const [own, other] = config.version === 1 ? ([1, 2] as const) : ([2, 1] as const);
    for (const field of fieldsOf[other]) {
      if (config[field] !== undefined) complain(field, `is of version ${other}, and "version" is ${own}`);
    }
    const [needed] = own === 1 ? [['database'] as const] : [['organization', 'bucket'] as const];
    for (const field of needed) {
      if (config[field] === undefined) complain(field, `version ${own} needs it`);
    }
    if (config.username === undefined && config.password !== undefined) {
      complain('password', 'a password needs a "username" beside it');
    }
    if (config.ca !== undefined && config.url.startsWith('http:')) {
      complain('ca', 'only used with an "https://" address');
    }
  });

export type InfluxConfig = z.output<typeof influxSchema>;
