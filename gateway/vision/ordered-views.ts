/** What the center orders of a camera's pictures: one of them, or some seconds. Everything it gives was inferred first. */
import { onAbort } from '../../core/abort.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Clip, Picture, Snapshot } from '../../core/observation.ts';
import type { Duration, Instant } from '../../core/time.ts';
import type { Viewer } from '../../pipelines/detect/detect.ts';
import type { Detection } from '../../pipelines/detect/interpret.ts';
import { type Recording, startRecording } from './clip.ts';
import type { Redaction } from './redact.ts';

export interface OrderedViews extends Viewer {
  /** Of the next picture. Throws what `keep` throws, `unreachable` when `signal` aborts before there is one. */
  snapshot(signal: AbortSignal): Promise<Snapshot>;
  /** Throws as `Recording.ended`, and `exhausted` while another one is recorded: one camera records one clip. */
  clip(duration: Duration, signal: AbortSignal): Promise<Clip>;
}

export interface OrderedViewsOptions {
  readonly folder: string;
  readonly redaction: Redaction;
  /** Pictures a second that are looked at, at most. */
  readonly fps: number;
  readonly keep: (picture: Picture, found: readonly Detection[], time: Instant) => Promise<Snapshot>;
}

export const createOrderedViews = ({ folder, redaction, fps, keep }: OrderedViewsOptions): OrderedViews => {
  const waiting = new Set<PromiseWithResolvers<Snapshot>>();
  let recording: Recording | undefined;

  return {
    still: {
      wants: () => waiting.size > 0,
      show: (picture, found, time) => {
        if (waiting.size === 0) return;
        const asked = [...waiting];
        waiting.clear();
        keep(picture, found, time).then(
          snapshot => {
            for (const { resolve } of asked) resolve(snapshot);
          },
          (failure: unknown) => {
            for (const { reject } of asked) reject(failure);
          },
        );
      },
    },
    moving: {
      wants: () => recording !== undefined,
      show: (picture, found, time) => recording?.offer(picture, found, time),
    },
    snapshot: async signal => {
      const asked = Promise.withResolvers<Snapshot>();
      waiting.add(asked);
      using _ = onAbort(signal, () => {
        waiting.delete(asked);
        asked.reject(new GatewayError('unreachable', 'no picture came'));
      });
      return await asked.promise;
    },
    clip: async (duration, signal) => {
      if (recording !== undefined) {
        throw new GatewayError('exhausted', 'another clip of this camera is being recorded', {
          advice: 'Order it again when that one is done.',
        });
      }
      recording = startRecording({ duration, fps, redaction, folder, signal });
      try {
        return await recording.ended;
      } finally {
        recording = undefined;
      }
    },
  };
};
