/** The registry of fishing vessels: a table that the fisheries office keeps, one line for each vessel. */
import { parseCsvLines } from '../../core/csv.ts';
import { GatewayError } from '../../core/errors.ts';
import { parseRegistrationMark } from '../../core/registration-mark.ts';
import type { RegistryEntry, VesselIdentity, VesselStatus } from '../../core/vessel.ts';
import { vmsNameOf } from './tracks.ts';

export interface Registry {
  /** First 12 hex digits of the file's SHA-256; empty without a file. */
  readonly version: string;
  readonly entries: readonly RegistryEntry[];
  readonly byMmsi: ReadonlyMap<number, RegistryEntry>;
  /** By `vmsNameOf`; under an empty provider where the line names none. */
  readonly byVms: ReadonlyMap<string, RegistryEntry>;
  readonly byCallSign: ReadonlyMap<string, RegistryEntry>;
  readonly byMark: ReadonlyMap<string, RegistryEntry>;
}

export const emptyRegistry: Registry = {
  version: '',
  entries: [],
  byMmsi: new Map(),
  byVms: new Map(),
  byCallSign: new Map(),
  byMark: new Map(),
};

/** Headers without blanks, punctuation and Vietnamese marks, in lower case. */
const headers = {
  mark: ['mark', 'registrationmark', 'registration', 'sodangky', 'bienso', 'sohieu', 'sohieutau', 'sodangkytauca'],
  name: ['name', 'tentau'],
  mmsi: ['mmsi', 'sommsi'],
  callSign: ['callsign', 'hohieu'],
  lengthMaxMetres: ['lengthmaxmetres', 'lengthmax', 'lmax', 'length', 'chieudai', 'chieudailonnhat', 'chieudailmax'],
  gear: ['gear', 'nghe', 'nghekhaithac', 'nghechinh', 'ngucu'],
  crew: ['crew', 'thuyenvien', 'sothuyenvien', 'songuoi'],
  homePort: ['homeport', 'cang', 'cangca', 'cangdangky', 'bendau'],
  ward: ['ward', 'areacode', 'maxa', 'maphuong', 'maxaphuong'],
  provider: ['provider', 'nhacungcap', 'donvicungcap'],
  vmsId: ['vmsid', 'device', 'deviceid', 'mathietbi', 'sothietbi', 'idthietbi'],
  status: ['status', 'tinhtrang', 'trangthai'],
} as const satisfies Record<keyof RegistryEntry, readonly string[]>;
type Column = keyof typeof headers;

/** Folded likewise. */
const statuses: ReadonlyMap<string, VesselStatus> = new Map([
  ['', 'active'],
  ['active', 'active'],
  ['hoatdong', 'active'],
  ['danghoatdong', 'active'],
  ['ashore', 'ashore'],
  ['nambo', 'ashore'],
  ['lenda', 'ashore'],
  ['underrepair', 'under-repair'],
  ['suachua', 'under-repair'],
  ['dangsuachua', 'under-repair'],
  ['sunk', 'sunk'],
  ['chim', 'sunk'],
  ['dachim', 'sunk'],
  ['seized', 'seized'],
  ['tamgiu', 'seized'],
  ['bitamgiu', 'seized'],
  ['reportedlost', 'reported-lost'],
  ['mattich', 'reported-lost'],
]);

const mostLines = 200_000;
const mostProblems = 5;
const longest = 64;
/** No fishing vessel is longer, and none carries more people. */
const mostMetres = 200;
const mostCrew = 1000;

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('đ', 'd')
    .replace(/[^a-z0-9]/g, '');

/** Why a line cannot be used. */
class LineError extends Error {}

const columnsIn = (header: readonly string[]): ReadonlyMap<Column, number> => {
  const names = new Map<string, Column>();
  for (const [column, words] of Object.entries(headers)) for (const word of words) names.set(word, column as Column);
  const found = new Map<Column, number>();
  for (const [index, title] of header.entries()) {
    const column = names.get(fold(title));
    if (column !== undefined && !found.has(column)) found.set(column, index);
  }
  return found;
};

const toNumber = (text: string, what: string, maximum: number): number => {
  const number = /^\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  if (!(number > 0 && number <= maximum))
    throw new LineError(
      `${what} "${text}" is not a number from 0 to ${maximum}: write it like 17.2, or leave it empty`,
    );
  return number;
};

const toWhole = (text: string, what: string, maximum: number): number => {
  if (!/^\d+$/.test(text) || Number(text) > maximum)
    throw new LineError(`${what} "${text}" is not a whole number from 0 to ${maximum}: correct it, or leave it empty`);
  return Number(text);
};

const toEntry = (cell: (column: Column) => string): RegistryEntry => {
  const text = (column: Column): string => {
    const value = cell(column);
    if (value.length > longest) throw new LineError(`${column} is longer than ${longest} characters: shorten it`);
    return value;
  };
  const mark = parseRegistrationMark(text('mark'));
  if (mark === undefined) throw new LineError(`"${cell('mark')}" is no registration mark: write it like TTH-96969-TS`);
  const status = statuses.get(fold(text('status')));
  if (status === undefined)
    throw new LineError(
      `there is no status "${cell('status')}": write active, ashore, under-repair, sunk, seized or reported-lost`,
    );
  const [name, callSign, gear, homePort, ward] = (['name', 'callSign', 'gear', 'homePort', 'ward'] as const).map(text);
  const [mmsi, length, crew] = (['mmsi', 'lengthMaxMetres', 'crew'] as const).map(text);
  const [provider, vmsId] = (['provider', 'vmsId'] as const).map(text);
  if (mmsi && !/^\d{9}$/.test(mmsi)) throw new LineError(`the MMSI "${mmsi}" does not have nine digits: correct it`);
  return {
    mark,
    ...(name && { name: name.normalize('NFC') }),
    ...(mmsi && { mmsi: Number(mmsi) }),
    ...(callSign && { callSign: callSign.toUpperCase() }),
    ...(length && { lengthMaxMetres: toNumber(length, 'the length', mostMetres) }),
    ...(gear && { gear: gear.normalize('NFC') }),
    ...(crew && { crew: toWhole(crew, 'the crew', mostCrew) }),
    ...(homePort && { homePort: homePort.normalize('NFC') }),
    ...(ward && { ward }),
    ...(provider && { provider }),
    ...(vmsId && { vmsId }),
    status,
  };
};

/** A name that two lines give: only one vessel can have it. */
const namesOf = (entry: RegistryEntry): readonly (readonly [what: string, name: string])[] => {
  const { mark, mmsi, callSign, provider, vmsId } = entry;
  return [
    ['registration mark', mark],
    ...(mmsi === undefined ? [] : [['MMSI', String(mmsi)] as const]),
    ...(callSign === undefined ? [] : [['call sign', callSign] as const]),
    ...(vmsId === undefined ? [] : [['VMS device', vmsNameOf(provider ?? '', vmsId)] as const]),
  ];
};

const refuse = (problems: readonly string[], more: number): GatewayError =>
  new GatewayError(
    'config',
    `the registry of vessels cannot be used: ${problems.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    { advice: 'Correct the lines and save the file: until then the registry read before stays in force.' },
  );

/** Throws `config` with the lines that cannot be used: a registry is taken as a whole or not at all. */
export const parseRegistry = (text: string, version: string): Registry => {
  const { lines, broken } = parseCsvLines(text);
  const [header, ...vessels] = lines;
  const columns = columnsIn(header?.cells ?? []);
  if (!columns.has('mark'))
    throw new GatewayError('config', `the registry of vessels has no column "mark" in its first line`, {
      advice: `Write a line of headers first, such as: ${Object.keys(headers).join(',')}.`,
    });
  if (vessels.length > mostLines)
    throw new GatewayError('config', `the registry of vessels has more than ${mostLines} lines`, {
      advice: 'Keep only the vessels of this coast in it.',
    });
  const problems: string[] = [];
  let more = 0;
  const complain = (line: number, message: string): void => {
    if (problems.length < mostProblems) problems.push(`line ${line}: ${message}`);
    else more++;
  };
  for (const line of broken) complain(line, 'a quotation mark is not closed, or the line is too long');
  const entries: RegistryEntry[] = [];
  const owners = new Map<string, number>();
  for (const { cells, line } of vessels) {
    try {
      const entry = toEntry(column => cells[columns.get(column) ?? -1] ?? '');
      for (const [what, name] of namesOf(entry)) {
        const before = owners.get(`${what} ${name}`);
        if (before !== undefined)
          throw new LineError(`the ${what} ${name} stands in line ${before} too: keep it in one of them`);
        owners.set(`${what} ${name}`, line);
      }
      entries.push(entry);
    } catch (thrown) {
      if (!(thrown instanceof LineError)) throw thrown;
      complain(line, thrown.message);
    }
  }
  if (problems.length > 0) throw refuse(problems, more);
  const keyed = <Key>(keyOf: (entry: RegistryEntry) => Key | undefined): ReadonlyMap<Key, RegistryEntry> => {
    const map = new Map<Key, RegistryEntry>();
    for (const entry of entries) {
      const key = keyOf(entry);
      if (key !== undefined) map.set(key, entry);
    }
    return map;
  };
  return {
    version,
    entries,
    byMmsi: keyed(({ mmsi }) => mmsi),
    byVms: keyed(({ provider = '', vmsId }) => (vmsId === undefined ? undefined : vmsNameOf(provider, vmsId))),
    byCallSign: keyed(({ callSign }) => callSign),
    byMark: keyed(({ mark }) => mark),
  };
};

export interface Match {
  readonly entry: RegistryEntry;
  readonly matchedBy: NonNullable<VesselIdentity['matchedBy']>;
}

/**
 * The line of a vessel. A line that names an MMSI is never found by call sign or name for another one: those are typed
 * in by the crew, and may be anybody's.
 */
export const matchOf = (
  registry: Registry,
  { mmsi, provider, vmsId, callSign, name }: Omit<VesselIdentity, 'key'>,
  mark: string | undefined,
): Match | undefined => {
  const mayBe = (entry: RegistryEntry | undefined): entry is RegistryEntry =>
    entry !== undefined && (entry.mmsi === undefined || mmsi === undefined || entry.mmsi === mmsi);
  if (registry.entries.length === 0) return undefined;
  let entry = mmsi === undefined ? undefined : registry.byMmsi.get(mmsi);
  if (entry !== undefined) return { entry, matchedBy: 'mmsi' };
  if (vmsId !== undefined) {
    entry = registry.byVms.get(vmsNameOf(provider ?? '', vmsId)) ?? registry.byVms.get(vmsNameOf('', vmsId));
    if (mayBe(entry)) return { entry, matchedBy: 'vms-id' };
  }
  entry = mark === undefined ? undefined : registry.byMark.get(mark);
  if (mayBe(entry)) return { entry, matchedBy: 'mark' };
  entry = callSign === undefined ? undefined : registry.byCallSign.get(callSign);
  if (mayBe(entry)) return { entry, matchedBy: 'call-sign' };
  const painted = name === undefined ? undefined : parseRegistrationMark(name);
  entry = painted === undefined ? undefined : registry.byMark.get(painted);
  return mayBe(entry) ? { entry, matchedBy: 'mark' } : undefined;
};
