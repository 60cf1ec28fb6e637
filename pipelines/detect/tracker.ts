/**
 * Gives the objects of successive pictures their identities: each known object is expected where its speed takes it,
 * and takes the detection that lies nearest there. Deterministic; state is bounded by `maximumTracks`.
 */
import type { Box, DetectedObject } from '../../core/observation.ts';
import type { Instant } from '../../core/time.ts';
import type { Detection } from './interpret.ts';
import { overlap } from './overlap.ts';

export interface Tracked {
  readonly objects: readonly DetectedObject[];
  /** Identities given to an object for the first time in this picture. */
  readonly begun: readonly string[];
  readonly ended: readonly string[];
}

export interface Tracker {
  /** `detections` of one picture; pictures come in the order of `time`. */
  step(detections: readonly Detection[], time: Instant): Tracked;
}

/** Pictures in which an object must be found before it gets an identity: one alone may be a mistake. */
const sure = 2;
/** A known object ends when it was not found in so many pictures in a row, and for so long. */
const mostMissed = 3;
const longestUnseen = 1500;
/** One that has no identity yet is forgotten sooner. */
const mostMissedUnsure = 1;
const maximumTracks = 200;

/** Of two boxes of one object, the least overlap, or the largest distance of centers in mean box sizes. */
const leastOverlap = 0.1;
const largestDistance = 1.2;
/** An object whose class the detector takes for another must overlap this much to stay the same object. */
const leastOverlapOfOtherClass = 0.6;

interface Track {
  name: string | undefined;
  box: Box;
  /** Movement of the center, fractions of the picture a millisecond. */
  speedX: number;
  speedY: number;
  seenAt: Instant;
  found: number;
  missed: number;
  readonly votes: Map<string, number>;
}

const expectedBox = ({ box, speedX, speedY, seenAt }: Track, time: Instant): Box => {
  const elapsed = Math.max(0, Math.min(time - seenAt, longestUnseen));
  return { ...box, x: box.x + speedX * elapsed, y: box.y + speedY * elapsed };
};

/** 0 for the same place, larger for less likely pairs, undefined when it cannot be the same object. */
const distance = (expected: Box, detection: Detection, sameClass: boolean): number | undefined => {
  const shared = overlap(expected, detection.box);
  if (!sameClass) return shared >= leastOverlapOfOtherClass ? 2 - shared : undefined;
  const { box } = detection;
  const apart = Math.hypot(
    (box.x + box.width / 2 - expected.x - expected.width / 2) / ((box.width + expected.width) / 2),
    (box.y + box.height / 2 - expected.y - expected.height / 2) / ((box.height + expected.height) / 2),
  );
  return shared >= leastOverlap || apart <= largestDistance ? 1 - shared + apart : undefined;
};

const likeliestClass = ({ votes }: Track): string | undefined => {
  let best: readonly [string, number] | undefined;
  for (const vote of votes) if (best === undefined || vote[1] > best[1]) best = vote;
  return best?.[0];
};

/** `nameOf` gives the next identity; it must never give the same twice. */
export const createTracker = (nameOf: () => string): Tracker => {
  let tracks: Track[] = [];

  const see = (track: Track, { box, label, score }: Detection, time: Instant): void => {
    const elapsed = time - track.seenAt;
    if (elapsed > 0) {
      const speedX = (box.x + box.width / 2 - track.box.x - track.box.width / 2) / elapsed;
      const speedY = (box.y + box.height / 2 - track.box.y - track.box.height / 2) / elapsed;
      // The first step says all that is known of the speed; later ones refine it.
      const weight = track.found === 1 ? 1 : 0.5;
      track.speedX += weight * (speedX - track.speedX);
      track.speedY += weight * (speedY - track.speedY);
    }
    track.box = box;
    track.seenAt = time;
    track.found++;
    track.missed = 0;
    track.votes.set(label, (track.votes.get(label) ?? 0) + score);
  };

  return {
    step: (detections, time) => {
      const pairs: { readonly track: Track; readonly index: number; readonly far: number }[] = [];
      for (const track of tracks) {
        const expected = expectedBox(track, time);
        for (const [index, detection] of detections.entries()) {
          const far = distance(expected, detection, track.votes.has(detection.label));
          if (far !== undefined) pairs.push({ track, index, far });
        }
      }
      pairs.sort((a, b) => a.far - b.far);

      const taken = new Map<number, Track>();
      const seen = new Set<Track>();
      for (const { track, index } of pairs) {
        if (seen.has(track) || taken.has(index)) continue;
        seen.add(track);
        taken.set(index, track);
      }

      const begun: string[] = [];
      const ended: string[] = [];
      for (const track of tracks) if (!seen.has(track)) track.missed++;
      const objects = detections.map((detection, index): DetectedObject => {
        const { label, score: confidence, box } = detection;
        const track = taken.get(index);
        if (track === undefined) {
          if (tracks.length < maximumTracks) {
            const votes = new Map([[label, confidence]]);
            tracks.push({ name: undefined, box, speedX: 0, speedY: 0, seenAt: time, found: 1, missed: 0, votes });
          }
          return { label, confidence, box };
        }
        see(track, detection, time);
        if (track.name === undefined && track.found >= sure) {
          track.name = nameOf();
          begun.push(track.name);
        }
        if (track.name === undefined) return { label, confidence, box };
        return { label: likeliestClass(track) ?? label, confidence, box, track: track.name };
      });

      tracks = tracks.filter(({ name, missed, seenAt }) => {
        if (name === undefined) return missed <= mostMissedUnsure;
        // A clock that was set back must not keep it for as long.
        if (missed < mostMissed || Math.abs(time - seenAt) < longestUnseen) return true;
        ended.push(name);
        return false;
      });
      return { objects, begun, ended };
    },
  };
};

/**
 * Identities of one process and camera: `20261122T170402Z-187`. Counting begins at random, because a machine without a
 * clock battery lives through the same seconds after every start.
 */
export const createTrackNames = (epoch: Instant, random: () => number): (() => string) => {
  const stamp = `${new Date(epoch).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  let count = Math.floor(random() * 1_000_000);
  return () => `${stamp}-${++count}`;
};
