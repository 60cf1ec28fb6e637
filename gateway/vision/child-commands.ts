/** The commands of one session in the vision process: offered to the gateway, done when it asks, answered once each. */
import { onAbort } from '../../core/abort.ts';
import { type CommandPort, createCommandOffers } from '../../core/command.ts';
import type { FromChild, ToChild } from './messages.ts';
import { toWireError } from './messages.ts';

type CommandMessage = Extract<ToChild, { kind: 'command' }>;

export interface ChildCommands {
  /** For the driver and whoever else offers something of the device. */
  readonly port: CommandPort;
  run(message: CommandMessage): void;
  giveUp(command: number): void;
}

/** What is under way is aborted by `signal`, the session's. */
export const createChildCommands = (
  session: number,
  send: (message: FromChild) => void,
  signal: AbortSignal,
): ChildCommands => {
  const offers = createCommandOffers();
  const underWay = new Map<number, AbortController>();

  const run = async ({ command, name, input }: CommandMessage): Promise<void> => {
    const abort = new AbortController();
    using _ = onAbort(signal, () => abort.abort());
    underWay.set(command, abort);
    try {
      const output = await offers.run(name, input, abort.signal);
      send({ kind: 'answer', session, command, output });
    } catch (failure) {
      send({ kind: 'answer', session, command, error: toWireError(failure) });
    } finally {
      underWay.delete(command);
    }
  };

  return {
    port: {
      serve: (command, does) => {
        const offer = offers.serve(command, does);
        send({ kind: 'offered', session, name: command.name });
        return {
          [Symbol.dispose]: () => {
            offer[Symbol.dispose]();
            if (!offers.isOffered(command.name)) send({ kind: 'withdrawn', session, name: command.name });
          },
        };
      },
    },
    run: message => void run(message),
    giveUp: command => underWay.get(command)?.abort(),
  };
};
