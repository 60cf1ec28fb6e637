/** Pairs of a boat's place in a picture and on the map: read from a table, or collected from events of one camera. */
import { z } from 'zod';
import { parseCsvLines } from '../../core/csv.ts';
import { GatewayError } from '../../core/errors.ts';
import { distanceMetres, metresPerSecondPerKnot } from '../../core/geodesy.ts';
import type { Box } from '../../core/observation.ts';
import { type Duration, type Instant, minutes, toTimestamp } from '../../core/time.ts';
import type { Pair } from '../../pipelines/sighting/calibration.ts';
import { alongBearing, createPlane } from '../../pipelines/sighting/plane.ts';

const number = () => z.coerce.number();
const optional = () =>
  z.preprocess(value => (value === '' || value === null ? undefined : value), z.coerce.number().optional());

const line = z.object({
  x: number(),
  y: number(),
  longitude: number().min(-180).max(180),
  latitude: number().min(-90).max(90),
  heading: optional(),
  toBow: optional(),
  toStern: optional(),
  toPort: optional(),
  toStarboard: optional(),
  error: optional(),
});

/** What a line must hold, and what it may. `error` is one standard deviation of the position, metres. */
export const requiredColumns: readonly string[] = ['x', 'y', 'longitude', 'latitude'];
export const furtherColumns = Object.keys(line.shape).filter(name => !requiredColumns.includes(name));

/** Of a place read from a chart or a GNSS receiver, metres. */
const usualError = 10;
const most = 100_000;

const toPair = (read: z.output<typeof line>, scale: { readonly x: number; readonly y: number }): Pair => {
  const { x, y, longitude, latitude, heading, toBow = 0, toStern = 0, toPort = 0, toStarboard = 0, error } = read;
  const isHullKnown = heading !== undefined && toBow + toStern > 0;
  return {
    x: x * scale.x,
    y: y * scale.y,
    longitude,
    latitude,
    positionMetres: Math.max(1, error ?? usualError),
    ...(isHullKnown && {
      lying: {
        bowDegrees: heading,
        hull: {
          toBowMetres: toBow,
          toSternMetres: toStern,
          toPortMetres: toPort,
          toStarboardMetres: toStarboard,
        },
      },
    }),
  };
};

const wrongLine = (file: string, at: number, message: string): GatewayError =>
  new GatewayError('config', `${file}:${at}: ${message}`, {
    advice: 'Write x, y, longitude and latitude in each line: 0.412,0.553,107.6448,16.5587',
  });

const parseJsonLine = (file: string, text: string, at: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongLine(file, at, 'no JSON');
  }
};

/** CSV with the names of the columns in its first line, or a JSON object in each line. Throws `config`. */
export const parsePairs = (
  file: string,
  text: string,
  size: { readonly width: number; readonly height: number } | undefined,
): readonly Pair[] => {
  const scale = { x: 1 / (size?.width ?? 1), y: 1 / (size?.height ?? 1) };
  const records: { readonly at: number; readonly record: unknown }[] = [];
  if (/^\s*\{/.test(text)) {
    for (const [index, each] of text.split(/\r?\n/).entries()) {
      if (each.trim() !== '') records.push({ at: index + 1, record: parseJsonLine(file, each, index + 1) });
    }
  } else {
    const { lines, broken } = parseCsvLines(text);
    if (broken[0] !== undefined) throw wrongLine(file, broken[0], 'this line cannot be read');
    const [head, ...rows] = lines;
    const names = head?.cells ?? [];
    const missing = requiredColumns.filter(name => !names.includes(name));
    if (missing.length > 0) {
      throw new GatewayError('config', `${file}: the first line names no column ${missing.join(', ')}`, {
        advice: `Name them there: ${requiredColumns.join(',')}. Further columns: ${furtherColumns.join(', ')}.`,
      });
    }
    for (const { cells, line: at } of rows) {
      records.push({ at, record: Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])) });
    }
  }
  if (records.length > most) throw new GatewayError('config', `${file} holds more than ${most} pairs`);
  return records.map(({ at, record }) => {
    const read = line.safeParse(record);
    if (!read.success) {
      const [issue] = read.error.issues;
      throw wrongLine(file, at, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`);
    }
    const pair = toPair(read.data, scale);
    const isInPicture = pair.x >= -0.01 && pair.x <= 1.01 && pair.y >= -0.01 && pair.y <= 1.01;
    if (isInPicture) return pair;
    throw new GatewayError('config', `${file}:${at}: x and y lie outside of the picture`, {
      advice:
        size === undefined
          ? 'Write fractions of the picture from 0 to 1, or pixels with --size WIDTHxHEIGHT.'
          : 'Give the size of the picture that the pixels were read from by --size.',
    });
  });
};

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const time = z.iso.datetime().transform(text => Date.parse(text));
const place = z.object({ coordinates: z.tuple([z.number(), z.number()]) });

const seen = z.object({
  type: z.literal('vn.ioc.urban-camera.object.observed.v1'),
  source: z.string(),
  data: z.object({
    object: z.object({ class: z.string() }),
    firstSeen: time,
    lastSeen: time,
    firstBox: box,
    lastBox: box,
  }),
});
const heard = z.object({
  type: z.literal('vn.ioc.fishing-vessel.vessel.observed.v1'),
  subject: z.string(),
  data: z.object({
    location: place,
    observedAt: time,
    speedOverGround: z.number().optional(),
    courseOverGround: z.number().optional(),
    heading: z.number().optional(),
  }),
});
const described = z.object({
  type: z.literal('vn.ioc.fishing-vessel.vessel.described.v1'),
  subject: z.string(),
  data: z.object({
    toBow: z.number().optional(),
    toStern: z.number().optional(),
    toPort: z.number().optional(),
    // The model's own spelling.
    toStardboard: z.number().optional(),
  }),
});
const known = z.discriminatedUnion('type', [seen, heard, described]);

interface Look {
  readonly time: Instant;
  readonly box: Box;
}

interface Stay {
  readonly from: Instant;
  readonly to: Instant;
  readonly looks: readonly Look[];
}

export interface Collection {
  readonly camera: string;
  readonly position: { readonly longitude: number; readonly latitude: number };
  /** Vessels farther away cannot be the boat. */
  readonly withinMetres: number;
  readonly boats: readonly string[];
}

/** A box that the edge of the picture cuts says nothing of where the boat is. */
const margin = 0.01;
const longestAge: Duration = minutes(1);
const mostEvents = 500_000;

const isWhole = ({ x, y, width, height }: Box): boolean =>
  x > margin && x + width < 1 - margin && y + height < 1 - margin;

type Heard = z.output<typeof heard>['data'];

/** Where the vessel was at the moment, by its nearest report; undefined when that is too old. */
const placeAt = (reports: readonly Heard[], instant: Instant) => {
  let nearest: Heard | undefined;
  for (const report of reports) {
    if (nearest === undefined || Math.abs(report.observedAt - instant) < Math.abs(nearest.observedAt - instant)) {
      nearest = report;
    }
  }
  if (nearest === undefined || Math.abs(nearest.observedAt - instant) > longestAge) return undefined;
  const [longitude, latitude] = nearest.location.coordinates;
  const elapsed = (instant - nearest.observedAt) / 1000;
  const speed = nearest.speedOverGround ?? 0;
  const way = alongBearing(nearest.courseOverGround ?? 0, nearest.courseOverGround === undefined ? 0 : speed * elapsed);
  const isUnderWay = speed > 2 * metresPerSecondPerKnot;
  const bowDegrees = nearest.heading ?? (isUnderWay ? nearest.courseOverGround : undefined);
  return {
    ...createPlane({ longitude, latitude }).toPosition(way),
    bowDegrees,
    error: Math.hypot(10, 0.3 * speed * elapsed),
  };
};

/**
 * Lines of events, as `mosquitto_sub -t 'ioc/v1/#'` prints them → lines for `parsePairs`: each moment at which the camera
 * followed one boat only, and one vessel only was near enough.
 */
export const collectPairs = async (
  lines: AsyncIterable<string>,
  { camera, position, withinMetres, boats }: Collection,
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const stays: Stay[] = [];
  const reports = new Map<string, Heard[]>();
  const hulls = new Map<string, z.output<typeof described>['data']>();
  let count = 0;
  for await (const text of lines) {
    const start = text.indexOf('{');
    if (start === -1) continue;
    let event: z.output<typeof known>;
    try {
      event = known.parse(JSON.parse(text.slice(start)));
    } catch {
      continue;
    }
    if (++count > mostEvents) throw new GatewayError('config', `more than ${mostEvents} events: give fewer at once`);
    if (event.type === 'vn.ioc.urban-camera.object.observed.v1') {
      const { object, firstSeen, lastSeen, firstBox, lastBox } = event.data;
      if (!event.source.endsWith(`/${camera}`) || !boats.includes(object.class)) continue;
      const looks = [
        { time: firstSeen, box: firstBox },
        { time: lastSeen, box: lastBox },
      ].filter(look => isWhole(look.box));
      stays.push({ from: firstSeen, to: lastSeen, looks });
    } else if (event.type === 'vn.ioc.fishing-vessel.vessel.observed.v1') {
      const of = reports.get(event.subject) ?? [];
      reports.set(event.subject, of);
      of.push(event.data);
    } else hulls.set(event.subject, { ...hulls.get(event.subject), ...event.data });
  }
  const pairs: Readonly<Record<string, unknown>>[] = [];
  for (const stay of stays) {
    for (const { time: instant, box: at } of stay.looks) {
      if (stays.some(other => other !== stay && other.from <= instant && other.to >= instant)) continue;
      const near = [...reports].flatMap(([subject, of]) => {
        const found = placeAt(of, instant);
        return found !== undefined && distanceMetres(position, found) <= withinMetres ? [{ subject, ...found }] : [];
      });
      const [only, another] = near;
      if (only === undefined || another !== undefined) continue;
      const { toBow, toStern, toPort, toStardboard } = hulls.get(only.subject) ?? {};
      pairs.push({
        x: Number((at.x + at.width / 2).toFixed(5)),
        y: Number((at.y + at.height).toFixed(5)),
        longitude: Number(only.longitude.toFixed(6)),
        latitude: Number(only.latitude.toFixed(6)),
        ...(only.bowDegrees !== undefined && { heading: only.bowDegrees }),
        ...(toBow !== undefined && { toBow }),
        ...(toStern !== undefined && { toStern }),
        ...(toPort !== undefined && { toPort }),
        ...(toStardboard !== undefined && { toStarboard: toStardboard }),
        error: Number(only.error.toFixed(1)),
        time: toTimestamp(instant),
        vessel: only.subject,
      });
    }
  }
  return pairs;
};
