import ggencoder from 'ggencoder';
import { createAisCorpus, readCorpus } from '../ais-corpus.ts';
import type { BenchRow } from '../row.ts';

const thousands = 100;

/** We need so many passes for a round of half a second. */
const passes = 6;

const decodeByUs = (corpus: Uint8Array): number => {
  let messages = 0;
  readCorpus(corpus, ({ messageType }) => {
    if (messageType > 0) messages++;
  });
  return messages;
};

const decodeByPeer = (corpus: Uint8Array): number => {
  let messages = 0;
  let session: Record<string, unknown> = {};
  for (const sentence of Buffer.from(corpus).toString('latin1').split('\r\n')) {
    const message = new ggencoder.AisDecode(sentence, session);
    if (!message.valid) continue;
    messages++;
    session = {};
  }
  return messages;
};

/** Messages per second of CPU of all our threads: on one core, garbage collection and compilation counted. */
const perSecond = (work: () => number, messages: number, least: number): number => {
  const since = process.cpuUsage();
  const found = work();
  const { user, system } = process.cpuUsage(since);
  if (found < least) throw new Error(`only ${found} of ${messages} messages were decoded`);
  return (messages / (user + system)) * 1e6;
};

export const row: BenchRow = {
  name: 'ais-decode',
  summary: 'AIS sentences as bytes to typed messages with every field, on one core: 100 000 of all 27 types.',
  unit: 'messages/s',
  peer: 'ggencoder',
  goal: { ratio: { atLeast: 8 }, value: { atLeast: 1_000_000 } },
  prepare: async () => {
    const corpus = createAisCorpus(thousands);
    const messages = thousands * 1000;
    return {
      ours: async () => {
        const work = (): number => {
          let decoded = 0;
          for (let pass = 0; pass < passes; pass++) decoded += decodeByUs(corpus);
          return decoded;
        };
        return perSecond(work, messages * passes, messages * passes);
      },
      // The peer does not know the messages between stations, and misreads the position of most messages 27.
      peer: async () => perSecond(() => decodeByPeer(corpus), messages, messages * 0.9),
    };
  },
};
