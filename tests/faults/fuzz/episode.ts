/** One parser from its first input to its last: mutated inputs, in an order that a seed repeats. */
import { createRandom } from '../../../simulators/world/random.ts';
import { mutate } from './mutate.ts';
import type { Subject } from './subjects.ts';

const usualInputs = 250;

export const inputsPerEpisode = ({ perEpisode = usualInputs }: Subject): number => perEpisode;

/** One input may take this long, in milliseconds of this thread's own processor time. */
const longest = 100;

/** What went wrong, with what brings it about again. */
export interface Failure {
  readonly subject: string;
  readonly seed: number;
  readonly episode: number;
  readonly what: string;
  /** Base64: what a fresh parser must be given, in this order; the last one fails. */
  readonly inputs: readonly string[];
}

const pickSeed = (subject: Subject, number: number): Uint8Array =>
  subject.seeds[number % subject.seeds.length] ?? new Uint8Array();

const inputsOf = (subject: Subject, seed: number, episode: number): readonly Uint8Array[] => {
  const random = createRandom(seed, subject.name, episode);
  const { length } = subject.seeds;
  return Array.from({ length: inputsPerEpisode(subject) }, () => {
    const good = pickSeed(subject, Math.floor(random() * length));
    const other = pickSeed(subject, Math.floor(random() * length));
    // Every eighth is good: what the bad ones leave behind must not spoil it.
    if (random() < 0.125) return good;
    const bad = mutate(good, random, other);
    return subject.mend !== undefined && random() < 0.75 ? subject.mend(bad) : bad;
  });
};

const cpuMilliseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** Processor time, which a busy machine does not stretch; the best of three, which the garbage of others does not spoil. */
const isSlow = async (subject: Subject, inputs: readonly Uint8Array[]): Promise<boolean> => {
  for (let round = 0; round < 3; round++) {
    const parse = subject.open();
    for (const input of inputs.slice(0, -1)) await parse(input);
    const before = cpuMilliseconds();
    for (const input of inputs.slice(-1)) await parse(input);
    if (cpuMilliseconds() - before <= longest) return false;
  }
  return true;
};

const describe = (thrown: unknown): string =>
  (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)).slice(0, 2000);

/** Feeds a fresh parser; gives the first input that made it throw, or take too long. */
const feed = async (
  subject: Subject,
  inputs: readonly Uint8Array[],
): Promise<{ readonly index: number; readonly what: string } | undefined> => {
  const parse = subject.open();
  for (const [index, input] of inputs.entries()) {
    const started = performance.now();
    try {
      const answer = parse(input);
      if (answer !== undefined) await answer;
    } catch (thrown) {
      return { index, what: describe(thrown) };
    }
    if (performance.now() - started > longest && (await isSlow(subject, inputs.slice(0, index + 1)))) {
      return { index, what: `more than ${longest} ms` };
    }
  }
  return undefined;
};

/** The kept inputs of an earlier failure: what is wrong now, if anything. */
export const replay = async (subject: Subject, { inputs }: Pick<Failure, 'inputs'>): Promise<string | undefined> => {
  const failed = await feed(
    subject,
    inputs.map(input => Buffer.from(input, 'base64')),
  );
  return failed?.what;
};

export const runEpisode = async (subject: Subject, seed: number, episode: number): Promise<Failure | undefined> => {
  const inputs = inputsOf(subject, seed, episode);
  const found = await feed(subject, inputs);
  if (found === undefined) return undefined;
  const last = inputs.slice(found.index, found.index + 1);
  // Most failures need nothing but their own input.
  const needed = (await feed(subject, last)) === undefined ? inputs.slice(0, found.index + 1) : last;
  return {
    subject: subject.name,
    seed,
    episode,
    what: found.what,
    inputs: needed.map(input => Buffer.from(input).toString('base64')),
  };
};
