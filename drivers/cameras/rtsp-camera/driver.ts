import { z } from 'zod';
import { defineDriver } from '../../../core/driver.ts';
import { secret } from '../../../core/fields.ts';
import { seconds } from '../../../core/time.ts';
import { withEvidence } from '../../transports/evidence.ts';
import { framesOf } from '../../transports/frames.ts';
import {
  isRtsps,
  openRtsp,
  type RtspSource,
  rtspEndpoint,
  rtspTransport,
  smallFrames,
  videoDecoder,
} from '../../transports/rtsp.ts';
import { knockTcp } from '../../transports/tcp.ts';
import { eitherTrust, readTrust, trustFields, trustsNobody, trustsOneWay } from '../../transports/tls.ts';

const url = () =>
  z
    .url({ protocol: /^rtsps?$/, error: 'expected an address such as "rtsp://192.168.1.64:554/stream2"' })
    .refine(
      text => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
      'credentials do not belong into the address: use username and password',
    );

export const driver = defineDriver({
  name: 'rtsp-camera',
  family: 'cameras',
  summary: 'Any camera, encoder or recorder with an RTSP address, also over TLS; H.264, H.265 or MJPEG.',
  host: 'vision',
  emits: ['frame'],
  config: z
    .strictObject({
      url: url().describe("Address of the stream, the smaller one if the camera has two ('sub stream')."),
      evidence: url()
        .optional()
        .describe(
          "Address of the larger stream ('main stream'), from whose key frames the pictures of events are taken; user, password and certificate are the same. When absent, they are taken from the stream above.",
        ),
      username: z.string().min(1).max(64).optional().describe('User who may see live video.'),
      password: secret().optional().describe("The user's password."),
      ...trustFields,
      decoder: videoDecoder().describe(
        'What decodes the video: the hardware of the machine where it can, or ffmpeg itself in any case.',
      ),
      transport: rtspTransport().describe('How the video travels; the other way is tried when the camera refuses.'),
    })
    .refine(({ username, password }) => (username === undefined) === (password === undefined), {
      message: 'username and password go together',
      path: ['password'],
    })
    .refine(config => isRtsps(new URL(config.url)) || trustsNobody(config), {
      message: 'a certificate is checked over "rtsps://" only',
      path: ['url'],
    })
    .refine(({ url: watched, evidence = watched }) => isRtsps(new URL(watched)) === isRtsps(new URL(evidence)), {
      message: 'both streams are read in one way: write "rtsp://" or "rtsps://" in both addresses',
      path: ['evidence'],
    })
    .refine(trustsOneWay, eitherTrust),
  // The stream itself times out after 10 s; a camera may take a while to send its first key frame.
  silence: seconds(30),
  knock: ({ url: address }, signal) => knockTcp(rtspEndpoint(new URL(address)), signal),
  async *open({ url: address, evidence, username, password, transport, decoder, ca, fingerprint }, device, context) {
    const request = context.frames ?? smallFrames;
    const source: RtspSource = {
      url: address,
      transport,
      decoder,
      trust: await readTrust({ ca, fingerprint }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: context.reveal(password) }),
    };
    const frames = framesOf(openRtsp(source, request, context), device, context.clock);
    if (evidence === undefined || request.evidence === undefined) yield* frames;
    else yield* withEvidence(frames, () => ({ ...source, url: evidence }), request, device, context);
  },
});
