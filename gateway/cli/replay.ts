import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from '../../core/abort.ts';
import { defineCommand } from '../../core/command-line.ts';
import { GatewayError } from '../../core/errors.ts';
import { type Duration, type Instant, parseDuration, seconds, toTimestampSeconds } from '../../core/time.ts';
import { type AssumedTime, dated } from '../replay/dated.ts';
import { openRecording, type Recording } from '../replay/recording.ts';
import { replay } from '../replay/replay.ts';
import { readStageFile, toStageFile } from '../runtime/stage-files.ts';
import { createReplayMap } from './replay-map.ts';
import {
  assumePlan,
  configuredSetting,
  expectedOf,
  type Named,
  type Plan,
  parseNamed,
  planReplay,
  type Setting,
  unknownDevice,
} from './replay-plan.ts';
import { createSummary } from './replay-summary.ts';
import { interrupted, untilStopped } from './stopping.ts';

/** Whoever waits longer wants to know how far it is. */
const progressEvery = seconds(2);
/** Without a pause for longer than this a Ctrl-C would not be heard. */
const longestTurn: Duration = 100;

/** Broken conclusions that are told of one by one. */
const mostTold = 5;

const messageOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s+/g, ' ').slice(0, 300);

const wrong = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

/** `60x` → 60; undefined: as fast as it can. */
const parseSpeed = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const speed = Number(/^(\d+(?:\.\d+)?)x?$/.exec(text)?.[1]);
  if (speed > 0) return speed;
  throw wrong(
    `--speed ${text} is no speed`,
    'Write how many times as fast as it was recorded, 60x; without --speed it runs as fast as it can.',
  );
};

const parseAssumed = (start: string | undefined, every: string | undefined): AssumedTime | undefined => {
  if (start === undefined) {
    if (every !== undefined) throw wrong('--every says how far apart records are from --start on', 'Give --start too.');
    return undefined;
  }
  const at = Date.parse(start);
  if (Number.isNaN(at)) throw wrong(`--start ${start} is no time`, 'Write it as 2026-11-23T08:00:00Z.');
  const apart = parseDuration(every ?? '100ms');
  if (apart === undefined || apart <= 0) throw wrong(`--every ${every} is no time`, 'Write it as 100ms or 2s.');
  return { start: at, every: apart };
};

/** Opens all that is named into `opened`, which closes it. */
const openAll = async (
  named: readonly Named[],
  setting: Setting | undefined,
  opened: AsyncDisposableStack,
): Promise<readonly Recording[]> => {
  if (named.filter(({ file }) => file === '-').length > 1)
    throw wrong('standard input can be one recording only', 'Give the others as files.');
  const recordings: Recording[] = [];
  for (const each of named) {
    const { file } = each;
    try {
      recordings.push(opened.use(await openRecording(file, expectedOf(each, setting?.site))));
    } catch (thrown) {
      throw unknownDevice(file, setting?.site) ?? thrown;
    }
  }
  return recordings;
};

const writeMap = async (file: string, svg: string): Promise<void> => {
  try {
    await writeFile(file, svg);
  } catch (cause) {
    throw new GatewayError('config', `${file} cannot be written: ${messageOf(cause)}`, {
      advice: 'Name another file by --map.',
      cause,
    });
  }
};

interface RunOptions {
  readonly plan: Plan;
  readonly speed: number | undefined;
  readonly assumed: AssumedTime | undefined;
  /** Where the chart is to be written; none when undefined. */
  readonly map: string | undefined;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Resolves to the exit code. */
const run = async ({ plan, speed, assumed, map, out, err }: RunOptions): Promise<number> => {
  const { site, pipeline, sources } = plan;
  const signal = untilStopped();
  const recordings = sources.map(({ recording }) => recording);
  const sizes = recordings.map(({ size }) => size);
  const total = sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
  const began = performance.now();
  const summary = createSummary();
  const chart = map === undefined ? undefined : createReplayMap(site);
  let lines: string[] = [];
  let firstSecond: Instant | undefined;
  let told = began;
  let turned = began;
  let broken = 0;

  const write = async (): Promise<void> => {
    if (lines.length > 0) out(lines.join(''));
    lines = [];
    // A month of events must not pile up in memory before a slow reader.
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  };
  const tellProgress = (now: Instant): void => {
    told = performance.now();
    const read = recordings.reduce((sum, { bytesRead }) => sum + bytesRead(), 0);
    const part =
      total === undefined || total === 0 ? '' : `${String(Math.floor((100 * read) / total)).padStart(3)} %, `;
    err(`${part}at ${toTimestampSeconds(now)}\n`);
  };
  const pause = async (now: Instant, due: Duration): Promise<void> => {
    await write();
    if (due > 0) await sleep(due, signal);
    else await nextTurn();
    turned = performance.now();
    if (turned - told >= progressEvery) tellProgress(now);
  };

  for (const { results } of sources)
    if (results !== undefined && assumed !== undefined) summary.onDoubt('start-not-used');
  const span = await replay({
    site,
    pipeline,
    sources: sources.map(({ recording, device, decode, results = [] }) => ({
      device,
      decode,
      records:
        recording.kind === 'stream'
          ? dated(recording.records(), { name: recording.name, assumed, onDoubt: summary.onDoubt })
          : results,
    })),
    readFile: async (path, name, time) => {
      const text = await readStageFile(path);
      if (name === 'zones') chart?.onZones(text);
      return toStageFile(name, text, { now: () => time });
    },
    onObservation: summary.onObservation,
    onCount: summary.onCount,
    tap: ({ name }, step) => {
      summary.onStep(name, step);
      chart?.onStep(step);
    },
    onEvent: (sealed, conclusion) => {
      summary.onEvent(conclusion);
      chart?.onEvent(conclusion);
      lines.push(`${sealed.body}\n`);
    },
    onBroken: ({ event, subject }, thrown) => {
      if (broken++ < mostTold) err(`${event} of ${subject} breaks its contract: ${messageOf(thrown)}\n`);
    },
    onTick: now => {
      firstSecond ??= now;
      const elapsed = performance.now();
      const due: Duration = speed === undefined ? 0 : began + (now - firstSecond) / speed - elapsed;
      return due > 0 || lines.length > 0 || elapsed - turned > longestTurn ? pause(now, due) : undefined;
    },
    signal,
  });
  await write();
  for (const { trouble } of recordings) {
    const what = trouble();
    if (what !== undefined) err(`${what}\n`);
  }
  if (span !== undefined) {
    if (signal.aborted) err('stopped: this is what was replayed so far\n');
    const stages = pipeline.stages.map(({ name }) => name);
    err(summary.format({ ...span, took: performance.now() - began, pipeline: pipeline.name, stages }));
    if (map !== undefined && chart !== undefined)
      await writeMap(map, chart.draw(span, recordings.map(({ name }) => basename(name)).join(', ')));
  }
  if (broken > 0) err(`\n${broken} conclusions break the contract of their event: a gateway would set them aside\n`);
  return signal.aborted ? interrupted : broken > 0 ? 1 : 0;
};

export const replayCommand = defineCommand({
  name: 'replay',
  summary:
    'Run recordings of vessels through a pipeline by the time that they tell: its events as JSON lines, a summary after.',
  usage: '[DEVICE=]FILE…',
  options: {
    speed: {
      type: 'string',
      value: '60x',
      summary: 'So many times as fast as it was recorded; as fast as it can when absent.',
    },
    config: {
      type: 'string',
      value: 'FILE',
      summary: 'Configuration with the pipeline, its files and the devices; all rules by their defaults when absent.',
    },
    map: {
      type: 'string',
      value: 'FILE',
      summary: 'Draw the ways of the vessels, the zones and the alarms as a chart there: an SVG, for a browser.',
    },
    pipeline: { type: 'string', value: 'NAME', summary: 'Pipeline of it, where several read such a device.' },
    start: {
      type: 'string',
      value: 'TIME',
      summary: 'Time of the first record of a file that tells none: 2026-11-23T08:00:00Z.',
    },
    every: { type: 'string', value: 'TIME', summary: 'With --start: from one record to the next; 100ms when absent.' },
  },
  examples: [
    {
      line: 'quay.nmea > events.jsonl',
      summary: 'What the rules say of a day of AIS with TAG blocks; the summary on the screen',
    },
    {
      line: '--config gateway.yaml quay.nmea provider.naf.gz',
      summary: 'AIS and VMS of the same day together, with the zones and the registry of a site',
    },
    {
      line: '--config gateway.yaml done/*.json',
      summary: 'What a provider dropped as files, read by the mapping of its device',
    },
    { line: '--config gateway.yaml ais-2=north.nmea', summary: 'As if this device of the site had sent it' },
    {
      line: '--speed 60x quay.nmea',
      summary: 'An hour in a minute, to watch it; Ctrl-C ends it with the summary so far',
    },
    { line: '--config gateway.yaml --map day.svg quay.nmea > events.jsonl', summary: 'And look at it on a chart' },
    { line: '- < quay.nmea', summary: 'From standard input' },
    { line: '--start 2026-11-23T08:00:00Z --every 200ms bare.nmea', summary: 'Sentences that tell no time' },
  ],
  run: async ({ values, positionals, out, err }) => {
    const speed = parseSpeed(values.speed);
    const assumed = parseAssumed(values.start, values.every);
    if (values.pipeline !== undefined && values.config === undefined)
      throw wrong('--pipeline names a pipeline of a configuration', 'Give --config too.');
    const configured = values.config === undefined ? undefined : await configuredSetting(values.config);
    const named = positionals.map(text => parseNamed(text, configured?.site));
    await using opened = new AsyncDisposableStack();
    const recordings = await openAll(named, configured, opened);
    const plan =
      configured === undefined
        ? assumePlan(recordings)
        : planReplay(
            configured,
            values.pipeline,
            recordings,
            named.map(({ device }) => device),
          );
    // Awaited here, since the recordings are closed at the end of this block.
    return await run({ plan, speed, assumed, map: values.map, out, err });
  },
});
