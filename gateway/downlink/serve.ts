/** What the gateway itself does of what is ordered, and how a device's commands find their device. */
import type { RemoteCommand } from '../../core/command.ts';
import { GatewayError } from '../../core/errors.ts';
import {
  deviceRestart,
  gatewayRestart,
  logsTail,
  maintenanceStart,
  maintenanceStop,
  outboxReplay,
} from '../../core/gateway-commands.ts';
import type { Clock } from '../../core/time.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { DeviceOrders } from '../runtime/device-orders.ts';
import type { Supervised } from '../runtime/supervisor.ts';
import { correlationOf } from './audit.ts';
import type { Order } from './authorize.ts';
import { type Maintenance, maintenanceUntil, mostWorks } from './maintenance.ts';

export interface ServeOptions {
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'replay'>;
  readonly maintenance: Maintenance;
  readonly device: (id: string) => Pick<Supervised, 'restart' | 'status'> | undefined;
  /** What connected drivers do. */
  readonly deviceOrders: Pick<DeviceOrders, 'run'>;
  /** The newest lines of the log of at least this level, the oldest first. */
  readonly tailLog: (lines: number, level: 'info' | 'warn' | 'error') => readonly string[];
  /** Throws `config` when the gateway would not start with its configuration as it now stands in the file. */
  readonly checkConfig: () => Promise<void>;
}

type Run = (order: Order, signal: AbortSignal) => Promise<unknown>;

const serve = <Input, Output>(
  command: RemoteCommand<Input, Output>,
  run: (input: Input, order: Order, signal: AbortSignal) => Promise<Output>,
): readonly [string, Run] => [
  command.name,
  async (order, signal) => command.output.parse(await run(command.input.parse(order.input), order, signal)),
];

/** Of an answer's list, so that it stays below 48 KiB. */
const largestTail = 47 * 1024;
const mostMissing = 500;

/** The newest that fit. */
const fitting = (lines: readonly string[]): string[] => {
  let bytes = 0;
  const first = lines.findLastIndex(line => {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    return bytes > largestTail;
  });
  return lines.slice(first + 1);
};

/** Does every order: `DownlinkOptions.run`. */
export const createServing = (options: ServeOptions): Run => {
  const { clock, outbox, maintenance } = options;

  const deviceOf = (id: string) => {
    const device = options.device(id);
    if (device === undefined) throw new GatewayError('unreachable', `${id} is not started yet`);
    return device;
  };

  const own: ReadonlyMap<string, Run> = new Map([
    serve(deviceRestart, async ({ device }) => {
      const supervised = deviceOf(device);
      await supervised.restart();
      return { device, state: supervised.status().state };
    }),
    serve(outboxReplay, async ({ stream, epoch, from, to, uplink }) => {
      const replayed = await outbox.replay({
        stream,
        from,
        to,
        ...(epoch !== undefined && { epoch }),
        ...(uplink !== undefined && { sink: uplink }),
      });
      const { offered, waiting } = replayed;
      const missing = replayed.missing.slice(0, mostMissing);
      // What does not fit into the answer is asked for again.
      const through = missing.length < replayed.missing.length ? (missing.at(-1)?.to ?? to) : replayed.through;
      return { through, offered, waiting, missing: [...missing] };
    }),
    serve(maintenanceStart, async ({ devices, reason, until: text }, { key, claims }) => {
      const until = maintenanceUntil(text, clock.now());
      if (until === undefined) {
        throw new GatewayError('config', `${text} is not within the next 24 h`, {
          advice: 'Give an hour within the next 24 h, and order it again when it takes longer.',
        });
      }
      if (maintenance.open().length >= mostWorks) {
        throw new GatewayError('exhausted', `${mostWorks} maintenances are open already`);
      }
      const unique = [...new Set(devices)];
      await maintenance.start({
        correlation: correlationOf({ key: key.id, jti: claims.jti }),
        devices: unique,
        reason,
        until,
        key: key.id,
        sender: key.sender,
        ...(key.agency !== undefined && { agency: key.agency }),
      });
      return { devices: unique, until: text };
    }),
    serve(maintenanceStop, async ({ devices }) => ({ devices: [...(await maintenance.stop(devices))] })),
    serve(logsTail, async ({ lines, level }) => ({ lines: fitting(options.tailLog(lines, level)) })),
    serve(gatewayRestart, async () => {
      await options.checkConfig();
      return {};
    }),
  ]);

  return async (order, signal) => {
    const { command, input, devices, key, claims } = order;
    const run = own.get(command.name);
    if (run !== undefined) return await run(order, signal);
    const [device = ''] = devices;
    const correlation = correlationOf({ key: key.id, jti: claims.jti });
    const ordered = { name: command.name, device, input, correlation };
    return command.output.parse(await options.deviceOrders.run(ordered, signal));
  };
};
