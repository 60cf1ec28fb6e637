/**
 * Whether the rings of a polygon are simple, as OGC 06-103r4 (Simple Feature Access) section 6.1.11.1 asks of them: no
 * ring touches or crosses itself, and two rings touch in single places at most. Pure.
 */
import { createBoxIndex, eachBoxNear } from './box-index.ts';
import { at, type Box, type Chain, eachEdgeNear, orientation } from './chain.ts';

export interface Conflict {
  readonly ring: number;
  readonly edge: number;
  readonly otherRing: number;
  readonly otherEdge: number;
}

/** Pairs of edges that are compared at most: some two seconds; a coast of 100 000 corners takes 5 millions. */
const maximumComparisons = 20_000_000;

type Meeting = 'apart' | 'touching' | 'crossing' | 'overlapping';

const boxOfEdge = ({ longitudes, latitudes }: Chain, edge: number): Box => {
  const [ax, ay] = [at(longitudes, edge), at(latitudes, edge)];
  const [bx, by] = [at(longitudes, edge + 1), at(latitudes, edge + 1)];
  return { west: Math.min(ax, bx), south: Math.min(ay, by), east: Math.max(ax, bx), north: Math.max(ay, by) };
};

/** How far two intervals overlap: 0 when they touch, negative when they are apart. */
const overlapOf = (a: number, b: number, c: number, d: number): number =>
  Math.min(Math.max(a, b), Math.max(c, d)) - Math.max(Math.min(a, b), Math.min(c, d));

const meetingOf = (one: Chain, edge: number, other: Chain, otherEdge: number): Meeting => {
  const [ax, ay] = [at(one.longitudes, edge), at(one.latitudes, edge)];
  const [bx, by] = [at(one.longitudes, edge + 1), at(one.latitudes, edge + 1)];
  const [cx, cy] = [at(other.longitudes, otherEdge), at(other.latitudes, otherEdge)];
  const [dx, dy] = [at(other.longitudes, otherEdge + 1), at(other.latitudes, otherEdge + 1)];
  const east = overlapOf(ax, bx, cx, dx);
  const north = overlapOf(ay, by, cy, dy);
  if (east < 0 || north < 0) return 'apart';
  const [a, b] = [Math.sign(orientation(cx, cy, dx, dy, ax, ay)), Math.sign(orientation(cx, cy, dx, dy, bx, by))];
  const [c, d] = [Math.sign(orientation(ax, ay, bx, by, cx, cy)), Math.sign(orientation(ax, ay, bx, by, dx, dy))];
  if (a === 0 && b === 0) return Math.max(east, north) > 0 ? 'overlapping' : 'touching';
  if (a * b > 0 || c * d > 0) return 'apart';
  return a * b < 0 && c * d < 0 ? 'crossing' : 'touching';
};

const areNeighbors = (edge: number, otherEdge: number, edges: number): boolean => {
  const apart = Math.abs(edge - otherEdge);
  return apart === 1 || apart === edges - 1;
};

/**
 * The first place where the rings are not simple; `undecided` when so many sides lie close to each other that finding
 * out would take too long.
 */
export const findConflict = (rings: readonly Chain[]): Conflict | 'undecided' | undefined => {
  const index = createBoxIndex(rings.map(({ box }) => box));
  let comparisons = 0;
  let found: Conflict | undefined;
  const isOver = (): boolean => found !== undefined || comparisons > maximumComparisons;

  const compare = (ring: number, edge: number, otherRing: number, otherEdge: number): void => {
    const [one, other] = [rings[ring], rings[otherRing]];
    if (isOver() || one === undefined || other === undefined) return;
    comparisons++;
    const meeting = meetingOf(one, edge, other, otherEdge);
    const isTouchAllowed = ring !== otherRing || areNeighbors(edge, otherEdge, one.edges);
    if (meeting === 'apart' || (meeting === 'touching' && isTouchAllowed)) return;
    found = { ring, edge, otherRing, otherEdge };
  };

  for (const [ring, chain] of rings.entries())
    eachBoxNear(index, chain.box, otherRing => {
      const other = rings[otherRing];
      if (otherRing < ring || other === undefined) return;
      for (let edge = 0; edge < chain.edges && !isOver(); edge++)
        eachEdgeNear(other, boxOfEdge(chain, edge), otherEdge => {
          if (otherRing !== ring || otherEdge > edge) compare(ring, edge, otherRing, otherEdge);
        });
    });
  return found ?? (comparisons > maximumComparisons ? 'undecided' : undefined);
};
