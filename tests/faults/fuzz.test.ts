import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { projectFile } from '../support/resources.ts';
import { type Failure, inputsPerEpisode, replay, runEpisode } from './fuzz/episode.ts';
import { readSubjects, type Subject } from './fuzz/subjects.ts';
import type { FromFuzzWorker, FuzzTask } from './fuzz/worker.ts';
import { inForm, seed, tell } from './support/form.ts';

/** Of all subjects together. */
const wantedInputs = inForm({ short: 75_000, long: 10_000_000 });
/** What a parser may keep after millions of inputs: its own tables, warm caches of the engine. */
const mostGrownBytes = 6_000_000;
/** A thread that is this long at one episode hangs. */
const hangsAfterMs = 60_000;

const keptCases = z.array(z.object({ subject: z.string(), what: z.string(), inputs: z.array(z.string()) })).parse(
  readFileSync(projectFile('tests', 'faults', 'fuzz', 'cases.jsonl'), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown),
);

const subjects = await readSubjects();

interface Outcome {
  readonly failures: readonly Failure[];
  readonly grown: ReadonlyMap<string, number>;
}

/** Runs a share of the episodes in a thread; a parser that hangs fails as such, and the thread is given up. */
const runShare = (episodes: FuzzTask['episodes']): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const progress = new SharedArrayBuffer(8);
    const place = new Int32Array(progress);
    const worker = new Worker(new URL('./fuzz/worker.ts', import.meta.url), {
      workerData: { seed, episodes, mostGrownBytes, progress } satisfies FuzzTask,
    });
    const failures: Failure[] = [];
    const grown = new Map<string, number>();
    let seen = -1;
    const watching = setInterval(() => {
      const [index = 0, episode = 0] = place;
      const { subject = '' } = episodes[index] ?? {};
      const moment = index * 2 ** 31 + episode;
      if (moment !== seen) {
        seen = moment;
        return;
      }
      failures.push({ subject, seed, episode, what: 'it never came back', inputs: [] });
      void end();
    }, hangsAfterMs);
    const end = async (): Promise<void> => {
      clearInterval(watching);
      await worker.terminate();
      resolve({ failures, grown });
    };
    worker.on('error', thrown => {
      clearInterval(watching);
      reject(thrown);
    });
    worker.on('message', (message: FromFuzzWorker) => {
      if (message.kind === 'failure') failures.push(message.failure);
      else if (message.kind === 'subject') grown.set(message.subject, message.grownBytes);
      else void end();
    });
  });

/** Episodes of each subject by its share, dealt out to as many threads as there are cores. */
const shares = (): readonly FuzzTask['episodes'][] => {
  const threads = availableParallelism();
  const whole = subjects.reduce((sum, { share }) => sum + share, 0);
  return Array.from({ length: threads }, (_, thread) =>
    subjects.map(subject => {
      const { name, share } = subject;
      const count = Math.max(1, Math.ceil((wantedInputs * share) / whole / inputsPerEpisode(subject) / threads));
      return { subject: name, from: thread * count, to: (thread + 1) * count };
    }),
  );
};

describe('whatever comes from outside', () => {
  let inputs = 0;
  const perSubject = new Map<string, number>();
  afterAll(() => {
    const each = [...perSubject].map(([name, count]) => `  ${String(count).padStart(9)}  ${name}`).join('\n');
    tell(`fuzz, seed ${seed}: ${inputs} inputs to ${perSubject.size} parsers\n${each}`);
  });

  it('makes no parser throw, hang or grow', { timeout: 900_000 }, async () => {
    const dealt = shares();
    const outcomes = await Promise.all(dealt.map(runShare));
    for (const subject of subjects) {
      const own = dealt.flat().filter(({ subject: name }) => name === subject.name);
      const count = own.reduce((sum, { from, to }) => sum + to - from, 0) * inputsPerEpisode(subject);
      perSubject.set(subject.name, count);
      inputs += count;
    }
    const failures = outcomes.flatMap(outcome => outcome.failures);
    // Each line of this list belongs into tests/faults/fuzz/cases.jsonl, so that the case is kept.
    expect(failures.map(failure => JSON.stringify(failure))).toEqual([]);
    const grown = outcomes.flatMap(outcome => [...outcome.grown].filter(([, by]) => by > mostGrownBytes));
    expect(grown).toEqual([]);
    expect(inputs).toBeGreaterThanOrEqual(wantedInputs);
  });

  it.each(keptCases)('is borne where it once was not: $subject, $what', async kept => {
    const subject = subjects.find(({ name }) => name === kept.subject);
    expect(subject, `${kept.subject} is gone; take its cases out of cases.jsonl`).toBeDefined();
    if (subject !== undefined) expect(await replay(subject, kept)).toBeUndefined();
  });
});

describe('the search itself', () => {
  const planted = (open: Subject['open']): Subject => ({
    name: 'planted',
    share: 1,
    seeds: [Buffer.from('$GPRMC,1*00')],
    open,
  });

  const search = async (subject: Subject): Promise<Failure | undefined> => {
    for (let episode = 0; episode < 50; episode++) {
      const failure = await runEpisode(subject, seed, episode);
      if (failure !== undefined) return failure;
    }
    return undefined;
  };

  it('finds a parser that throws, and keeps what makes it throw', async () => {
    const subject = planted(() => input => {
      if (input.includes(0x2b)) throw new TypeError('a plus');
    });
    const failure = await search(subject);
    expect(failure?.what).toContain('a plus');
    expect(failure?.inputs).toHaveLength(1);
    if (failure !== undefined) expect(await replay(subject, failure)).toContain('a plus');
  });

  it('finds what only a sequence of inputs brings about', async () => {
    const subject = planted(() => {
      let empties = 0;
      return input => {
        if (input.length < 4 && ++empties > 3) throw new RangeError('too many short ones');
      };
    });
    const failure = await search(subject);
    expect(failure?.inputs.length).toBeGreaterThan(3);
    if (failure !== undefined) expect(await replay(subject, failure)).toContain('too many short ones');
  });

  it('finds a parser that takes too long', async () => {
    const subject = planted(() => input => {
      const started = process.threadCpuUsage();
      while (input.length > 40 && process.threadCpuUsage(started).user < 150_000);
    });
    const failure = await search(subject);
    expect(failure?.what).toBe('more than 100 ms');
  });
});
