import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import https from 'node:https';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conclusion } from '../../../core/conclusion.ts';
import { GatewayError } from '../../../core/errors.ts';
import { type Clock, hours } from '../../../core/time.ts';
import { mediaLost, mediaStored } from '../../../events/urban-camera.ts';
import { type MediaOptions, openMedia } from '../../../gateway/media/open.ts';
import type { MediaRow, Outbox } from '../../../gateway/outbox/outbox.ts';
import { type Authority, createAuthority } from '../../../simulators/ioc/certificate.ts';
import { type MediaServer, startMediaServer } from '../../../simulators/ioc/media.ts';
import { recordedLog } from '../../drivers/support/context.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import {
  freePort,
  missingPrograms,
  startMosquitto,
  type TemporaryFolder,
  temporaryFolder,
  until,
} from '../../support/resources.ts';

interface Bench extends AsyncDisposable {
  readonly outbox: Outbox;
  readonly conclusions: readonly Conclusion[];
  readonly log: ReturnType<typeof recordedLog>;
  readonly folder: string;
  addPicture(options?: {
    readonly bytes?: Buffer;
    readonly expires?: number;
    readonly written?: boolean;
    readonly key?: string;
    readonly mediaType?: 'image/jpeg' | 'video/mp4';
  }): Promise<MediaRow>;
  /** Keys of the pictures that wait, oldest first. */
  waiting(): Promise<readonly string[]>;
  start(options?: Partial<MediaOptions>): void;
  /** Sets the clock ahead. */
  pass(milliseconds: number): void;
}

let authority: Authority;
let certificates: TemporaryFolder;
let tls: { readonly ca: string; readonly certificate: string; readonly key: string };
beforeAll(async () => {
  authority = createAuthority(Date.now());
  certificates = await temporaryFolder();
  const client = authority.issueClient('gw-017');
  const write = async (name: string, text: string): Promise<string> => {
    const file = path.join(certificates.path, name);
    await writeFile(file, text);
    return file;
  };
  tls = {
    ca: await write('ca.pem', authority.certificate),
    certificate: await write('client.pem', client.certificate),
    key: await write('client.key', client.key),
  };
});
afterAll(() => certificates[Symbol.asyncDispose]());

const serve = (port = 0): Promise<MediaServer> =>
  startMediaServer({ port, authority, identity: authority.issueServer('center') });

const createBench = async (url: string, uplinks: readonly Record<string, unknown>[] = []): Promise<Bench> => {
  const temporary = await temporaryFolder();
  const folder = path.join(temporary.path, 'media');
  await mkdir(folder);
  const opened = await openTestOutbox(path.join(temporary.path, 'outbox'), uplinks);
  const { outbox } = opened;
  const conclusions: Conclusion[] = [];
  const log = recordedLog();
  const media: AsyncDisposable[] = [];
  let number = 0;
  let ahead = 0;
  return {
    pass: milliseconds => {
      ahead += milliseconds;
    },
    outbox,
    conclusions,
    log,
    folder,
    addPicture: async ({
      bytes = randomBytes(40_000),
      expires = Date.now() + hours(1),
      written = true,
      key,
      mediaType = 'image/jpeg',
    } = {}) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const extension = mediaType === 'image/jpeg' ? 'jpg' : 'mp4';
      if (written) await writeFile(path.join(folder, `${sha256}.${extension}`), bytes);
      number++;
      const row: MediaRow = {
        key: key ?? `hue/gw-017/cam-3/2026/11/22/170410240-${sha256.slice(0, 8)}.${extension}`,
        sha256,
        mediaType,
        bytes: bytes.length,
        device: 'cam-3',
        correlation: `track/cam-3/${number}`,
        expires,
      };
      await outbox.append({ media: [row] });
      return row;
    },
    waiting: async () => (await outbox.pendingMedia(100)).map(({ key }) => key),
    start: options => {
      media.push(
        openMedia({
          folder,
          url,
          tls,
          budgets: { picture: 1_000_000_000, clip: 1_000_000_000 },
          outbox,
          conclude: async (drawn, settled) => {
            conclusions.push(...drawn);
            await outbox.append({ mediaSettled: settled });
          },
          isClockTrusted: () => true,
          clock: { now: () => Date.now() + ahead, steady: () => performance.now() + ahead },
          log,
          count: () => {},
          ...options,
        }),
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of media) await each[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
};

/** A center that answers each picture with the status that it is given. */
const serveStatus = async (answer: () => number): Promise<{ readonly url: string } & AsyncDisposable> => {
  const port = await freePort();
  const { certificate, key } = authority.issueServer('center');
  const server = https
    .createServer({ cert: certificate, key }, (request, response) => {
      request.resume().on('end', () => response.writeHead(answer()).end());
    })
    .listen(port, '127.0.0.1');
  return {
    url: `https://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const missing = missingPrograms('mosquitto');

describe('media', () => {
  it('are put to the center with the client certificate, concluded as stored, and removed', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const rows = [await bench.addPicture(), await bench.addPicture({ mediaType: 'video/mp4' })];
    for (const { key, sha256 } of rows) server.announce(key, sha256);
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(server.report()).toEqual({ stored: 2, bytes: 80_000, mismatched: 0, unannounced: 0, awaited: 0 });
    expect(bench.conclusions).toMatchObject(
      rows.map(({ key, sha256, correlation }) => ({
        event: 'urban-camera.media.stored',
        source: 'cam-3',
        device: 'cam-3',
        key: `${key} ${correlation}`,
        correlation,
        data: { key, sha256, bytes: 40_000 },
      })),
    );
    bench.pass(10_000);
    await until('the files are gone', async () => (await readdir(bench.folder)).length === 0);
  });

  it('are concluded as the closed schemas of their events ask', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    await bench.addPicture();
    await bench.addPicture({ written: false });
    bench.start();
    await until('both are concluded', () => bench.conclusions.length === 2);
    expect(mediaStored.data.safeParse(bench.conclusions[0]?.data).error).toBeUndefined();
    expect(mediaLost.data.safeParse(bench.conclusions[1]?.data).error).toBeUndefined();
  });

  it.skipIf(missing !== undefined)('wait while the events that name them cannot leave', async () => {
    await using server = await serve();
    const port = await freePort();
    await using bench = await createBench(server.url, [{ url: `mqtt://127.0.0.1:${port}` }]);
    await bench.addPicture();
    let looked = 0;
    bench.start({
      outbox: {
        ...bench.outbox,
        pendingMedia: (...asked) => bench.outbox.pendingMedia(...asked).finally(() => looked++),
      },
    });
    await until('it looked twice, for pictures and for clips', () => looked >= 4);
    expect(server.report().unannounced).toBe(0);
    await using folder = await temporaryFolder();
    await using _broker = await startMosquitto({ folder: folder.path, port });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(server.report().unannounced).toBe(1);
  });

  it.each(['away', 'noise'] as const)('are sent again when the center comes back from "%s"', async fault => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const { key, sha256 } = await bench.addPicture();
    server.announce(key, sha256);
    server.show(fault);
    bench.start();
    await until('the failure is told', () =>
      bench.log.lines.some(({ message }) => message.includes('cannot be stored')),
    );
    expect(bench.conclusions).toEqual([]);
    server.show(undefined);
    await until('it is stored', () => bench.conclusions.length === 1);
    expect(server.report().stored).toBe(1);
    await until('the recovery is told', () => bench.log.lines.some(({ message }) => message.includes('stored again')));
  });

  it('wait for a center that is not there yet', async () => {
    const port = await freePort();
    await using bench = await createBench(`https://127.0.0.1:${port}/media`);
    await bench.addPicture();
    bench.start();
    await until('the failure is told', () => bench.log.lines.length === 1);
    expect(bench.log.lines[0]?.fields).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining(`${port}`),
    });
    await using _server = await serve(port);
    await until('it is stored', () => bench.conclusions.length === 1);
  });

  it('are kept, and the certificate named, when the center refuses the gateway', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    await bench.addPicture();
    server.show('refuse-login');
    bench.start();
    await until('the refusal is told', () => bench.log.lines.length === 1);
    expect(bench.log.lines[0]?.fields).toMatchObject({
      kind: 'denied',
      advice: expect.stringContaining('certificate'),
    });
    expect(await bench.waiting()).toHaveLength(1);
  });

  it('are kept when the client certificate is not that of the authority', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    await bench.addPicture();
    const stranger = createAuthority(Date.now()).issueClient('stranger');
    const certificate = path.join(bench.folder, 'stranger.pem');
    const key = path.join(bench.folder, 'stranger.key');
    await writeFile(certificate, stranger.certificate);
    await writeFile(key, stranger.key);
    bench.start({ tls: { ca: tls.ca, certificate, key } });
    await until('the refusal is told', () => bench.log.lines.length === 1);
    expect(await bench.waiting()).toHaveLength(1);
    expect(server.report().unannounced).toBe(0);
  });

  it('blame the clock when the certificate of the center is not valid yet', async () => {
    const early = createAuthority(Date.now() + hours(1000));
    const port = await freePort();
    const identity = early.issueServer('center');
    const server = https.createServer({ cert: identity.certificate, key: identity.key }).listen(port, '127.0.0.1');
    try {
      await using bench = await createBench(`https://127.0.0.1:${port}/media`);
      await bench.addPicture();
      const ca = path.join(bench.folder, 'early.pem');
      await writeFile(ca, early.certificate);
      bench.start({ tls: { ca } });
      await until('the failure is told', () => bench.log.lines.length === 1);
      expect(bench.log.lines[0]?.fields).toMatchObject({ reason: expect.stringContaining('the clock is wrong') });
    } finally {
      server.close();
    }
  });

  it.each([
    ['missing', { written: false }],
    ['expired', { expires: Date.now() - 1 }],
  ] as const)('are concluded as lost when they are %s, and the others go on', async (reason, picture) => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const lost = await bench.addPicture(picture);
    await bench.addPicture();
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(bench.conclusions).toMatchObject([
      { event: 'urban-camera.media.lost', correlation: lost.correlation, data: { key: lost.key, reason } },
      { event: 'urban-camera.media.stored' },
    ]);
    bench.pass(10_000);
    await until('the files are gone', async () => (await readdir(bench.folder)).length === 0);
  });

  it('share a file as long as one of them waits, and each is told once', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const bytes = randomBytes(1000);
    const keys = ['hue/gw-017/cam-3/a.jpg', 'hue/gw-017/cam-4/b.jpg'];
    for (const key of keys) await bench.addPicture({ bytes, key });
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(bench.conclusions.map(({ event, data }) => [event, data['key']])).toEqual(
      keys.map(key => ['urban-camera.media.stored', key]),
    );
    bench.pass(10_000);
    await until('the file is gone', async () => (await readdir(bench.folder)).length === 0);
  });

  it('are put once for all events that name them while they wait, and each event is told', async () => {
    let puts = 0;
    await using server = await serveStatus(() => {
      puts++;
      return 201;
    });
    await using bench = await createBench(server.url);
    const bytes = randomBytes(1000);
    const rows = [await bench.addPicture({ bytes }), await bench.addPicture({ bytes }), await bench.addPicture()];
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(puts).toBe(2);
    expect(bench.conclusions).toMatchObject(
      rows.map(({ key, correlation }) => ({ event: 'urban-camera.media.stored', correlation, data: { key } })),
    );
  });

  it('that two events name are lost for both when they are lost', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const bytes = randomBytes(1000);
    const rows = [await bench.addPicture({ bytes, written: false }), await bench.addPicture({ bytes, written: false })];
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(bench.conclusions).toMatchObject(
      rows.map(({ correlation }) => ({
        event: 'urban-camera.media.lost',
        correlation,
        data: { reason: 'missing' },
      })),
    );
  });

  it('are stored again for an event that names them a moment after they were stored', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const bytes = randomBytes(1000);
    const first = await bench.addPicture({ bytes });
    bench.start();
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    const second = await bench.addPicture({ bytes, written: false });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(bench.conclusions).toMatchObject(
      [first, second].map(({ key, correlation }) => ({
        event: 'urban-camera.media.stored',
        correlation,
        data: { key },
      })),
    );
    expect(new Set(bench.conclusions.map(({ key }) => key)).size).toBe(2);
  });

  it('are concluded as lost when their bytes are not those that were announced', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const { sha256 } = await bench.addPicture();
    await writeFile(path.join(bench.folder, `${sha256}.jpg`), 'cut short');
    bench.start();
    await until('it is concluded', () => bench.conclusions.length === 1);
    expect(bench.conclusions).toMatchObject([{ data: { reason: 'missing' } }]);
    expect(server.report().unannounced).toBe(0);
  });

  it('are concluded as lost when the center will never take this very file', async () => {
    await using server = await serveStatus(() => 413);
    await using bench = await createBench(server.url);
    await bench.addPicture();
    bench.start();
    await until('it is concluded', () => bench.conclusions.length === 1);
    expect(bench.conclusions).toMatchObject([{ event: 'urban-camera.media.lost', data: { reason: 'refused' } }]);
  });

  it('beyond their budget are lost oldest first', async () => {
    const port = await freePort();
    await using bench = await createBench(`https://127.0.0.1:${port}/media`);
    const rows = [await bench.addPicture(), await bench.addPicture(), await bench.addPicture()];
    bench.start({ budgets: { picture: 90_000, clip: 0 } });
    await until('one is concluded', () => bench.conclusions.length > 0);
    await until('the failure is told', () => bench.log.lines.length === 1);
    expect(bench.conclusions).toMatchObject([{ data: { key: rows[0]?.key, reason: 'budget' } }]);
    expect(await bench.waiting()).toEqual(rows.slice(1).map(({ key }) => key));
  });

  it('leave clips their own budget and take none of it, and are sent before them', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const mediaType = 'video/mp4';
    const clips = [await bench.addPicture({ mediaType }), await bench.addPicture({ mediaType })];
    const pictures = [await bench.addPicture(), await bench.addPicture(), await bench.addPicture()];
    for (const { key, sha256 } of [...clips, ...pictures]) server.announce(key, sha256);
    await until('they are weighed', () => {
      const { media, clips: recorded } = bench.outbox.status().outbox;
      return media.bytes === 200_000 && recorded.bytes === 80_000;
    });
    bench.start({ budgets: { picture: 130_000, clip: 50_000 } });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    const [first, second] = clips;
    expect(bench.conclusions.map(({ event, data }) => [event.split('.').at(-1), data['key']])).toEqual([
      ['lost', first?.key],
      ...pictures.map(({ key }) => ['stored', key]),
      ['stored', second?.key],
    ]);
    expect(server.report()).toMatchObject({ stored: 4, mismatched: 0, unannounced: 0 });
  });

  it('take room in the budget once, and give it up with all that name them', async () => {
    await using bench = await createBench('https://127.0.0.1:1/media');
    const bytes = randomBytes(40_000);
    const shared = [await bench.addPicture({ bytes }), await bench.addPicture({ bytes })];
    const others = [await bench.addPicture(), await bench.addPicture()];
    bench.start({ url: undefined, budgets: { picture: 90_000, clip: 0 } });
    await until('both are concluded', () => bench.conclusions.length >= 2);
    expect(bench.conclusions).toMatchObject(
      shared.map(({ correlation }) => ({ correlation, data: { reason: 'budget' } })),
    );
    expect(await bench.waiting()).toEqual(others.map(({ key }) => key));
  });

  it('wait, within their budget, for a configuration that says where they go', async () => {
    await using bench = await createBench('https://127.0.0.1:1/media');
    const rows = [await bench.addPicture(), await bench.addPicture(), await bench.addPicture()];
    bench.start({ url: undefined, budgets: { picture: 90_000, clip: 0 } });
    await until('one is concluded', () => bench.conclusions.length > 0);
    expect(bench.conclusions).toMatchObject([{ data: { key: rows[0]?.key, reason: 'budget' } }]);
    expect(await bench.waiting()).toEqual(rows.slice(1).map(({ key }) => key));
    expect(bench.log.lines).toEqual([]);
  });

  it('do not expire by a clock that is not set', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const picture = await bench.addPicture({ expires: Date.now() - 1 });
    bench.start({ isClockTrusted: () => false });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(bench.conclusions).toMatchObject([{ event: 'urban-camera.media.stored', data: { key: picture.key } }]);
  });

  it('that were written a moment before the clock was set are no orphans because of it', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url, [{ url: `mqtt://127.0.0.1:${await freePort()}` }]);
    await writeFile(path.join(bench.folder, `${'a'.repeat(64)}.jpg`), 'x');
    let looks = 0;
    // It is set by a year when the spool is swept for the second time.
    const clock: Clock = {
      now: () => Date.now() + looks * 6 * 60_000 + (looks > 1 ? hours(24 * 365) : 0),
      steady: () => performance.now() + looks * 6 * 60_000,
    };
    const { status } = bench.outbox;
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.start({
      clock,
      outbox: {
        ...bench.outbox,
        pendingMedia: async (...asked) => {
          // Only a sweep asks for all of them.
          if (asked[0] > 1000 && ++looks === 2) resolve();
          return bench.outbox.pendingMedia(...asked);
        },
        status: () => {
          if (looks === 0) looks = 1;
          return status();
        },
      },
    });
    await promise;
    expect(await readdir(bench.folder)).toEqual([`${'a'.repeat(64)}.jpg`]);
  });

  it('that no event names are removed after a while, and nothing else', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url, [{ url: `mqtt://127.0.0.1:${await freePort()}` }]);
    const waiting = await bench.addPicture();
    const old = new Date(Date.now() - hours(1));
    for (const name of [`${'a'.repeat(64)}.jpg`, `${'b'.repeat(64)}.jpg`, 'notes.txt', '.x.part']) {
      await writeFile(path.join(bench.folder, name), 'x');
      if (!name.startsWith('b')) await utimes(path.join(bench.folder, name), old, old);
    }
    await utimes(path.join(bench.folder, `${waiting.sha256}.jpg`), old, old);
    // Six minutes pass with each look.
    let now = Date.now();
    const clock: Clock = { now: () => now, steady: () => now };
    const { status } = bench.outbox;
    bench.start({
      clock,
      outbox: {
        ...bench.outbox,
        status: () => {
          now = Date.now() + 6 * 60_000;
          return status();
        },
      },
    });
    await until('the orphan is gone', async () => (await readdir(bench.folder)).length === 3);
    expect((await readdir(bench.folder)).sort()).toEqual(
      [`${'b'.repeat(64)}.jpg`, 'notes.txt', `${waiting.sha256}.jpg`].sort(),
    );
  });

  it('are sent again after a crash between the center and the outbox, under the same key', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const { key, correlation } = await bench.addPicture();
    let crashes = 1;
    const told: string[] = [];
    bench.start({
      conclude: async (drawn, mediaSettled) => {
        told.push(...drawn.map(conclusion => conclusion.key));
        crashes--;
        if (crashes >= 0) throw new GatewayError('damaged', 'the power went');
        await bench.outbox.append({ mediaSettled });
      },
    });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(told).toEqual(Array(2).fill(`${key} ${correlation}`));
  });

  it('do not hold up others when the outcome of one cannot be told', async () => {
    await using server = await serve();
    await using bench = await createBench(server.url);
    const odd = await bench.addPicture();
    const next = await bench.addPicture();
    const told: string[] = [];
    bench.start({
      conclude: async ([conclusion], mediaSettled) => {
        if (conclusion?.data['key'] === odd.key) throw new Error('it fits no schema');
        told.push(String(conclusion?.data['key']));
        await bench.outbox.append({ mediaSettled });
      },
    });
    await until('nothing waits', async () => (await bench.waiting()).length === 0);
    expect(told).toEqual([next.key]);
    expect(bench.log.lines).toMatchObject([
      { message: 'the outcome of a picture cannot be told', fields: { key: odd.key } },
    ]);
  });

  it('let go within a second when the gateway stops, also while the center hangs', async () => {
    await using server = await serve();
    const bench = await createBench(server.url);
    await bench.addPicture();
    server.show('hang');
    let reading = false;
    const { status } = bench.outbox;
    bench.start({
      outbox: {
        ...bench.outbox,
        status: () => {
          reading = true;
          return status();
        },
      },
    });
    await until('it is under way', () => reading);
    const startedAt = performance.now();
    await bench[Symbol.asyncDispose]();
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
