/**
 * Pictures and clips on their way to the operations center: after the events that name them, oldest first, one at a time. Each
 * ends in `media.stored` or `media.lost` under the correlation of its event, never in silence; one that several events
 * name does so for each of them.
 */
import { sleep } from '../../core/abort.ts';
import { backoff, deniedBackoff, unreachableBackoff } from '../../core/backoff.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import type { Context } from '../../core/driver.ts';
import { type ErrorKind, type GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Clock, type Duration, formatDuration, minutes, seconds } from '../../core/time.ts';
import type { MediaFilter, MediaName, MediaRow, Outbox } from '../outbox/outbox.ts';
import { openSpool } from './spool.ts';
import { createUploader, type MediaTls, type Uploader } from './upload.ts';

export interface MediaOptions {
  /** Where the pictures wait. */
  readonly folder: string;
  /** Files go by PUT to `<url>/<key>`; absent: they wait for a configuration that says where, as long as there is room. */
  readonly url?: string | undefined;
  readonly tls: MediaTls;
  /** Bytes that may wait of each kind; beyond that the oldest of that kind are lost first. */
  readonly budgets: Readonly<Record<FileKind, number>>;
  readonly outbox: Pick<Outbox, 'append' | 'pendingMedia' | 'status'>;
  /** Resolves when the conclusions are accepted. */
  /** Resolves when the conclusions are committed, and with them that `settled` wait no more. */
  readonly conclude: (conclusions: readonly Conclusion[], settled: readonly MediaName[]) => Promise<void>;
  readonly clock: Clock;
  /** Nothing expires by a clock that is not set, nor before what it dated is dated again. */
  readonly isClockTrusted: () => boolean;
  readonly log: Log;
  readonly count: Context['count'];
}

type FileKind = NonNullable<MediaFilter['kind']>;

/** Why a picture will not come. */
type Loss = 'expired' | 'budget' | 'missing' | 'refused';

const lookEvery = seconds(1);

/** The outbox knows how much waits only to the second. */
const weighEvery = seconds(2);

const sweepEvery = minutes(5);

/**
 * A picture goes with the detections of the next seconds too, so an event may name one that is stored already: it is
 * then sent once more under the correlation of that event.
 */
const namedWithin = seconds(10);

/** A picture whose event is not accepted by then has none. */
const orphanedAfter = minutes(10);

/** Pictures that are looked at together. */
const pageSize = 100;

/** More than any budget holds; beyond it nothing is swept, since not all that is needed is known. */
const mostWaiting = 100_000;

const retryOf = (kind: ErrorKind) => (kind === 'denied' || kind === 'config' ? deniedBackoff : unreachableBackoff);

const toConclusion = (row: MediaRow, at: number, loss?: Loss): Conclusion => ({
  kind: 'conclusion',
  event: loss === undefined ? 'urban-camera.media.stored' : 'urban-camera.media.lost',
  source: row.device,
  device: row.device,
  subject: `media/${row.key}`,
  time: at,
  key: `${row.key} ${row.correlation}`,
  correlation: row.correlation,
  data: { key: row.key, sha256: row.sha256, bytes: row.bytes, ...(loss !== undefined && { reason: loss }) },
});

/** Runs until it is disposed of, and never ends by itself: what fails is tried again. */
export const openMedia = (options: MediaOptions): AsyncDisposable => {
  const { outbox, clock, log, count } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const spool = openSpool(options.folder);
  /** By the steady clock, as all that lasts. */
  const nextWeighing = { picture: clock.steady(), clip: clock.steady() };
  let nextSweep = clock.steady() + sweepEvery;
  /** What the time of day is ahead of the steady clock. */
  let offset = clock.now() - clock.steady();
  /** Files of stored pictures by their SHA-256, and when they may go. What a stop leaves here is swept some day. */
  const leaving = new Map<string, Duration>();

  /** What is told and that it waits no more are committed together. */
  const finish = async (row: MediaRow, loss?: Loss): Promise<void> => {
    const settled = [{ key: row.key, correlation: row.correlation }];
    try {
      await options.conclude([toConclusion(row, clock.now(), loss)], settled);
    } catch (thrown) {
      const failure = toGatewayError(thrown);
      if (failure.kind !== 'defect') throw failure;
      // A picture whose outcome fits no event must not hold up all those behind it.
      log.error('the outcome of a picture cannot be told', { key: row.key, reason: failure.message });
      count('media.untold');
      await outbox.append({ mediaSettled: settled });
    }
    leaving.delete(row.sha256);
    leaving.set(row.sha256, clock.steady() + (loss === undefined ? namedWithin : 0));
    count(loss === undefined ? 'media.stored' : `media.lost.${loss}`);
  };

  const bytesOf = (kind: FileKind): number => {
    const { media, clips } = outbox.status().outbox;
    return kind === 'clip' ? clips.bytes : media.bytes - clips.bytes;
  };

  /** Of one kind: gives up what has expired and what the budget has no room for; returns the others. */
  const giveUp = async (kind: FileKind, rows: readonly MediaRow[]): Promise<readonly MediaRow[]> => {
    let over = 0;
    if (clock.steady() >= nextWeighing[kind]) {
      nextWeighing[kind] = clock.steady() + weighEvery;
      over = bytesOf(kind) - options.budgets[kind];
    }
    const kept: MediaRow[] = [];
    const lost: (readonly [row: MediaRow, loss: Loss])[] = [];
    /** Files that are given up: their bytes come back once. */
    const freed = new Map<string, Loss>();
    for (const row of rows) {
      // A file makes room only when nothing names it any more.
      const isOver = over > 0 || freed.get(row.sha256) === 'budget';
      const isExpired = options.isClockTrusted() && row.expires <= clock.now();
      const loss = isExpired ? 'expired' : isOver ? 'budget' : undefined;
      if (loss === undefined) kept.push(row);
      else {
        lost.push([row, loss]);
        if (!freed.has(row.sha256)) over -= row.bytes;
        freed.set(row.sha256, loss);
      }
    }
    for (const [row, loss] of lost) await finish(row, loss);
    return kept;
  };

  const sweep = async (): Promise<void> => {
    const step = clock.now() - clock.steady() - offset;
    offset += step;
    // Files are dated by the time of day: after it was set nothing tells the new ones from the old.
    if (Math.abs(step) > sweepEvery) nextSweep = clock.steady() + orphanedAfter;
    if (clock.steady() < nextSweep) return;
    nextSweep = clock.steady() + sweepEvery;
    const rows = await outbox.pendingMedia(mostWaiting);
    if (rows.length === mostWaiting) return;
    const removed = await spool.sweep(new Set(rows.map(({ sha256 }) => sha256)), orphanedAfter, clock.now());
    if (removed > 0) count('media.swept', removed);
  };

  const removeLeaving = async (): Promise<void> => {
    for (const [sha256, at] of leaving) {
      if (clock.steady() < at) continue;
      leaving.delete(sha256);
      const [named] = await outbox.pendingMedia(1, { sha256 });
      if (named === undefined) await spool.remove(sha256);
    }
  };

  const isConnected = (): boolean => {
    const center = outbox.status().uplinks.filter(({ sink }) => sink === 'mqtt');
    return center.length === 0 || center.some(({ state }) => state === 'connected');
  };

  const send = async (uploader: Uploader, picture: MediaRow): Promise<Loss | undefined> => {
    const file = await spool.read(picture.sha256, picture.mediaType);
    if (file.kind !== 'whole') return 'missing';
    const outcome = await uploader.put({ ...picture, bytes: file.bytes }, signal);
    return outcome === 'refused' ? 'refused' : undefined;
  };

  /** What is left of a kind, oldest first; what several events name goes once, and each of them is told. */
  const waitingOf = async (kind: FileKind): Promise<readonly (readonly MediaRow[])[]> => {
    const rows = await giveUp(kind, await outbox.pendingMedia(pageSize, { kind }));
    return [...Map.groupBy(rows, ({ key, sha256 }) => `${key} ${sha256}`).values()];
  };

  /** Sends what waits. Returns when nothing does any more or its events cannot go out; throws what stood in the way. */
  const sendAll = async (onSent: () => void): Promise<void> => {
    using uploader = options.url === undefined ? undefined : createUploader(options.url, options.tls, clock);
    for (;;) {
      await removeLeaving();
      const pictures = await waitingOf('picture');
      const clips = await waitingOf('clip');
      if (uploader === undefined) return;
      // Pictures tell more for their size: after each clip it is seen whether some wait.
      const turn = pictures.length > 0 ? pictures : clips.slice(0, 1);
      if (turn.length === 0) return;
      for (const named of turn) {
        const [picture] = named;
        if (picture === undefined || signal.aborted || !isConnected()) return;
        const loss = await send(uploader, picture);
        for (const row of named) await finish(row, loss);
        if (loss !== 'missing') onSent();
      }
    }
  };

  const run = async (): Promise<void> => {
    let failing: { readonly kind: ErrorKind; readonly since: number; readonly waits: Iterator<number> } | undefined;
    const recovered = (): void => {
      if (failing === undefined) return;
      log.info('pictures are stored again', { after: formatDuration(clock.steady() - failing.since) });
      failing = undefined;
    };
    while (!signal.aborted) {
      try {
        await sweep();
        await sendAll(recovered);
        await sleep(lookEvery, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        const failure: GatewayError = toGatewayError(thrown);
        if (failing?.kind !== failure.kind) {
          log.warn('pictures cannot be stored', {
            kind: failure.kind,
            reason: failure.message,
            advice: failure.advice,
          });
          failing = { kind: failure.kind, since: clock.steady(), waits: backoff(retryOf(failure.kind)) };
        }
        count(`media.failed.${failure.kind}`);
        await sleep(failing.waits.next().value ?? lookEvery, signal);
      }
    }
  };

  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
};
