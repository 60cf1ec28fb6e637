/** Edits (insert, delete, replace, swap of neighbors) that turn one text into the other. */
const distance = (from: string, to: string): number => {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const cost = Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1);
      const swaps = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      current[j] = swaps ? Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1) : cost;
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
};

/** What somebody who wrote `word` probably meant, or undefined when nothing is near. For "did you mean" only. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  // A longer text is no slip of a finger, and comparing it would cost time for nothing.
  if (word.length > 64) return undefined;
  const comparable = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const ranked = known
    .map(name => ({ name, edits: distance(comparable(word), comparable(name)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const [best] = ranked;
  if (best === undefined || best.name.length < 3) return undefined;
  return best.edits <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined;
};
