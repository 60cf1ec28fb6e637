/**
 * Events that were accepted before the clock was set, dated again when it is known by how much it was wrong. Only the
 * instants in a row change, and what is said of them; its id, number and topic stay.
 */
import { mediaRetention } from '../../core/media-reference.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { classifications } from '../../events/classification.ts';
import type { Correction } from '../ops/clock.ts';
import { correctText, tellsOfTheClock, type Wrongness, wrongnessAt, wrongnessOf } from '../runtime/correction.ts';
import { createWhen } from '../runtime/seal.ts';

/** What is in an outbox at one moment. */
export interface StoreMark {
  readonly epoch: string;
  /** The number that the next event of each stream gets. */
  readonly streams: Readonly<Record<string, number>>;
  /** Row of the newest picture. */
  readonly media: number;
}

export interface Restamped {
  readonly time: Instant;
  readonly expires: Instant | undefined;
  readonly body: string;
}

/** As the seal writes them. */
const dates = /"time":"([^"]+)","recordedtime":"([^"]+)","timequality":"unsynchronized"/;
const typeName = /"type":"vn\.ioc\.([a-z0-9.-]+)\.v\d+"/;
const headline = /^\{"headline":\{"vi":"(?:[^"\\]|\\.)*","en":"(?:[^"\\]|\\.)*"\}/;
const dataStart = ',"data":';

/** What the gateway's clock gives lies before the acceptance; a device that is ahead of it has a clock of its own. */
const tolerance = seconds(2);

const retentions: ReadonlyMap<string, number> = new Map(
  Object.entries(classifications).map(([name, { retention }]) => [name, retention]),
);

/** Undefined for an event that was not accepted by a clock which is known to have been wrong. */
export const createRestamp = ({ shifts }: Correction, timeZone: string): ((body: string) => Restamped | undefined) => {
  const wrongness = wrongnessOf(shifts);
  const toWhen = createWhen(timeZone);

  return body => {
    const [, time = '', recorded = ''] = dates.exec(body) ?? [];
    const [, type = ''] = typeName.exec(body) ?? [];
    const recordedAt = Date.parse(recorded);
    const recordedBy = wrongness(recordedAt);
    const split = body.indexOf(dataStart);
    if (recordedBy === undefined || split < 0) return undefined;
    const ofThisClock: Wrongness = instant => (instant > recordedAt + tolerance ? undefined : wrongness(instant));
    const happened = Date.parse(time) + (ofThisClock(Date.parse(time)) ?? 0);
    const attributes = correctText(body.slice(0, split), ofThisClock).replace(
      '"timequality":"unsynchronized"',
      '"timequality":"estimated"',
    );
    const before = toWhen(Date.parse(time));
    const after = toWhen(happened);
    const data = body
      .slice(split + dataStart.length)
      .replace(headline, words => words.replace(before.vi, after.vi).replace(before.en, after.en));
    const retention = retentions.get(type);
    return {
      time: happened,
      expires: retention === undefined ? undefined : recordedAt + recordedBy + retention,
      body: `${attributes}${dataStart}${tellsOfTheClock(type) ? data : correctText(data, ofThisClock)}`,
    };
  };
};

/** When a picture expires that was taken by a clock which is known to have been wrong; undefined for any other. */
export const createMediaRestamp =
  (correction: Correction, now: Instant): ((expires: Instant) => Instant | undefined) =>
  expires => {
    const by: Duration | undefined = wrongnessAt(correction, now)(expires - mediaRetention);
    return by === undefined ? undefined : expires + by;
  };
