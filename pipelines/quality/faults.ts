/**
 * When a sensor is called faulty: not for one bad value, but for the share of bad ones of late. A share rises and falls
 * with the time of observation, and is raised higher than it is cleared, so that a sensor at a limit does not flap.
 */
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import type { QualityTest } from '../../core/observation.ts';
import { type QuantityName, quantities } from '../../core/quantity.ts';
import { type Duration, type Instant, minutes, toTimestamp } from '../../core/time.ts';
import type { KnownEvent } from '../../events/names.ts';
import type { Limits } from './limits.ts';

interface Patience {
  /** The share is a mean that forgets with this time. */
  readonly memory: Duration;
  readonly raise: number;
  readonly clear: number;
}

export type ScoredTest = Exclude<QualityTest, 'gap'>;

const patience: Readonly<Record<ScoredTest, Patience>> = {
  syntax: { memory: minutes(5), raise: 0.5, clear: 0.1 },
  'gross-range': { memory: minutes(5), raise: 0.5, clear: 0.1 },
  climatology: { memory: minutes(30), raise: 0.6, clear: 0.2 },
  spike: { memory: minutes(30), raise: 0.15, clear: 0.04 },
  'rate-of-change': { memory: minutes(30), raise: 0.15, clear: 0.04 },
  // The test itself waited long enough.
  'flat-line': { memory: minutes(2), raise: 0.5, clear: 0.1 },
  neighbor: { memory: minutes(30), raise: 0.6, clear: 0.2 },
};

export const scoredTests = Object.keys(patience) as readonly ScoredTest[];

/** Where values come seldom, three bad ones in a row are the least that raises anything. */
const mostWeight = 0.3;

export type Verdict = 'suspect' | 'fail' | 'missing';

/** A condition that was raised and not cleared. */
export interface Open {
  readonly since: Instant;
  /** In its names: `since` as it was told, by whichever clock. */
  readonly named: Instant;
  readonly flag: Verdict;
}

/** Where a value may stay for seconds only, what it did minutes ago says nothing: so much of that time, at most. */
const flatMemory = 1 / 30;

const memoryOf = (test: ScoredTest, { flat }: Pick<Limits, 'flat'>): Duration => {
  const { memory } = patience[test];
  return test === 'flat-line' && flat !== undefined ? Math.min(memory, flat.suspect * flatMemory) : memory;
};

/** The share of bad values after one more, that came `elapsed` after the one before. */
export const nextShare = (
  test: ScoredTest,
  share: number,
  isBad: boolean,
  elapsed: Duration,
  limits: Pick<Limits, 'flat'>,
): number => {
  const weight = Math.min(mostWeight, 1 - Math.exp(-elapsed / memoryOf(test, limits)));
  const next = share + weight * ((isBad ? 1 : 0) - share);
  // Far below what matters: zero, so that what is stored of good sensors stays the same.
  return next < 0.001 ? 0 : next;
};

export type Change = 'raise' | 'update' | 'clear';

const isWorse = (flag: Verdict, than: Verdict): boolean => than === 'suspect' && flag !== 'suspect';

/** What is to be told after a value was judged `flag` by the test; undefined when it passed. */
export const changeOf = (
  test: ScoredTest,
  share: number,
  flag: Verdict | undefined,
  open: Open | undefined,
): Change | undefined => {
  const { raise, clear } = patience[test];
  if (open === undefined) return flag !== undefined && share >= raise ? 'raise' : undefined;
  if (flag === undefined) return share <= clear ? 'clear' : undefined;
  return isWorse(flag, open.flag) && share >= raise ? 'update' : undefined;
};

const phases: Readonly<Record<Change, readonly ['raised' | 'updated' | 'cleared', KnownEvent]>> = {
  raise: ['raised', 'environment.sensor-fault.raised'],
  update: ['updated', 'environment.sensor-fault.updated'],
  clear: ['cleared', 'environment.sensor-fault.cleared'],
};

const severityOf = (change: Change, flag: Verdict): Severity => {
  if (change === 'clear') return 'INFORMATIONAL';
  return flag === 'suspect' ? 'LOW' : 'MEDIUM';
};

export interface Fault {
  readonly device: string;
  readonly quantity: QuantityName;
  readonly test: QualityTest;
  readonly open: Open;
  readonly lastValue: number | undefined;
}

export const concludeFault = (
  { device, quantity, test, open, lastValue }: Fault,
  change: Change,
  time: Instant,
  reason: 'recovered' | 'config-removed' = 'recovered',
): Conclusion => {
  const [phase, event] = phases[change];
  const key = `sensor-fault/${device}/${quantity}/${test}/${toTimestamp(open.named).replaceAll(/[-:.]/g, '')}`;
  return {
    kind: 'conclusion',
    event,
    source: device,
    device,
    subject: `station/${device}`,
    time,
    key: `${key}/${phase}`,
    severity: severityOf(change, open.flag),
    correlation: key,
    data: {
      phase,
      ...(change === 'clear' && { reason }),
      method: 'ioos-qartod',
      device,
      quantity,
      test,
      flag: open.flag,
      since: toTimestamp(open.since),
      ...(lastValue !== undefined && { lastValue }),
      unit: quantities[quantity].unit,
    },
  };
};
