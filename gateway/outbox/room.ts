/** Room for what is to be accepted: within the budget and the disk, by giving up what matters less. */
import { GatewayError } from '../../core/errors.ts';
import { lanes } from '../../core/sealed.ts';
import type { Reserve } from './disk.ts';
import type { History } from './history.ts';
import type { ShedReason } from './notice.ts';
import type { Group } from './protocol.ts';
import { int } from './row-values.ts';
import type { Stream, Streams } from './streams.ts';

export interface RoomOptions {
  readonly file: string;
  readonly budgetBytes: number;
  readonly reserve: Reserve;
  readonly streams: Streams;
  readonly history: History;
  /** What is below it in the stream is waited for by sinks of no standing alone; nothing is when it is the floor. */
  readonly spareBelow: (stream: Stream) => number;
  readonly remove: (stream: Stream, low: number, high: number, reason: ShedReason) => void;
}

export interface Room {
  /**
   * Sheds what waits for none but sinks of no standing, whatever its lane; then lower lanes first, then the group's own, never a higher one; nothing but observations where a call of the
   * group can wait. Throws `exhausted` when that is not enough.
   */
  make(group: Group): void;
  /** Sheds what a commit and the checkpoint after it need on a disk that is full. */
  recover(group: Group): void;
}

/** What a commit on a full disk needs beside the bodies. */
const recoveryBytes = 4 * 2 ** 20;

export const createRoom = ({ file, budgetBytes, reserve, streams, history, spareBelow, remove }: RoomOptions): Room => {
  let tightBytes: number | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** The budget; while the disk is nearly full, what was used when it became so, less the history. */
  const allowedBytes = (): number => {
    const moment = performance.now();
    if (moment - lookedAt > 1000) {
      lookedAt = moment;
      if (!reserve.isTight()) tightBytes = undefined;
      else tightBytes ??= streams.waitingBytes() + history.bytes;
    }
    return Math.min(budgetBytes, (tightBytes ?? Number.POSITIVE_INFINITY) - history.bytes);
  };

  /** Removes the oldest rows of a lane until `wanted` bytes are gone; returns how many bytes went. */
  const shedOldest = (lane: Stream['lane'], wanted: number, endOf: (stream: Stream) => number): number => {
    let gone = 0;
    while (gone < wanted) {
      const candidates = [...streams.all()].filter(
        stream => stream.lane === lane && stream.rows > stream.keptRows && stream.floor < endOf(stream),
      );
      const [stream] = candidates.toSorted((a, b) => streams.oldestTime(a) - streams.oldestTime(b));
      if (stream === undefined) break;
      const end = endOf(stream);
      let upTo: number | undefined;
      let bytes = 0;
      for (const row of stream.sizes.iterate(stream.floor, 1000)) {
        if (int(row['number']) >= end) break;
        upTo = int(row['number']);
        bytes += int(row['bytes']);
        if (gone + bytes >= wanted) break;
      }
      if (upTo === undefined && end < stream.next) upTo = end - 1;
      if (upTo === undefined) {
        // Counters that promise rows which are not there belong to a damaged file.
        throw new GatewayError('damaged', `${file} does not hold the rows that it counts`);
      }
      remove(stream, stream.floor, upTo, 'budget');
      gone += bytes;
    }
    return gone;
  };

  const shed = (group: Group, wanted: number): void => {
    let missing = wanted;
    for (const lane of lanes.toReversed()) missing -= shedOldest(lane, missing, spareBelow);
    if (missing <= 0) return;
    const highest = lanes.find(lane => group.topics.some(topic => topic.lane === lane));
    const isForced = group.patient.every(canWait => !canWait);
    for (const lane of lanes.toReversed()) {
      if (lane !== 'obs' && !isForced) break;
      missing -= shedOldest(lane, missing, ({ next }) => next);
      if (missing <= 0 || lane === highest) break;
    }
  };

  return {
    make: group => {
      const bytes = streams.bytesOf(group);
      const lacking = (): number => streams.waitingBytes() + bytes - allowedBytes();
      // What was delivered goes before what was not.
      if (lacking() > 0 && tightBytes !== undefined) history.giveUp(lacking());
      const missing = lacking();
      if (missing <= 0) return;
      // A little more than is missing, so that a full outbox does not shed at every append.
      shed(group, missing + Math.min(budgetBytes / 100, 2 ** 20));
      if (lacking() <= 0) return;
      throw new GatewayError('exhausted', 'the outbox is full of what is more important', {
        advice: 'Mend the uplink, or give the outbox more room ("storage.outbox").',
      });
    },
    recover: group => {
      const wanted = recoveryBytes + group.bodies.length;
      shed(group, wanted - history.giveUp(wanted));
    },
  };
};
