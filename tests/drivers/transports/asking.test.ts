import { open } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Decoder } from '../../../core/driver.ts';
import { toGatewayError } from '../../../core/errors.ts';
import type { Quality } from '../../../core/observation.ts';
import { type Asking, asking } from '../../../drivers/transports/asking.ts';
import { type LineConfig, lineConnection } from '../../../drivers/transports/line.ts';
import { missingPrograms, startPtyPair, temporaryFolder } from '../../support/resources.ts';
import { createContext } from '../support/context.ts';

/** A sensor that sends `v` and one byte, its value; everything else is noise. */
const createDecoder = (): Decoder => chunk => {
  const [head, value] = chunk.bytes;
  return head === 0x76 && value !== undefined
    ? [
        {
          kind: 'observation',
          observation: {
            kind: 'measurement',
            device: 'co2',
            time: chunk.receivedAt,
            timeFrom: 'gateway',
            quantity: 'co2',
            value,
          },
        },
      ]
    : [{ kind: 'malformed', reason: 'noise' }];
};

const request = Buffer.from('?');

/** A serial server; `heard` holds all that was asked and when, in ms. */
const startServer = async (answer: () => string | undefined) => {
  const heard: { readonly what: string; readonly at: number }[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', bytes => {
      const what = bytes.toString();
      heard.push({ what, at: performance.now() });
      const said = what === '?' ? answer() : 'ok';
      if (said !== undefined) socket.write(said);
    });
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  const { port } = address;
  return {
    heard,
    config: lineConnection({ baudRate: 9600 }).parse({ transport: 'tcp-client', host: '127.0.0.1', port }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>(resolve => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};

const askedOn = (connection: LineConfig, others: Partial<Asking> = {}): Asking => ({
  connection,
  sensor: 'X1',
  baudRate: 9600,
  request,
  createDecoder,
  interval: 10,
  within: 60,
  begin: async () => 'measured-already',
  warmUp: 0,
  ...others,
});

/** The qualities of the first `count` readings, and why it ended before. */
const take = async (asked: Asking, count: number, context = createContext()) => {
  const qualities: (Quality | undefined)[] = [];
  try {
    for await (const { items } of asking(asked, context)) {
      for (const item of items) if (item.kind === 'measurement') qualities.push(item.quality);
      if (qualities.length >= count) break;
    }
    return { qualities, context };
  } catch (failure) {
    return { qualities, context, failure: toGatewayError(failure) };
  }
};

describe('a sensor that is asked', () => {
  it('is suspect while it warms up, and not after', async () => {
    await using server = await startServer(() => 'v5');
    const { qualities } = await take(askedOn(server.config, { begin: async () => 'begun', warmUp: 300 }), 60);
    const warmFrom = qualities.indexOf(undefined);
    expect(warmFrom).toBeGreaterThan(0);
    expect(new Set(qualities.slice(0, warmFrom))).toEqual(new Set(['suspect']));
    expect(new Set(qualities.slice(warmFrom))).toEqual(new Set([undefined]));
  });

  it('is trusted at once where it measured already, and marked by what it says of itself', async () => {
    await using server = await startServer(() => 'v5');
    expect((await take(askedOn(server.config, { warmUp: 60_000 }), 1)).qualities).toEqual([undefined]);
    const failing = askedOn(server.config, {
      begin: async () => 'begun',
      warmUp: 60_000,
      check: async () => 'fail',
    });
    expect((await take(failing, 1)).qualities).toEqual(['fail']);
  });

  it('is gone after three requests in a row without a word', async () => {
    await using server = await startServer(() => undefined);
    const { failure, context } = await take(askedOn(server.config), 1);
    expect(server.heard).toHaveLength(3);
    expect(context.counts.get('unanswered')).toBe(3);
    expect(failure).toMatchObject({
      kind: 'unreachable',
      message: expect.stringMatching(/^the X1 on 127\.0\.0\.1:\d+ says nothing$/),
      advice: expect.stringContaining('TX and RX'),
    });
  });

  it('is not gone where it answers every third request', async () => {
    let asked = 0;
    await using server = await startServer(() => (++asked % 3 === 0 ? 'v5' : undefined));
    const { qualities, failure } = await take(askedOn(server.config), 3);
    expect(failure).toBeUndefined();
    expect(qualities).toHaveLength(3);
  });

  it('wakes before each reading, is read when warm, and rests after', async () => {
    await using server = await startServer(() => 'v5');
    const say = (what: string) => async (talk: Parameters<Asking['begin']>[0]) => {
      await talk.ask(Buffer.from(what), bytes => (bytes.length > 0 ? bytes : undefined), 1000);
    };
    const resting = askedOn(server.config, {
      begin: async talk => {
        await say('wake')(talk);
        return 'begun';
      },
      warmUp: 150,
      rest: say('sleep'),
    });
    expect((await take(resting, 2)).qualities).toEqual([undefined, undefined]);
    const told = server.heard.slice(0, 5);
    expect(told.map(({ what }) => what)).toEqual(['wake', '?', 'sleep', 'wake', '?']);
    const at = told.map(one => one.at);
    // Timers may fire a millisecond early.
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(145);
    expect((at[4] ?? 0) - (at[3] ?? 0)).toBeGreaterThanOrEqual(145);
  });

  it.each([
    { when: 'an answer is awaited', answer: () => undefined, others: { within: 60_000 } },
    { when: 'it waits for the next reading', answer: () => 'v5', others: { interval: 60_000 } },
  ])('ends within a second when aborted while $when', async ({ answer, others }) => {
    const asked = Promise.withResolvers<void>();
    await using server = await startServer(() => {
      asked.resolve();
      return answer();
    });
    const context = createContext();
    const ended = take(askedOn(server.config, others), 2, context);
    await asked.promise;
    const before = performance.now();
    context.abort();
    expect((await ended).failure).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe.skipIf(missingPrograms('socat') !== undefined)('noise on a serial port', () => {
  it.each([
    { baudRate: 4800, advice: /^Set the line to 9600 baud/ },
    { baudRate: 9600, advice: /X1 in the mode that is configured/ },
  ])('is told with the speed of the port, $baudRate, and that of the sensor', async ({ baudRate, advice }) => {
    await using folder = await temporaryFolder();
    await using pty = await startPtyPair(folder.path);
    const device = await open(pty.device, 'w');
    let isOver = false;
    const speak = async (): Promise<void> => {
      while (!isOver) {
        await device.write('zzz');
        await pause(10);
      }
    };
    const speaking = speak();
    try {
      const connection = lineConnection({ baudRate: 9600 }).parse({
        transport: 'serial',
        path: pty.gateway,
        baudRate,
      });
      const { failure } = await take(askedOn(connection), 1);
      expect(failure).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining(`nothing but noise on ${pty.gateway} at ${baudRate} baud`),
        advice: expect.stringMatching(advice),
      });
    } finally {
      isOver = true;
      await speaking;
      await device.close();
    }
  });
});
