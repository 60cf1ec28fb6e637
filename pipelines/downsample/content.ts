/**
 * What an application message of AIS says → the fields of its event. Weather is told in the words and units of Smart Data
 * Models, for those who watch the environment. Pure.
 */
import { destinationOf, metresPerNauticalMile, type Place } from '../../core/geodesy.ts';
import type { ApplicationMessage } from '../../core/observation.ts';
import { type Duration, hours, type Instant, toTimestamp } from '../../core/time.ts';
import { toMetresPerSecond } from '../../core/vessel-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

const numberOf = (content: Fields, name: string): number | undefined => {
  const value = content[name];
  return typeof value === 'number' ? value : undefined;
};

/** A field that goes on under another name. */
type Row = readonly [from: string, to: string];

const copied = (content: Fields, rows: readonly Row[]): Fields => {
  const out: Record<string, unknown> = {};
  for (const [from, to] of rows) if (content[from] !== undefined) out[to] = content[from];
  return out;
};

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

interface Measured {
  readonly from: string;
  readonly to: string;
  /** UCUM code. */
  readonly unit: string;
  readonly convert?: (value: number) => number;
}

/** WeatherObserved counts directions from -180 to 180. */
const signedDirection = (degrees: number): number => (degrees > 180 ? degrees - 360 : degrees);

const measured: readonly Measured[] = [
  { from: 'airTemperatureCelsius', to: 'temperature', unit: 'Cel' },
  { from: 'dewPointCelsius', to: 'dewPoint', unit: 'Cel' },
  {
    from: 'relativeHumidityPercent',
    to: 'relativeHumidity',
    unit: '1',
    convert: percent => percent / 100,
  },
  { from: 'pressureHectopascals', to: 'atmosphericPressure', unit: 'hPa' },
  { from: 'windSpeedKnots', to: 'windSpeed', unit: 'm/s', convert: toMetresPerSecond },
  { from: 'gustSpeedKnots', to: 'gustSpeed', unit: 'm/s', convert: toMetresPerSecond },
  { from: 'windDirectionDegrees', to: 'windDirection', unit: 'deg', convert: signedDirection },
  { from: 'gustDirectionDegrees', to: 'gustDirection', unit: 'deg', convert: signedDirection },
  {
    from: 'visibilityNauticalMiles',
    to: 'visibility',
    unit: 'm',
    convert: miles => Math.round(miles * metresPerNauticalMile),
  },
  { from: 'waterLevelMetres', to: 'waterLevel', unit: 'm' },
  { from: 'waveHeightMetres', to: 'waveHeight', unit: 'm' },
  { from: 'wavePeriodSeconds', to: 'wavePeriod', unit: 's' },
  { from: 'waveDirectionDegrees', to: 'waveDirection', unit: 'deg' },
  { from: 'swellHeightMetres', to: 'swellHeight', unit: 'm' },
  { from: 'swellPeriodSeconds', to: 'swellPeriod', unit: 's' },
  { from: 'swellDirectionDegrees', to: 'swellDirection', unit: 'deg' },
  { from: 'waterTemperatureCelsius', to: 'waterTemperature', unit: 'Cel' },
  { from: 'salinityPermille', to: 'salinity', unit: '[ppth]' },
];

const words: readonly Row[] = [
  ['pressureTendency', 'pressureTendency'],
  ['visibilityIs', 'visibilityIs'],
  ['waterLevelTrend', 'waterLevelTrend'],
  ['seaStateBeaufort', 'seaState'],
  ['precipitation', 'precipitation'],
  ['ice', 'ice'],
];

const currentUnits = { currentDepth: 'm', currentSpeed: 'm/s', currentDirection: 'deg' } as const;

/** At the surface, and at up to two depths. */
const currentsOf = (content: Fields): readonly Fields[] =>
  ['current', 'current2', 'current3'].flatMap(name => {
    const speed = numberOf(content, `${name}SpeedKnots`);
    const direction = numberOf(content, `${name}DirectionDegrees`);
    if (speed === undefined && direction === undefined) return [];
    const depth = name === 'current' ? 0 : numberOf(content, `${name}DepthMetres`);
    return [
      {
        ...(depth !== undefined && { depth }),
        ...(speed !== undefined && { speed: toMetresPerSecond(speed) }),
        ...(direction !== undefined && { direction }),
      },
    ];
  });

const pointOf = (content: Fields): Fields => {
  const longitude = numberOf(content, 'longitude');
  const latitude = numberOf(content, 'latitude');
  if (longitude === undefined || latitude === undefined) return {};
  return { location: { type: 'Point', coordinates: [longitude, latitude] } };
};

interface CalendarTime {
  /** 1–12; absent where only the day is told. */
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly hour: number | undefined;
  readonly minute: number | undefined;
}

/** A day that is farther from now than half a month is none of these days. */
const farthestDay: Duration = hours(24 * 16);

/**
 * The moment nearest to `heard` that the calendar calls so, UTC. Messages tell no year, and some no month. Undefined
 * for a day that there is none of, or where a part is missing.
 */
export const nearestMoment = ({ month, day, hour, minute }: CalendarTime, heard: Instant): Instant | undefined => {
  if (day === undefined || hour === undefined || minute === undefined) return undefined;
  const now = new Date(heard);
  const around = month === undefined ? 1 : 12;
  let nearest: Instant | undefined;
  for (let shift = -around; shift <= around; shift++) {
    const at: Instant = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + shift, day, hour, minute);
    const found = new Date(at);
    if (found.getUTCDate() !== day || (month !== undefined && found.getUTCMonth() !== month - 1)) continue;
    if (nearest === undefined || Math.abs(at - heard) < Math.abs(nearest - heard)) nearest = at;
  }
  const isFar = month === undefined && nearest !== undefined && Math.abs(nearest - heard) > farthestDay;
  return isFar ? undefined : nearest;
};

const momentOf = (content: Fields, names: readonly [string, string, string, string], heard: Instant) =>
  nearestMoment(
    {
      month: numberOf(content, names[0]),
      day: numberOf(content, names[1]),
      hour: numberOf(content, names[2]),
      minute: numberOf(content, names[3]),
    },
    heard,
  );

const weatherOf = (content: Fields, heard: Instant): Fields => {
  const values: Record<string, number> = {};
  const units: Record<string, string> = {};
  for (const { from, to, unit, convert } of measured) {
    const value = numberOf(content, from);
    if (value === undefined) continue;
    values[to] = thousandths(convert?.(value) ?? value);
    units[to] = unit;
  }
  const observedAt = momentOf(content, ['month', 'day', 'hour', 'minute'], heard);
  const currents = currentsOf(content);
  return {
    ...(observedAt !== undefined && { observedAt: toTimestamp(observedAt) }),
    ...pointOf(content),
    ...values,
    ...copied(content, words),
    ...(currents.length > 0 && { currents }),
    units: { ...units, ...(currents.length > 0 && currentUnits) },
  };
};

const areaRows: readonly Row[] = [
  ['shape', 'shape'],
  ['radiusMetres', 'radius'],
  ['eastMetres', 'east'],
  ['northMetres', 'north'],
  ['orientationDegrees', 'orientation'],
  ['leftDegrees', 'left'],
  ['rightDegrees', 'right'],
  ['text', 'text'],
];

const toFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(toFields) : []);

const sixDecimals = (degrees: number): number => Math.round(degrees * 1e6) / 1e6;
const coordinatesOf = ({ longitude, latitude }: Place): readonly [number, number] => [
  sixDecimals(longitude),
  sixDecimals(latitude),
];

/** Lines and polygons go on from the point, or the line, in front of them. */
const areasOf = (areas: readonly Fields[]): readonly Fields[] => {
  let place: Place | undefined;
  return areas.map(area => {
    const longitude = numberOf(area, 'longitude');
    const latitude = numberOf(area, 'latitude');
    if (longitude !== undefined && latitude !== undefined) place = { longitude, latitude };
    const fields = { ...copied(area, areaRows), ...pointOf(area) };
    const legs = listOf(area['legs']);
    if (place === undefined || legs.length === 0) return fields;
    const path = [place];
    for (const leg of legs) {
      place = destinationOf(place, numberOf(leg, 'bearingDegrees') ?? 0, numberOf(leg, 'distanceMetres') ?? 0);
      path.push(place);
    }
    return { ...fields, path: path.map(coordinatesOf) };
  });
};

const areaNoticeOf = (content: Fields, heard: Instant): Fields => {
  const start = momentOf(content, ['startMonth', 'startDay', 'startHour', 'startMinute'], heard);
  return {
    ...copied(content, [
      ['messageLinkage', 'linkage'],
      ['noticeCode', 'code'],
      ['notice', 'notice'],
      ['durationMinutes', 'duration'],
    ]),
    ...(start !== undefined && { start: toTimestamp(start) }),
    areas: areasOf(listOf(content['areas'])),
  };
};

/** By the name of the application: the event's field, and what stands in it. */
const applications: Readonly<
  Record<string, { readonly field: string; readonly of: (content: Fields, heard: Instant) => Fields }>
> = {
  'meteorological-hydrographic': { field: 'weather', of: weatherOf },
  'area-notice': { field: 'areaNotice', of: areaNoticeOf },
  'persons-on-board': {
    field: 'personsOnBoard',
    of: content =>
      copied(content, [
        ['persons', 'persons'],
        ['crew', 'crew'],
        ['passengers', 'passengers'],
        ['personnel', 'personnel'],
      ]),
  },
  text: {
    field: 'textMessage',
    of: content =>
      copied(content, [
        ['textSequence', 'sequence'],
        ['text', 'text'],
      ]),
  },
  'text-description': {
    field: 'textMessage',
    of: content =>
      copied(content, [
        ['messageLinkage', 'linkage'],
        ['text', 'text'],
      ]),
  },
  'inland-ship-static': {
    field: 'inlandShip',
    of: content =>
      copied(content, [
        ['vesselIdentifier', 'identifier'],
        ['lengthMetres', 'length'],
        ['beamMetres', 'beam'],
        ['shipType', 'shipType'],
        ['hazard', 'hazard'],
        ['draughtMetres', 'draught'],
        ['load', 'load'],
      ]),
  },
};

/** The field of the application that is understood, and else the data as they came. */
export const contentOf = ({ application, content, hex, time }: ApplicationMessage): Fields => {
  const known = application === undefined ? undefined : applications[application];
  return known === undefined || content === undefined ? { hex } : { [known.field]: known.of(content, time) };
};
