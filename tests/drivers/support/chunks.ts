/** A transport that is read in the background, with everything it gave. */
import type { Chunk } from '../../../core/chunk.ts';
import { type GatewayError, toGatewayError } from '../../../core/errors.ts';
import { createContext, type TestContext } from './context.ts';

export interface ChunkReading {
  readonly context: TestContext;
  /** All bytes so far as text, of one channel or of all. */
  text(channel?: string): string;
  channels(): readonly (string | undefined)[];
  /** Undefined while it runs. */
  ended(): { readonly failure?: GatewayError } | undefined;
  /** Aborts, and resolves to how long it took to end, in ms. */
  stop(): Promise<number>;
}

export const readChunks = (open: (context: TestContext) => AsyncIterable<Chunk>): ChunkReading => {
  const context = createContext();
  const chunks: Chunk[] = [];
  let ended: { readonly failure?: GatewayError } | undefined;
  const run = async (): Promise<void> => {
    for await (const chunk of open(context)) chunks.push(chunk);
  };
  const running = run().then(
    () => {
      ended = {};
    },
    (failure: unknown) => {
      ended = { failure: toGatewayError(failure) };
    },
  );
  return {
    context,
    text: channel =>
      Buffer.concat(
        chunks.filter(chunk => channel === undefined || chunk.channel === channel).map(({ bytes }) => bytes),
      ).toString(),
    channels: () => [...new Set(chunks.map(chunk => chunk.channel))],
    ended: () => ended,
    stop: async () => {
      const startedAt = performance.now();
      context.abort();
      await running;
      return performance.now() - startedAt;
    },
  };
};

/** What a transport throws that cannot even begin, or breaks. */
export const failureOf = async (open: (context: TestContext) => AsyncIterable<Chunk>): Promise<GatewayError> => {
  try {
    for await (const _ of open(createContext()));
  } catch (failure) {
    return toGatewayError(failure);
  }
  throw new Error('it ended without an error');
};
