/**
 * How many bytes may be on their way at once, so that an event which is accepted now is not behind more than a fraction
 * of a second of others in the queue of a socket, a modem or a broker. Learned from the time that acknowledgements take
 * over the shortest seen: the delay-based control of LEDBAT (RFC 6817, clause 2.4.2), with a slow start, and with a
 * moment now and then in which the queues run empty, so that the shortest way is seen again (RFC 6817, clause 4.1).
 */
import { type Duration, seconds } from '../../core/time.ts';

/** An event that was acknowledged. */
export interface Sample {
  readonly bytes: number;
  /** From sending to acknowledgement. */
  readonly latency: Duration;
  /** Bytes on their way when it was acknowledged. */
  readonly inFlight: number;
  /** Nothing else was on its way when it was sent. */
  readonly isAlone: boolean;
  /** By a clock that knows no time of day. */
  readonly moment: number;
}

export interface Pace {
  readonly bytes: number;
  acknowledged(sample: Sample): void;
}

/** Waiting in queues that is aimed at, beside the way itself. */
const target: Duration = 250;
const first = 8 * 2 ** 10;
/** Less than an event: one at a time is on its way then. */
const least = 512;
/** Of itself, in one round trip with empty queues, once the slow start is over. */
const growth = 0.25;
/** The shortest way is looked for anew, since links change. */
const memory: Duration = seconds(60);
/** So many one after the other, each with nothing else on its way, tell how long the way is. */
const fewAlone = 4;

export const createPace = (most: number): Pace => {
  let bytes = first;
  let allowed = first;
  let isStarting = true;
  let shortest = Number.POSITIVE_INFINITY;
  let shortestBefore = Number.POSITIVE_INFINITY;
  let renewAt = Number.NEGATIVE_INFINITY;
  const alone: Duration[] = [];
  let shrinkAfter = Number.NEGATIVE_INFINITY;
  let drainUntil = Number.NEGATIVE_INFINITY;

  /** Lets the queues run empty for as long as it takes to see how long the way is without them. */
  const drain = (latency: Duration, moment: number): void => {
    const way = Math.min(shortest, shortestBefore);
    renewAt = moment + memory;
    shortestBefore = shortest;
    shortest = latency;
    if (way === Number.POSITIVE_INFINITY) return;
    drainUntil = moment + latency + way;
    allowed = Math.max(least, bytes * 0.75 * (way / latency));
  };

  const adapt = ({ bytes: acknowledged, latency, inFlight, moment }: Sample): void => {
    const waited = latency - Math.min(shortest, shortestBefore);
    if (waited > target) {
      isStarting = false;
      // What was sent before the last cut says nothing about it.
      if (moment < shrinkAfter) return;
      shrinkAfter = moment + latency;
      bytes = Math.max(least, bytes * Math.max(0.5, target / waited));
      return;
    }
    // Room that is not used says nothing about what more of it would do.
    if (inFlight < bytes / 2) return;
    if (waited > target / 2) isStarting = false;
    bytes += acknowledged * (isStarting ? 1 : growth * (1 - waited / target));
    if (bytes > most) bytes = most;
  };

  return {
    get bytes() {
      return allowed;
    },
    acknowledged: sample => {
      const { latency, moment } = sample;
      if (sample.isAlone) alone.push(latency);
      else if (alone.length > 0) alone.splice(0);
      if (alone.length === fewAlone) {
        // However long these took, they did not wait for others; each by itself may have met a busy moment.
        shortest = Math.min(...alone);
        shortestBefore = shortest;
        renewAt = moment + memory;
        alone.splice(0);
      } else if (latency < shortest) shortest = latency;
      if (moment >= renewAt) drain(latency, moment);
      if (moment < drainUntil) return;
      adapt(sample);
      allowed = bytes;
    },
  };
};
