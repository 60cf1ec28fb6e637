import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../core/errors.ts';
import { systemClock } from '../../../core/time.ts';
import { type LineConfig, lineConnection, openLine } from '../../../drivers/transports/line.ts';
import { missingPrograms, startPtyPair, temporaryFolder, until } from '../../support/resources.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const upTo = (end: string) => (bytes: Uint8Array) => (text(bytes).endsWith(end) ? text(bytes) : undefined);

/** A serial server that answers each line by `answer`; nothing when it gives nothing. */
const startServer = async (answer: (request: string) => string | undefined) => {
  const heard: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', bytes => {
      heard.push(text(bytes));
      const said = answer(text(bytes));
      if (said !== undefined) socket.write(said);
    });
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const config = lineConnection({ baudRate: 9600 }).parse({
    transport: 'tcp-client',
    host: '127.0.0.1',
    port: address.port,
  });
  return {
    config,
    heard,
    sockets,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>(resolve => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const user = (config: LineConfig, signal: AbortSignal = new AbortController().signal) =>
  openLine(config, { signal, clock: systemClock, count: () => {} });

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (failure: unknown) => failure,
  );

describe('a line', () => {
  it('gives the answer to what was asked, however it is cut', async () => {
    await using server = await startServer(request => `${request}!`);
    await using line = await user(server.config);
    expect(await line.turn(({ ask }) => ask(Buffer.from('level'), upTo('!'), 2000))).toBe('level!');
  });

  it('gives nothing when no answer comes in time, and the next one is not taken for it', async () => {
    // Where the machine is busy both questions may come in one piece.
    await using server = await startServer(request =>
      request === 'dead' ? undefined : `${request.replace('dead', '')}!`,
    );
    await using line = await user(server.config);
    expect(await line.turn(({ ask }) => ask(Buffer.from('dead'), upTo('!'), 30))).toBeUndefined();
    expect(await line.turn(({ ask }) => ask(Buffer.from('alive'), upTo('!'), 2000))).toBe('alive!');
  });

  it('is opened once for all that are on it, who take turns in the order of asking', async () => {
    await using server = await startServer(request => `${request}!`);
    await using first = await user(server.config);
    await using second = await user(server.config);
    const order: string[] = [];
    const talkTwice = (line: typeof first, name: string) =>
      line.turn(async ({ ask }) => {
        for (const round of [1, 2]) order.push((await ask(Buffer.from(`${name}${round}`), upTo('!'), 2000)) ?? 'none');
      });
    await Promise.all([talkTwice(first, 'a'), talkTwice(second, 'b'), talkTwice(first, 'c')]);
    expect(order).toEqual(['a1!', 'a2!', 'b1!', 'b2!', 'c1!', 'c2!']);
    expect(server.sockets.size).toBe(1);
  });

  it('is left to the others when one of them stops in the middle of a question', async () => {
    await using server = await startServer(request => (request === 'dead' ? undefined : `${request}!`));
    const stopping = new AbortController();
    await using stopped = await user(server.config, stopping.signal);
    await using other = await user(server.config);
    const asked = failureOf(stopped.turn(({ ask }) => ask(Buffer.from('dead'), upTo('!'), 60_000)));
    const waits = failureOf(stopped.turn(({ ask }) => ask(Buffer.from('later'), upTo('!'), 60_000)));
    const answered = other.turn(({ ask }) => ask(Buffer.from('alive'), upTo('!'), 2000));
    await until('it is asked', () => server.heard.includes('dead'));
    stopping.abort();
    expect(await asked).toMatchObject({ kind: 'unreachable' });
    expect(await waits).toMatchObject({ kind: 'unreachable' });
    expect(await answered).toBe('alive!');
    expect(server.heard).toEqual(['dead', 'alive']);
  });

  it('is lost for all when the device goes away, and can be opened again', async () => {
    await using server = await startServer(request => (request === 'silent' ? undefined : `${request}!`));
    const lines = await Promise.all([user(server.config), user(server.config)]);
    const asked = lines.map(line => failureOf(line.turn(({ ask }) => ask(Buffer.from('silent'), upTo('!'), 60_000))));
    await until('the first asks', () => server.heard.length > 0);
    for (const socket of server.sockets) socket.destroy();
    for (const failure of await Promise.all(asked)) expect(failure).toBeInstanceOf(GatewayError);
    await using again = await user(server.config);
    expect(await again.turn(({ ask }) => ask(Buffer.from('level'), upTo('!'), 2000))).toBe('level!');
    for (const line of lines) await line[Symbol.asyncDispose]();
  });

  it('keeps no more than it looks through when a device talks without an end', async () => {
    await using server = await startServer(() => 'x'.repeat(100_000));
    const counted: string[] = [];
    const { signal } = new AbortController();
    await using line = await openLine(server.config, {
      signal,
      clock: systemClock,
      count: reason => counted.push(reason),
    });
    let longest = 0;
    const answer = await line.turn(({ ask }) =>
      ask(
        Buffer.from('?'),
        bytes => {
          longest = Math.max(longest, bytes.length);
          return undefined;
        },
        200,
      ),
    );
    expect(answer).toBeUndefined();
    expect(counted).toContain('malformed.noise');
    expect(longest).toBeLessThan(2048 + 65_536 + 1);
  });
});

describe.skipIf(missingPrograms('socat') !== undefined)('a serial port', () => {
  it('that was left can be opened at once, also with other settings', async () => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const config = (baudRate: number) =>
      lineConnection({ baudRate: 9600 }).parse({ transport: 'serial', path: pty.gateway, baudRate });
    const first = await user(config(9600));
    const refused = await failureOf(user(config(4800)));
    expect(refused).toMatchObject({ kind: 'config', message: expect.stringContaining('other settings') });
    const left = first[Symbol.asyncDispose]();
    await using second = await user(config(4800));
    await left;
    expect(await second.turn(({ ask }) => ask(Buffer.from('?'), upTo('!'), 20))).toBeUndefined();
  });
});
