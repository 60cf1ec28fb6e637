/**
 * Boxes in a tree, halved at the median along their longer extent: which of thousands hold a place or meet a box is
 * answered by looking at few of them. Pure.
 */
import { at, type Box } from './chain.ts';

export interface BoxIndex {
  /** Around all of them; undefined when there are none. */
  readonly box: Box | undefined;
  /**
   * West, south, east and north of each node; the children of node n are 2n and 2n + 1, the root is 1. Side by side in
   * memory: a tree of objects was three times as slow among 1250 boxes.
   */
  readonly boxes: Float64Array;
  /** By leaf: the place of its box in what the index was made of. */
  readonly items: Int32Array;
}

const nothing: Box = {
  west: Number.POSITIVE_INFINITY,
  south: Number.POSITIVE_INFINITY,
  east: Number.NEGATIVE_INFINITY,
  north: Number.NEGATIVE_INFINITY,
};

const enclose = (one: Box, other: Box): Box => ({
  west: Math.min(one.west, other.west),
  south: Math.min(one.south, other.south),
  east: Math.max(one.east, other.east),
  north: Math.max(one.north, other.north),
});

export const createBoxIndex = (given: readonly Box[]): BoxIndex => {
  let leaves = 1;
  while (leaves < given.length) leaves *= 2;
  const boxes = new Float64Array(leaves * 8);
  const items = new Int32Array(leaves);

  /** Gives a node these boxes, one to each leaf below it; a leaf without one meets nothing. */
  const place = (node: number, held: readonly (readonly [box: Box, item: number])[]): Box => {
    let box = nothing;
    for (const [other] of held) box = enclose(box, other);
    boxes.set([box.west, box.south, box.east, box.north], node * 4);
    if (node >= leaves) {
      items[node - leaves] = held[0]?.[1] ?? -1;
      return box;
    }
    const isWide = box.east - box.west > box.north - box.south;
    const sorted = held.toSorted(([a], [b]) =>
      isWide ? a.west + a.east - b.west - b.east : a.south + a.north - b.south - b.north,
    );
    const half = Math.ceil(sorted.length / 2);
    place(2 * node, sorted.slice(0, half));
    place(2 * node + 1, sorted.slice(half));
    return box;
  };
  const box = place(
    1,
    given.map((own, item) => [own, item] as const),
  );
  return { box: given.length === 0 ? undefined : box, boxes, items };
};

/** Calls `look` with the number of every box that meets this one. */
export const eachBoxNear = (index: BoxIndex, near: Box, look: (item: number) => void): void => {
  if (index.box !== undefined) descend(index, 1, near.west, near.south, near.east, near.north, look);
};

const descend = (
  index: BoxIndex,
  node: number,
  west: number,
  south: number,
  east: number,
  north: number,
  look: (item: number) => void,
): void => {
  const { boxes, items } = index;
  if (at(boxes, node * 4) > east || at(boxes, node * 4 + 2) < west) return;
  if (at(boxes, node * 4 + 1) > north || at(boxes, node * 4 + 3) < south) return;
  if (node >= items.length) {
    look(items[node - items.length] as number);
    return;
  }
  descend(index, 2 * node, west, south, east, north, look);
  descend(index, 2 * node + 1, west, south, east, north, look);
};
