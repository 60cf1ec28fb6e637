import { z } from 'zod';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { RunningSimulator, Simulator } from '../../core/simulator.ts';
import type { Clock, Duration } from '../../core/time.ts';
import { createRandom } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { DeviceFault, Scenario, SimulatedDevice } from './scenario.ts';
import { playTimetable } from './timetable.ts';

export interface StartedDevice {
  readonly id: string;
  readonly simulator: string;
  /** Where a gateway reaches it, as fields of its driver's configuration. */
  readonly address: Readonly<Record<string, unknown>>;
}

export interface RunningScenario extends AsyncDisposable {
  readonly devices: readonly StartedDevice[];
  /** Starts the timetables of faults; the devices behave until then. */
  play(): void;
}

export interface ScenarioOptions {
  readonly simulators: readonly Simulator<World>[];
  readonly world: World;
  readonly clock: Clock;
  readonly log: (device: string) => Log;
  /** Called when a device starts, has started, and shows a fault. */
  readonly onProgress: (device: string, what: Progress) => void;
  /** Sets the clock of the gateway's machine ahead of the right time, where that can be done. */
  readonly setClock?: (ahead: Duration) => void;
  /** Aborts the start; the devices themselves end with the scope. */
  readonly signal: AbortSignal;
}

export type Progress =
  | { readonly kind: 'starting' }
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly error: GatewayError }
  | { readonly kind: 'shows'; readonly fault: DeviceFault | undefined };

/** The only problem a scenario's author can mend: everything else a simulator throws is translated by it. */
const toConfigError = (device: SimulatedDevice, thrown: unknown): GatewayError => {
  if (!(thrown instanceof z.ZodError)) return toGatewayError(thrown);
  const [issue] = thrown.issues;
  return new GatewayError('config', `${device.id}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
};

/** What a device senses: the world as it is, or as it was when the device got stuck. */
const openSenses = (world: World, clock: Clock) => {
  let stuckAt: number | undefined;
  return {
    world: { ...world, quantitiesAt: (instant: number) => world.quantitiesAt(stuckAt ?? instant) },
    setStuck: (isStuck: boolean): void => {
      stuckAt = isStuck ? clock.now() : undefined;
    },
  };
};

/**
 * Starts every device of the scenario at once, since some of them need long (a scene that must be rendered). One that
 * cannot start is reported and left out: the others are of use without it.
 */
export const runScenario = async (scenario: Scenario, options: ScenarioOptions): Promise<RunningScenario> => {
  const stopping = new AbortController();
  const timetables = new AbortController();
  const running: {
    readonly device: SimulatedDevice;
    readonly simulator: RunningSimulator;
    readonly show: (fault: DeviceFault | undefined) => void;
  }[] = [];

  const startDevice = async (device: SimulatedDevice): Promise<void> => {
    options.onProgress(device.id, { kind: 'starting' });
    try {
      const simulator = options.simulators.find(({ name }) => name === device.simulator);
      if (simulator === undefined) {
        const known = options.simulators.map(({ name }) => name).join(', ');
        throw new GatewayError('config', `${device.id}: there is no simulator ${device.simulator}`, {
          advice: `The simulators are ${known}.`,
        });
      }
      const senses = openSenses(options.world, options.clock);
      const started = await simulator.start(device.config, {
        world: senses.world,
        clock: options.clock,
        log: options.log(device.id),
        signal: stopping.signal,
        random: createRandom(scenario.seed, device.id),
      });
      const show = (fault: DeviceFault | undefined): void => {
        senses.setStuck(fault === 'stuck');
        started.show(fault === 'stuck' ? undefined : fault);
      };
      running.push({ device, simulator: started, show });
      options.onProgress(device.id, { kind: 'started' });
    } catch (thrown) {
      if (!options.signal.aborted)
        options.onProgress(device.id, { kind: 'failed', error: toConfigError(device, thrown) });
    }
  };

  const abort = (): void => stopping.abort();
  options.signal.addEventListener('abort', abort, { once: true });
  if (options.signal.aborted) abort();
  await Promise.all(scenario.devices.map(startDevice));
  options.signal.removeEventListener('abort', abort);

  return {
    devices: scenario.devices.flatMap(({ id, simulator }) => {
      const started = running.find(({ device }) => device.id === id);
      return started === undefined ? [] : [{ id, simulator, address: started.simulator.address }];
    }),
    play: () => {
      for (const { device, show } of running) {
        const tellAndShow = (fault: DeviceFault | undefined): void => {
          options.onProgress(device.id, { kind: 'shows', fault });
          show(fault);
        };
        void playTimetable(device.faults, scenario.repeat, tellAndShow, timetables.signal);
      }
      const settings = scenario.clock.map(({ after, ahead }) => ({ after, show: ahead }));
      const set = (ahead: Duration | undefined): void => options.setClock?.(ahead ?? 0);
      void playTimetable(settings, scenario.repeat, set, timetables.signal);
    },
    [Symbol.asyncDispose]: async () => {
      timetables.abort();
      stopping.abort();
      const ends = await Promise.allSettled(running.map(({ simulator }) => simulator[Symbol.asyncDispose]()));
      const failures = ends.flatMap(end => (end.status === 'rejected' ? [end.reason] : []));
      if (failures.length > 0) throw new AggregateError(failures, 'a simulator did not stop cleanly');
    },
  };
};
