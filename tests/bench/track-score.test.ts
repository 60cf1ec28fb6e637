import { describe, expect, it } from 'vitest';
import { type FollowedObject, scoreTracks, type TrueObject } from '../../bench/track-score.ts';
import type { Box } from '../../core/observation.ts';

const at = (x: number): Box => ({ x, y: 0.4, width: 0.1, height: 0.2 });
const truth = (identity: string, x: number, changes: Partial<TrueObject> = {}): TrueObject => ({
  identity,
  label: 'person',
  box: at(x),
  counts: 'demanded',
  ...changes,
});
const claim = (track: string, x: number, label = 'person'): FollowedObject => ({ track, label, box: at(x) });

/** One object in the same place, found by each of `tracks` in turn; undefined where nothing found it. */
const one = (...tracks: readonly (string | undefined)[]) =>
  tracks.map(track => ({ truth: [truth('a', 0.1)], followed: track === undefined ? [] : [claim(track, 0.1)] }));

describe('the score of a tracker', () => {
  it('is full where each object has one track', () => {
    expect(scoreTracks(one('t', 't', 't', 't'))).toMatchObject({ mota: 1, idf1: 1, boxes: 4, objects: 1, tracks: 1 });
  });

  it('counts a switch once, and half of the boxes for another object', () => {
    expect(scoreTracks(one('t', 't', 'u', 'u'))).toMatchObject({ mota: 0.75, idf1: 0.5, switches: 1, misses: 0 });
  });

  it('counts a switch also over pictures in which it was not found, or not there', () => {
    expect(scoreTracks(one('t', undefined, undefined, 'u'))).toMatchObject({ switches: 1, misses: 2, mota: 0.25 });
    const hidden = [...one('t'), { truth: [], followed: [] }, ...one('u')];
    expect(scoreTracks(hidden)).toMatchObject({ switches: 1, misses: 0, mota: 0.5 });
  });

  it('counts what is missed', () => {
    const score = scoreTracks(one('t', undefined, 't', 't'));
    expect(score).toMatchObject({ mota: 0.75, misses: 1, switches: 0 });
    expect(score.idf1).toBeCloseTo(6 / 7);
  });

  it('counts what is claimed where nothing is, or something else', () => {
    const [first, ...others] = one('t', 't', 't', 't');
    const crowded = (x: number, label: string) =>
      scoreTracks([{ truth: first?.truth ?? [], followed: [claim('t', 0.1), claim('u', x, label)] }, ...others]);
    for (const score of [crowded(0.7, 'person'), crowded(0.1, 'car')]) {
      expect(score).toMatchObject({ mota: 0.75, falseAlarms: 1 });
      expect(score.idf1).toBeCloseTo(8 / 9);
    }
  });

  it('counts two that swap their tracks as two switches', () => {
    const both = (left: string, right: string) => ({
      truth: [truth('a', 0.1), truth('b', 0.6)],
      followed: [claim(left, 0.1), claim(right, 0.6)],
    });
    const swapped = [both('t', 'u'), both('t', 'u'), both('u', 't'), both('u', 't')];
    expect(scoreTracks(swapped)).toMatchObject({ mota: 0.75, idf1: 0.5, switches: 2 });
  });

  it('stays with the track of before as long as that fits', () => {
    const followed = [claim('u', 0.1), claim('t', 0.12)];
    const score = scoreTracks([...one('t'), { truth: [truth('a', 0.1)], followed }]);
    expect(score).toMatchObject({ switches: 0, falseAlarms: 1, mota: 0.5 });
  });

  it('neither demands nor blames an object that does not count', () => {
    const hidden = truth('b', 0.6, { counts: 'ignored' });
    const followed = [claim('t', 0.1), claim('u', 0.6)];
    expect(scoreTracks([{ truth: [truth('a', 0.1), hidden], followed }])).toMatchObject({ mota: 1, idf1: 1, boxes: 1 });
    expect(scoreTracks([{ truth: [truth('a', 0.1), hidden], followed: [claim('t', 0.1)] }])).toMatchObject({ mota: 1 });
  });
});
