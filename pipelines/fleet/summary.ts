/** All members of the fleet → the data of its summary. Pure. */
import { hours, type Instant, toTimestamp } from '../../core/time.ts';
import { subjectOf } from '../../core/vessel-fields.ts';
import type { FleetConfig, Member } from './stage.ts';

type Fields = Readonly<Record<string, unknown>>;

type Place = 'at-sea' | 'in-shelter' | 'in-port';
type Kind = 'fishing' | 'cargo' | 'tanker' | 'passenger' | 'service' | 'other' | 'unknown';

const placeOf = ({ zones }: Member): Place => {
  if (zones?.some(({ kind }) => kind === 'shelter') === true) return 'in-shelter';
  return zones?.some(({ kind }) => kind === 'port') === true ? 'in-port' : 'at-sea';
};

/** ITU-R M.1371-5 table 53, by its first digit; a line of the registry is of a fishing vessel. */
const kindOf = ({ mark, shipType }: Member): Kind => {
  if (mark !== undefined || shipType === 30) return 'fishing';
  if (shipType === undefined) return 'unknown';
  return kindsByDigit.get(Math.floor(shipType / 10)) ?? 'other';
};
const kindsByDigit: ReadonlyMap<number, Kind> = new Map([
  [5, 'service'],
  [6, 'passenger'],
  [7, 'cargo'],
  [8, 'tanker'],
]);

const statusOf = ({ orderedStatus, status }: Member): Member['status'] => orderedStatus ?? status;

interface Tally {
  vessels: number;
  /** Of those whose crew is known. */
  crew: number;
  crewUnknown: number;
  oldest: Instant | undefined;
}

const newTally = (): Tally => ({ vessels: 0, crew: 0, crewUnknown: 0, oldest: undefined });

const add = (tally: Tally, { crew, reportedAt }: Member): void => {
  tally.vessels++;
  if (crew === undefined) tally.crewUnknown++;
  else tally.crew += crew;
  if (reportedAt !== undefined) tally.oldest = Math.min(tally.oldest ?? reportedAt, reportedAt);
};

const toFields = ({ vessels, crew, crewUnknown, oldest }: Tally): Fields => ({
  vessels,
  crew,
  crewUnknown,
  ...(oldest !== undefined && { oldestReportAt: toTimestamp(oldest) }),
});

const toNamed = (key: string, { mark, name, mmsi, crew, provider, reportedAt }: Member): Fields => ({
  subject: subjectOf({ key }),
  ...(mark !== undefined && { mark }),
  ...(name !== undefined && { name }),
  ...(mmsi !== undefined && { mmsi }),
  ...(crew !== undefined && { crew }),
  ...(provider !== undefined && { provider }),
  ...(reportedAt !== undefined && { lastReportAt: toTimestamp(reportedAt) }),
});

/** Ages of the newest report, in hours: up to these, and beyond. */
const ageLimits = [1, 3, 6, 12, 24] as const;

/** The one not heard longest first. */
const byAge = ([keyA, a]: readonly [string, Member], [keyB, b]: readonly [string, Member]): number =>
  (a.reportedAt ?? 0) - (b.reportedAt ?? 0) || (keyA < keyB ? -1 : 1);

const mostAreas = 20;
/** All lists of areas together: the state must fit into 64 KiB. */
const mostNamedInAreas = 60;

export const summarize = (members: ReadonlyMap<string, Member>, now: Instant, settings: FleetConfig): Fields => {
  const places: Record<Place, Tally> = { 'at-sea': newTally(), 'in-shelter': newTally(), 'in-port': newTally() };
  const kinds = new Map<Kind, { atSea: number; inHarbor: number }>();
  const statuses = new Map<Member['status'], number>();
  const areas = new Map<string, { name: string; tally: Tally; members: [string, Member][] }>();
  const ages = ageLimits.map(() => 0);
  let older = 0;
  const silent: [string, Member][] = [];
  let newest: Instant | undefined;

  for (const [key, member] of members) {
    const status = statusOf(member);
    if (member.mark !== undefined) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const { reportedAt } = member;
    // Who is ashore or sunk is at no place; a vessel reported lost is still looked for.
    if ((status !== 'active' && status !== 'reported-lost') || reportedAt === undefined) continue;
    newest = Math.max(newest ?? reportedAt, reportedAt);
    const place = placeOf(member);
    add(places[place], member);
    const kind = kindOf(member);
    const count = kinds.get(kind) ?? { atSea: 0, inHarbor: 0 };
    count[place === 'at-sea' ? 'atSea' : 'inHarbor']++;
    kinds.set(kind, count);
    if (place !== 'at-sea') continue;
    const age = (now - reportedAt) / hours(1);
    const bin = ageLimits.findIndex(limit => age <= limit);
    if (bin === -1) older++;
    else ages[bin] = (ages[bin] ?? 0) + 1;
    if (member.mark !== undefined && now - reportedAt > settings.silent) silent.push([key, member]);
    for (const { id, name, kind: zoneKind } of member.zones ?? []) {
      if (zoneKind !== 'danger') continue;
      const area = areas.get(id) ?? { name, tally: newTally(), members: [] };
      add(area.tally, member);
      area.members.push([key, member]);
      areas.set(id, area);
    }
  }

  let named = mostNamedInAreas;
  const list = (found: readonly [string, Member][], most: number): Fields[] =>
    [...found]
      .sort(byAge)
      .slice(0, most)
      .map(([key, member]) => toNamed(key, member));

  return {
    asOf: toTimestamp(now),
    ...(newest !== undefined && { newestReportAt: toTimestamp(newest) }),
    atSea: toFields(places['at-sea']),
    inShelter: toFields(places['in-shelter']),
    inPort: toFields(places['in-port']),
    dangerAreas: [...areas]
      .sort(([idA, a], [idB, b]) => b.tally.vessels - a.tally.vessels || (idA < idB ? -1 : 1))
      .slice(0, mostAreas)
      .map(([id, { name, tally, members: inside }]) => {
        const most = Math.min(named, settings.listed);
        named -= Math.min(most, inside.length);
        return { zone: { id, name }, ...toFields(tally), named: list(inside, most) };
      }),
    byKind: [...kinds]
      .map(([kind, { atSea, inHarbor }]) => ({ kind, atSea, inHarbor }))
      .sort((a, b) => (a.kind < b.kind ? -1 : 1)),
    byStatus: [...statuses]
      .map(([status, vessels]) => ({ status, vessels }))
      .sort((a, b) => (a.status < b.status ? -1 : 1)),
    agesAtSea: [
      ...ageLimits.map((limit, index) => ({ upToHours: limit, vessels: ages[index] ?? 0 })),
      { vessels: older },
    ],
    silent: {
      vessels: silent.length,
      longerThanSeconds: Math.round(settings.silent / 1000),
      named: list(silent, settings.listed),
    },
  };
};
