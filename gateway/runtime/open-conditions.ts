/**
 * What the stages raised and did not clear yet. The one place that follows conditions through their events: whatever a
 * stage tells as `….raised`, `….updated` and `….cleared` under one correlation is opened, refreshed and closed here, in
 * the transaction that accepts the event. So what is open is what the center was told, also after a crash between two
 * of them; and what belongs to a stage or device that is configured no more is ended, though nobody is left to do so.
 */
import { z } from 'zod';
import { type Conclusion, type EventName, type Severity, severities } from '../../core/conclusion.ts';
import type { Saved, Sealed } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import { type ClockShift, type Instant, shiftInstant } from '../../core/time.ts';
import type { EventType } from '../../events/event-type.ts';
import { correctText, wrongnessOf } from './correction.ts';

export const openConditionsOwner = 'open-conditions';

/** Some 2 MB of memory. What is raised beyond is told as ever, and counted instead of listed. */
const mostOpen = 5_000;

/** Under which it is saved how many are open beyond those. No condition's key: it holds no space. */
const beyondKey = 'beyond';

const severityNames = Object.keys(severities) as [Severity, ...Severity[]];

const entrySchema = z.object({
  /** The stage that raised it, `<pipeline>/<index>-<stage>`. */
  owner: z.string(),
  /** Id of the event that raised it. */
  id: z.string(),
  /** Its name without the phase: `fishing-vessel.distress`. */
  name: z.string(),
  type: z.string(),
  source: z.string(),
  device: z.string().exactOptional(),
  subject: z.string(),
  correlation: z.string(),
  since: z.number(),
  severity: z.enum(severityNames),
});
export type OpenCondition = z.output<typeof entrySchema>;

/** With what was told of it last: kept on the disk only, for the event that may have to end it. */
const rowSchema = z.object({ entry: entrySchema, data: z.record(z.string(), z.unknown()) });

type Phase = 'raised' | 'updated' | 'cleared';

/** `fishing-vessel.distress.raised` → `fishing-vessel.distress` and `raised`; undefined for what is no condition. */
const splitEvent = (event: string): { readonly name: string; readonly phase: Phase } | undefined => {
  const dot = event.lastIndexOf('.');
  const phase = event.slice(dot + 1);
  if (phase !== 'raised' && phase !== 'updated' && phase !== 'cleared') return undefined;
  return { name: event.slice(0, dot), phase };
};

export const isOfCondition = (event: string): boolean => splitEvent(event) !== undefined;

/** Several conditions may go on under one correlation: a stay in a zone, and what is done there. */
const keyOf = (name: string, correlation: string): string => `${name} ${correlation}`;

export interface OpenConditions {
  /** The oldest first. */
  list(): readonly OpenCondition[];
  /** Open beyond those that are listed. */
  beyond(): number;
  /** False for what tells of a device's condition that was ended when the device was removed. */
  admits(conclusion: Conclusion): boolean;
  /** With the id of the event that raised its condition, where that is its cause: only the store knows which it got. */
  withCause(conclusion: Conclusion): Conclusion;
  /** Follows an event that goes to the disk now: what is to be saved in the same transaction. */
  follow(conclusion: Conclusion, event: Sealed, owner: string): readonly Saved[];
  /** The event that ends each condition of which neither stage nor device is configured any more. */
  endLeft(owners: ReadonlySet<string>, now: Instant): Promise<readonly Conclusion[]>;
  /** The clock was set: what is to be saved of conditions that it dated. */
  shift(shift: ClockShift): Promise<readonly Saved[]>;
  /** Returns to what the store holds, after it refused something. */
  reload(): Promise<void>;
}

export interface OpenConditionsOptions {
  readonly site: Site;
  readonly types: ReadonlyMap<string, Pick<EventType, 'data' | 'version'>>;
  readonly restore: (owner: string) => Promise<ReadonlyMap<string, Uint8Array>>;
  /** A condition was not registered, since too many are open. */
  readonly onBeyond: () => void;
}

export const loadOpenConditions = async (options: OpenConditionsOptions): Promise<OpenConditions> => {
  const { site, types, restore, onBeyond } = options;
  let open = new Map<string, OpenCondition>();
  let beyond = 0;

  const rows = async (): Promise<ReadonlyMap<string, z.output<typeof rowSchema>>> => {
    const found = new Map<string, z.output<typeof rowSchema>>();
    for (const [key, bytes] of await restore(openConditionsOwner)) {
      if (key === beyondKey) continue;
      const row = rowSchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
      if (row.success) found.set(key, row.data);
    }
    return found;
  };

  const reload = async (): Promise<void> => {
    const saved = await restore(openConditionsOwner);
    const known = await rows();
    open = new Map([...known].map(([key, { entry }]) => [key, entry]));
    beyond = Number(Buffer.from(saved.get(beyondKey) ?? '').toString() || 0);
  };
  await reload();

  const save = (key: string, value: string | undefined): Saved => ({
    owner: openConditionsOwner,
    key,
    value: value === undefined ? undefined : Buffer.from(value),
  });

  const setBeyond = (count: number): readonly Saved[] => {
    beyond = count;
    return [save(beyondKey, count === 0 ? undefined : String(count))];
  };

  const put = (key: string, entry: OpenCondition, data: Conclusion['data']): readonly Saved[] => {
    open.set(key, entry);
    return [save(key, JSON.stringify({ entry, data }))];
  };

  const raise = (key: string, name: string, conclusion: Conclusion, event: Sealed, owner: string): readonly Saved[] => {
    // Told again under the same correlation, it is the same condition.
    const known = open.get(key);
    if (known === undefined && open.size >= mostOpen) {
      onBeyond();
      return setBeyond(beyond + 1);
    }
    const { source, device, subject, correlation = '', severity = 'INFORMATIONAL', time, data } = conclusion;
    const [major = '1'] = (types.get(conclusion.event)?.version ?? '1').split('.');
    const entry: OpenCondition = {
      owner,
      id: known?.id ?? event.id,
      name,
      type: known?.type ?? `vn.ioc.${conclusion.event}.v${major}`,
      source,
      ...(device !== undefined && { device }),
      subject,
      correlation,
      since: known?.since ?? time,
      severity,
    };
    return put(key, entry, data);
  };

  const update = (key: string, { severity, data }: Conclusion): readonly Saved[] => {
    const known = open.get(key);
    return known === undefined ? [] : put(key, { ...known, severity: severity ?? known.severity }, data);
  };

  const clear = (key: string): readonly Saved[] => {
    if (open.delete(key)) return [save(key, undefined)];
    return beyond === 0 ? [] : setBeyond(beyond - 1);
  };

  const isOfLeftDevice = ({ source, device }: Pick<Conclusion, 'source' | 'device'>): boolean =>
    device !== undefined && source === device && !site.devices.has(device);

  /** As the stage would have ended it, by what it told last. */
  const ending = ({ entry, data }: z.output<typeof rowSchema>, now: Instant): Conclusion => {
    const { name, source, device, subject, correlation, id, since } = entry;
    const event = `${name}.cleared` as EventName;
    const fields = types.get(event)?.data.shape ?? {};
    const told = { ...data, phase: 'cleared', reason: 'config-removed', endedBy: 'configuration' };
    return {
      kind: 'conclusion',
      event,
      source,
      ...(device !== undefined && { device }),
      subject,
      time: Math.max(now, since),
      key: `${correlation}/config-removed`,
      severity: 'INFORMATIONAL',
      correlation,
      causation: id,
      data: Object.fromEntries(Object.entries(told).filter(([field]) => field in fields)),
    };
  };

  return {
    list: () => [...open.values()].toSorted((a, b) => a.since - b.since),
    beyond: () => beyond,
    admits: conclusion => {
      const split = splitEvent(conclusion.event);
      if (split === undefined || split.phase === 'raised' || !isOfLeftDevice(conclusion)) return true;
      return beyond > 0 || open.has(keyOf(split.name, conclusion.correlation ?? ''));
    },
    withCause: conclusion => {
      const { cause, ...rest } = conclusion;
      const split = cause && splitEvent(cause.event);
      if (split?.phase !== 'raised' || conclusion.event === cause?.event) return conclusion;
      const id = open.get(keyOf(split.name, conclusion.correlation ?? ''))?.id;
      return id === undefined ? conclusion : { ...rest, causation: id };
    },
    follow: (conclusion, event, owner) => {
      const split = splitEvent(conclusion.event);
      if (split === undefined || conclusion.correlation === undefined) return [];
      const key = keyOf(split.name, conclusion.correlation);
      if (split.phase === 'raised') return raise(key, split.name, conclusion, event, owner);
      return split.phase === 'updated' ? update(key, conclusion) : clear(key);
    },
    endLeft: async (owners, now) => {
      const isLeft = (entry: OpenCondition): boolean => !owners.has(entry.owner) || isOfLeftDevice(entry);
      if (![...open.values()].some(isLeft)) return [];
      return [...(await rows()).values()].filter(({ entry }) => isLeft(entry)).map(row => ending(row, now));
    },
    shift: async shift => {
      const dated = [...open].filter(([, { since }]) => shiftInstant(since, shift) !== since);
      if (dated.length === 0) return [];
      const known = await rows();
      const wrongness = wrongnessOf([shift]);
      const moved = (data: Conclusion['data'] = {}): Conclusion['data'] =>
        JSON.parse(correctText(JSON.stringify(data), wrongness));
      return dated.flatMap(([key, entry]) =>
        put(key, { ...entry, since: shiftInstant(entry.since, shift) }, moved(known.get(key)?.data)),
      );
    },
    reload,
  };
};
