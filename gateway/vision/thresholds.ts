/** Thresholds that the center ordered: applied at once, and kept over a restart as long as the configuration is the same. */
import { z } from 'zod';
import type { DeviceConfig } from '../../config/schema.ts';
import type { pipelineSetThreshold } from '../../core/device-commands.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Saved } from '../../core/sealed.ts';
import { loadManifest, modelFolder } from '../../models/load.ts';
import { type DetectConfig, detectSchema } from '../../pipelines/detect/config.ts';
import { type OrderedThresholds, type Thresholds, thresholdsOf } from '../../pipelines/detect/thresholds.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Vision } from './open.ts';

export const thresholdsOwner = 'gateway.thresholds';

export interface ThresholdsOptions {
  readonly devices: readonly DeviceConfig[];
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  /** Absent where there are no cameras. */
  readonly vision: Pick<Vision, 'setThresholds'> | undefined;
  readonly log: Log;
}

export interface OrderedThresholdsStore {
  /**
   * Resolves to what counts from now on, also for a camera that is away. Throws `unsupported` for what is no camera,
   * `config` for a class that its model does not know.
   */
  set(input: z.output<typeof pipelineSetThreshold.input>): Promise<Thresholds>;
}

const savedSchema = z.object({
  /** What it was ordered for: another model or threshold in the configuration ends it. */
  model: z.string(),
  configured: z.number().optional(),
  ordered: z.strictObject({ all: z.number().exactOptional(), labels: z.record(z.string(), z.number()) }),
});

const withOrder = (
  before: OrderedThresholds,
  { label, threshold }: z.output<typeof pipelineSetThreshold.input>,
): OrderedThresholds => {
  if (label === undefined) return { ...(threshold !== undefined && { all: threshold }), labels: {} };
  const { [label]: _, ...others } = before.labels;
  return { ...before, labels: { ...others, ...(threshold !== undefined && { [label]: threshold }) } };
};

const isNothing = ({ all, labels }: OrderedThresholds): boolean =>
  all === undefined && Object.keys(labels).length === 0;

export const openThresholds = async (options: ThresholdsOptions): Promise<OrderedThresholdsStore> => {
  const { outbox, vision, log } = options;
  const cameras = new Map<string, DetectConfig>();
  for (const { profile, detect } of options.devices) {
    const config = detectSchema.safeParse(detect).data;
    if (config !== undefined) cameras.set(profile.id, config);
  }
  const ordered = new Map<string, OrderedThresholds>();

  const apply = (device: string, thresholds: OrderedThresholds): void => {
    if (isNothing(thresholds)) ordered.delete(device);
    else ordered.set(device, thresholds);
    vision?.setThresholds(device, ordered.get(device));
  };

  const save = (device: string, config: DetectConfig, thresholds: OrderedThresholds): Saved => ({
    owner: thresholdsOwner,
    key: device,
    value: isNothing(thresholds)
      ? undefined
      : Buffer.from(JSON.stringify({ model: config.model, configured: config.threshold, ordered: thresholds })),
  });

  for (const [device, bytes] of await outbox.restore(thresholdsOwner)) {
    const saved = savedSchema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
    const config = cameras.get(device);
    if (saved !== undefined && config?.model === saved.model && config.threshold === saved.configured) {
      apply(device, saved.ordered);
      continue;
    }
    log.warn('thresholds that were ordered end with the configuration that they were ordered for', { device });
    await outbox.append({ saved: [{ owner: thresholdsOwner, key: device, value: undefined }] });
  }

  return {
    set: async input => {
      const { device, label } = input;
      const config = cameras.get(device);
      if (config === undefined) throw new GatewayError('unsupported', `${device} is no camera with "detect"`);
      const manifest = await loadManifest(modelFolder(config.model));
      if (label !== undefined && !manifest.labels.includes(label)) {
        throw new GatewayError('config', `the model ${manifest.name} knows no "${label}"`, {
          advice: `It knows: ${manifest.labels.slice(0, 100).join(', ')}.`,
        });
      }
      const next = withOrder(ordered.get(device) ?? { labels: {} }, input);
      await outbox.append({ saved: [save(device, config, next)] });
      apply(device, next);
      log.info('the thresholds of a camera were set as ordered', { device, ...next });
      return thresholdsOf(manifest, config, next);
    },
  };
};
