/** From the configured pipelines to stages that can be started. */
import { z } from 'zod';
import type { Family } from '../../core/driver.ts';
import { GatewayError } from '../../core/errors.ts';
import type { DeviceProfile, Site } from '../../core/site.ts';
import type { RunningStage, Stage, StageBinding, StageState } from '../../core/stage.ts';
import { drivers } from '../../drivers/registry.generated.ts';

export interface PipelineConfig {
  readonly name: string;
  /** Device ids or tags. */
  readonly from: readonly string[];
  /** In their order; besides `stage` each holds the stage's own slice. */
  readonly stages: readonly { readonly stage: string; readonly [key: string]: unknown }[];
}

export interface BoundStage {
  readonly name: string;
  /** Its own slice, as configured. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Under which its state is saved: `<pipeline>/<index>-<stage>`. */
  readonly owner: string;
  /** Paths of the files that it reads, by its own names. */
  readonly files: Readonly<Record<string, string>>;
  /** States that it may conclude. */
  readonly states: readonly StageState[];
  start(saved: ReadonlyMap<string, Uint8Array>): RunningStage;
}

export interface BoundPipeline {
  readonly name: string;
  readonly devices: ReadonlySet<string>;
  readonly stages: readonly BoundStage[];
}

const defaultStages: Readonly<Record<Family, PipelineConfig['stages']>> = {
  sensors: [
    { stage: 'normalize' },
    { stage: 'quality' },
    { stage: 'aggregate' },
    { stage: 'air-quality' },
    { stage: 'alert' },
  ],
  // A distress beacon is told of on every site.
  vessels: [{ stage: 'track' }, { stage: 'vessel-rules' }, { stage: 'downsample' }],
  cameras: [{ stage: 'zones' }, { stage: 'camera-signals' }, { stage: 'clips' }],
  services: [],
};

/** What runs where the configuration names no pipeline: one for each family of drivers that has a device. */
export const defaultPipelines = (devices: Iterable<DeviceProfile>): readonly PipelineConfig[] => {
  const families = new Map(drivers.map(driver => [driver.name, driver.family]));
  const idsOf = new Map<Family, string[]>();
  for (const { id, driver } of devices) {
    const family = families.get(driver);
    if (family === undefined) continue;
    const ids = idsOf.get(family) ?? [];
    ids.push(id);
    idsOf.set(family, ids);
  }
  return [...idsOf].map(([name, from]) => ({ name, from, stages: defaultStages[name] }));
};

/** Throws `config` with the path below `pipelines` of the first wrong value. */
export const bindPipelines = (
  pipelines: readonly PipelineConfig[],
  site: Site,
  stages: readonly Stage[],
): readonly BoundPipeline[] => {
  const called = new Map<string, string[]>();
  for (const { id, tags } of site.devices.values()) {
    for (const name of new Set([id, ...tags])) {
      const ids = called.get(name);
      if (ids === undefined) called.set(name, [id]);
      else ids.push(id);
    }
  }
  return pipelines.map(({ name, from, stages: configured }, index) => {
    const devices = new Set<string>();
    for (const [position, wanted] of from.entries()) {
      const matching = called.get(wanted) ?? [];
      if (matching.length === 0)
        throw new GatewayError('config', `pipeline ${name}: no device has the id or tag "${wanted}"`, {
          path: ['pipelines', index, 'from', position],
          advice: `Write one of the devices: ${[...site.devices.keys()].slice(0, 20).join(', ')}.`,
        });
      for (const id of matching) devices.add(id);
    }
    return {
      name,
      devices,
      stages: configured.map(({ stage: stageName, ...config }, position) => {
        const path = ['pipelines', index, 'stages', position];
        const stage = stages.find(known => known.name === stageName);
        if (stage === undefined)
          throw new GatewayError('config', `pipeline ${name}: there is no stage "${stageName}"`, {
            path: [...path, 'stage'],
            advice: `Write one of: ${stages.map(known => known.name).join(', ')}.`,
          });
        return {
          name: stageName,
          config,
          owner: `${name}/${position}-${stageName}`,
          ...bindStage(stage, config, site, path),
        };
      }),
    };
  });
};

const bindStage = (stage: Stage, config: unknown, site: Site, path: readonly (string | number)[]): StageBinding => {
  try {
    return stage.bind(config, site);
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError)) throw thrown;
    const [issue] = thrown.issues;
    const below = (issue?.path ?? []).map(part => (typeof part === 'symbol' ? part.toString() : part));
    throw new GatewayError('config', `stage ${stage.name}: ${below.join('.')}: ${issue?.message ?? 'wrong value'}`, {
      path: [...path, ...below],
    });
  }
};
