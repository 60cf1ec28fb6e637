import { randomBytes } from 'node:crypto';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { aborted, sleep } from '../core/abort.ts';
import type { CommandStreams } from '../core/command-line.ts';
import type { Log } from '../core/log.ts';
import { type Duration, systemClock } from '../core/time.ts';
import { createFleet } from './fleet/fleet.ts';
import { recordScenario } from './fleet/write.ts';
import { simulators } from './registry.generated.ts';
import { type Progress, runScenario } from './scenarios/run.ts';
import { parseScenario, readScenario, scenarioNames, summaryOf, variablesOf } from './scenarios/scenario.ts';
import { createWorld } from './world/create.ts';

export interface SimulateOptions extends CommandStreams {
  /** A name or a file; all names are listed when it is absent. */
  readonly scenario: string | undefined;
  readonly duration?: Duration;
  /** Writes recordings of the scenario's fleet into this folder, as fast as it can, and runs no device. */
  readonly record?: string;
  readonly signal: AbortSignal;
}

const listScenarios = async (out: SimulateOptions['out']): Promise<number> => {
  for (const name of await scenarioNames()) {
    const { text } = await readScenario(name);
    out(`${name.padEnd(18)} ${summaryOf(text)}\n`);
  }
  return 0;
};

const describe = (what: Progress): string => {
  if (what.kind === 'failed')
    return `does not start: ${what.error.message}${what.error.advice === undefined ? '' : `. ${what.error.advice}`}`;
  if (what.kind === 'shows') return what.fault === undefined ? 'is well again' : `shows ${what.fault}`;
  return what.kind;
};

const written = z.looseObject({
  devices: z.array(z.looseObject({ id: z.string() })),
});

/** The login of a camera as it stands in the scenario, where the password is a reference, and a model for its pictures. */
const cameraKeys = (text: string, id: string) => {
  const device = written.parse(parse(text)).devices.find(each => each.id === id);
  if (device?.['scene'] === undefined) return {};
  const { username, password } = device;
  return { ...(username !== undefined && { username, password }), detect: { model: 'simulated-scenes', fps: 3 } };
};

/**
 * Runs the devices of a scenario until stopped. On standard output stands how a gateway's configuration reaches them.
 * A password that the scenario takes from the environment and that is not there is made up and told: it belongs to a
 * simulated device, and whoever tries a gateway needs it.
 */
export const simulate = async (options: SimulateOptions): Promise<number> => {
  const { scenario: nameOrFile, duration, signal, out, err } = options;
  if (nameOrFile === undefined) return listScenarios(out);
  const { file, text } = await readScenario(nameOrFile);
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const name of variablesOf(text)) {
    if (environment[name] !== undefined) continue;
    environment[name] = randomBytes(9).toString('base64url');
    err(`export ${name}=${environment[name]}\n`);
  }
  const scenario = parseScenario(text, file, environment);

  if (options.record !== undefined) {
    await recordScenario(scenario, options.record, { out, err, signal });
    return 0;
  }
  const fleet = scenario.fleet && createFleet(scenario.seed, { ...scenario.fleet, start: new Date().toISOString() });

  const said = new Map<string, string>();
  const say = (device: string, words: string): void => {
    // A sensor that finds no broker says so each second; once is enough.
    if (said.get(device) === words) return;
    said.set(device, words);
    err(`${new Date().toISOString()} ${device}: ${words}\n`);
  };
  const log = (device: string): Log => {
    const tell: Log['info'] = (message, fields) =>
      say(device, fields === undefined ? message : `${message} ${JSON.stringify(fields)}`);
    return { info: tell, warn: tell, error: tell };
  };
  let failures = 0;
  await using running = await runScenario(scenario, {
    simulators,
    world: createWorld(scenario.seed, fleet),
    clock: systemClock,
    log,
    onProgress: (device, what) => {
      if (what.kind === 'failed') failures++;
      say(device, describe(what));
    },
    signal,
  });
  if (running.devices.length === 0) return 1;
  out(
    stringify({
      devices: running.devices.map(({ id, simulator, address }) => ({
        id,
        driver: simulator,
        ...address,
        ...cameraKeys(text, id),
      })),
    }),
  );
  running.play();
  if (duration === undefined) await aborted(signal);
  else await sleep(duration, signal);
  return failures === 0 ? 0 : 1;
};
