/**
 * Who a vessel is: the union of what it, its providers and the registry say, and which tracks are one vessel. Every
 * change of a track's identity goes through `settle`.
 */
import { isGearName, toMmsiKind } from '../../core/mmsi.ts';
import type { VesselIdentity } from '../../core/vessel.ts';
import { type Match, matchOf, type Registry } from './registry.ts';
import { of, type Track, type Tracks, vmsNameOf } from './tracks.ts';
import { dropTrail } from './trail.ts';

/** What is said of a vessel, without what follows from it. */
export type Facts = Omit<VesselIdentity, 'key' | 'mmsiKind' | 'registry' | 'registryVersion' | 'matchedBy'>;

export interface Settled {
  /** The track that is the vessel's now: another one where two became one. */
  readonly track: Track;
  /** Whether something that is told of the vessel changed. */
  readonly isChanged: boolean;
  readonly formerKeys: readonly string[];
  /** Other names of the vessel whose link with its key is new. */
  readonly links: readonly string[];
  /** Keys of tracks that are no more, as they are saved. */
  readonly gone: readonly string[];
}

/** The key of a track that was just made: nobody knows it yet. */
export const untold = '';

/** Characters of a provider's id that a subject cannot hold are written as their bytes. */
const toKeyPart = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*~%]/g, character => (character === '%' ? '.' : `.${character.charCodeAt(0).toString(16)}`))
    .slice(0, 80);

const vmsKeyOf = (provider: string, vmsId: string): string => `vms/${toKeyPart(provider)}/${toKeyPart(vmsId)}`;

const keyOf = ({ mmsi, provider, vmsId }: Facts, mark: string | undefined): string => {
  if (mark !== undefined) return `vnfish/${mark}`;
  if (mmsi !== undefined) return `mmsi/${mmsi}`;
  return vmsKeyOf(provider ?? 'unknown', vmsId ?? 'unknown');
};

const otherNamesOf = ({ mmsi, provider, vmsId }: Facts, key: string): readonly string[] => {
  const names: string[] = [];
  if (mmsi !== undefined) names.push(`mmsi/${mmsi}`);
  if (provider !== undefined && vmsId !== undefined) names.push(vmsKeyOf(provider, vmsId));
  return names.filter(name => name !== key);
};

export const factsOf = ({ key, mmsiKind, registry, registryVersion, matchedBy, ...facts }: VesselIdentity): Facts =>
  facts;

const identityOf = (facts: Facts, key: string, match: Match | undefined, version: string): VesselIdentity => {
  const { mmsi, name } = facts;
  return {
    key,
    ...facts,
    ...(mmsi !== undefined && {
      mmsiKind: name !== undefined && isGearName(name) ? ('gear' as const) : toMmsiKind(mmsi),
    }),
    ...(match !== undefined && {
      registry: match.entry,
      registryVersion: version,
      matchedBy: match.matchedBy,
    }),
  };
};

const isSame = (a: object | undefined, b: object | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b;
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.get(key) === value);
};

const isSameIdentity = (a: VesselIdentity, b: VesselIdentity): boolean => {
  const { registry: before, registryVersion, ...rest } = a;
  const { registry: after, registryVersion: version, ...others } = b;
  return isSame(rest, others) && isSame(before, after);
};

/** Two tracks can be one vessel when neither has another device of a kind that both have. */
const canBeOne = (a: Track, b: Track): boolean => {
  const one = a.identity;
  const other = b.identity;
  const isFree = (left: unknown, right: unknown): boolean =>
    left === undefined || right === undefined || left === right;
  return isFree(one.mmsi, other.mmsi) && isFree(one.vmsId, other.vmsId);
};

/** Everything of `lesser` goes over to `track`. Facts of `track` stand above. */
const absorb = (tracks: Tracks, track: Track, lesser: Track): Facts => {
  tracks.takeTrails(track, lesser);
  const { numbers, offset } = track;
  const time = (column: number): number => lesser.numbers[lesser.offset + column] ?? Number.NaN;
  numbers[offset + of.firstSeen] = Math.min(numbers[offset + of.firstSeen] ?? Number.NaN, time(of.firstSeen));
  numbers[offset + of.lastSeen] = Math.max(numbers[offset + of.lastSeen] ?? Number.NaN, time(of.lastSeen));
  track.mark ??= lesser.mark;
  const { vmsNames } = lesser;
  track.linked = [...new Set([...track.linked, ...lesser.linked])];
  const facts = { ...factsOf(lesser.identity), ...factsOf(track.identity) };
  tracks.forget(lesser);
  for (const name of vmsNames) tracks.nameVms(track, name);
  return facts;
};

/** A registry's line says that the track's device belongs to another vessel now, or that this vessel has another one. */
const dropStrangers = (tracks: Tracks, track: Track, facts: Facts, { entry }: Match): Facts => {
  let kept = facts;
  if (entry.mmsi !== undefined && facts.mmsi !== undefined && entry.mmsi !== facts.mmsi) {
    if (tracks.byMmsi.get(facts.mmsi) === track) tracks.byMmsi.delete(facts.mmsi);
    dropTrail(track);
    const { mmsi, ...rest } = kept;
    kept = rest;
  }
  return kept;
};

/** Takes `facts` for all that is known of the track's vessel, and finds out who that is. */
export const settle = (tracks: Tracks, registry: Registry, subject: Track, said: Facts): Settled => {
  let track = subject;
  let facts = said;
  const gone: string[] = [];
  const formerKeys = new Set<string>();
  let match = matchOf(registry, facts, track.mark);
  const mark = match?.entry.mark ?? track.mark;
  const owner = mark === undefined ? undefined : tracks.byMark.get(mark);
  if (owner !== undefined && owner !== track) {
    track.identity = { ...track.identity, ...facts };
    if (canBeOne(owner, track)) {
      if (track.identity.key !== untold) {
        gone.push(track.identity.key);
        formerKeys.add(track.identity.key);
      }
      facts = absorb(tracks, owner, track);
      track = owner;
      match = matchOf(registry, facts, track.mark);
    } else {
      // Two devices of one kind say that they are the same vessel: the first one keeps the name.
      match = undefined;
      track.mark = undefined;
    }
  }
  if (match !== undefined) facts = dropStrangers(tracks, track, facts, match);
  const held = match?.entry.mark ?? track.mark;
  const before = track.identity;
  const key = keyOf(facts, held);
  const after = identityOf(facts, key, match, registry.version);
  const isChanged = !isSameIdentity(before, after);
  track.identity = isChanged || before.registryVersion !== after.registryVersion ? after : before;

  const formerMark = before.registry?.mark;
  if (formerMark !== undefined && formerMark !== held && tracks.byMark.get(formerMark) === track)
    tracks.byMark.delete(formerMark);
  if (held !== undefined) tracks.byMark.set(held, track);
  if (facts.mmsi !== undefined) tracks.byMmsi.set(facts.mmsi, track);
  if (facts.provider !== undefined && facts.vmsId !== undefined)
    tracks.nameVms(track, vmsNameOf(facts.provider, facts.vmsId));

  if (before.key !== key && before.key !== untold) {
    formerKeys.add(before.key);
    gone.push(before.key);
    track.linked = [];
  }
  const others = new Set([...formerKeys, ...otherNamesOf(facts, key)]);
  const links = [...others].filter(name => !track.linked.includes(name));
  if (links.length > 0) track.linked = [...track.linked, ...links];
  return { track, isChanged, formerKeys: [...formerKeys], links, gone };
};
