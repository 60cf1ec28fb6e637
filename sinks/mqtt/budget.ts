/**
 * What an uplink may send: bytes a second and bytes a day, as a SIM card is paid for. Counts what goes over the socket
 * both ways, and about what IP and TCP add to it. Alerts may overdraw the day by a stated reserve; everything else waits
 * for the next one.
 */
import type { Lane } from '../../core/sealed.ts';
import { hours, type Instant } from '../../core/time.ts';

/** `alert` for alerts and answers to commands; `other` for everything else. */
export type Urgency = 'alert' | 'other';

export const urgencyOf = (lane: Lane): Urgency => (lane === 'alert' ? 'alert' : 'other');

/** What was used of the day's budget. */
export interface Traffic {
  /** The day at the site, `2026-11-26`. */
  readonly day: string;
  readonly bytes: number;
  readonly budget: number;
  /** Beyond the budget, for alerts. */
  readonly reserve: number;
}

export interface Budget {
  /** Bytes that may be sent now. */
  room(urgency: Urgency): number;
  /** Written to a connection; `measured` tells the truth of it later. */
  spent(bytes: number): void;
  /** A connection begins; its socket counts from 0. */
  began(): void;
  /** What the connection's socket has carried since it began, both ways. */
  measured(bytes: number): void;
  traffic(): Traffic | undefined;
  /** For people; undefined while nothing waits for it. */
  warning(): string | undefined;
  /** Keeps what was used, to the byte. */
  close(): void;
}

export interface BudgetOptions {
  readonly perSecond?: number | undefined;
  readonly daily?: number | undefined;
  readonly reserve: number;
  /** In which the day begins. */
  readonly timeZone: string;
  readonly now: () => Instant;
  /** Milliseconds that know no time of day. */
  readonly monotonic: () => number;
  /** What `save` was given last, perhaps by a program before this one. */
  readonly saved: string | undefined;
  readonly save: (text: string) => void;
}

/** Headers of a segment and of the one that acknowledges it (IPv4 and TCP with time stamps). */
const headerBytes = 2 * 52;
const segmentBytes = 1400;
/** Saved ahead, so that a day is written a hundred times at most, and a crash makes it look more used, never less. */
const leases = 100;

const savedPattern = /^(\d{4}-\d\d-\d\d) (\d+)$/;

export const createBudget = (options: BudgetOptions): Budget => {
  const { perSecond, daily, reserve, now, monotonic } = options;
  const calendar = new Intl.DateTimeFormat('en-CA', {
    timeZone: options.timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const today = (): string => calendar.format(now());
  const [, savedDay, savedBytes = '0'] = savedPattern.exec(options.saved ?? '') ?? [];
  let day = savedDay ?? today();
  let used = Number(savedBytes);
  /** What was saved stands for at most so much. */
  let leased = used;
  let turnedAt = monotonic();
  let dayAskedAt = Number.NEGATIVE_INFINITY;
  let tokens = perSecond ?? 0;
  let filledAt = monotonic();
  /** Of the connection: what was charged for it, and what its socket said last. */
  let charged = 0;
  let carried = 0;
  let overhead = 0;

  const save = (bytes: number): void => {
    leased = bytes;
    options.save(`${day} ${bytes}`);
  };

  const turn = (): void => {
    if (daily === undefined || monotonic() - dayAskedAt < 1000) return;
    dayAskedAt = monotonic();
    const present = today();
    // A clock that was set back begins no new day; one that had been far ahead begins it a day later.
    if (present === day || (present < day && dayAskedAt - turnedAt < hours(24))) return;
    turnedAt = dayAskedAt;
    used = 0;
    day = present;
    save(used);
  };

  const charge = (bytes: number): void => {
    charged += bytes;
    if (perSecond !== undefined) tokens -= bytes;
    used += bytes;
    if (daily !== undefined && used > leased) save(Math.ceil(used + daily / leases));
  };

  const fill = (): void => {
    if (perSecond === undefined) return;
    const moment = monotonic();
    tokens = Math.min(perSecond, tokens + ((moment - filledAt) / 1000) * perSecond);
    filledAt = moment;
  };

  return {
    room: urgency => {
      turn();
      fill();
      const isAlert = urgency === 'alert';
      const ofSecond = perSecond === undefined ? Number.POSITIVE_INFINITY : tokens + (isAlert ? perSecond : 0);
      const ofDay = daily === undefined ? Number.POSITIVE_INFINITY : daily + (isAlert ? reserve : 0) - used;
      return Math.max(0, Math.min(ofSecond, ofDay));
    },
    spent: bytes => charge(bytes),
    began: () => {
      charged = 0;
      carried = 0;
      overhead = 0;
    },
    measured: bytes => {
      if (bytes === carried) return;
      overhead += Math.ceil((bytes - carried) / segmentBytes) * headerBytes;
      carried = bytes;
      if (carried + overhead > charged) charge(carried + overhead - charged);
    },
    traffic: () => {
      if (daily === undefined) return undefined;
      turn();
      return { day, bytes: Math.round(used), budget: daily, reserve };
    },
    warning: () => {
      turn();
      if (daily === undefined || used < daily) return undefined;
      return used < daily + reserve
        ? 'the budget of the day is used up: only alerts are sent until midnight'
        : 'the budget of the day and its reserve for alerts are used up: nothing is sent until midnight';
    },
    close: () => {
      if (daily !== undefined) save(Math.ceil(used));
    },
  };
};
