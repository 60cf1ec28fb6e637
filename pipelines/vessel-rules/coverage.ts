/**
 * Where a receiver hears vessels, learned from what it heard: the hours for which it followed vessels by cells of the
 * sea, and how often one of them was not heard for a while there. Near the edge of coverage that happens all the time,
 * hours before a vessel is out of reach for long, and nobody is to blame.
 */
import { z } from 'zod';
import { distanceMetres, type Place, wrapLongitude } from '../../core/geodesy.ts';
import type { Duration } from '../../core/time.ts';
import type { Table } from './table.ts';
import type { Watch } from './watch.ts';

interface Cell {
  /** For how long vessels were followed in it, as a multiple of the silence that is told. */
  followed: number;
  /** How often one of them was lost there, for a while or for good. */
  holes: number;
}

export interface Coverage {
  /** A vessel was heard there for so long. */
  follow(receivers: readonly string[], place: Place, lasting: Duration): void;
  /** A vessel was not heard for a while after this place. */
  lose(receivers: readonly string[], place: Place): void;
  /** Whether one of the receivers surely hears vessels in this place. */
  isHeardAt(receivers: readonly string[], place: Place): boolean;
}

/** About 3 nautical miles. */
const cellDegrees = 0.05;
const maximumCells = 50_000;
/** A place is judged by its cell and those around it: an antenna hears no farther in one of them than in the next. */
const around = [-cellDegrees, 0, cellDegrees] as const;
/** A place so close to another cell may be in that one as well. */
const borders = [-cellDegrees / 4, 0, cellDegrees / 4] as const;
/** Counts are halved there, so that what was learned long ago fades. */
const mostFollowed = 1000;
/** Less than this, in all these cells and in the own one, says nothing: 12 hours and a half with silences of 30 minutes. */
const leastFollowed = 24;
const leastOwnFollowed = 1;
/** With more holes than this a place is at the edge: one in 20 hours. */
const edgeHoles = 1 / 40;

const cellRow = z.object({ followed: z.number(), holes: z.number() });

const columns = Math.round(360 / cellDegrees);

/** Number of the cell. */
export const cellOf = ({ longitude, latitude }: Place): number =>
  Math.floor((latitude + 90) / cellDegrees) * columns + Math.floor((wrapLongitude(longitude) + 180) / cellDegrees);

/** `silence`: after which a vessel is told of. What is learned counts in it, since shorter ones tell of longer ones. */
export const openCoverage = (watch: Watch, silence: Duration): Coverage => {
  const cells: Table<Cell> = watch.openTable<Cell>({
    name: 'coverage',
    keyedBy: 'itself',
    row: cellRow,
    maximum: maximumCells,
  });
  const add = (receivers: readonly string[], place: Place, more: Cell): void => {
    const cell = cellOf(place);
    for (const receiver of receivers) {
      const key = `${receiver}/${cell}`;
      const known = cells.get(key) ?? { followed: 0, holes: 0 };
      known.followed += more.followed;
      known.holes += more.holes;
      if (known.followed > mostFollowed) {
        known.followed /= 2;
        known.holes /= 2;
      }
      cells.put(key, known);
    }
  };
  return {
    follow: (receivers, place, lasting) => add(receivers, place, { followed: lasting / silence, holes: 0 }),
    lose: (receivers, place) => add(receivers, place, { followed: 0, holes: 1 }),
    isHeardAt: (receivers, place) => {
      const cellsBy = (offsets: readonly number[]): readonly number[] =>
        offsets.flatMap(east =>
          offsets.map(north => cellOf({ longitude: place.longitude + east, latitude: place.latitude + north })),
        );
      const [own, near] = [cellsBy(borders), cellsBy(around)];
      return receivers.some(receiver => {
        if (!own.some(name => (cells.get(`${receiver}/${name}`)?.followed ?? 0) >= leastOwnFollowed)) return false;
        const sum: Cell = { followed: 0, holes: 0 };
        for (const name of near) {
          const cell = cells.get(`${receiver}/${name}`);
          sum.followed += cell?.followed ?? 0;
          sum.holes += cell?.holes ?? 0;
        }
        return sum.followed >= leastFollowed && sum.holes <= sum.followed * edgeHoles;
      });
    },
  };
};

/** Places on the way, about one in each cell, both ends included; at most `most` of them. */
export const placesOnWay = (
  from: Place,
  to: Place,
  most: number,
  between: (part: number) => Place,
): readonly Place[] => {
  const steps = Math.min(most, Math.max(1, Math.ceil(distanceMetres(from, to) / 3000)));
  return Array.from({ length: steps + 1 }, (_, index) => between(index / steps));
};
