/** Runs episodes in a thread of its own, so that a parser that never returns can be seen and stopped from outside. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { type Failure, runEpisode } from './episode.ts';
import { readSubjects } from './subjects.ts';

export interface FuzzTask {
  readonly seed: number;
  /** Of each subject, by its name: the first episode, and the one after the last. */
  readonly episodes: readonly { readonly subject: string; readonly from: number; readonly to: number }[];
  /** What a parser may keep: where it keeps less, how much less is not worked out. */
  readonly mostGrownBytes: number;
  /** Two 32-bit integers, written before each episode: the index in `episodes`, and the episode. */
  readonly progress: SharedArrayBuffer;
}

export type FromFuzzWorker =
  | { readonly kind: 'failure'; readonly failure: Failure }
  /** One entry of `episodes` is done; how much more memory is held at most than after its first tenth. */
  | { readonly kind: 'subject'; readonly subject: string; readonly grownBytes: number }
  | { readonly kind: 'done' };

/** More of one subject say nothing new. */
const mostFailures = 5;

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Collects, the young garbage first, until no more than `enough` is held or nothing is garbage any more. */
const heldBytes = (enough = 0): number => {
  let held = Number.POSITIVE_INFINITY;
  for (const type of ['minor', 'major', 'major']) {
    if (typeof collectGarbage === 'function') collectGarbage({ type });
    const { heapUsed, external } = process.memoryUsage();
    held = heapUsed + external;
    if (held <= enough) break;
  }
  return held;
};

const run = async ({ seed, episodes, mostGrownBytes, progress }: FuzzTask): Promise<void> => {
  const say = (message: FromFuzzWorker): void => parentPort?.postMessage(message);
  const place = new Int32Array(progress);
  const subjects = new Map((await readSubjects()).map(subject => [subject.name, subject]));
  for (const [index, { subject: name, from, to }] of episodes.entries()) {
    const subject = subjects.get(name);
    if (subject === undefined) throw new Error(`no parser is named ${name}`);
    let failures = 0;
    let before: number | undefined;
    for (let episode = from; episode < to && failures < mostFailures; episode++) {
      Atomics.store(place, 0, index);
      Atomics.store(place, 1, episode);
      if (episode === from + Math.ceil((to - from) / 10)) before = heldBytes();
      const failure = await runEpisode(subject, seed, episode);
      if (failure === undefined) continue;
      failures++;
      say({ kind: 'failure', failure });
    }
    const grownBytes = before === undefined ? 0 : heldBytes(before + mostGrownBytes) - before;
    say({ kind: 'subject', subject: name, grownBytes });
  }
  say({ kind: 'done' });
};

await run(workerData as FuzzTask);
