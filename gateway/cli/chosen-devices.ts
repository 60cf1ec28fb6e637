/** The devices of a configuration that a command is about. */
import type { Config, DeviceConfig } from '../../config/schema.ts';
import { GatewayError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';

/** All of them where none is named. Throws `config` for a name that none has. */
export const chosenDevices = (config: Config, id: string | undefined): readonly DeviceConfig[] => {
  if (id === undefined) return config.devices;
  const chosen = config.devices.filter(({ profile }) => profile.id === id);
  if (chosen.length > 0) return chosen;
  const ids = config.devices.map(({ profile }) => profile.id);
  const near = nearest(id, ids);
  throw new GatewayError('config', `there is no device ${id} in ${config.file}`, {
    advice: near === undefined ? `There is: ${ids.join(', ')}.` : `Did you mean ${near}?`,
  });
};
