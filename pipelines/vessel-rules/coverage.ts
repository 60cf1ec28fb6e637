/**
 * Where a receiver hears vessels, learned from what it heard: passages of vessels by cells of the sea, and how many of
 * them ended in silence there. At the edge of coverage vessels fall silent all the time, and nobody is to blame.
 */
import { z } from 'zod';
import { distanceMetres, type Place, wrapLongitude } from '../../core/geodesy.ts';
import type { Table } from './table.ts';
import type { Watch } from './watch.ts';

interface Cell {
  /** Vessels that came into it. */
  passages: number;
  /** Those of them that were not heard any more from there on, though they were heard again later or never. */
  losses: number;
}

export interface Coverage {
  /** A vessel came into another cell. */
  enter(receivers: readonly string[], place: Place): void;
  /** A vessel was not heard any more after this place. */
  lose(receivers: readonly string[], place: Place): void;
  /** Whether one of the receivers surely hears vessels in this place. */
  isHeardAt(receivers: readonly string[], place: Place): boolean;
}

/** About 3 nautical miles. */
const cellDegrees = 0.05;
const maximumCells = 50_000;
/** A place so close to another cell may be in that one as well. */
const borders = [0, -cellDegrees / 4, cellDegrees / 4] as const;
/** Counts are halved there, so that what was learned long ago fades. */
const mostPassages = 128;
/** Fewer passages than these say nothing. */
const leastPassages = 3;
/** Share of passages that ended in silence, from which on the cell is at the edge. */
const edgeShare = 0.2;

const cellRow = z.object({ passages: z.number(), losses: z.number() });

const columns = Math.round(360 / cellDegrees);

/** Number of the cell. */
export const cellOf = ({ longitude, latitude }: Place): number =>
  Math.floor((latitude + 90) / cellDegrees) * columns + Math.floor((wrapLongitude(longitude) + 180) / cellDegrees);

export const openCoverage = (watch: Watch): Coverage => {
  const cells: Table<Cell> = watch.openTable<Cell>({
    name: 'coverage',
    keyedBy: 'itself',
    row: cellRow,
    maximum: maximumCells,
  });
  const count = (receivers: readonly string[], place: Place, what: keyof Cell): void => {
    const cell = cellOf(place);
    for (const receiver of receivers) {
      const key = `${receiver}/${cell}`;
      const known = cells.get(key) ?? { passages: 0, losses: 0 };
      known[what]++;
      if (known.passages > mostPassages) {
        known.passages /= 2;
        known.losses /= 2;
      }
      cells.put(key, known);
    }
  };
  return {
    enter: (receivers, place) => count(receivers, place, 'passages'),
    lose: (receivers, place) => count(receivers, place, 'losses'),
    isHeardAt: (receivers, place) => {
      const names = new Set(
        borders.flatMap(east =>
          borders.map(north => cellOf({ longitude: place.longitude + east, latitude: place.latitude + north })),
        ),
      );
      return receivers.some(receiver =>
        [...names].some(name => {
          const cell = cells.get(`${receiver}/${name}`);
          return cell !== undefined && cell.passages >= leastPassages && cell.losses <= cell.passages * edgeShare;
        }),
      );
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
