import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import type { Picture } from '../../../core/observation.ts';
import { systemClock } from '../../../core/time.ts';
import type { Decoder } from '../../../drivers/transports/decoders.ts';
import { explainRtsp, openRtsp, type RtspSource, rtspInput, smallFrames } from '../../../drivers/transports/rtsp.ts';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { freePort, missingPrograms } from '../../support/resources.ts';
import { createContext, recordedLog } from '../support/context.ts';

const password = `p@ss: w'ör/d%`;

describe('what ffmpeg is given', () => {
  const source = {
    url: 'rtsp://10.0.0.1:554/a b?c=1',
    username: "o'x",
    password,
    transport: 'tcp',
    decoder: 'software',
  } as const;

  it('holds no credentials in its arguments', () => {
    const { args, stdin = '' } = rtspInput(source);
    expect(args.join(' ')).not.toMatch(/o'x|p@ss|10\.0\.0\.1/);
    const [, address = ''] = /^file '([^']*)'$/m.exec(stdin) ?? [];
    const url = new URL(address);
    expect(decodeURIComponent(url.password)).toBe(password);
    expect(decodeURIComponent(url.username)).toBe("o'x");
    expect(url.host + url.pathname + url.search).toBe('10.0.0.1:554/a%20b?c=1');
  });

  it('is one line for the address, whatever stands in the password', () => {
    const { stdin = '' } = rtspInput({ ...source, password: "'\nfile /etc/passwd\n'" });
    expect(stdin.split('\n').filter(line => line.startsWith('file '))).toHaveLength(1);
  });
});

describe('what ffmpeg complains of', () => {
  it.each([
    ['method DESCRIBE failed: 401 Unauthorized', 'denied'],
    ['method DESCRIBE failed: 403 Forbidden', 'denied'],
    ['method DESCRIBE failed: 404 Not Found', 'unreachable'],
    ['Connection to tcp://10.0.0.1:554?timeout=0 failed: Connection refused', 'unreachable'],
    ['pipe:0: Connection timed out', 'unreachable'],
    ['Failed to resolve hostname cam: Name or service not known', 'unreachable'],
    ['method SETUP failed: 461 Unsupported Transport', 'unsupported'],
    ["Stream specifier ':v:0' in filtergraph description matches no streams.", 'unsupported'],
    ["Impossible to open 'rtsp://u:secret@10.0.0.1/x'\npipe:0: Invalid data found", 'unreachable'],
    ['Error while decoding stream #0:0: rtsp://u:secret@10.0.0.1/x', 'protocol'],
  ])('in %s becomes %s without quoting it', (complaint, kind) => {
    const error = explainRtsp(complaint, '10.0.0.1:554');
    expect(error).toMatchObject({ kind, advice: expect.stringMatching(/\.$/) });
    expect(`${error.message} ${error.advice}`).not.toContain('secret');
  });
});

const skip = missingPrograms('ffmpeg');

const simulatorContext = () => ({
  world: createWorld(20_261_125),
  clock: systemClock,
  log: recordedLog(),
  signal: AbortSignal.timeout(240_000),
  random: () => 0.5,
});

describe.skipIf(skip !== undefined)('a stream', () => {
  const start = (transports: string) =>
    simulator.start(
      { scene: 'street', width: 320, fps: 5, transports, username: 'viewer', password },
      simulatorContext(),
    );

  const urlOf = ({ address }: { readonly address: Readonly<Record<string, unknown>> }): string =>
    String(address['url']);

  /** Arguments of every process that we may look at. */
  const commandLines = (): string =>
    readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        } catch {
          return '';
        }
      })
      .join('\n');

  it('comes by the other transport when the camera refuses the one asked for, with no secret in any process list', async () => {
    await using camera = await start('udp');
    const context = createContext();
    const source = { url: urlOf(camera), username: 'viewer', password, transport: 'tcp', decoder: 'software' } as const;
    let processes = '';
    for await (const { picture } of openRtsp(source, smallFrames, context)) {
      expect(picture).toMatchObject({ width: 640, height: 360 });
      processes = commandLines();
      context.abort();
    }
    expect(processes).toContain('rtsp');
    expect(processes).not.toMatch(/p@ss|p%40ss/);
    expect(context.counts.get('transport.refused')).toBe(1);
  });

  it('is denied to whoever has a wrong password, and nothing of it is said', async () => {
    await using camera = await start('both');
    const source = {
      url: urlOf(camera),
      username: 'viewer',
      password: 'wrongsecret',
      transport: 'tcp',
      decoder: 'software',
    } as const;
    const failure: unknown = await openRtsp(source, smallFrames, createContext())
      .next()
      .catch((thrown: unknown) => thrown);
    expect(failure).toMatchObject({ kind: 'denied' });
    expect(failure instanceof GatewayError && `${failure.message}${failure.advice}${failure.cause}`).not.toContain(
      'wrongsecret',
    );
  });

  it('that goes on without pictures is given up well before the silence of its driver', async () => {
    await using camera = await start('both');
    const context = createContext();
    const source = { url: urlOf(camera), username: 'viewer', password, transport: 'tcp', decoder: 'software' } as const;
    const pictures = openRtsp(source, { ...smallFrames, maximumFps: 5 }, context);
    await pictures.next();
    const began = performance.now();
    camera.show('silent');
    const look = async (): Promise<void> => {
      for await (const _ of pictures);
    };
    await expect(look()).rejects.toMatchObject({ kind: 'unreachable' });
    expect(performance.now() - began).toBeLessThan(13_000);
    context.abort();
  });

  const tiny = { scene: 'street', width: 64 } as const;
  /** The first pictures of a camera, down to `count` of them. */
  const look = async (config: object, count: number, asked: Pick<RtspSource, 'transport'> = { transport: 'tcp' }) => {
    await using camera = await simulator.start({ ...tiny, fps: 5, ...config }, simulatorContext());
    const { fingerprint } = camera.address;
    const context = createContext();
    const source = {
      ...asked,
      decoder: 'software' as const,
      url: urlOf(camera),
      trust: fingerprint === undefined ? {} : { fingerprint: String(fingerprint) },
    };
    const began = performance.now();
    const pictures: Picture[] = [];
    for await (const { picture } of openRtsp(source, { ...smallFrames, maximumFps: 5 }, context)) {
      pictures.push(picture);
      if (pictures.length === count) context.abort();
    }
    return { pictures, counts: context.counts, seconds: (performance.now() - began) / 1000 };
  };

  it.each([
    ['h264', 360],
    ['h265', 360],
    // RFC 2435 counts in blocks of 8 lines: 36 of the camera become 40.
    ['mjpeg', 400],
  ] as const)('of %s comes as pictures', async (codec, height) => {
    const { pictures } = await look({ codec, fps: 1 }, 2);
    expect(pictures.map(({ width }) => width)).toEqual([640, 640]);
    expect(pictures.map(picture => picture.height)).toEqual([height, height]);
    // A street, not one color: its brightness differs from place to place.
    expect(new Set(pictures[1]?.pixels).size).toBeGreaterThan(50);
  });

  it('over TLS comes from a camera whose certificate is pinned, and from no other', async () => {
    expect((await look({ scheme: 'rtsps' }, 2)).pictures).toHaveLength(2);
    await using camera = await simulator.start({ ...tiny, fps: 5, scheme: 'rtsps' }, simulatorContext());
    const source = { url: urlOf(camera), transport: 'tcp', decoder: 'software' } as const;
    const pinned = { ...source, trust: { fingerprint: 'AB'.repeat(32) } };
    for (const wrong of [source, pinned]) {
      await expect(openRtsp(wrong, smallFrames, createContext()).next()).rejects.toMatchObject({
        kind: 'denied',
        message: expect.stringContaining(String(camera.address['fingerprint'])),
      });
    }
  });

  it.each([
    ['tells no base of its addresses', ['no-content-base']],
    ['describes no parameter sets', ['sets-in-band']],
    ['describes none and begins in the middle', ['sets-in-band', 'starts-anywhere']],
  ])('of a camera that %s comes all the same', async (_, quirks) => {
    expect((await look({ quirks }, 3)).pictures).toHaveLength(3);
  });

  it('is kept alive where a session ends soon and GET_PARAMETER is not known', async () => {
    // Three times as long as the camera waits.
    const { pictures, seconds } = await look({ quirks: ['short-session', 'no-get-parameter'] }, 31);
    expect(pictures).toHaveLength(31);
    expect(seconds).toBeGreaterThan(5);
  });

  it('comes over TCP when the camera refuses UDP', async () => {
    const { pictures, counts } = await look({ transports: 'tcp' }, 1, { transport: 'udp' });
    expect(pictures).toHaveLength(1);
    expect(counts.get('transport.refused')).toBe(1);
  });

  it('that the hardware gives up is decoded by ffmpeg itself, and not tried on it again for an hour', async () => {
    await using camera = await simulator.start({ ...tiny, fps: 5 }, simulatorContext());
    // What becomes of a decoder whose device is there no more: ffmpeg ends before the first picture.
    const gone: Decoder = { name: 'vaapi', args: ['-c:v', 'no-such-decoder'], alone: [[], []] };
    const source = { url: urlOf(camera), transport: 'tcp', decoder: 'auto' } as const;
    const refusals: (number | undefined)[] = [];
    for (const _ of ['first connection', 'next one']) {
      const context = createContext();
      const choose = async () => ({ decoder: gone, refused: [{ decoder: 'cuda' as const, reason: 'not there' }] });
      for await (const { picture } of openRtsp(source, smallFrames, context, choose)) {
        expect(picture).toMatchObject({ width: 640, height: 360 });
        context.abort();
      }
      refusals.push(context.counts.get('decoder.refused'));
      expect(context.log.lines[0]).toMatchObject({
        message: 'the decoder of the video is chosen',
        fields: { refused: ['cuda: not there'] },
      });
    }
    expect(refusals).toEqual([1, undefined]);
  });

  it('is unreachable where nobody listens', async () => {
    const source = { url: `rtsp://127.0.0.1:${await freePort()}/live`, transport: 'tcp', decoder: 'software' } as const;
    await expect(openRtsp(source, smallFrames, createContext()).next()).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('refused the connection'),
    });
  });
});
