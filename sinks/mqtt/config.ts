import { z } from 'zod';
import { byteSize, duration, identifier, secret } from '../../core/fields.ts';
import { formatDuration, hours, seconds } from '../../core/time.ts';
import { brokerUrls, usualFailover } from './addresses.ts';

const brokerUrl = () =>
  z
    .string()
    .regex(
      /^mqtts?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/,
      'expected "mqtt://host:1883" or "mqtts://host:8883", without user and password',
    );

const failoverSchema = z
  .strictObject({
    after: duration({ minimum: seconds(1), maximum: hours(24) })
      .prefault(formatDuration(usualFailover.after))
      .describe('How long an address fails before the next one is tried.'),
    back: duration({ minimum: seconds(1), maximum: hours(24) })
      .prefault(formatDuration(usualFailover.back))
      .describe('How long another address is used before the first one is asked again; longer after each failure.'),
  })
  .describe('When the uplink changes between its addresses.');

const budgetSchema = z
  .strictObject({
    perSecond: byteSize().optional().describe('Bytes a second, as "64KB"; alerts may borrow those of the next second.'),
    daily: byteSize()
      .optional()
      .describe('Bytes a day, both ways and with what the network adds, as a SIM card is paid for: "50MB".'),
    reserve: byteSize()
      .optional()
      .describe('Bytes of alerts a day beyond "daily", when it is used up; a tenth of it when absent.'),
  })
  .superRefine((budget, context) => {
    if (budget.daily === undefined && budget.reserve !== undefined) {
      context.addIssue({ code: 'custom', path: ['reserve'], message: 'a reserve needs a "daily" budget beside it' });
    }
    for (const field of ['perSecond', 'daily'] as const) {
      if (budget[field] === 0) context.addIssue({ code: 'custom', path: [field], message: 'nothing could be sent' });
    }
  })
  .describe('What the uplink may send; without it, all that the link takes.');

/** One entry of `uplinks` with `sink: mqtt`. */
export const uplinkSchema = z
  .strictObject({
    name: identifier().describe('Name of this uplink; its delivery cursor is kept under it, so keep it.'),
    sink: z.literal('mqtt').describe('Kind of the sink.'),
    url: brokerUrl().optional().describe('Address of the center\'s broker; "mqtts://" for TLS.'),
    urls: z
      .array(brokerUrl())
      .min(1)
      .max(4)
      .optional()
      .describe('Instead of "url", the first address to use and those that stand in for it, in their order.'),
    failover: failoverSchema.optional(),
    protocol: z
      .literal([5, '3.1.1', 'auto'])
      .default('auto')
      .describe(
        'MQTT version: 5, "3.1.1", or "auto" for 5 where the broker speaks it. Only 5 tells the gateway when nobody at the center receives a topic.',
      ),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" or "_"')
      .optional()
      .describe('Name at the broker, unique there; "haidang-<city>-<gateway>" when absent.'),
    username: z.string().min(1).max(256).optional().describe('User at the broker.'),
    password: secret().optional().describe('Password of that user.'),
    ca: z.string().optional().describe("PEM file with the authorities that sign the broker's certificate."),
    certificate: z.string().optional().describe('PEM file with the client certificate that the broker asks for.'),
    key: z.string().optional().describe('PEM file with the private key of the client certificate.'),
    budget: budgetSchema.optional(),
  })
  .superRefine((config, context) => {
    const refuse = (field: keyof typeof config, message: string): void => {
      if (config[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message });
    };
    const complain = (field: keyof typeof config, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    const [primary, ...others] = brokerUrls(config);
    if (primary === undefined) complain('url', 'an uplink needs the address of a broker');
    else {
      if (config.urls !== undefined) refuse('url', 'not beside "urls": it is the first of them');
      const isPlain = primary.startsWith('mqtt:');
      if (others.some(other => other.startsWith('mqtt:') !== isPlain)) {
        complain('urls', 'all of them with TLS ("mqtts://") or none');
      }
      if (isPlain) {
        for (const field of ['ca', 'certificate', 'key'] as const)
          refuse(field, 'only used with an "mqtts://" address');
      }
      if (others.length === 0) refuse('failover', 'there is only one address');
    }
    if (config.username === undefined) refuse('password', 'a password needs a "username" beside it');
    if (config.key === undefined) refuse('certificate', 'a certificate needs its "key" beside it');
    if (config.certificate === undefined) refuse('key', 'a key needs its "certificate" beside it');
  });

export type UplinkConfig = z.output<typeof uplinkSchema>;
