/**
 * Boxes packed into a tree (Leutenegger, Edgington and Lopez, "STR: a simple and efficient algorithm for R-tree packing",
 * ICDE 1997): which of thousands hold a place or meet a box is answered by looking at few of them. Pure.
 */
import type { Box } from './chain.ts';

const childrenOfNode = 16;

interface Node extends Box {
  readonly children: readonly Node[];
  /** Of a leaf: the place of the box in what the index was made of. */
  readonly item: number;
}

export interface BoxIndex {
  readonly root: Node | undefined;
}

const enclose = (children: readonly Node[]): Node => {
  let [west, south] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [east, north] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const child of children) {
    [west, south] = [Math.min(west, child.west), Math.min(south, child.south)];
    [east, north] = [Math.max(east, child.east), Math.max(north, child.north)];
  }
  return { west, south, east, north, children, item: -1 };
};

/** Into strips from west to east, each cut from south to north. */
const pack = (nodes: readonly Node[]): readonly Node[] => {
  const groups = Math.ceil(nodes.length / childrenOfNode);
  const stripLength = Math.ceil(Math.sqrt(groups)) * childrenOfNode;
  const byLongitude = nodes.toSorted((a, b) => a.west + a.east - b.west - b.east);
  const packed: Node[] = [];
  for (let start = 0; start < byLongitude.length; start += stripLength) {
    const strip = byLongitude.slice(start, start + stripLength).sort((a, b) => a.south + a.north - b.south - b.north);
    for (let first = 0; first < strip.length; first += childrenOfNode)
      packed.push(enclose(strip.slice(first, first + childrenOfNode)));
  }
  return packed;
};

export const createBoxIndex = (boxes: readonly Box[]): BoxIndex => {
  let level: readonly Node[] = boxes.map(({ west, south, east, north }, item) => ({
    west,
    south,
    east,
    north,
    children: [],
    item,
  }));
  while (level.length > 1) level = pack(level);
  return { root: level[0] };
};

/** Calls `look` with the number of every box that meets this one. */
export const eachBoxNear = ({ root }: BoxIndex, near: Box, look: (item: number) => void): void => {
  if (root !== undefined) descend(root, near.west, near.south, near.east, near.north, look);
};

const descend = (
  node: Node,
  west: number,
  south: number,
  east: number,
  north: number,
  look: (item: number) => void,
): void => {
  if (node.west > east || node.east < west || node.south > north || node.north < south) return;
  if (node.item >= 0) look(node.item);
  else for (const child of node.children) descend(child, west, south, east, north, look);
};
