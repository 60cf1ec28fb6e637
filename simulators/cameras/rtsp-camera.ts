import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { host } from '../../core/fields.ts';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { createAuthority } from '../ioc/certificate.ts';
import { openFilm } from '../scenes/film.ts';
import type { World } from '../world/world.ts';
import { filmOf, loginFields, loginOf, loginTogether, sceneFields } from './video/config.ts';
import { openRtspServer, type RtspQuirk, rtspQuirks } from './video/rtsp-server.ts';

const quirkNames = Object.keys(rtspQuirks) as readonly RtspQuirk[];
const quirkList = quirkNames.map(name => `${name}: ${rtspQuirks[name]}`).join(' ');

/** A camera of which nothing is known but its RTSP address. */
export const simulator = defineSimulator({
  name: 'rtsp-camera',
  summary: 'A camera that streams a view of the world over RTSP, as H.264, H.265 or motion JPEG.',
  config: z
    .strictObject({
      ...sceneFields(),
      host: host().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(0).describe('Of its RTSP server; 0 takes a free one.'),
      path: z
        .string()
        .regex(/^\/[\w/.-]{1,100}$/)
        .default('/live')
        .describe('Path of the stream.'),
      transports: z.enum(['both', 'tcp', 'udp']).default('both').describe('How it agrees to send the video.'),
      scheme: z
        .enum(['rtsp', 'rtsps'])
        .default('rtsp')
        .describe('"rtsps" with a certificate of its own making, as cameras have at delivery.'),
      quirks: z.array(z.enum(quirkNames)).default([]).describe(`What it does otherwise. ${quirkList}`),
      ...loginFields(),
    })
    .refine(loginTogether, 'username and password go together'),
  start: async (config, { world, clock, log, signal, random }: SimulatorContext<World>) => {
    const film = await openFilm({ ...filmOf(config, log), seed: world.seed, signal });
    const tls = config.scheme === 'rtsps' ? createAuthority(clock.now()).issueServer('camera') : undefined;
    const server = await openRtspServer({
      film,
      host: config.host,
      port: config.port,
      path: config.path,
      transports: config.transports,
      quirks: config.quirks,
      ...(tls !== undefined && { tls }),
      ...loginOf(config),
      clock,
      random,
    });
    return {
      address: {
        url: `${config.scheme}://${config.host}:${server.port}${config.path}`,
        ...(tls !== undefined && { fingerprint: new X509Certificate(tls.certificate).fingerprint256 }),
      },
      show: server.show,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});
