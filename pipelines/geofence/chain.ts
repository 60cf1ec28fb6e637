/**
 * A line of corners, open or a ring, with a tree of boxes over runs of its edges: whether a ring holds a place, what is
 * nearest and what a way crosses is answered by looking at few of the edges. Pure.
 *
 * Edges are straight in longitude and latitude (RFC 7946 section 3.1.1). Longitudes run on across the antimeridian
 * (179, 180, 181), so whoever asks gives longitudes of the same turn.
 */

export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

export interface Chain {
  readonly longitudes: Float64Array;
  readonly latitudes: Float64Array;
  /** One less than corners; a ring's first corner is its last again. */
  readonly edges: number;
  readonly box: Box;
  /** West, south, east and north of each node; the children of node n are 2n and 2n + 1, the root is 1. */
  readonly boxes: Float64Array;
  /** How many leaves the tree has: a power of 2; each holds `edgesOfLeaf` edges in the order of the chain. */
  readonly leaves: number;
}

const edgesOfLeaf = 8;

/** Needs two corners. */
export const createChain = (corners: readonly (readonly [longitude: number, latitude: number])[]): Chain => {
  const longitudes = Float64Array.from(corners, ([longitude]) => longitude);
  const latitudes = Float64Array.from(corners, ([, latitude]) => latitude);
  const edges = corners.length - 1;
  let leaves = 1;
  while (leaves * edgesOfLeaf < edges) leaves *= 2;
  const boxes = new Float64Array(leaves * 8);
  for (let node = 2 * leaves - 1; node >= 1; node--) {
    let [west, south] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    let [east, north] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (node >= leaves) {
      const first = (node - leaves) * edgesOfLeaf;
      const last = Math.min(first + edgesOfLeaf, edges);
      for (let corner = first; corner <= last && first < edges; corner++) {
        const [x, y] = [at(longitudes, corner), at(latitudes, corner)];
        [west, south] = [Math.min(west, x), Math.min(south, y)];
        [east, north] = [Math.max(east, x), Math.max(north, y)];
      }
    } else
      for (const child of [2 * node, 2 * node + 1]) {
        [west, south] = [Math.min(west, at(boxes, child * 4)), Math.min(south, at(boxes, child * 4 + 1))];
        [east, north] = [Math.max(east, at(boxes, child * 4 + 2)), Math.max(north, at(boxes, child * 4 + 3))];
      }
    boxes.set([west, south, east, north], node * 4);
  }
  const box = { west: at(boxes, 4), south: at(boxes, 5), east: at(boxes, 6), north: at(boxes, 7) };
  return { longitudes, latitudes, edges, box, boxes, leaves };
};

/** Of an array that holds `index`: spares the check of a hot loop. */
export const at = (array: Float64Array, index: number): number => array[index] as number;

/** Twice the area of the triangle: positive when c lies to the left of the way from a to b. */
export const orientation = (ax: number, ay: number, bx: number, by: number, cx: number, cy: number): number =>
  (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);

/** Even-odd rule, whichever way the ring winds; of the places on the ring itself some count and some do not. */
export const isInsideRing = (ring: Chain, x: number, y: number): boolean => countsEast(ring, x, y, 1, 0, ring.leaves);

/** Whether the way from the place to the east crosses an odd number of these leaves' edges. */
const countsEast = (ring: Chain, x: number, y: number, node: number, firstLeaf: number, leaves: number): boolean => {
  const { boxes, latitudes, longitudes, edges } = ring;
  if (x > at(boxes, node * 4 + 2) || y < at(boxes, node * 4 + 1) || y > at(boxes, node * 4 + 3)) return false;
  const first = firstLeaf * edgesOfLeaf;
  const last = Math.min(first + leaves * edgesOfLeaf, edges);
  // All of the run lies east of the place: only where it begins and ends matters.
  if (x < at(boxes, node * 4)) return at(latitudes, first) > y !== at(latitudes, last) > y;
  if (leaves > 1) {
    const half = leaves / 2;
    return (
      countsEast(ring, x, y, 2 * node, firstLeaf, half) !== countsEast(ring, x, y, 2 * node + 1, firstLeaf + half, half)
    );
  }
  let isOdd = false;
  for (let edge = first; edge < last; edge++) {
    const [ay, by] = [at(latitudes, edge), at(latitudes, edge + 1)];
    if (ay > y === by > y) continue;
    const [ax, bx] = [at(longitudes, edge), at(longitudes, edge + 1)];
    if (x < ((bx - ax) * (y - ay)) / (by - ay) + ax) isOdd = !isOdd;
  }
  return isOdd;
};

/** Calls `look` with every edge whose run of edges has a box that meets this one. */
export const eachEdgeNear = (chain: Chain, { west, south, east, north }: Box, look: (edge: number) => void): void => {
  const { boxes, leaves, edges } = chain;
  const descend = (node: number): void => {
    if (at(boxes, node * 4) > east || at(boxes, node * 4 + 2) < west) return;
    if (at(boxes, node * 4 + 1) > north || at(boxes, node * 4 + 3) < south) return;
    if (node < leaves) {
      descend(2 * node);
      descend(2 * node + 1);
      return;
    }
    const first = (node - leaves) * edgesOfLeaf;
    const last = Math.min(first + edgesOfLeaf, edges);
    for (let edge = first; edge < last; edge++) look(edge);
  };
  descend(1);
};

export interface Crossing {
  /** 0–1: which part of the way is behind it. */
  readonly part: number;
  /** To which side of the chain, as its corners follow each other. */
  readonly to: 'left' | 'right';
}

/**
 * Where the straight way from a to b crosses the chain, in the order of the way. A way that ends on the chain crosses it
 * either with this step or with the next, never with both.
 */
export const crossingsOf = (chain: Chain, ax: number, ay: number, bx: number, by: number): readonly Crossing[] => {
  const crossings: Crossing[] = [];
  const box = { west: Math.min(ax, bx), south: Math.min(ay, by), east: Math.max(ax, bx), north: Math.max(ay, by) };
  eachEdgeNear(chain, box, edge => {
    const [cx, cy] = [at(chain.longitudes, edge), at(chain.latitudes, edge)];
    const [dx, dy] = [at(chain.longitudes, edge + 1), at(chain.latitudes, edge + 1)];
    const before = orientation(cx, cy, dx, dy, ax, ay);
    const after = orientation(cx, cy, dx, dy, bx, by);
    if (before > 0 === after > 0) return;
    if (orientation(ax, ay, bx, by, cx, cy) > 0 === orientation(ax, ay, bx, by, dx, dy) > 0) return;
    crossings.push({ part: before / (before - after), to: after > 0 ? 'left' : 'right' });
  });
  return crossings.sort((one, other) => one.part - other.part);
};

export interface Least {
  readonly edge: number;
  readonly cost: number;
}

/**
 * The edge that costs least, and less than `limit`. `boundOf` gives what no edge inside a box costs less than; the tree
 * is descended where that is least first.
 */
export const leastEdge = (
  chain: Chain,
  boundOf: (west: number, south: number, east: number, north: number) => number,
  costOf: (edge: number) => number,
  limit: number,
): Least | undefined => {
  const { boxes, leaves, edges } = chain;
  let best = limit;
  let found: number | undefined;
  const bound = (node: number): number =>
    boundOf(at(boxes, node * 4), at(boxes, node * 4 + 1), at(boxes, node * 4 + 2), at(boxes, node * 4 + 3));
  const descend = (node: number): void => {
    if (node < leaves) {
      const [one, other] = [bound(2 * node), bound(2 * node + 1)];
      const isOneFirst = one <= other;
      if (Math.min(one, other) < best) descend(isOneFirst ? 2 * node : 2 * node + 1);
      if (Math.max(one, other) < best) descend(isOneFirst ? 2 * node + 1 : 2 * node);
      return;
    }
    const first = (node - leaves) * edgesOfLeaf;
    const last = Math.min(first + edgesOfLeaf, edges);
    for (let edge = first; edge < last; edge++) {
      const cost = costOf(edge);
      if (cost < best) [best, found] = [cost, edge];
    }
  };
  if (bound(1) < best) descend(1);
  return found === undefined ? undefined : { edge: found, cost: best };
};
