/** A bounded map that knows which of its rows are to be saved: the state of the rules is made of these. */
import type { z } from 'zod';
import type { ClockShift } from '../../core/time.ts';

export interface TableSpec<Row> {
  /** Begins the keys under which rows are saved: `<name>/<key>`. */
  readonly name: string;
  readonly row: z.ZodType<Row>;
  /** Beyond these the row not touched longest is forgotten. */
  readonly maximum: number;
  /** Moves the instants in a row that the gateway's clock gave. */
  readonly shift?: (row: Row, shift: ClockShift) => void;
}

/** Rows belong to the table and are changed in place; `touch` says that one was. */
export interface Table<Row> {
  readonly size: number;
  get(key: string): Row | undefined;
  put(key: string, row: Row): void;
  /** The row changed: it is saved with the next checkpoint. */
  touch(key: string): void;
  /** The row explains an output, or holds what was swallowed: it is saved in the same transaction. */
  saveNow(key: string): void;
  delete(key: string): void;
  entries(): IterableIterator<[string, Row]>;
}

export interface Tables {
  open<Row>(spec: TableSpec<Row>): Table<Row>;
  /** What is to be saved with this output. */
  takeUrgent(): Map<string, Uint8Array | undefined>;
  /** All that changed since it was last saved. */
  takeChanged(): Map<string, Uint8Array | undefined>;
  shift(shift: ClockShift): void;
}

const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Rows whose form is not known any more are left out. */
export const createTables = (saved: ReadonlyMap<string, Uint8Array>): Tables => {
  const rowOf = new Map<string, (key: string) => unknown>();
  const shifts: ((shift: ClockShift) => void)[] = [];
  const changed = new Set<string>();
  const urgent = new Set<string>();
  const savedOf = Map.groupBy(saved, ([key]) => key.slice(0, key.indexOf('/')));

  const take = (keys: Set<string>): Map<string, Uint8Array | undefined> => {
    const taken = new Map<string, Uint8Array | undefined>();
    for (const key of keys) {
      const slash = key.indexOf('/');
      const row = rowOf.get(key.slice(0, slash))?.(key.slice(slash + 1));
      taken.set(key, row === undefined ? undefined : encode(row));
      changed.delete(key);
      urgent.delete(key);
    }
    return taken;
  };

  return {
    open: ({ name, row: schema, maximum, shift }) => {
      const rows = new Map<string, ReturnType<typeof schema.parse>>();
      for (const [key, bytes] of savedOf.get(name) ?? []) {
        const row = schema.safeParse(JSON.parse(decoder.decode(bytes)));
        if (row.success) rows.set(key.slice(name.length + 1), row.data);
      }
      rowOf.set(name, key => rows.get(key));
      const forget = (key: string): void => {
        if (rows.delete(key)) urgent.add(`${name}/${key}`);
      };
      if (shift !== undefined)
        shifts.push(by => {
          for (const [key, row] of rows) {
            shift(row, by);
            changed.add(`${name}/${key}`);
          }
        });
      return {
        get size() {
          return rows.size;
        },
        get: key => rows.get(key),
        put: (key, row) => {
          rows.delete(key);
          rows.set(key, row);
          changed.add(`${name}/${key}`);
          if (rows.size <= maximum) return;
          const oldest = rows.keys().next().value;
          if (oldest !== undefined) forget(oldest);
        },
        touch: key => changed.add(`${name}/${key}`),
        saveNow: key => urgent.add(`${name}/${key}`),
        delete: forget,
        entries: () => rows.entries(),
      };
    },
    takeUrgent: () => take(urgent),
    takeChanged: () => {
      for (const key of urgent) changed.add(key);
      return take(changed);
    },
    shift: by => {
      for (const move of shifts) move(by);
    },
  };
};
