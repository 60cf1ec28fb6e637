/**
 * The text of a file of zones → zones: GeoJSON (RFC 7946) with the properties of `zone-rules.ts`. Pure. Every complaint
 * names the feature and says what to do about it.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';
import { longitudeBetween } from '../../core/geodesy.ts';
import { nearest } from '../../core/nearest.ts';
import { at, type Chain, createChain, isInsideRing } from './chain.ts';
import { findConflict } from './simple.ts';
import { type Area, createArea, isOnCut, type Zone } from './zone.ts';
import { areaRules, lineRules } from './zone-rules.ts';

const maximumZones = 10_000;
/** Of all zones together: ten times the sea areas and the coast of the country. */
const maximumCorners = 500_000;

const words = 'expected [longitude, latitude] in degrees of WGS 84: the latitude stands second, between -90 and 90';
const position = z.union([
  z.tuple([z.number().min(-360, words).max(360, words), z.number().min(-90, words).max(90, words)]),
  z
    .tuple([z.number().min(-360, words).max(360, words), z.number().min(-90, words).max(90, words), z.number()])
    .transform(([longitude, latitude]): [number, number] => [longitude, latitude]),
]);
type Position = readonly [longitude: number, latitude: number];

const geometry = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Polygon'), coordinates: z.array(z.array(position)).min(1) }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(z.array(position)).min(1)).min(1) }),
  z.object({ type: z.literal('LineString'), coordinates: z.array(position) }),
  z.object({ type: z.literal('MultiLineString'), coordinates: z.array(z.array(position)).min(1) }),
]);
type Geometry = z.output<typeof geometry>;

const collection = z.object({
  type: z.literal('FeatureCollection'),
  features: z.array(z.unknown()).max(maximumZones, `more than ${maximumZones} features`),
  crs: z.unknown().optional(),
});

const feature = z.object({
  type: z.literal('Feature'),
  geometry: z.looseObject({ type: z.string() }),
  properties: z.looseObject({}),
});

const refuse = (message: string, advice: string): GatewayError => new GatewayError('config', message, { advice });

/** Throws `config`. */
export const parseZoneFile = (text: string): readonly Zone[] => {
  const { features } = parseCollection(text);
  const zones = new Map<string, Zone>();
  let corners = 0;
  for (const [index, raw] of features.entries()) {
    const label = labelOf(raw, index);
    const zone = parseZone(raw, label);
    const { id } = zone.here;
    if (zones.has(id))
      throw refuse(
        `${label}: two features have the id "${id}"`,
        'Give each zone an id of its own; parts of one zone go into one MultiPolygon.',
      );
    for (const border of zone.borders) corners += border.edges + 1;
    if (corners > maximumCorners) throw tooManyCorners();
    zones.set(id, zone);
  }
  return [...zones.values()];
};

const tooManyCorners = (): GatewayError =>
  refuse(`the zones have more than ${maximumCorners} corners`, 'Simplify the outlines: 20 m are enough at sea.');

/** Beside one for each corner: some for each zone's geometry, its parts and what it permits. */
const maximumBrackets = maximumCorners + 10 * maximumZones;

/** Millions of corners would take gigabytes before they could be counted as corners. */
const hasTooManyBrackets = (text: string): boolean => {
  let brackets = 0;
  for (let place = text.indexOf('['); place >= 0; place = text.indexOf('[', place + 1))
    if (++brackets > maximumBrackets) return true;
  return false;
};

const parseCollection = (text: string): z.output<typeof collection> => {
  if (hasTooManyBrackets(text)) throw tooManyCorners();
  let raw: unknown;
  try {
    raw = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (thrown) {
    throw new GatewayError('config', `this is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
      cause: thrown,
      advice: 'Save the zones as GeoJSON (RFC 7946); a missing comma or quotation mark is the usual reason.',
    });
  }
  const parsed = collection.safeParse(raw);
  if (!parsed.success)
    throw refuse(
      `this is not a GeoJSON FeatureCollection: ${issueOf(parsed.error)}`,
      'Save the zones as one object { "type": "FeatureCollection", "features": [ … ] }.',
    );
  const { crs } = parsed.data;
  if (crs !== undefined && crs !== null && !/CRS84|4326/.test(JSON.stringify(crs)))
    throw refuse(
      'the file is in another reference system than WGS 84',
      'Export it as GeoJSON RFC 7946, in EPSG:4326; VN-2000 coordinates must be transformed.',
    );
  return parsed.data;
};

/** `feature 3 "thuan-an-port"`, counted from 1. */
const labelOf = (raw: unknown, index: number): string => {
  const named = z.object({ properties: z.object({ id: z.string().max(64) }) }).safeParse(raw);
  return `feature ${index + 1}${named.success ? ` "${named.data.properties.id}"` : ''}`;
};

/** `properties.kind: …` of the first thing that is wrong. */
const issueOf = ({ issues }: z.ZodError, prefix = ''): string => {
  const [issue] = issues;
  const path = [prefix, ...(issue?.path ?? [])].filter(part => part !== '').join('.');
  return `${path === '' ? '' : `${path}: `}${issue?.message ?? 'not valid'}`;
};

const parseZone = (raw: unknown, label: string): Zone => {
  const outer = feature.safeParse(raw);
  if (!outer.success)
    throw refuse(
      `${label}: ${issueOf(outer.error)}`,
      'Each feature is { "type": "Feature", "properties": { … }, "geometry": { … } }.',
    );
  const shape = geometry.safeParse(outer.data.geometry);
  if (!shape.success)
    throw refuse(
      `${label}: ${issueOf(shape.error, 'geometry')}`,
      'A zone is a Polygon or a MultiPolygon, a boundary may be a LineString or a MultiLineString; coordinates are [longitude, latitude].',
    );
  return isLine(shape.data)
    ? createZone(parseRules(lineRules, outer.data.properties, label), shape.data, label)
    : createZone(parseRules(areaRules, outer.data.properties, label), shape.data, label);
};

const isLine = ({ type }: Geometry): boolean => type === 'LineString' || type === 'MultiLineString';

const parseRules = <Rules>(schema: z.ZodObject & z.ZodType<Rules>, raw: object, label: string): Rules => {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [unknown] = parsed.error.issues.flatMap(issue => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  if (unknown === undefined)
    throw refuse(
      `${label}: ${issueOf(parsed.error, 'properties')}`,
      'Correct the property; docs/zones.md lists them all.',
    );
  const known = Object.keys(schema.shape);
  const meant = nearest(unknown, known);
  const advice =
    !('speedLimitKnots' in schema.shape) && Object.hasOwn(areaRules.shape, unknown)
      ? 'A line has no inside to which this could apply: leave it out, or draw a polygon.'
      : `${meant === undefined ? 'Remove it' : `Did you mean "${meant}"? Otherwise remove it`}; docs/zones.md lists all properties.`;
  throw refuse(`${label}: there is no property "${unknown}"`, advice);
};

type Rules = z.output<typeof areaRules> | z.output<typeof lineRules>;

const createZone = (rules: Rules, shape: Geometry, label: string): Zone => {
  const { id, name, kind, effectiveFrom, effectiveTo } = rules;
  if (effectiveFrom !== undefined && effectiveTo !== undefined && effectiveFrom >= effectiveTo)
    throw refuse(`${label}: effectiveTo is not after effectiveFrom`, 'Exchange them, or leave one out.');
  if (rules.bufferNauticalMiles !== undefined && kind !== 'boundary')
    throw refuse(
      `${label}: bufferNauticalMiles is of boundaries only, this is of the kind ${kind}`,
      'Leave it out, or draw the edge as a second feature of the kind boundary.',
    );
  const areas = areasOf(shape, label);
  const borders = isLine(shape) ? linesOf(shape, label) : areas.flatMap(({ outline, holes }) => [outline, ...holes]);
  const { description, ...judged } = rules;
  return {
    ...judged,
    here: { id, name, kind },
    version: hash('sha256', JSON.stringify([{ ...judged, name: '', englishName: '' }, shape]), 'hex').slice(0, 6),
    areas,
    borders,
    isCut: isCut(borders),
  };
};

const linesOf = (shape: Geometry, label: string): readonly Chain[] => {
  const lines =
    shape.type === 'LineString' ? [shape.coordinates] : shape.type === 'MultiLineString' ? shape.coordinates : [];
  return lines.map(line => {
    const corners = unwind(withoutRepeats(line), label);
    if (corners.length < 2) throw refuse(`${label}: a line has fewer than two corners`, 'Draw at least two corners.');
    return createChain(corners);
  });
};

const areasOf = (shape: Geometry, label: string): readonly Area[] => {
  const polygons =
    shape.type === 'Polygon' ? [shape.coordinates] : shape.type === 'MultiPolygon' ? shape.coordinates : [];
  return polygons.map((rings, index) =>
    parsePolygon(rings, polygons.length > 1 ? `${label}, polygon ${index + 1}` : label),
  );
};

const parsePolygon = (rings: readonly (readonly Position[])[], label: string): Area => {
  const [outline, ...holes] = rings.map((ring, index) =>
    parseRing(ring, index === 0 ? label : `${label}, hole ${index}`),
  );
  if (outline === undefined) throw refuse(`${label}: a polygon has no outline`, 'Draw one.');
  // A hole was drawn on its own: it goes to the turn of the earth on which the outline lies.
  const moved = holes.map(hole =>
    hole.box.east < outline.box.west ? turn(hole, 360) : hole.box.west > outline.box.east ? turn(hole, -360) : hole,
  );
  checkRings([outline, ...moved], label);
  return createArea(outline, moved);
};

const turn = ({ longitudes, latitudes }: Chain, degrees: number): Chain =>
  createChain([...longitudes].map((longitude, corner) => [longitude + degrees, at(latitudes, corner)]));

const parseRing = (ring: readonly Position[], label: string): Chain => {
  const corners = withoutRepeats(ring);
  const [first, last] = [corners[0], corners.at(-1)];
  if (first === undefined || last === undefined || first[0] !== last[0] || first[1] !== last[1])
    throw refuse(
      `${label}: the outline is not closed`,
      'Repeat the first corner at the end, as RFC 7946 section 3.1.6 asks.',
    );
  if (corners.length < 4)
    throw refuse(
      `${label}: the outline has fewer than three different corners`,
      'Draw at least three corners that do not lie on each other.',
    );
  const unwound = unwind(corners, label);
  if (unwound[0]?.[0] !== unwound.at(-1)?.[0])
    throw refuse(`${label}: the outline runs round a pole`, 'Split the zone into parts that do not hold a pole.');
  return createChain(unwound);
};

const withoutRepeats = (positions: readonly Position[]): readonly Position[] =>
  positions.filter(([x, y], index) => {
    const previous = positions[index - 1];
    return previous === undefined || previous[0] !== x || previous[1] !== y;
  });

/** Longitudes that run on across the antimeridian: 179, 181 instead of 179, -179. */
const unwind = (positions: readonly Position[], label: string): readonly Position[] => {
  let turns = 0;
  return positions.map(([longitude, latitude], index) => {
    const previous = positions[index - 1]?.[0] ?? longitude;
    const step = longitude - previous;
    if (Math.abs(step) === 180)
      throw refuse(
        `${label}: a side from longitude ${previous} to ${longitude} may lead either way round the earth`,
        'Put a corner in between.',
      );
    if (Math.abs(step) > 180) turns += Math.round((longitudeBetween(previous, longitude) - step) / 360);
    return [longitude + turns * 360, latitude];
  });
};

const placeOf = (ring: Chain | undefined, edge: number): string =>
  ring === undefined ? '' : `[${at(ring.longitudes, edge)}, ${at(ring.latitudes, edge)}]`;

const checkRings = (rings: readonly Chain[], label: string): void => {
  const conflict = findConflict(rings);
  const advice = 'Draw it so that no two sides touch or cross; "Fix geometries" of QGIS repairs most outlines.';
  if (conflict === 'undecided')
    throw refuse(`${label}: too many sides lie close to each other to be checked`, 'Simplify the outline.');
  if (conflict !== undefined) {
    const { ring, edge, otherRing, otherEdge } = conflict;
    const what = ring === otherRing ? 'the outline crosses or touches itself' : 'two rings of the polygon cross';
    throw refuse(
      `${label}: ${what} between the sides that begin at ${placeOf(rings[ring], edge)} and ${placeOf(rings[otherRing], otherEdge)}`,
      advice,
    );
  }
  const [outline, ...holes] = rings;
  for (const [index, hole] of holes.entries()) {
    const isHeld = [...hole.longitudes].some(
      (x, corner) => outline !== undefined && isInsideRing(outline, x, at(hole.latitudes, corner)),
    );
    if (!isHeld)
      throw refuse(
        `${label}: hole ${index + 1} lies outside of the outline`,
        'Make it a zone of its own, or remove it.',
      );
  }
};

const isCut = (borders: readonly Chain[]): boolean => {
  const sides = new Set<number>();
  for (const border of borders)
    for (let edge = 0; edge < border.edges; edge++) if (isOnCut(border, edge)) sides.add(at(border.longitudes, edge));
  return sides.has(180) && sides.has(-180);
};
