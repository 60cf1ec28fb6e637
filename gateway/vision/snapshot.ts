/** Pictures that leave the box: whole persons and vehicles blurred, then written under the hash of their bytes. */
import { createHash } from 'node:crypto';
import type { Exif } from 'sharp';
import type { Picture, Snapshot } from '../../core/observation.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import { writeMediaFile } from './media-file.ts';
import type { Redaction } from './redact.ts';

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

/** Throws `exhausted` when the folder takes no more. */
export const createSnapshots =
  (folder: string, { apply, hides }: Redaction) =>
  async (picture: Picture, found: readonly Detection[], capturedAt: Instant): Promise<Snapshot> => {
    const redacted = await apply(picture, found);
    const bytes = await redacted.jpeg({ quality: 80 }).withExif(exifOf(capturedAt)).toBuffer();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await writeMediaFile(folder, `${sha256}.jpg`, bytes);
    return {
      sha256,
      mediaType: 'image/jpeg',
      bytes: bytes.length,
      width: picture.width,
      height: picture.height,
      capturedAt,
      redaction: hides,
    };
  };
