/** A calibration drawn over a picture of the camera, so that a person sees whether it is right. */
import { GatewayError } from '../../core/errors.ts';
import type { Calibration } from '../../pipelines/sighting/calibration.ts';
import { type Camera, createCamera, type SeaPlace } from '../../pipelines/sighting/camera.ts';

const ranges = [50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;
const colors = { taken: '#3cb44b', outlier: '#e6194b', water: '#ffe119' } as const;

interface Size {
  readonly width: number;
  readonly height: number;
}

const toPixels = (
  camera: Camera,
  place: SeaPlace,
  { width, height }: Size,
): readonly [x: number, y: number] | undefined => {
  const seen = camera.toPicture(place);
  if (seen === undefined || Math.abs(seen.x - 0.5) > 0.6 || seen.y < -0.1 || seen.y > 1.1) return undefined;
  return [Math.round(seen.x * width * 10) / 10, Math.round(seen.y * height * 10) / 10];
};

/** Points of equal distance from the camera, across the picture. */
const arc = (camera: Camera, rangeMetres: number, size: Size): readonly (readonly [number, number])[] => {
  const { headingDegrees, fieldOfViewDegrees } = camera.pose;
  const points: (readonly [number, number])[] = [];
  for (let step = -60; step <= 60; step++) {
    const bearingDegrees = headingDegrees + (step / 100) * fieldOfViewDegrees;
    const point = toPixels(camera, { bearingDegrees, rangeMetres }, size);
    if (point !== undefined) points.push(point);
  }
  return points;
};

const polyline = (points: readonly (readonly [number, number])[], style: string): string =>
  points.length < 2
    ? ''
    : `<polyline points="${points.map(point => point.join(',')).join(' ')}" fill="none" ${style}/>`;

const overlayOf = ({ pose, pairs }: Calibration, size: Size): string => {
  const camera = createCamera(pose);
  const stroke = Math.max(1, Math.round(size.width / 800));
  const letters = Math.max(12, Math.round(size.width / 70));
  const text = (x: number, y: number, words: string, color: string): string =>
    `<text x="${x}" y="${y}" fill="${color}" stroke="black" stroke-width="${letters / 8}" paint-order="stroke" font-family="monospace" font-weight="bold" font-size="${letters}">${words}</text>`;
  const parts: string[] = [];
  const horizon = camera.horizonMetres * 0.9999;
  parts.push(polyline(arc(camera, horizon, size), `stroke="${colors.water}" stroke-width="${2 * stroke}"`));
  let wordsAt = toPixels(camera, { bearingDegrees: pose.headingDegrees, rangeMetres: horizon }, size)?.[1] ?? 0;
  for (const range of ranges) {
    if (range >= camera.horizonMetres) continue;
    const points = arc(camera, range, size);
    parts.push(
      polyline(
        points,
        `stroke="${colors.water}" stroke-width="${stroke}" stroke-dasharray="${6 * stroke}" opacity="0.8"`,
      ),
    );
    const [first] = points.filter(([x]) => x > letters / 2);
    // Near the horizon the arcs lie too close for words.
    if (first === undefined || Math.abs(first[1] - wordsAt) < letters) continue;
    wordsAt = first[1];
    parts.push(text(first[0], first[1] - 3, `${range} m`, colors.water));
  }
  const half = pose.fieldOfViewDegrees / 2;
  for (
    let bearing = Math.ceil((pose.headingDegrees - half) / 5) * 5;
    bearing <= pose.headingDegrees + half;
    bearing += 5
  ) {
    const far = toPixels(camera, { bearingDegrees: bearing, rangeMetres: horizon }, size);
    if (far === undefined) continue;
    parts.push(
      polyline(
        [
          [far[0], far[1] - 4 * stroke],
          [far[0], far[1] + 4 * stroke],
        ],
        `stroke="${colors.water}" stroke-width="${2 * stroke}"`,
      ),
    );
    parts.push(
      text(far[0] - letters, Math.max(letters, far[1] - 6 * stroke), `${(bearing + 360) % 360}°`, colors.water),
    );
  }
  for (const { pair, expected, verdict } of pairs) {
    const color = colors[verdict];
    const arm = 6 * stroke;
    const [x, y] = [pair.x * size.width, pair.y * size.height];
    parts.push(
      polyline(
        [
          [x - arm, y],
          [x + arm, y],
        ],
        `stroke="${color}" stroke-width="${2 * stroke}"`,
      ),
    );
    parts.push(
      polyline(
        [
          [x, y - arm],
          [x, y + arm],
        ],
        `stroke="${color}" stroke-width="${2 * stroke}"`,
      ),
    );
    if (expected === undefined || Math.abs(expected.x - 0.5) > 0.6 || expected.y < -0.1 || expected.y > 1.1) continue;
    const [toX, toY] = [expected.x * size.width, expected.y * size.height];
    parts.push(
      polyline(
        [
          [x, y],
          [toX, toY],
        ],
        `stroke="${color}" stroke-width="${stroke}"`,
      ),
    );
    parts.push(
      `<circle cx="${toX}" cy="${toY}" r="${arm}" fill="none" stroke="${color}" stroke-width="${2 * stroke}"/>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${parts.join('')}</svg>`;
};

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/**
 * Writes `output`, a PNG: the horizon with bearings, arcs of equal distance; each pair as a cross where the boat was seen
 * and a circle where the calibration has it.
 */
export const drawCalibration = async (picture: string, output: string, calibration: Calibration): Promise<void> => {
  const { default: sharp } = await import('sharp');
  let read: { readonly data: Buffer; readonly info: Size };
  try {
    read = await sharp(picture).rotate().png().toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw new GatewayError('config', `${picture} is no picture that can be read: ${messageOf(cause)}`, {
      advice: 'Give a JPEG, PNG or WebP file of this camera.',
      cause,
    });
  }
  const { width, height } = read.info;
  const overlay = Buffer.from(overlayOf(calibration, { width, height }));
  await sharp(read.data)
    .composite([{ input: overlay, left: 0, top: 0 }])
    .png()
    .toFile(output)
    .catch((cause: unknown) => {
      throw new GatewayError('config', `${output} cannot be written: ${messageOf(cause)}`, {
        advice: 'Name another file by --output.',
        cause,
      });
    });
};
