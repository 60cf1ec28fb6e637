import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { host } from '../../core/fields.ts';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { createAuthority } from '../ioc/certificate.ts';
import { type Film, openFilm } from '../scenes/film.ts';
import { createRenderer } from '../scenes/render.ts';
import { hash } from '../world/random.ts';
import { createView } from '../world/view.ts';
import type { World } from '../world/world.ts';
import { filmOf, loginFields, loginOf, loginTogether, sceneFields } from './video/config.ts';
import { answerProbes, discoveredTypes } from './video/discovery.ts';
import { devicePath, type OnvifIdentity } from './video/onvif-answers.ts';
import { createEvents } from './video/onvif-events.ts';
import { createHead } from './video/onvif-head.ts';
import { createRelays, relayConfig } from './video/onvif-relays.ts';
import { openOnvifServer } from './video/onvif-server.ts';
import { mainProfile, subProfile } from './video/onvif-xml.ts';
import { openRtspServer } from './video/rtsp-server.ts';

/** Two cameras of one world with different `identity` are different devices; the same one may move to another address. */
const identityOf = (seed: number, identity: string): OnvifIdentity => {
  const word = (name: string): string => hash(seed, identity, name).toString(16).padStart(8, '0');
  const [a, b, c] = [word('a'), word('b'), word('c')];
  // Locally administered.
  const mac = ['02', a.slice(0, 2), a.slice(2, 4), b.slice(0, 2), b.slice(2, 4), c.slice(0, 2)];
  return {
    // It ends with the hardware address, as most makers do it.
    endpointReference: `urn:uuid:${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${mac.join('')}`,
    mac: mac.join(':'),
    model: 'HD-SIM-1',
    serialNumber: a.toUpperCase(),
  };
};

/** A camera found and described by ONVIF (Profile S) that streams over RTSP. */
export const simulator = defineSimulator({
  name: 'onvif-camera',
  summary:
    'An ONVIF camera (Profile S) that shows a view of the world: device, media, PTZ and event service, relays, snapshots and RTSP.',
  config: z
    .strictObject({
      ...sceneFields(),
      host: host().default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(0).describe('Of its web server; 0 takes a free one.'),
      stream: z
        .enum(['rtsp', 'rtsps'])
        .default('rtsp')
        .describe(
          '"rtsps" is RTSP over TLS, with a certificate of its own making, that of its web server where this has one.',
        ),
      sub: z
        .int()
        .min(64)
        .max(1280)
        .multipleOf(16)
        .optional()
        .describe('Width of a second, smaller stream in a profile of its own; only the one when absent.'),
      rtspPort: z.int().min(0).max(65535).default(0).describe('Of its RTSP server; 0 takes a free one.'),
      transports: z.enum(['both', 'tcp', 'udp']).default('both').describe('How it agrees to send the video.'),
      ...loginFields(),
      scheme: z
        .enum(['http', 'https'])
        .default('http')
        .describe('"https" with a certificate of its own making, as cameras have at delivery.'),
      authentication: z.enum(['digest', 'token', 'both']).default('both').describe('HTTP Digest, WS-UsernameToken.'),
      clockOffsetSeconds: z.int().default(0).describe('How far its clock is ahead.'),
      identity: z.string().min(1).max(64).optional().describe('Keeps its serial number, MAC and endpoint reference.'),
      head: z
        .enum(['none', 'turns', 'never-stops'])
        .default('turns')
        .describe('Whether it can be turned; "never-stops" ignores the time-out of a movement, as some cameras do.'),
      events: z.enum(['off', 'on']).default('on').describe('Whether it tells what it finds out by itself.'),
      relays: z
        .array(relayConfig)
        .max(16)
        .prefault([{ token: 'siren' }])
        .describe('Its relay outputs.'),
      media: z
        .enum(['both', 'media', 'media2'])
        .default('both')
        .describe('Its media services: of Profile S, of Profile T, or both.'),
      discovery: z
        .enum(['off', 'on', 'as-device'])
        .default('off')
        .describe(
          'Whether it answers WS-Discovery on UDP 3702; "as-device" to those who ask for devices, not for transmitters of video.',
        ),
    })
    .refine(loginTogether, 'username and password go together'),
  start: async (config, { world, clock, log, signal, random }: SimulatorContext<World>) => {
    const openFilmOf = (width: number): Promise<Film> =>
      openFilm({ ...filmOf({ ...config, width }, log), seed: world.seed, signal });
    const film = await openFilmOf(config.width);
    const identity = identityOf(world.seed, config.identity ?? config.scene);
    const hasCertificate = config.scheme === 'https' || config.stream === 'rtsps';
    const tls = hasCertificate ? createAuthority(clock.now()).issueServer(identity.model) : undefined;
    let picture: ReturnType<typeof createRenderer> | undefined;
    await using started = new AsyncDisposableStack();
    const serve = async (token: string, shown: Film, port: number, path: string) => {
      const server = started.use(
        await openRtspServer({
          film: shown,
          host: config.host,
          port,
          ...(tls !== undefined && config.stream === 'rtsps' && { tls }),
          path,
          transports: config.transports,
          ...loginOf(config),
          clock,
          random,
        }),
      );
      const { width, height, fps } = shown;
      return { server, stream: { ...{ token, width, height, fps }, scheme: config.stream, port: server.port, path } };
    };
    const main = await serve(mainProfile, film, config.rtspPort, '/live');
    const sub = config.sub === undefined ? [] : [await serve(subProfile, await openFilmOf(config.sub), 0, '/sub')];
    const web = started.use(
      await openOnvifServer({
        ...(tls !== undefined && config.scheme === 'https' && { tls }),
        ...loginOf(config),
        host: config.host,
        port: config.port,
        authentication: config.authentication,
        clockOffset: config.clockOffsetSeconds * 1000,
        clock,
        identity,
        media: config.media,
        streams: [main.stream, ...sub.map(({ stream }) => stream)],
        actuators: {
          head: config.head === 'none' ? undefined : createHead(config.head),
          relays: createRelays(config.relays),
        },
        events: config.events === 'on' ? createEvents(clock) : undefined,
        snapshot: async () => {
          const { default: sharp } = await import('sharp');
          picture ??= createRenderer(createView(world.seed, config.scene), film.width, film.height);
          const raw = { width: film.width, height: film.height, channels: 3 } as const;
          return sharp(picture.render(clock.now()), { raw }).jpeg({ quality: 85 }).toBuffer();
        },
      }),
    );
    let hidden = false;
    if (config.discovery !== 'off') {
      const types = discoveredTypes[config.discovery];
      const serviceUrl = `${config.scheme}://${config.host}:${web.port}${devicePath}`;
      started.use(await answerProbes({ identity, serviceUrl, types, isHidden: () => hidden }));
    }
    const running = started.move();
    return {
      address: {
        host: config.host,
        port: web.port,
        ...(tls !== undefined && {
          scheme: config.scheme,
          fingerprint: new X509Certificate(tls.certificate).fingerprint256,
        }),
      },
      show: fault => {
        hidden = fault === 'away' || fault === 'hang';
        for (const { server } of [main, ...sub]) server.show(fault);
        web.show(fault);
      },
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  },
});
