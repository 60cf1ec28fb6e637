/** What one line of the benchmark is: a figure of ours beside a peer's, measured in the same run. */

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** `long`: as the goal says, however long that takes to prepare. */
export type Extent = 'short' | 'long';

export interface Preparation {
  /** An empty folder of this row, on a real disk, removed after it. */
  readonly folder: string;
  readonly extent: Extent;
  /** A progress line on standard error. */
  readonly report: (line: string) => void;
}

/** A row that is ready to be measured. Each call is one round and gives one figure in the row's unit. */
export interface Contest {
  ours(): Promise<number>;
  /** The same work by the peer. Absent where the row has none. */
  peer?(): Promise<number>;
  /** Called once at the end, also after a failure. */
  close?(): Promise<void>;
}

/** One file `bench/rows/<name>.ts` exports one as `row`. */
export interface BenchRow {
  /** The file's name. */
  readonly name: string;
  /** What is measured, in one sentence: which work, on which input. */
  readonly summary: string;
  /** Of both figures: `messages/s`, `ms`, `MB`. */
  readonly unit: string;
  /** Who it is measured against. */
  readonly peer?: string;
  /** `ratio` is ours ÷ peer's; `value` is for ours alone. All given bounds must hold. */
  readonly goal: { readonly ratio?: Bound; readonly value?: Bound };
  /** Measured rounds of each side, in alternation, after one that is not counted. 5 when absent. */
  readonly rounds?: number;
  /** Why it cannot be measured on this machine (a program that is not installed), or undefined. */
  readonly missing?: () => string | undefined;
  readonly prepare: (preparation: Preparation) => Promise<Contest>;
}
