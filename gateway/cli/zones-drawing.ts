/** Zones, lines and masks of a camera, and a grid to draw new ones by, as they lie over its picture. Pure. */
import type { PictureSize } from '../../core/observation.ts';
import type { Point } from '../../core/polygon.ts';
import type { Line, Zone } from '../../pipelines/zones/config.ts';

export interface Drawing {
  readonly zones: readonly Pick<Zone, 'id' | 'polygon'>[];
  readonly lines: readonly Pick<Line, 'id' | 'points' | 'inward'>[];
  readonly masks: readonly (readonly Point[])[];
  /** Lines at each tenth of the picture, with the fractions by which zones are written. */
  readonly grid: 'drawn' | 'none';
}

const colors = { zone: '#ffe119', line: '#46f0f0', mask: '#f032e6', grid: 'white' } as const;

const round = (value: number): number => Math.round(value * 10) / 10;

/** An SVG of the picture's size. */
export const drawZones = ({ zones, lines, masks, grid }: Drawing, { width, height }: PictureSize): string => {
  const stroke = Math.max(2, Math.round(width / 500));
  const letters = Math.max(12, Math.round(width / 60));
  const at = ([x, y]: Point): string => `${round(x * width)},${round(y * height)}`;
  const pointsOf = (points: readonly Point[]): string => points.map(at).join(' ');
  const words = ([x, y]: Point, text: string, color: string): string =>
    `<text x="${Math.max(0, Math.floor(Math.min(x * width, width - text.length * letters * 0.62)))}" y="${round(Math.max(y * height, letters))}" fill="${color}" stroke="black" stroke-width="${letters / 8}" paint-order="stroke" font-family="monospace" font-weight="bold" font-size="${letters}">${text}</text>`;
  const tenths = grid === 'none' ? [] : Array.from({ length: 9 }, (_, index) => (index + 1) / 10);
  const ruled = tenths.flatMap(part => [
    ...[
      [
        [part, 0],
        [part, 1],
      ],
      [
        [0, part],
        [1, part],
      ],
    ].map(
      ends =>
        `<polyline points="${pointsOf(ends.map(([x = 0, y = 0]): Point => [x, y]))}" stroke="${colors.grid}" stroke-width="1" opacity="0.6"/>`,
    ),
    words([part, 0], part.toFixed(1), colors.grid),
    words([0, part], part.toFixed(1), colors.grid),
  ]);
  const outlined = (points: readonly Point[], color: string, opacity: number): string =>
    `<polygon points="${pointsOf(points)}" fill="${color}" fill-opacity="${opacity}" stroke="${color}" stroke-width="${stroke}"/>`;
  const named = (points: readonly Point[], text: string, color: string): string =>
    words(points.toSorted((a, b) => a[1] - b[1])[0] ?? [0, 0], text, color);
  /** From the middle of its longest part to the inward side. */
  const arrowOf = ({ points, inward }: Drawing['lines'][number]): string => {
    const parts = points.flatMap((end, index) => {
      const begin = points[index - 1];
      if (begin === undefined) return [];
      const [alongX, alongY] = [(end[0] - begin[0]) * width, (end[1] - begin[1]) * height];
      return [{ begin, end, alongX, alongY, length: Math.hypot(alongX, alongY) }];
    });
    const longest = parts.toSorted((a, b) => b.length - a.length)[0];
    if (longest === undefined || longest.length === 0) return '';
    const { begin, end, alongX, alongY, length } = longest;
    const [x, y] = [((begin[0] + end[0]) / 2) * width, ((begin[1] + end[1]) / 2) * height];
    const turn = (inward === 'right' ? 1 : -1) * ((3 * letters) / length);
    const tip = [x - alongY * turn, y + alongX * turn] as const;
    return [
      `<polyline points="${round(x)},${round(y)} ${round(tip[0])},${round(tip[1])}" stroke="${colors.line}" stroke-width="${stroke}"/>`,
      `<circle cx="${round(tip[0])}" cy="${round(tip[1])}" r="${2 * stroke}" fill="${colors.line}"/>`,
    ].join('');
  };
  const parts = [
    ...ruled,
    ...masks.flatMap(mask => [outlined(mask, colors.mask, 0.3), named(mask, 'mask', colors.mask)]),
    ...zones.flatMap(({ id, polygon }) => [outlined(polygon, colors.zone, 0.15), named(polygon, id, colors.zone)]),
    ...lines.flatMap(line => [
      `<polyline points="${pointsOf(line.points)}" fill="none" stroke="${colors.line}" stroke-width="${2 * stroke}"/>`,
      arrowOf(line),
      named(line.points, line.id, colors.line),
    ]),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${parts.join('')}</svg>`;
};
