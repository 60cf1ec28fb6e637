import { z } from 'zod';
import { host } from '../../core/fields.ts';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { openFilm } from '../scenes/film.ts';
import type { World } from '../world/world.ts';
import { filmOf, loginFields, loginOf, loginTogether, sceneFields } from './video/config.ts';
import { openRtspServer } from './video/rtsp-server.ts';

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
      ...loginFields(),
    })
    .refine(loginTogether, 'username and password go together'),
  start: async (config, { world, clock, log, signal, random }: SimulatorContext<World>) => {
    const film = await openFilm({ ...filmOf(config, log), seed: world.seed, signal });
    const server = await openRtspServer({
      film,
      host: config.host,
      port: config.port,
      path: config.path,
      transports: config.transports,
      ...loginOf(config),
      clock,
      random,
    });
    return {
      address: { url: `rtsp://${config.host}:${server.port}${config.path}` },
      show: server.show,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});
