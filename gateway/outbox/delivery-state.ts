/** The loss ledger of one sink, as it is told to the center (events.md, Delivery). */
import type { OutboxFeed } from './feed.ts';
import type { Store } from './store.ts';

/** All of them must fit into one event, at less than 90 bytes each. */
const mostShedRanges = 600;
const mostOfStream = 200;

/** Data of the state `delivery`. */
export const toDeliveryState = (store: Store, feed: OutboxFeed): Readonly<Record<string, unknown>> => {
  const { epoch, predecessor } = store;
  const streams = feed.streams();
  const most = Math.min(mostOfStream, Math.floor(mostShedRanges / Math.max(1, streams.length)));
  return {
    epoch,
    ...(predecessor !== undefined && {
      predecessor: {
        epoch: predecessor.epoch,
        streams: Object.entries(predecessor.streams).map(([stream, lastAccepted]) => ({ stream, lastAccepted })),
      },
    }),
    streams: streams.map(({ stream, lastAccepted, lowestUnsent }) => ({
      stream,
      epoch,
      lastAccepted,
      lowestUnsent,
      shed: store.shedRanges(feed.sink, stream, most),
    })),
  };
};
