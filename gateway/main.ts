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
import { gatewayRestart } from '../core/gateway-commands.ts';
import type { EventStatus } from '../core/sealed.ts';
import { type Clock, type ClockShift, type Duration, seconds } from '../core/time.ts';
import { stateNames } from '../events/names.ts';
import { type Broker, openBroker } from './broker/open.ts';
import { checkConfig } from './downlink/check-config.ts';
import { createInbox } from './downlink/inbox.ts';
import { type Maintenance, openMaintenance, withMaintenance } from './downlink/maintenance.ts';
import { commandFilterOf } from './downlink/reply.ts';
import { type Effects, inFull } from './governor/effects.ts';
import { type Governor, openGovernor } from './governor/open.ts';
import { openMedia } from './media/open.ts';
import { openApi } from './ops/api.ts';
import { readBootId } from './ops/boot-id.ts';
import type { ClockStep } from './ops/clock.ts';
import type { GatewayLog } from './ops/log.ts';
import type { Synchronization } from './ops/time-service.ts';
import type { Notice } from './outbox/notice.ts';
import { openOutbox } from './outbox/open.ts';
import type { Outbox } from './outbox/outbox.ts';
import { bindDevice, needsVision } from './runtime/bind-device.ts';
import { type Conditions, openConditions } from './runtime/conditions.ts';
import { createCounters } from './runtime/counters.ts';
import { createSealer } from './runtime/create-sealer.ts';
import { openDeviceOrders } from './runtime/device-orders.ts';
import { createLatest } from './runtime/latest.ts';
import { modelsInUse } from './runtime/models-in-use.ts';
import { createNoticeReader } from './runtime/notices.ts';
import { explainBySpeed } from './runtime/other-speed.ts';
import { openPipelines } from './runtime/pipeline.ts';
import { alertsOf, alertsState, healthState, inventoryStates } from './runtime/reports.ts';
import { parseRunRecord, type RunRecord, runOwner, saveRunRecord, startedConclusion } from './runtime/run-record.ts';
import type { RetainedState } from './runtime/seal.ts';
import type { AlertsStatus, GatewayStatus } from './runtime/status.ts';
import { type Supervised, superviseDevice } from './runtime/supervisor.ts';
import { openTimekeeping, steppedConclusion, type Timekeeping } from './runtime/timekeeping.ts';
import { version } from './version.ts';
import type { Vision } from './vision/open.ts';

/** After the outbox or an uplink broke, the rest closes within this time or not at all. */
const closingTime = seconds(3);

/** When a restart was ordered, what does not close within this time is left open. */
const restartTime = seconds(30);

export interface RunOptions {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly log: GatewayLog;
  readonly clock: Clock;
  /** Says how far the clock is set; the time service of the machine when absent. */
  readonly timeService?: () => Promise<Synchronization>;
  /** Aborts when the gateway is to stop: it then drains, commits and closes. */
  readonly signal: AbortSignal;
}

/** Of the health state and the record of this run. */
const reportEvery = seconds(30);

/** What still leaves at a clean stop leaves within this time; the rest leaves after the next start. */
const drainTime = seconds(2);

/**
 * Runs until `signal` aborts or the center orders a restart, then stops cleanly and resolves to what is next. Rejects when it cannot start (`config`, `damaged`), and
 * with `defect` when the outbox or its uplinks broke: then the process must end and be started afresh.
 */
export const runGateway = async ({
  config,
  secrets,
  log,
  signal,
  ...options
}: RunOptions): Promise<'stopped' | 'restart'> => {
  const { site } = config;
  const startTick = options.clock.steady();
  let startedAt = options.clock.now();
  const counters = createCounters();
  const mediaFolder = path.resolve(config.storage.folder, 'media');
  /** What breaks the gateway as a whole aborts this. */
  const broken = new AbortController();
  let failure: GatewayError | undefined;
  const breakDown = (thrown: unknown): void => {
    failure ??= toGatewayError(thrown);
    broken.abort();
  };
  const restart = new AbortController();
  let restartCause: 'restarting' | 'governed' = 'restarting';
  const isRestart = (): boolean => restart.signal.aborted && !signal.aborted;
  const ending = AbortSignal.any([signal, broken.signal, restart.signal]);
  /** What devices are now, where somebody works on them. */
  const statuses = new Map<string, EventStatus>();
  const inbox = createInbox(counters.count);

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
      history: { bytes: config.storage.history.size, age: config.storage.history.age },
      clock: options.clock,
      // Until the clock was asked, nothing expires.
      timeQuality: 'unsynchronized',
      reveal: secrets.reveal,
      onNotice: notice => onNotice(notice),
      ...(config.commands !== undefined && { commandFilter: commandFilterOf(site), onCommand: inbox.receive }),
      onFailure: breakDown,
    }),
  );
  const bootId = await readBootId();
  const recordRun = (state: RunRecord['state']) => saveRunRecord({ version, state, seenAt: clock.now(), bootId });
  let hasStarted = false;
  stack.defer(async () => {
    // Everything else is closed by now. After a failure the next run is to know that this one broke.
    if (!hasStarted || failure !== undefined) return;
    await outbox.append({ saved: [recordRun(isRestart() ? restartCause : 'stopped'), ...governed.saved()] });
    await outbox.drain(drainTime);
  });

  const previous = parseRunRecord(await outbox.restore(runOwner));
  const steps: ClockStep[] = [];
  /** Whoever remembers instants moves them when the clock is set. */
  const followers: ((shift: ClockShift) => void)[] = [];
  let tellStep = (step: ClockStep): void => {
    // It may be set before anybody can conclude from it.
    steps.push(step);
  };
  const timekeeping = stack.use(
    await openTimekeeping({
      outbox,
      clock: options.clock,
      bootId,
      lastSeen: previous?.seenAt,
      log: log.with({ part: 'clock' }),
      onShift: shift => {
        startedAt += shift.by;
        for (const follow of followers) follow(shift);
      },
      onStep: step => tellStep(step),
      ...(options.timeService !== undefined && { ask: options.timeService }),
    }),
  );
  const { clock } = timekeeping;
  const sealer = createSealer(site, timekeeping.dating, statuses);
  const letFollow = (follow: (shift: ClockShift) => void): void => {
    followers.push(follow);
    // What an earlier run remembered by a clock that has been set since.
    for (const shift of timekeeping.dating.correction()?.shifts ?? []) follow(shift);
  };

  const devices = new Map<string, Supervised>();
  let ready = false;
  let governed: Pick<Governor, 'status' | 'effects' | 'saved' | 'open'> = ungoverned;
  /** Not accepted, because the machine does not allow it. */
  let refused = 0;
  let maintenanceOf: Maintenance['of'] = () => undefined;
  let alerts = (): AlertsStatus => ({ total: 0, open: [] });
  const status = (): GatewayStatus => {
    const { outbox: waiting, uplinks } = outbox.status();
    return {
      gateway: site.gateway,
      version,
      startedAt,
      now: clock.now(),
      configVersion: site.configVersion,
      timeQuality: timekeeping.quality(),
      ready,
      devices: [...devices].map(([id, device]) => withMaintenance(device.status(), maintenanceOf(id))),
      uplinks,
      outbox: refused === 0 ? waiting : { ...waiting, refused: { ...waiting.refused, writes: refused } },
      governor: governed.status(),
      alerts: alerts(),
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

  await waitForClock(timekeeping, config, log, ending);
  if (signal.aborted) return 'stopped';
  // By a clock that may have been set in the meantime.
  startedAt = Math.round(clock.now() - (clock.steady() - startTick));

  let vision: Vision | undefined;
  let retainOpen = (): void => {};
  let applyEffects = (_: Effects): void => {};
  const governor = stack.use(
    await openGovernor({
      config: config.governor,
      site,
      folder: config.storage.folder,
      outbox,
      sealer,
      clock,
      timeQuality: timekeeping.quality,
      log: log.with({ part: 'governor' }),
      onChange: () => retainOpen(),
      apply: effects => applyEffects(effects),
      startVisionAfresh: () => vision?.startAfresh(),
      startGatewayAfresh: () => {
        restartCause = 'governed';
        restart.abort();
      },
    }),
  );
  governed = governor;
  letFollow(governor.shift);
  const retain = async (states: readonly RetainedState[]): Promise<void> => {
    try {
      for (const { topic, body } of states) await outbox.retain(topic, body);
    } catch (thrown) {
      log.error('a state was not accepted', { reason: toGatewayError(thrown).message });
    }
  };
  const pipelines = await openPipelines({
    pipelines: config.pipelines,
    site,
    outbox,
    sealer,
    clock,
    timeQuality: timekeeping.quality,
    log: log.with({ part: 'pipelines' }),
    count: counters.count,
    allowed: governor.effects,
    onState: state => void retain([state]),
    onOpenChanged: () => retainOpen(),
    onRefused: observations => {
      refused += observations;
    },
  });
  stack.use(pipelines);
  letFollow(shift => void pipelines.shift(shift));
  const conclude = async (conclusions: readonly Conclusion[]): Promise<void> => {
    try {
      await pipelines.conclude(conclusions);
    } catch (thrown) {
      log.error('an event of the gateway itself was not accepted', { reason: toGatewayError(thrown).message });
    }
  };
  await conclude([startedConclusion(site, { version, at: startedAt, bootId, previous })]);
  tellStep = step => void conclude([steppedConclusion(site, step)]);
  for (const step of steps.splice(0)) tellStep(step);

  const conditions: Conditions = await openConditions({
    site,
    outbox,
    sealer,
    clock,
    timeQuality: timekeeping.quality,
    isLost: timekeeping.isLost,
    onChange: thrown => {
      if (thrown !== undefined) {
        log.error('a condition was not accepted', { reason: toGatewayError(thrown).message });
      }
      void retainAlerts();
    },
  });
  stack.defer(() => conditions.settled());
  letFollow(conditions.shift);
  const maintenance = stack.use(
    await openMaintenance({
      site,
      outbox,
      sealer,
      clock,
      timeQuality: timekeeping.quality,
      log: log.with({ part: 'maintenance' }),
      statuses,
      onChange: () => void retainAlerts(),
    }),
  );
  maintenanceOf = maintenance.of;
  alerts = () => {
    const { conditions: raised, beyond } = pipelines.open();
    return alertsOf(site, {
      conditions: conditions.open(),
      maintenances: maintenance.open(),
      budgets: governor.open(),
      raised,
      beyond,
    });
  };
  const retainAlerts = createLatest(() => retain([alertsState(sealer, alerts(), clock.now())]));

  retainOpen = () => void retainAlerts();

  const readNotice = createNoticeReader({ site, clock, log: log.with({ part: 'outbox' }), conclude });
  let onReplaced = (): void => {};
  onNotice = notice => {
    readNotice(notice);
    if (notice.kind === 'store-replaced') onReplaced();
  };
  for (const notice of early.splice(0)) readNotice(notice);

  const inventory = inventoryStates(sealer, site, {
    version,
    models: await modelsInUse(config.devices),
    at: clock.now(),
  });
  await retain(inventory);
  await retainAlerts();
  await clearLeftStates(outbox, inventory, pipelines.stateTopics);

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
      budgets: { picture: config.storage.media, clip: config.storage.clips },
      outbox,
      conclude: pipelines.conclude,
      clock,
      isClockTrusted: timekeeping.isTrusted,
      log: log.with({ part: 'media' }),
      count: counters.count,
    }),
  );
  if (needsVision(config.devices)) {
    // Loaded where there are cameras.
    const { openVision } = await import('./vision/open.ts');
    const { openViews } = await import('./vision/views.ts');
    const visionLog = log.with({ part: 'vision' });
    vision = stack.use(
      openVision({
        log: visionLog,
        clock,
        views: await openViews({ devices: config.devices, outbox, log: visionLog }),
        // Without a place where they go, pictures would only fill the disk.
        ...(config.media !== undefined && {
          media: { folder: mediaFolder, city: site.city, gateway: site.gateway },
        }),
      }),
    );
  }
  applyEffects = ({ detection, history }) => {
    vision?.setPace(detection);
    outbox
      .keepHistory(history)
      .catch(thrown => log.error('the history was not given up', { reason: toGatewayError(thrown).message }));
  };
  applyEffects(governor.effects());

  const deviceOrders = stack.use(
    await openDeviceOrders({
      site,
      devices: config.devices,
      device: id => devices.get(id),
      conclude: pipelines.conclude,
      outbox,
      vision,
      clock,
      log: log.with({ part: 'commands' }),
    }),
  );
  for (const device of config.devices) {
    const explain = explainBySpeed(device, clock);
    devices.set(
      device.profile.id,
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
        onFailure: (error, lasting) => conditions.failed(device.profile, error, lasting),
        onBatch: () => conditions.delivered(device.profile.id),
        ...(explain !== undefined && { explain }),
      }),
    );
  }
  stack.defer(async () => {
    await Promise.all([...devices.values()].map(device => device[Symbol.asyncDispose]()));
  });
  if (config.commands !== undefined) {
    // Loaded where somebody may order something.
    const [{ openDownlink }, { createServing }] = await Promise.all([
      import('./downlink/open.ts'),
      import('./downlink/serve.ts'),
    ]);
    const downlink = stack.use(
      await openDownlink({
        site,
        keys: config.commands.keys,
        outbox,
        sealer,
        clock,
        timeQuality: timekeeping.quality,
        log: log.with({ part: 'commands' }),
        count: counters.count,
        run: createServing({
          clock,
          outbox,
          maintenance,
          device: id => devices.get(id),
          deviceOrders,
          tailLog: log.tail,
          checkConfig: () => checkConfig(config.file),
        }),
        onAnswered: ({ command }, { status: outcome }) => {
          if (command.name === gatewayRestart.name && outcome === 'done') restart.abort();
        },
      }),
    );
    inbox.open(downlink.receive);
    onReplaced = () => void downlink.saveAgain();
  }
  // Subscriptions are made when the devices are opened, which happens in the microtasks that follow.
  setImmediate(subscribed.resolve);
  ready = true;
  log.info('the gateway is ready', { devices: devices.size });

  hasStarted = true;
  const record = (linger: Duration): Promise<void> =>
    outbox
      .append({ saved: [recordRun('running'), ...timekeeping.saved(), ...governor.saved()], linger })
      .catch(thrown =>
        log.error('the record of this run was not accepted', { reason: toGatewayError(thrown).message }),
      );
  // Before anybody is told that it runs.
  await record(0);
  while (!ending.aborted) {
    // Not waited for: it lingers as long as observations do.
    void record(governor.effects().linger);
    await retain([await healthState(sealer, status(), config.storage.folder)]);
    await sleep(reportEvery, ending);
  }
  ready = false;
  log.info('the gateway stops', { reason: failure?.message ?? (isRestart() ? 'to start afresh' : 'asked to') });
  if (failure !== undefined) {
    // Parts that wait for the one that broke would wait for ever.
    await Promise.race([stack.disposeAsync(), sleep(closingTime, new AbortController().signal)]);
    throw failure;
  }
  const next = isRestart() ? 'restart' : 'stopped';
  // Whatever does not close ends with the process: a restart that nobody is there to help with must come about.
  const closed = stack.disposeAsync();
  await (next === 'restart' ? Promise.race([closed, sleep(restartTime, new AbortController().signal)]) : closed);
  return next;
};

/** Before it is known what the machine allows. */
const ungoverned: Pick<Governor, 'status' | 'effects' | 'saved' | 'open'> = {
  status: () => ({ budgets: [], measures: [] }),
  effects: () => inFull,
  saved: () => [],
  open: () => [],
};

/** Devices wait for the clock to be set, but not for ever: what they say then carries `unsynchronized`. */
const waitForClock = async (
  watch: Timekeeping,
  config: Config,
  log: GatewayLog,
  signal: AbortSignal,
): Promise<void> => {
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
const clearLeftStates = async (
  outbox: Outbox,
  inventory: readonly RetainedState[],
  ofStages: readonly string[],
): Promise<void> => {
  const [{ topic } = { topic: '' }] = inventory;
  const folder = topic.slice(0, topic.lastIndexOf('/') + 1);
  const kept = new Set([
    ...stateNames.map(name => `${folder}${name}`),
    ...inventory.map(state => state.topic),
    ...ofStages,
  ]);
  for (const retained of await outbox.retainedTopics()) {
    if (!kept.has(retained)) await outbox.retain(retained, undefined);
  }
};
