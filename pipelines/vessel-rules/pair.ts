/** Two vessels as one subject: the same name whichever of them speaks, and a table of those that have to do with each other. */
import type { Table, TableSpec } from './table.ts';
import type { Watch } from './watch.ts';

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

/** The vessels that a key names: a pair's two, or the one. */
export const vesselsOf = (key: string): readonly string[] => key.split('|');

/** The same key with a vessel under another name; undefined when the two of a pair turn out to be one vessel. */
export const renamedIn = (key: string, from: string, to: string): string | undefined => {
  const [first = '', second] = vesselsOf(key).map(vessel => (vessel === from ? to : vessel));
  if (second === undefined) return first;
  return first === second ? undefined : pairOf(first, second).key;
};

export interface Pairs<Row> extends Pick<Table<Row>, 'touch' | 'entries'> {
  get(pair: Pair): Row | undefined;
  begin(pair: Pair, row: Row): void;
  end(pair: Pair): void;
  /** Keys of the vessels that it has to do with, in an order that a restart does not change. */
  partnersOf(vessel: string): readonly string[];
  /** A vessel has another key now: its pairs go on under that one. */
  rename(from: string, to: string): void;
}

export const openPairs = <Row>(watch: Watch, spec: Omit<TableSpec<Row>, 'keyedBy'>): Pairs<Row> => {
  const table = watch.openTable<Row>({ ...spec, keyedBy: 'itself' });
  const partners = new Map<string, Set<string>>();
  const join = (one: string, other: string): void => {
    const known = partners.get(one);
    if (known === undefined) partners.set(one, new Set([other]));
    else known.add(other);
  };
  const leave = (one: string, other: string): void => {
    const known = partners.get(one);
    known?.delete(other);
    if (known?.size === 0) partners.delete(one);
  };
  const begin = (pair: Pair, row: Row): void => {
    table.put(pair.key, row);
    join(pair.first, pair.second);
    join(pair.second, pair.first);
  };
  const end = ({ key, first, second }: Pair): void => {
    table.delete(key);
    leave(first, second);
    leave(second, first);
  };
  const partnersOf = (vessel: string): readonly string[] => [...(partners.get(vessel) ?? [])].sort();
  for (const [key] of table.entries()) {
    const { first, second } = toPair(key);
    join(first, second);
    join(second, first);
  }
  return {
    get: ({ key }) => table.get(key),
    begin,
    end,
    touch: table.touch,
    entries: table.entries,
    partnersOf,
    rename: (from, to) => {
      for (const other of partnersOf(from)) {
        const pair = pairOf(from, other);
        const row = table.get(pair.key);
        end(pair);
        const key = renamedIn(pair.key, from, to);
        if (row === undefined || key === undefined || table.get(key) !== undefined) continue;
        begin(toPair(key), row);
        // What was raised of the pair was told, and stands under the new key at once.
        table.saveNow(key);
      }
    },
  };
};
