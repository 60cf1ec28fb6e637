import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { DeviceProfile, Site } from '../../../core/site.ts';
import { defineStage, type Stage } from '../../../core/stage.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { bindPipelines, defaultPipelines } from '../../../gateway/runtime/bind-pipelines.ts';
import { stages as registered } from '../../../pipelines/registry.generated.ts';

const doubling: Stage = defineStage({
  name: 'doubling',
  summary: 'Doubles',
  consumes: ['measurement'],
  config: z.strictObject({ factor: z.int().min(2).default(2) }),
  restore: () => undefined,
  step: (_, batch, { factor }) => ({ output: batch.map(item => ({ ...item, value: item.value * factor })) }),
});

const tagged = (site: Site, tags: Readonly<Record<string, readonly string[]>>): Site => ({
  ...site,
  devices: new Map([...site.devices].map(([id, profile]) => [id, { ...profile, tags: tags[id] ?? [] }])),
});

describe('a pipeline', () => {
  it('reads the devices whose id or tag it names', () => {
    const site = tagged(exampleSite, { 'aq-kimlong': ['north', 'air'], 'cam-3': ['north'] });
    const [bound] = bindPipelines([{ name: 'all', from: ['ais-1', 'north'], stages: [] }], site, []);
    expect([...(bound?.devices ?? [])].toSorted()).toEqual(['ais-1', 'aq-kimlong', 'cam-3']);
  });

  it('gives each of its stages an owner of its own for what it saves', () => {
    const stages = [{ stage: 'doubling' }, { stage: 'doubling', factor: 3 }];
    const [bound] = bindPipelines([{ name: 'air', from: ['aq-kimlong'], stages }], exampleSite, [doubling]);
    expect(bound?.stages.map(({ owner }) => owner)).toEqual(['air/0-doubling', 'air/1-doubling']);
  });

  it('hands each stage its own keys, without the word stage', () => {
    const stages = [{ stage: 'doubling', factor: 3 }];
    const [bound] = bindPipelines([{ name: 'air', from: ['aq-kimlong'], stages }], exampleSite, [doubling]);
    const running = bound?.stages[0]?.start(new Map());
    const sample = {
      kind: 'measurement',
      device: 'a',
      time: 0,
      timeFrom: 'gateway',
      quantity: 'pm25',
      value: 5,
    } as const;
    expect(running?.step([sample]).output).toMatchObject([{ value: 15 }]);
  });

  it.each([
    [{ name: 'air', from: ['aq-kimlong', 'cellar'], stages: [] }, ['pipelines', 0, 'from', 1], /"cellar"/],
    [
      { name: 'air', from: ['aq-kimlong'], stages: [{ stage: 'halving' }] },
      ['pipelines', 0, 'stages', 0, 'stage'],
      /"halving"/,
    ],
    [
      { name: 'air', from: ['aq-kimlong'], stages: [{ stage: 'doubling', factor: 1 }] },
      ['pipelines', 0, 'stages', 0, 'factor'],
      /factor/,
    ],
  ])('that is wrong says where: %j', (pipeline, path, message) => {
    const bind = () => bindPipelines([pipeline], exampleSite, [doubling]);
    expect(bind).toThrow(message);
    expect(bind).toThrow(expect.objectContaining({ kind: 'config', path }));
  });
});

describe('the default pipelines', () => {
  it('are one for each family that has a device, with stages that exist', () => {
    const pipelines = defaultPipelines(exampleSite.devices.values());
    expect(pipelines).toEqual([
      {
        name: 'sensors',
        from: ['aq-kimlong'],
        stages: [
          { stage: 'normalize' },
          { stage: 'quality' },
          { stage: 'aggregate' },
          { stage: 'air-quality' },
          { stage: 'alert' },
        ],
      },
      {
        name: 'cameras',
        from: ['cam-3'],
        stages: [{ stage: 'zones' }, { stage: 'camera-signals' }, { stage: 'clips' }],
      },
      {
        name: 'vessels',
        from: ['ais-1'],
        stages: [{ stage: 'track' }, { stage: 'vessel-rules' }, { stage: 'downsample' }],
      },
    ]);
    expect(bindPipelines(pipelines, exampleSite, registered)).toHaveLength(3);
  });

  it('pass over a driver that does not exist', () => {
    const unknown: DeviceProfile[] = [...exampleSite.devices.values()].map(profile => ({ ...profile, driver: 'none' }));
    expect(defaultPipelines(unknown)).toEqual([]);
  });
});
