/** Acknowledgements that must leave in the order in which their messages came, whatever order the work ends in. */
export interface InOrder<T> {
  /** Takes the next place in line. The returned function marks it as done; calling it again does nothing. */
  enter(value: T): () => void;
  /** How many places are taken and not released yet. */
  readonly size: number;
}

/** `release` is called with the done values at the head of the line, in order, as soon as there are any. */
export const createInOrder = <T>(release: (done: readonly T[]) => void): InOrder<T> => {
  const line: { readonly value: T; done: boolean }[] = [];
  return {
    enter: value => {
      const place = { value, done: false };
      line.push(place);
      return () => {
        place.done = true;
        if (line[0] !== place) return;
        const waiting = line.findIndex(other => !other.done);
        const head = line.splice(0, waiting === -1 ? line.length : waiting);
        release(head.map(other => other.value));
      };
    },
    get size() {
      return line.length;
    },
  };
};
