/**
 * Keeps the gateway within what it may use of its machine: measures, judges each budget, has the parts do less or more,
 * and tells of every step. A budget that is exceeded is a condition: saved in one transaction with its events, so that
 * it is neither raised twice nor forgotten over a restart.
 */
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';
import type { GovernorConfig } from '../../config/governor.ts';
import type { Conclusion } from '../../core/conclusion.ts';
import { toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Measure, type Resource, resourceBudgets, resources } from '../../core/resource-budgets.ts';
import type { Saved, TimeQuality } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import {
  type Clock,
  type ClockShift,
  type Duration,
  hours,
  type Instant,
  seconds,
  shiftInstant,
  toTimestamp,
} from '../../core/time.ts';
import type { Acceptance, Outbox } from '../outbox/outbox.ts';
import type { Sealer } from '../runtime/seal.ts';
import type { GovernorStatus } from '../runtime/status.ts';
import { budgetSeverity, budgetSubject, type OpenBudget, type Raised, raisedSchema } from './condition.ts';
import { type Effects, effectsOf, inFull } from './effects.ts';
import { atRest, type BudgetReading, type BudgetRule, type BudgetState, govern } from './govern.ts';
import { createMeasuring, type Measured } from './measure.ts';
import { createWrittenToday } from './written-today.ts';

const owner = 'gateway.governor';

const writtenSchema = z.object({
  day: z.string(),
  bytes: z.number(),
  counted: z.object({ pid: z.number(), startTicks: z.number(), writtenBytes: z.number() }).exactOptional(),
});

/** Something is measured so often; more often where the configuration wants steps to follow each other faster. */
const measureEvery = seconds(5);

/** Between two times that the gateway starts afresh of its own accord. */
const restartEvery = hours(1);

/** Steps that no store takes now; there are few of them, since each takes its time. */
const mostUntold = 50;

export interface GovernorOptions {
  readonly config: GovernorConfig;
  readonly site: Site;
  /** Whose disk it is about. */
  readonly folder: string;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  readonly log: Log;
  /** A budget was raised, updated or cleared, and that was accepted. */
  readonly onChange: () => void;
  /** What is to be done less or more; called with every change. */
  readonly apply: (effects: Effects) => void;
  readonly startVisionAfresh: () => void;
  readonly startGatewayAfresh: () => void;
  /** `/proc` when absent. */
  readonly proc?: string;
  /** `/sys` when absent. */
  readonly sys?: string;
}

export interface Governor extends AsyncDisposable {
  effects(): Effects;
  status(): GovernorStatus;
  /** Exceeded now, the oldest first. */
  open(): readonly OpenBudget[];
  /** To be saved now and then: what was written today. */
  saved(): readonly Saved[];
  /** The clock was set: budgets that it dated move with it. */
  shift(shift: ClockShift): void;
}

type Limits = Readonly<Partial<Record<Resource, number>>>;

const usualFreeBytes = 512e6;

const limitsOf = async (config: GovernorConfig, folder: string): Promise<Limits> => {
  const constrained = process.constrainedMemory();
  const machine = Math.min(os.totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
  const { blocks, bsize } = await statfs(folder);
  const chosen: Readonly<Record<Resource, number | 'none'>> = {
    memory: config.memory ?? Math.round(0.75 * machine),
    cpu: config.cpu ?? 'none',
    temperature: config.temperature,
    disk: config.diskFree ?? Math.min(usualFreeBytes, Math.round((blocks * bsize) / 10)),
    writes: config.writesPerDay,
  };
  return Object.fromEntries(Object.entries(chosen).filter(([, limit]) => limit !== 'none'));
};

const ruleOf = (resource: Resource, { stepAfter, calmAfter }: GovernorConfig): BudgetRule => ({
  ...resourceBudgets[resource],
  ...(stepAfter !== undefined && { stepAfter }),
  ...(calmAfter !== undefined && { calmAfter }),
});

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array | undefined): T | undefined =>
  bytes && schema.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;

const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const openGovernor = async (options: GovernorOptions): Promise<Governor> => {
  const { config, site, folder, outbox, sealer, clock, timeQuality, log, apply } = options;
  const limits = await limitsOf(config, folder);
  const rules = new Map(resources.map(resource => [resource, ruleOf(resource, config)]));
  const stored = await outbox.restore(owner);
  const written = parse(writtenSchema, stored.get('written'));
  const today = createWrittenToday(site.timeZone, clock, written && { day: written.day, bytes: written.bytes });
  const measuring = createMeasuring({
    folder,
    clock,
    counted: written?.counted,
    ...(options.proc !== undefined && { proc: options.proc }),
    ...(options.sys !== undefined && { sys: options.sys }),
  });
  let restartedAt: Instant | undefined = parse(z.number(), stored.get('restarted'));
  const raised = new Map<Resource, Raised>();
  const states = new Map<Resource, BudgetState>();
  const values = new Map<Resource, number>();
  const untold: Acceptance[] = [];
  let effects = inFull;
  let knowsWrites = false;

  for (const resource of resources) {
    const condition = parse(raisedSchema, stored.get(resource));
    if (condition === undefined) continue;
    raised.set(resource, condition);
    states.set(resource, { level: Math.min(condition.level, resourceBudgets[resource].measures.length) });
  }

  const inEffect = (): ReadonlySet<Measure> =>
    new Set([...states].flatMap(([resource, { level }]) => resourceBudgets[resource].measures.slice(0, level)));

  const limitOf = (resource: Resource): number | undefined => {
    const limit = limits[resource];
    return limit !== undefined && resource === 'writes' ? Math.round(limit * today.share()) : limit;
  };

  const readingOf = (resource: Resource): BudgetReading | undefined => {
    const value = values.get(resource);
    const limit = limitOf(resource);
    if (value === undefined || limit === undefined) return undefined;
    const ceiling = resource === 'writes' ? limits.writes : undefined;
    return { value, limit, ...(ceiling !== undefined && { ceiling }) };
  };

  const take = ({ memoryBytes, cpuCores, temperatureCelsius, diskFreeBytes, writtenBytes }: Measured): void => {
    if (writtenBytes !== undefined) {
      knowsWrites = true;
      today.add(writtenBytes);
    }
    const measured: Readonly<Record<Resource, number | undefined>> = {
      memory: memoryBytes,
      cpu: cpuCores,
      temperature: temperatureCelsius,
      disk: diskFreeBytes,
      writes: knowsWrites ? today.record.bytes : undefined,
    };
    for (const resource of resources) {
      const value = measured[resource];
      if (value === undefined) values.delete(resource);
      else values.set(resource, value);
    }
  };

  /** In one transaction: the step, and what is to be known of it after a restart. */
  const tell = (resource: Resource, previousLevel: number, level: number): void => {
    const before = raised.get(resource);
    const now = clock.now();
    const phase = level === 0 ? 'cleared' : before === undefined ? 'raised' : 'updated';
    const correlation =
      before?.correlation ?? `${budgetSubject(resource)}/${toTimestamp(now).replaceAll(/[-:]|\.\d+/g, '')}`;
    const reading = readingOf(resource);
    const reason =
      limits[resource] === undefined ? 'config-removed' : reading === undefined ? 'source-lost' : 'recovered';
    const steps = (before?.steps ?? 0) + 1;
    const conclusion: Conclusion = {
      kind: 'conclusion',
      event: 'gateway.governor.stepped',
      source: 'governor',
      subject: budgetSubject(resource),
      time: now,
      key: `${correlation}/${steps}`,
      severity: level === 0 ? 'INFORMATIONAL' : budgetSeverity(level),
      correlation,
      ...(before !== undefined && { causation: before.id }),
      data: {
        phase,
        ...(phase === 'cleared' && { reason }),
        budget: resource,
        ...(reading !== undefined && { value: rounded(reading.value), limit: reading.limit }),
        unit: resourceBudgets[resource].unit,
        level,
        previousLevel,
        measures: [...inEffect()],
      },
    };
    const event = sealer.event(conclusion, now, timeQuality());
    const condition: Raised | undefined =
      level === 0 ? undefined : { level, id: before?.id ?? event.id, correlation, since: before?.since ?? now, steps };
    if (condition === undefined) raised.delete(resource);
    else raised.set(resource, condition);
    const message = level > previousLevel ? 'the gateway does less to keep a budget' : 'the gateway does more again';
    log[level > previousLevel ? 'warn' : 'info'](message, {
      budget: resource,
      level,
      ...reading,
      measures: [...inEffect()],
    });
    untold.push({ events: [event], saved: [{ owner, key: resource, value: condition && encode(condition) }] });
    untold.splice(0, untold.length - mostUntold);
  };

  /** What a full disk refuses is told when there is room again. */
  const flush = async (): Promise<void> => {
    for (let [first] = untold; first !== undefined; [first] = untold) {
      await outbox.append(first);
      untold.shift();
      options.onChange();
    }
  };

  const act = (): void => {
    const next = effectsOf(inEffect());
    if (JSON.stringify(next) === JSON.stringify(effects)) return;
    effects = next;
    apply(effects);
  };

  const isRestartDue = (): boolean =>
    inEffect().has('gateway-afresh') &&
    states.get('memory')?.trend?.kind === 'over' &&
    (restartedAt === undefined || Math.abs(clock.now() - restartedAt) >= restartEvery);

  /** Judges every budget by what was measured last. */
  const judge = async (): Promise<void> => {
    const stepped: { readonly resource: Resource; readonly from: number; readonly to: number }[] = [];
    for (const resource of resources) {
      const rule = rules.get(resource) ?? resourceBudgets[resource];
      const state = states.get(resource) ?? atRest;
      // What the configuration does not bound any more is over at once.
      const next = limits[resource] === undefined ? atRest : govern(rule, state, readingOf(resource), clock.steady());
      states.set(resource, next);
      if (next.level !== state.level) stepped.push({ resource, from: state.level, to: next.level });
    }
    act();
    for (const { resource, from, to } of stepped) {
      const begun = resourceBudgets[resource].measures.slice(from, to);
      if (begun.includes('vision-afresh')) options.startVisionAfresh();
      tell(resource, from, to);
    }
    try {
      await flush();
    } catch (thrown) {
      log.error('a step of the governor was not accepted', { reason: toGatewayError(thrown).message });
    }
    if (!isRestartDue()) return;
    restartedAt = clock.now();
    await outbox.append({ saved: [{ owner, key: 'restarted', value: encode(restartedAt) }] });
    options.startGatewayAfresh();
  };

  const every = Math.min(measureEvery, (config.stepAfter ?? measureEvery) / 2);
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      take(await measuring.measure());
      if (!isClosed) await judge();
    } catch (thrown) {
      log.error('the governor could not judge', { reason: toGatewayError(thrown).message });
    }
    if (isClosed) return;
    timer = setTimeout(() => {
      turn = run();
    }, every satisfies Duration);
  };
  act();
  turn = run();
  await turn;

  return {
    effects: () => effects,
    status: () => ({
      budgets: resources.map(resource => {
        const value = values.get(resource);
        const limit = limitOf(resource);
        const since = raised.get(resource)?.since;
        return {
          resource,
          unit: resourceBudgets[resource].unit,
          ...(value !== undefined && { value }),
          ...(limit !== undefined && { limit }),
          level: states.get(resource)?.level ?? 0,
          ...(since !== undefined && { since }),
        };
      }),
      measures: [...inEffect()],
    }),
    open: () => [...raised].map(([resource, each]) => ({ ...each, resource })).toSorted((a, b) => a.since - b.since),
    saved: () => {
      const counted = measuring.counted();
      const value = encode({ ...today.record, ...(counted !== undefined && { counted }) });
      return knowsWrites ? [{ owner, key: 'written', value }] : [];
    },
    shift: shift => {
      for (const [resource, condition] of raised) {
        const since = shiftInstant(condition.since, shift);
        if (since === condition.since) continue;
        const moved = { ...condition, since };
        raised.set(resource, moved);
        untold.push({ saved: [{ owner, key: resource, value: encode(moved) }] });
      }
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      clearTimeout(timer);
      await turn;
    },
  };
};

const rounded = (value: number): number => Math.round(value * 100) / 100;
