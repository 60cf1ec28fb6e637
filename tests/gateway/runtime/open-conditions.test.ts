import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Sealed } from '../../../core/sealed.ts';
import type { Site } from '../../../core/site.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { eventTypes } from '../../../events/registry.ts';
import type { Acceptance, Outbox } from '../../../gateway/outbox/outbox.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { loadOpenConditions } from '../../../gateway/runtime/open-conditions.ts';
import { openPipelines } from '../../../gateway/runtime/pipeline.ts';
import { calling, exampleOf, say, start } from '../../support/calling.ts';
import { openTestOutbox } from '../../support/outbox.ts';
import { projectFile, temporaryFolder, until } from '../../support/resources.ts';

/** The gateway's pipelines over a store, with everything that was accepted. */
const open = async (outbox: Pick<Outbox, 'append' | 'restore'>, name = 'sea', site: Site = exampleSite) => {
  const events: Sealed[] = [];
  const counts = new Map<string, number>();
  const told: number[] = [];
  const from = [...site.devices.keys()].filter(id => id !== 'aq-kimlong');
  const pipelines = await openPipelines({
    pipelines: [{ name, from, stages: [{ stage: 'calling' }] }],
    site,
    outbox: {
      restore: outbox.restore,
      append: async (acceptance: Acceptance) => {
        await outbox.append(acceptance);
        events.push(...(acceptance.events ?? []));
      },
    },
    sealer: createSealer(site),
    clock: { now: () => start + 60_000, steady: () => 60_000 },
    timeQuality: () => 'ntp',
    log: { info: () => {}, warn: () => {}, error: () => {} },
    count: (reason, by) => counts.set(reason, (counts.get(reason) ?? 0) + by),
    stages: [calling],
    onOpenChanged: () => told.push(events.length),
  });
  const accept = (values: readonly number[], by = 'ais-1'): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (failure?: Error): void => (failure === undefined ? resolve() : reject(failure));
      void pipelines.accept(by, { items: values.map(value => say(value, by)), settle });
    });
  return { pipelines, accept, events, counts, told };
};

const parse = ({ body }: Sealed) => JSON.parse(body);

it('opens, refreshes and closes what stages tell, after the commit', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const { pipelines, accept, events, told } = await open(store.outbox);
  await accept([0, 10]);
  expect(told).toEqual([2]);
  expect(pipelines.open().conditions).toMatchObject([
    { id: events[0]?.id, type: 'vn.ioc.fishing-vessel.distress.raised.v1', correlation: 'distress/0', since: start },
    { correlation: 'distress/1', owner: 'sea/0-calling' },
  ]);
  await accept([1]);
  expect(pipelines.open().conditions).toHaveLength(2);
  expect(pipelines.open().conditions[0]?.id).toBe(events[0]?.id);
  await accept([2]);
  expect(pipelines.open().conditions).toMatchObject([{ correlation: 'distress/1' }]);
  await pipelines.close();
});

it('finds after a start what was open, and ends it once when its pipeline is configured no more', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const first = await open(store.outbox);
  await first.accept([0]);
  const raised = first.events[0];
  await first.pipelines.close();

  const second = await open(store.outbox);
  expect(second.pipelines.open().conditions).toEqual(first.pipelines.open().conditions);
  expect(second.events).toEqual([]);
  await second.pipelines.close();

  const third = await open(store.outbox, 'harbor');
  expect(third.pipelines.open().conditions).toEqual([]);
  expect(third.events.map(parse)).toMatchObject([
    {
      type: 'vn.ioc.fishing-vessel.distress.cleared.v1',
      correlationid: 'distress/0',
      causationid: raised?.id,
      severitytext: 'INFORMATIONAL',
      data: { phase: 'cleared', reason: 'config-removed', endedBy: 'configuration' },
    },
  ]);
  await third.pipelines.close();
  const fourth = await open(store.outbox, 'harbor');
  expect(fourth.events).toEqual([]);
  await fourth.pipelines.close();
});

it('ends what a removed device had open, and takes its ending from nobody again', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const first = await open(store.outbox);
  await first.accept([20], 'cam-3');
  await first.accept([0]);
  await first.pipelines.close();
  const devices = new Map([...exampleSite.devices].filter(([id]) => id !== 'cam-3'));
  const second = await open(store.outbox, 'sea', { ...exampleSite, devices });
  expect(second.events.map(event => parse(event).correlationid)).toEqual(['distress/2']);
  expect(second.pipelines.open().conditions).toMatchObject([{ correlation: 'distress/0' }]);
  // A stage that held something of the device ends it by itself too.
  await second.pipelines.conclude([
    { ...exampleOf('fishing-vessel.distress.cleared'), source: 'cam-3', device: 'cam-3', correlation: 'distress/2' },
  ]);
  expect(second.events).toHaveLength(1);
  await second.pipelines.close();
});

it('leaves no ghost of what the store refused', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  let isFull = false;
  const { pipelines, accept, told } = await open({
    restore: store.outbox.restore,
    append: async acceptance => {
      if (isFull && acceptance.events !== undefined) throw new Error('the disk is full');
      await store.outbox.append(acceptance);
    },
  });
  await accept([0]);
  isFull = true;
  await expect(accept([10])).rejects.toThrow('the disk is full');
  isFull = false;
  expect(pipelines.open().conditions).toMatchObject([{ correlation: 'distress/0' }]);
  expect(told.length).toBe(2);
  await pipelines.close();
});

it('lists 5000 and counts what is open beyond them', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const { pipelines, accept, events, counts } = await open(store.outbox);
  await accept(Array.from({ length: 5_002 }, (_, index) => index * 10));
  expect(events).toHaveLength(5_002);
  expect(pipelines.open()).toMatchObject({ beyond: 2 });
  expect(pipelines.open().conditions).toHaveLength(5_000);
  expect(counts.get('condition.not-listed')).toBe(2);
  await accept([5_001 * 10 + 2]);
  expect(pipelines.open().beyond).toBe(1);
  await pipelines.close();
  const again = await open(store.outbox);
  expect(again.pipelines.open()).toMatchObject({ beyond: 1 });
  await again.pipelines.close();
});

it('moves with the clock what was dated by it, and keeps what was told', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const first = await open(store.outbox);
  await first.accept([0]);
  await first.pipelines.shift({ from: start - 1, to: start + 1, by: 3_600_000 });
  await first.pipelines.close();
  const second = await open(store.outbox, 'harbor');
  expect(first.pipelines.open().conditions).toMatchObject([{ since: start + 3_600_000 }]);
  expect(second.events.map(parse)).toMatchObject([{ data: { phase: 'cleared', reason: 'config-removed' } }]);
  await second.pipelines.close();
});

it('names the event that raised it as the cause of its end, also where the machine started anew without the time', async () => {
  await using folder = await temporaryFolder();
  await using store = await openTestOutbox(folder.path);
  const cold = {
    id: 'cold-store',
    name: { vi: 'Kho lạnh', en: 'Cold store' },
    hazard: 'other',
    quantity: 'temperature',
    over: 'sample',
    below: -20,
    for: '0s',
    severity: 'LOW',
    text: { vi: '{value}', en: '{value}' },
  };
  const events: Sealed[] = [];
  const run = async (boot: string, rules: readonly object[]) => {
    const dating = { boot, correction: () => undefined, isUnknown: () => false };
    return openPipelines({
      pipelines: [{ name: 'store', from: ['aq-kimlong'], stages: [{ stage: 'alert', rules }] }],
      site: exampleSite,
      outbox: {
        restore: store.outbox.restore,
        append: async acceptance => {
          await store.outbox.append(acceptance);
          events.push(...(acceptance.events ?? []));
        },
      },
      sealer: createSealer(exampleSite, dating),
      clock: { now: () => start, steady: () => 60_000 },
      timeQuality: () => 'unsynchronized',
      log: { info: () => {}, warn: () => {}, error: () => {} },
      count: () => {},
    });
  };
  const first = await run('b1', [cold]);
  const sample = { ...say(-30, 'aq-kimlong'), quantity: 'temperature' as const, timeFrom: 'gateway' as const };
  await first.accept('aq-kimlong', { items: [sample] });
  await first.close();
  const second = await run('b2', []);
  const cleared = await until('the warning is ended', () => events[1]);
  await second.close();
  expect(parse(cleared)).toMatchObject({
    causationid: events[0]?.id,
    correlationid: JSON.parse(events[0]?.body ?? '').correlationid,
    data: { phase: 'cleared', reason: 'config-removed' },
  });
});

it('is on the disk with its event when the process is killed', async () => {
  await using folder = await temporaryFolder();
  const child = spawn(process.execPath, [projectFile('tests', 'support', 'raise-and-wait.ts'), folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using store = await openTestOutbox(folder.path);
  const { pipelines, events } = await open(store.outbox, 'harbor');
  expect(events.map(event => parse(event).correlationid)).toEqual(['distress/0']);
  expect(pipelines.open().conditions).toEqual([]);
  await pipelines.close();
});

const raisedNames = [...eventTypes.keys()].filter(name => name.endsWith('.raised'));

it.each(raisedNames)('can end every condition by what was told of it: %s', async name => {
  const saved = new Map<string, Uint8Array>();
  const conditions = await loadOpenConditions({
    site: exampleSite,
    types: eventTypes,
    restore: async () => saved,
    onBeyond: () => {},
  });
  const sealer = createSealer(exampleSite);
  const phases = [name, name.replace(/raised$/, 'updated')].filter(each => eventTypes.has(each));
  for (const phase of phases) {
    const conclusion = { ...exampleOf(phase), correlation: 'one' };
    for (const { key, value } of conditions.follow(conclusion, sealer.event(conclusion, start, 'ntp'), 'sea/0-gone'))
      if (value !== undefined) saved.set(key, value);
    const [ending, ...more] = await conditions.endLeft(new Set(), start);
    expect(more).toEqual([]);
    expect(ending?.event).toBe(name.replace(/raised$/, 'cleared'));
    expect(() => eventTypes.get(ending?.event ?? '')?.data.parse(ending?.data)).not.toThrow();
    if (ending !== undefined) expect(sealer.event(ending, start, 'ntp').id).toMatch(/^[0-9a-f]{32}$/);
  }
});
