/**
 * A chart of the sea as SVG: zones with their names, ways of vessels, and places where something happened. North is up, and
 * a degree of longitude is as long as it is in the middle of the chart. Pure.
 */
import { longitudeBetween, metresPerDegree, metresPerNauticalMile } from '../../core/geodesy.ts';
import type { ZoneKind } from '../../core/vessel.ts';

export type Corner = readonly [longitude: number, latitude: number];

export interface ChartZone {
  readonly name: string;
  readonly kind: ZoneKind;
  /** Outlines and holes of areas, or lines. */
  readonly borders: readonly (readonly Corner[])[];
  readonly shape: 'area' | 'line';
}

export interface ChartTrack {
  readonly name: string;
  /** In the order of their times; one at least. */
  readonly way: readonly Corner[];
}

export interface ChartMark {
  readonly place: Corner;
  /** For the list beside the chart. */
  readonly words: string;
  readonly urgency: 'alert' | 'event';
}

export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly zones: readonly ChartZone[];
  readonly tracks: readonly ChartTrack[];
  readonly marks: readonly ChartMark[];
}

type Point = readonly [x: number, y: number];

const size = { width: 1000, least: 560, most: 1000, panel: 400, edge: 44, head: 64 } as const;
const ink = '#22303c';
const colors: Readonly<Record<ZoneKind, string>> = {
  port: '#4a6fa5',
  shelter: '#2f8f6b',
  anchorage: '#7a62b3',
  channel: '#2d95c0',
  protected: '#2e8b47',
  danger: '#d0443c',
  waters: '#b98f2f',
  boundary: '#a8322d',
};
const urgencyColors = { alert: '#c8102e', event: '#e07b00' } as const;

/** A small site with vessels at their moorings is not drawn larger than this. */
const leastSpanDegrees = 0.02;
const mostLabels = 40;
const mostListed = 30;
/** Of so few reports each is shown. */
const fewReports = 60;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');
const rounded = (value: number): string => String(Math.round(value * 10) / 10);
const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** Neighbors differ, and the same vessels have the same colors each time. */
const trackColor = (index: number): string => `hsl(${Math.round((index * 137.508) % 360)} 70% 36%)`;

interface View {
  readonly width: number;
  readonly height: number;
  /** Pixels in a degree of latitude. */
  readonly scale: number;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  /** Longitudes are counted from here, so that none of the chart is cut by the antimeridian. */
  readonly reference: number;
  toPoint(corner: Corner): Point;
}

const viewOf = (corners: readonly Corner[]): View => {
  const reference = corners[0]?.[0] ?? 0;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude, latitude] of corners) {
    const x = longitudeBetween(reference, longitude);
    [west, east] = [Math.min(west, x), Math.max(east, x)];
    [south, north] = [Math.min(south, latitude), Math.max(north, latitude)];
  }
  if (corners.length === 0) [west, south, east, north] = [0, 0, 0, 0];
  const middle = (south + north) / 2;
  const narrowing = Math.max(0.05, Math.cos((middle * Math.PI) / 180));
  const spanX = Math.max(leastSpanDegrees, (east - west) * 1.14) * narrowing;
  const spanY = Math.max(leastSpanDegrees, (north - south) * 1.14);
  const height = Math.min(size.most, Math.max(size.least, (size.width * spanY) / spanX));
  const scale = Math.min(size.width / spanX, height / spanY);
  const [halfX, halfY] = [size.width / 2 / scale / narrowing, height / 2 / scale];
  const centerX = (west + east) / 2;
  const view = { west: centerX - halfX, east: centerX + halfX, south: middle - halfY, north: middle + halfY };
  return {
    ...view,
    width: size.width,
    height,
    scale,
    reference,
    toPoint: ([longitude, latitude]) => [
      (longitudeBetween(reference, longitude) - view.west) * narrowing * scale,
      (view.north - latitude) * scale,
    ],
  };
};

/** Turns with its first corner, so that a shape across the antimeridian stays whole. */
const toPoints = (view: View, corners: readonly Corner[]): readonly Point[] => {
  const [first] = corners;
  if (first === undefined) return [];
  const turn = view.reference + longitudeBetween(view.reference, first[0]) - first[0];
  const perDegree = view.toPoint([view.reference + 1, 0])[0] - view.toPoint([view.reference, 0])[0];
  return corners.map(([longitude, latitude]) => [
    (longitude + turn - view.reference - view.west) * perDegree,
    view.toPoint([0, latitude])[1],
  ]);
};

const pathOf = (points: readonly Point[], end: '' | 'Z'): string =>
  `M${points.map(([x, y]) => `${rounded(x)} ${rounded(y)}`).join('L')}${end}`;

/** What of an area is in the picture: Sutherland and Hodgman, Communications of the ACM 17 (1974) 32. */
const clipped = (points: readonly Point[], { width, height }: View): readonly Point[] => {
  const sides: readonly ((point: Point) => number)[] = [
    ([x]) => x,
    ([x]) => width - x,
    ([, y]) => y,
    ([, y]) => height - y,
  ];
  let left = points;
  for (const inside of sides) {
    const next: Point[] = [];
    for (const [index, point] of left.entries()) {
      const before = left.at(index - 1) ?? point;
      const [from, to] = [inside(before), inside(point)];
      if (from < 0 !== to < 0) {
        const part = from / (from - to);
        next.push([before[0] + part * (point[0] - before[0]), before[1] + part * (point[1] - before[1])]);
      }
      if (to >= 0) next.push(point);
    }
    left = next;
  }
  return left;
};

const centerOf = (points: readonly Point[]): Point | undefined => {
  let [area, x, y] = [0, 0, 0];
  for (const [index, [toX, toY]] of points.entries()) {
    const [fromX, fromY] = points.at(index - 1) ?? [toX, toY];
    const cross = fromX * toY - toX * fromY;
    area += cross;
    x += (fromX + toX) * cross;
    y += (fromY + toY) * cross;
  }
  return Math.abs(area) < 1 ? undefined : [x / area / 3, y / area / 3];
};

/** Words where others stand already are moved up or down, or left out. */
const createLabels = ({ width, height }: View) => {
  const taken: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }[] = [];
  return (
    [x, y]: Point,
    words: string,
    {
      color,
      letters,
      anchor,
    }: { readonly color: string; readonly letters: number; readonly anchor: 'start' | 'middle' },
  ): string => {
    const wide = words.length * letters * 0.56;
    for (const shift of [0, -1.2, 1.2, -2.4, 2.4]) {
      const left = Math.min(width - wide - 4, Math.max(4, anchor === 'start' ? x : x - wide / 2));
      const base = Math.min(height - 6, Math.max(letters + 2, y + shift * letters));
      const box = { left, right: left + wide, top: base - letters, bottom: base + 3 };
      const isFree = taken.every(
        other => box.left > other.right || box.right < other.left || box.top > other.bottom || box.bottom < other.top,
      );
      if (!isFree) continue;
      taken.push(box);
      return `<text x="${rounded(left)}" y="${rounded(base)}" font-size="${letters}" fill="${color}" stroke="#fff" stroke-width="3" stroke-opacity="0.85" paint-order="stroke" stroke-linejoin="round">${escaped(words)}</text>`;
    }
    return '';
  };
};
type Labels = ReturnType<typeof createLabels>;

const drawZone = (view: View, { name, kind, borders, shape }: ChartZone, label: Labels): readonly [string, string] => {
  const color = colors[kind];
  const rings = borders.map(border => toPoints(view, border));
  const path = rings.map(ring => pathOf(ring, shape === 'area' ? 'Z' : '')).join('');
  const dashes = kind === 'boundary' || kind === 'waters' ? ' stroke-dasharray="9 5"' : '';
  const fill = shape === 'area' && kind !== 'boundary' ? `fill="${color}" fill-opacity="0.13"` : 'fill="none"';
  const [outline = []] = rings;
  const inView = outline.filter(([x, y]) => x > 0 && x < view.width && y > 0 && y < view.height);
  const place = shape === 'area' ? centerOf(clipped(outline, view)) : inView[Math.floor(inView.length / 2)];
  const words = place === undefined ? '' : label(place, shortened(name, 48), { color, letters: 13, anchor: 'middle' });
  return [`<path d="${path}" ${fill} fill-rule="evenodd" stroke="${color}" stroke-width="1.5"${dashes}/>`, words];
};

const drawTrack = (view: View, { name, way }: ChartTrack, color: string, label: Labels | undefined): string => {
  const points = way.map(view.toPoint);
  const last = points.at(-1);
  if (last === undefined) return '';
  const dots =
    points.length > fewReports
      ? ''
      : points.map(([x, y]) => `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="2" fill="${color}"/>`).join('');
  const words = label?.([last[0] + 8, last[1] + 4], shortened(name, 24), { color, letters: 11, anchor: 'start' }) ?? '';
  return [
    `<path d="${pathOf(points, '')}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round" stroke-opacity="0.85"/>`,
    dots,
    `<circle cx="${rounded(last[0])}" cy="${rounded(last[1])}" r="4" fill="${color}" stroke="#fff" stroke-width="1.2"/>`,
    words,
  ].join('');
};

const badge = ([x, y]: Point, number: number, color: string): string =>
  `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="9" fill="${color}" stroke="#fff" stroke-width="1.5"/><text x="${rounded(x)}" y="${rounded(y + 3.8)}" font-size="${number > 99 ? 8 : 10.5}" font-weight="bold" text-anchor="middle" fill="#fff">${number}</text>`;

/** Minutes of arc. */
const gridSteps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600] as const;

const angleWords = (degrees: number, positive: string, negative: string): string => {
  const minutes = Math.round(Math.abs(degrees) * 60);
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)}°${rest === 0 ? '' : `${String(rest).padStart(2, '0')}′`}${degrees < 0 ? negative : positive}`;
};

const drawGrid = (view: View): string => {
  const { west, east, south, north, reference, width, height } = view;
  const span = Math.max(east - west, north - south) * 60;
  const step = (gridSteps.find(minutes => span / minutes <= 8) ?? 3600) / 60;
  const parts: string[] = [];
  const line = (from: Point, to: Point): string =>
    `<path d="${pathOf([from, to], '')}" stroke="#9db4c3" stroke-width="0.6"/>`;
  for (let each = Math.ceil((reference + west) / step); each * step < reference + east; each++) {
    const longitude = each * step;
    const x = view.toPoint([longitude, 0])[0];
    const words = angleWords(longitudeBetween(0, longitude), 'E', 'W');
    parts.push(
      line([x, 0], [x, height]),
      `<text x="${rounded(x)}" y="${rounded(height + 16)}" font-size="11" text-anchor="middle" fill="${ink}">${words}</text>`,
    );
  }
  for (let each = Math.ceil(south / step); each * step < north; each++) {
    const latitude = each * step;
    const y = view.toPoint([0, latitude])[1];
    parts.push(
      line([0, y], [width, y]),
      `<text transform="translate(-7 ${rounded(y)}) rotate(-90)" font-size="11" text-anchor="middle" fill="${ink}">${angleWords(latitude, 'N', 'S')}</text>`,
    );
  }
  return parts.join('');
};

const scaleLengths = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] as const;

const drawScale = ({ scale }: View): string => {
  const perMile = (scale / metresPerDegree) * metresPerNauticalMile;
  const miles = scaleLengths.findLast(length => length * perMile <= 240) ?? scaleLengths[0];
  const half = (miles * perMile) / 2;
  const kilometres = Number(((miles * metresPerNauticalMile) / 1000).toPrecision(3));
  // Above the chart: whatever is drawn hides no scale, and the other way round.
  return `<g transform="translate(${rounded(size.width - 2 * half - 110)} -22)"><rect width="${rounded(half)}" height="6" fill="${ink}" stroke="${ink}"/><rect x="${rounded(half)}" width="${rounded(half)}" height="6" fill="#fff" stroke="${ink}"/><text x="${rounded(2 * half + 8)}" y="8" font-size="12" fill="${ink}">${miles} NM (${kilometres} km)</text></g>`;
};

const north = `<g transform="translate(${size.width - 34} 16)"><path d="M0 34L0 6M0 0L-7 14L0 10L7 14Z" fill="${ink}" stroke="${ink}" stroke-width="1.5"/><text y="48" font-size="13" font-weight="bold" text-anchor="middle" fill="${ink}">N</text></g>`;

const listOf = ({ marks, tracks }: Chart, room: number): string => {
  const parts: string[] = [];
  let y = 0;
  const row = (text: string): void => {
    parts.push(`<g transform="translate(0 ${y})">${text}</g>`);
    y += 22;
  };
  const line = (words: string, x = 0, weight = 'normal'): string =>
    `<text x="${x}" y="4" font-size="12" font-weight="${weight}" fill="${ink}">${escaped(words)}</text>`;
  const listed = marks.slice(0, Math.min(mostListed, Math.floor(room / 22) - 6));
  if (marks.length > 0) row(line(`${marks.length} alarm${marks.length === 1 ? '' : 's'}`, 0, 'bold'));
  for (const [index, { words, urgency }] of listed.entries())
    row(badge([9, 0], index + 1, urgencyColors[urgency]) + line(shortened(words, 58), 26));
  if (marks.length > listed.length) row(line(`and ${marks.length - listed.length} more`, 26));
  y += 8;
  row(line(`${tracks.length} vessel${tracks.length === 1 ? '' : 's'}`, 0, 'bold'));
  const left = Math.max(1, Math.floor((room - y) / 22) - 1);
  for (const [index, { name }] of tracks.slice(0, left).entries())
    row(`<path d="M0 0L18 0" stroke="${trackColor(index)}" stroke-width="3"/>${line(shortened(name, 46), 26)}`);
  if (tracks.length > left) row(line(`and ${tracks.length - left} more`, 26));
  return parts.join('');
};

/** All tracks and marks are in the picture, and what of the zones is near them. */
export const drawChart = (chart: Chart): string => {
  const { title, subtitle, zones, tracks, marks } = chart;
  const shown = [...tracks.flatMap(({ way }) => way), ...marks.map(({ place }) => place)];
  const view = viewOf(shown.length > 0 ? shown : zones.flatMap(({ borders }) => borders.flat()));
  const label = createLabels(view);
  const drawn = zones.map(zone => drawZone(view, zone, label));
  const { width, height } = view;
  const [whole, tall] = [size.edge + width + 24 + size.panel, size.head + height + 40];
  const numbered = marks.map(({ place, urgency }, index) =>
    badge(view.toPoint(place), index + 1, urgencyColors[urgency]),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${rounded(whole)}" height="${rounded(tall)}" viewBox="0 0 ${rounded(whole)} ${rounded(tall)}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">`,
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${size.edge}" y="28" font-size="20" font-weight="bold" fill="${ink}">${escaped(title)}</text>`,
    `<text x="${size.edge}" y="50" font-size="13" fill="${ink}">${escaped(subtitle)}</text>`,
    `<clipPath id="sea"><rect width="${width}" height="${rounded(height)}"/></clipPath>`,
    `<g transform="translate(${size.edge} ${size.head})"><rect width="${width}" height="${rounded(height)}" fill="#eef5f9"/>`,
    drawGrid(view),
    '<g clip-path="url(#sea)">',
    ...drawn.map(([path]) => path),
    ...tracks.map((track, index) => drawTrack(view, track, trackColor(index), index < mostLabels ? label : undefined)),
    ...drawn.map(([, words]) => words),
    // The first one on top.
    ...numbered.toReversed(),
    '</g>',
    `<rect width="${width}" height="${rounded(height)}" fill="none" stroke="${ink}"/>`,
    drawScale(view),
    north,
    '</g>',
    `<g transform="translate(${size.edge + width + 24} ${size.head + 12})">${listOf(chart, height)}</g></svg>\n`,
  ].join('\n');
};
