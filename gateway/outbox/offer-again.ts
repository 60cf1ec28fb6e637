/** Answers `outbox.replay`: finds what is still kept of a piece of a stream, and lets the sinks' feeds offer it again. */
import { GatewayError } from '../../core/errors.ts';
import type { OutboxFeed } from './feed.ts';
import type { Replayed, ReplayRequest } from './outbox.ts';
import { createReplaySearch } from './replay-search.ts';
import type { Store } from './store.ts';

export interface OfferAgainOptions {
  /** The store in use; another one, when it was replaced in the meantime. */
  readonly store: () => Store;
  readonly feeds: () => readonly OutboxFeed[];
  /** Does `work` with the store in use; undefined when it was replaced over it. */
  readonly insist: <T>(work: () => T) => T | undefined;
}

/** In steps, so that what is to be accepted comes in between. Throws as `Outbox.replay` rejects. */
export const offerAgain = async (request: ReplayRequest, options: OfferAgainOptions): Promise<Replayed> => {
  const { sink, stream, from, to } = request;
  const used = options.store();
  const named = options.feeds().filter(feed => sink === undefined || feed.sink === sink);
  if (sink !== undefined && named.length === 0) {
    throw new GatewayError('config', `no uplink is named "${sink.slice(0, 64)}"`);
  }
  const asked = named.filter(feed => feed.takes(stream));
  const none = (reason: 'other-epoch' | 'never-accepted'): Replayed => ({
    through: to,
    offered: 0,
    waiting: 0,
    missing: [{ from, to, reason }],
  });
  if (request.epoch !== undefined && request.epoch !== used.epoch) return none('other-epoch');
  const state = used.streams().find(({ name }) => name === stream);
  if (state === undefined) return none('never-accepted');

  const search = createReplaySearch(request, state.next);
  const names = asked.map(feed => feed.sink);
  while (!search.isDone()) {
    const found = options.insist(() => search.advance(used, names));
    if (found === undefined || options.store() !== used) {
      throw new GatewayError('damaged', 'the store was replaced while it was searched');
    }
    for (const { name, ranges } of found) {
      options
        .feeds()
        .find(feed => feed.sink === name)
        ?.replay(stream, ranges);
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  return search.result();
};
