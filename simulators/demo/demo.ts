/**
 * The demonstration: a stand-in center, the simulated devices of a scenario and a gateway process between them, with a
 * view of what arrives. It stands outside the gateway and sees only what an operator sees: the API and the events.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { aborted, sleep } from '../../core/abort.ts';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Fault } from '../../core/simulator.ts';
import { type Duration, formatDuration, seconds, systemClock } from '../../core/time.ts';
import { type Authority, createAuthority } from '../ioc/certificate.ts';
import { type Ioc, startIoc } from '../ioc/ioc.ts';
import { simulators } from '../registry.generated.ts';
import { type Progress, type RunningScenario, runScenario } from '../scenarios/run.ts';
import { type DeviceFault, parseScenario, readScenario } from '../scenarios/scenario.ts';
import { playTimetable } from '../scenarios/timetable.ts';
import { createWorld } from '../world/create.ts';
import { type GatewayProcess, startGatewayProcess } from './gateway-process.ts';
import { askGateway, type GatewayStatus } from './gateway-status.ts';
import { type DemoPlan, readDemoPlan } from './plan.ts';
import { openSetup } from './progress.ts';
import { createRate } from './rates.ts';
import { openScreen, paperOf } from './screen.ts';
import type { Snapshot } from './snapshot.ts';
import { isConvincing, renderLine, renderScreen, renderSummary } from './view.ts';

export interface DemoOptions {
  /** Ends by itself after this time, counted from the start of the gateway; runs until `signal` when absent. */
  readonly duration?: Duration;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
  /** The project's own when absent. */
  readonly place?: DemoPlace;
}

/** What is demonstrated. */
export interface DemoPlace {
  readonly configFile: string;
  /** A name or a file. */
  readonly scenario: string;
  /** Relative paths of both start here; everything is written below its `.cache/demo`. */
  readonly folder: string;
}

const projectFolder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const projectPlace: DemoPlace = {
  configFile: path.join(projectFolder, 'config/demo.yaml'),
  scenario: 'demo',
  folder: projectFolder,
};
const demoFolderOf = ({ folder }: DemoPlace): string => path.join(folder, '.cache/demo');
const keptNotes = 3;
const lineInterval: Duration = seconds(5);
/** Together below the 5 s within which a Ctrl-C ends everything. */
const gatewayStop: Duration = seconds(3);
const simulatorStop: Duration = seconds(1);

const faultWords: Readonly<Record<DeviceFault, string>> = {
  'refuse-login': 'refuses logins',
  silent: 'falls silent',
  noise: 'sends noise',
  hang: 'hangs',
  away: 'is away',
  stuck: 'is stuck',
};

/** Only after the ports are ours: another demonstration that runs keeps its files. */
const prepareFolder = async (plan: DemoPlan, demoFolder: string, authority: Authority): Promise<void> => {
  const isInside = (file: string): boolean => file.startsWith(`${demoFolder}${path.sep}`);
  if (![plan.storageFolder, plan.media.ca, plan.media.certificate, plan.media.key].every(isInside))
    throw new GatewayError('config', `${plan.configFile}: the demonstration keeps its files below .cache/demo only`);
  // Each run starts with an empty outbox: its center is new too, and expects every stream from its first number.
  await rm(plan.storageFolder, { recursive: true, force: true });
  const client = authority.issueClient(plan.center.username);
  for (const [file, text] of [
    [plan.media.ca, authority.certificate],
    [plan.media.certificate, client.certificate],
    [plan.media.key, client.key],
  ] as const) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o600 });
  }
};

const startCenter = async (plan: DemoPlan, authority: Authority): Promise<Ioc> => {
  try {
    return await startIoc({
      port: plan.center.port,
      login: { username: plan.center.username, password: plan.center.password },
      media: { port: plan.media.port, authority },
    });
  } catch (cause) {
    if (systemCode(cause) !== 'EADDRINUSE') throw cause;
    throw new GatewayError('config', `port ${plan.center.port} or ${plan.media.port} of the demonstration is in use`, {
      cause,
      advice: 'Is another demonstration running? End it first.',
    });
  }
};

/** Waits for `stopping`, but no longer than `within`: what hangs ends with the process. */
const stopWithin = async (stopping: PromiseLike<void>, within: Duration): Promise<void> => {
  const late = new AbortController();
  const swallow = (): void => {};
  await Promise.race([Promise.resolve(stopping).catch(swallow), sleep(within, late.signal)]);
  late.abort();
};

/** Resolves to the exit code: 0 when every device delivered and the center has nothing to object. */
export const runDemo = async ({ duration, signal, out, place = projectPlace }: DemoOptions): Promise<number> => {
  const isTerminal = process.stdout.isTTY;
  const demoFolder = demoFolderOf(place);
  const { file: scenarioFile, text: scenarioText } = await readScenario(place.scenario);
  const plan = await readDemoPlan({
    configFile: place.configFile,
    folder: place.folder,
    scenarioText,
    environment: process.env,
  });
  const scenario = parseScenario(scenarioText, scenarioFile, plan.environment);
  const authority = createAuthority(systemClock.now());

  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(`${new Date().toTimeString().slice(0, 8)} ${text}`);
    notes.splice(0, notes.length - keptNotes);
    if (!isTerminal) out(`demo: ${text}\n`);
  };

  let center: Ioc | undefined;
  let devices: RunningScenario | undefined;
  let gateway: GatewayProcess | undefined;
  let snapshot: Snapshot | undefined;
  try {
    center = await startCenter(plan, authority);
    await prepareFolder(plan, demoFolder, authority);
    devices = await startDevices(scenario, { signal, isTerminal, out, note });
    if (signal.aborted) return 130;
    gateway = startGatewayProcess({
      entryPoint: path.join(projectFolder, 'bin/haidang.mjs'),
      configFile: plan.configFile,
      folder: place.folder,
      environment: plan.environment,
      logFile: path.join(demoFolder, 'gateway.log'),
    });
    devices.play();
    const { show } = center;
    const showAtCenter = (fault: Fault | undefined): void => {
      note(fault === undefined ? 'the center is well again' : `the center ${faultWords[fault]}, on purpose`);
      show(fault);
    };
    void playTimetable(scenario.center, scenario.repeat, showAtCenter, either);

    snapshot = await watch({ plan, center, gateway, duration, signal, isTerminal, out, notes });
    const ended = gateway.ended();
    if (ended !== undefined) {
      const how = ended.signal === null ? `with exit code ${ended.code}` : `by ${ended.signal}`;
      out(`demo: the gateway ended ${how}; its last words:\n`);
      for (const line of gateway.lastLines()) out(`  ${line}\n`);
    }
    // Before the devices and the center, so that it can hand over what it accepted.
    stopping.abort();
    center.show(undefined);
    await gateway.stop(gatewayStop);
    snapshot = { ...snapshot, center: center.report() };
    out(`${renderSummary(snapshot, paperOf(process.stdout, process.env)).join('\n')}\n`);
    if (ended !== undefined) return 1;
    return duration === undefined || isConvincing(snapshot) ? 0 : 1;
  } finally {
    stopping.abort();
    await gateway?.stop(gatewayStop);
    if (devices !== undefined) await stopWithin(devices[Symbol.asyncDispose](), simulatorStop);
    if (center !== undefined) await stopWithin(center[Symbol.asyncDispose](), simulatorStop);
  }
};

interface StartOptions {
  readonly signal: AbortSignal;
  readonly isTerminal: boolean;
  readonly out: (text: string) => void;
  readonly note: (text: string) => void;
}

const startDevices = async (
  scenario: ReturnType<typeof parseScenario>,
  { signal, isTerminal, out, note }: StartOptions,
): Promise<RunningScenario> => {
  using setup = openSetup({ write: out, output: isTerminal ? 'terminal' : 'log' });
  const onProgress = (device: string, what: Progress): void => {
    if (what.kind === 'starting') setup.begin(device);
    else if (what.kind === 'started') setup.end(device);
    else if (what.kind === 'failed') {
      setup.abandon(device);
      const advice = what.error.advice === undefined ? '' : ` ${what.error.advice}`;
      note(`${device} does not start: ${what.error.message}.${advice}`);
    } else
      note(what.fault === undefined ? `${device} is well again` : `${device} ${faultWords[what.fault]}, on purpose`);
  };
  const log = (device: string): Log => {
    const say = (message: string): void => setup.say(device, message);
    return { info: say, warn: say, error: say };
  };
  return runScenario(scenario, {
    simulators,
    world: createWorld(scenario.seed),
    clock: systemClock,
    log,
    onProgress,
    signal,
  });
};

interface WatchOptions {
  readonly plan: DemoPlan;
  readonly center: Ioc;
  readonly gateway: GatewayProcess;
  readonly duration: Duration | undefined;
  readonly signal: AbortSignal;
  readonly isTerminal: boolean;
  readonly out: (text: string) => void;
  readonly notes: readonly string[];
}

/** Shows each second what there is, until the time is over, the signal comes or the gateway ends. Gives the last view. */
const watch = async (options: WatchOptions): Promise<Snapshot> => {
  const { plan, center, gateway, duration, signal, isTerminal, out, notes } = options;
  using screen = isTerminal ? openScreen() : undefined;
  const accepted = createRate();
  const delivered = createRate();
  const began = performance.now();
  let status: GatewayStatus | undefined;
  let lastLine = began;

  const look = async (): Promise<Snapshot> => {
    const answer = await askGateway(plan.apiUrl, signal);
    // A status that comes late is still the newest there is, also for the table after the end.
    status = answer ?? status;
    const now = performance.now();
    const sent = status?.uplinks.reduce((sum, uplink) => sum + uplink.delivered, 0) ?? 0;
    return {
      now: systemClock.now(),
      elapsed: now - began,
      devices: plan.devices,
      center: center.report(),
      ...(status !== undefined && { gateway: status }),
      rates: {
        accepted: accepted.sample(status?.outbox.accepted ?? 0, now),
        delivered: delivered.sample(sent, now),
      },
      notes,
    };
  };

  if (!isTerminal) {
    const until = duration === undefined ? 'until it is stopped' : `for ${formatDuration(duration)}`;
    out(`demo: running ${until}; the gateway's log is .cache/demo/gateway.log\n`);
  }
  for (;;) {
    const snapshot = await look();
    const isOver = duration !== undefined && snapshot.elapsed >= duration;
    screen?.draw(renderScreen(snapshot, paperOf(process.stdout, process.env)));
    if (!isTerminal && performance.now() - lastLine >= lineInterval) {
      lastLine = performance.now();
      out(`demo: ${renderLine(snapshot)}\n`);
    }
    if (isOver || signal.aborted || gateway.ended() !== undefined) return snapshot;
    const rest = duration === undefined ? seconds(1) : Math.min(seconds(1), duration - snapshot.elapsed);
    await Promise.race([sleep(rest, signal), aborted(signal)]);
  }
};
