/**
 * Observations through the stages that a family of devices usually has and through the seal, without the shell around
 * them: what each costs as the number of what is watched grows.
 */
import type { Observation } from '../core/observation.ts';
import type { DeviceProfile, Site } from '../core/site.ts';
import type { Instant } from '../core/time.ts';
import { bindPipelines, defaultPipelines, type PipelineConfig } from '../gateway/runtime/bind-pipelines.ts';
import { createSealer } from '../gateway/runtime/create-sealer.ts';
import { stages } from '../pipelines/registry.generated.ts';
import { benchSite } from './events.ts';

export interface GrowthOptions {
  readonly devices: readonly Pick<DeviceProfile, 'id' | 'driver' | 'service'>[];
  /** Those that the devices have by default, when absent. */
  readonly pipelines?: readonly PipelineConfig[];
  /** The same work in every round but for the time, which goes on. */
  readonly observations: number;
  readonly batchItems: number;
  readonly observationAt: (index: number) => Observation;
}

export interface Growth {
  /** CPU time of one observation in µs, over a round of `observations`. */
  round(): number;
}

const beforeTick = 1000;

const siteOf = (devices: GrowthOptions['devices']): Site => {
  const { siteId, areaCode, status } = benchSite;
  const common = { alsoServes: [], agencies: [], tags: [], siteId, areaCode, status } as const;
  return {
    ...benchSite,
    devices: new Map(devices.map(device => [device.id, { ...common, name: device.id, ...device }])),
  };
};

export const createGrowth = ({
  devices,
  pipelines,
  observations,
  batchItems,
  observationAt,
}: GrowthOptions): Growth => {
  const site = siteOf(devices);
  const sealer = createSealer(site);
  const line = bindPipelines(pipelines ?? defaultPipelines(site.devices.values()), site, stages)
    .flatMap(pipeline => pipeline.stages)
    .map(stage => stage.start(new Map()));
  let next = 0;
  let now: Instant = 0;

  const tick = (): void => {
    for (const [index, stage] of line.entries()) pass(stage.tick(now).output, index + 1);
  };
  type Items = ReturnType<(typeof line)[number]['step']>['output'];
  const pass = (items: Items, from: number): void => {
    let flowing = items;
    for (const stage of line.slice(from)) {
      if (flowing.length === 0) return;
      flowing = stage.step(flowing).output;
    }
    for (const item of flowing)
      if (item.kind === 'conclusion' && !sealer.isState(item.event)) sealer.event(item, now, 'ntp');
  };

  return {
    round: () => {
      const end = next + observations;
      const before = process.cpuUsage();
      while (next < end) {
        const items: Observation[] = [];
        for (let count = 0; count < batchItems; count++) items.push(observationAt(next++));
        now = items.at(-1)?.time ?? now;
        pass(items, 0);
        if (next % beforeTick === 0) tick();
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / observations;
    },
  };
};

export const growthBegan = Date.UTC(2026, 10, 23);
/** Between two observations of the same thing. */
export const growthInterval = 10_000;
