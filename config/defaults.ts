/** What happens to observations where the configuration names no pipelines. */
import type { Family } from '../core/driver.ts';
import type { DeviceConfig, PipelineConfig, StageConfig } from './schema.ts';

const usual: Readonly<Record<Family, readonly StageConfig[]>> = {
  sensors: [
    { stage: 'normalize', config: {} },
    { stage: 'aggregate', config: {} },
  ],
  vessels: [{ stage: 'downsample', config: {} }],
  cameras: [{ stage: 'zones', config: {} }],
  services: [],
};

/** One pipeline for each family that has devices, to every uplink. */
export const usualPipelines = (
  devices: readonly DeviceConfig[],
  uplinks: readonly string[],
): readonly PipelineConfig[] =>
  Object.entries(usual).flatMap(([family, stages]) => {
    const ids = devices.filter(({ driver }) => driver.family === family).map(({ profile }) => profile.id);
    return ids.length === 0 ? [] : [{ name: family, devices: ids, stages, to: uplinks }];
  });
