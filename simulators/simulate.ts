import { randomBytes } from 'node:crypto';
import { aborted, sleep } from '../core/abort.ts';
import type { Log } from '../core/log.ts';
import { type Duration, systemClock } from '../core/time.ts';
import { simulators } from './registry.generated.ts';
import { type Progress, runScenario } from './scenarios/run.ts';
import { parseScenario, readScenario, scenarioNames, summaryOf, variablesOf } from './scenarios/scenario.ts';
import { createWorld } from './world/create.ts';

export interface SimulateOptions {
  /** A name or a file; all names are listed when it is absent. */
  readonly scenario: string | undefined;
  readonly duration?: Duration;
  readonly signal: AbortSignal;
  readonly out: (text: string) => void;
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

/**
 * Runs the devices of a scenario until stopped. A password that the scenario takes from the environment and that is not
 * there is made up and printed: it belongs to a simulated device, and whoever tries a gateway needs it.
 */
export const simulate = async ({ scenario: nameOrFile, duration, signal, out }: SimulateOptions): Promise<number> => {
  if (nameOrFile === undefined) return listScenarios(out);
  const { file, text } = await readScenario(nameOrFile);
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const name of variablesOf(text)) {
    if (environment[name] !== undefined) continue;
    environment[name] = randomBytes(9).toString('base64url');
    out(`export ${name}=${environment[name]}\n`);
  }
  const scenario = parseScenario(text, file, environment);
  const say = (device: string, words: string): void => out(`${new Date().toISOString()} ${device}: ${words}\n`);
  const log = (device: string): Log => {
    const tell = (message: string): void => say(device, message);
    return { info: tell, warn: tell, error: tell };
  };
  let failures = 0;
  await using running = await runScenario(scenario, {
    simulators,
    world: createWorld(scenario.seed),
    clock: systemClock,
    log,
    onProgress: (device, what) => {
      if (what.kind === 'failed') failures++;
      if (what.kind !== 'started') say(device, describe(what));
    },
    signal,
  });
  for (const { id, simulator, address } of running.devices) say(id, `${simulator} at ${JSON.stringify(address)}`);
  if (running.devices.length === 0) return 1;
  running.play();
  if (duration === undefined) await aborted(signal);
  else await sleep(duration, signal);
  return failures === 0 ? 0 : 1;
};
