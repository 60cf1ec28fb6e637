/**
 * Transactions on their way to the disk, in the order in which they were made: settled in that order, bounded in
 * number, and put right when the store refuses one in the middle.
 */
import { sleep } from '../../core/abort.ts';
import type { Batch } from '../../core/batch.ts';
import { type GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Saved } from '../../core/sealed.ts';
import { type Duration, seconds } from '../../core/time.ts';
import type { Acceptance, Outbox } from '../outbox/outbox.ts';

/** Unsettled observations and batches beyond which sources wait. */
const windowItems = 20_000;
const windowBatches = 4_096;
/** How long everything waits after the store refused, before it is asked again. */
const refusalPause = seconds(1);

type Settle = Batch<unknown>['settle'];

type Landing =
  | { readonly kind: 'committed' }
  /** Nothing of it is in the store, but the stages have swallowed it. */
  | { readonly kind: 'refused'; readonly failure: GatewayError }
  /** No stage saw it. */
  | { readonly kind: 'turned-away'; readonly failure: GatewayError };

interface Flight {
  readonly acceptance: Acceptance;
  readonly items: number;
  readonly settle: Settle;
  landed: Landing | undefined;
}

/**
 * What a transaction may wait for. `company`: nobody waits for it, so its commit may wait for others; `room`: its source
 * brings it again when there was no room for it; `none`: neither.
 */
export type Patience = 'none' | 'company' | 'room';

export interface FlightsOptions {
  readonly append: Outbox['append'];
  /** How long the commit of unacknowledged observations may wait for company now: the stated loss window. */
  readonly linger: () => Duration;
  /** Runs `work` while no stage is stepped. */
  readonly exclusively: (work: () => Promise<void>) => Promise<void>;
  /** Takes every stage back to what the store holds of it. */
  readonly rebuild: () => Promise<void>;
  readonly log: Log;
  readonly count: (reason: string, by: number) => void;
  /** A closing gateway asks no store again. */
  readonly closing: AbortSignal;
}

export interface Flights {
  /** Commits, then settles in order. */
  send(acceptance: Acceptance, items: number, settle: Settle, wait: Patience): void;
  /**
   * Settles with a failure, in order. `refused`: the stages have swallowed some of it and must be rebuilt.
   * `turned-away`: no stage saw it.
   */
  fail(kind: 'refused' | 'turned-away', failure: GatewayError, items: number, settle: Settle): void;
  /** Something was refused: no stage may be stepped until it is put right. */
  isRecovering(): boolean;
  /** Resolves when a source may go on: there is room and nothing is being put right, or the gateway closes. */
  room(): Promise<void>;
  /** Resolves when the store has answered everything that was sent so far. */
  allLanded(): Promise<void>;
  /** Resolves when everything is settled. */
  allSettled(): Promise<void>;
}

export const createFlights = (options: FlightsOptions): Flights => {
  const { append, linger, exclusively, rebuild, log, count, closing } = options;
  const flights: Flight[] = [];
  let itemsInFlight = 0;
  let recovering = false;
  let waiting: (() => void)[] = [];

  const changed = (): Promise<void> => new Promise(resolve => waiting.push(resolve));
  const notify = (): void => {
    const awake = waiting;
    waiting = [];
    for (const resume of awake) resume();
  };
  closing.addEventListener('abort', notify, { once: true });

  const allLanded = async (): Promise<void> => {
    while (flights.some(({ landed }) => landed === undefined)) await changed();
  };

  const settleOne = ({ items, settle }: Flight, failure?: GatewayError): void => {
    itemsInFlight -= items;
    if (failure !== undefined && settle === undefined && items > 0) count('refused', items);
    try {
      settle?.(failure);
    } catch (thrown) {
      log.error('a source failed to settle its batch', { error: toGatewayError(thrown).message });
    }
  };

  const release = (): void => {
    while (!recovering) {
      const [first] = flights;
      if (first?.landed === undefined) return;
      flights.shift();
      settleOne(first, first.landed.kind === 'committed' ? undefined : first.landed.failure);
    }
  };

  const fly = (acceptance: Acceptance, items: number, settle: Settle): ((landed: Landing) => void) => {
    const flight: Flight = { acceptance, items, settle, landed: undefined };
    flights.push(flight);
    itemsInFlight += items;
    return landed => {
      flight.landed = landed;
      if (landed.kind === 'refused' && !recovering) {
        recovering = true;
        void exclusively(recover);
      }
      release();
      notify();
    };
  };

  /**
   * Transactions after the refused one may have been on their way, made by stages that had swallowed it. Where the
   * state of one of those was committed, what it swallowed is owed and is sent again. All refused after it is given
   * back, and the stages return to what the store holds.
   */
  const recover = async (): Promise<void> => {
    await allLanded();
    const known = flights.length;
    const bound = flights.findLastIndex(
      ({ landed, acceptance }) => landed?.kind === 'committed' && acceptance.saved !== undefined,
    );
    const refused = flights.flatMap(({ landed }) => (landed?.kind === 'refused' ? [landed.failure] : []));
    log.error('what was to be accepted was refused', { kind: refused[0]?.kind, error: refused[0]?.message });

    const owed = owedOf(flights.slice(0, bound + 1));
    const isPaid = owed === undefined || (await pay(owed));
    await sleep(refusalPause, closing);
    await rebuild();
    for (const [index, flight] of flights.splice(0, known).entries()) {
      const { landed } = flight;
      const stands = landed === undefined || landed.kind === 'committed';
      const wasOwed = landed?.kind === 'refused' && index < bound && isPaid;
      settleOne(flight, stands || wasOwed ? undefined : landed.failure);
    }
    recovering = false;
    release();
    notify();
  };

  /** Whether the store took it in the end; only a closing gateway gives up. */
  const pay = async (owed: Acceptance): Promise<boolean> => {
    for (;;) {
      try {
        await append(owed);
        return true;
      } catch {
        if (closing.aborted) return false;
        await sleep(refusalPause, closing);
      }
    }
  };

  const isPatient = ({ events = [], deadLetters, media }: Acceptance): boolean =>
    deadLetters === undefined &&
    media === undefined &&
    itemsInFlight * 4 < windowItems &&
    flights.length * 4 < windowBatches &&
    events.every(({ lane }) => lane === 'obs');

  const isFull = (): boolean => itemsInFlight >= windowItems || flights.length >= windowBatches;

  return {
    send: (acceptance, items, settle, wait) => {
      const patience = wait === 'company' && isPatient(acceptance) ? { linger: linger() } : {};
      const land = fly(acceptance, items, settle);
      const source = wait === 'room' ? { source: 'can-wait' as const } : {};
      append({ ...acceptance, ...patience, ...source }).then(
        () => land({ kind: 'committed' }),
        (thrown: unknown) => land({ kind: 'refused', failure: toGatewayError(thrown) }),
      );
    },
    fail: (kind, failure, items, settle) => fly({}, items, settle)({ kind, failure }),
    isRecovering: () => recovering,
    room: async () => {
      while (!closing.aborted && (isFull() || recovering)) await changed();
    },
    allLanded,
    allSettled: async () => {
      while (flights.length > 0 || recovering) await changed();
    },
  };
};

/** Of transactions that end with a commit: what of the refused ones is missing, without state that was overwritten. */
const owedOf = (bound: readonly Flight[]): Acceptance | undefined => {
  const saved = new Map<string, Saved>();
  const refused: Acceptance[] = [];
  for (const { acceptance, landed } of bound) {
    if (landed?.kind === 'refused') refused.push(acceptance);
    for (const entry of acceptance.saved ?? []) {
      const key = `${entry.owner} ${entry.key}`;
      if (landed?.kind === 'refused') saved.set(key, entry);
      else saved.delete(key);
    }
  }
  if (refused.length === 0) return undefined;
  return {
    events: refused.flatMap(({ events = [] }) => events),
    saved: [...saved.values()],
    deadLetters: refused.flatMap(({ deadLetters = [] }) => deadLetters),
    media: refused.flatMap(({ media = [] }) => media),
  };
};
