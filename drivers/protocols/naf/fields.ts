/**
 * North Atlantic Format, the fields of a position report (NEAFC and NAFO, Regulation (EU) 404/2011 annex V), and those
 * of the Omnicom dialect, which has codes of its own for what NAF already has.
 */

export interface NafFields {
  readonly type: string;
  readonly to: string;
  readonly from: string;
  readonly name: string;
  readonly callSign: string;
  readonly externalMark: string;
  readonly internalReference: string;
  readonly imo: string;
  readonly flag: string;
  readonly imei: string;
  /** `yyyyMMdd` or `yyMMdd`, UTC. */
  readonly date: string;
  /** `HHmm`, `HHmmss` in the dialect of CLS, UTC. */
  readonly time: string;
  /** Decimal degrees, the sign optional. */
  readonly latitude: string;
  readonly longitude: string;
  /** `Nddmm` and `Edddmm`. */
  readonly latitudeMinutes: string;
  readonly longitudeMinutes: string;
  /** Tenths of a knot. */
  readonly speed: string;
  /** Degrees 0–360. */
  readonly course: string;
}

export type NafFieldName = keyof NafFields;

export const nafCodes: Readonly<Record<NafFieldName, string>> = {
  type: 'TM',
  to: 'AD',
  from: 'FR',
  name: 'NA',
  callSign: 'RC',
  externalMark: 'XR',
  internalReference: 'IR',
  imo: 'IM',
  flag: 'FS',
  imei: 'IMEI',
  date: 'DA',
  time: 'TI',
  latitude: 'LT',
  longitude: 'LG',
  latitudeMinutes: 'LA',
  longitudeMinutes: 'LO',
  speed: 'SP',
  course: 'CO',
};

/** Message type of the Omnicom dialect; what its message is stands in `TOM`. */
export const omnicomType = 'OVB';

/** Codes of the Omnicom dialect; `DAP` begins a position, of which a history report (`TOM/HPR`) has several. */
export const omnicomCodes: Readonly<Partial<Record<NafFieldName, string>>> = {
  date: 'DAP',
  time: 'TIP',
  latitude: 'XLT',
  longitude: 'XLG',
};

/** What a message is for, by its `TM`. Others (acknowledgements, catch reports) hold no position report. */
export const nafReports = { POS: 'position', ENT: 'entry', EXI: 'exit', MAN: 'manual', OVB: 'position' } as const;
export type NafMessageType = keyof typeof nafReports;
