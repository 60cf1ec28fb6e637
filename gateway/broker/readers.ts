/**
 * The devices that read from the embedded broker, and the messages that wait for them. A message that its sender can
 * send again is kept also while its device is away, unacknowledged, until the device reads again or the sender leaves.
 */
import { onAbort } from '../../core/abort.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { Message, MessageBatch, MessageSource } from '../../core/message.ts';
import { createTopicIndex, matchesTopic } from '../../drivers/protocols/mqtt/topic.ts';

export interface Arrival {
  readonly message: Message;
  /** The only device that may hear it; undefined: whoever reads its topic. */
  readonly device: string | undefined;
  /** Whose it is: `withdraw` takes back what nobody has read yet. */
  readonly sender: object;
  /** `again`: unacknowledged, its sender sends it again. `never`: what is not kept now is lost. */
  readonly repeats: 'again' | 'never';
  /** Called once: accepted, or the reason why it was not. */
  readonly done: (failure?: GatewayError) => void;
}

export interface Readers {
  readonly source: Pick<MessageSource, 'subscribe'>;
  /** `unread`: no device reads its topic. `dropped`: a device does, but not now. In both cases it is done. */
  offer(arrival: Arrival): 'taken' | 'unread' | 'dropped';
  withdraw(sender: object): void;
  /** Ends every subscription. */
  close(): void;
}

/** Messages of one batch at most. */
const largestBatch = 250;

/** Messages without a second chance that wait for one device; others are bounded by their connections. */
const mostWaiting = 10_000;

interface Session {
  failure?: GatewayError;
  ended: boolean;
  wake: () => void;
}

interface Reader {
  readonly device: string;
  /** Absent before the first subscription: it is not known yet what the device reads. */
  filters?: readonly string[];
  removeFilters: readonly (() => void)[];
  session?: Session;
  waiting: Arrival[];
}

export const createReaders = (): Readers => {
  const readers = new Map<string, Reader>();
  const index = createTopicIndex<Reader>();
  /** Those for whom something waits: a thousand senders that leave at once do not ask ten thousand devices each. */
  const awaited = new Set<Reader>();
  let closed = false;

  const readerOf = (device: string): Reader => {
    let reader = readers.get(device);
    if (reader === undefined) {
      reader = { device, removeFilters: [], waiting: [] };
      readers.set(device, reader);
    }
    return reader;
  };

  const keep = (reader: Reader, arrival: Arrival): boolean => {
    const isHere = reader.session !== undefined && reader.waiting.length < mostWaiting;
    if (arrival.repeats === 'never' && !isHere) return false;
    reader.waiting.push(arrival);
    awaited.add(reader);
    reader.session?.wake();
    return true;
  };

  const offer = (arrival: Arrival): ReturnType<Readers['offer']> => {
    const { device, message, done } = arrival;
    // What a user's own device reads is known only after it subscribed; until then everything is kept for it.
    const own = device === undefined ? undefined : readerOf(device);
    const found =
      own !== undefined && own.filters === undefined
        ? [own]
        : [...index.match(message.channel)].filter(reader => own === undefined || reader === own);
    if (found.length === 0) {
      done();
      return 'unread';
    }
    let left = found.length;
    let worst: GatewayError | undefined;
    const one = (failure?: GatewayError): void => {
      worst ??= failure;
      left--;
      if (left === 0) done(worst);
    };
    let dropped = false;
    for (const reader of found) {
      if (keep(reader, { ...arrival, done: one })) continue;
      dropped = true;
      one();
    }
    return dropped ? 'dropped' : 'taken';
  };

  const endSession = (reader: Reader, session: Session): void => {
    session.ended = true;
    session.wake();
    if (reader.session === session) delete reader.session;
  };

  async function* read(reader: Reader, session: Session, end: Disposable): AsyncGenerator<MessageBatch, void> {
    try {
      while (!session.ended) {
        if (session.failure !== undefined) throw session.failure;
        const arrivals = reader.waiting.splice(0, largestBatch);
        if (reader.waiting.length === 0) awaited.delete(reader);
        if (arrivals.length === 0) {
          await new Promise<void>(resolve => {
            session.wake = resolve;
          });
          continue;
        }
        yield {
          messages: arrivals.map(({ message }) => message),
          settle: failure => {
            if (failure !== undefined) session.failure ??= failure;
            for (const { done } of arrivals) done(failure);
            session.wake();
          },
          settleUnrepeated: () => {
            for (const { repeats, done } of arrivals) if (repeats === 'never') done();
          },
        };
      }
    } finally {
      end[Symbol.dispose]();
    }
  }

  return {
    source: {
      subscribe: (device, filters, signal) => {
        const reader = readerOf(device);
        if (reader.session !== undefined) endSession(reader, reader.session);
        const session: Session = { ended: closed || signal.aborted, wake: () => {} };
        for (const remove of reader.removeFilters) remove();
        reader.filters = filters;
        reader.removeFilters = filters.map(filter => index.add(filter, reader));
        if (!session.ended) reader.session = session;
        const waiting = reader.waiting.splice(0);
        for (const arrival of waiting) {
          if (filters.some(filter => matchesTopic(filter, arrival.message.channel))) reader.waiting.push(arrival);
          else arrival.done();
        }
        return read(
          reader,
          session,
          onAbort(signal, () => endSession(reader, session)),
        );
      },
    },
    offer,
    withdraw: sender => {
      for (const reader of awaited) {
        if (reader.waiting.some(arrival => arrival.sender === sender && arrival.repeats === 'again')) {
          reader.waiting = reader.waiting.filter(arrival => arrival.sender !== sender || arrival.repeats === 'never');
        }
      }
    },
    close: () => {
      closed = true;
      for (const reader of readers.values()) if (reader.session !== undefined) endSession(reader, reader.session);
    },
  };
};
