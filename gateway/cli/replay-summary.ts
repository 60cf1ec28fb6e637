/** What a replay read and what came of it, for people: above all how often each rule would have raised an alarm. */
import type { Conclusion } from '../../core/conclusion.ts';
import { distanceMetres } from '../../core/geodesy.ts';
import type { Observation } from '../../core/observation.ts';
import type { Step } from '../../core/stage.ts';
import { type Duration, formatDuration, hours, type Instant, toTimestampSeconds } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { subjectOf } from '../../core/vessel-fields.ts';
import type { Doubt } from '../replay/dated.ts';
import { createDistances, createReconstruction } from '../replay/reconstruction.ts';
import type { Span } from '../replay/replay.ts';
import { formatTable } from './table.ts';

export interface Replayed extends Span {
  /** By a clock that nobody sets. */
  readonly took: Duration;
  readonly pipeline: string;
  readonly stages: readonly string[];
}

export interface Summary {
  onObservation(observation: Observation): void;
  onCount(device: string, reason: string): void;
  onDoubt(doubt: Doubt): void;
  onStep(stage: string, step: Step): void;
  onEvent(conclusion: Conclusion): void;
  format(replayed: Replayed): string;
}

const vesselDay = hours(24);
/** Between two reports of a vessel that are farther apart nobody followed it, and no rule could have raised an alarm. */
const followedAtMost = hours(24);
/** Of less than this a rate says nothing. */
const fewestVesselDays = 1;
/** Reports that `downsample` thins out, and what it makes of them. */
const reportKinds = ['vessel-position', 'vms-position'] as const satisfies readonly Observation['kind'][];
const thinned = 'fishing-vessel.vessel.observed';

const meanings: Readonly<Record<Doubt, { readonly of: string; readonly what: string }>> = {
  'time-before-the-last': {
    of: 'record',
    what: 'with a time more than a minute before the one ahead, replayed as if heard after it: sort the file, or replay its parts one by one',
  },
  'time-far-ahead': { of: 'record', what: 'with a time far ahead that the next one denies, which was not believed' },
  'start-not-used': { of: 'recording', what: 'with times of its own, for which --start was not used' },
};

const add = <Key extends string>(counts: Map<Key, number>, key: Key, by = 1): void => {
  counts.set(key, (counts.get(key) ?? 0) + by);
};

const inOrder = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1));

/** What asks somebody to look: not what merely is told, nor how something that was told goes on or ends. */
export const isAlarm = ({ event, severity }: Conclusion): boolean =>
  severity !== undefined && severity !== 'INFORMATIONAL' && !/\.(?:updated|cleared)$/.test(event);

const count = (number: number): string => number.toLocaleString('en-US');
const counted = (number: number, word: string): string => `${count(number)} ${word}${number === 1 ? '' : 's'}`;

export const createSummary = (): Summary => {
  const observations = new Map<string, number>();
  const unread = new Map<string, number>();
  const dropped = new Map<string, number>();
  const doubts = new Map<Doubt, number>();
  const events = new Map<string, number>();
  const alarms = new Map<string, number>();
  /** The newest report of each vessel. */
  const newest = new Map<string, Instant>();
  let followed: Duration = 0;
  const reader = createReconstruction();
  const errors = createDistances();
  /** The newest believed report of each vessel, by its subject: the event that tells it comes after it. */
  const undecided = new Map<string, VesselFix>();

  const decide = (subject: string, fix: VesselFix): void => {
    const believed = reader.placeOf(subject, fix.time);
    if (believed !== undefined) errors.add(distanceMetres(believed, fix));
  };

  return {
    onObservation: ({ kind }) => add(observations, kind),
    onCount: (device, reason) => add(unread, `${device}: ${reason}`),
    onDoubt: doubt => add(doubts, doubt),
    onStep: (stage, { output, dropped: reasons }) => {
      for (const [reason, by] of Object.entries(reasons ?? {})) add(dropped, `${stage}: ${reason}`, by);
      for (const item of output) {
        if (item.kind !== 'vessel-update' || item.fix === undefined) continue;
        const { time } = item.fix;
        const before = newest.get(item.vessel.key) ?? time;
        if (time - before <= followedAtMost) followed += Math.max(0, time - before);
        newest.set(item.vessel.key, Math.max(before, time));
        if (item.late === true || item.implausible === true) continue;
        const subject = subjectOf(item.vessel);
        const last = undecided.get(subject);
        // The same report comes out of each stage; one by satellite comes when newer ones by radio are known.
        if (last !== undefined && last.time >= time) continue;
        if (last !== undefined) decide(subject, last);
        undecided.set(subject, item.fix);
      }
    },
    onEvent: conclusion => {
      add(events, conclusion.event);
      reader.take(conclusion);
      if (isAlarm(conclusion)) add(alarms, conclusion.event);
    },
    format: ({ from, to, took, pipeline, stages }) => {
      for (const [subject, fix] of undecided) decide(subject, fix);
      undecided.clear();
      const days = followed / vesselDay;
      const reports = reportKinds.reduce((sum, kind) => sum + (observations.get(kind) ?? 0), 0);
      const told = events.get(thinned) ?? 0;
      const raised = [...alarms.values()].reduce((sum, number) => sum + number, 0);
      const perHundred = (number: number): string =>
        days < fewestVesselDays ? '' : ((number / days) * 100).toFixed(1);
      const rate =
        days < fewestVesselDays ? 'too few vessel-days for a rate' : `${perHundred(raised)} per 100 vessel-days`;
      const lines = [
        `${toTimestampSeconds(from)} to ${toTimestampSeconds(to)} (${formatDuration(to - from)}), replayed in ${formatDuration(took)}`,
        `through the pipeline ${pipeline}: ${stages.join(', ')}`,
        `${counted(newest.size, 'vessel')}, followed from report to report: ${days.toFixed(2)} vessel-days`,
        ...(reports > 0
          ? [
              `${counted(reports, 'position')} of vessels became ${counted(told, 'event')}: ${((100 * told) / reports).toFixed(1)} %`,
            ]
          : []),
        ...(errors.count > 0
          ? [
              `a reader who goes on from the last one with its speed and course is off by up to ${count(errors.quantile(0.95))} m in 95 % of them, by ${count(errors.quantile(1))} m at most`,
            ]
          : []),
        `${counted(raised, 'alarm')}: ${rate}`,
        ...[...doubts].map(([doubt, number]) => `${counted(number, meanings[doubt].of)} ${meanings[doubt].what}`),
      ];
      const table = (title: readonly string[], rows: readonly (readonly string[])[]): string =>
        rows.length === 0 ? '' : `\n${formatTable([title, ...rows])}`;
      const numbers = (counts: ReadonlyMap<string, number>): readonly (readonly string[])[] =>
        inOrder(counts).map(([what, number]) => [what, count(number)]);
      return [
        `${lines.join('\n')}\n`,
        table(['READ', 'NUMBER'], [...numbers(observations), ...numbers(unread)]),
        table(['PASSED OVER BY', 'NUMBER'], numbers(dropped)),
        table(
          ['EVENT', 'NUMBER', 'ALARMS PER 100 VESSEL-DAYS'],
          inOrder(events).map(([name, number]) => [
            name,
            count(number),
            alarms.has(name) ? perHundred(alarms.get(name) ?? 0) : '',
          ]),
        ),
      ].join('');
    },
  };
};
