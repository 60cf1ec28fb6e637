/** What each camera looks at, kept over restarts of the vision process and of the gateway, as long as it is the same camera. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DeviceConfig } from '../../config/schema.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type KeptView, keptViewSchema } from '../../pipelines/detect/health.ts';
import type { Outbox } from '../outbox/outbox.ts';

export const viewsOwner = 'gateway.views';

export interface KeptViews {
  of(device: string): KeptView | undefined;
  /** Returns at once; `undefined` forgets it. What cannot be written down is learned again after a restart. */
  keep(device: string, view: KeptView | undefined): void;
}

export interface ViewsOptions {
  readonly devices: readonly DeviceConfig[];
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly log: Log;
}

const savedSchema = z.strictObject({
  /** The camera as it was configured: another address or other masks make another view. */
  camera: z.string(),
  view: keptViewSchema,
});

const cameraOf = ({ driver, slice, masks }: DeviceConfig): string =>
  createHash('sha256')
    .update(JSON.stringify([driver.name, slice, masks ?? []]))
    .digest('hex');

/** Undefined where it is damaged, or of another version. */
const parse = (bytes: Uint8Array): z.output<typeof savedSchema> | undefined => {
  try {
    return savedSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return undefined;
  }
};

export const openViews = async ({ devices, outbox, log }: ViewsOptions): Promise<KeptViews> => {
  const cameras = new Map(devices.map(device => [device.profile.id, cameraOf(device)]));
  const views = new Map<string, KeptView>();

  const write = (device: string, value: Uint8Array | undefined): void => {
    outbox.append({ saved: [{ owner: viewsOwner, key: device, value }] }).catch(thrown => {
      log.warn('what a camera looks at could not be kept', { device, reason: toGatewayError(thrown).message });
    });
  };

  for (const [device, bytes] of await outbox.restore(viewsOwner)) {
    const saved = parse(bytes);
    if (saved !== undefined && saved.camera === cameras.get(device)) views.set(device, saved.view);
    else write(device, undefined);
  }

  return {
    of: device => views.get(device),
    keep: (device, view) => {
      const camera = cameras.get(device);
      if (camera === undefined) return;
      if (view === undefined) views.delete(device);
      else views.set(device, view);
      write(device, view && Buffer.from(JSON.stringify({ camera, view })));
    },
  };
};
