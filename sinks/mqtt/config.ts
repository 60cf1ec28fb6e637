import { z } from 'zod';
import { identifier, secret } from '../../core/fields.ts';

const brokerPattern = /^mqtts?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/;

/** One entry of `uplinks` with `sink: mqtt`. */
export const uplinkSchema = z
  .strictObject({
    name: identifier().describe('Name of this uplink; its delivery cursor is kept under it, so keep it.'),
    sink: z.literal('mqtt').describe('Kind of the sink.'),
    url: z
      .string()
      .regex(brokerPattern, 'expected "mqtt://host:1883" or "mqtts://host:8883", without user and password')
      .describe('Address of the centre\'s broker; "mqtts://" for TLS.'),
    protocol: z
      .literal([5, '3.1.1'])
      .default(5)
      .describe('MQTT version: 5 or "3.1.1". Only 5 tells the gateway when nobody at the centre receives a topic.'),
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
  })
  .superRefine((config, context) => {
    const refuse = (field: keyof typeof config, message: string): void => {
      if (config[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message });
    };
    if (config.url.startsWith('mqtt:')) {
      for (const field of ['ca', 'certificate', 'key'] as const) refuse(field, 'only used with an "mqtts://" address');
    }
    if (config.username === undefined) refuse('password', 'a password needs a "username" beside it');
    if (config.key === undefined) refuse('certificate', 'a certificate needs its "key" beside it');
    if (config.certificate === undefined) refuse('key', 'a key needs its "certificate" beside it');
  });

export type UplinkConfig = z.output<typeof uplinkSchema>;
