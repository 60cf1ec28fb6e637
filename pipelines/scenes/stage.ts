/**
 * What whole pictures show, by a model that classifies them → an event when it has been seen for a while, and one when it
 * has been gone for a while. One doubtful picture neither begins nor ends it: what began lasts at a lower confidence.
 */
import { z } from 'zod';
import type { Conclusion, Severity } from '../../core/conclusion.ts';
import type { Detections, Detector } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { defineStage, type Save, type Step } from '../../core/stage.ts';
import { type Duration, type Instant, minutes, shiftInstant, toTimestamp } from '../../core/time.ts';
import { type ScenesConfig, scenesConfig } from './config.ts';

type EndReason = 'over' | 'config-removed' | 'interrupted';

interface Seen {
  readonly device: string;
  readonly label: string;
  /** Of the first picture that showed it. */
  begunAt: Instant;
  /** Of the last one. */
  seenAt: Instant;
  /** Of the pictures since it began, the highest. */
  confidence: number;
  detector: Detector;
  /** Not before it was seen for long enough. */
  told: boolean;
  /** Steady time of the first tick since the last picture. */
  silentSince: Duration | undefined;
  unsaved: boolean;
}

type State = Map<string, Seen>;

/** A camera that gave no picture for so long tells nothing of what it shows. */
const silentFor = minutes(30);

const keyOf = (device: string, label: string): string => JSON.stringify([device, label]);

const stored = z.object({
  device: z.string(),
  label: z.string(),
  begunAt: z.number(),
  seenAt: z.number(),
  confidence: z.number(),
  detector: z.object({
    model: z.string(),
    version: z.string(),
    sha256: z.string().exactOptional(),
    threshold: z.number(),
    thresholds: z.record(z.string(), z.number()).exactOptional(),
  }),
});

const decoder = new TextDecoder();

const encode = ({ device, label, begunAt, seenAt, confidence, detector }: Seen): Uint8Array =>
  Buffer.from(JSON.stringify({ device, label, begunAt, seenAt, confidence, detector }));

/** Only what was told is kept over a restart. */
const restore = (saved: ReadonlyMap<string, Uint8Array>): State =>
  new Map(
    [...saved].map(([key, value]): [string, Seen] => [
      key,
      { ...stored.parse(JSON.parse(decoder.decode(value))), told: true, silentSince: undefined, unsaved: false },
    ]),
  );

const thresholdOf = ({ threshold, thresholds = {} }: Detector, label: string): number => thresholds[label] ?? threshold;

const conclude = (
  { device, label, begunAt, confidence, detector }: Seen,
  { phase, time, severity }: { readonly phase: 'begun' | 'ended'; readonly time: Instant; readonly severity: Severity },
  more: Readonly<Record<string, unknown>>,
  site: Site,
): Conclusion => {
  const location = site.devices.get(device)?.location;
  const { model, version, sha256 } = detector;
  return {
    kind: 'conclusion',
    event: 'urban-camera.scene.classified',
    source: device,
    device,
    subject: `camera/${device}`,
    correlation: `scene/${device}/${label}/${begunAt}`,
    key: `${keyOf(device, label)}/${begunAt}/${phase}`,
    time,
    severity,
    data: {
      phase,
      class: label,
      confidence: Math.round(confidence * 10_000) / 10_000,
      begunAt: toTimestamp(begunAt),
      ...more,
      detector: {
        model,
        version,
        ...(sha256 !== undefined && { sha256 }),
        threshold: thresholdOf(detector, label),
      },
      ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'camera' }),
    },
  };
};

const endOf = (seen: Seen, reason: EndReason, site: Site): Conclusion =>
  conclude(
    seen,
    { phase: 'ended', time: seen.seenAt, severity: 'INFORMATIONAL' },
    { reason, durationSeconds: Math.max(0, Math.round((seen.seenAt - seen.begunAt) / 10) / 100) },
    site,
  );

export const stage = defineStage<ScenesConfig, State, 'detections'>({
  name: 'scenes',
  summary: 'Tells what whole pictures show, such as a flooded street, by a model that classifies them.',
  consumes: ['detections'],
  config: scenesConfig,
  restore: (_, saved) => restore(saved),
  step: (state, batch, { classes, begins, ends, keeps }, site): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    const output: Conclusion[] = [];
    const stepOne = (
      { device, time, detector }: Detections,
      label: string,
      severity: Severity,
      confidence: number,
    ): void => {
      const key = keyOf(device, label);
      const seen = state.get(key);
      const needed = thresholdOf(detector, label) * (seen?.told === true ? keeps : 1);
      if (seen !== undefined) seen.silentSince = undefined;
      if (confidence < needed) {
        if (seen === undefined || (seen.told && time - seen.seenAt < ends)) return;
        state.delete(key);
        if (!seen.told) return;
        save.set(key, undefined);
        output.push(endOf(seen, 'over', site));
        return;
      }
      const now: Seen = seen ?? {
        device,
        label,
        begunAt: time,
        seenAt: time,
        confidence,
        detector,
        told: false,
        silentSince: undefined,
        unsaved: false,
      };
      state.set(key, now);
      now.seenAt = Math.max(now.begunAt, time);
      now.confidence = Math.max(now.confidence, confidence);
      now.detector = detector;
      now.unsaved = now.told;
      if (now.told || time - now.begunAt < begins) return;
      now.told = true;
      save.set(key, encode(now));
      output.push(conclude(now, { phase: 'begun', time, severity }, {}, site));
    };
    for (const detections of batch) {
      const { scene } = detections;
      if (scene === undefined) continue;
      for (const { label, severity } of classes) {
        stepOne(detections, label, severity, scene.find(each => each.label === label)?.confidence ?? 0);
      }
    }
    return { output, save };
  },
  tick: (state, _now, { classes }, site, steady): Step => {
    const save = new Map<string, Uint8Array | undefined>();
    const output: Conclusion[] = [];
    const close = (key: string, seen: Seen, reason: EndReason): void => {
      state.delete(key);
      if (!seen.told) return;
      save.set(key, undefined);
      output.push(endOf(seen, reason, site));
    };
    for (const [key, seen] of state) {
      seen.silentSince ??= steady;
      if (!(site.devices.has(seen.device) && classes.some(({ label }) => label === seen.label))) {
        close(key, seen, 'config-removed');
      } else if (steady - seen.silentSince >= silentFor) close(key, seen, 'interrupted');
    }
    return { output, save };
  },
  shift: (state, shift) => {
    for (const seen of state.values()) {
      seen.unsaved = seen.told;
      seen.begunAt = shiftInstant(seen.begunAt, shift);
      seen.seenAt = shiftInstant(seen.seenAt, shift);
    }
  },
  checkpoint: (state): Save => {
    const unsaved = [...state].filter(([, seen]) => seen.unsaved);
    return new Map(
      unsaved.map(([key, seen]) => {
        seen.unsaved = false;
        return [key, encode(seen)];
      }),
    );
  },
});
