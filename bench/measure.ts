import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BenchRow, Bound, Extent } from './row.ts';

/** One line of `bench --json`. */
export interface Figure {
  readonly row: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly ratio: number | null;
  readonly goal: string;
  readonly holds: boolean;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
};

/** The value below which the given share of the values lies. */
export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

const keeps = (value: number | null, bound: Bound | undefined): boolean => {
  if (bound === undefined) return true;
  if (value === null) return false;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
};

const formatBound = (bound: Bound): string => ('atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`);

/** `>= 8 x ggencoder, >= 1000000 messages/s`. */
export const formatGoal = ({ goal, peer, unit }: Pick<BenchRow, 'goal' | 'peer' | 'unit'>): string =>
  [
    ...(goal.ratio === undefined ? [] : [`${formatBound(goal.ratio)} x ${peer ?? 'peer'}`]),
    ...(goal.value === undefined ? [] : [`${formatBound(goal.value)} ${unit}`]),
  ].join(', ');

const digits = (value: number): number => Number(value.toPrecision(4));

/**
 * Rounds of ours and the peer's in alternation, so that both meet the same moods of the machine; the first of each is
 * not counted. `folder` is where the row's own folder is made: a real disk, since some rows measure fsync.
 */
export const measure = async (
  row: BenchRow,
  folder: string,
  report: (line: string) => void,
  extent: Extent = 'short',
): Promise<Figure> => {
  const ownFolder = await mkdtemp(path.join(folder, `${row.name}-`));
  try {
    const contest = await row.prepare({ folder: ownFolder, extent, report });
    try {
      const rounds = row.rounds ?? 5;
      const ours: number[] = [];
      const peers: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        const oursNow = await contest.ours();
        const peerNow = await contest.peer?.();
        report(
          `${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${digits(oursNow)} ${row.unit}` +
            (peerNow === undefined ? '' : `, ${row.peer ?? 'peer'} ${digits(peerNow)}`),
        );
        if (round === 0) continue;
        ours.push(oursNow);
        if (peerNow !== undefined) peers.push(peerNow);
      }
      const value = median(ours);
      const peerValue = peers.length === 0 ? null : median(peers);
      const ratio = peerValue === null ? null : value / peerValue;
      return {
        row: row.name,
        value: digits(value),
        unit: row.unit,
        peer: row.peer ?? null,
        peerValue: peerValue === null ? null : digits(peerValue),
        ratio: ratio === null ? null : digits(ratio),
        goal: formatGoal(row),
        holds: keeps(ratio, row.goal.ratio) && keeps(value, row.goal.value),
      };
    } finally {
      await contest.close?.();
    }
  } finally {
    await rm(ownFolder, { recursive: true, force: true });
  }
};
