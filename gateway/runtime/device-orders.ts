/** What the center orders of devices: done by their drivers, with what has to follow from it here. */
import type { DeviceConfig } from '../../config/schema.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import { outputSet, pipelineSetThreshold } from '../../core/device-commands.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Site } from '../../core/site.ts';
import type { Clock } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Vision } from '../vision/open.ts';
import { openThresholds } from '../vision/thresholds.ts';
import { capturedConclusion } from './captured.ts';
import type { Supervised } from './supervisor.ts';
import { openSwitchBacks } from './switch-backs.ts';

export interface DeviceOrder {
  readonly name: string;
  readonly device: string;
  /** Fits the command's schema. */
  readonly input: unknown;
  /** On all events that come of it. */
  readonly correlation: string;
}

export interface DeviceOrders extends AsyncDisposable {
  /** Resolves to the command's output. Throws as `Supervised.command`. */
  run(order: DeviceOrder, signal: AbortSignal): Promise<unknown>;
}

export interface DeviceOrdersOptions {
  readonly site: Site;
  readonly devices: readonly DeviceConfig[];
  /** Undefined for a device that is not supervised yet. */
  readonly device: (id: string) => Pick<Supervised, 'command'> | undefined;
  /** Resolves when the conclusions are accepted, and with them the files that they name. */
  readonly conclude: (conclusions: readonly Conclusion[]) => Promise<void>;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly vision: Pick<Vision, 'setThresholds'> | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opened before the devices are: what was ordered of them before the gateway stopped still counts. */
export const openDeviceOrders = async (options: DeviceOrdersOptions): Promise<DeviceOrders> => {
  const { site, outbox, clock, log } = options;
  const command = async (device: string, name: string, input: unknown, signal: AbortSignal): Promise<unknown> => {
    const supervised = options.device(device);
    if (supervised === undefined) throw new GatewayError('unreachable', `${device} is not started yet`);
    return await supervised.command(name, input, signal);
  };
  const switchBacks = await openSwitchBacks({ outbox, clock, log, command });
  const thresholds = await openThresholds({ devices: options.devices, outbox, vision: options.vision, log });

  return {
    run: async ({ name, device, input, correlation }, signal) => {
      if (name === outputSet.name) return await switchBacks.set(outputSet.input.parse(input), signal);
      if (name === pipelineSetThreshold.name) return await thresholds.set(pipelineSetThreshold.input.parse(input));
      const output = await command(device, name, input, signal);
      const conclusion = capturedConclusion(name, device, output, correlation, site);
      if (conclusion !== undefined) await options.conclude([conclusion]);
      return output;
    },
    [Symbol.asyncDispose]: () => switchBacks[Symbol.asyncDispose](),
  };
};
