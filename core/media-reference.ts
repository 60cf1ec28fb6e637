import type { Site } from './site.ts';
import { hours, type Instant, toTimestamp, toTimestampSeconds } from './time.ts';

const extensions = { 'image/jpeg': 'jpg', 'video/mp4': 'mp4' } as const;

/** What the media spool takes. */
export type MediaType = keyof typeof extensions;
export const mediaTypes = Object.keys(extensions).filter((name): name is MediaType => name in extensions);

/** Of the file's name, in the spool and at the center. */
export const extensionOf = (mediaType: MediaType): string => extensions[mediaType];

/** A file in the media spool: a picture or a clip; only its reference travels with observations, events and answers. */
export interface MediaFile {
  readonly sha256: string;
  readonly mediaType: MediaType;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  /** Of the first frame. */
  readonly capturedAt: Instant;
  /** What was blurred before the file was written. */
  readonly redaction: string;
}

/** Of a file's life at the center. */
export const mediaRetention = hours(24 * 30);

/** Where the file goes below the media URL. With the time, since a camera may see the very same picture again. */
export const mediaKeyOf = (
  { sha256, mediaType, capturedAt }: Pick<MediaFile, 'sha256' | 'mediaType' | 'capturedAt'>,
  device: string,
  { city, gateway }: Pick<Site, 'city' | 'gateway'>,
): string => {
  const [day = '', time = ''] = toTimestamp(capturedAt).slice(0, -1).split('T');
  const name = `${time.replaceAll(/[:.]/g, '')}-${sha256.slice(0, 8)}.${extensionOf(mediaType)}`;
  return `${city}/${gateway}/${device}/${day.replaceAll('-', '/')}/${name}`;
};

/** The file as an event announces it (`data.media[]`, events.md). */
export const mediaReferenceOf = (
  role: 'snapshot' | 'clip',
  file: MediaFile,
  device: string,
  site: Pick<Site, 'city' | 'gateway'>,
): Readonly<Record<string, unknown>> => {
  const { sha256, mediaType, bytes, width, height, capturedAt, redaction } = file;
  return {
    role,
    state: 'pending',
    key: mediaKeyOf(file, device, site),
    sha256,
    mediaType,
    bytes,
    width,
    height,
    capturedAt: toTimestamp(capturedAt),
    redaction,
    expiresAt: toTimestampSeconds(capturedAt + mediaRetention),
  };
};
