import { sleep } from '../../core/abort.ts';
import type { Duration } from '../../core/time.ts';
import type { TimetableEntry } from './scenario.ts';

export interface TimetableStep<Shown> {
  /** From the start of the timetable. */
  readonly at: Duration;
  readonly show: Shown | undefined;
}

/** The moments at which a device changes, in order. A fault that lasts into the next one ends where that begins. */
export const stepsOf = <Shown>(timetable: readonly TimetableEntry<Shown>[]): readonly TimetableStep<Shown>[] => {
  const entries = timetable.toSorted((a, b) => a.after - b.after);
  return entries.flatMap((entry, index): TimetableStep<Shown>[] => {
    const begin: TimetableStep<Shown> = { at: entry.after, show: entry.show };
    const next = entries[index + 1]?.after ?? Number.POSITIVE_INFINITY;
    const end = entry.after + (entry.for ?? Number.POSITIVE_INFINITY);
    return end < next ? [begin, { at: end, show: undefined }] : [begin];
  });
};

/**
 * Shows the faults of a timetable at their time until `signal` aborts, over and over where `repeat` is given; each
 * round begins with a device that behaves.
 */
export const playTimetable = async <Shown>(
  timetable: readonly TimetableEntry<Shown>[],
  repeat: Duration | undefined,
  show: (fault: Shown | undefined) => void,
  signal: AbortSignal,
): Promise<void> => {
  const steps = stepsOf(timetable);
  if (steps.length === 0) return;
  for (;;) {
    const began = performance.now();
    const waitUntil = (at: Duration): Promise<void> => sleep(Math.max(0, began + at - performance.now()), signal);
    for (const step of steps) {
      if (repeat !== undefined && step.at >= repeat) break;
      await waitUntil(step.at);
      if (signal.aborted) return;
      show(step.show);
    }
    if (repeat === undefined) return;
    await waitUntil(repeat);
    if (signal.aborted) return;
    show(undefined);
  }
};
