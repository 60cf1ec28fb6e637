/** Persons and vehicles made unrecognizable before a picture leaves the box. */
import type { Sharp } from 'sharp';
import { GatewayError } from '../../core/errors.ts';
import type { Box, Picture } from '../../core/observation.ts';
import { type Manifest, notHidden } from '../../models/manifest.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';

/** Share of its size by which a box is widened on each side: detectors cut off hands, hair and mirrors. */
const margin = 0.08;

interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const regionOf = ({ x, y, width, height }: Box, picture: Picture): Region | undefined => {
  const left = Math.max(0, Math.floor((x - width * margin) * picture.width));
  const top = Math.max(0, Math.floor((y - height * margin) * picture.height));
  const right = Math.min(picture.width, Math.ceil((x + width * (1 + margin)) * picture.width));
  const bottom = Math.min(picture.height, Math.ceil((y + height * (1 + margin)) * picture.height));
  return right > left && bottom > top ? { left, top, width: right - left, height: bottom - top } : undefined;
};

/** One color for every 8 pixels of a region, at least 2 and at most 8 in each direction. */
const coarse = (pixels: number): number => Math.min(8, Math.max(2, Math.round(pixels / 8)));

/**
 * The picture, in which each region is first reduced to a few colors and then drawn out again: what is left of a face or
 * a plate does not grow with the resolution of the camera.
 */
const blur = async (picture: Picture, regions: readonly Region[]): Promise<Sharp> => {
  const { default: sharp } = await import('sharp');
  const raw = { width: picture.width, height: picture.height, channels: 3 } as const;
  const whole = (): Sharp => sharp(picture.pixels, { raw });
  const patches = await Promise.all(
    regions.map(async region => {
      const { data, info } = await whole()
        .extract(region)
        .resize(coarse(region.width), coarse(region.height), { fit: 'fill', kernel: 'mitchell' })
        .raw()
        .toBuffer({ resolveWithObject: true });
      const input = await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
        .resize(region.width, region.height, { fit: 'fill', kernel: 'cubic' })
        .raw()
        .toBuffer();
      return {
        input,
        raw: { width: region.width, height: region.height, channels: 3 } as const,
        left: region.left,
        top: region.top,
      };
    }),
  );
  return whole().composite(patches);
};

export interface Redaction {
  /** What it hides, as media references say it: `person-boxes,vehicle-boxes`, `person-boxes,vehicle-boxes but bus`. */
  readonly hides: string;
  /** `found` are all objects of the picture, doubtful ones too. */
  apply(picture: Picture, found: readonly Detection[]): Promise<Sharp>;
}

const groups = [
  ['person', 'person-boxes'],
  ['vehicle', 'vehicle-boxes'],
] as const;

/**
 * The model says which of its labels are persons and vehicles; objects of the label `shown` stay as they are. Throws
 * `unsupported` where it does not know both: what is not found is not hidden, so none of its pictures may leave.
 */
export const createRedaction = (manifest: Pick<Manifest, 'name' | 'redact'>, shown?: string): Redaction => {
  const { name, redact: labels } = manifest;
  const missing = notHidden(manifest);
  if (missing.length > 0) {
    throw new GatewayError('unsupported', `model ${name} finds no ${missing.join(' and no ')} to blur`, {
      advice: 'Name them under "redact" in its manifest, or take a model that finds both.',
    });
  }
  const isHidden = (label: string): boolean => label !== shown;
  const hidden = new Set([...labels.person, ...labels.vehicle].filter(isHidden));
  const hides = groups.flatMap(([group, boxes]) => {
    const left = labels[group].filter(isHidden).length;
    if (left === 0) return [];
    return left === labels[group].length ? boxes : `${boxes} but ${shown}`;
  });
  return {
    hides: hides.join() || 'none',
    apply: (picture, found) =>
      blur(
        picture,
        found
          .filter(({ label }) => hidden.has(label))
          .map(({ box }) => regionOf(box, picture))
          .filter(region => region !== undefined),
      ),
  };
};
