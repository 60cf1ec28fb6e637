/** A duty officer says that somebody sees to what is open of a vessel. */
import type { VesselAcknowledgement } from '../../core/observation.ts';
import type { Episodes } from './condition.ts';
import type { Watch } from './watch.ts';

export const acknowledge = (
  { mark, mmsi, condition, by, note, time }: VesselAcknowledgement,
  watch: Watch,
  episodes: Episodes,
): void => {
  const open = keysOf(watch, mark, mmsi).flatMap(key => episodes.openOf(key));
  const meant = open.filter(({ rule }) => condition === undefined || rule === condition);
  if (meant.length === 0) watch.drop('nothing-to-acknowledge');
  for (const episode of new Set(meant)) {
    episodes.acknowledge(episode, { by, at: time, ...(note !== undefined && { note }) });
  }
};

const keysOf = (watch: Watch, mark: string | undefined, mmsi: number | undefined): readonly string[] => {
  // Beacons are no vessels of the watch, yet somebody sees to them.
  const keys = mmsi === undefined ? [] : [`mmsi/${mmsi}`];
  for (const [key, { identity }] of watch.vessels.entries()) {
    const isMeant =
      mark === undefined ? identity.mmsi === mmsi : identity.registry?.mark === mark || key === `vnfish/${mark}`;
    if (isMeant && !keys.includes(key)) keys.push(key);
  }
  return keys;
};
