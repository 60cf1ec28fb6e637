/** What is kept of a vessel that is in a zone or near a boundary, and how it is saved. Others need no state. */
import { z } from 'zod';
import { type ClockShift, type Instant, shiftInstant } from '../../core/time.ts';
import { positionSources, type VesselFix, type VesselIdentity, type ZoneHere, zoneKinds } from '../../core/vessel.ts';
import type { Zone } from './zone.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const conditionNames = [
  'zone-stay',
  'speeding',
  'forbidden-anchoring',
  'forbidden-presence',
  'suspected-fishing',
  'boundary-approach',
] as const;
export type ConditionName = (typeof conditionNames)[number];

/** A zone as its events tell it; the file may have changed since. */
export interface ToldZone {
  readonly id: string;
  readonly name: string;
  readonly englishName?: string;
  readonly kind: ZoneHere['kind'];
  readonly version: string;
}

/** A condition that was raised and not cleared. */
export interface Episode {
  readonly since: Instant;
  readonly correlation: string;
  /** Its own fields: as told last, but for what grew since and will be told with the next event. */
  data: Fields;
}

/** Positions that contradict what is believed, in a row. */
export interface Doubt {
  readonly since: Instant;
  last: Instant;
  positions: number;
}

/** Whether a condition holds, and what speaks against that. */
export interface Belief {
  readonly name: ConditionName;
  open?: Episode;
  doubt?: Doubt;
}

/** What is kept of a zone: of a fleet in harbor there are many, so short arrays instead of maps. */
export interface Kept {
  /** As told when it began, or when the file was read again. */
  zone: ToldZone;
  /** Those that are open or doubted only. */
  readonly beliefs: Belief[];
}

/** How an edge was crossed. */
export interface Passage {
  readonly time: Instant;
  readonly crossing: 'interpolated' | 'between' | 'unknown';
  /** Where, when it is interpolated. */
  readonly place?: readonly [longitude: number, latitude: number];
  readonly before?: VesselFix;
  readonly after: VesselFix;
}

/** An edge was crossed, but is not far or long enough behind to say so. */
export interface Passing {
  readonly passage: Passage;
  /** Positions in a row on the other side. */
  positions: number;
}

export interface Visit extends Kept {
  readonly enteredAt: Instant;
  readonly correlation: string;
  leaving?: Passing;
}

/** A zone that it has left, but lies at the edge of. */
export interface Beside {
  readonly zone: string;
  entering?: Passing;
}

export interface PendingCrossing extends Passing {
  readonly to: 'left' | 'right';
}

/** What goes on between a vessel and a boundary. */
export interface Border extends Kept {
  pending?: PendingCrossing;
  /** It has crossed: not told as approaching again before it was away. */
  isCrossed?: boolean;
}

export interface Followed {
  vessel: VesselIdentity;
  device: string;
  receivers: readonly string[];
  /** The newest position that counted. */
  fix: VesselFix;
  timeFrom: 'device' | 'gateway';
  visits: readonly Visit[];
  besides: readonly Beside[];
  borders: readonly Border[];
  /** What updates are given: the same array as long as nothing changes. */
  zones: readonly ZoneHere[];
  /** Time of the position that was saved last; undefined when it was not. */
  savedAt: Instant | undefined;
}

export const toToldZone = ({ here, englishName, version }: Zone): ToldZone => ({
  ...here,
  ...(englishName !== undefined && { englishName }),
  version,
});

export const keyOf = ({ key }: Pick<VesselIdentity, 'key'>): string => `vessel/${key}`;

export const nowhere: readonly ZoneHere[] = [];

const beliefRow = z.object({
  name: z.enum(conditionNames),
  open: z
    .object({
      since: z.number(),
      correlation: z.string(),
      data: z.record(z.string(), z.unknown()),
    })
    .exactOptional(),
  doubt: z.object({ since: z.number(), last: z.number(), positions: z.number() }).exactOptional(),
});

const beliefsRow = z.array(beliefRow);

const zoneRow = z.object({
  id: z.string(),
  name: z.string(),
  englishName: z.string().exactOptional(),
  kind: z.enum(zoneKinds),
  version: z.string(),
});

const fixRow = z.custom<VesselFix>(
  value =>
    z
      .looseObject({
        source: z.enum(positionSources),
        time: z.number(),
        longitude: z.number(),
        latitude: z.number(),
      })
      .safeParse(value).success,
);

const passageRow = z.object({
  time: z.number(),
  crossing: z.enum(['interpolated', 'between', 'unknown']),
  place: z.tuple([z.number(), z.number()]).exactOptional(),
  before: fixRow.exactOptional(),
  after: fixRow,
});

const passing = { passage: passageRow, positions: z.number() };

const stored = z.object({
  vessel: z.custom<VesselIdentity>(value => z.looseObject({ key: z.string() }).safeParse(value).success),
  device: z.string(),
  receivers: z.array(z.string()),
  fix: fixRow,
  timeFrom: z.enum(['device', 'gateway']),
  visits: z.array(
    z.object({
      zone: zoneRow,
      enteredAt: z.number(),
      correlation: z.string(),
      leaving: z.object(passing).exactOptional(),
      beliefs: beliefsRow,
    }),
  ),
  besides: z.array(z.object({ zone: z.string(), entering: z.object(passing).exactOptional() })),
  borders: z.array(
    z.object({
      zone: zoneRow,
      pending: z.object({ ...passing, to: z.enum(['left', 'right']) }).exactOptional(),
      isCrossed: z.boolean().exactOptional(),
      beliefs: beliefsRow,
    }),
  ),
});

export const encodeFollowed = ({ zones, savedAt, ...kept }: Followed): Uint8Array => Buffer.from(JSON.stringify(kept));

const decoder = new TextDecoder();

export const decodeFollowed = (bytes: Uint8Array): Followed => {
  const kept = stored.parse(JSON.parse(decoder.decode(bytes)));
  return { ...kept, zones: nowhere, savedAt: kept.fix.time };
};

/** Sets `zones` to where the visits say that it is, sorted by id. */
export const refreshZones = (followed: Followed, byId: ReadonlyMap<string, Zone>): void => {
  followed.zones =
    followed.visits.length === 0
      ? nowhere
      : followed.visits
          .map(({ zone: { id, name, kind } }) => byId.get(id)?.here ?? { id, name, kind })
          .sort((a, b) => (a.id < b.id ? -1 : 1));
};

const shiftFix = (fix: VesselFix, shift: ClockShift): VesselFix => ({ ...fix, time: shiftInstant(fix.time, shift) });

const shiftPassing = <Kind extends Passing>(passing: Kind, shift: ClockShift): Kind => {
  const { time, before, after } = passing.passage;
  return {
    ...passing,
    passage: {
      ...passing.passage,
      time: shiftInstant(time, shift),
      ...(before !== undefined && { before: shiftFix(before, shift) }),
      after: shiftFix(after, shift),
    },
  };
};

const shiftBeliefs = (beliefs: readonly Belief[], shift: ClockShift): Belief[] =>
  beliefs.map(({ name, open, doubt }) => ({
    name,
    ...(open !== undefined && { open: { ...open, since: shiftInstant(open.since, shift) } }),
    ...(doubt !== undefined && {
      doubt: { ...doubt, since: shiftInstant(doubt.since, shift), last: shiftInstant(doubt.last, shift) },
    }),
  }));

/** All of its instants, where the gateway's clock gave them. */
export const shiftFollowed = (followed: Followed, shift: ClockShift): Followed => ({
  ...followed,
  fix: shiftFix(followed.fix, shift),
  visits: followed.visits.map(({ leaving, ...visit }) => ({
    ...visit,
    enteredAt: shiftInstant(visit.enteredAt, shift),
    ...(leaving !== undefined && { leaving: shiftPassing(leaving, shift) }),
    beliefs: shiftBeliefs(visit.beliefs, shift),
  })),
  besides: followed.besides.map(({ zone, entering }) => ({
    zone,
    ...(entering !== undefined && { entering: shiftPassing(entering, shift) }),
  })),
  borders: followed.borders.map(({ pending, ...border }) => ({
    ...border,
    ...(pending !== undefined && { pending: shiftPassing(pending, shift) }),
    beliefs: shiftBeliefs(border.beliefs, shift),
  })),
});
