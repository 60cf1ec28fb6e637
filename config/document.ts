/** A YAML text as plain values, which nobody has checked yet, and the place where each of them stands. */
import { LineCounter, parseDocument } from 'yaml';
import type { Finding } from './explain.ts';
import { locate, type Position } from './locate.ts';

export interface Broken extends Position {
  readonly message: string;
  readonly advice: string;
}

export type Reading =
  | { readonly kind: 'values'; readonly root: unknown }
  /** It is no YAML. */
  | { readonly kind: 'broken'; readonly faults: readonly Broken[] };

/** What of a finding says where it is. */
export type Place = Pick<Finding, 'path' | 'at'>;

export interface ConfigDocument {
  readonly reading: Reading;
  positionOf(place: Place): Position;
}

const start: Position = { line: 1, column: 1 };

export const parseText = (text: string): ConfigDocument => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }): Broken => {
    const { line, col } = lines.linePos(pos[0]);
    if (code === 'MULTIPLE_DOCS') {
      const advice = 'Keep one document: take out the line "---".';
      return { line, column: col, message: 'a second document begins here', advice };
    }
    return { line, column: col, message, advice: 'Mend the YAML: look at the indentation and the quotes.' };
  });
  if (faults.length > 0) return { reading: { kind: 'broken', faults }, positionOf: () => start };
  try {
    const root: unknown = document.toJS({ maxAliasCount: 100 });
    return {
      reading: { kind: 'values', root },
      positionOf: ({ path, at }) => locate(document, lines, path, at),
    };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const advice = 'Write out what the aliases (*name) stand for.';
    return { reading: { kind: 'broken', faults: [{ ...start, message, advice }] }, positionOf: () => start };
  }
};
