/**
 * Vessel updates → what a storm night asks for: how many vessels and people are at sea, in shelter, and inside each danger
 * area, and how old that knowledge is. One retained state, told again and again; every update passes by unchanged.
 */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { duration, identifier } from '../../core/fields.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import { hours, type Instant, minutes, seconds, shiftInstant } from '../../core/time.ts';
import { type VesselIdentity, type VesselUpdate, vesselStatuses, zoneKinds } from '../../core/vessel.ts';
import { summarize } from './summary.ts';

const config = z.strictObject({
  name: identifier()
    .default('fleet')
    .describe('Last segment of the retained topic; two pipelines with this stage need two names.'),
  every: duration({ minimum: seconds(1), maximum: hours(6) })
    .prefault('10m')
    .describe('Time between two summaries.'),
  current: duration({ minimum: minutes(1), maximum: hours(24 * 7) })
    .prefault('2h')
    .describe('A vessel that is in no registry is counted for so long after its last report.'),
  silent: duration({ minimum: minutes(1), maximum: hours(24 * 90) })
    .prefault('6h')
    .describe('Registered vessels at sea without a report for longer than this are listed.'),
  forget: duration({ minimum: hours(1), maximum: hours(24 * 400) })
    .prefault('60d')
    .describe('A registered vessel is forgotten after so long without a report.'),
  listed: z.int().min(0).max(80).default(50).describe('Vessels that a list of the summary names at most.'),
});
export type FleetConfig = z.output<typeof config>;

const rowSchema = z.object({
  mmsi: z.number().exactOptional(),
  name: z.string().exactOptional(),
  mark: z.string().exactOptional(),
  shipType: z.number().exactOptional(),
  crew: z.number().exactOptional(),
  provider: z.string().exactOptional(),
  status: z.enum(vesselStatuses),
  /** By a duty officer, which stands above the registry. */
  orderedStatus: z.enum(vesselStatuses).exactOptional(),
  zones: z
    .array(z.object({ id: z.string(), name: z.string(), kind: z.enum(zoneKinds) }))
    .readonly()
    .exactOptional(),
  /** The newest report of where it is. */
  reportedAt: z.number().exactOptional(),
  timeFrom: z.enum(['device', 'gateway']),
});

/** What is known of a vessel, as far as the summary needs it. */
export type Member = z.output<typeof rowSchema>;

interface State {
  /** By the vessel's key; the newest update last. */
  readonly members: Map<string, Member>;
  readonly changed: Set<string>;
  /** Number of the period that was told last; undefined before the first summary of this run. */
  told: number | undefined;
}

const maximumMembers = 100_000;
/** Some 200 kB every ten seconds, to spare flash cards; further changes follow with the next checkpoints. */
const mostOfCheckpoint = 1000;

const decoder = new TextDecoder();
const encode = (member: Member): Uint8Array => Buffer.from(JSON.stringify(member));

/** Gear, aids, stations, aircraft and beacons are no vessels that anybody has to come home with. */
const isCounted = ({ mmsiKind }: VesselIdentity): boolean =>
  mmsiKind === undefined || mmsiKind === 'ship' || mmsiKind === 'auxiliary-craft';

const memberOf = (known: Member | undefined, update: VesselUpdate): Member => {
  const { vessel, fix, zones = known?.zones, order, late, timeFrom } = update;
  const { mmsi, name, shipType, registry } = vessel;
  const crew = registry?.crew;
  const shownName = registry?.name ?? name;
  const provider = registry?.provider ?? vessel.provider;
  const orderedStatus = order?.status ?? known?.orderedStatus;
  const reportedAt =
    fix === undefined || late === true ? known?.reportedAt : Math.max(fix.time, known?.reportedAt ?? fix.time);
  return {
    ...(mmsi !== undefined && { mmsi }),
    ...(shownName !== undefined && { name: shownName }),
    ...(registry !== undefined && { mark: registry.mark }),
    ...(shipType !== undefined && { shipType }),
    ...(crew !== undefined && { crew }),
    ...(provider !== undefined && { provider }),
    status: registry?.status ?? 'active',
    ...(orderedStatus !== undefined && { orderedStatus }),
    ...(zones !== undefined && { zones }),
    ...(reportedAt !== undefined && { reportedAt }),
    timeFrom,
  };
};

/** Two that turn out to be one vessel, who must not be counted twice. */
const adopt = (known: Member | undefined, former: Member): Member => {
  const reports = [known?.reportedAt, former.reportedAt].filter(time => time !== undefined);
  const orderedStatus = known?.orderedStatus ?? former.orderedStatus;
  return {
    ...(known ?? former),
    ...(orderedStatus !== undefined && { orderedStatus }),
    ...(reports.length > 0 && { reportedAt: Math.max(...reports) }),
  };
};

/** A report by satellite may be acknowledged, and the next one is hours away; AIS comes again in seconds. */
const isSavedAtOnce = ({ fix, cause }: VesselUpdate): boolean => fix?.source !== 'ais' || cause === 'status';

const isForgotten = ({ mark, reportedAt }: Member, now: Instant, { current, forget }: FleetConfig): boolean =>
  reportedAt !== undefined && now - reportedAt > (mark === undefined ? current : forget);

export const stage = defineStage<FleetConfig, State, 'vessel-update'>({
  name: 'fleet',
  summary: 'Tells how many vessels and people are at sea, in shelter and in danger areas, as a retained state.',
  consumes: ['vessel-update'],
  config,
  states: ({ name }) => [{ event: 'fishing-vessel.fleet.reported', source: name }],
  restore: (_, saved) => {
    const members = new Map<string, Member>();
    for (const [key, bytes] of saved) {
      const row = rowSchema.safeParse(JSON.parse(decoder.decode(bytes)));
      if (row.success) members.set(key, row.data);
    }
    return { members, changed: new Set(), told: undefined };
  },
  step: ({ members, changed }, batch): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    for (const update of batch) {
      const { key } = update.vessel;
      for (const former of update.formerKeys ?? []) {
        const member = members.get(former);
        if (former === key || member === undefined) continue;
        members.set(key, adopt(members.get(key), member));
        members.delete(former);
        changed.delete(former);
        save.set(former, undefined);
      }
      if (!isCounted(update.vessel)) {
        // A buoy that was taken for a ship until it said what it is.
        if (members.delete(key)) save.set(key, undefined);
        continue;
      }
      const member = memberOf(members.get(key), update);
      members.delete(key);
      members.set(key, member);
      changed.add(key);
      if (isSavedAtOnce(update) || update.formerKeys !== undefined) {
        save.set(key, encode(member));
        changed.delete(key);
      }
      const oldest = members.size > maximumMembers ? members.keys().next().value : undefined;
      if (oldest !== undefined) {
        members.delete(oldest);
        changed.delete(oldest);
        save.set(oldest, undefined);
      }
    }
    return { output: batch, ...(save.size > 0 && { save }) };
  },
  tick: (state, now, settings): Step => {
    const period = Math.floor(now / settings.every);
    if (period === state.told) return { output: [] };
    state.told = period;
    const save = new Map<string, Uint8Array | undefined>();
    for (const [key, member] of state.members)
      if (isForgotten(member, now, settings)) {
        state.members.delete(key);
        state.changed.delete(key);
        save.set(key, undefined);
      }
    const summary: Conclusion = {
      kind: 'conclusion',
      event: 'fishing-vessel.fleet.reported',
      source: settings.name,
      subject: `fleet/${settings.name}`,
      time: now,
      key: String(now),
      data: summarize(state.members, now, settings),
    };
    return { output: [summary], ...(save.size > 0 && { save }) };
  },
  shift: ({ members, changed }, shift) => {
    for (const [key, member] of members) {
      if (member.timeFrom !== 'gateway' || member.reportedAt === undefined) continue;
      members.set(key, { ...member, reportedAt: shiftInstant(member.reportedAt, shift) });
      changed.add(key);
    }
  },
  checkpoint: ({ members, changed }): Save => {
    const save = new Map<string, Uint8Array | undefined>();
    for (const key of changed) {
      if (save.size >= mostOfCheckpoint) break;
      const member = members.get(key);
      save.set(key, member && encode(member));
      changed.delete(key);
    }
    return save;
  },
});
