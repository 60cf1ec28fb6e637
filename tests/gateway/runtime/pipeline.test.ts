import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Batch } from '../../../core/batch.ts';
import type { Conclusion } from '../../../core/conclusion.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import type { Measurement, Observation } from '../../../core/observation.ts';
import type { Sealed } from '../../../core/sealed.ts';
import { defineStage, type Stage } from '../../../core/stage.ts';
import { exampleConclusion, exampleSite } from '../../../events/example-site.ts';
import { eventTypes } from '../../../events/registry.ts';
import { effectsOf } from '../../../gateway/governor/effects.ts';
import type { Acceptance, Outbox } from '../../../gateway/outbox/outbox.ts';
import type { PipelineConfig } from '../../../gateway/runtime/bind-pipelines.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { openPipelines, type PipelinesOptions } from '../../../gateway/runtime/pipeline.ts';
import { stage as aggregate } from '../../../pipelines/aggregate/stage.ts';
import { stage as normalize } from '../../../pipelines/normalize/stage.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const device = 'aq-kimlong';

const sample = (value: number, time = start + value * 1000): Measurement => ({
  kind: 'measurement',
  device,
  time,
  timeFrom: 'device',
  quantity: 'pm25',
  value,
});

/** One event for each sample, and the sum of all of them as its state. Throws on a value of 666. */
const summing = defineStage<object, { sum: number }, 'measurement'>({
  name: 'summing',
  summary: 'Sums',
  consumes: ['measurement'],
  config: z.strictObject({}),
  restore: (_, saved) => ({ sum: Number(new TextDecoder().decode(saved.get('sum') ?? Buffer.from('0'))) }),
  step: (state, batch) => {
    const output = batch.map(({ value, time }): Conclusion => {
      // The state is spoiled before the throw, as by a real defect.
      state.sum += value;
      if (value === 666) throw new Error('cannot bear it');
      return {
        kind: 'conclusion',
        event: 'environment.device-measurement.observed',
        source: device,
        device,
        subject: 'sum',
        time,
        key: String(time),
        data: { value, sum: state.sum },
      };
    });
    return { output, save: new Map([['sum', Buffer.from(String(state.sum))]]) };
  },
});

/** A stage that swallows everything and saves it at checkpoints only; its ticks throw while it holds a 13. */
const hoarding = defineStage<object, { values: number[]; saved: number }, 'measurement'>({
  name: 'hoarding',
  summary: 'Hoards',
  consumes: ['measurement'],
  config: z.strictObject({}),
  restore: (_, saved) => {
    const values = z
      .array(z.number())
      .parse(JSON.parse(new TextDecoder().decode(saved.get('all') ?? Buffer.from('[]'))));
    return { values, saved: values.length };
  },
  step: (state, batch) => {
    state.values.push(...batch.map(({ value }) => value));
    return { output: [], dropped: { hoarded: batch.length } };
  },
  tick: state => {
    if (state.values.includes(13)) throw new Error('an unlucky tick');
    return { output: [] };
  },
  checkpoint: state => {
    if (state.saved === state.values.length) return new Map();
    state.saved = state.values.length;
    return new Map([['all', Buffer.from(JSON.stringify(state.values))]]);
  },
});

/** Tells what is above the number in its file. Throws on a value of 666. */
const limiting = defineStage<{ limit: string }, { limit: number | undefined }, 'measurement'>({
  name: 'limiting',
  summary: 'Limits',
  consumes: ['measurement'],
  config: z.strictObject({ limit: z.string() }),
  files: ({ limit }) => ({ limit }),
  restore: () => ({ limit: undefined }),
  load: (state, { text }) => {
    if (!/^\d+$/.test(text)) throw new GatewayError('config', 'line 1: expected a number');
    state.limit = Number(text);
    return { output: [] };
  },
  step: ({ limit }, batch) => {
    if (batch.some(({ value }) => value === 666)) throw new Error('cannot bear it');
    const above = batch.filter(({ value }) => limit !== undefined && value > limit);
    return {
      output: above.map(({ value, time }) => ({
        kind: 'conclusion',
        event: 'environment.device-measurement.observed',
        source: device,
        device,
        subject: 'limit',
        time,
        key: String(time),
        data: { value, limit },
      })),
    };
  },
});

/** Tells a state of each sample. */
const reporting = defineStage<object, object, 'measurement'>({
  name: 'reporting',
  summary: 'Reports',
  consumes: ['measurement'],
  config: z.strictObject({}),
  states: () => [{ event: 'fishing-vessel.fleet.reported', source: 'fleet' }],
  restore: () => ({}),
  step: (_, batch) => ({
    output: batch.map(({ time }) => ({ ...exampleOf('fishing-vessel.fleet.reported'), time })),
  }),
});

const exampleOf = (name: string): Conclusion => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  return exampleConclusion(type);
};

interface Store extends Pick<Outbox, 'append' | 'restore'> {
  /** What was committed, in order. */
  readonly committed: Acceptance[];
  /** What was asked, in order. */
  readonly asked: Acceptance[];
  /** `manual`: an append waits until it is answered. `refuse`: every append is refused. */
  mode: 'commit' | 'refuse' | 'manual';
  /** Answers the append of this index. */
  answer(index: number, how: 'commit' | 'refuse'): void;
  events(): readonly Sealed[];
  saved(): ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

/** Records what would be accepted, and refuses where a test asks for it. */
const createStore = (): Store => {
  const state = new Map<string, Map<string, Uint8Array>>();
  const committed: Acceptance[] = [];
  const asked: Acceptance[] = [];
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  const commit = (acceptance: Acceptance): void => {
    committed.push(acceptance);
    for (const { owner, key, value } of acceptance.saved ?? []) {
      const own = state.get(owner) ?? new Map<string, Uint8Array>();
      state.set(owner, own);
      if (value === undefined) own.delete(key);
      else own.set(key, value);
    }
  };
  const refusal = (): GatewayError => new GatewayError('exhausted', 'the disk is full');
  const store: Store = {
    committed,
    asked,
    mode: 'commit',
    append: async acceptance => {
      // Which stages run is recorded when they are opened: tests/gateway/runtime/left-stages.test.ts.
      if (acceptance.saved?.some(({ owner }) => owner === 'pipelines')) {
        commit(acceptance);
        committed.pop();
        return;
      }
      const index = asked.push(acceptance) - 1;
      if (store.mode === 'refuse') throw refusal();
      if (store.mode === 'manual') {
        const answered = Promise.withResolvers<void>();
        waiting.set(index, answered);
        await answered.promise;
      } else commit(acceptance);
    },
    answer: (index, how) => {
      const acceptance = asked[index];
      if (acceptance === undefined) throw new Error(`nothing was asked at ${index}`);
      if (how === 'commit') commit(acceptance);
      const answered = waiting.get(index);
      waiting.delete(index);
      if (how === 'commit') answered?.resolve();
      else answered?.reject(refusal());
    },
    restore: async owner => new Map(state.get(owner)),
    events: () => committed.flatMap(({ events = [] }) => events),
    saved: () => state,
  };
  return store;
};

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

const pipeline = (...stages: readonly (string | PipelineConfig['stages'][number])[]): PipelineConfig => ({
  name: 'air',
  from: [device],
  stages: stages.map(stage => (typeof stage === 'string' ? { stage } : stage)),
});

const stages: readonly Stage[] = [summing, hoarding, limiting, reporting, normalize, aggregate];

interface World {
  now: number;
  readonly counts: Map<string, number>;
}

const open = async (
  outbox: PipelinesOptions['outbox'],
  pipelines: readonly PipelineConfig[] = [pipeline('summing')],
  world: World = { now: start, counts: new Map() },
  machine: Pick<PipelinesOptions, 'allowed' | 'onRefused' | 'onState'> = {},
) => ({
  world,
  pipelines: await openPipelines({
    pipelines,
    site: exampleSite,
    outbox,
    sealer: createSealer(exampleSite),
    clock: { now: () => world.now, steady: () => world.now },
    timeQuality: () => 'ntp',
    log: silent,
    count: (reason, by) => world.counts.set(reason, (world.counts.get(reason) ?? 0) + by),
    stages,
    ...machine,
  }),
});

/** Batches that tell what became of them, in `settled`. */
const createSource = () => {
  const settled: string[] = [];
  return {
    settled,
    batch: (name: string, items: readonly Observation[]): Batch<Observation> => ({
      items,
      settle: failure => settled.push(failure === undefined ? name : `${name}: ${failure.kind}`),
    }),
  };
};

const dataOf = ({ body }: Sealed) => z.object({ data: z.record(z.string(), z.unknown()) }).parse(JSON.parse(body)).data;
const valuesOf = (events: readonly Sealed[], name: string) => events.map(event => dataOf(event)[name]);
const typeOf = ({ body }: Sealed) => z.object({ type: z.string() }).parse(JSON.parse(body)).type;

/** Lets everything run that waits for nothing but promises. */
const settleDown = () => new Promise(resolve => setImmediate(resolve));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** `count` seconds of the gateway's life. */
const pass = async (world: World, count: number): Promise<void> => {
  for (let second = 0; second < count; second++) {
    world.now += 1000;
    vi.advanceTimersByTime(1000);
    await settleDown();
  }
};

describe('a batch', () => {
  it('is settled after the commit of its events and of the state that swallowed it', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('first', [sample(1), sample(2)]));
    await settleDown();
    expect(settled).toEqual([]);
    expect(store.asked).toHaveLength(1);
    expect(store.asked[0]?.events).toHaveLength(2);
    expect(store.asked[0]?.saved).toMatchObject([{ owner: 'air/0-summing', key: 'sum' }]);
    store.answer(0, 'commit');
    await settleDown();
    expect(settled).toEqual(['first']);
  });

  it('is settled in the order received, whatever order the store answers in', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    for (const name of ['first', 'second', 'third']) await pipelines.accept(device, batch(name, [sample(1)]));
    store.answer(2, 'commit');
    store.answer(1, 'commit');
    await settleDown();
    expect(settled).toEqual([]);
    store.answer(0, 'commit');
    await settleDown();
    expect(settled).toEqual(['first', 'second', 'third']);
  });

  it('that is empty is settled in its place, and asks the store for nothing without a settle', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('full', [sample(1)]));
    await pipelines.accept(device, batch('empty', []));
    await pipelines.accept(device, { items: [] });
    await settleDown();
    expect(settled).toEqual(['full', 'empty']);
    expect(store.asked).toHaveLength(2);
  });

  it('goes through every pipeline that reads the device, in one transaction', async () => {
    const store = createStore();
    const second = { ...pipeline('summing'), name: 'again' };
    const { pipelines } = await open(store, [pipeline('summing'), second]);
    await pipelines.accept(device, { items: [sample(5)] });
    expect(store.committed).toHaveLength(1);
    expect(store.committed[0]?.saved?.map(({ owner }) => owner)).toEqual(['air/0-summing', 'again/0-summing']);
  });

  it('of a device without a pipeline is settled and counted', async () => {
    const { pipelines, world } = await open(createStore());
    const { batch, settled } = createSource();
    await pipelines.accept('cam-3', batch('lonely', [sample(1), sample(2)]));
    await settleDown();
    expect(settled).toEqual(['lonely']);
    expect(world.counts.get('no-pipeline')).toBe(2);
  });

  it('is counted where no stage takes its items', async () => {
    const { pipelines, world } = await open(createStore(), [pipeline('normalize')]);
    await pipelines.accept(device, { items: [sample(1)] });
    expect(world.counts.get('no-stage.measurement')).toBe(1);
  });

  it('counts what stages drop, by stage and reason', async () => {
    const { pipelines, world } = await open(createStore(), [pipeline('hoarding')]);
    await pipelines.accept(device, { items: [sample(1), sample(2)] });
    expect(world.counts.get('hoarding.hoarded')).toBe(2);
  });

  it('whose source cannot settle it harms no other', async () => {
    const { pipelines } = await open(createStore());
    const { batch, settled } = createSource();
    const settle = () => {
      throw new Error('the socket is gone');
    };
    await pipelines.accept(device, { items: [sample(1)], settle });
    await pipelines.accept(device, batch('next', [sample(2)]));
    await settleDown();
    expect(settled).toEqual(['next']);
  });
});

describe('a state that a stage concludes', () => {
  it('is handed on to be retained, and is no event', async () => {
    const store = createStore();
    const states: { readonly topic: string; readonly body: string }[] = [];
    const { pipelines } = await open(store, [pipeline('reporting')], undefined, {
      onState: state => void states.push(state),
    });
    await pipelines.accept(device, { items: [sample(1), sample(2)] });
    await settleDown();
    const topic = 'ioc/v1/hue/gw-017/fishing-vessel/state/fleet';
    expect(states.map(state => state.topic)).toEqual([topic, topic]);
    expect(JSON.parse(states[1]?.body ?? '')).toMatchObject({
      source: '/ioc/hue/gw-017/fleet',
      time: new Date(start + 2000).toISOString(),
      subject: 'fleet/fleet',
    });
    expect(pipelines.stateTopics).toEqual([topic]);
    expect(store.committed.flatMap(({ events = [] }) => events)).toEqual([]);
  });
});

describe('a file of a stage', () => {
  const openLimited = async (file: string) => {
    const store = createStore();
    const opened = await open(store, [pipeline({ stage: 'limiting', limit: file })]);
    const told = (): readonly string[] => store.events().map(typeOf);
    const above = (): readonly unknown[] =>
      store.events().flatMap(event => (typeOf(event).includes('device-measurement') ? [dataOf(event)['value']] : []));
    const accept = (...values: readonly number[]): Promise<void> =>
      opened.pipelines.accept(device, { items: values.map(value => sample(value)) });
    return { ...opened, told, above, accept, store };
  };
  const inForce = 'vn.ioc.gateway.file.loaded.v1';
  const refused = 'vn.ioc.gateway.file.refused.v1';

  it('is in force before the first batch, and its next content from when it was found', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'limit');
    await writeFile(file, '5');
    const { world, told, accept, store } = await openLimited(file);
    await accept(4, 6);
    await writeFile(file, '3');
    await pass(world, 5);
    await until('the new content is in force', () => told().filter(type => type === inForce).length === 2);
    await accept(4, 6);
    expect(store.events().flatMap(event => dataOf(event)['limit'] ?? [])).toEqual([5, 3, 3]);
  });

  it('that cannot be used is told, and what was in force stays', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'limit');
    await writeFile(file, '5');
    const { world, told, above, accept } = await openLimited(file);
    await writeFile(file, 'five');
    await pass(world, 5);
    await until('it is refused', () => told().includes(refused));
    await accept(4, 6);
    expect(above()).toEqual([6]);
  });

  it('that is not there keeps nobody from starting', async () => {
    await using folder = await temporaryFolder();
    const { told, above, accept } = await openLimited(path.join(folder.path, 'nowhere'));
    await accept(4, 6);
    expect(told()).toEqual([refused]);
    expect(above()).toEqual([]);
  });

  it('is in force again in a stage that was rebuilt', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'limit');
    await writeFile(file, '5');
    const { above, accept } = await openLimited(file);
    await accept(666);
    await accept(4, 6);
    expect(above()).toEqual([6]);
  });
});

describe('the commit', () => {
  it('waits for company only for observations that nobody waits for', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const { batch } = createSource();
    await pipelines.accept(device, { items: [sample(1)] });
    await pipelines.accept(device, batch('acknowledged', [sample(2)]));
    await pipelines.conclude([exampleConclusion(exampleType('gateway.gateway.started'))]);
    expect(store.asked.map(({ linger }) => linger)).toEqual([1000, undefined, undefined]);
  });

  it('waits as long for company as the machine asks for', async () => {
    const store = createStore();
    const { pipelines } = await open(store, undefined, undefined, {
      allowed: () => effectsOf(new Set(['commits-60s'])),
    });
    await pipelines.accept(device, { items: [sample(1)] });
    expect(store.asked.map(({ linger }) => linger)).toEqual([60_000]);
  });

  it('holds no observation while the machine bears none, but the state and the events of more weight', async () => {
    const store = createStore();
    let refused = 0;
    const { pipelines } = await open(store, undefined, undefined, {
      allowed: () => effectsOf(new Set(['no-observations'])),
      onRefused: observations => {
        refused += observations;
      },
    });
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('acknowledged', [sample(1), sample(2)]));
    await pipelines.conclude([exampleConclusion(exampleType('gateway.gateway.started'))]);
    await settleDown();
    expect(settled).toEqual(['acknowledged']);
    expect(refused).toBe(2);
    expect(store.events().map(typeOf)).toEqual(['vn.ioc.gateway.gateway.started.v1']);
    expect(store.committed[0]?.saved).toMatchObject([{ owner: 'air/0-summing', key: 'sum' }]);
  });

  it('holds the media that an event announces', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const announcing = exampleConclusion(exampleType('urban-camera.zone.entered'));
    await pipelines.conclude([announcing]);
    expect(store.committed[0]?.events).toHaveLength(1);
    expect(store.committed[0]?.media).toEqual([
      {
        key: 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg',
        sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0',
        mediaType: 'image/jpeg',
        bytes: 48211,
        device: 'cam-3',
        correlation: 'track/cam-3/20261122T170402Z-187',
        expires: Date.UTC(2026, 11, 22, 17, 4, 10),
      },
    ]);
  });

  it('holds a picture for each correlation of the events that name it together', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const announcing = exampleConclusion(exampleType('urban-camera.zone.entered'));
    const correlations = ['track/cam-3/1', 'track/cam-3/2'];
    await pipelines.conclude(correlations.map(correlation => ({ ...announcing, key: correlation, correlation })));
    expect(store.committed[0]?.media?.map(({ correlation }) => correlation)).toEqual(correlations);
  });
});

const exampleType = (name: string) => {
  const type = eventTypes.get(name);
  if (type === undefined) throw new Error(`no event ${name}`);
  return type;
};

describe('the window of unsettled batches', () => {
  it('makes a source wait when it is full, until something is settled', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    const many = Array.from({ length: 10_000 }, (_, index) => sample(index % 500));
    await pipelines.accept(device, batch('first', many));
    await pipelines.accept(device, batch('second', many));
    let taken = false;
    const third = pipelines.accept(device, batch('third', [sample(1)])).then(() => {
      taken = true;
    });
    await settleDown();
    expect(taken).toBe(false);
    expect(store.asked).toHaveLength(2);
    store.answer(0, 'commit');
    await third;
    expect(settled).toEqual(['first']);
    expect(store.asked).toHaveLength(3);
  });

  it('does not wait for company when it fills up', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const many = Array.from({ length: 6000 }, (_, index) => sample(index % 500));
    await pipelines.accept(device, { items: many });
    await pipelines.accept(device, { items: [sample(1)] });
    expect(store.asked.map(({ linger }) => linger)).toEqual([1000, undefined]);
  });
});

describe('a stage that throws', () => {
  it('loses the item it cannot bear to the dead letters, and nothing else', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('before', [sample(10)]));
    await pipelines.accept(device, batch('poisoned', [sample(1), sample(666), sample(2)]));
    await pipelines.accept(device, batch('after', [sample(3)]));
    await settleDown();
    expect(settled).toEqual(['before', 'poisoned', 'after']);
    const sums = store.events().filter(event => typeOf(event).includes('device-measurement'));
    expect(valuesOf(sums, 'value')).toEqual([10, 1, 2, 3]);
    expect(valuesOf(sums, 'sum')).toEqual([10, 11, 13, 16]);
    expect(store.committed.flatMap(({ deadLetters = [] }) => deadLetters)).toMatchObject([
      { pipeline: 'air', stage: 'summing', device, reason: 'cannot bear it', at: start },
    ]);
  });

  it('keeps the letter below 16 KiB, and buries it in the transaction of its batch', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const huge = { ...sample(666), note: 'x'.repeat(100_000) };
    await pipelines.accept(device, { items: [huge, sample(1)] });
    expect(store.committed).toHaveLength(1);
    expect(store.committed[0]?.deadLetters?.[0]?.item.length).toBe(16_384);
  });

  it('is reported as an event once a minute, and counted always', async () => {
    const store = createStore();
    const { pipelines, world } = await open(store);
    const poison = { items: [sample(666)] };
    await pipelines.accept(device, poison);
    await pipelines.accept(device, poison);
    world.now += 61_000;
    await pipelines.accept(device, poison);
    const reports = store.events().filter(event => typeOf(event).includes('stage.failed'));
    expect(reports.map(dataOf)).toMatchObject([
      { pipeline: 'air', stage: 'summing', message: 'cannot bear it', deadLetters: 1 },
      { deadLetters: 1 },
    ]);
    expect(world.counts.get('summing.failed')).toBe(3);
    expect(world.counts.get('summing.dead-letter')).toBe(3);
  });

  it('waits for what is in flight, so that it is rebuilt from all that was accepted', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    await pipelines.accept(device, { items: [sample(10)] });
    const poisoned = pipelines.accept(device, { items: [sample(666), sample(1)] });
    await settleDown();
    expect(store.asked).toHaveLength(1);
    store.answer(0, 'commit');
    await poisoned;
    const sums = store.asked[1]?.events?.filter(event => typeOf(event).includes('device-measurement')) ?? [];
    expect(valuesOf(sums, 'sum')).toEqual([11]);
  });

  it('in its tick is rebuilt from its checkpoint and goes on', async () => {
    const store = createStore();
    const { pipelines, world } = await open(store, [pipeline('hoarding')]);
    await pipelines.accept(device, { items: [sample(1)] });
    await pass(world, 10);
    await pipelines.accept(device, { items: [sample(13)] });
    await pass(world, 1);
    expect(world.counts.get('hoarding.failed')).toBe(1);
    await pass(world, 5);
    expect(world.counts.get('hoarding.failed')).toBe(1);
    expect(new TextDecoder().decode(store.saved().get('air/0-hoarding')?.get('all'))).toBe('[1]');
  });

  it('buries a conclusion that breaks the wire contract', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const broken = { ...exampleConclusion(exampleType('gateway.gateway.started')), subject: 'cổng' };
    await pipelines.conclude([broken]);
    expect(store.committed[0]?.events).toBeUndefined();
    expect(store.committed[0]?.deadLetters).toMatchObject([{ stage: 'seal', device: 'gateway' }]);
  });

  it('that cannot read its saved state begins anew', async () => {
    const store = createStore();
    await store.append({ saved: [{ owner: 'air/0-hoarding', key: 'all', value: Buffer.from('no JSON') }] });
    const { pipelines, world } = await open(store, [pipeline('hoarding')]);
    await pipelines.accept(device, { items: [sample(1)] });
    expect(world.counts.get('hoarding.unreadable-state')).toBe(1);
  });
});

describe('a store that refuses', () => {
  it('fails the batch, and the stages return to what the store holds', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('kept', [sample(10)]));
    await settleDown();
    store.mode = 'refuse';
    await pipelines.accept(device, batch('refused', [sample(5)]));
    store.mode = 'commit';
    await pipelines.accept(device, batch('later', [sample(1)]));
    await settleDown();
    expect(settled).toEqual(['kept', 'refused: exhausted', 'later']);
    expect(valuesOf(store.events(), 'sum')).toEqual([10, 11]);
  });

  it('counts what nobody can send again', async () => {
    const store = createStore();
    const { pipelines, world } = await open(store);
    store.mode = 'refuse';
    await pipelines.accept(device, { items: [sample(1), sample(2)] });
    await until('it is counted', () => world.counts.get('refused') === 2);
  });

  it('is asked again for what a later commit was built on', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('first', [sample(10)]));
    await pipelines.accept(device, batch('second', [sample(5)]));
    await pipelines.accept(device, batch('third', [sample(1)]));
    store.answer(0, 'refuse');
    store.answer(1, 'commit');
    store.answer(2, 'refuse');
    store.mode = 'commit';
    await until('all are settled', () => settled.length === 3);
    // The state of the second holds the sample of the first, so the event of the first is owed.
    expect(settled).toEqual(['first', 'second', 'third: exhausted']);
    expect(valuesOf(store.events(), 'sum')).toEqual([15, 10]);
    await pipelines.accept(device, batch('third again', [sample(1)]));
    expect(valuesOf(store.events(), 'sum')).toEqual([15, 10, 16]);
  });

  it('while a stage is being rebuilt fails that batch too, and nothing is counted twice or lost', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('first', [sample(10)]));
    const poisoned = pipelines.accept(device, batch('poisoned', [sample(666), sample(1)]));
    await settleDown();
    store.answer(0, 'refuse');
    store.mode = 'commit';
    await poisoned;
    await until('both are settled', () => settled.length === 2);
    expect(settled).toEqual(['first: exhausted', 'poisoned: exhausted']);
    await pipelines.accept(device, batch('first again', [sample(10)]));
    await pipelines.accept(device, batch('poisoned again', [sample(666), sample(1)]));
    const sums = store.events().filter(event => typeOf(event).includes('device-measurement'));
    expect(valuesOf(sums, 'sum')).toEqual([10, 11]);
  });

  it('lets no batch that stands in line meet stages that hold what was refused', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('first', [sample(10)]));
    store.answer(0, 'refuse');
    store.mode = 'commit';
    await settleDown();
    await Promise.all(['a', 'b', 'c'].map(name => pipelines.accept(device, batch(name, [sample(1)]))));
    await until('all are settled', () => settled.length === 4);
    expect(settled).toEqual(['first: exhausted', 'a', 'b', 'c']);
    expect(valuesOf(store.events(), 'sum')).toEqual([1, 2, 3]);
  });

  it('rejects what was to be concluded', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    store.mode = 'refuse';
    const concluded = pipelines.conclude([exampleConclusion(exampleType('gateway.gateway.started'))]);
    await expect(concluded).rejects.toMatchObject({ kind: 'exhausted' });
  });
});

describe('time', () => {
  it('saves what changed every ten seconds', async () => {
    const store = createStore();
    const { pipelines, world } = await open(store, [pipeline('hoarding')]);
    await pipelines.accept(device, { items: [sample(1)] });
    await pass(world, 9);
    expect(store.committed).toEqual([]);
    await pass(world, 1);
    expect(store.committed).toHaveLength(1);
    await pass(world, 20);
    expect(store.committed).toHaveLength(1);
  });

  it('closes periods while nothing arrives', async () => {
    const store = createStore();
    const { pipelines, world } = await open(store, [pipeline('normalize', { stage: 'aggregate', lateness: '1s' })]);
    await pipelines.accept(device, { items: [sample(10), sample(20)] });
    expect(store.events()).toEqual([]);
    await pass(world, 62);
    expect(store.events().map(dataOf)).toMatchObject([{ pm25: 15, samples: { pm25: 2 }, quality: { pm25: 'pass' } }]);
  });
});

describe('closing', () => {
  it('saves what changed and waits for its commit', async () => {
    const store = createStore();
    const { pipelines } = await open(store, [pipeline('hoarding')]);
    await pipelines.accept(device, { items: [sample(1)] });
    store.mode = 'manual';
    let closed = false;
    const closing = pipelines.close().then(() => {
      closed = true;
    });
    await settleDown();
    expect(closed).toBe(false);
    expect(store.asked).toHaveLength(1);
    store.answer(0, 'commit');
    await closing;
    expect(store.saved().get('air/0-hoarding')?.has('all')).toBe(true);
  });

  it('turns away what comes later, in its order', async () => {
    const store = createStore();
    store.mode = 'manual';
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    await pipelines.accept(device, batch('in time', [sample(1)]));
    const closing = pipelines.close();
    await pipelines.accept(device, batch('too late', [sample(2)]));
    await settleDown();
    expect(settled).toEqual([]);
    store.answer(0, 'commit');
    await closing;
    expect(settled).toEqual(['in time', 'too late: exhausted']);
    await expect(pipelines.conclude([])).rejects.toMatchObject({ kind: 'exhausted' });
  });

  it('does not wait for ever for a store that refuses', async () => {
    const store = createStore();
    const { pipelines } = await open(store);
    const { batch, settled } = createSource();
    store.mode = 'refuse';
    await pipelines.accept(device, batch('refused', [sample(1)]));
    await pipelines.close();
    expect(settled).toEqual(['refused: exhausted']);
  });
});

describe('a replay', () => {
  const day = Array.from({ length: 200 }, (_, index) => sample(index % 40, start + index * 1700));

  const run = async (batchSize: number) => {
    const store = createStore();
    const { pipelines, world } = await open(store, [pipeline('normalize', { stage: 'aggregate', periods: ['10s'] })]);
    for (let at = 0; at < day.length; at += batchSize) {
      const items = day.slice(at, at + batchSize);
      world.now = (items.at(-1)?.time ?? 0) + 20;
      await pipelines.accept(device, { items });
      vi.advanceTimersByTime(1000);
      await settleDown();
    }
    world.now += 60_000;
    vi.advanceTimersByTime(1000);
    await settleDown();
    return new Map(store.events().map(event => [event.id, JSON.stringify(dataOf(event))]));
  };

  it('of a recording gives the same events, however it is cut into batches', async () => {
    const [once, again] = [await run(1), await run(3)];
    expect(once.size).toBe(34);
    expect(again).toEqual(once);
  });
});

describe('across restarts at random moments', () => {
  it.each([1, 2, 3, 4, 5])('no sample is lost or counted twice (seed %i)', async seed => {
    const random = createRandom('pipeline restarts', seed);
    const store = createStore();
    const configured = [pipeline('normalize', { stage: 'aggregate', periods: ['1s'], lateness: '0s' })];
    const world: World = { now: start, counts: new Map() };
    /** Sent and not acknowledged yet. */
    let unsettled: Measurement[] = [];
    let sent = 0;
    for (let life = 0; life < 12; life++) {
      store.mode = 'commit';
      let alive = true;
      const { pipelines } = await open(
        {
          restore: store.restore,
          append: acceptance => (alive ? store.append(acceptance) : new Promise(() => {})),
        },
        configured,
        world,
      );
      const deliver = (items: readonly Measurement[]) =>
        pipelines.accept(device, {
          items,
          settle: failure => {
            if (alive && failure === undefined) unsettled = unsettled.filter(item => !items.includes(item));
          },
        });
      for (const item of unsettled) await deliver([item]);
      for (let batch = 0; batch < 30; batch++) {
        const items = Array.from({ length: 1 + Math.floor(random() * 4) }, () => sample(1, start + sent++ * 97));
        unsettled.push(...items);
        await deliver(items);
        if (random() < 0.3) await pass(world, 1);
      }
      // The last ones of a life are on their way when it ends, some of them behind a commit that nobody heard of.
      store.mode = 'manual';
      const first = store.asked.length;
      for (let last = 0; last < 4; last++) {
        const items = [sample(1, start + sent++ * 97)];
        unsettled.push(...items);
        await deliver(items);
      }
      alive = false;
      if (random() < 0.7) store.answer(first, 'commit');
      await settleDown();
    }
    store.mode = 'commit';
    const { pipelines } = await open(store, configured, world);
    for (const item of unsettled) await pipelines.accept(device, { items: [item] });
    world.now += 3_600_000;
    await pass(world, 3);
    const counted = store
      .events()
      .map(event => z.object({ samples: z.object({ pm25: z.number() }) }).parse(dataOf(event)).samples.pm25);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(sent);
    expect(new Set(store.events().map(({ id }) => id)).size).toBe(store.events().length);
  });
});

describe('with a store that refuses at random moments', () => {
  it.each([1, 2, 3, 4, 5])('no sample is lost or counted twice (seed %i)', async seed => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const random = createRandom('pipeline refusals', seed);
    const store = createStore();
    store.mode = 'manual';
    const configured = [pipeline('normalize', { stage: 'aggregate', periods: ['1s'], lateness: '0s' })];
    const { pipelines, world } = await open(store, configured);
    let answered = 0;
    const answerNext = (how: 'commit' | 'refuse'): void => {
      if (answered < store.asked.length) store.answer(answered++, how);
    };
    /** Batches that the source has to send, those that failed among them. */
    const outgoing: Measurement[][] = [];
    let refusals = 0;
    let sent = 0;
    let settledBatches = 0;
    let sending: Promise<void> | undefined;
    const sendNext = (): void => {
      const items = outgoing.shift();
      if (items === undefined || sending !== undefined) {
        if (items !== undefined) outgoing.unshift(items);
        return;
      }
      const settle = (failure?: GatewayError): void => {
        if (failure === undefined) settledBatches++;
        else outgoing.push(items);
      };
      sending = pipelines.accept(device, { items, settle }).then(() => {
        sending = undefined;
      });
    };
    const batches = 300;
    for (let batch = 0; batch < batches; batch++)
      outgoing.push(Array.from({ length: 1 + Math.floor(random() * 3) }, () => sample(1, start + sent++ * 53)));
    for (let turn = 0; settledBatches < batches; turn++) {
      if (turn > 20_000) throw new Error(`${settledBatches} of ${batches} batches are settled`);
      const chance = random();
      if (chance < 0.5) sendNext();
      else if (chance < 0.9) {
        const refuse = refusals < 40 && random() < 0.15;
        if (refuse && answered < store.asked.length) refusals++;
        answerNext(refuse ? 'refuse' : 'commit');
      } else {
        world.now += 500;
        vi.advanceTimersByTime(500);
      }
      await settleDown();
    }
    world.now += 3_600_000;
    for (let turn = 0; turn < 10; turn++) {
      vi.advanceTimersByTime(1000);
      await settleDown();
      while (answered < store.asked.length) answerNext('commit');
      await settleDown();
    }
    const counted = store
      .events()
      .map(event => z.object({ samples: z.object({ pm25: z.number() }) }).parse(dataOf(event)).samples.pm25);
    expect(refusals).toBeGreaterThan(10);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(sent);
    expect(new Set(store.events().map(({ id }) => id)).size).toBe(store.events().length);
  });
});

describe('over the real outbox', () => {
  it('a period that was open when the gateway stopped is told by the next run, whole', async () => {
    await using folder = await temporaryFolder();
    const configured = [pipeline('normalize', { stage: 'aggregate', lateness: '0s' })];
    const world: World = { now: start, counts: new Map() };
    for (const half of [0, 1]) {
      await using opened = await openTestOutbox(folder.path);
      const { pipelines } = await open(opened.outbox, configured, world);
      const settled: unknown[] = [];
      await pipelines.accept(device, {
        items: Array.from({ length: 5 }, (_, index) => sample(half * 5 + index)),
        settle: failure => settled.push(failure),
      });
      await until('the batch is settled', () => settled.length === 1);
      expect(settled).toEqual([undefined]);
      await pipelines.close();
    }
    await using opened = await openTestOutbox(folder.path);
    const recorded: Sealed[] = [];
    const { pipelines } = await open(
      {
        restore: opened.outbox.restore,
        append: async acceptance => {
          await opened.outbox.append(acceptance);
          recorded.push(...(acceptance.events ?? []));
        },
      },
      configured,
      world,
    );
    world.now += 120_000;
    vi.advanceTimersByTime(1000);
    await until('the period is told', () => recorded.length > 0);
    expect(recorded.map(dataOf)).toMatchObject([{ pm25: 4.5, samples: { pm25: 10 } }]);
    await pipelines.close();
  });
});
