/** The vessels that are followed: which are kept, which are saved, how following one ends. */
import type { Save } from '../../core/stage.ts';
import { type Duration, minutes } from '../../core/time.ts';
import { borderIn, tellCrossing } from './borders.ts';
import { clearAll } from './conditions.ts';
import type { GeofenceConfig } from './config.ts';
import { encodeFollowed, type Followed, keyOf, nowhere, type ToldZone } from './followed.ts';
import type { Outcome } from './outcome.ts';
import { unseen } from './passage.ts';
import { leave, visitIn } from './visits.ts';
import type { ZoneMap } from './zone.ts';

export interface Vessels {
  /** Undefined until a file of zones could be used. */
  map: ZoneMap | undefined;
  /** By key of the vessel, the one not heard longest first. */
  readonly followed: Map<string, Followed>;
  /** Keys of those that are to be saved with the next checkpoint. */
  readonly changed: Set<string>;
}

/** Beyond these the one not heard longest is closed: MMSIs on the air can be forged. */
const maximumFollowed = 100_000;
/** Of a vessel about which nothing changes, a position no older than this is kept over a restart. */
const savedEvery: Duration = minutes(10);

export const isIdle = ({ visits, besides, borders }: Followed): boolean =>
  visits.length === 0 && besides.length === 0 && borders.length === 0;

/** Something is counted or timed, so that its last position alone would not restore it. */
const isRunning = ({ visits, besides, borders }: Followed): boolean =>
  borders.length > 0 ||
  besides.length > 0 ||
  visits.some(({ leaving, beliefs }) => leaving !== undefined || beliefs.some(({ doubt }) => doubt !== undefined));

/** Puts it at the end of those that are forgotten when there are too many. */
const keep = (vessels: Vessels, followed: Followed): void => {
  const { key } = followed.vessel;
  vessels.followed.delete(key);
  vessels.followed.set(key, followed);
};

export const forget = (vessels: Vessels, followed: Followed, outcome: Outcome): void => {
  const { key } = followed.vessel;
  outcome.touched.delete(followed);
  // A vessel of which nothing was kept so far may be there anew by now.
  if (vessels.followed.get(key) !== followed) return;
  vessels.followed.delete(key);
  vessels.changed.delete(key);
  if (followed.savedAt !== undefined) outcome.forgotten.add(keyOf(followed.vessel));
};

/** After a position of it was taken. */
export const remember = (vessels: Vessels, followed: Followed, outcome: Outcome, config: GeofenceConfig): void => {
  if (isIdle(followed)) {
    forget(vessels, followed, outcome);
    return;
  }
  keep(vessels, followed);
  const isStale = followed.savedAt === undefined || followed.fix.time - followed.savedAt >= savedEvery;
  if (isStale || isRunning(followed)) vessels.changed.add(followed.vessel.key);
  if (vessels.followed.size <= maximumFollowed) return;
  // Only now: a map that many were moved to the end of is slow to begin.
  const [oldest] = vessels.followed.values();
  if (oldest !== undefined) close(vessels, oldest, 'source-lost', outcome, config);
};

/** Ends all that goes on with a vessel: it is not heard any more, or turned out to be none (`superseded`). */
export const close = (
  vessels: Vessels,
  followed: Followed,
  reason: 'source-lost' | 'superseded',
  outcome: Outcome,
  { bridgeWithin }: GeofenceConfig,
): void => {
  const { fix } = followed;
  const boundaryOf = (told: ToldZone) => ({ told, severity: vessels.map?.byId.get(told.id)?.severity });
  for (const visit of followed.visits) {
    const { leaving, zone } = visit;
    leave(outcome, followed, visit, reason, leaving?.passage ?? unseen(fix, fix.time));
    // Who falls silent just beyond a boundary has crossed it.
    if (leaving !== undefined && zone.kind === 'boundary' && reason === 'source-lost')
      tellCrossing(outcome, followed, boundaryOf(zone), 'outward', leaving.passage, bridgeWithin);
  }
  for (const border of followed.borders) {
    const { pending, zone } = border;
    if (pending !== undefined && reason === 'source-lost')
      tellCrossing(outcome, followed, boundaryOf(zone), `to-${pending.to}`, pending.passage, bridgeWithin);
    clearAll(outcome, followed, border, reason, fix.time);
  }
  followed.besides = [];
  followed.borders = [];
  followed.zones = nowhere;
  forget(vessels, followed, outcome);
};

/** What was kept of `former` goes on under the vessel's present key; what both had begun ends once. */
export const adopt = (
  vessels: Vessels,
  former: Followed,
  present: Pick<Followed, 'vessel'>,
  outcome: Outcome,
): void => {
  const known = vessels.followed.get(present.vessel.key);
  forget(vessels, former, outcome);
  if (known === undefined) {
    former.vessel = present.vessel;
    former.savedAt = undefined;
    keep(vessels, former);
    outcome.touched.add(former);
    return;
  }
  for (const visit of former.visits)
    if (visitIn(known, visit.zone.id) === undefined) known.visits = [...known.visits, visit];
    else leave(outcome, former, visit, 'superseded', unseen(former.fix, former.fix.time));
  for (const border of former.borders)
    if (borderIn(known, border.zone.id) === undefined) known.borders = [...known.borders, border];
    else clearAll(outcome, former, border, 'superseded', former.fix.time);
  known.besides = known.besides.filter(({ zone }) => visitIn(known, zone) === undefined);
  if (former.fix.time > known.fix.time) known.fix = former.fix;
  outcome.touched.delete(former);
  outcome.touched.add(known);
};

/** Saves those of whom something was concluded, and forgets those of whom there is nothing to keep. */
export const settle = (vessels: Vessels, outcome: Outcome): Save => {
  const touched = [...outcome.touched];
  for (const followed of touched) if (isIdle(followed)) forget(vessels, followed, outcome);
  const save = new Map<string, Uint8Array | undefined>([...outcome.forgotten].map(key => [key, undefined]));
  for (const followed of outcome.touched) put(vessels, followed, save);
  return save;
};

const put = (vessels: Vessels, followed: Followed, save: Map<string, Uint8Array | undefined>): void => {
  save.set(keyOf(followed.vessel), encodeFollowed(followed));
  followed.savedAt = followed.fix.time;
  vessels.changed.delete(followed.vessel.key);
};

/** Those that changed without a conclusion. */
export const saveChanged = (vessels: Vessels): Save => {
  const save = new Map<string, Uint8Array | undefined>();
  for (const key of vessels.changed) {
    const followed = vessels.followed.get(key);
    if (followed !== undefined) put(vessels, followed, save);
  }
  vessels.changed.clear();
  return save;
};
