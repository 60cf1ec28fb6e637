/** A signal of a camera → its events. Pure. */
import { cameraSignals } from '../../core/camera-signals.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import type { CameraSignal } from '../../core/observation.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';

/** What is known of a signal, from its beginning on. */
export type Signal = Pick<CameraSignal, 'device' | 'signal' | 'by' | 'source' | 'rule'>;

export type EndReason = 'recovered' | 'config-removed' | 'interrupted';

export const keyOf = ({ device, signal, by, source = '', rule = '' }: Signal): string =>
  JSON.stringify([device, signal, by, source, rule]);

const isImpairment = ({ signal }: Signal): boolean => cameraSignals[signal].is === 'impairment';

const base = (signal: Signal, event: 'impaired' | 'restored' | 'signaled', begunAt: Instant) =>
  ({
    kind: 'conclusion',
    event: `urban-camera.camera.${event}`,
    source: signal.device,
    device: signal.device,
    subject: `camera/${signal.device}`,
    correlation: `signal/${signal.device}/${signal.signal}/${begunAt}`,
    key: `${keyOf(signal)}/${begunAt}`,
  }) as const;

const commonOf = ({ device, signal, by, source, rule }: Signal, site: Site): Readonly<Record<string, unknown>> => {
  const location = site.devices.get(device)?.location;
  return {
    signal,
    by,
    ...(source !== undefined && { source }),
    ...(rule !== undefined && { rule }),
    ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'camera' }),
  };
};

export const begun = (signal: Signal, time: Instant, site: Site): Conclusion => ({
  ...base(signal, isImpairment(signal) ? 'impaired' : 'signaled', time),
  time,
  severity: cameraSignals[signal.signal].severity,
  data: { phase: isImpairment(signal) ? 'impaired' : 'begun', ...commonOf(signal, site) },
});

export const happened = (signal: Signal, time: Instant, site: Site): Conclusion => ({
  ...base(signal, 'signaled', time),
  time,
  severity: cameraSignals[signal.signal].severity,
  data: { phase: 'happened', ...commonOf(signal, site) },
});

export const ended = (signal: Signal, begunAt: Instant, time: Instant, reason: EndReason, site: Site): Conclusion => ({
  ...base(signal, isImpairment(signal) ? 'restored' : 'signaled', begunAt),
  // The beginning and the end of a sight are of one type.
  ...(!isImpairment(signal) && { key: `${keyOf(signal)}/${begunAt}/ended` }),
  time,
  severity: 'INFORMATIONAL',
  data: {
    phase: isImpairment(signal) ? 'restored' : 'ended',
    reason,
    begunAt: toTimestamp(begunAt),
    durationSeconds: Math.max(0, Math.round((time - begunAt) / 10) / 100),
    ...commonOf(signal, site),
  },
});
