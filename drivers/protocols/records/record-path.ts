/** Where records stand in a JSON document, list within list, and where a value stands as seen from its record. */
import { type PayloadPath, parsePayloadPath } from './payload-path.ts';

/** From the whole to a list, from each of its elements to the next list, and so on. */
export type RecordsPath = readonly PayloadPath[];

/** A value of the record itself, or of what holds it. */
export interface FieldPath {
  /** How many lists outwards: 0 is the record. */
  readonly up: number;
  readonly path: PayloadPath;
}

/** Beyond these nobody finds a way. */
const mostLevels = 4;

/** `data.positions`, `fleet[].positions`, `[].positions`. Undefined when the text is no such path. */
export const parseRecordsPath = (text: string): RecordsPath | undefined => {
  // A `[]` in quotes belongs to a name.
  const pieces = text.split(/\[\](?=(?:[^"]*"[^"]*")*[^"]*$)/);
  // Behind the last list nothing has to stand.
  const steps = pieces.length > 1 && pieces.at(-1) === '' ? pieces.slice(0, -1) : pieces;
  if (steps.length > mostLevels) return undefined;
  const paths: PayloadPath[] = [];
  for (const [at, step] of steps.entries()) {
    if (at > 0 && !/^[.[]/.test(step)) return undefined;
    const isRoot = at === 0 && step === '' && steps.length > 1;
    const path = isRoot ? [] : parsePayloadPath(at > 0 ? step.replace(/^\./, '') : step);
    if (path === undefined) return undefined;
    paths.push(path);
  }
  return paths;
};

/** `position.lat`; `^.vessel.name` of what holds the list, `^^.provider` of what holds that. Undefined for other text. */
export const parseFieldPath = (text: string): FieldPath | undefined => {
  const [, outwards = '', rest = ''] = /^(\^*)(.*)$/s.exec(text) ?? [];
  if (outwards !== '' && !/^[.[]/.test(rest)) return undefined;
  const path = parsePayloadPath(outwards === '' ? rest : rest.replace(/^\./, ''));
  return path === undefined ? undefined : { up: outwards.length, path };
};
