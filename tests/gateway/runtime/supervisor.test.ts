import { describe, expect, it, vi } from 'vitest';
import { aborted, sleep } from '../../../core/abort.ts';
import type { Batch } from '../../../core/batch.ts';
import { outputSet } from '../../../core/device-commands.ts';
import type { Context, Device } from '../../../core/driver.ts';
import { type ErrorKind, GatewayError } from '../../../core/errors.ts';
import type { Detections, Observation } from '../../../core/observation.ts';
import { minutes, seconds, systemClock } from '../../../core/time.ts';
import { type SupervisorOptions, superviseDevice } from '../../../gateway/runtime/supervisor.ts';
import { until } from '../../support/resources.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

const measurement = (value: number): Observation => ({
  kind: 'measurement',
  device: 'pm-1',
  quantity: 'pm25',
  value,
  time: 1_000_000,
  timeFrom: 'gateway',
});

const sight = (number: number): Detections => ({
  ...{ kind: 'detections', device: 'pm-1', time: 1_000_000, timeFrom: 'gateway', ended: [] },
  detector: { model: 'm', version: '1', threshold: 0.5 },
  objects: [{ label: 'car', confidence: 0.9, box: { x: 0.1, y: 0.1, width: 0.1, height: 0.1 }, track: `t${number}` }],
});

type Open = (context: Context, attempt: number) => AsyncGenerator<Batch<Observation>, void>;

/** A device whose n-th connection behaves as `open` says, under supervision. */
const supervise = (open: Open, options: Partial<SupervisorOptions> = {}, knock?: Device<Observation>['knock']) => {
  let attempts = 0;
  const accepted: Batch<Observation>[] = [];
  const failures: GatewayError[] = [];
  const device: Device<Observation> = {
    id: 'pm-1',
    silence: 60_000,
    open: context => open(context, ++attempts),
    createDecoder: () => undefined,
    commands: [outputSet.name],
    ...(knock !== undefined && { knock }),
  };
  const supervised = superviseDevice({
    profile: {
      id: 'pm-1',
      driver: 'pms5003',
      service: 'environment',
      alsoServes: [],
      agencies: [],
      name: 'PM',
      siteId: 'pole-1',
      areaCode: '00000',
      status: 'test',
      tags: [],
    },
    device,
    silence: 60_000,
    context: { clock: systemClock, log, reveal: () => '' },
    accept: async (_, batch) => {
      accepted.push(batch);
    },
    onFailure: error => failures.push(error),
    onBatch: () => {},
    // The shortest waits that the schedule knows.
    random: () => 0.999,
    ...options,
  });
  return {
    supervised,
    accepted,
    failures,
    attempts: () => attempts,
    [Symbol.asyncDispose]: () => supervised[Symbol.asyncDispose](),
  };
};

/** Yields one value and then lives until it is aborted. */
async function* alive({ signal }: Context): AsyncGenerator<Batch<Observation>, void> {
  yield { items: [measurement(12.4)] };
  await aborted(signal);
}

const failing = (kind: ErrorKind): Open =>
  // biome-ignore lint/correctness/useYield: it fails before it yields.
  async function* () {
    throw new GatewayError(kind, `it is ${kind}`, { advice: 'Do something.' });
  };

describe('a supervised device', () => {
  it('runs from its first batch on, and its newest observation can be read', async () => {
    await using test = supervise(alive);
    expect(test.supervised.status().state).toBe('connecting');
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(test.supervised.status()).toMatchObject({ observations: 1, last: { text: 'pm25 12.4 ug/m3' } });
    expect(test.accepted).toHaveLength(1);
  });

  it('takes an empty batch as a sign of life', async () => {
    await using test = supervise(async function* ({ signal }) {
      yield { items: [] };
      await aborted(signal);
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(test.supervised.status().observations).toBe(0);
  });

  it('counts what its codec counts', async () => {
    await using test = supervise(async function* (context) {
      context.count('malformed.bad-checksum', 3);
      yield* alive(context);
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(test.supervised.status().counts).toEqual({ 'malformed.bad-checksum': 3 });
  });

  it.each(['unreachable', 'protocol'] as const)('is dialled again after "%s", within seconds', async kind => {
    await using test = supervise((context, attempt) => (attempt === 1 ? failing(kind)(context, 1) : alive(context)));
    await until('it waits', () => test.supervised.status().state === 'waiting');
    const { error, nextRetry, since } = test.supervised.status();
    expect(error).toEqual({ kind, message: `it is ${kind}`, advice: 'Do something.' });
    expect((nextRetry ?? 0) - since).toBeLessThan(1100);
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(test.supervised.status().error).toBeUndefined();
  });

  it('is complained of once while it fails in the same way', async () => {
    const complaints: string[] = [];
    const context = {
      clock: systemClock,
      log: { ...log, warn: (message: string) => complaints.push(message) },
      reveal: () => '',
    };
    await using test = supervise(failing('unreachable'), { context });
    await until('it failed three times', () => test.failures.length === 3);
    expect(complaints).toEqual(['the device cannot be read']);
  });

  it('waits minutes after its credentials were refused, so as not to lock the account', async () => {
    await using test = supervise(failing('denied'));
    await until('it waits', () => test.supervised.status().state === 'waiting');
    const { nextRetry = 0, since } = test.supervised.status();
    expect(nextRetry - since).toBeGreaterThan(120_000);
  });

  it.each([
    ['config', 'parked'],
    ['unsupported', 'parked'],
    ['defect', 'stopped'],
  ] as const)('is not dialled again after "%s": it is %s', async (kind, state) => {
    await using test = supervise(failing(kind));
    await until('it is left alone', () => test.supervised.status().state === state);
    expect(test.supervised.status().nextRetry).toBeUndefined();
    expect(test.attempts()).toBe(1);
  });

  it('is called unreachable when it falls silent, and dialled again', async () => {
    await using test = supervise(alive, { silence: 30 });
    const error = await until('it fails', () => test.failures[0]);
    expect(error).toMatchObject({ kind: 'unreachable', message: 'no word for 30ms' });
    await until('it is dialled again', () => test.attempts() > 1);
  });

  it('is not silent while the gateway itself is busy with what it said', async () => {
    const busy = Promise.withResolvers<void>();
    await using test = supervise(alive, { silence: 20, accept: () => busy.promise });
    await until('it runs', () => test.supervised.status().state === 'running');
    const before = performance.now();
    await until('much longer than its silence passes', () => performance.now() - before > 100);
    expect(test.failures).toEqual([]);
    busy.resolve();
    await until('then it is', () => test.failures.length > 0);
  });

  it.each([
    ['breaks off', () => Promise.reject(new GatewayError('unreachable', 'it is gone'))],
    ['falls silent', ({ signal }: Context) => aborted(signal)],
    ['ends', () => Promise.resolve()],
  ])('ends what it follows as interrupted when it %s, and not what it follows then', async (_, end) => {
    await using test = supervise(
      async function* (context, attempt) {
        yield { items: [sight(attempt)] };
        await (attempt === 1 ? end(context) : aborted(context.signal));
      },
      { silence: 100 },
    );
    const told = () => test.accepted.flatMap(({ items }) => items);
    await until('it is told', () => told().some(item => item.kind === 'detections' && item.endedBy !== undefined));
    expect(told().slice(0, 2)).toEqual([sight(1), { ...sight(1), objects: [], ended: ['t1'], endedBy: 'interrupted' }]);
  });

  it('says of what it follows nothing when the gateway stops: it is followed again after the start', async () => {
    const test = supervise(async function* ({ signal }) {
      yield { items: [sight(1)] };
      await aborted(signal);
    });
    await until('it runs', () => test.accepted.length > 0);
    await test[Symbol.asyncDispose]();
    expect(test.accepted).toEqual([{ items: [sight(1)] }]);
  });

  it('is asked for the next batch only when there is room for it', async () => {
    let yielded = 0;
    const room = Promise.withResolvers<void>();
    await using test = supervise(
      async function* ({ signal }) {
        for (; !signal.aborted; yielded++) yield { items: [measurement(yielded)] };
      },
      { accept: () => room.promise },
    );
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(yielded).toBe(0);
    room.resolve();
  });

  it('starts with the shortest wait again after it delivered', async () => {
    await using test = supervise(async function* (_, attempt) {
      if (attempt % 2 === 0) yield { items: [measurement(1)] };
      throw new GatewayError('unreachable', 'gone');
    });
    await until('it failed three times', () => test.failures.length === 3, 20_000);
    const { nextRetry = 0, since } = await until('it waits', () => {
      const status = test.supervised.status();
      return status.state === 'waiting' && status;
    });
    expect(nextRetry - since).toBeLessThan(1100);
  });

  it('is stopped, not retried, when its source is finite', async () => {
    await using test = supervise(async function* () {
      yield { items: [measurement(1)] };
    });
    await until('it stopped', () => test.supervised.status().state === 'stopped');
    expect(test.supervised.status().error).toBeUndefined();
    expect(test.attempts()).toBe(1);
  });

  it('is closed before its supervisor is', async () => {
    let isClosed = false;
    const test = supervise(async function* (context) {
      try {
        yield* alive(context);
      } finally {
        isClosed = true;
      }
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    await test.supervised[Symbol.asyncDispose]();
    expect(isClosed).toBe(true);
    expect(test.supervised.status().state).toBe('stopped');
  });

  it('is left alone as a defect when it does not close', async () => {
    await using test = supervise(
      async function* () {
        yield { items: [measurement(1)] };
        await new Promise(() => {});
      },
      { silence: 10 },
    );
    const error = await until('it fails', () => test.failures[0]);
    expect(error).toMatchObject({ kind: 'defect', message: expect.stringContaining('did not close') });
    expect(test.supervised.status().state).toBe('stopped');
  });
});

const order = { device: 'pm-1', output: 'siren', state: 'on' };

/** Offers to switch as `run` does for as long as it lives. */
const switching = (run: (signal: AbortSignal) => Promise<{ output: string; state: 'on' | 'off' }>): Open =>
  async function* (context) {
    using _ = context.commands.serve(outputSet, (_, signal) => run(signal));
    yield* alive(context);
  };

const on = { output: 'siren', state: 'on' } as const;
const soon = () => AbortSignal.timeout(5000);

describe('a device that can be knocked at', () => {
  /** A camera that can be read and knocked at while it is there, in a time that passes as fast as it is told to. */
  const watch = async (use: (test: ReturnType<typeof supervise>, camera: { isThere: boolean }) => Promise<void>) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    try {
      const camera = { isThere: true };
      const open: Open = async function* ({ signal }) {
        const refused = new GatewayError('unreachable', 'it is away');
        if (!camera.isThere) throw refused;
        while (!signal.aborted) {
          yield { items: [measurement(12.4)] };
          await sleep(seconds(1), signal);
          if (!camera.isThere) throw refused;
        }
      };
      const knock = async () => {
        if (!camera.isThere) throw new GatewayError('unreachable', 'nobody listens');
      };
      await using test = supervise(open, { random: () => 0 }, knock);
      await vi.advanceTimersByTimeAsync(seconds(5));
      expect(test.supervised.status().state).toBe('running');
      await use(test, camera);
    } finally {
      vi.useRealTimers();
    }
  };

  it.each([
    { away: minutes(3), within: seconds(0.5), attempts: 12 },
    { away: minutes(30), within: seconds(2), attempts: 40 },
  ])(
    'away for $away ms, is read again $within ms after it is back at the latest',
    async ({ away, within, attempts: most }) => {
      await watch(async (test, camera) => {
        camera.isThere = false;
        await vi.advanceTimersByTimeAsync(away);
        expect(test.supervised.status().state).toBe('waiting');
        const attempts = test.attempts();
        expect(attempts).toBeLessThan(most);
        camera.isThere = true;
        await vi.advanceTimersByTimeAsync(within);
        expect(test.supervised.status().state).toBe('running');
        expect(test.attempts()).toBe(attempts + 1);
      });
    },
  );

  it('is tried no more often for an answer to every knock while it cannot be read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    try {
      await using test = supervise(failing('unreachable'), { random: () => 0 }, async () => {});
      await vi.advanceTimersByTimeAsync(minutes(3));
      // At 0, 1, 3, 7, 15, 31, 63 and 123 s.
      expect(test.attempts()).toBe(8);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not knocked at while its password is refused, so as not to lock the account', async () => {
    const knock = vi.fn(async () => {});
    await using test = supervise(failing('denied'), {}, knock);
    await until('it waits', () => test.supervised.status().state === 'waiting');
    expect(knock).not.toHaveBeenCalled();
  });

  it('is left in peace as soon as it is closed, also in the middle of a knock', async () => {
    const knock = vi.fn((signal: AbortSignal) => aborted(signal));
    const test = supervise(failing('unreachable'), { random: () => 0 }, knock);
    await until('it is knocked at', () => knock.mock.calls.length > 0);
    await test.supervised[Symbol.asyncDispose]();
    expect(knock).toHaveBeenCalledTimes(1);
  });
});

describe('a command for a device', () => {
  it('is done by its driver, and its output comes back', async () => {
    await using test = supervise(switching(async () => on));
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(await test.supervised.command(outputSet.name, order, soon())).toEqual(on);
  });

  it('is unreachable at once while the device is away, and says why', async () => {
    await using test = supervise(failing('unreachable'));
    await until('it waits', () => test.supervised.status().state === 'waiting');
    await expect(test.supervised.command(outputSet.name, order, soon())).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'pm-1 is not connected: it is unreachable',
      advice: 'Do something.',
    });
  });

  it('is unsupported where the driver never does it, and where the connected device does not offer it', async () => {
    await using test = supervise(alive);
    await until('it runs', () => test.supervised.status().state === 'running');
    for (const name of ['ptz', outputSet.name])
      await expect(test.supervised.command(name, order, soon())).rejects.toMatchObject({ kind: 'unsupported' });
  });

  it('fails as unreachable when the connection ends in the middle of it', async () => {
    const gone = Promise.withResolvers<never>();
    const begun = Promise.withResolvers<void>();
    await using test = supervise(async function* (context) {
      using _ = context.commands.serve(outputSet, () => {
        begun.resolve();
        return new Promise(() => {});
      });
      yield { items: [measurement(1)] };
      await gone.promise;
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    const doing = test.supervised.command(outputSet.name, order, soon());
    await begun.promise;
    gone.reject(new GatewayError('unreachable', 'gone'));
    await expect(doing).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('its connection ended meanwhile'),
    });
  });

  it('is given up when its time is over, also by a driver that does not listen', async () => {
    await using test = supervise(switching(() => new Promise(() => {})));
    await until('it runs', () => test.supervised.status().state === 'running');
    await expect(test.supervised.command(outputSet.name, order, AbortSignal.timeout(20))).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('did not answer in time'),
    });
  });

  it('is refused while eight others are under way, and taken again after one of them', async () => {
    const others = Promise.withResolvers<typeof on>();
    await using test = supervise(switching(() => others.promise));
    await until('it runs', () => test.supervised.status().state === 'running');
    const eight = Array.from({ length: 8 }, () => test.supervised.command(outputSet.name, order, soon()));
    await expect(test.supervised.command(outputSet.name, order, soon())).rejects.toMatchObject({ kind: 'exhausted' });
    others.resolve(on);
    await Promise.all(eight);
    expect(await test.supervised.command(outputSet.name, order, soon())).toEqual(on);
  });

  it('fails as the driver says', async () => {
    const denied = new GatewayError('denied', 'refused', { advice: 'Give it another password.' });
    await using test = supervise(switching(() => Promise.reject(denied)));
    await until('it runs', () => test.supervised.status().state === 'running');
    await expect(test.supervised.command(outputSet.name, order, soon())).rejects.toBe(denied);
    expect(test.supervised.status().state, 'the connection goes on').toBe('running');
  });

  it('is offered by a connection only as long as it stands', async () => {
    await using test = supervise((context, attempt) =>
      attempt === 1 ? switching(async () => on)(context, 1) : alive(context),
    );
    await until('it runs', () => test.supervised.status().state === 'running');
    await test.supervised.restart();
    await until('it runs again', () => test.attempts() === 2 && test.supervised.status().state === 'running');
    await expect(test.supervised.command(outputSet.name, order, soon())).rejects.toMatchObject({ kind: 'unsupported' });
  });
});

describe('a device that is restarted', () => {
  it('is closed first, then opened at once, and has not failed', async () => {
    const steps: string[] = [];
    await using test = supervise(async function* (context, attempt) {
      steps.push(`open ${attempt}`);
      yield* alive(context);
      steps.push(`close ${attempt}`);
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    await test.supervised.restart();
    expect(steps).toEqual(['open 1', 'close 1', 'open 2']);
    expect(test.failures).toEqual([]);
    await until('it runs again', () => test.supervised.status().state === 'running');
  });

  it.each(['denied', 'unsupported', 'config', 'defect'] as const)('waits no more after "%s"', async kind => {
    await using test = supervise((context, attempt) => (attempt === 1 ? failing(kind)(context, 1) : alive(context)));
    await until('it failed', () => test.failures.length === 1);
    await test.supervised.restart();
    expect(test.attempts()).toBe(2);
    await until('it runs', () => test.supervised.status().state === 'running');
    expect(test.supervised.status().error).toBeUndefined();
  });

  it('is read once more when its source was finite', async () => {
    await using test = supervise(async function* () {
      yield { items: [measurement(1)] };
    });
    await until('it stopped', () => test.supervised.status().state === 'stopped');
    await test.supervised.restart();
    expect(test.attempts()).toBe(2);
  });

  it('is opened once when several ask at the same time', async () => {
    await using test = supervise(alive);
    await until('it runs', () => test.supervised.status().state === 'running');
    await Promise.all([test.supervised.restart(), test.supervised.restart(), test.supervised.restart()]);
    expect(test.attempts()).toBe(2);
  });

  it('is never opened twice: while its driver hangs that is refused, and done when it let go', async () => {
    const held = Promise.withResolvers<void>();
    await using test = supervise(async function* (context, attempt) {
      yield { items: [measurement(1)] };
      await (attempt === 1 ? held.promise : aborted(context.signal));
    });
    await until('it runs', () => test.supervised.status().state === 'running');
    await expect(test.supervised.restart()).rejects.toMatchObject({
      kind: 'defect',
      message: expect.stringContaining('did not close'),
    });
    await expect(test.supervised.restart()).rejects.toMatchObject({ kind: 'defect' });
    expect(test.attempts()).toBe(1);
    held.resolve();
    await until('it may be opened again', () =>
      test.supervised.restart().then(
        () => true,
        () => false,
      ),
    );
    expect(test.attempts()).toBe(2);
  });

  it('is not when the gateway stops', async () => {
    const test = supervise(alive);
    await test.supervised[Symbol.asyncDispose]();
    await expect(test.supervised.restart()).rejects.toMatchObject({ kind: 'unreachable' });
    expect(test.attempts()).toBe(1);
  });
});
