/**
 * Two devices that measure the same: which of them speaks under the name of the primary. It goes over when the primary
 * gave no good value for a while and the backup does, and back when the primary has been good for longer than that.
 */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Measurement } from '../../core/observation.ts';
import type { QuantityName } from '../../core/quantity.ts';
import { type Duration, type Instant, toTimestamp } from '../../core/time.ts';

export interface Pair {
  readonly quantity: QuantityName;
  readonly primary: string;
  readonly backup: string;
  readonly failAfter: Duration;
  readonly returnAfter: Duration;
}

/** How one of the two does, by the steady clock; undefined until the first tick after a value. */
interface Health {
  goodAt: Duration | undefined;
  /** Good without a bad value or a pause since then. */
  goodSince: Duration | undefined;
}

export interface RunningPair extends Pair {
  /** Since when the backup speaks for the primary. */
  since: Instant | undefined;
  /** In its names: `since` as it was told, by whichever clock. */
  named: Instant | undefined;
  /** By the time of the value itself; what people are told. */
  lastGoodAt: Instant | undefined;
  readonly health: Readonly<Record<'primary' | 'backup', Health>>;
  /** The first tick of this run. */
  startedAt: Duration | undefined;
}

export const createPair = (pair: Pair): RunningPair => ({
  ...pair,
  since: undefined,
  named: undefined,
  lastGoodAt: undefined,
  health: {
    primary: { goodAt: undefined, goodSince: undefined },
    backup: { goodAt: undefined, goodSince: undefined },
  },
  startedAt: undefined,
});

/** Under whose name a judged value goes on: its own, the primary's too, or nobody's. */
export const takeValue = (pair: RunningPair, sample: Measurement, steady: Duration | undefined): Measurement[] => {
  const isPrimary = sample.device === pair.primary;
  const health = isPrimary ? pair.health.primary : pair.health.backup;
  if (sample.quality === 'pass') {
    health.goodAt = steady;
    health.goodSince ??= steady;
    if (isPrimary) pair.lastGoodAt = sample.time;
  } else if (sample.quality !== 'suspect') health.goodSince = undefined;
  if (pair.since === undefined) return [sample];
  if (isPrimary) return [];
  const corrections = [...(sample.corrections ?? []), `backup-${pair.backup}`];
  return [sample, { ...sample, device: pair.primary, corrections }];
};

const conclude = (
  pair: RunningPair,
  since: Instant,
  phase: 'raised' | 'cleared',
  time: Instant,
  reason: 'recovered' | 'config-removed' = 'recovered',
): Conclusion => {
  const { quantity, primary, backup, lastGoodAt, failAfter, returnAfter, named = since } = pair;
  const key = `source-failover/${primary}/${quantity}/${toTimestamp(named).replaceAll(/[-:.]/g, '')}`;
  return {
    kind: 'conclusion',
    event: `environment.source-failover.${phase}`,
    source: primary,
    device: primary,
    subject: `station/${primary}`,
    time,
    key: `${key}/${phase}`,
    severity: phase === 'raised' ? 'LOW' : 'INFORMATIONAL',
    correlation: key,
    data: {
      phase,
      ...(phase === 'cleared' && { reason }),
      method: 'ioos-qartod',
      quantity,
      primary,
      backup,
      since: toTimestamp(since),
      ...(lastGoodAt !== undefined && { lastGoodAt: toTimestamp(lastGoodAt) }),
      limits: { failAfterSeconds: failAfter / 1000, returnAfterSeconds: returnAfter / 1000 },
    },
  };
};

/** Goes over or back, when it is time. */
export const tickPair = (pair: RunningPair, now: Instant, steady: Duration): Conclusion | undefined => {
  pair.startedAt ??= steady;
  const { primary, backup } = pair.health;
  const isGood = ({ goodAt }: Health): boolean => goodAt !== undefined && steady - goodAt <= pair.failAfter;
  for (const health of [primary, backup]) if (!isGood(health)) health.goodSince = undefined;
  if (pair.since === undefined) {
    const lastGood = primary.goodAt ?? pair.startedAt;
    if (steady - lastGood <= pair.failAfter || !isGood(backup)) return undefined;
    pair.since = now;
    pair.named = now;
    return conclude(pair, now, 'raised', now);
  }
  const isBack = primary.goodSince !== undefined && steady - primary.goodSince >= pair.returnAfter;
  if (!isBack) return undefined;
  const { since } = pair;
  pair.since = undefined;
  return conclude(pair, since, 'cleared', now);
};

/** Ends what an earlier configuration began; undefined where nobody had gone over. */
export const endPair = (pair: RunningPair, now: Instant): Conclusion | undefined => {
  const { since } = pair;
  if (since === undefined) return undefined;
  pair.since = undefined;
  return conclude(pair, since, 'cleared', now, 'config-removed');
};
