/**
 * The one file that joins the parts of the gateway: what is opened in which order, who hears of what, and how all of it
 * ends.
 */
import path from 'node:path';
import type { Secrets } from '../config/reveal.ts';
import type { Config } from '../config/schema.ts';
import { aborted, sleep } from '../core/abort.ts';
import type { Conclusion } from '../core/conclusion.ts';
import { type GatewayError, toGatewayError } from '../core/errors.ts';
import { type Clock, seconds } from '../core/time.ts';
import { stateNames } from '../events/names.ts';
import { type Broker, openBroker } from './broker/open.ts';
import { openMedia } from './media/open.ts';
import { openApi } from './ops/api.ts';
import { readBootId } from './ops/boot-id.ts';
import { type ClockWatch, watchClock } from './ops/clock.ts';
import type { GatewayLog } from './ops/log.ts';
import type { Notice } from './outbox/notice.ts';
import { openOutbox } from './outbox/open.ts';
import type { Outbox } from './outbox/outbox.ts';
import { bindDevice, needsVision } from './runtime/bind-device.ts';
import { type Conditions, openConditions } from './runtime/conditions.ts';
import { createCounters } from './runtime/counters.ts';
import { createSealer } from './runtime/create-sealer.ts';
import { modelsInUse } from './runtime/models-in-use.ts';
import { createNoticeReader } from './runtime/notices.ts';
import { openPipelines } from './runtime/pipeline.ts';
import { alertsState, healthState, inventoryStates } from './runtime/reports.ts';
import { parseRunRecord, type RunRecord, runOwner, saveRunRecord, startedConclusion } from './runtime/run-record.ts';
import type { RetainedState } from './runtime/seal.ts';
import type { GatewayStatus } from './runtime/status.ts';
import { type Supervised, superviseDevice } from './runtime/supervisor.ts';
import { version } from './version.ts';
import { openVision, type Vision } from './vision/open.ts';

/** After the outbox or an uplink broke, the rest closes within this time or not at all. */
const closingTime = seconds(3);

export interface RunOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly log: GatewayLog;
  readonly clock: Clock;
  /** Aborts when the gateway is to stop: it then drains, commits and closes. */
  readonly signal: AbortSignal;
}

/** Of the health state and the record of this run. */
const reportEvery = seconds(30);

/** What still leaves at a clean stop leaves within this time; the rest leaves after the next start. */
const drainTime = seconds(2);

/**
 * Runs until `signal` aborts, then stops cleanly and resolves. Rejects when it cannot start (`config`, `damaged`), and
 * with `defect` when the outbox or its uplinks broke: then the process must end and be started afresh.
 */
export const runGateway = async ({ config, secrets, log, clock, signal }: RunOptions): Promise<void> => {
  const { site } = config;
  const startTick = performance.now();
  let startedAt = clock.now();
  const sealer = createSealer(site);
  const counters = createCounters();
  const mediaFolder = path.resolve(config.storage.folder, 'media');
  /** What breaks the gateway as a whole aborts this. */
  const broken = new AbortController();
  let failure: GatewayError | undefined;
  const breakDown = (thrown: unknown): void => {
    failure ??= toGatewayError(thrown);
    broken.abort();
  };
  const ending = AbortSignal.any([signal, broken.signal]);

  await using stack = new AsyncDisposableStack();
  const early: Notice[] = [];
  let onNotice = (notice: Notice): void => {
    // The outbox has something to say before anybody can conclude from it.
    early.push(notice);
  };
  const outbox = stack.use(
    await openOutbox({
      folder: config.storage.folder,
      site,
      uplinks: config.uplinks,
      budget: { bytes: config.storage.outbox },
      reveal: secrets.reveal,
      onNotice: notice => onNotice(notice),
      onFailure: breakDown,
    }),
  );
  const bootId = await readBootId();
  const recordRun = (state: RunRecord['state']) => saveRunRecord({ version, state, seenAt: clock.now(), bootId });
  let hasStarted = false;
  stack.defer(async () => {
    // Everything else is closed by now. After a failure the next run is to know that this one broke.
    if (!hasStarted || failure !== undefined) return;
    await outbox.append({ saved: [recordRun('stopped')] });
    await outbox.drain(drainTime);
  });

  const previous = parseRunRecord(await outbox.restore(runOwner));
  const clockWatch = stack.use(
    await watchClock({ clock, log: log.with({ part: 'clock' }), notBefore: previous?.seenAt ?? 0 }),
  );

  const devices: Supervised[] = [];
  let ready = false;
  const status = (): GatewayStatus => {
    const { outbox: waiting, uplinks } = outbox.status();
    return {
      gateway: site.gateway,
      version,
      startedAt,
      now: clock.now(),
      configVersion: site.configVersion,
      timeQuality: clockWatch.quality(),
      ready,
      devices: devices.map(device => device.status()),
      uplinks,
      outbox: waiting,
      counts: counters.values(),
    };
  };
  const api = stack.use(
    await openApi({
      host: config.api.host,
      port: config.api.port,
      ...(config.api.token !== undefined && { token: secrets.reveal(config.api.token) }),
      status,
      defect: () => failure?.message,
    }),
  );
  log.info('the gateway answers', { host: config.api.host, port: api.port, version, config: site.configVersion });

  await waitForClock(clockWatch, config, log, ending);
  if (signal.aborted) return;
  // By a clock that may have been set in the meantime.
  startedAt = Math.round(clock.now() - (performance.now() - startTick));

  const pipelines = await openPipelines({
    pipelines: config.pipelines,
    site,
    outbox,
    sealer,
    clock,
    timeQuality: clockWatch.quality,
    log: log.with({ part: 'pipelines' }),
    count: counters.count,
  });
  stack.use(pipelines);
  const conclude = async (conclusions: readonly Conclusion[]): Promise<void> => {
    try {
      await pipelines.conclude(conclusions);
    } catch (thrown) {
      log.error('an event of the gateway itself was not accepted', { reason: toGatewayError(thrown).message });
    }
  };
  await conclude([startedConclusion(site, { version, at: startedAt, bootId, previous })]);

  const conditions: Conditions = await openConditions({
    site,
    outbox,
    sealer,
    clock,
    timeQuality: clockWatch.quality,
    onChange: thrown => {
      if (thrown !== undefined) {
        log.error('a condition was not accepted', { reason: toGatewayError(thrown).message });
      }
      void retainAlerts();
    },
  });
  stack.defer(() => conditions.settled());
  const retain = async (states: readonly RetainedState[]): Promise<void> => {
    try {
      for (const { topic, body } of states) await outbox.retain(topic, body);
    } catch (thrown) {
      log.error('a state was not accepted', { reason: toGatewayError(thrown).message });
    }
  };
  const retainAlerts = (): Promise<void> => retain([alertsState(sealer, conditions.open(), clock.now())]);

  const readNotice = createNoticeReader({ site, clock, log: log.with({ part: 'outbox' }), conclude });
  onNotice = readNotice;
  for (const notice of early.splice(0)) readNotice(notice);

  const inventory = inventoryStates(sealer, site, {
    version,
    models: await modelsInUse(config.devices),
    at: clock.now(),
  });
  await retain(inventory);
  await retainAlerts();
  await clearLeftStates(outbox, inventory);

  const subscribed = Promise.withResolvers<void>();
  const broker: Broker | undefined =
    config.broker &&
    stack.use(
      await openBroker({
        ...config.broker,
        reveal: secrets.reveal,
        clock,
        log: log.with({ part: 'broker' }),
        count: counters.count,
        ready: subscribed.promise,
      }),
    );
  stack.use(
    openMedia({
      folder: mediaFolder,
      url: config.media?.url,
      tls: config.media ?? {},
      budget: config.storage.media,
      outbox,
      conclude: pipelines.conclude,
      clock,
      log: log.with({ part: 'media' }),
      count: counters.count,
    }),
  );
  const vision: Vision | undefined = needsVision(config.devices)
    ? stack.use(
        openVision({
          log: log.with({ part: 'vision' }),
          clock,
          // Without a place where they go, pictures would only fill the disk.
          ...(config.media !== undefined && {
            media: { folder: mediaFolder, city: site.city, gateway: site.gateway },
          }),
        }),
      )
    : undefined;

  for (const device of config.devices) {
    devices.push(
      superviseDevice({
        profile: device.profile,
        device: bindDevice(device, vision),
        silence: device.silence,
        context: {
          clock,
          log: log.with({ device: device.profile.id, driver: device.profile.driver }),
          reveal: secrets.reveal,
          ...(broker !== undefined && { embedded: broker.source }),
        },
        accept: pipelines.accept,
        onFailure: (error, since) => conditions.failed(device.profile, error, since),
        onBatch: () => conditions.delivered(device.profile.id),
      }),
    );
  }
  stack.defer(async () => {
    await Promise.all(devices.map(device => device[Symbol.asyncDispose]()));
  });
  // Subscriptions are made when the devices are opened, which happens in the microtasks that follow.
  setImmediate(subscribed.resolve);
  ready = true;
  log.info('the gateway is ready', { devices: devices.length });

  hasStarted = true;
  while (!ending.aborted) {
    await outbox
      .append({ saved: [recordRun('running')] })
      .catch(thrown =>
        log.error('the record of this run was not accepted', { reason: toGatewayError(thrown).message }),
      );
    await retain([await healthState(sealer, status(), config.storage.folder)]);
    await sleep(reportEvery, ending);
  }
  ready = false;
  log.info('the gateway stops', { reason: failure?.message ?? 'asked to' });
  if (failure === undefined) await stack.disposeAsync();
  else {
    // Parts that wait for the one that broke would wait for ever.
    await Promise.race([stack.disposeAsync(), sleep(closingTime, new AbortController().signal)]);
    throw failure;
  }
};

/** Devices wait for the clock to be set, but not for ever: what they say then carries `unsynchronized`. */
const waitForClock = async (watch: ClockWatch, config: Config, log: GatewayLog, signal: AbortSignal): Promise<void> => {
  if (watch.quality() !== 'unsynchronized') return;
  const { clockWait } = config.gateway;
  log.warn('the clock of this machine is not set; the devices wait for it', { atMostMs: clockWait });
  await Promise.race([watch.firstSync(clockWait), aborted(signal)]);
  if (watch.quality() === 'unsynchronized') {
    log.warn('the clock is still not set: events carry "unsynchronized"', {
      advice: 'Check that the machine reaches a time server, and whether it has a battery-backed clock.',
    });
  }
};

/** What earlier configurations retained at the broker and this one does not: pages, another city, another name. */
const clearLeftStates = async (outbox: Outbox, inventory: readonly RetainedState[]): Promise<void> => {
  const [{ topic } = { topic: '' }] = inventory;
  const folder = topic.slice(0, topic.lastIndexOf('/') + 1);
  const kept = new Set([...stateNames.map(name => `${folder}${name}`), ...inventory.map(state => state.topic)]);
  for (const retained of await outbox.retainedTopics()) {
    if (!kept.has(retained)) await outbox.retain(retained, undefined);
  }
};
