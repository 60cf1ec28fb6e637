/** The gateway's side of `child-commands.ts`: what the vision process offers of a device, offered here as by any driver. */
import { onAbort } from '../../core/abort.ts';
import type { CommandPort } from '../../core/command.ts';
import { remoteCommands } from '../../core/commands.ts';
import { GatewayError } from '../../core/errors.ts';
import { type FromChild, fromWireError, type ToChild } from './messages.ts';

export interface ParentCommands extends Disposable {
  offered(name: string): void;
  withdrawn(name: string): void;
  answered(answer: Extract<FromChild, { kind: 'answer' }>): void;
}

const gone = (name: string): GatewayError =>
  new GatewayError('unreachable', `the vision process ended before it did ${name}`);

/** Disposed of with the session: whoever still waits for an answer then gets `unreachable`. */
export const createParentCommands = (
  session: number,
  send: (message: ToChild) => void,
  port: CommandPort,
): ParentCommands => {
  const offers = new Map<string, Disposable>();
  const waiting = new Map<number, { readonly name: string; readonly answer: PromiseWithResolvers<unknown> }>();
  let count = 0;

  const ask = async (name: string, input: unknown, signal: AbortSignal): Promise<unknown> => {
    const command = ++count;
    const answer = Promise.withResolvers<unknown>();
    waiting.set(command, { name, answer });
    using _ = onAbort(signal, () => {
      if (!waiting.delete(command)) return;
      send({ kind: 'give-up', session, command });
      answer.reject(gone(name));
    });
    send({ kind: 'command', session, command, name, input });
    return await answer.promise;
  };

  const withdrawn = (name: string): void => {
    offers.get(name)?.[Symbol.dispose]();
    offers.delete(name);
  };

  return {
    offered: name => {
      const command = remoteCommands.get(name);
      if (command === undefined) return;
      withdrawn(name);
      offers.set(
        name,
        port.serve(command, (input, signal) => ask(name, input, signal)),
      );
    },
    withdrawn,
    answered: ({ command, output, error }) => {
      const asked = waiting.get(command);
      waiting.delete(command);
      if (error === undefined) asked?.answer.resolve(output);
      else asked?.answer.reject(fromWireError(error));
    },
    [Symbol.dispose]: () => {
      for (const name of [...offers.keys()]) withdrawn(name);
      for (const { name, answer } of waiting.values()) answer.reject(gone(name));
      waiting.clear();
    },
  };
};
