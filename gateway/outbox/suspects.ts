/**
 * Events of one stream with which a sink's other side finds fault. Each waits for itself, so that none blocks the
 * others; one that is refused again and again while the others of its topic are taken is to blame itself.
 */
import type { Clock, Duration } from '../../core/time.ts';

/** Refusals after which an event is to be set aside. */
export const mostRefusals = 5;
/** Between two attempts: the first one, twice as long after each, at most. */
const pause: readonly [first: Duration, longest: Duration] = [500, 60_000];
/** More than these of one topic, and none of it taken, is no matter of single events: then the whole topic waits. */
const mostOfTopic = 16;
/** More than these of one stream are too many to keep an eye on. */
const mostOfStream = 500;

export interface Suspect {
  readonly number: number;
  readonly topic: string;
  /** What the other side said last. */
  detail: string;
  /** Those that count: the others were taken since the one before. */
  refusals: number;
  pause: Duration;
  /** By the steady clock. */
  retryAt: Duration;
  state: 'waiting' | 'trying';
  /** Deliveries of the sink, and of the topic, at the last refusal. */
  takenBySink: number;
  takenOfTopic: number;
}

export interface Suspects {
  readonly size: number;
  has(number: number): boolean;
  all(): Iterable<Suspect>;
  /**
   * What follows: it waits for its own next attempt, it is to be set aside, or its whole topic waits, of which nothing
   * was taken. `taken` counts what the sink delivered so far.
   */
  refused(number: number, topic: string, detail: string, taken: number): 'waits' | 'poisoned' | 'topic';
  /** An event of the stream was taken, by its number and topic. */
  taken(number: number, topic: string): void;
  /** It waits again, for no fault of its own. */
  returned(number: number): void;
  /** The one that waited longest of those whose pause is over. */
  due(): Suspect | undefined;
  /** The connection ended: what was being tried waits again. */
  endTrials(): void;
  forget(low: number, high: number): void;
  /** Returns the numbers of a topic, which wait with it from now on. */
  release(topic: string): readonly number[];
}

export const createSuspects = (clock: Pick<Clock, 'steady'>): Suspects => {
  const suspects = new Map<number, Suspect>();
  /** Deliveries of topics that have a suspect. */
  const takenOfTopic = new Map<string, number>();

  const countOf = (topic: string): number => {
    let count = 0;
    for (const suspect of suspects.values()) if (suspect.topic === topic) count++;
    return count;
  };

  const remove = (suspect: Suspect): void => {
    suspects.delete(suspect.number);
    if (countOf(suspect.topic) === 0) takenOfTopic.delete(suspect.topic);
  };

  const postpone = (suspect: Suspect): void => {
    suspect.state = 'waiting';
    suspect.retryAt = clock.steady() + suspect.pause;
    suspect.pause = Math.min(suspect.pause * 2, pause[1]);
  };

  return {
    get size() {
      return suspects.size;
    },
    has: number => suspects.has(number),
    all: () => suspects.values(),
    refused: (number, topic, detail, taken) => {
      const ofTopic = takenOfTopic.get(topic) ?? 0;
      takenOfTopic.set(topic, ofTopic);
      const known = suspects.get(number);
      const suspect: Suspect = known ?? {
        number,
        topic,
        detail,
        refusals: 1,
        pause: pause[0],
        retryAt: 0,
        state: 'waiting',
        takenBySink: taken,
        takenOfTopic: ofTopic,
      };
      suspects.set(number, suspect);
      const count = countOf(topic);
      if (known !== undefined) {
        // Where several of a topic are refused and none of it is taken, the topic may be to blame.
        const areOthersTaken = ofTopic > known.takenOfTopic || (count === 1 && taken > known.takenBySink);
        if (areOthersTaken) known.refusals++;
        known.detail = detail;
        known.takenBySink = taken;
        known.takenOfTopic = ofTopic;
      }
      postpone(suspect);
      if (suspect.refusals >= mostRefusals) return 'poisoned';
      return (count > mostOfTopic && ofTopic === 0) || suspects.size > mostOfStream ? 'topic' : 'waits';
    },
    taken: (number, topic) => {
      const suspect = suspects.get(number);
      const ofTopic = takenOfTopic.get(topic);
      if (ofTopic !== undefined) takenOfTopic.set(topic, ofTopic + 1);
      if (suspect !== undefined) remove(suspect);
    },
    returned: number => {
      const suspect = suspects.get(number);
      if (suspect !== undefined) suspect.state = 'waiting';
    },
    due: () => {
      const moment = clock.steady();
      let first: Suspect | undefined;
      for (const suspect of suspects.values()) {
        if (suspect.state === 'trying' || suspect.retryAt > moment) continue;
        if (first === undefined || suspect.retryAt < first.retryAt) first = suspect;
      }
      return first;
    },
    endTrials: () => {
      for (const suspect of suspects.values()) if (suspect.state === 'trying') postpone(suspect);
    },
    forget: (low, high) => {
      for (const suspect of [...suspects.values()]) {
        if (suspect.number >= low && suspect.number <= high) remove(suspect);
      }
    },
    release: topic => {
      const own = [...suspects.values()].filter(suspect => suspect.topic === topic);
      for (const suspect of own) remove(suspect);
      return own.map(({ number }) => number);
    },
  };
};
