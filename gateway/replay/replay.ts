/**
 * Recordings through a pipeline, by the time that they tell: the same decoders, stages and seal as in the gateway, and
 * a tick for every second of the recording. Pure but for the files that it reads, so that two replays give the same.
 */
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Decoded, Decoder } from '../../core/driver.ts';
import type { Observation } from '../../core/observation.ts';
import type { Sealed } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import type { StageFile } from '../../core/stage.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import type { BoundPipeline } from '../runtime/bind-pipelines.ts';
import { createSealer } from '../runtime/create-sealer.ts';
import { openStageLine, type StageTap } from '../runtime/stage-line.ts';
import type { Dated } from './dated.ts';
import type { DatedResult } from './documents.ts';

/** Still to be decoded, or decoded already. */
type Said = Dated | DatedResult;

/** What one device said, in the order in which it was heard. */
export interface Source {
  readonly device: string;
  readonly decode: Decoder;
  readonly records: AsyncIterable<Said> | Iterable<Said>;
}

export interface ReplayOptions {
  readonly site: Site;
  readonly pipeline: BoundPipeline;
  readonly sources: readonly Source[];
  /** Files of the stages, read when the replay begins. */
  readonly readFile: (path: string, name: string, time: Instant) => Promise<StageFile>;
  readonly onObservation?: (observation: Observation) => void;
  /** A decoder ignored a piece or found it malformed. */
  readonly onCount?: (device: string, reason: string) => void;
  readonly tap?: StageTap;
  /** An event, or the newest value of a state. */
  readonly onEvent: (sealed: Pick<Sealed, 'body'>, conclusion: Conclusion) => void;
  /** A conclusion breaks the contract of its event: the gateway would set it aside. Thrown when absent. */
  readonly onBroken?: (conclusion: Conclusion, thrown: unknown) => void;
  /** Awaited after each tick, so each second of the recording: to write, to wait, to tell how far it is. */
  readonly onTick?: (now: Instant) => Promise<void> | undefined;
  /** Ends it after the tick at which it is; what was said since is left out. */
  readonly signal?: AbortSignal;
}

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** In a gap of the recording ticks become rarer: the first row within whose time it still is says how rare. */
const paces: readonly { readonly within: Duration; readonly every: Duration }[] = [
  { within: hours(24), every: seconds(1) },
  { within: hours(24 * 30), every: minutes(1) },
  { within: Number.POSITIVE_INFINITY, every: hours(1) },
];
const tickEvery = seconds(1);

interface Heard {
  readonly source: Source;
  readonly time: Instant;
  readonly said: Said;
}

async function* heardOf(source: Source): AsyncGenerator<Heard, void> {
  for await (const said of source.records) yield { source, time: said.time, said };
}

/** All sources by time; at the same time in the order in which they are given. */
async function* merged(runs: readonly AsyncGenerator<Heard, void>[]): AsyncGenerator<Heard, void> {
  const heads: (Heard | undefined)[] = [];
  const next = async (index: number): Promise<void> => {
    const result = await runs[index]?.next();
    heads[index] = result === undefined || result.done ? undefined : result.value;
  };
  try {
    for (const index of runs.keys()) await next(index);
    for (;;) {
      let first = -1;
      for (const [index, head] of heads.entries()) {
        const best = heads[first]?.time ?? Number.POSITIVE_INFINITY;
        if (head !== undefined && head.time < best) first = index;
      }
      const head = heads[first];
      if (head === undefined) return;
      yield head;
      await next(first);
    }
  } finally {
    await Promise.all(runs.map(run => run.return()));
  }
}

/** Resolves to the time that was replayed; undefined when there are no records. */
export const replay = async (options: ReplayOptions): Promise<Span | undefined> => {
  const { site, pipeline, sources, onObservation, onCount, onEvent, onTick, signal } = options;
  const sealer = createSealer(site);
  const line = openStageLine(pipeline.stages, options.tap);
  let now: Instant = 0;
  let from: Instant | undefined;

  const tell = (items: readonly Item[]): void => {
    for (const item of items) {
      if (item.kind !== 'conclusion') continue;
      let sealed: Pick<Sealed, 'body'>;
      try {
        sealed = sealer.isState(item.event) ? sealer.retained(item, now) : sealer.event(item, now, 'estimated');
      } catch (thrown) {
        if (options.onBroken === undefined) throw thrown;
        options.onBroken(item, thrown);
        continue;
      }
      onEvent(sealed, item);
    }
  };

  const begin = async (time: Instant): Promise<void> => {
    from = now = Math.floor(time / tickEvery) * tickEvery;
    for (const stage of pipeline.stages)
      for (const [name, path] of Object.entries(stage.files))
        tell(line.load(stage.owner, await options.readFile(path, name, now)));
  };

  /** What each source said in this second. */
  let inSecond = new Map<Source, { readonly bytes: Uint8Array[]; readonly results: Decoded[] }>();

  const note = (source: Source, said: Said): void => {
    let heard = inSecond.get(source);
    if (heard === undefined) {
      heard = { bytes: [], results: [] };
      inSecond.set(source, heard);
    }
    if ('bytes' in said) heard.bytes.push(said.bytes);
    else heard.results.push(said.decoded);
  };

  const hear = (): void => {
    for (const [{ device, decode }, { bytes, results }] of inSecond) {
      const items: Observation[] = [];
      const all = bytes.length === 0 ? results : decode({ bytes: Buffer.concat(bytes), receivedAt: now });
      for (const decoded of all) {
        if (decoded.kind === 'observation') items.push(decoded.observation);
        else onCount?.(device, `${decoded.kind} ${decoded.reason}`);
      }
      if (onObservation !== undefined) for (const item of items) onObservation(item);
      tell(line.take(items));
    }
    inSecond = new Map();
  };

  const advance = async (to: Instant): Promise<void> => {
    const gapFrom = now;
    while (now < to && signal?.aborted !== true) {
      const pace = paces.find(({ within }) => now - gapFrom < within)?.every ?? tickEvery;
      now = Math.min(to, now + pace);
      tell(line.tick(now));
      const pause = onTick?.(now);
      if (pause !== undefined) await pause;
    }
  };

  for await (const { source, time, said } of merged(sources.map(heardOf))) {
    if (from === undefined) await begin(time);
    const second = Math.floor(time / tickEvery) * tickEvery;
    if (second > now) {
      hear();
      await advance(second);
    }
    if (signal?.aborted === true) break;
    note(source, said);
  }
  if (from === undefined) return undefined;
  hear();
  await advance(now + tickEvery);
  return { from, to: now };
};
