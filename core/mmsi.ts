/**
 * What kind of station a Maritime Mobile Service Identity belongs to (ITU-R M.585-9), and names by which the buoys of
 * fishing nets give themselves away: they are on the air as ships, with identities that nobody assigned.
 */
import type { MmsiKind } from './vessel.ts';

interface Row {
  readonly kind: MmsiKind;
  readonly from: number;
  readonly to: number;
}

/** Maritime identification digits, the country: 201 to 775. */
const firstCountry = 201;
const lastCountry = 775;

/** Nine digits: `prefix`, the country, and `rest` digits. */
const ofCountry = (kind: MmsiKind, prefix: number, rest: number): Row => ({
  kind,
  from: (prefix * 1000 + firstCountry) * 10 ** rest,
  to: (prefix * 1000 + lastCountry + 1) * 10 ** rest - 1,
});

/** Nine digits that begin with these three. */
const ofPrefix = (kind: MmsiKind, prefix: number): Row => ({
  kind,
  from: prefix * 1e6,
  to: (prefix + 1) * 1e6 - 1,
});

/** No two rows overlap. Whatever is in none of them was assigned by nobody. */
const rows: readonly Row[] = [
  ofCountry('ship', 0, 6),
  ofCountry('navigation-aid', 99, 4),
  // Leading zeros: 00 and 0 before the country.
  ofCountry('coast-station', 0, 4),
  ofCountry('group', 0, 5),
  ofCountry('sar-aircraft', 111, 3),
  ofCountry('auxiliary-craft', 98, 4),
  ofCountry('handheld', 8, 5),
  ofPrefix('sart', 970),
  ofPrefix('mob', 972),
  ofPrefix('epirb', 974),
  ofPrefix('gear', 979),
];

export const toMmsiKind = (mmsi: number): MmsiKind => {
  for (const { kind, from, to } of rows) if (mmsi >= from && mmsi <= to) return kind;
  return 'unknown';
};

/**
 * The makers of net buoys put the charge or the voltage of the battery into the name, so it changes: `FISHNET-83%`,
 * `NET-BUOY 12V`, `88-1-11.9V` (FAO, Voluntary Guidelines on the Marking of Fishing Gear; SV Crystal Blues, Dangerous
 * AIS Targets, 2018). No figure stands directly before a V in the names of vessels: marks end on letters of their own,
 * ships write Roman numerals.
 */
const gearNames: readonly RegExp[] = [
  /(?:^|\D)(?:\d{1,2}|100)\s?%$/,
  /(?:^|\D)\d{1,2}(?:\.\d{1,2})?\s?V(?:OLT)?$/,
  /\bNET[ -]?(?:BUOY|BOUY|MARK|MARKER|BEACON)S?\b/,
  /\b(?:FISH(?:ING)?|GILL|DRIFT)[ -]?NETS?\b/,
  /\b(?:LONG ?LINE|FISH(?:ING)?|GEAR) ?(?:BUOY|BOUY)S?\b/,
  // Vietnamese without its marks, as AIS writes it: net buoy, net float.
  /\bPHAO LUOI\b/,
];

/** `name` is as AIS writes it: capitals without marks. */
export const isGearName = (name: string): boolean => gearNames.some(pattern => pattern.test(name));
