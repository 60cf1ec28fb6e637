/** Devices that say less than a value in the shortest of the periods over which their values become one. */
import { z } from 'zod';
import { formatDuration } from '../core/time.ts';
import { stages } from '../pipelines/registry.generated.ts';
import type { Judge } from './judge.ts';
import type { DeviceConfig, PipelineConfig } from './schema.ts';

/** What is read of the configuration of `aggregate`. */
const aggregate = z.object({ periods: z.array(z.number()), interval: z.number().optional() });

const aggregateOf = (pipeline: PipelineConfig): z.output<typeof aggregate> | undefined => {
  const placed = pipeline.stages.find(({ stage }) => stage === 'aggregate');
  if (placed === undefined) return undefined;
  const { stage: name, ...config } = placed;
  return aggregate.safeParse(stages.find(stage => stage.name === name)?.schema.safeParse(config).data).data;
};

/** Without its interval their longer periods count as incomplete, and have no index. */
export const warnOfSeldomDevices = (
  devices: readonly DeviceConfig[],
  pipelines: readonly PipelineConfig[],
  judge: Judge,
): void => {
  // Where none is configured there is one for all sensors, by its defaults.
  const all = { name: 'sensors', from: devices.map(({ profile }) => profile.id), stages: [{ stage: 'aggregate' }] };
  for (const pipeline of pipelines.length > 0 ? pipelines : [all]) {
    const { periods = [], interval } = aggregateOf(pipeline) ?? {};
    const shortest = Math.min(...periods);
    if (periods.length < 2 || interval !== undefined) continue;
    for (const [index, { profile, driver, slice }] of devices.entries()) {
      const isRead = pipeline.from.some(name => name === profile.id || profile.tags.includes(name));
      const every = isRead ? driver.bind(profile.id, slice).interval : undefined;
      if (every === undefined || every <= shortest) continue;
      const [usual, period] = [every, shortest].map(formatDuration);
      judge.warn({
        path: ['devices', index, 'id'],
        at: 'value',
        message: `"${profile.id}" sends about every ${usual}, and "aggregate" of the pipeline "${pipeline.name}" counts by ${period}: its longer periods will be called incomplete, and have no index`,
        advice: `Read it in a pipeline of its own, with its interval: "- { stage: aggregate, interval: ${usual} }".`,
      });
    }
  }
};
