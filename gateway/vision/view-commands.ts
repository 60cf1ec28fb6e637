/** `snapshot` and `clip` of a camera, as the vision process offers them whatever its driver is. */
import type { CommandPort } from '../../core/command.ts';
import { clip, snapshot } from '../../core/device-commands.ts';
import { GatewayError } from '../../core/errors.ts';
import { type MediaFile, mediaKeyOf } from '../../core/media-reference.ts';
import type { Site } from '../../core/site.ts';
import { seconds, toTimestamp } from '../../core/time.ts';
import type { OrderedViews } from './ordered-views.ts';

const answerOf = <File extends MediaFile>(
  { sha256, mediaType, bytes, width, height, capturedAt, redaction }: File,
  key: string,
) => ({ key, sha256, mediaType, bytes, width, height, capturedAt: toTimestamp(capturedAt), redaction });

/** Where no picture leaves the box there are no views, and the commands say why: `views`, or what the configuration lacks. */
export const serveViews = (
  port: CommandPort,
  device: string,
  views: OrderedViews | GatewayError | undefined,
  site: Pick<Site, 'city' | 'gateway'> | undefined,
): Disposable => {
  const available = (): { readonly views: OrderedViews; readonly keyOf: (file: MediaFile) => string } => {
    if (views instanceof GatewayError) throw views;
    if (views !== undefined && site !== undefined) return { views, keyOf: file => mediaKeyOf(file, device, site) };
    throw new GatewayError('unsupported', `the configuration lets no picture of ${device} leave the box`, {
      advice: 'Add "snapshot" to its "detect", and the section "media" that says where pictures go.',
    });
  };
  const offers = new DisposableStack();
  offers.use(
    port.serve(snapshot, async (_, signal) => {
      const { views: from, keyOf } = available();
      const taken = await from.snapshot(signal);
      return { ...answerOf(taken, keyOf(taken)), mediaType: taken.mediaType };
    }),
  );
  offers.use(
    port.serve(clip, async ({ seconds: length }, signal) => {
      const { views: from, keyOf } = available();
      const recorded = await from.clip(seconds(length), signal);
      return {
        ...answerOf(recorded, keyOf(recorded)),
        mediaType: recorded.mediaType,
        durationSeconds: recorded.duration / seconds(1),
        codec: recorded.codec,
      };
    }),
  );
  return offers;
};
