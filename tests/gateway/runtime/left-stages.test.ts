import { expect, it } from 'vitest';
import { z } from 'zod';
import type { Log } from '../../../core/log.ts';
import type { Measurement } from '../../../core/observation.ts';
import type { Saved } from '../../../core/sealed.ts';
import { defineStage } from '../../../core/stage.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { bindPipelines, type PipelineConfig } from '../../../gateway/runtime/bind-pipelines.ts';
import { concludeLeftStages } from '../../../gateway/runtime/left-stages.ts';
import { stages } from '../../../pipelines/registry.generated.ts';
import { exampleOf } from '../../support/calling.ts';

const now = Date.UTC(2026, 10, 23, 1, 0, 30);
const device = 'aq-kimlong';
const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

const pipeline = (name: string, ...names: string[]): PipelineConfig => ({
  name,
  from: [device],
  stages: names.map(stage => ({ stage })),
});

/** What a store would hold, and a gateway that starts with it under some configuration. */
const createStore = () => {
  const held = new Map<string, Map<string, Uint8Array>>();
  const put = ({ owner, key, value }: Saved): void => {
    const own = held.get(owner) ?? new Map<string, Uint8Array>();
    held.set(owner, own);
    if (value === undefined) own.delete(key);
    else own.set(key, value);
  };
  const begin = async (pipelines: readonly PipelineConfig[], known = stages) => {
    const left = await concludeLeftStages({
      pipelines: bindPipelines(pipelines, exampleSite, known),
      stages: known,
      site: exampleSite,
      outbox: { restore: async owner => new Map(held.get(owner)) },
      now,
      isState: () => false,
      log: silent,
    });
    for (const entry of left.saved) put(entry);
    return left;
  };
  /** Samples that the stage swallows in the middle of a minute. */
  const swallow = (owner: string, ...values: number[]): void => {
    const running = stages
      .find(({ name }) => name === 'aggregate')
      ?.bind({}, exampleSite)
      .start(new Map());
    const samples = values.map(
      (value, index): Measurement => ({
        kind: 'measurement',
        device,
        time: now + index,
        timeFrom: 'device',
        quantity: 'pm25',
        value,
      }),
    );
    for (const [key, value] of running?.step(samples).save ?? []) put({ owner, key, value });
  };
  return { held, begin, swallow };
};

it('tells what a stage held whose pipeline was renamed, under a key of its own, and forgets it', async () => {
  const { begin, swallow, held } = createStore();
  await begin([pipeline('air', 'normalize', 'aggregate')]);
  swallow('air/1-aggregate', 10, 20);
  const { conclusions } = await begin([pipeline('dust', 'normalize', 'aggregate')]);
  expect(conclusions).toMatchObject([
    { key: `${Date.UTC(2026, 10, 23, 1)}/60000/air/1-aggregate`, data: { pm25: 15, samples: { pm25: 2 } } },
  ]);
  expect(held.get('air/1-aggregate')?.size).toBe(0);
  expect((await begin([pipeline('dust', 'normalize', 'aggregate')])).conclusions).toEqual([]);
});

it('leaves alone what goes on under the same owner', async () => {
  const { begin, swallow, held } = createStore();
  const configured = [pipeline('air', 'aggregate')];
  await begin(configured);
  swallow('air/0-aggregate', 10);
  const { conclusions, saved } = await begin(configured);
  expect(conclusions).toEqual([]);
  expect(saved).toEqual([]);
  expect(held.get('air/0-aggregate')?.size).toBe(2);
});

it('keeps the state of a stage that this program does not have', async () => {
  const { begin, swallow, held } = createStore();
  await begin([pipeline('air', 'aggregate')]);
  swallow('air/0-aggregate', 10);
  const { conclusions } = await begin([], []);
  expect(conclusions).toEqual([]);
  expect(held.get('air/0-aggregate')?.size).toBe(2);
  expect((await begin([])).conclusions).toHaveLength(1);
});

it('ends no condition by silence that nobody listened to: what is open ends otherwise, and once', async () => {
  const impatient = defineStage<object, object, 'measurement'>({
    name: 'impatient',
    summary: 'Ends everything at each tick',
    consumes: ['measurement'],
    config: z.strictObject({}),
    restore: () => ({}),
    step: () => ({ output: [] }),
    tick: (_, time) => ({
      output: ['fishing-vessel.distress.raised', 'fishing-vessel.distress.cleared', 'fishing-vessel.zone.left'].map(
        name => ({ ...exampleOf(name), time, key: String(time) }),
      ),
    }),
  });
  const { begin } = createStore();
  await begin([pipeline('sea', 'impatient')], [impatient]);
  const { conclusions } = await begin([], [impatient]);
  expect(conclusions.map(({ event }) => event)).toEqual(['fishing-vessel.zone.left', 'fishing-vessel.zone.left']);
});
