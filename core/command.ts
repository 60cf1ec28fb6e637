/**
 * What the center may order over MQTT, as a schema with its answer. Not to be confused with the commands of the command
 * line (`core/command-line.ts`). The table of all of them is `core/commands.ts`.
 */
import { z } from 'zod';
import { GatewayError } from './errors.ts';
import type { Duration } from './time.ts';

interface RemoteCommandSpec<Input, Output> {
  /** As it stands in the order: `ptz`, `device.restart`. */
  readonly name: string;
  /** One sentence for the catalogue. */
  readonly summary: string;
  /** Who does it: the gateway itself, or the connected driver that `input.device` names. */
  readonly served: 'gateway' | 'device';
  /**
   * A closed object. Devices that it is about stand under `device` or `devices`: who may order what is judged by them,
   * and what names none is for operators of the whole gateway. Never holds a secret: it is written into audit events.
   */
  readonly input: z.ZodType<Input>;
  /** A closed object, at most 48 KiB as JSON; it goes back to the center as `result`. */
  readonly output: z.ZodType<Output>;
  /** What takes longer is aborted, and has failed. */
  readonly timeLimit: Duration;
  readonly example: { readonly input: Readonly<Record<string, unknown>>; readonly output: NoInfer<Output> };
}

export type RemoteCommand<Input = unknown, Output = unknown> = Readonly<RemoteCommandSpec<Input, Output>>;

export const defineRemoteCommand = <Input, Output>(
  spec: RemoteCommandSpec<Input, Output>,
): RemoteCommand<Input, Output> => spec;

const aboutDevices = z.looseObject({
  device: z.string().optional().catch(undefined),
  devices: z.array(z.string()).optional().catch(undefined),
});

/** The devices that an input is about; none for what is the whole gateway's. */
export const devicesOf = (input: unknown): readonly string[] => {
  const { device, devices = [] } = aboutDevices.safeParse(input).data ?? {};
  return [...new Set([...(device === undefined ? [] : [device]), ...devices])];
};

/** Whether it is about devices: then an agency may order it of its own ones. */
export const isAboutDevices = ({ example }: Pick<RemoteCommand, 'example'>): boolean =>
  devicesOf(example.input).length > 0;

/** Does a command: resolves to its output, or throws a `GatewayError`. Ends soon after `signal` aborts. */
export type CommandRun<Input, Output> = (input: Input, signal: AbortSignal) => Promise<Output>;

/** Where commands are offered: by a driver for as long as its connection stands, by the gateway for as long as it runs. */
export interface CommandPort {
  /** Disposing withdraws the offer: `using _ = context.commands.serve(ptz, move)`. */
  serve<Input, Output>(command: RemoteCommand<Input, Output>, run: CommandRun<Input, Output>): Disposable;
}

/** The offers made to a port. */
export interface CommandOffers extends CommandPort {
  isOffered(name: string): boolean;
  /**
   * `input` is parsed by the command's schema again, since it may have crossed a process. Throws `unreachable` when
   * nobody offers the command now, `defect` when the output does not fit its schema.
   */
  run(name: string, input: unknown, signal: AbortSignal): Promise<unknown>;
}

export const createCommandOffers = (): CommandOffers => {
  const offers = new Map<string, CommandRun<unknown, unknown>>();
  return {
    serve: (command, run) => {
      const offer: CommandRun<unknown, unknown> = async (input, signal) => {
        const output = command.output.safeParse(await run(command.input.parse(input), signal));
        if (output.success) return output.data;
        throw new GatewayError('defect', `the result of ${command.name} does not fit its schema`, {
          cause: output.error,
        });
      };
      offers.set(command.name, offer);
      return {
        [Symbol.dispose]: () => {
          // A later connection may already offer it again.
          if (offers.get(command.name) === offer) offers.delete(command.name);
        },
      };
    },
    isOffered: name => offers.has(name),
    run: async (name, input, signal) => {
      const offer = offers.get(name);
      if (offer === undefined) throw new GatewayError('unreachable', `nobody is there to do ${name} now`);
      return await offer(input, signal);
    },
  };
};
