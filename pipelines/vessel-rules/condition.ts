/**
 * Conditions that last: raised once, updated, cleared under one correlation. The one place that knows how long a vessel
 * is left in peace after an alarm, and what becomes of a condition over a restart.
 */
import { z } from 'zod';
import { type Conclusion, type EventName, type Severity, severities } from '../../core/conclusion.ts';
import { type Duration, type Instant, toTimestamp } from '../../core/time.ts';
import type { VesselFix } from '../../core/vessel.ts';
import { subjectOf, toVesselFields } from '../../core/vessel-fields.ts';
import { renamedIn, vesselsOf } from './pair.ts';
import type { Table } from './table.ts';
import { compactTime, type Vessel, type Watch } from './watch.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Why a condition ended, for people: the words beside the five reasons of the contract. */
export type EndedBy =
  | 'report'
  | 'order'
  | 'harbor'
  | 'provider-outage'
  | 'movement'
  | 'distance'
  | 'agreement'
  | 'silence'
  | 'test'
  | 'configuration';

export interface Acknowledgement {
  readonly by: string;
  readonly at: Instant;
  readonly note?: string;
}

export interface Episode {
  readonly rule: string;
  /** Key of the vessel, or another name of what it is about. */
  key: string;
  readonly subject: string;
  readonly device?: string;
  readonly correlation: string;
  readonly raisedAt: Instant;
  severity: Severity;
  /** As told last. */
  data: Fields;
  /** Counts what was told of it. */
  told: number;
  acknowledged?: Acknowledgement;
  /** An ended one is kept for as long as no other may be raised. */
  endedAt?: Instant;
}

const severityNames = Object.keys(severities) as [Severity, ...Severity[]];
export const severityField = () => z.enum(severityNames);

const episodeRow = z.object({
  rule: z.string(),
  key: z.string(),
  subject: z.string(),
  device: z.string().exactOptional(),
  correlation: z.string(),
  raisedAt: z.number(),
  severity: severityField(),
  data: z.record(z.string(), z.unknown()),
  told: z.number(),
  acknowledged: z.object({ by: z.string(), at: z.number(), note: z.string().exactOptional() }).exactOptional(),
  endedAt: z.number().exactOptional(),
});

/** So many conditions tell nobody anything: beyond these none is raised, which is counted. */
const maximumEpisodes = 20_000;

export interface Told {
  readonly time: Instant;
  readonly severity: Severity;
  /** What it is about: the vessel, and where it was by what the rule judged; or something else. */
  readonly vessel?: Vessel;
  readonly about?: { readonly subject: string; readonly device: string };
  readonly fix?: VesselFix | undefined;
  readonly data: Fields;
}

export interface Condition {
  /** The open one. */
  get(key: string): Episode | undefined;
  open(): IterableIterator<Episode>;
  /** False when it is open already, the vessel was told of lately, or too many are open. */
  raise(key: string, told: Told): boolean;
  update(key: string, told: Told): void;
  clear(
    key: string,
    told: Pick<Told, 'time' | 'vessel' | 'fix'> & {
      readonly reason: 'recovered' | 'superseded' | 'source-lost' | 'config-removed';
      readonly endedBy: EndedBy;
      /** Replaces what was told last. */
      readonly data?: Fields;
    },
  ): void;
}

export interface Episodes {
  /** `again`: the shortest time from one raising to the next of the same vessel. */
  of(rule: string, again: Duration): Condition;
  /** Those that are open, of the given vessel. */
  openOf(key: string): readonly Episode[];
  /**
   * A vessel has another key now: what is open of it goes on, under the subject that it was raised with. Where two turn
   * out to be one vessel of which the same is open, one of them ends at `time`.
   */
  rename(from: string, to: string, time: Instant): void;
  /** Keys of the vessels of which something is open. */
  openKeys(): ReadonlySet<string>;
  acknowledge(episode: Episode, acknowledgement: Acknowledgement): void;
  /** Forgets what ended long ago, and ends what belongs to no rule any more. */
  sweep(now: Instant, rules: ReadonlyMap<string, Duration>): void;
}

const stageName = 'vessel-rules';

export const openEpisodes = (watch: Watch): Episodes => {
  const table: Table<Episode> = watch.openTable<Episode>({
    name: 'episode',
    keyedBy: 'itself',
    row: episodeRow,
    maximum: maximumEpisodes,
  });
  const idOf = (rule: string, key: string): string => `${rule}/${key}`;
  /** By rule: what is open, so that a rule sees its own ones only. */
  const openByRule = new Map<string, Map<string, Episode>>();
  const openIn = (rule: string): Map<string, Episode> => {
    let found = openByRule.get(rule);
    if (found === undefined) {
      found = new Map();
      openByRule.set(rule, found);
    }
    return found;
  };
  for (const [, episode] of table.entries())
    if (episode.endedAt === undefined) openIn(episode.rule).set(episode.key, episode);

  const tell = (episode: Episode, verb: 'raised' | 'updated' | 'cleared', time: Instant, data: Fields): void => {
    episode.told++;
    table.saveNow(idOf(episode.rule, episode.key));
    const { rule, key, raisedAt, acknowledged } = episode;
    const event: EventName = `fishing-vessel.${rule}.${verb}`;
    const conclusion: Conclusion = {
      kind: 'conclusion',
      event,
      source: stageName,
      ...(episode.device !== undefined && { device: episode.device }),
      subject: episode.subject,
      time,
      key: `${key}/${raisedAt}/${episode.told}`,
      severity: verb === 'cleared' ? 'INFORMATIONAL' : episode.severity,
      correlation: episode.correlation,
      data: {
        phase: verb,
        since: toTimestamp(raisedAt),
        ...data,
        ...(acknowledged !== undefined && { acknowledged: toAcknowledgement(acknowledged) }),
      },
    };
    watch.tell(conclusion);
  };

  const withVessel = ({ vessel, fix, data }: Pick<Told, 'vessel' | 'fix' | 'data'>): Fields =>
    vessel === undefined ? data : { ...toVesselFields({ vessel: vessel.identity }, fix), ...data };

  const end = (episode: Episode, time: Instant, data: Fields): void => {
    episode.endedAt = time;
    openIn(episode.rule).delete(episode.key);
    tell(episode, 'cleared', time, data);
  };

  return {
    of: (rule, again) => {
      const open = openIn(rule);
      return {
        get: key => open.get(key),
        open: () => open.values(),
        raise: (key, told) => {
          if (open.has(key)) return false;
          const { time, severity, vessel } = told;
          const last = table.get(idOf(rule, key));
          // Either way: the clock may have been set back since.
          if (last !== undefined && Math.abs(time - last.raisedAt) < again) return false;
          if (table.size >= maximumEpisodes) {
            watch.drop('too-many-conditions');
            return false;
          }
          const episode: Episode = {
            rule,
            key,
            subject: vessel === undefined ? (told.about?.subject ?? key) : subjectOf(vessel.identity),
            ...deviceOf(told),
            correlation: `${rule}/${key}/${compactTime(time)}`,
            raisedAt: time,
            severity,
            data: withVessel(told),
            told: 0,
          };
          table.put(idOf(rule, key), episode);
          open.set(key, episode);
          tell(episode, 'raised', time, episode.data);
          return true;
        },
        update: (key, told) => {
          const episode = open.get(key);
          if (episode === undefined) return;
          episode.severity = told.severity;
          episode.data = withVessel(told);
          tell(episode, 'updated', told.time, episode.data);
        },
        clear: (key, { time, vessel, fix, reason, endedBy, data }) => {
          const episode = open.get(key);
          if (episode === undefined) return;
          const fields = vessel === undefined ? {} : toVesselFields({ vessel: vessel.identity }, fix);
          end(episode, Math.max(time, episode.raisedAt), { ...episode.data, ...fields, ...data, reason, endedBy });
        },
      };
    },
    openOf: key => [...openByRule.values()].flatMap(open => [...open.values()].filter(episode => isOf(episode, key))),
    // Looks at all of them: a vessel gets another key a few times in its life.
    rename: (from, to, time) => {
      for (const [id, episode] of [...table.entries()]) {
        if (!isOf(episode, from)) continue;
        const { rule } = episode;
        const key = renamedIn(episode.key, from, to);
        const own = key === undefined ? undefined : table.get(idOf(rule, key));
        const isOver = episode.endedAt !== undefined;
        // What is open stands above what ended before.
        const isTaken = key === undefined || (own !== undefined && (isOver || own.endedAt === undefined));
        if (isTaken && !isOver) end(episode, time, { ...episode.data, reason: 'superseded', endedBy: 'agreement' });
        openIn(rule).delete(episode.key);
        table.delete(id);
        if (isTaken) continue;
        episode.key = key;
        table.put(idOf(rule, key), episode);
        table.saveNow(idOf(rule, key));
        if (!isOver) openIn(rule).set(key, episode);
      }
    },
    openKeys: () =>
      new Set([...openByRule.values()].flatMap(open => [...open.keys()].flatMap(key => [key, ...vesselsOf(key)]))),
    acknowledge: (episode, acknowledgement) => {
      episode.acknowledged = acknowledgement;
      table.saveNow(idOf(episode.rule, episode.key));
      const { rule, key, raisedAt, subject, device, correlation, severity, data } = episode;
      watch.tell({
        kind: 'conclusion',
        event: 'fishing-vessel.condition.acknowledged',
        source: stageName,
        ...(device !== undefined && { device }),
        subject,
        time: acknowledgement.at,
        key: `${rule}/${key}/${raisedAt}/${acknowledgement.at}`,
        severity: 'INFORMATIONAL',
        correlation,
        data: {
          condition: rule,
          since: toTimestamp(raisedAt),
          severity,
          acknowledged: toAcknowledgement(acknowledgement),
          ...Object.fromEntries(
            ['vessel', 'units', 'registry'].flatMap(name => (name in data ? [[name, data[name]]] : [])),
          ),
        },
      });
    },
    sweep: (now, rules) => {
      for (const [id, episode] of [...table.entries()]) {
        const again = rules.get(episode.rule);
        if (episode.endedAt !== undefined) {
          if (again === undefined || Math.abs(now - episode.raisedAt) > again) table.delete(id);
        } else if (again === undefined) {
          end(episode, now, { ...episode.data, reason: 'config-removed', endedBy: 'configuration' });
        }
      }
    },
  };
};

const deviceOf = ({ vessel, about }: Pick<Told, 'vessel' | 'about'>): { readonly device?: string } => {
  const device = vessel?.device ?? about?.device;
  return device === undefined ? {} : { device };
};

/** A pair of vessels is named by both keys. */
const isOf = ({ key }: Episode, vessel: string): boolean => key === vessel || vesselsOf(key).includes(vessel);

const toAcknowledgement = ({ by, at, note }: Acknowledgement): Fields => ({
  by,
  at: toTimestamp(at),
  ...(note !== undefined && { note }),
});
