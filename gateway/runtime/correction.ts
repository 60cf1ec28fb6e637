/**
 * What was dated by a clock that was not set, dated again: in the text of an event, so that all that is no instant of
 * this clock stays byte for byte what it was.
 */
import {
  type ClockShift,
  type Duration,
  hours,
  type Instant,
  toTimestamp,
  toTimestampSeconds,
} from '../../core/time.ts';
import type { Correction } from '../ops/clock.ts';

/** By how much an instant was wrong; undefined when it was not given by the clock that was wrong. */
export type Wrongness = (instant: Instant) => Duration | undefined;

/** The longest period that a stage sums up: its end may lie ahead of the moment at which the clock was set. */
const longestPeriod = hours(1);

/** Where two times of a wrong clock overlap, the later one is meant. */
export const wrongnessOf =
  (shifts: readonly ClockShift[]): Wrongness =>
  instant =>
    (
      shifts.findLast(({ from, to }) => instant >= from && instant <= to) ??
      shifts.findLast(({ to }) => instant > to && instant <= to + longestPeriod)
    )?.by;

/** The end of a period whose start stands before it. */
const endAfter = /^,"end":"([^"]+)"/;

/** A member or element that is an instant: RFC 3339 in UTC, as the seal and the stages write them. */
const instants = /(?:"(\w+)":)?"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)"/g;

/** The instant in the id of an entity: `urn:ngsi-ld:AirQualityObserved:hue-aq-kimlong-20261123T010000Z`. */
const entityStamps = /"id":"(urn:ngsi-ld:[^"]*-)(\d{8}T\d{6})Z/g;

const stampOf = (instant: Instant): string => toTimestampSeconds(instant).replaceAll(/[-:]/g, '').slice(0, -1);

const parseStamp = (stamp: string): Instant =>
  Date.parse(
    stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, (_, ...parts: string[]) => {
      const [year, month, day, hour, minute, second] = parts;
      return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
    }),
  );

/** JSON text with every instant of the wrong clock put right. */
export const correctText = (text: string, wrongness: Wrongness): string => {
  let captured: Duration | undefined;
  return text
    .replaceAll(instants, (whole: string, member: string | undefined, stamp: string, offset: number) => {
      // A picture's end of life is counted from when it was taken, and a period has the clock that saw its end.
      const end = member === 'start' ? endAfter.exec(text.slice(offset + whole.length))?.[1] : undefined;
      const by =
        (member === 'expiresAt' ? captured : undefined) ??
        wrongness(Date.parse(stamp)) ??
        (end === undefined ? undefined : wrongness(Date.parse(end)));
      if (member === 'capturedAt') captured = by;
      if (by === undefined || by === 0) return whole;
      const right = Date.parse(stamp) + by;
      const written = stamp.includes('.') ? toTimestamp(right) : toTimestampSeconds(right);
      return `${whole.slice(0, whole.length - stamp.length - 1)}${written}"`;
    })
    .replaceAll(entityStamps, (whole: string, start: string, stamp: string) => {
      const by = wrongness(parseStamp(stamp));
      return by === undefined ? whole : `"id":"${start}${stampOf(parseStamp(stamp) + by)}Z`;
    });
};

/** What the seal must know of the clock beside its quality. */
export interface Dating {
  /** Another one after each start of the machine: without a battery it lives through the same seconds again. */
  readonly boot: string;
  /** Undefined where nothing is known to be wrong. */
  readonly correction: () => Correction | undefined;
  /** Whether it was given before the machine started last, by a clock that was not set: nobody knows when it was. */
  readonly isUnknown: (instant: Instant) => boolean;
}

/**
 * For what is told after the clock was set, of a time when it was not. What lies between that moment and `now` was
 * given by the right clock, also where the wrong one ran ahead and gave it too.
 */
export const wrongnessAt = ({ shifts, setAt }: Correction, now: Instant): Wrongness => {
  const wrongness = wrongnessOf(shifts);
  return instant => (instant >= setAt && instant <= now ? undefined : wrongness(instant));
};

/** It tells of the wrong time itself. */
export const tellsOfTheClock = (event: string): boolean => event === 'gateway.clock.stepped';
