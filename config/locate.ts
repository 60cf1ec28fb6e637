/** Where in the text of a YAML document a path stands. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Path } from './explain.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

const resolved = (value: unknown, document: Document): Node | undefined => {
  if (!isNode(value)) return undefined;
  return isAlias(value) ? value.resolve(document) : value;
};

/** The place of the deepest part of `path` that is there: a missing key is shown where it should stand. */
export const locate = (document: Document, lines: LineCounter, path: Path, at: 'key' | 'value'): Position => {
  let node = resolved(document.contents, document);
  let offset = node?.range?.[0] ?? 0;
  let valueOffset = offset;
  let isComplete = true;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) {
        isComplete = false;
        break;
      }
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      const value: unknown = pair.value;
      valueOffset = (isNode(value) ? value.range?.[0] : undefined) ?? offset;
      node = resolved(value, document);
    } else if (isSeq(node) && typeof segment === 'number') {
      const item: unknown = node.items[segment];
      offset = (isNode(item) ? item.range?.[0] : undefined) ?? offset;
      valueOffset = offset;
      node = resolved(item, document);
    } else {
      isComplete = false;
      break;
    }
  }
  const { line, col } = lines.linePos(at === 'value' && isComplete ? valueOffset : offset);
  return { line, column: col };
};
