/** Two vessels as one subject: the same name whichever of them speaks. */

export interface Pair {
  readonly key: string;
  /** Of the two the first in the order of the alphabet: the one that events are about. */
  readonly first: string;
  readonly second: string;
}

export const pairOf = (one: string, other: string): Pair =>
  one < other
    ? { key: `${one}|${other}`, first: one, second: other }
    : { key: `${other}|${one}`, first: other, second: one };

export const toPair = (key: string): Pair => {
  const [first = '', second = ''] = key.split('|');
  return { key, first, second };
};
