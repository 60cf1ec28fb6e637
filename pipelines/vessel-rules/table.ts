/** A bounded map that knows which of its rows are to be saved: the state of the rules is made of these. */
import type { z } from 'zod';
import type { ClockShift } from '../../core/time.ts';

export interface TableSpec<Row> {
  /** Begins the keys under which rows are saved: `<name>/<key>`. */
  readonly name: string;
  readonly row: z.ZodType<Row>;
  /** Beyond these the row not touched longest is forgotten. */
  readonly maximum: number;
  /**
   * `vessel`, `station`: where a vessel has another key, its row goes on under that one. `vessel`: rows of vessels that are
   * not known any more are swept away; of a station no vessel need be known.
   */
  readonly keyedBy: 'vessel' | 'station' | 'itself';
  /** Where two turn out to be one and both have a row: which of them stands; that of the new key when absent. */
  readonly choose?: (former: Row, own: Row) => Row;
  /** Moves the instants in a row that the gateway's clock gave. */
  readonly shift?: (row: Row, shift: ClockShift) => void;
}

/** Rows belong to the table and are changed in place; `touch` says that one was. */
export interface Table<Row> {
  readonly size: number;
  get(key: string): Row | undefined;
  /** A new row, or another one in place of the one that is there. */
  put(key: string, row: Row): void;
  /** The row changed in place: it is saved with the next checkpoint, and counts as touched. */
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
  /** What changed since it was last saved, those that wait longest first: about `mostBytes` of it. */
  takeChanged(mostBytes: number): Map<string, Uint8Array | undefined>;
  shift(shift: ClockShift): void;
  /** A vessel has another key now: its rows go on under that one. */
  rename(from: string, to: string): void;
  /** Forgets the rows of vessels that are not known any more. */
  sweep(isKnown: (vessel: string) => boolean): void;
}

const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Rows whose form is not known any more are left out. */
export const createTables = (saved: ReadonlyMap<string, Uint8Array>): Tables => {
  const rowOf = new Map<string, (key: string) => unknown>();
  const shifts: ((shift: ClockShift) => void)[] = [];
  const renames: ((from: string, to: string) => void)[] = [];
  const sweeps: ((isKnown: (vessel: string) => boolean) => void)[] = [];
  /** By table. */
  const changed = new Map<string, Set<string>>();
  const urgent = new Map<string, Set<string>>();
  const savedOf = Map.groupBy(saved, ([key]) => key.slice(0, key.indexOf('/')));

  /** One row for each table in turn, so that none waits for ever behind a larger one. */
  const take = (
    keys: ReadonlyMap<string, Set<string>>,
    mostBytes = Number.POSITIVE_INFINITY,
  ): Map<string, Uint8Array | undefined> => {
    const taken = new Map<string, Uint8Array | undefined>();
    // To begin anew at the front of a set steps over everything that was deleted there.
    const waiting: { readonly name: string; readonly own: Set<string>; readonly next: Iterator<string> }[] = [];
    for (const [name, own] of keys) if (own.size > 0) waiting.push({ name, own, next: own.values() });
    let bytes = 0;
    let before = -1;
    while (bytes < mostBytes && taken.size !== before) {
      before = taken.size;
      for (const { name, own, next } of waiting) {
        const { value: key, done } = next.next();
        if (done) continue;
        const row = rowOf.get(name)?.(key);
        const value = row === undefined ? undefined : encode(row);
        bytes += value?.length ?? 0;
        taken.set(`${name}/${key}`, value);
        own.delete(key);
        changed.get(name)?.delete(key);
      }
    }
    return taken;
  };

  return {
    open: ({ name, row: schema, maximum, keyedBy, choose, shift }) => {
      const crowded = maximum * 0.9;
      const rows = new Map<string, ReturnType<typeof schema.parse>>();
      for (const [key, bytes] of savedOf.get(name) ?? []) {
        const row = schema.safeParse(JSON.parse(decoder.decode(bytes)));
        if (row.success) rows.set(key.slice(name.length + 1), row.data);
      }
      rowOf.set(name, key => rows.get(key));
      const [touched, pressing] = [new Set<string>(), new Set<string>()];
      changed.set(name, touched);
      urgent.set(name, pressing);
      const forget = (key: string): void => {
        if (rows.delete(key)) pressing.add(key);
      };
      if (shift !== undefined)
        shifts.push(by => {
          for (const [key, row] of rows) {
            shift(row, by);
            touched.add(key);
          }
        });
      if (keyedBy === 'vessel')
        sweeps.push(isKnown => {
          for (const key of rows.keys()) if (!isKnown(key)) forget(key);
        });
      if (keyedBy !== 'itself')
        renames.push((from, to) => {
          const row = rows.get(from);
          if (row === undefined) return;
          forget(from);
          const own = rows.get(to);
          if (own !== undefined && choose?.(row, own) !== row) return;
          rows.set(to, row);
          pressing.add(to);
        });
      return {
        get size() {
          return rows.size;
        },
        get: key => rows.get(key),
        put: (key, row) => {
          rows.delete(key);
          rows.set(key, row);
          touched.add(key);
          if (rows.size <= maximum) return;
          const oldest = rows.keys().next().value;
          if (oldest !== undefined) forget(oldest);
        },
        touch: key => {
          touched.add(key);
          // To be moved to the end costs more than all the rest, and counts only when somebody has to go.
          if (rows.size < crowded) return;
          const row = rows.get(key);
          if (row === undefined) return;
          rows.delete(key);
          rows.set(key, row);
        },
        saveNow: key => pressing.add(key),
        delete: forget,
        entries: () => rows.entries(),
      };
    },
    takeUrgent: () => take(urgent),
    takeChanged: mostBytes => {
      const saved = take(urgent);
      for (const [key, value] of take(changed, mostBytes)) saved.set(key, value);
      return saved;
    },
    shift: by => {
      for (const move of shifts) move(by);
    },
    rename: (from, to) => {
      for (const rename of renames) rename(from, to);
    },
    sweep: isKnown => {
      for (const sweep of sweeps) sweep(isKnown);
    },
  };
};
