import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fuzzAis } from '../ais-fuzz.ts';
import type { BenchRow } from '../row.ts';

const sentences = 1_000_000;
const mebibyte = 2 ** 20;

/** Megabytes that are held after everything that can be was given back. */
const createHeldMegabytes = (): (() => number) => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node.js cannot be told to collect garbage');
  return () => {
    collect();
    return process.memoryUsage().heapUsed / mebibyte;
  };
};

export const row: BenchRow = {
  name: 'ais-fuzz',
  summary:
    'A million AIS sentences of five senders, a third of them damaged, doubled or disordered: memory that is held after ' +
    'them and was not before. Nothing throws, and no unharmed message is lost',
  unit: 'MiB',
  goal: { value: { atMost: 4 } },
  rounds: 1,
  prepare: async ({ report }) => {
    const held = createHeldMegabytes();
    let seed = 0;
    // What is compiled and cached once is not what grows.
    fuzzAis('first', sentences / 100);
    return {
      ours: async () => {
        const before = held();
        const result = fuzzAis(seed++, sentences);
        const grown = held() - before;
        const { messages, faults, intact, lost, impossible } = result;
        report(`${result.sentences} sentences, ${messages} messages, ${faults} faults, ${lost} of ${intact} lost`);
        if (lost > 0) throw new Error(`${lost} unharmed messages were lost`);
        if (impossible.length > 0) throw new Error(`impossible: ${impossible.join(', ')}`);
        return grown;
      },
    };
  },
};
