/** A clip of what a camera began to follow → the event that names it; with it the file waits to be sent. */
import { z } from 'zod';
import type { Conclusion } from '../../core/conclusion.ts';
import { mediaReferenceOf } from '../../core/media-reference.ts';
import type { CameraClip } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage } from '../../core/stage.ts';
import { seconds } from '../../core/time.ts';

const round = (value: number): number => Math.round(value * 10_000) / 10_000;

const recorded = ({ device, time, object, detector, clip }: CameraClip, site: Site): Conclusion => {
  const { label, confidence, box, track } = object;
  const { model, version, sha256, threshold, thresholds } = detector;
  const location = site.devices.get(device)?.location;
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map(round);
  return {
    ...{ kind: 'conclusion', event: 'urban-camera.clip.recorded', source: device, device },
    ...{ subject: `object/${device}/${track}`, time, key: track, correlation: `track/${device}/${track}` },
    severity: 'INFORMATIONAL',
    data: {
      object: { class: label, trackId: track, confidence: round(confidence), box: { x, y, width, height } },
      detector: { model, version, sha256, threshold: thresholds?.[label] ?? threshold },
      media: [
        {
          ...mediaReferenceOf('clip', clip, device, site),
          durationSeconds: clip.duration / seconds(1),
          codec: clip.codec,
        },
      ],
      ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'camera' }),
    },
  };
};

export const stage = defineStage<Record<string, never>, undefined, 'camera-clip'>({
  name: 'clips',
  summary: 'Tells of the clips that cameras record of what they begin to follow, where their `detect` asks for some.',
  consumes: ['camera-clip'],
  config: z.strictObject({}),
  restore: () => undefined,
  step: (_, batch, _config, site) => ({ output: batch.map(clip => recorded(clip, site)) }),
});
