/** Simulated devices by their names, in this process. */
import type { RunningSimulator } from '../../core/simulator.ts';
import { systemClock } from '../../core/time.ts';
import { simulators } from '../../simulators/registry.generated.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { createRandom } from '../../simulators/world/random.ts';
import { recordedLog } from '../drivers/support/context.ts';

/** `config` is the simulator's own; it ends with the scope. */
export const startSimulator = async (
  name: string,
  config: Readonly<Record<string, unknown>>,
): Promise<RunningSimulator> => {
  const simulator = simulators.find(one => one.name === name);
  if (simulator === undefined) throw new Error(`there is no simulator ${name}`);
  return simulator.start(config, {
    world: createWorld(7),
    clock: systemClock,
    log: recordedLog(),
    signal: new AbortController().signal,
    random: createRandom(7, name),
  });
};
