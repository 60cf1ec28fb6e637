import { z } from 'zod';
import { outputSet, ptz } from '../../../core/device-commands.ts';
import { type Context, defineDriver } from '../../../core/driver.ts';
import { host, port, secret } from '../../../core/fields.ts';
import { seconds } from '../../../core/time.ts';
import { rtspTransport, videoDecoder } from '../../transports/rtsp.ts';
import { knockTcp } from '../../transports/tcp.ts';
import { eitherTrust, readTrust, trustFields, trustsOneWay } from '../../transports/tls.ts';
import type { OnvifCamera } from './open.ts';

const config = z
  .strictObject({
    host: host().describe('Host name or IP address of the camera.'),
    scheme: z
      .enum(['http', 'https'])
      .default('http')
      .describe('How its ONVIF service is reached; over "https" nothing is sent before its certificate was checked.'),
    port: port().optional().describe('TCP port of its ONVIF service; 80, or 443 with "https", when absent.'),
    ca: trustFields.ca.describe(
      'PEM file with the authorities that sign its certificate: of its ONVIF service over "https", and of its stream where that is "rtsps".',
    ),
    fingerprint: trustFields.fingerprint.describe(
      'SHA-256 fingerprint of that certificate, whoever signed it: no other one is spoken to.',
    ),
    path: z
      .string()
      .regex(/^\/[\w/.~-]{0,200}$/, 'expected a path such as "/onvif/device_service"')
      .default('/onvif/device_service')
      .describe('Path of its device service.'),
    username: z.string().min(1).max(64).optional().describe('An ONVIF user; many cameras keep them apart.'),
    password: secret().optional().describe("The user's password."),
    profile: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Token or name of the profile that is watched. When absent, the smallest stream that suffices is taken.',
      ),
    evidence: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'Token or name of the profile from whose key frames the pictures of events are taken. When absent, the smallest one that is large enough for them, where that is not the one that is watched.',
      ),
    decoder: videoDecoder().describe(
      'What decodes the video: the hardware of the machine where it can, or ffmpeg itself in any case.',
    ),
    transport: rtspTransport().describe('How the video travels; the other way is tried when the camera refuses.'),
    endpoint: z
      .string()
      .regex(
        /^(?:urn:)?uuid:[0-9A-Fa-f-]{36}$/,
        'expected a reference such as "urn:uuid:15b21259-77d9-441f-9913-3ccd8a82e430"',
      )
      .optional()
      .describe('Endpoint reference. With it the camera is found again when its address changed.'),
    mac: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$/, 'expected a hardware address such as "44:19:b6:00:12:ab"')
      .optional()
      .describe('Hardware address, as printed on the camera. Does the same as the endpoint reference.'),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    message: 'username and password go together',
    path: ['password'],
  })
  .refine(trustsOneWay, eitherTrust)
  .transform(({ port, ...others }) => ({ ...others, port: port ?? (others.scheme === 'https' ? 443 : 80) }));

const cameraOf = async (
  { username, password, profile, evidence, endpoint, mac, ca, fingerprint, ...address }: z.output<typeof config>,
  { reveal }: Context,
): Promise<OnvifCamera> => ({
  ...address,
  trust: await readTrust({ ca, fingerprint }),
  ...(profile !== undefined && { profile }),
  ...(evidence !== undefined && { evidence }),
  ...(endpoint !== undefined && { endpoint }),
  ...(mac !== undefined && { mac }),
  ...(username !== undefined && password !== undefined && { credentials: { username, password: reveal(password) } }),
});

export const driver = defineDriver({
  name: 'onvif-camera',
  family: 'cameras',
  summary:
    'Cameras that speak ONVIF (Profile S or T): the stream is found by itself, also after DHCP moved the camera.',
  host: 'vision',
  emits: ['frame', 'camera-signal'],
  config,
  // Answers, discovery and the first key frame together.
  silence: seconds(45),
  commands: () => [ptz.name, outputSet.name],
  knock: knockTcp,
  async *open(config, device, context) {
    // With its XML it is most of what all drivers take to load, and a station without such cameras does without.
    const { openOnvifCamera } = await import('./open.ts');
    yield* openOnvifCamera(await cameraOf(config, context), device, context);
  },
  async *openWithoutFrames(config, device, context) {
    const { openOnvifSignals } = await import('./open.ts');
    yield* openOnvifSignals(await cameraOf(config, context), device, context);
  },
});
