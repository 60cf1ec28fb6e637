/** Takes means out of the feed and makes files of them. An event is settled when what it says is on the disk. */
import type { Outgoing, SinkHost } from '../../core/sink.ts';
import { type Duration, minutes } from '../../core/time.ts';
import type { Circular10Config } from './config.ts';
import { type Reading, readEvent } from './reading.ts';
import { openSpool, type Spool } from './spool.ts';
import { linesOf, markDone, nextDue, takeReading } from './station.ts';
import { fileNameOf, stampOf, toText } from './text.ts';

const pruneEvery: Duration = minutes(60);
const takeEvents = 500;
const takeBytes = 2 ** 20;
/** A time of day that is further from the one that can be trusted names no file. */
const clockTolerance: Duration = minutes(1);
/** Events that were dated by a clock that was not set are dated again soon after it is. */
const redatePatience: Duration = minutes(2);
const undated = '"timequality":"unsynchronized"';
/** Source of the events that tell of works on devices. */
const maintenance = 'maintenance';

export interface KeeperOptions extends Pick<SinkHost, 'feed' | 'now' | 'steady' | 'trustedNow' | 'timeZone'> {
  readonly config: Circular10Config;
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface Keeper {
  readonly spool: Spool;
  /** Resolves to whether files were made. Rejects with what the system said when the folder cannot be used. */
  work(): Promise<boolean>;
  warnings(): readonly string[];
}

export const openKeeper = async (options: KeeperOptions): Promise<Keeper> => {
  const { config, folder, feed, now, steady, trustedNow, timeZone, signal } = options;
  const { station: prefix, values, wait, keep } = config;
  const sources = new Set([maintenance, ...values.map(({ device }) => device)]);
  const openedAt = steady();
  const spool = await openSpool(folder);
  const { station } = spool;
  const counts = { late: 0, undated: 0, unsent: 0 };
  let clockGoodSince: Duration | undefined;
  let prunedAt = Number.NEGATIVE_INFINITY;

  const isClockGood = (): boolean => {
    const trusted = trustedNow();
    const isGood = trusted !== undefined && Math.abs(trusted - now()) <= clockTolerance;
    if (!isGood) clockGoodSince = undefined;
    else clockGoodSince ??= steady();
    return isGood;
  };

  /** Whether the file of a late mean holds it: the event was settled, but that did not get to the disk. */
  const isInFile = async ({ device, mark, values: measured }: Extract<Reading, { kind: 'mean' }>): Promise<boolean> => {
    const text = await spool.read(fileNameOf(prefix, mark, timeZone));
    return values
      .filter(value => value.device === device && measured.has(value.quantity))
      .every(value => {
        const line = { value, measured: measured.get(value.quantity), status: '00' } as const;
        const withoutStatus = toText([line], stampOf(mark, timeZone), config).slice(0, -'00\r\n'.length);
        return text?.includes(withoutStatus);
      });
  };

  /** What becomes of an event: it is in the station's memory, there is nothing in it for a file, or it is to come again. */
  const takeEvent = async ({ topic, body }: Outgoing): Promise<'kept' | 'nothing' | 'again'> => {
    if (!sources.has(topic.slice(topic.lastIndexOf('/') + 1))) return 'nothing';
    const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    const reading = readEvent(text);
    if (reading === undefined) return 'nothing';
    if (text.includes(undated)) {
      if (steady() - (clockGoodSince ?? steady()) < redatePatience) return 'again';
      counts.undated++;
      return 'nothing';
    }
    const taken = takeReading(station, reading, values);
    if (taken === 'late' && reading.kind === 'mean' && !(await isInFile(reading))) counts.late++;
    return taken === 'kept' ? 'kept' : 'nothing';
  };

  /** Resolves to whether there may be more. */
  const gather = async (): Promise<boolean> => {
    const events = feed.take(takeEvents, takeBytes);
    const taken: ('kept' | 'nothing' | 'again')[] = [];
    try {
      for (const event of events) taken.push(await takeEvent(event));
      if (taken.includes('kept')) await spool.saveStation(station);
    } catch (thrown) {
      if (!signal.aborted) for (const event of events) feed.returned(event);
      throw thrown;
    }
    // Then another sink has begun with the same feed.
    if (signal.aborted) return false;
    for (const [index, event] of events.entries()) {
      if (taken[index] === 'kept') feed.delivered(event);
      else if (taken[index] === 'nothing') feed.skipped(event);
      else feed.returned(event);
    }
    return events.length > 0 && !taken.includes('again');
  };

  const makeFiles = async (): Promise<boolean> => {
    let made = 0;
    while (!signal.aborted) {
      const moment = now();
      const mark = nextDue(station, { now: moment, since: moment - (steady() - openedAt), wait }, values);
      if (mark === undefined) break;
      const text = toText(linesOf(station, mark, values), stampOf(mark, timeZone), config);
      await spool.add(fileNameOf(prefix, mark, timeZone), text);
      markDone(station, mark);
      made++;
    }
    if (made > 0) await spool.saveStation(station);
    return made > 0;
  };

  const prune = async (): Promise<void> => {
    const trusted = trustedNow();
    if (trusted === undefined || steady() - prunedAt < pruneEvery) return;
    prunedAt = steady();
    counts.unsent += await spool.prune(stampOf(trusted - keep, timeZone));
  };

  return {
    spool,
    work: async () => {
      if (!isClockGood()) return false;
      while (!signal.aborted && (await gather())) {
        // Until all that waits was taken: a file must not be made without what came already.
      }
      const isMade = await makeFiles();
      await prune();
      return isMade;
    },
    warnings: () => [
      ...(clockGoodSince === undefined ? ['no file is made until the clock is set'] : []),
      ...(counts.late > 0 ? [`means that came when their file was made ("wait" is too short): ${counts.late}`] : []),
      ...(counts.undated > 0 ? [`means of a time when the clock was not set, in no file: ${counts.undated}`] : []),
      ...(counts.unsent > 0 ? [`files that were removed unsent, older than "keep": ${counts.unsent}`] : []),
    ],
  };
};
