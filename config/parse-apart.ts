/**
 * `parseText` in a thread of its own, while the program does something else. The tree of a large YAML file takes a
 * hundred times its size; with the thread it is gone, where the heap of a program that runs for months would keep the
 * room.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Place, Reading } from './document.ts';
import type { Position } from './locate.ts';
import { readText, type Unreadable } from './read-text.ts';

export interface ParsedApart extends AsyncDisposable {
  readonly text: string;
  readonly reading: Promise<Reading>;
  positionsOf(places: readonly Place[]): Promise<readonly Position[]>;
}

/** In the source tree the modules end in `.ts`, in a built package in `.js`. */
const threadFile = new URL(
  `./document-thread${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** Returns as soon as the thread is on its way. */
export const parseTextApart = (text: string): ParsedApart => {
  const thread = new Worker(threadFile, { workerData: text, name: 'config' });
  // Only `document-thread.ts` answers here.
  const answer = async <T>(): Promise<T> => {
    const [message] = await once(thread, 'message');
    return message;
  };
  const reading = answer<Reading>();
  return {
    text,
    reading,
    positionsOf: async places => {
      if (places.length === 0) return [];
      await reading;
      thread.postMessage(places);
      return answer<readonly Position[]>();
    },
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
    },
  };
};

export const parseFileApart = async (file: string): Promise<ParsedApart | Unreadable> => {
  const text = await readText(file);
  return typeof text === 'string' ? parseTextApart(text) : text;
};
