/** The whole gateway over a clock of the test: wrong at first, set while it runs, or far ahead of the test. */
import path from 'node:path';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../config/parse.ts';
import type { Clock } from '../../core/time.ts';
import { runGateway } from '../../gateway/main.ts';
import type { GatewayLog } from '../../gateway/ops/log.ts';
import type { Synchronization } from '../../gateway/ops/time-service.ts';
import { openCenter } from '../support/center.ts';
import { createRunningClock, type TestClock } from '../support/clock.ts';
import { siteSections } from '../support/gateway.ts';
import { freePort, missingPrograms, startMosquitto, temporaryFolder, until } from '../support/resources.ts';

const missing = missingPrograms('mosquitto');

const period = 2000;
const hour = 3_600_000;
const day = 24 * hour;

const silent: GatewayLog = { info: () => {}, warn: () => {}, error: () => {}, with: () => silent, tail: () => [] };

const dated = z.looseObject({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  recordedtime: z.string(),
  timequality: z.string(),
  data: z.looseObject({ samples: z.record(z.string(), z.number()).optional() }),
});

const status = z.looseObject({
  ready: z.boolean(),
  timeQuality: z.string(),
  startedAt: z.number(),
  devices: z.array(z.looseObject({ state: z.string() })),
  outbox: z.looseObject({
    accepted: z.number(),
    lanes: z.array(z.looseObject({ lane: z.string(), rows: z.number(), shed: z.record(z.string(), z.number()) })),
  }),
});

interface Site extends AsyncDisposable {
  readonly clock: TestClock;
  /** What the time service says. */
  said: Synchronization;
  run(): Promise<void>;
  stop(): Promise<void>;
  connect(): Promise<Awaited<ReturnType<typeof openCenter>>>;
  /** Publishes this many samples, a few milliseconds apart; resolves when all of them are acknowledged. */
  publish(count: number): Promise<void>;
  status(): Promise<z.output<typeof status> | undefined>;
}

/** One sensor that publishes to the gateway's broker, means of two seconds, and a center that is not there yet. */
const openSite = async (ahead: number, said: Synchronization): Promise<Site> => {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const [apiPort, brokerPort, centerPort] = [await freePort(), await freePort(), await freePort()];
  const text = `
${siteSections({ folder: folder.path, apiPort, brokerPort: centerPort })}
broker: { port: ${brokerPort} }
devices:
  - { id: pm-1, driver: mqtt-json, broker: embedded, topics: [tele/pm], values: [{ quantity: pm25, path: pm25 }], silence: 1h }
pipelines: [{ name: air, from: [pm-1], stages: [{ stage: normalize }, { stage: aggregate, periods: [2s], lateness: 200ms }] }]
`;
  const { config, problems } = parseConfig(text, path.join(folder.path, 'gateway.yaml'));
  if (config === undefined) throw new Error(JSON.stringify(problems));
  const clock = createRunningClock(ahead);
  let running: { readonly stop: AbortController; readonly ended: Promise<unknown> } | undefined;
  let sensor: mqtt.MqttClient | undefined;

  const site: Site = {
    clock,
    said,
    run: async () => {
      const stop = new AbortController();
      const watched: Clock = clock;
      const ended = runGateway({
        config,
        secrets: { reveal: () => '', revealed: () => [] },
        log: silent,
        clock: watched,
        timeService: async () => site.said,
        signal: stop.signal,
      });
      running = { stop, ended };
      await until(
        'the gateway is ready',
        async () => (await Promise.race([ended.then(() => undefined), site.status()]))?.ready,
        300_000,
      );
      sensor = await mqtt.connectAsync(`mqtt://127.0.0.1:${brokerPort}`, { protocolVersion: 4, reconnectPeriod: 0 });
    },
    stop: async () => {
      await sensor?.endAsync(true);
      running?.stop.abort();
      await running?.ended;
      running = undefined;
    },
    connect: async () => {
      stack.use(await startMosquitto({ folder: folder.path, port: centerPort }));
      return stack.use(await openCenter(centerPort));
    },
    publish: async count => {
      for (let sample = 0; sample < count; sample++) await sensor?.publishAsync('tele/pm', '{"pm25": 10}', { qos: 1 });
    },
    status: async () => {
      const response = await fetch(`http://127.0.0.1:${apiPort}/api/v1/status`).catch(() => undefined);
      return response && status.parse(await response.json());
    },
    [Symbol.asyncDispose]: async () => {
      await site.stop();
      await stack[Symbol.asyncDispose]();
    },
  };
  return site;
};

type Center = Awaited<ReturnType<Site['connect']>>;

const eventsOf = ({ events }: Center, type: string) =>
  [...events.values()].filter(event => event.type === `vn.ioc.${type}.v1`).map(event => dated.parse(event));
const samplesOf = (center: Center): number =>
  eventsOf(center, 'environment.air-quality.observed').reduce(
    (sum, { data }) => sum + (data.samples?.['pm25'] ?? 0),
    0,
  );

describe.skipIf(missing !== undefined)('a gateway that wakes up in 2024', () => {
  it('dates all that waits by the right time once its clock is set, and counts each sample once', async () => {
    const began = Date.now();
    await using site = await openSite(Date.UTC(2024, 0, 1, 0, 10) - began, 'unsynchronized');
    await site.run();
    let given = 0;
    const feed = async (milliseconds: number): Promise<void> => {
      const end = performance.now() + milliseconds;
      while (performance.now() < end) {
        await site.publish(5);
        given += 5;
      }
    };
    await feed(2 * period);
    // In the middle of a period.
    site.clock.set(began - Date.UTC(2024, 0, 1, 0, 10));
    await feed(300);
    site.said = 'synchronized';
    await feed(2 * period);
    expect((await site.status())?.timeQuality).toBe('ntp');
    const center = await site.connect();
    await until('every sample is told', () => samplesOf(center) >= given, 20_000);
    expect(samplesOf(center)).toBe(given);
    const all = [...center.events.values()].map(event => dated.parse(event));
    for (const { type, time, recordedtime } of all) {
      expect(Date.parse(recordedtime), type).toBeGreaterThanOrEqual(began - 100);
      expect(Date.parse(time), type).toBeGreaterThanOrEqual(began - 100);
      expect(Date.parse(time), type).toBeLessThan(Date.now() + period);
    }
    const qualities = eventsOf(center, 'environment.air-quality.observed').map(({ timequality }) => timequality);
    expect(new Set(qualities)).toEqual(new Set(['estimated', 'ntp']));
    expect(eventsOf(center, 'gateway.clock.stepped')).toMatchObject([
      { data: { before: expect.stringMatching(/^2024-/) } },
    ]);
    expect(center.report()).toMatchObject({ duplicates: 0, invalid: new Map() });
    expect(center.report().streams.every(({ lost }) => lost === 0)).toBe(true);
    expect((await site.status())?.startedAt).toBeGreaterThanOrEqual(began - 100);
  });

  it('does so also where it was restarted in between, and not where the machine was', async () => {
    const began = Date.now();
    await using site = await openSite(Date.UTC(2024, 0, 1, 0, 10) - began, 'unsynchronized');
    await site.run();
    await site.publish(20);
    await site.stop();
    site.clock.set(began - Date.UTC(2024, 0, 1, 0, 10));
    site.said = 'synchronized';
    await site.run();
    await site.publish(20);
    const center = await site.connect();
    await until('every sample is told', () => samplesOf(center) >= 40, 20_000);
    const all = [...center.events.values()].map(event => dated.parse(event));
    for (const { type, time } of all) expect(Date.parse(time), type).toBeGreaterThanOrEqual(began - 1000);
    expect(center.report()).toMatchObject({ duplicates: 0, invalid: new Map() });
  });
});

describe.skipIf(missing !== undefined)('a clock that is set while the gateway runs', () => {
  it('costs no sample, tells nothing twice, and each time is told once', async () => {
    await using site = await openSite(0, 'synchronized');
    await site.run();
    const center = await site.connect();
    const steps = () => eventsOf(center, 'gateway.clock.stepped');
    // An hour and a day, forward and back, and so through the same minutes more than once.
    const sets = [hour, -hour, day, -2 * day, day];
    await site.publish(50);
    for (const [told, by] of sets.entries()) {
      site.clock.set(by);
      await site.publish(50);
      await until('the step is told', () => steps().length > told, 20_000);
      await site.publish(50);
    }
    const given = 50 + 100 * sets.length;
    await until('every sample is told', () => samplesOf(center) >= given, 20_000);
    expect(samplesOf(center)).toBe(given);
    expect(steps()).toHaveLength(sets.length);
    for (const [index, { data }] of steps().entries())
      expect(Math.abs(Number(data['stepMs']) - (sets[index] ?? 0))).toBeLessThan(500);
    expect(center.report()).toMatchObject({ duplicates: 0, invalid: new Map() });
    expect(center.report().streams.every(({ lost }) => lost === 0)).toBe(true);
    expect((await site.status())?.devices).toMatchObject([{ state: 'running' }]);
  });
});

describe.skipIf(missing !== undefined)('a gateway whose center is away', () => {
  /** The center is away for `days`, on each of which a few samples are published. */
  const stayAway = async (site: Site, days: number, each: number): Promise<void> => {
    for (let passed = 0; passed < days; passed++) {
      await site.publish(each);
      site.clock.pass(day);
      // The period that was open is told.
      await until('a day is over', async () => ((await site.status())?.outbox.accepted ?? 0) > passed + 1, 20_000);
    }
  };

  it('for a week keeps everything, and tells it in order when it is back', async () => {
    await using site = await openSite(-7 * day, 'synchronized');
    await site.run();
    await stayAway(site, 7, 5);
    const center = await site.connect();
    await until('every sample is told', () => samplesOf(center) >= 35, 20_000);
    expect(samplesOf(center)).toBe(35);
    const times = eventsOf(center, 'environment.air-quality.observed').map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
    expect(new Set(times.map(time => time.slice(0, 10))).size).toBe(7);
    const { streams, duplicates, invalid } = center.report();
    expect(streams.map(({ lost, shed }) => ({ lost, shed }))).toEqual(streams.map(() => ({ lost: 0, shed: 0 })));
    expect({ duplicates, invalid }).toEqual({ duplicates: 0, invalid: new Map() });
  });

  it('for longer than its data are worth gives up the oldest, and accounts for them', async () => {
    await using site = await openSite(-95 * day, 'synchronized');
    await site.run();
    const accepted = async (): Promise<number> =>
      (await site.status())?.outbox.lanes.find(({ lane }) => lane === 'obs')?.rows ?? 0;
    await site.publish(5);
    // What counts is when the mean was accepted, and that of the last samples comes with the end of its period.
    const first = await until('the mean of the first samples is accepted', async () => (await accepted()) || undefined);
    site.clock.pass(5 * day);
    await site.publish(5);
    await until('the mean of the others is accepted', async () => (await accepted()) > first);
    site.clock.pass(88 * day);
    await until(
      'the oldest have expired',
      async () =>
        ((await site.status())?.outbox.lanes ?? []).some(
          ({ lane, shed }) => lane === 'obs' && (shed['expired'] ?? 0) > 0,
        ),
      300_000,
    );
    const center = await site.connect();
    await until('the younger ones are told', () => samplesOf(center) >= 5, 20_000);
    expect(samplesOf(center)).toBe(5);
    await until('all is accounted for', () => center.report().streams.every(({ lost }) => lost === 0), 20_000);
    expect(center.report().streams.reduce((sum, { shed }) => sum + shed, 0)).toBeGreaterThan(0);
  });
});
