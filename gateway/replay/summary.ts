/** What a replay read and what came of it, for people: above all how often each rule would have raised an alarm. */
import type { Conclusion } from '../../core/conclusion.ts';
import type { Observation } from '../../core/observation.ts';
import type { Step } from '../../core/stage.ts';
import { type Duration, formatDuration, hours, type Instant, toTimestampSeconds } from '../../core/time.ts';
import { formatTable } from '../cli/table.ts';
import type { Span } from './replay.ts';

export interface Summary {
  onObservation(observation: Observation): void;
  onCount(device: string, reason: string): void;
  onStep(step: Step): void;
  onEvent(conclusion: Conclusion): void;
  format(span: Span, took: Duration): string;
}

const vesselDay = hours(24);
/** Reports that `downsample` thins out, and what it makes of them. */
const reportKinds = ['vessel-position', 'vms-position'] as const satisfies readonly Observation['kind'][];
const thinned = 'fishing-vessel.vessel.observed';

const add = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const inOrder = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1));

/** What asks somebody to look: not what merely is told, nor how something that was told goes on or ends. */
const isAlarm = ({ event, severity }: Conclusion): boolean =>
  severity !== undefined && severity !== 'INFORMATIONAL' && !/\.(?:updated|cleared)$/.test(event);

const count = (number: number): string => number.toLocaleString('en-US');

export const createSummary = (): Summary => {
  const observations = new Map<string, number>();
  const unread = new Map<string, number>();
  const events = new Map<string, number>();
  const alarms = new Map<string, number>();
  /** First and last report of each vessel. */
  const followed = new Map<string, { from: Instant; to: Instant }>();

  return {
    onObservation: ({ kind }) => add(observations, kind),
    onCount: (device, reason) => add(unread, `${device}: ${reason}`),
    onStep: ({ output }) => {
      for (const item of output) {
        if (item.kind !== 'vessel-update' || item.fix === undefined) continue;
        const seen = followed.get(item.vessel.key);
        if (seen === undefined) followed.set(item.vessel.key, { from: item.fix.time, to: item.fix.time });
        else {
          seen.from = Math.min(seen.from, item.fix.time);
          seen.to = Math.max(seen.to, item.fix.time);
        }
      }
    },
    onEvent: conclusion => {
      add(events, conclusion.event);
      if (isAlarm(conclusion)) add(alarms, conclusion.event);
    },
    format: ({ from, to }, took) => {
      const days = [...followed.values()].reduce((sum, seen) => sum + (seen.to - seen.from), 0) / vesselDay;
      const reports = reportKinds.reduce((sum, kind) => sum + (observations.get(kind) ?? 0), 0);
      const told = events.get(thinned) ?? 0;
      const perHundred = (number: number): string => (days === 0 ? '' : ((number / days) * 100).toFixed(1));
      const lines = [
        `${toTimestampSeconds(from)} to ${toTimestampSeconds(to)} (${formatDuration(to - from)}), replayed in ${formatDuration(took)}`,
        `${count(followed.size)} vessels, each followed from its first to its last report: ${days.toFixed(2)} vessel-days`,
        ...(reports > 0
          ? [
              `${count(reports)} positions of vessels became ${count(told)} events: ${((100 * told) / reports).toFixed(1)} %`,
            ]
          : []),
      ];
      const table = (title: readonly string[], rows: readonly (readonly string[])[]): string =>
        rows.length === 0 ? '' : `\n${formatTable([title, ...rows])}`;
      return [
        `${lines.join('\n')}\n`,
        table(
          ['READ', 'NUMBER'],
          [...inOrder(observations), ...inOrder(unread)].map(([kind, number]) => [kind, count(number)]),
        ),
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
