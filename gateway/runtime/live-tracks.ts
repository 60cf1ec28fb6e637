/** Which objects of a camera are followed now, so that what breaks off can be told as broken off. Pure. */
import type { Detections, Observation } from '../../core/observation.ts';

export interface LiveTracks {
  follow(items: readonly Observation[]): void;
  /** The end of all that is followed; undefined where that is nothing. */
  interrupted(): Detections | undefined;
}

/** More than any picture holds; the oldest beyond are left to the patience of whoever follows them. */
const mostLive = 5_000;

export const createLiveTracks = (): LiveTracks => {
  const live = new Set<string>();
  let last: Detections | undefined;
  return {
    follow: items => {
      for (const item of items) {
        if (item.kind !== 'detections') continue;
        last = item;
        for (const { track } of item.objects) if (track !== undefined) live.add(track);
        for (const track of item.ended) live.delete(track);
        for (const oldest of live) {
          if (live.size <= mostLive) break;
          live.delete(oldest);
        }
      }
    },
    interrupted: () => {
      if (last === undefined || live.size === 0) return undefined;
      const { kind, device, time, timeFrom, detector } = last;
      return { kind, device, time, timeFrom, objects: [], ended: [...live], endedBy: 'interrupted', detector };
    },
  };
};
