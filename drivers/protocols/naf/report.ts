/** The fields of one NAF record → the positions in it. Pure; never throws. */
import type { Instant } from '../../../core/time.ts';
import type { VesselAlarm } from '../../../core/vessel.ts';
import { type NafFieldName, type NafMessageType, nafCodes, nafReports, omnicomCodes, omnicomType } from './fields.ts';

/** Of whom a record is. */
export interface NafVessel {
  readonly to?: string;
  readonly from?: string;
  readonly name?: string;
  readonly callSign?: string;
  readonly externalMark?: string;
  readonly internalReference?: string;
  readonly imo?: number;
  /** ISO 3166-1 alpha-3. */
  readonly flag?: string;
  /** Of a modem in the Omnicom dialect. */
  readonly imei?: string;
}

export interface NafReport extends NafVessel {
  readonly type: NafMessageType;
  readonly time: Instant;
  readonly latitude: number;
  readonly longitude: number;
  readonly speedKnots?: number;
  /** 0 ≤ course < 360. */
  readonly courseDegrees?: number;
  readonly alarm?: VesselAlarm;
}

/** Where records say that there is an alarm, which no standard has a code for. */
export interface NafAlarms {
  /** Code of the field. */
  readonly code: string;
  readonly read: (value: string | undefined) => VesselAlarm | undefined;
}

export type NafFault = 'no-time' | 'bad-time' | 'bad-position';

/**
 * `call`: for help, without a position or a time that can be read. `other-message`: no position report. `no-position`: the
 * device had none. `test`: a record to try the line.
 */
export type NafPiece =
  | { readonly kind: 'report'; readonly report: NafReport }
  | { readonly kind: 'call'; readonly call: NafVessel & { readonly time?: Instant } }
  | { readonly kind: 'ignored'; readonly reason: 'other-message' | 'no-position' | 'test' }
  | { readonly kind: 'malformed'; readonly reason: NafFault };

/** A code and its value, in the order of the record. */
export type NafField = readonly [code: string, value: string];

type Values = ReadonlyMap<string, string>;

/** Of a field that comes again the first value stands, and one without a value is as good as not there. */
const valuesOf = (fields: readonly NafField[]): Values => {
  const values = new Map<string, string>();
  for (const [code, value] of fields) if (value !== '' && !values.has(code)) values.set(code, value);
  return values;
};

const twoDigits = /^(\d{2}|\d{4})(\d{2})(\d{2})$/;
const timeOfDay = /^(\d{2}):?(\d{2})(?::?(\d{2}))?$/;

/** Undefined when there is no such date or time. */
const parseTime = (date: string, time: string): Instant | undefined => {
  const [, year = '', month, day] = twoDigits.exec(date) ?? [];
  const [, hour, minute, second = '00'] = timeOfDay.exec(time) ?? [];
  if (month === undefined || hour === undefined) return undefined;
  const text = `${year.padStart(4, '20')}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const instant = Date.parse(text);
  // Date.parse takes 30 February for 1 or 2 March, and 24:00 for the next day.
  return Number.isNaN(instant) || !new Date(instant).toISOString().startsWith(text.slice(0, -1)) ? undefined : instant;
};

const decimal = /^[+-]?(?:\d{1,3}(?:\.\d*)?|\.\d+)$/;
const minutes = {
  latitude: /^([NS])(\d{2})(\d{2}(?:\.\d*)?)$/,
  longitude: /^([EW])(\d{3})(\d{2}(?:\.\d*)?)$/,
} as const;
const greatest = { latitude: 90, longitude: 180 } as const;

type Axis = keyof typeof greatest;

/** `N1213` → 12.2167, `W05430` → −54.5. Undefined when it is no such angle. */
export const parseDegreeMinutes = (text: string, axis: Axis): number | undefined => {
  const [, hemisphere, degrees, minute] = minutes[axis].exec(text.toUpperCase()) ?? [];
  if (hemisphere === undefined || Number(minute) >= 60) return undefined;
  const angle = Number(degrees) + Number(minute) / 60;
  return hemisphere === 'S' || hemisphere === 'W' ? -angle : angle;
};

const parseDecimal = (text: string): number | undefined => (decimal.test(text) ? Number(text) : undefined);

/** `absent`: neither form is there. `wrong`: what is there is no angle of this axis. */
const angleOf = (values: Values, axis: Axis, codes: typeof nafCodes): number | 'absent' | 'wrong' => {
  const inDegrees = values.get(codes[axis]);
  const inMinutes = values.get(codes[`${axis}Minutes`]);
  if (inDegrees === undefined && inMinutes === undefined) return 'absent';
  const angle = inDegrees === undefined ? parseDegreeMinutes(inMinutes ?? '', axis) : parseDecimal(inDegrees);
  return angle === undefined || Math.abs(angle) > greatest[axis] ? 'wrong' : angle;
};

const numberText = /^\d{1,5}(?:\.\d*)?$/;

/** Tenths of a knot; with a decimal point, which the format does not have, they are knots. */
const speedOf = (text: string | undefined): number | undefined => {
  if (text === undefined || !numberText.test(text)) return undefined;
  return text.includes('.') ? Number(text) : Number(text) / 10;
};

/** 999 and the like stand for a course that is not known. */
const courseOf = (text: string | undefined): number | undefined => {
  if (text === undefined || !numberText.test(text) || Number(text) > 360) return undefined;
  return Number(text) % 360;
};

const isType = (text: string | undefined): text is NafMessageType =>
  text !== undefined && Object.hasOwn(nafReports, text);

const optionalTexts = ['to', 'from', 'name', 'callSign', 'externalMark', 'internalReference', 'imei'] as const;

const positionOf = (
  type: NafMessageType,
  values: Values,
  codes: typeof nafCodes,
  alarm: VesselAlarm | undefined,
): NafPiece => {
  const of = (field: NafFieldName): string | undefined => values.get(codes[field]);
  const texts = optionalTexts.flatMap(field => {
    const text = of(field);
    return text === undefined ? [] : [[field, text] as const];
  });
  const imo = of('imo');
  const flag = of('flag');
  const vessel: NafVessel = {
    ...Object.fromEntries(texts),
    ...(imo !== undefined && /^\d{7}$/.test(imo) && { imo: Number(imo) }),
    // `X` and others stand for no flag or one that is not known.
    ...(flag !== undefined && /^[A-Z]{3}$/.test(flag) && { flag }),
  };
  const [date, clock] = [of('date'), of('time')];
  const time = date === undefined || clock === undefined ? undefined : parseTime(date, clock);
  const refuse = (refusal: NafPiece): NafPiece =>
    alarm === 'distress' ? { kind: 'call', call: { ...vessel, ...(time !== undefined && { time }) } } : refusal;

  const latitude = angleOf(values, 'latitude', codes);
  const longitude = angleOf(values, 'longitude', codes);
  if (latitude === 'wrong' || longitude === 'wrong') return refuse({ kind: 'malformed', reason: 'bad-position' });
  if (latitude === 'absent' || longitude === 'absent') return refuse({ kind: 'ignored', reason: 'no-position' });
  if (date === undefined || clock === undefined) return refuse({ kind: 'malformed', reason: 'no-time' });
  if (time === undefined) return refuse({ kind: 'malformed', reason: 'bad-time' });
  const speedKnots = speedOf(of('speed'));
  const courseDegrees = courseOf(of('course'));
  return {
    kind: 'report',
    report: {
      type,
      ...vessel,
      time,
      latitude,
      longitude,
      ...(speedKnots !== undefined && { speedKnots }),
      ...(courseDegrees !== undefined && { courseDegrees }),
      ...(alarm !== undefined && { alarm }),
    },
  };
};

const omnicom: typeof nafCodes = { ...nafCodes, ...omnicomCodes };

/** Codes that each position of a history has once: one of them again begins the next position. */
const positionCodes: ReadonlySet<string> = new Set(Object.values(omnicomCodes));

/** The fields before the first position, which hold for all of them, and those of each position. */
const splitPositions = (fields: readonly NafField[]): (readonly NafField[])[] => {
  const common: NafField[] = [];
  const positions: NafField[][] = [];
  let begun = new Set<string>();
  for (const field of fields) {
    const [code] = field;
    if (positionCodes.has(code)) {
      if (positions.length === 0 || begun.has(code)) {
        positions.push([...common]);
        begun = new Set();
      }
      begun.add(code);
    }
    (positions.at(-1) ?? common).push(field);
  }
  return positions;
};

/** Of a record between `SR` and `ER`. An Omnicom history report gives several pieces. */
export const readNafRecord = (fields: readonly NafField[], alarms?: NafAlarms): readonly NafPiece[] => {
  const values = valuesOf(fields);
  if (fields.some(([code]) => code === 'TEST')) return [{ kind: 'ignored', reason: 'test' }];
  const alarmOf = (of: Values): VesselAlarm | undefined => alarms?.read(of.get(alarms.code));
  const given = values.get(nafCodes.type);
  // A message that calls for help has a type of its own where the type is what says so.
  const type = isType(given) ? given : alarmOf(values) === undefined ? undefined : 'POS';
  if (type === undefined) return [{ kind: 'ignored', reason: 'other-message' }];
  if (type !== omnicomType) return [positionOf(type, values, nafCodes, alarmOf(values))];
  const positions = splitPositions(fields);
  if (positions.length === 0 && alarmOf(values) === 'distress') positions.push(fields);
  if (positions.length === 0) return [{ kind: 'ignored', reason: 'other-message' }];
  return positions.map(position => {
    const own = valuesOf(position);
    return positionOf(type, own, omnicom, alarmOf(own));
  });
};
