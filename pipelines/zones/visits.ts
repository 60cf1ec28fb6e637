/** When an object counts as inside of a zone: a few frames in a row decide, not one. Pure. */
import { hash } from 'node:crypto';
import { isInside, type Point } from '../../core/polygon.ts';
import type { Instant } from '../../core/time.ts';
import type { Watch } from './breaches.ts';
import type { Line, Zone } from './config.ts';
import type { Followed } from './life.ts';

/** A zone or a line as events name it. */
export interface Place extends Pick<Zone, 'id' | 'name' | 'englishName'> {
  /** Changes whenever it is drawn elsewhere. */
  readonly version: string;
}

/** A stay in a zone, as it was when it began: the configuration may have changed since. */
export interface Visit {
  readonly zone: Place;
  readonly enteredAt: Instant;
  /** Counts the stays of this track in this zone. */
  readonly number: number;
  /** The zone's rules, as far as they were looked at. */
  readonly rules: Watch;
}

/** What became of a visit with one more frame. */
export type Passage = { readonly kind: 'entered' | 'left'; readonly visit: Visit };

const maximumZonesOfTrack = 64;

const versionOf = (drawing: unknown): string => hash('sha256', JSON.stringify(drawing), 'hex').slice(0, 6);

const placeOf = ({ id, name, englishName }: Pick<Zone, 'id' | 'name' | 'englishName'>, drawing: unknown): Place => ({
  id,
  name,
  ...(englishName !== undefined && { englishName }),
  version: versionOf(drawing),
});

export const zoneOf = (zone: Zone): Place => placeOf(zone, [zone.polygon, zone.classes]);
export const lineOf = (line: Line): Place => placeOf(line, [line.points, line.inward, line.classes]);

/** Whether it counts as inside now, given what was believed and how many frames in a row said otherwise. */
const isBelieved = (followed: Followed, zone: string, inside: boolean, frames: number): boolean => {
  const believed = followed.visits.has(zone);
  if (inside === believed) {
    followed.doubts.delete(zone);
    return believed;
  }
  const doubts = (followed.doubts.get(zone) ?? 0) + 1;
  if (doubts < frames) {
    followed.doubts.set(zone, doubts);
    return believed;
  }
  followed.doubts.delete(zone);
  return inside;
};

/** Takes the object's foot in one frame. */
export const visitZone = (
  followed: Followed,
  zone: Zone,
  foot: Point,
  time: Instant,
  frames: number,
): Passage | undefined => {
  const { track, visits, entries } = followed;
  const visit = visits.get(zone.id);
  const believed = isBelieved(followed, zone.id, isInside(zone.polygon, foot), frames);
  if (believed === (visit !== undefined)) return undefined;
  if (visit !== undefined) {
    visits.delete(zone.id);
    return { kind: 'left', visit };
  }
  const number = (entries.get(zone.id) ?? 0) + 1;
  entries.set(zone.id, number);
  if (!track.zones.includes(zone.id) && track.zones.length < maximumZonesOfTrack) track.zones.push(zone.id);
  const begun: Visit = { zone: zoneOf(zone), enteredAt: time, number, rules: new Map() };
  visits.set(zone.id, begun);
  return { kind: 'entered', visit: begun };
};
