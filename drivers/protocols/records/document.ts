/** Whole documents, JSON or CSV → their records, as values found at a place that the configuration names. */
import { type CsvSeparator, parseCsv } from '../../../core/csv.ts';
import { valueAt } from './payload-path.ts';
import { parseFieldPath, parseRecordsPath, type RecordsPath } from './record-path.ts';

/** Reads the value of one record that stands at a place; undefined where there is none. */
export type ReadPlace = (record: unknown) => unknown;

export type RecordsFault =
  /** No UTF-8, or no JSON. */
  | 'not-json'
  /** Nothing, or no list or object, where the records should stand. */
  | 'no-records'
  /** The table lacks a column without which no record is any good. */
  | 'no-column';

export type RecordsReading =
  | {
      readonly kind: 'records';
      readonly records: readonly unknown[];
      /** Lines that could not be read. */
      readonly broken: number;
      /** For a place as the configuration writes it. */
      readonly at: (place: string) => ReadPlace;
    }
  | { readonly kind: 'malformed'; readonly reason: RecordsFault };

export interface JsonForm {
  readonly format: 'json';
  /** Where the records stand, list within list; undefined when the document is the list, or the one record. */
  readonly records: string | undefined;
}

export interface CsvForm {
  readonly format: 'csv';
  /** Found out from the first line when undefined. */
  readonly separator: CsvSeparator | undefined;
  readonly header: 'present' | 'absent';
}

export type DocumentForm = JsonForm | CsvForm;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8, or what the byte order mark says; a spreadsheet's "Unicode text" is UTF-16. Undefined when it is none. */
const toText = (bytes: Uint8Array): string | undefined => {
  try {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le', { fatal: true }).decode(bytes);
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const parseJson = (text: string | undefined): { readonly value: unknown } | undefined => {
  try {
    return text === undefined ? undefined : { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
};

/** A record, what holds its list, and what holds that. */
type Nested = readonly unknown[];

/** Undefined where a list should be and nothing that holds one has it; one alone may lack it, and has no records. */
const unfold = (value: unknown, lists: RecordsPath): readonly Nested[] | undefined => {
  let holders: readonly Nested[] = [[value]];
  for (const list of lists) {
    const lacks = (found: unknown): boolean => typeof found !== 'object' || found === null;
    const found = holders.map(holder => valueAt(holder[0], list));
    if (found.length > 0 && found.every(lacks)) return undefined;
    holders = holders.flatMap((holder, at) => {
      const held = found[at];
      if (lacks(held)) return [];
      return (Array.isArray(held) ? held : [held]).map((record: unknown): Nested => [record, ...holder]);
    });
  }
  return holders;
};

/** As when the document is the list. */
const wholeDocument: RecordsPath = [[]];

const readJson = (bytes: Uint8Array, lists: RecordsPath): RecordsReading => {
  const parsed = parseJson(toText(bytes));
  if (parsed === undefined) return { kind: 'malformed', reason: 'not-json' };
  const records = unfold(parsed.value, lists);
  if (records === undefined) return { kind: 'malformed', reason: 'no-records' };
  return {
    kind: 'records',
    records,
    broken: 0,
    at: place => {
      const { up, path } = parseFieldPath(place) ?? { up: 0, path: [] };
      return record => (Array.isArray(record) ? valueAt(record[up], path) : undefined);
    },
  };
};

/** Headers are compared as people would: without regard to case, blanks and how a letter's marks are composed. */
const headerKey = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim();

/** Without UTF-8 only names suffer: numbers and marks are ASCII. */
const windows1252 = new TextDecoder('windows-1252');

const readCsv = (bytes: Uint8Array, form: CsvForm, needed: readonly string[]): RecordsReading => {
  const { rows, broken } = parseCsv(toText(bytes) ?? windows1252.decode(bytes), form.separator);
  const [header] = rows;
  if (header === undefined) return { kind: 'malformed', reason: 'no-records' };
  const names = new Map(header.map((name, at) => [headerKey(name), at]));
  const columnOf = (place: string): number | undefined =>
    form.header === 'present' ? names.get(headerKey(place)) : Number(place) - 1;
  if (needed.some(place => !((columnOf(place) ?? header.length) < header.length)))
    return { kind: 'malformed', reason: 'no-column' };
  return {
    kind: 'records',
    records: form.header === 'present' ? rows.slice(1) : rows,
    broken,
    at: place => {
      const column = columnOf(place) ?? -1;
      return record => (Array.isArray(record) ? record[column] : undefined);
    },
  };
};

/** `needed`: places without which no record is any good, so that a table without such a column is refused as a whole. */
export const readRecords = (bytes: Uint8Array, form: DocumentForm, needed: readonly string[]): RecordsReading =>
  form.format === 'csv'
    ? readCsv(bytes, form, needed)
    : readJson(bytes, (form.records === undefined ? undefined : parseRecordsPath(form.records)) ?? wholeDocument);
