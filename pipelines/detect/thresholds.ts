/** From which score on an object counts: what the model, the configuration and orders of the center say together. */
import type { Detector } from '../../core/observation.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { DetectConfig } from './config.ts';

/** What was ordered instead of the configured thresholds. */
export interface OrderedThresholds {
  /** Of every class that `labels` does not name; the configured one when absent. */
  readonly all?: number;
  readonly labels: Readonly<Record<string, number>>;
}

export type Thresholds = Required<Pick<Detector, 'threshold' | 'thresholds'>>;

/** One threshold for all replaces those of single classes, wherever it is said; an order stands above the configuration. */
export const thresholdsOf = (
  manifest: Pick<Manifest, 'threshold' | 'thresholds'>,
  config: Pick<DetectConfig, 'threshold'>,
  ordered: OrderedThresholds = { labels: {} },
): Thresholds => {
  const one = ordered.all ?? config.threshold;
  return {
    threshold: one ?? manifest.threshold,
    thresholds: { ...(one === undefined && manifest.thresholds), ...ordered.labels },
  };
};

/** From here to the threshold a detection is doubtful: it finds a known object again, and is blurred. */
export const doubtfulFrom = (threshold: number): number => threshold / 2;

/** Where the doubtful ones of the lowest threshold begin. An order that asks for more hides no less. */
export const inferredFrom = (...all: readonly Thresholds[]): number =>
  doubtfulFrom(Math.min(...all.flatMap(({ threshold, thresholds }) => [threshold, ...Object.values(thresholds)])));
