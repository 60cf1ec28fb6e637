import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Conclusion } from '../../../core/conclusion.ts';
import type { Decoder } from '../../../core/driver.ts';
import type { Observation } from '../../../core/observation.ts';
import { defineStage } from '../../../core/stage.ts';
import { exampleSite } from '../../../events/example-site.ts';
import type { Dated } from '../../../gateway/replay/dated.ts';
import { type ReplayOptions, replay } from '../../../gateway/replay/replay.ts';
import { bindPipelines } from '../../../gateway/runtime/bind-pipelines.ts';
import { toStageFile } from '../../../gateway/runtime/stage-files.ts';

const start = Date.parse('2026-11-23T08:00:00Z');
const second = 1000;

/** Writes down what it is asked, and concludes a file's text. */
const diary = (lines: string[], chapter = 'first') =>
  defineStage({
    name: 'diary',
    summary: 'Writes down what it is asked.',
    consumes: ['measurement'],
    config: z.strictObject({ path: z.string().optional() }),
    files: ({ path }) => (path === undefined ? {} : { book: path }),
    restore: () => ({}),
    step: (_, batch) => {
      lines.push(`${chapter} step ${batch.map(({ device, value }) => `${device} ${value}`).join(', ')}`);
      return { output: batch };
    },
    tick: (_, now, __, ___, steady) => {
      lines.push(`${chapter} tick ${(now - start) / second}${steady === now ? '' : ' unsteady'}`);
      return { output: [] };
    },
    load: (_, { text, version, time }) => {
      lines.push(`${chapter} load ${text} ${version} ${(time - start) / second}`);
      return { output: [] };
    },
  });

/** Each byte is a value measured when it was heard. */
const bytes =
  (device: string): Decoder =>
  ({ bytes: values, receivedAt }) =>
    [...values].map((value, index) =>
      value === 0
        ? { kind: 'malformed', reason: `noise-${index}` }
        : {
            kind: 'observation',
            observation: {
              kind: 'measurement',
              device,
              time: receivedAt,
              timeFrom: 'gateway',
              quantity: 'pm25',
              value,
            } satisfies Observation,
          },
    );

const record = (value: number, after: number): Dated => ({
  bytes: Uint8Array.of(value),
  time: start + after * second,
});

const run = async (
  sources: Readonly<Record<string, readonly Dated[]>>,
  options: Partial<ReplayOptions> = {},
  config: { readonly path?: string } = {},
) => {
  const lines: string[] = [];
  const [pipeline] = bindPipelines(
    [{ name: 'one', from: ['ais-1', 'cam-3'], stages: [{ stage: 'diary', ...config }] }],
    exampleSite,
    [diary(lines)],
  );
  if (pipeline === undefined) throw new Error('no pipeline');
  const span = await replay({
    site: exampleSite,
    pipeline,
    sources: Object.entries(sources).map(([device, records]) => ({ device, decode: bytes(device), records })),
    readFile: async (path, name, time) => toStageFile(name, `text of ${path}`, { now: () => time }),
    onEvent: () => {},
    ...options,
  });
  return { lines, span };
};

test('every second of the recording is ticked once, after what was said in the one before', async () => {
  const { lines, span } = await run({ 'ais-1': [record(1, 0), record(2, 0.9), record(3, 2.5)] });
  expect(lines).toEqual([
    'first step ais-1 1, ais-1 2',
    'first tick 1',
    'first tick 2',
    'first step ais-1 3',
    'first tick 3',
  ]);
  expect(span).toEqual({ from: start, to: start + 3 * second });
});

test('sources are merged by time, also where one is ahead of the other', async () => {
  const { lines } = await run({
    'cam-3': [record(1, 1), record(2, 3)],
    'ais-1': [record(11, 0), record(12, 1), record(13, 2)],
  });
  expect(lines.filter(line => line.includes('step'))).toEqual([
    'first step ais-1 11',
    'first step cam-3 1',
    'first step ais-1 12',
    'first step ais-1 13',
    'first step cam-3 2',
  ]);
});

test('files are given to their stage before the first observation, with the time of the recording', async () => {
  const { lines } = await run({ 'ais-1': [record(1, 2.5)] }, {}, { path: 'a.csv' });
  expect(lines[0]).toMatch(/^first load text of a\.csv [0-9a-f]{12} 2$/);
  expect(lines[1]).toBe('first step ais-1 1');
});

test('a file that the stage refuses ends the replay', async () => {
  const refusing: Partial<ReplayOptions> = { readFile: () => Promise.reject(new Error('line 3: no polygon')) };
  await expect(run({ 'ais-1': [record(1, 0)] }, refusing, { path: 'a.csv' })).rejects.toThrow('line 3: no polygon');
});

test('after a day without anything, minutes are enough', async () => {
  const { lines } = await run({ 'ais-1': [record(1, 0), record(2, 3 * 86_400)] });
  const ticks = lines.filter(line => line.includes('tick'));
  expect(ticks.length).toBe(86_400 + 2 * 1440 + 1);
  expect(ticks.at(-1)).toBe(`first tick ${3 * 86_400 + 1}`);
});

test('after a month without anything, hours are', async () => {
  const { lines } = await run({ 'ais-1': [record(1, 0), record(2, 40 * 86_400)] });
  expect(lines.filter(line => line.includes('tick')).length).toBe(86_400 + 29 * 1440 + 10 * 24 + 1);
});

test('each tick is waited for, also in a gap', async () => {
  const ticks: number[] = [];
  await run(
    { 'ais-1': [record(1, 0), record(2, 3)] },
    {
      onTick: async now => {
        await Promise.resolve();
        ticks.push((now - start) / second);
      },
    },
  );
  expect(ticks).toEqual([1, 2, 3, 4]);
});

test('it ends at the tick at which it is stopped, and closes its sources', async () => {
  const stop = new AbortController();
  let closed = 0;
  const endless = async function* (): AsyncGenerator<Dated, void> {
    try {
      for (let after = 0; ; after += 2) yield record(1, after);
    } finally {
      closed++;
    }
  };
  const ticks: number[] = [];
  const { span } = await run(
    {},
    {
      sources: ['ais-1', 'cam-3'].map(device => ({ device, decode: bytes(device), records: endless() })),
      signal: stop.signal,
      onTick: now => {
        ticks.push((now - start) / second);
        if (ticks.length === 5) stop.abort();
        return undefined;
      },
    },
  );
  expect(ticks).toEqual([1, 2, 3, 4, 5]);
  expect(span).toEqual({ from: start, to: start + 5 * second });
  expect(closed).toBe(2);
});

test('without a record there is no time', async () => {
  expect((await run({ 'ais-1': [] })).span).toBeUndefined();
});

test('what a decoder cannot read is counted by device and reason', async () => {
  const counts: string[] = [];
  await run({ 'ais-1': [record(0, 0)] }, { onCount: (device, reason) => counts.push(`${device} ${reason}`) });
  expect(counts).toEqual(['ais-1 malformed noise-0']);
});

test('conclusions are sealed with the time of the recording', async () => {
  const told: { readonly conclusion: Conclusion; readonly body: Record<string, unknown> }[] = [];
  const stage = defineStage({
    name: 'failing',
    summary: 'Says that it failed.',
    consumes: ['measurement'],
    config: z.strictObject({}),
    restore: () => ({}),
    step: (_, batch) => ({
      output: batch.map(
        ({ time, value }): Conclusion => ({
          kind: 'conclusion',
          event: 'gateway.stage.failed',
          source: 'pipeline',
          subject: 'pipeline/one',
          time,
          key: String(value),
          data: { pipeline: 'one', stage: 'failing', message: 'it failed', deadLetters: 0 },
        }),
      ),
    }),
  });
  const [pipeline] = bindPipelines([{ name: 'one', from: ['ais-1'], stages: [{ stage: 'failing' }] }], exampleSite, [
    stage,
  ]);
  if (pipeline === undefined) throw new Error('no pipeline');
  await replay({
    site: exampleSite,
    pipeline,
    sources: [{ device: 'ais-1', decode: bytes('ais-1'), records: [record(1, 0), record(2, 4)] }],
    readFile: () => Promise.reject(new Error('there is none')),
    onEvent: ({ body }, conclusion) => told.push({ conclusion, body: JSON.parse(body) }),
  });
  expect(told.map(({ body }) => body)).toMatchObject([
    { time: '2026-11-23T08:00:00.000Z', recordedtime: '2026-11-23T08:00:00.000Z', timequality: 'estimated' },
    { time: '2026-11-23T08:00:04.000Z', recordedtime: '2026-11-23T08:00:04.000Z' },
  ]);
});

test('a conclusion that breaks its contract is told, and the rest goes on', async () => {
  const broken: string[] = [];
  let told = 0;
  const stage = defineStage({
    name: 'careless',
    summary: 'Concludes what is no event.',
    consumes: ['measurement'],
    config: z.strictObject({}),
    restore: () => ({}),
    step: (_, batch) => ({
      output: batch.map(
        ({ time, value }): Conclusion => ({
          kind: 'conclusion',
          event: value === 1 ? 'gateway.stage.exploded' : 'gateway.stage.failed',
          source: 'pipeline',
          subject: 'pipeline/one',
          time,
          key: String(value),
          data: { pipeline: 'one', stage: 'careless', message: 'it failed', deadLetters: 0 },
        }),
      ),
    }),
  });
  const [pipeline] = bindPipelines([{ name: 'one', from: ['ais-1'], stages: [{ stage: 'careless' }] }], exampleSite, [
    stage,
  ]);
  if (pipeline === undefined) throw new Error('no pipeline');
  const options: ReplayOptions = {
    site: exampleSite,
    pipeline,
    sources: [{ device: 'ais-1', decode: bytes('ais-1'), records: [record(1, 0), record(2, 4)] }],
    readFile: () => Promise.reject(new Error('there is none')),
    onEvent: () => told++,
  };
  await replay({ ...options, onBroken: ({ event }) => broken.push(event) });
  expect(broken).toEqual(['gateway.stage.exploded']);
  expect(told).toBe(1);
  await expect(replay(options)).rejects.toThrow('gateway.stage.exploded');
});
