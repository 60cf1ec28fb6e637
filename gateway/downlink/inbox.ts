import type { IncomingCommand } from '../../core/sink.ts';

/** Keeps what comes before the downlink is open: a session that outlived the last run delivers as soon as it stands. */
export interface Inbox {
  receive(message: IncomingCommand): void;
  /** From now on everything goes there, what waited first. */
  open(receiver: (message: IncomingCommand) => void): void;
}

/** More is dropped and counted. */
const mostWaiting = 256;
/** Of all that waits, so that no flood before the start fills the memory. */
const mostBytes = 2 * 2 ** 20;

export const createInbox = (count: (reason: string) => void): Inbox => {
  const waiting: IncomingCommand[] = [];
  let bytes = 0;
  let receiver: ((message: IncomingCommand) => void) | undefined;
  return {
    receive: message => {
      if (receiver !== undefined) receiver(message);
      else if (waiting.length < mostWaiting && bytes + message.payload.length <= mostBytes) {
        bytes += message.payload.length;
        waiting.push(message);
      } else count('command-dropped');
    },
    open: next => {
      receiver = next;
      for (const message of waiting.splice(0)) next(message);
    },
  };
};
