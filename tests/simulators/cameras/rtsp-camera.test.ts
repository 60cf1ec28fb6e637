import { expect, test } from 'vitest';
import { z } from 'zod';
import { simulator } from '../../../simulators/cameras/rtsp-camera.ts';
import { createRenderer } from '../../../simulators/scenes/render.ts';
import { createView } from '../../../simulators/world/view.ts';
import { missingPrograms, until } from '../../support/resources.ts';
import { openRtspClient, play } from './rtsp-client.ts';
import { filmSize, seed, simulatorContext, smallFilm, watch } from './watch.ts';

const noFfmpeg = missingPrograms('ffmpeg') !== undefined;

const startCamera = async (config: Readonly<Record<string, unknown>> = {}) => {
  const running = await simulator.start({ ...smallFilm, ...config }, simulatorContext());
  return { ...running, url: z.string().parse(running.address['url']) };
};

const login = { username: 'haidang', password: 'mật khẩu:1' };

const withLogin = (url: string, password: string): string => {
  const address = new URL(url);
  address.username = login.username;
  address.password = encodeURIComponent(password);
  return address.href;
};

test.skipIf(noFfmpeg).each(['tcp', 'udp'] as const)('ffmpeg watches it over %s after a login', async transport => {
  await using camera = await startCamera(login);
  const { pictures, exitCode, complaints } = await watch(withLogin(camera.url, login.password), transport, 6);
  expect(complaints).toBe('');
  expect(exitCode).toBe(0);
  expect(pictures).toHaveLength(6);
});

test.skipIf(noFfmpeg)('a wrong password sees nothing', async () => {
  await using camera = await startCamera(login);
  const { pictures, complaints } = await watch(withLogin(camera.url, 'wrong'), 'tcp', 1);
  expect(pictures).toHaveLength(0);
  expect(complaints).toContain('401 Unauthorized');
});

test.skipIf(noFfmpeg)('it shows what the world shows at that moment', async () => {
  await using camera = await startCamera();
  const { pictures, lastAt } = await watch(camera.url, 'tcp', 15);
  const last = pictures.at(-1) ?? new Uint8Array();
  const view = createView(seed, smallFilm.scene);
  const renderer = createRenderer(view, filmSize.width, filmSize.height);
  const frame = 1000 / smallFilm.fps;
  /** Mean difference in brightness, of every seventh pixel. */
  const differenceAt = (instant: number): number => {
    const picture = renderer.render(instant);
    let sum = 0;
    let count = 0;
    for (let at = 0; at < last.length; at += 7) {
      const brightness =
        0.299 * (picture[at * 3] ?? 0) + 0.587 * (picture[at * 3 + 1] ?? 0) + 0.114 * (picture[at * 3 + 2] ?? 0);
      sum += Math.abs(brightness - (last[at] ?? 0));
      count += 1;
    }
    return sum / count;
  };
  const candidates = Array.from({ length: 25 }, (_, index) => {
    const instant = (Math.floor(lastAt / frame) - 16 + index) * frame;
    return { instant, difference: differenceAt(instant) };
  });
  const [best] = candidates.toSorted((a, b) => a.difference - b.difference);
  expect(best?.difference).toBeLessThan(6);
  expect(lastAt - (best?.instant ?? 0)).toBeGreaterThanOrEqual(0);
  expect(lastAt - (best?.instant ?? 0)).toBeLessThan(1500);
});

test('a client begins with the parameter sets of a keyframe', async () => {
  await using camera = await startCamera();
  await using client = await openRtspClient(camera.url);
  await play(client);
  const [first] = await until('video came', () => (client.packets().length > 0 ? client.packets() : undefined));
  expect((first?.[12] ?? 0) & 0x1f).toBe(7);
});

test('it keeps a session alive by GET_PARAMETER and ends it by TEARDOWN', async () => {
  await using camera = await startCamera();
  await using client = await openRtspClient(camera.url);
  const session = await play(client);
  expect(await client.request('GET_PARAMETER', [`Session: ${session}`])).toMatchObject({ status: 200 });
  expect(await client.request('TEARDOWN', [`Session: ${session}`])).toMatchObject({ status: 200 });
  expect(await client.request('GET_PARAMETER', [`Session: ${session}`])).toMatchObject({ status: 454 });
});

test('a camera without TCP refuses it with 461', async () => {
  await using camera = await startCamera({ transports: 'udp' });
  await using client = await openRtspClient(camera.url);
  const answer = await client.request('SETUP', ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1'], '/trackID=0');
  expect(answer.status).toBe(461);
});

test('another path leads to nothing', async () => {
  await using camera = await startCamera();
  await using client = await openRtspClient(`${camera.url}2`);
  expect(await client.request('DESCRIBE')).toMatchObject({ status: 404 });
});

test('a silent camera answers but sends no video', async () => {
  await using camera = await startCamera();
  await using client = await openRtspClient(camera.url);
  const session = await play(client);
  await until('video came', () => client.packets().length > 0);
  camera.show('silent');
  const began = Date.now();
  const before = client.packets().length;
  await until('some frames are due', () => Date.now() > began + 600);
  expect(await client.request('GET_PARAMETER', [`Session: ${session}`])).toMatchObject({ status: 200 });
  expect(client.packets()).toHaveLength(before);
  camera.show(undefined);
  await until('video came again', () => client.packets().length > before);
});

test('a hanging camera answers nothing', async () => {
  await using camera = await startCamera();
  await using client = await openRtspClient(camera.url);
  camera.show('hang');
  client.say('OPTIONS');
  await expect(Promise.race([client.request('OPTIONS'), rejectAfter(500)])).rejects.toThrow('no answer');
  expect(client.isOpen()).toBe(true);
});

test('a camera that refuses logins hangs up and asks for a password that nobody has', async () => {
  await using camera = await startCamera();
  await using before = await openRtspClient(camera.url);
  camera.show('refuse-login');
  await until('the connection ended', () => !before.isOpen());
  await using client = await openRtspClient(camera.url);
  expect(await client.request('DESCRIBE')).toMatchObject({ status: 401 });
});

test('a camera that went away comes back at the same address', async () => {
  await using camera = await startCamera();
  camera.show('away');
  await until('nobody listens', () =>
    openRtspClient(camera.url).then(
      async client => {
        await client[Symbol.asyncDispose]();
        return false;
      },
      () => true,
    ),
  );
  camera.show(undefined);
  const answered = await until('it is back', async () => {
    const client = await openRtspClient(camera.url).catch(() => undefined);
    if (client === undefined) return undefined;
    await using _ = client;
    return await client.request('OPTIONS');
  });
  expect(answered.status).toBe(200);
});

const rejectAfter = (milliseconds: number): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer')), milliseconds);
  });
