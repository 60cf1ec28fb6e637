/**
 * Recordings through a pipeline, by the time that they tell: the same decoders, stages and seal as in the gateway, and
 * a tick for every second of the recording. Pure but for the files that it reads, so that two replays give the same.
 */
import type { Conclusion, Item } from '../../core/conclusion.ts';
import type { Decoder } from '../../core/driver.ts';
import type { Observation } from '../../core/observation.ts';
import type { Sealed } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import type { StageFile } from '../../core/stage.ts';
import { type Duration, hours, type Instant, minutes, seconds } from '../../core/time.ts';
import type { BoundPipeline } from '../runtime/bind-pipelines.ts';
import { createSealer } from '../runtime/create-sealer.ts';
import { openStageLine, type StageTap } from '../runtime/stage-line.ts';
import type { Recorded } from './recording.ts';

/** What one device said, in the order in which it was heard. */
export interface Source {
  readonly device: string;
  readonly decode: Decoder;
  readonly records: AsyncIterable<Recorded> | Iterable<Recorded>;
}

/** How records without a time are dated: one after the other from `start` on, whatever they tell. */
export interface AssumedTime {
  readonly start: Instant;
  readonly every: Duration;
}

export interface ReplayOptions {
  readonly site: Site;
  readonly pipeline: BoundPipeline;
  readonly sources: readonly Source[];
  /** Files of the stages, read when the replay begins. */
  readonly readFile: (path: string, name: string, time: Instant) => Promise<StageFile>;
  readonly assumed?: AssumedTime;
  readonly onObservation?: (observation: Observation) => void;
  /** A decoder ignored a piece or found it malformed. */
  readonly onCount?: (device: string, reason: string) => void;
  readonly tap?: StageTap;
  /** An event, or the newest value of a state. */
  readonly onEvent: (sealed: Pick<Sealed, 'body'>, conclusion: Conclusion) => void;
  /** A conclusion breaks the contract of its event: the gateway would set it aside. Thrown when absent. */
  readonly onBroken?: (conclusion: Conclusion, thrown: unknown) => void;
  /** Awaited after each second of the recording that held anything: to write, to wait, to tell how far it is. */
  readonly onSecond?: (now: Instant, bytes: number) => Promise<void> | void;
}

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

const tickEvery = seconds(1);
/** In a gap of the recording that is longer, stages are ticked seldom from here on. */
const longGap = hours(24);
const tickInLongGap = minutes(1);

/** So many records may stand before the first one that tells a time; they are dated by it. */
const undatedAtMost = 10_000;

interface Dated {
  readonly source: Source;
  readonly bytes: Uint8Array;
  readonly time: Instant;
}

/** A source's records, each with a time: its own, or that of the one before. Nothing when none of them tells a time. */
async function* dated(source: Source, assumed: AssumedTime | undefined): AsyncGenerator<Dated, void> {
  if (assumed !== undefined) {
    let at = assumed.start;
    for await (const { bytes } of source.records) {
      yield { source, bytes, time: at };
      at += assumed.every;
    }
    return;
  }
  let latest: Instant | undefined;
  let undated: Uint8Array[] = [];
  for await (const { bytes, time } of source.records) {
    if (latest === undefined && time === undefined) {
      if (undated.length === undatedAtMost) return;
      undated.push(Uint8Array.from(bytes));
      continue;
    }
    // The clock of a recording only goes on: what tells an earlier time was heard now.
    latest = Math.max(latest ?? Number.NEGATIVE_INFINITY, time ?? Number.NEGATIVE_INFINITY);
    for (const early of undated) yield { source, bytes: early, time: latest };
    undated = [];
    yield { source, bytes, time: latest };
  }
}

/** All sources by time; at the same time in the order in which they are given. */
async function* merged(runs: readonly AsyncGenerator<Dated, void>[]): AsyncGenerator<Dated, void> {
  const heads: (Dated | undefined)[] = [];
  const next = async (index: number): Promise<void> => {
    const result = await runs[index]?.next();
    heads[index] = result === undefined || result.done ? undefined : result.value;
  };
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
}

/** Resolves to the time that was replayed; undefined when no record tells a time and none is assumed. */
export const replay = async (options: ReplayOptions): Promise<Span | undefined> => {
  const { site, pipeline, sources, assumed, onObservation, onCount, onEvent, onSecond } = options;
  const sealer = createSealer(site);
  const line = openStageLine(pipeline.stages, options.tap);
  let now: Instant = 0;
  let from: Instant | undefined;
  let bytesRead = 0;

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
  let said = new Map<Source, Uint8Array[]>();

  const hear = (): void => {
    for (const [{ device, decode }, pieces] of said) {
      const items: Observation[] = [];
      for (const decoded of decode({ bytes: Buffer.concat(pieces), receivedAt: now })) {
        if (decoded.kind === 'observation') items.push(decoded.observation);
        else onCount?.(device, `${decoded.kind} ${decoded.reason}`);
      }
      if (onObservation !== undefined) for (const item of items) onObservation(item);
      tell(line.take(items));
    }
    said = new Map();
  };

  const advance = (to: Instant): void => {
    const gapFrom = now;
    while (now < to) {
      now = Math.min(to, now + (now - gapFrom < longGap ? tickEvery : tickInLongGap));
      tell(line.tick(now));
    }
  };

  for await (const { source, bytes, time } of merged(sources.map(each => dated(each, assumed)))) {
    if (from === undefined) await begin(time);
    const second = Math.floor(time / tickEvery) * tickEvery;
    if (second > now) {
      hear();
      advance(second);
      await onSecond?.(now, bytesRead);
    }
    bytesRead += bytes.length;
    const pieces = said.get(source);
    if (pieces === undefined) said.set(source, [bytes]);
    else pieces.push(bytes);
  }
  if (from === undefined) return undefined;
  hear();
  advance(now + tickEvery);
  await onSecond?.(now, bytesRead);
  return { from, to: now };
};
