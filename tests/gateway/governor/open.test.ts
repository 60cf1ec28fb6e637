import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { governorSection } from '../../../config/governor.ts';
import { systemClock } from '../../../core/time.ts';
import type { Effects } from '../../../gateway/governor/effects.ts';
import { type Governor, openGovernor } from '../../../gateway/governor/open.ts';
import type { Acceptance, Outbox } from '../../../gateway/outbox/outbox.ts';
import { createSealer } from '../../../gateway/runtime/create-sealer.ts';
import { openTestOutbox, site } from '../../support/outbox.ts';
import { temporaryFolder, until } from '../../support/resources.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

const stepped = z.object({
  id: z.string(),
  correlationid: z.string(),
  causationid: z.string().optional(),
  data: z.looseObject({
    phase: z.string(),
    reason: z.string().optional(),
    value: z.number().optional(),
    level: z.number(),
    previousLevel: z.number(),
    measures: z.array(z.string()),
  }),
});
type Stepped = z.output<typeof stepped>;

/** A machine whose temperature and memory are what the test writes. */
const openMachine = async () => {
  const folder = await temporaryFolder();
  const [proc, sys] = [path.join(folder.path, 'proc'), path.join(folder.path, 'sys')];
  const zone = path.join(sys, 'class', 'thermal', 'thermal_zone0');
  const own = path.join(proc, String(process.pid));
  await mkdir(zone, { recursive: true });
  await mkdir(own, { recursive: true });
  await writeFile(path.join(own, 'stat'), `${process.pid} (node) S 1 1 1 0 -1 0 0 0 0 0 5 5 0 0 20 0 1 0 77 1 1 0\n`);
  const opened = await openTestOutbox(path.join(folder.path, 'storage'));
  const events: Stepped[] = [];
  /** Also what the store refused. */
  const store: { isFull: boolean } & Pick<Outbox, 'append' | 'restore'> = {
    isFull: false,
    append: async (acceptance: Acceptance) => {
      if (store.isFull) throw new Error('the disk is full');
      await opened.outbox.append(acceptance);
      for (const { body } of acceptance.events ?? []) events.push(stepped.parse(JSON.parse(body)));
    },
    restore: opened.outbox.restore,
  };
  const effects: Effects[] = [];
  const started: string[] = [];
  return {
    events,
    effects,
    started,
    store,
    heat: (celsius: number | undefined) =>
      celsius === undefined ? rm(path.join(zone, 'temp')) : writeFile(path.join(zone, 'temp'), `${celsius * 1000}\n`),
    fill: (megabytes: number) => writeFile(path.join(own, 'status'), `VmRSS:\t${megabytes * 1000} kB\n`),
    govern: (config: z.input<typeof governorSection>): Promise<Governor> =>
      openGovernor({
        // Shorter than any configuration allows, for the test's sake.
        config: { ...governorSection.parse(config), stepAfter: 100, calmAfter: 100 },
        site,
        folder: folder.path,
        outbox: store,
        sealer: createSealer(site),
        clock: systemClock,
        timeQuality: () => 'ntp',
        log: silent,
        onChange: () => {},
        apply: next => effects.push(next),
        startVisionAfresh: () => started.push('vision'),
        startGatewayAfresh: () => started.push('gateway'),
        proc,
        sys,
      }),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};

const untilLevel = (governor: Governor, resource: string, level: number): Promise<unknown> =>
  until(
    `${resource} is at level ${level}`,
    () => governor.status().budgets.find(budget => budget.resource === resource)?.level === level,
  );

describe('the governor', () => {
  it('does less while the machine is too hot, and all of it again afterwards, in one condition', async () => {
    await using machine = await openMachine();
    await machine.heat(90);
    await using governor = await machine.govern({});
    await untilLevel(governor, 'temperature', 2);
    expect(governor.effects().detection).toEqual({ share: 0.5, model: 'smaller', pictures: 'kept' });
    expect(governor.open()).toMatchObject([{ resource: 'temperature', level: 2 }]);
    await machine.heat(70);
    await untilLevel(governor, 'temperature', 0);
    await until('all is told', () => machine.events.at(-1)?.data.phase === 'cleared');
    const steps = machine.events.map(({ data: { phase, previousLevel, level, measures } }) => ({
      phase,
      levels: [previousLevel, level],
      measures,
    }));
    expect(steps).toEqual([
      { phase: 'raised', levels: [0, 1], measures: ['detection-half'] },
      { phase: 'updated', levels: [1, 2], measures: ['detection-half', 'smaller-model'] },
      { phase: 'updated', levels: [2, 1], measures: ['detection-half'] },
      { phase: 'cleared', levels: [1, 0], measures: [] },
    ]);
    expect(machine.events[0]?.data).toMatchObject({ budget: 'temperature', value: 90, limit: 85, unit: 'Cel' });
    expect(machine.events.at(-1)?.data).toMatchObject({ reason: 'recovered', value: 70 });
    expect(new Set(machine.events.map(({ correlationid }) => correlationid)).size).toBe(1);
    expect(new Set(machine.events.map(({ id }) => id)).size).toBe(4);
    expect(machine.events.at(-1)?.causationid).toBe(machine.events[0]?.id);
    expect(machine.effects.at(-1)).toEqual(governor.effects());
  });

  it('goes on where it was after a restart', async () => {
    await using machine = await openMachine();
    await machine.heat(90);
    const first = await machine.govern({});
    await untilLevel(first, 'temperature', 1);
    await until('it is told', () => machine.events.length === 1);
    await first[Symbol.asyncDispose]();
    await machine.heat(83);
    await using second = await machine.govern({});
    expect(second.effects().detection.share).toBe(0.5);
    expect(second.open()).toEqual(first.open());
    await machine.heat(60);
    await until('it is over', () => machine.events.length === 2);
    expect(machine.events[1]?.correlationid).toBe(machine.events[0]?.correlationid);
  });

  it('ends what a sensor that is gone has asked for', async () => {
    await using machine = await openMachine();
    await machine.heat(90);
    await using governor = await machine.govern({});
    await untilLevel(governor, 'temperature', 1);
    await machine.heat(undefined);
    await until('it is over', () => machine.events.at(-1)?.data.phase === 'cleared');
    expect(machine.events.at(-1)?.data.reason).toBe('source-lost');
    expect(machine.events.at(-1)?.data.value).toBeUndefined();
  });

  it('ends what the configuration does not bound any more', async () => {
    await using machine = await openMachine();
    await machine.heat(90);
    const first = await machine.govern({});
    await untilLevel(first, 'temperature', 1);
    await until('it is told', () => machine.events.length === 1);
    await first[Symbol.asyncDispose]();
    await using second = await machine.govern({ temperature: 'none' });
    await until('it is over', () => machine.events.at(-1)?.data.phase === 'cleared');
    expect(machine.events.at(-1)?.data.reason).toBe('config-removed');
    expect(second.status().measures).toEqual([]);
  });

  it('starts the vision process afresh, and in the end the gateway, but that only once an hour', async () => {
    await using machine = await openMachine();
    await machine.fill(500);
    const first = await machine.govern({ memory: '400MB' });
    await until('the gateway is to start afresh', () => machine.started.includes('gateway'));
    expect(machine.started).toEqual(['vision', 'gateway']);
    expect(first.effects().detection.pictures).toBe('ordered');
    await first[Symbol.asyncDispose]();
    await using second = await machine.govern({ memory: '400MB' });
    const judged = performance.now();
    await until('it was judged again', () => performance.now() - judged > 500);
    expect(second.status().budgets[0]).toMatchObject({ value: 512_000_000, level: 3 });
    expect(machine.started).toEqual(['vision', 'gateway']);
  });

  it('tells of its steps later when the store has no room for them', async () => {
    await using machine = await openMachine();
    machine.store.isFull = true;
    await machine.heat(90);
    await using governor = await machine.govern({});
    await untilLevel(governor, 'temperature', 2);
    expect(machine.events).toEqual([]);
    machine.store.isFull = false;
    await until('both are told', () => machine.events.length >= 2);
    expect(machine.events.slice(0, 2).map(({ data }) => data.level)).toEqual([1, 2]);
  });
});
