import type { DeviceConfig } from '../../config/schema.ts';
import type { Device, Driver } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Frame, Observation } from '../../core/observation.ts';
import type { Vision } from '../vision/open.ts';

/** A driver that runs in this process gives no frames: frames cannot cross its border. */
const givesObservations = (driver: Driver<Observation | Frame>): driver is Driver => driver.host === 'main';

/** Whether any of the devices needs the vision process. */
export const needsVision = (devices: readonly DeviceConfig[]): boolean =>
  devices.some(({ detect }) => detect !== undefined);

/** The configured device, whichever process runs its driver. */
export const bindDevice = (
  { profile, driver, slice, detect, masks }: DeviceConfig,
  vision: Vision | undefined,
): Device<Observation> => {
  if (givesObservations(driver)) return driver.bind(profile.id, slice);
  if (detect === undefined && driver.bindWithoutFrames !== undefined)
    return driver.bindWithoutFrames(profile.id, slice);
  if (vision === undefined) throw new GatewayError('defect', `${profile.id} needs the vision process`);
  return vision.device(profile.id, driver.name, slice, detect, masks);
};
