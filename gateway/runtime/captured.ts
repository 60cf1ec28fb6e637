/** What came of a command that took pictures, as the event that names the file: with it the file waits to be sent. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { clip, snapshot } from '../../core/device-commands.ts';
import { mediaReferenceOf } from '../../core/media-reference.ts';
import type { Site } from '../../core/site.ts';

const roles = new Map([
  [snapshot.name, 'snapshot'],
  [clip.name, 'clip'],
] as const);

const captured = z.union([snapshot.output, clip.output]);

/** Undefined for commands that leave no file. `correlation` is the command's: media.stored or media.lost carries it too. */
export const capturedConclusion = (
  command: string,
  device: string,
  output: unknown,
  correlation: string,
  site: Site,
): Conclusion | undefined => {
  const role = roles.get(command);
  if (role === undefined) return undefined;
  const file = captured.parse(output);
  const capturedAt = Date.parse(file.capturedAt);
  const location = site.devices.get(device)?.location;
  return {
    kind: 'conclusion',
    event: 'urban-camera.media.captured',
    source: device,
    device,
    subject: `media/${file.key}`,
    time: capturedAt,
    key: `${file.key} ${correlation}`,
    severity: 'INFORMATIONAL',
    correlation,
    data: {
      media: [
        {
          ...mediaReferenceOf(role, { ...file, capturedAt }, device, site),
          key: file.key,
          ...(file.mediaType === 'video/mp4' && { durationSeconds: file.durationSeconds, codec: file.codec }),
        },
      ],
      ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'camera' }),
    },
  };
};
