import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CommandKeyConfig } from '../../../config/commands.ts';
import { remoteCommands } from '../../../core/commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { TimeQuality } from '../../../core/sealed.ts';
import type { CommandAnswer } from '../../../core/sink.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { answerSchemaOf, refusedAnswerSchema } from '../../../events/command-answer.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { eventTypes } from '../../../events/registry.ts';
import { toEventSchema } from '../../../events/schema.ts';
import type { Order } from '../../../gateway/downlink/authorize.ts';
import { openDownlink } from '../../../gateway/downlink/open.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { createSender, keyConfigOf, type Sender, signCommand } from '../../support/commands.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const site = { ...exampleSite, gateway: 'gw-1' };
const start = Date.UTC(2026, 10, 25);
const ioc = createSender();

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);

const answerShape = z.looseObject({
  jti: z.string().optional(),
  command: z.string().optional(),
  status: z.string(),
  reason: z.string().optional(),
  repeated: z.boolean().optional(),
});

const eventShape = z.looseObject({
  id: z.string(),
  type: z.string(),
  correlationid: z.string().optional(),
  causationid: z.string().optional(),
  data: z.looseObject({}),
});

interface Options {
  /** Of a store of its own; one that all tests share when absent. */
  readonly folder?: string;
  readonly keys?: readonly CommandKeyConfig[];
  readonly run?: (order: Order, signal: AbortSignal) => Promise<unknown>;
  readonly timeQuality?: TimeQuality;
}

const resources = new AsyncDisposableStack();
const sharedFolder = resources.use(await temporaryFolder());
const shared = resources.use(await openTestOutbox(sharedFolder.path));
afterAll(() => resources.disposeAsync());

/** A downlink over a real outbox, at a clock that the test moves; answers and events are gathered. */
const open = async ({ folder, keys = [keyConfigOf(ioc)], timeQuality = 'ntp', ...options }: Options = {}) => {
  let now = start;
  const own = folder === undefined ? undefined : await openTestOutbox(folder);
  const { outbox } = own ?? shared;
  const answers: CommandAnswer[] = [];
  const events: z.infer<typeof eventShape>[] = [];
  const counts = new Map<string, number>();
  const ran: Order[] = [];
  let refusesToAppend = false;
  const downlink = await openDownlink({
    site,
    keys,
    outbox: {
      restore: outbox.restore,
      append: async acceptance => {
        if (refusesToAppend) throw new GatewayError('exhausted', 'the disk is full');
        await outbox.append(acceptance);
        for (const { body } of acceptance.events ?? []) events.push(eventShape.parse(JSON.parse(body)));
      },
      answer: async answer => {
        answers.push(answer);
        return true;
      },
    },
    sealer: createSealer(site),
    clock: { now: () => now, steady: () => now },
    timeQuality: () => timeQuality,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    count: (reason, by = 1) => counts.set(reason, (counts.get(reason) ?? 0) + by),
    run: async (order, signal) => {
      ran.push(order);
      return await (options.run ?? (async () => ({ device: 'cam-3', state: 'connecting' })))(order, signal);
    },
  });
  return {
    downlink,
    answers,
    events,
    counts,
    ran,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    breakDisk: () => {
      refusesToAppend = true;
    },
    send: (payload: string, more: { readonly responseTopic?: string; readonly correlationData?: Uint8Array } = {}) =>
      downlink.receive({
        sink: 'ioc',
        topic: 'ioc/v1/hue/gw-1/gateway/cmd/ioc',
        payload: Buffer.from(payload),
        ...more,
      }),
    answered: async (count: number) => {
      await until(`${count} answers`, () => answers.length >= count);
      return answers.map(({ payload }) => answerShape.parse(JSON.parse(payload)));
    },
    /** Ends without closing the downlink first, as a crash does. */
    crash: () => own?.[Symbol.asyncDispose](),
    [Symbol.asyncDispose]: async () => {
      await downlink[Symbol.asyncDispose]();
      await own?.[Symbol.asyncDispose]();
    },
  };
};

const restartCamera = { command: 'device.restart', input: { device: 'cam-3' } };
const sign = (claims: Readonly<Record<string, unknown>> = {}, sender: Sender = ioc): string =>
  signCommand(sender, { ...restartCamera, ...claims }, start);

describe('a command', () => {
  it('is accepted, done, completed and answered, and every step is told', async () => {
    await using test = await open();
    test.send(sign({ jti: 'b-1' }));
    expect(await test.answered(1)).toEqual([
      {
        jti: 'b-1',
        gateway: 'hue/gw-1',
        command: 'device.restart',
        time: '2026-11-25T00:00:00.000Z',
        status: 'done',
        result: { device: 'cam-3', state: 'connecting' },
      },
    ]);
    expect(test.ran).toHaveLength(1);
    const [accepted, completed] = test.events;
    expect(accepted).toMatchObject({
      type: 'vn.ioc.gateway.command.accepted.v1',
      correlationid: 'command/ioc/b-1',
      data: { id: 'b-1', key: 'ioc', sender: 'ioc', devices: ['cam-3'], input: '{"device":"cam-3"}' },
    });
    expect(completed).toMatchObject({
      type: 'vn.ioc.gateway.command.completed.v1',
      correlationid: 'command/ioc/b-1',
      causationid: accepted?.id,
      data: { outcome: 'done', durationSeconds: 0 },
    });
  });

  it('goes to the answer topic of its sender, or to the response topic with its correlation data', async () => {
    await using test = await open();
    const correlationData = Buffer.from([0, 1, 255]);
    test.send(sign());
    test.send(sign(), { responseTopic: 'desk/7/answers', correlationData });
    test.send(sign(), { responseTopic: 'ioc/v1/hue/gw-1/gateway/ack/desk-7' });
    await test.answered(3);
    expect(test.answers.map(({ topic }) => topic).toSorted()).toEqual([
      'desk/7/answers',
      'ioc/v1/hue/gw-1/gateway/ack/desk-7',
      'ioc/v1/hue/gw-1/gateway/ack/ioc',
    ]);
    expect(test.answers.find(({ topic }) => topic === 'desk/7/answers')?.correlationData).toEqual(correlationData);
  });

  it.each([
    'ioc/v1/hue/gw-1/environment/obs/aq',
    'ioc/v1/hue/gw-2/gateway/cmd/ioc',
    'ioc/v1/hue/gw-1/gateway/ack/a/b',
    '$SYS/x',
    'desk/#',
    '',
  ])('makes the gateway write nothing to %j', async responseTopic => {
    await using test = await open();
    test.send(sign(), { responseTopic });
    await test.answered(1);
    expect(test.answers[0]?.topic).toBe('ioc/v1/hue/gw-1/gateway/ack/ioc');
  });

  it('that did not work is answered with what its driver says', async () => {
    await using test = await open({
      run: async () => {
        throw new GatewayError('unreachable', 'cam-3 is not connected', { advice: 'Check the cable.' });
      },
    });
    test.send(sign());
    expect(await test.answered(1)).toMatchObject([
      {
        status: 'failed',
        error: { kind: 'unreachable', message: 'cam-3 is not connected', advice: 'Check the cable.' },
      },
    ]);
    expect(test.events.at(-1)?.data).toMatchObject({ outcome: 'failed', error: { kind: 'unreachable' } });
  });

  it('is not done when it could not be written down', async () => {
    await using test = await open();
    test.breakDisk();
    test.send(sign());
    expect(await test.answered(1)).toMatchObject([{ status: 'refused', reason: 'not-recorded' }]);
    expect(test.ran).toEqual([]);
  });
});

describe('a command that comes again', () => {
  it('is not done again, and gets the answer of then', async () => {
    await using test = await open();
    const message = sign({ jti: 'c-1' });
    test.send(message);
    const [first] = await test.answered(1);
    test.pass(seconds(10));
    test.send(message);
    const [, second] = await test.answered(2);
    expect(second).toEqual({ ...first, repeated: true });
    expect(test.ran).toHaveLength(1);
    expect(test.events).toHaveLength(2);
  });

  it('while it is done waits for its end', async () => {
    const gate = Promise.withResolvers<void>();
    await using test = await open({
      run: async () => {
        await gate.promise;
        return { device: 'cam-3', state: 'connecting' };
      },
    });
    const message = sign({ jti: 'd-1' });
    test.send(message);
    await until('it runs', () => test.ran.length === 1);
    test.send(message);
    test.send(message);
    await until('the others were judged', () => test.counts.get('command-repeated') === 2);
    gate.resolve();
    const answers = await test.answered(3);
    expect(answers.map(({ status, repeated = false }) => [status, repeated])).toEqual([
      ['done', false],
      ['done', true],
      ['done', true],
    ]);
    expect(test.ran).toHaveLength(1);
  });

  it('at the same moment is done once', async () => {
    await using test = await open();
    const message = sign({ jti: 'e-1' });
    for (let n = 0; n < 5; n++) test.send(message);
    await test.answered(5);
    expect(test.ran).toHaveLength(1);
  });

  it('after a restart gets the answer of before', async () => {
    await using folder = await temporaryFolder();
    const message = sign({ jti: 'a-1' });
    {
      await using test = await open({ folder: folder.path });
      test.send(message);
      await test.answered(1);
    }
    await using test = await open({ folder: folder.path });
    test.send(message);
    expect(await test.answered(1)).toMatchObject([{ jti: 'a-1', status: 'done', repeated: true }]);
    expect(test.ran).toEqual([]);
  });

  it('after a crash in between is told to have been interrupted, and not done again', async () => {
    await using folder = await temporaryFolder();
    const message = sign({ jti: 'a-1' });
    const crashed = await open({ folder: folder.path, run: () => new Promise(() => {}) });
    crashed.send(message);
    await until('it runs', () => crashed.ran.length === 1);
    await crashed.crash();
    await using test = await open({ folder: folder.path });
    expect(test.events.map(({ data }) => data)).toMatchObject([{ id: 'a-1', outcome: 'interrupted' }]);
    test.send(message);
    expect(await test.answered(1)).toMatchObject([{ jti: 'a-1', status: 'interrupted', repeated: true }]);
    expect(test.ran).toEqual([]);
    await crashed.downlink[Symbol.asyncDispose]();
  });

  it('under the same number with another content is refused', async () => {
    await using test = await open();
    test.send(sign({ jti: 'f-1' }));
    await test.answered(1);
    test.send(sign({ jti: 'f-1', input: { device: 'ais-1' } }));
    expect(await test.answered(2)).toMatchObject([{ status: 'done' }, { status: 'refused', reason: 'replayed' }]);
    expect(test.ran).toHaveLength(1);
  });

  it('under the same number with another key is another command', async () => {
    const second = createSender('ioc-2');
    await using test = await open({ keys: [keyConfigOf(ioc), keyConfigOf(second, { sender: 'ioc' })] });
    test.send(sign({ jti: 'g-1' }));
    test.send(sign({ jti: 'g-1', iss: 'ioc' }, second));
    expect(await test.answered(2)).toMatchObject([{ status: 'done' }, { status: 'done' }]);
  });

  it('after a new store was begun is refused, since nobody knows whether it was done', async () => {
    await using after = await temporaryFolder();
    const message = signCommand(ioc, { ...restartCamera, jti: 'a-1' }, start - seconds(60));
    await using test = await open({ folder: after.path });
    test.send(message);
    expect(await test.answered(1)).toMatchObject([{ status: 'refused', reason: 'not-remembered' }]);
  });
});

describe('refusals', () => {
  it('say why and what to do', async () => {
    await using test = await open();
    test.send(sign({ jti: 'h-1', aud: 'hue/gw-2' }));
    expect(await test.answered(1)).toEqual([
      {
        jti: 'h-1',
        command: 'device.restart',
        gateway: 'hue/gw-1',
        time: '2026-11-25T00:00:00.000Z',
        status: 'refused',
        reason: 'wrong-audience',
        message: 'it is for hue/gw-2, and this is hue/gw-1',
        advice: expect.stringContaining('aud'),
      },
    ]);
    expect(test.events).toMatchObject([
      { type: 'vn.ioc.gateway.command.refused.v1', data: { reason: 'wrong-audience', sender: 'ioc', untold: 0 } },
    ]);
  });

  it('of nonsense are told a few times and counted every time', async () => {
    await using test = await open();
    for (let n = 0; n < 50; n++) test.send('nonsense');
    await until('all were counted', () => test.counts.get('command-malformed') === 50);
    await test.answered(10);
    expect(test.answers).toHaveLength(10);
    expect(test.events).toHaveLength(10);
    test.pass(minutes(1));
    test.send('nonsense');
    await test.answered(11);
    expect(test.events.at(-1)?.data).toMatchObject({ reason: 'malformed', untold: 40 });
  });

  it('of one sender do not silence those of another', async () => {
    await using test = await open();
    for (let n = 0; n < 20; n++) test.send('nonsense');
    await until('all were counted', () => test.counts.get('command-malformed') === 20);
    test.send(sign({ aud: 'hue/gw-2' }));
    await until('it is told', () => test.events.some(({ data }) => data['reason'] === 'wrong-audience'));
  });

  it('come when too many commands run', async () => {
    await using test = await open({ run: (_, signal) => aborts(signal) });
    for (let n = 0; n < 17; n++) test.send(sign({ jti: `a-${n}` }));
    expect(await test.answered(1)).toMatchObject([{ status: 'refused', reason: 'busy' }]);
    expect(test.ran).toHaveLength(16);
  });

  it('come when the clock is not set', async () => {
    await using test = await open({ timeQuality: 'unsynchronized' });
    test.send(sign());
    expect(await test.answered(1)).toMatchObject([{ status: 'refused', reason: 'clock-not-set' }]);
  });
});

const aborts = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new GatewayError('unreachable', 'aborted')));
  });

describe('when the gateway stops', () => {
  it('commands that run are told to have been interrupted', async () => {
    await using test = await open({ run: (_, signal) => aborts(signal) });
    test.send(sign({ jti: 'i-1' }));
    await until('it runs', () => test.ran.length === 1);
    await test.downlink[Symbol.asyncDispose]();
    expect(await test.answered(1)).toMatchObject([{ jti: 'i-1', status: 'interrupted' }]);
  });
});

it('answers and tells in the form that is published', async () => {
  await using test = await open();
  test.send(sign());
  test.send(sign({ aud: 'hue/gw-2' }));
  test.send(sign({ command: 'self.destruct' }));
  test.send('nonsense');
  await test.answered(4);
  for (const { payload } of test.answers) {
    const answer = answerShape.parse(JSON.parse(payload));
    const command = remoteCommands.get(answer.command ?? '');
    (command === undefined ? refusedAnswerSchema : answerSchemaOf(command)).parse(JSON.parse(payload));
  }
  for (const event of test.events) {
    const name = event.type.slice('vn.ioc.'.length, -'.v1'.length);
    const type = eventTypes.get(name);
    if (type === undefined) throw new Error(`no type ${name}`);
    const validate = ajv.compile({ ...toEventSchema(type), $id: crypto.randomUUID() });
    validate({ ...event, streamseq: '0001-000000000001' });
    expect(validate.errors ?? []).toEqual([]);
  }
  expect(test.events.length).toBeGreaterThan(4);
});
