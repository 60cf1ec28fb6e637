/** Which vessels are near a place, without asking all of them: a grid of cells. */
import { metresPerDegree, type Place, wrapLongitude } from '../../core/geodesy.ts';

export interface Grid {
  put(key: string, place: Place): void;
  remove(key: string): void;
  /** Keys of all within the radius and some beyond, in no order to rely on. The grid does not know how old they are. */
  near(place: Place, radiusMetres: number): readonly string[];
}

const radians = Math.PI / 180;

/** Cells are so high and, at the equator, so wide. Beyond `maximum` keys the one put first is forgotten. */
export const createGrid = (cellDegrees: number, maximum: number): Grid => {
  const columns = Math.round(360 / cellDegrees);
  const cells = new Map<number, Set<string>>();
  const cellsOf = new Map<string, number>();
  const rowOf = (latitude: number): number => Math.floor((latitude + 90) / cellDegrees);
  const columnOf = (longitude: number): number =>
    Math.min(columns - 1, Math.floor((wrapLongitude(longitude) + 180) / cellDegrees));

  const remove = (key: string): void => {
    const at = cellsOf.get(key);
    if (at === undefined) return;
    cellsOf.delete(key);
    const cell = cells.get(at);
    cell?.delete(key);
    if (cell?.size === 0) cells.delete(at);
  };

  return {
    put: (key, { longitude, latitude }) => {
      const at = rowOf(latitude) * columns + columnOf(longitude);
      if (cellsOf.get(key) === at) return;
      remove(key);
      cellsOf.set(key, at);
      const cell = cells.get(at);
      if (cell === undefined) cells.set(at, new Set([key]));
      else cell.add(key);
      const oldest = cellsOf.size > maximum ? cellsOf.keys().next().value : undefined;
      if (oldest !== undefined) remove(oldest);
    },
    remove,
    near: ({ longitude, latitude }, radiusMetres) => {
      const reach = radiusMetres / metresPerDegree;
      // Where the circle reaches farthest to the east and west; around a pole it reaches everywhere.
      const sideways =
        Math.abs(latitude) + reach >= 90
          ? 180
          : Math.asin(Math.sin(reach * radians) / Math.cos(latitude * radians)) / radians;
      const found: string[] = [];
      const [from, count] = [
        columnOf(longitude - sideways),
        Math.min(columns, Math.ceil((2 * sideways) / cellDegrees) + 1),
      ];
      for (let row = rowOf(Math.max(-90, latitude - reach)); row <= rowOf(Math.min(90, latitude + reach)); row++)
        for (let step = 0; step < count; step++) {
          const cell = cells.get(row * columns + ((from + step) % columns));
          if (cell !== undefined) for (const key of cell) found.push(key);
        }
      return found;
    },
  };
};
