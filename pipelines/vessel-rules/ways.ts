/**
 * The ways that vessels usually take, learned from those that passed: in the bend of a channel nobody keeps his course.
 * A way is one for both directions, so that whoever comes in teaches where others will go out.
 */
import { z } from 'zod';
import { type Moving, metresPerDegree, metresPerSecondPerKnot, type Place, wrapLongitude } from '../../core/geodesy.ts';
import type { Path } from './path.ts';
import type { Table } from './table.ts';
import type { Watch } from './watch.ts';

export interface Ways {
  /** A vessel came from one place to another. */
  learn(from: Place | undefined, moving: Moving): void;
  /** Where a vessel will be that keeps its speed and follows the way that it is on; straight ahead where it is on none. */
  ahead(moving: Moving, stepSeconds: number, steps: number): Path;
}

/** About 78 m: a passage counts once in each. */
const cellDegrees = 0.0007;
const maximumCells = 20_000;
/** Ways that cross each other are kept apart by their axes, which are of 180 degrees. */
const sectors = 4;
/** Passages that make a way, counted around a place, and in one cell those at which they are halved, so that old ways fade. */
const leastPassages = 2;
const mostPassages = 100;
/** Cells count by how near their middle is, in each direction: none beyond this, in cells. */
const spread = 1.5;
const neighbors = [-1, 0, 1] as const;
/** A way at a greater angle than 50 degrees is another one: the square of the cosine of twice the angle. */
const sameWaySquare = Math.cos((100 * Math.PI) / 180) ** 2;
/** So far at least the courses on a way agree: 1 all of them, 0 none. */
const leastAgreement = 0.75;
/** Whoever heads more than this off the way does not follow it. */
const followingDegrees = 12;

const radians = Math.PI / 180;

/** By sector three numbers: passages, and the sum of the vectors of twice their courses. */
type Cell = number[];
const cellRow = z.array(z.number()).length(3 * sectors);

const columnOf = (longitude: number): number => (wrapLongitude(longitude) + 180) / cellDegrees;
const rowOf = (latitude: number): number => (latitude + 90) / cellDegrees;
const keyOf = (column: number, row: number): string => `${Math.floor(column)}/${Math.floor(row)}`;
const cellAt = ({ longitude, latitude }: Place): string => keyOf(columnOf(longitude), rowOf(latitude));

/** -180–180. */
const turnBetween = (from: number, to: number): number => ((((to - from) % 360) + 540) % 360) - 180;

export const openWays = (watch: Watch): Ways => {
  const cells: Table<Cell> = watch.openTable<Cell>({
    name: 'way',
    keyedBy: 'itself',
    row: cellRow,
    maximum: maximumCells,
  });

  /** The cells about one, row by row: of the place that was asked for last, since the next one is mostly beside it. */
  const around: (Cell | undefined)[] = [];
  let [aroundColumn, aroundRow] = [Number.NaN, Number.NaN];
  const look = (column: number, row: number): void => {
    if (column === aroundColumn && row === aroundRow) return;
    [aroundColumn, aroundRow] = [column, row];
    let index = 0;
    for (const north of neighbors)
      for (const east of neighbors) around[index++] = cells.get(keyOf(column + east, row + north));
  };

  /** Course of the way there that leads most nearly to `heading`; undefined where there is none. */
  const usualCourse = (longitude: number, latitude: number, heading: number): number | undefined => {
    const [column, row] = [columnOf(longitude), rowOf(latitude)];
    look(Math.floor(column), Math.floor(row));
    const [cos, sin] = [Math.cos(2 * heading * radians), Math.sin(2 * heading * radians)];
    const [offEast, offNorth] = [column - Math.floor(column) - 0.5, row - Math.floor(row) - 0.5];
    let [passages, x, y] = [0, 0, 0];
    let index = 0;
    for (const north of neighbors) {
      const byNorth = Math.max(0, 1 - Math.abs(north - offNorth) / spread);
      for (const east of neighbors) {
        const cell = around[index++];
        if (cell === undefined) continue;
        const weight = byNorth * Math.max(0, 1 - Math.abs(east - offEast) / spread);
        for (let at = 0; at < cell.length; at += 3) {
          const [count = 0, alongX = 0, alongY = 0] = [cell[at], cell[at + 1], cell[at + 2]];
          if (count === 0) continue;
          const along = alongX * cos + alongY * sin;
          if (along < 0 && along * along > sameWaySquare * (alongX * alongX + alongY * alongY)) continue;
          passages += weight * count;
          x += weight * alongX;
          y += weight * alongY;
        }
      }
    }
    if (passages < leastPassages || x * x + y * y < (leastAgreement * passages) ** 2) return undefined;
    const axis = Math.atan2(y, x) / radians / 2;
    return Math.abs(turnBetween(axis, heading)) <= 90 ? axis : axis + 180;
  };

  return {
    learn: (from, moving) => {
      const key = cellAt(moving);
      if (from !== undefined && cellAt(from) === key) return;
      const known = cells.get(key);
      const cell = known ?? Array.from({ length: 3 * sectors }, () => 0);
      const sector = Math.round(((moving.cogDegrees % 180) / 180) * sectors) % sectors;
      const double = 2 * moving.cogDegrees * radians;
      const at = 3 * sector;
      const part = (cell[at] ?? 0) < mostPassages ? 1 : 0.5;
      for (const [index, value] of [1, Math.cos(double), Math.sin(double)].entries())
        cell[at + index] = ((cell[at + index] ?? 0) + value) * part;
      if (known === undefined) {
        cells.put(key, cell);
        aroundColumn = Number.NaN;
      } else cells.touch(key);
    },
    ahead: ({ longitude, latitude, sogKnots, cogDegrees }, stepSeconds, steps) => {
      const longitudes = new Float64Array(steps + 1);
      const latitudes = new Float64Array(steps + 1);
      const stepDegrees = (sogKnots * metresPerSecondPerKnot * stepSeconds) / metresPerDegree;
      const scale = Math.max(Math.cos(latitude * radians), 1e-6);
      let [east, north, course] = [longitude, latitude, cogDegrees];
      let follows: boolean | undefined;
      for (let step = 0; ; step++) {
        longitudes[step] = east;
        latitudes[step] = north;
        if (step === steps) return { longitudes, latitudes };
        const usual = follows === false ? undefined : usualCourse(east, north, course);
        if (usual !== undefined) {
          follows ??= Math.abs(turnBetween(usual, course)) <= followingDegrees;
          if (follows) course = usual;
        }
        east += (stepDegrees * Math.sin(course * radians)) / scale;
        north += stepDegrees * Math.cos(course * radians);
      }
    },
  };
};
