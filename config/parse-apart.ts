/**
 * `parseText` in a thread of its own. The tree of a large YAML file takes a hundred times its size; with the thread it is
 * gone, where the heap of a program that runs for months would keep the room.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ConfigDocument, Place, Reading } from './document.ts';
import type { Position } from './locate.ts';

export interface DocumentApart extends AsyncDisposable, Pick<ConfigDocument, 'reading'> {
  positionsOf(places: readonly Place[]): Promise<readonly Position[]>;
}

/** In the source tree the modules end in `.ts`, in a built package in `.js`. */
const threadFile = new URL(
  `./document-thread${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

export const parseTextApart = async (text: string): Promise<DocumentApart> => {
  const thread = new Worker(threadFile, { workerData: text, name: 'config' });
  // Only `document-thread.ts` answers here.
  const answer = async <T>(): Promise<T> => {
    const [message] = await once(thread, 'message');
    return message;
  };
  return {
    reading: await answer<Reading>(),
    positionsOf: async places => {
      if (places.length === 0) return [];
      thread.postMessage(places);
      return answer<readonly Position[]>();
    },
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
    },
  };
};
