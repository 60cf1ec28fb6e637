/** Pictures that leave the box: whole persons and vehicles blurred, then written under the hash of their bytes. */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Exif } from 'sharp';
import { GatewayError, systemCode } from '../../core/errors.ts';
import type { Box, Picture, Snapshot } from '../../core/observation.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { Manifest } from '../../models/manifest.ts';
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
 * JPEG of `picture`, in which each region is first reduced to a few colors and then drawn out again: what is left of a
 * face or a plate does not grow with the resolution of the camera.
 */
const redact = async (picture: Picture, regions: readonly Region[], capturedAt: Instant): Promise<Buffer> => {
  const { default: sharp } = await import('sharp');
  const raw = { width: picture.width, height: picture.height, channels: 3 } as const;
  const whole = (): import('sharp').Sharp => sharp(picture.pixels, { raw });
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
  return whole().composite(patches).jpeg({ quality: 80 }).withExif(exifOf(capturedAt)).toBuffer();
};

/**
 * When it was captured (Exif 2.32, 4.6.5 and 4.6.6). So a scene that looks the same twice is two files, and none goes
 * with the other.
 */
const exifOf = (capturedAt: Instant): Exif => {
  const [, day = '', time = '', milliseconds = ''] = /^(.*)T(.*)\.(.*)Z$/.exec(toTimestamp(capturedAt)) ?? [];
  return {
    IFD2: {
      DateTimeOriginal: `${day.replaceAll('-', ':')} ${time}`,
      SubSecTimeOriginal: milliseconds,
      OffsetTimeOriginal: '+00:00',
    },
  };
};

const sync = async (folder: string): Promise<void> => {
  await using handle = await open(folder, 'r');
  await handle.sync();
};

/** All or nothing, and on the disk when it returns. The same bytes again are the same file. */
const write = async (folder: string, name: string, bytes: Uint8Array): Promise<void> => {
  const file = path.join(folder, name);
  const known = await access(file).then(
    () => true,
    () => false,
  );
  if (known) return;
  const part = path.join(folder, `.${randomUUID()}.part`);
  try {
    await mkdir(folder, { recursive: true });
    {
      await using handle = await open(part, 'wx');
      await handle.writeFile(bytes);
      await handle.sync();
    }
    await rename(part, file);
    await sync(folder);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw new GatewayError('exhausted', `a picture cannot be written to ${folder} (${systemCode(cause)})`, { cause });
  }
};

/** Throws `exhausted` when the folder takes no more. */
export const createSnapshots = (folder: string, { redact: labels }: Manifest) => {
  const hidden = new Set([...labels.person, ...labels.vehicle]);
  const redaction = [
    ...(labels.person.length > 0 ? ['person-boxes'] : []),
    ...(labels.vehicle.length > 0 ? ['vehicle-boxes'] : []),
  ].join(',');

  return async (picture: Picture, objects: readonly Detection[], capturedAt: Instant): Promise<Snapshot> => {
    const regions = objects
      .filter(({ label }) => hidden.has(label))
      .map(({ box }) => regionOf(box, picture))
      .filter(region => region !== undefined);
    const bytes = await redact(picture, regions, capturedAt);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await write(folder, `${sha256}.jpg`, bytes);
    return {
      sha256,
      mediaType: 'image/jpeg',
      bytes: bytes.length,
      width: picture.width,
      height: picture.height,
      capturedAt,
      redaction,
    };
  };
};
