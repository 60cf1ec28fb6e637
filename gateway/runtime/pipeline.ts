/**
 * The one shell that runs every stage: batches of observations in, one transaction each out, acknowledged after its
 * commit. It keeps time for the stages, saves their state, and outlives a stage that throws and a store that refuses.
 */
import type { Batch } from '../../core/batch.ts';
import type { Conclusion, Item } from '../../core/conclusion.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Observation } from '../../core/observation.ts';
import type { TimeQuality } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import type { RunningStage, Save, Stage, StageFile, Step } from '../../core/stage.ts';
import { type Clock, type ClockShift, type Duration, minutes, seconds } from '../../core/time.ts';
import { createTurns } from '../../core/turns.ts';
import { eventTypes } from '../../events/registry.ts';
import { stages as registeredStages } from '../../pipelines/registry.generated.ts';
import { type Effects, inFull } from '../governor/effects.ts';
import type { Acceptance, MediaName, Outbox } from '../outbox/outbox.ts';
import { type BoundStage, bindPipelines, defaultPipelines, type PipelineConfig } from './bind-pipelines.ts';
import { createDraftSealer, type Draft, deadLetterOf, hasContent, messageOf, newDraft, recordOwner } from './draft.ts';
import { createFlights, type Patience } from './flights.ts';
import { concludeLeftStages } from './left-stages.ts';
import { loadOpenConditions, type OpenCondition, openConditionsOwner } from './open-conditions.ts';
import type { RetainedState, Sealer } from './seal.ts';
import { fileLoaded, fileRefused, openStageFiles, type StageFiles } from './stage-files.ts';

export interface PipelinesOptions {
  /** None: one for each family of drivers (`defaultPipelines`). */
  readonly pipelines: readonly PipelineConfig[];
  readonly site: Site;
  readonly outbox: Pick<Outbox, 'append' | 'restore'>;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly timeQuality: () => TimeQuality;
  readonly log: Log;
  /** What was dropped, refused or set aside, by reason; of a device where one is known. */
  readonly count: (reason: string, by: number, device?: string) => void;
  readonly stages?: readonly Stage[];
  /** What the machine allows now; everything when absent. */
  readonly allowed?: () => Pick<Effects, 'linger' | 'observations'>;
  /** The newest value of a state that a stage concluded; nobody keeps it when absent. */
  readonly onState?: (state: RetainedState) => void;
  /** What is open of the stages' conditions changed, and is on the disk. */
  readonly onOpenChanged?: () => void;
  /** So many observations were not accepted, because the machine does not allow it. */
  readonly onRefused?: (observations: number) => void;
}

export interface Pipelines extends AsyncDisposable {
  /**
   * Takes a device's batch as soon as there is room in the window of unsettled ones. Calls `batch.settle` once, in
   * order, after the commit of what came of it. Never rejects: what goes wrong is settled, counted and logged.
   */
  accept(device: string, batch: Batch<Observation>): Promise<void>;
  /**
   * Events of no stage: resolves after their commit, rejects with `exhausted` or `damaged`. `mediaSettled` wait no more
   * with the same commit.
   */
  conclude(conclusions: readonly Conclusion[], mediaSettled?: readonly MediaName[]): Promise<void>;
  /** Conditions that stages raised and did not clear, the oldest first, and how many more there are than are followed. */
  open(): { readonly conditions: readonly OpenCondition[]; readonly beyond: number };
  /** The clock was set: moves what the stages remember by it. Resolves when they have, and it is on its way to the disk. */
  shift(shift: ClockShift): Promise<void>;
  /** Topics of the states that its stages conclude: what is retained under others is of an earlier configuration. */
  readonly stateTopics: readonly string[];
  /** Saves what changed and waits for everything in flight. What is accepted afterwards is settled with a failure. */
  close(): Promise<void>;
}

const tickEvery = seconds(1);
const ticksPerCheckpoint = 10;
/** A stage that throws again and again is reported once in this time, and counted always. */
const reportEvery = minutes(1);

interface Slot {
  readonly pipeline: string;
  readonly stage: BoundStage;
  running: RunningStage;
  /** By the steady clock. */
  reportedAt: Duration;
}

interface Line {
  readonly name: string;
  readonly slots: readonly Slot[];
}

export const openPipelines = async (options: PipelinesOptions): Promise<Pipelines> => {
  const { site, outbox, sealer, clock, timeQuality, log, count, allowed = () => inFull } = options;
  const { onState, onRefused, onOpenChanged } = options;
  const configured = options.pipelines.length > 0 ? options.pipelines : defaultPipelines(site.devices.values());
  const stages = options.stages ?? registeredStages;
  const bound = bindPipelines(configured, site, stages);

  const open = await loadOpenConditions({
    site,
    types: eventTypes,
    restore: outbox.restore,
    onBeyond: () => count('condition.not-listed', 1),
  });
  const seal = createDraftSealer({ sealer, open, clock, timeQuality, log, count, allowed, onState, onRefused });

  /** What is open is told after the commit that opened it: nobody hears of a condition that a crash can undo. */
  const append = async (acceptance: Acceptance): Promise<void> => {
    await outbox.append(acceptance);
    if (acceptance.saved?.some(({ owner }) => owner === openConditionsOwner)) onOpenChanged?.();
  };

  const closing = new AbortController();
  /** Stages are stepped by one caller at a time, also while one of them waits for the disk. */
  const exclusively = createTurns();
  /**
   * Where whoever brings something to the stages stands in line, the clock's ticks too: only the first of them waits for
   * room, so that a thousand that wait cost no more than one.
   */
  const inLine = createTurns();

  const begin = (pipeline: string, stage: BoundStage, saved: ReadonlyMap<string, Uint8Array>): RunningStage => {
    try {
      return stage.start(saved);
    } catch (thrown) {
      // The keys stay in the store, where a repaired program finds them again.
      log.error('a stage could not read its saved state and begins anew', {
        pipeline,
        stage: stage.name,
        error: messageOf(thrown),
      });
      count(`${stage.name}.unreadable-state`, saved.size);
      return stage.start(new Map());
    }
  };

  let files: StageFiles | undefined;

  /** With its files as they are in force; what they brought about was concluded when they came. */
  const start = (pipeline: string, stage: BoundStage, saved: ReadonlyMap<string, Uint8Array>): RunningStage => {
    const running = begin(pipeline, stage, saved);
    for (const file of files?.contentOf(stage.owner) ?? []) running.load(file);
    return running;
  };

  const lines: readonly Line[] = await Promise.all(
    bound.map(async ({ name, stages }) => ({
      name,
      slots: await Promise.all(
        stages.map(async stage => ({
          pipeline: name,
          stage,
          running: start(name, stage, await outbox.restore(stage.owner)),
          reportedAt: Number.NEGATIVE_INFINITY,
        })),
      ),
    })),
  );

  const rebuild = async (): Promise<void> => {
    try {
      await open.reload();
      onOpenChanged?.();
    } catch (thrown) {
      log.error('what is open is followed from memory, since the store cannot be read', { error: messageOf(thrown) });
    }
    for (const { slots } of lines)
      for (const slot of slots) {
        try {
          slot.running = start(slot.pipeline, slot.stage, await outbox.restore(slot.stage.owner));
        } catch (thrown) {
          log.error('a stage goes on with its state in memory, since the store cannot be read', {
            pipeline: slot.pipeline,
            stage: slot.stage.name,
            error: messageOf(thrown),
          });
        }
      }
  };

  const flights = createFlights({
    append,
    linger: () => allowed().linger,
    exclusively,
    rebuild,
    log,
    count,
    closing: closing.signal,
  });

  const linesOf = new Map<string, readonly Line[]>();
  for (const device of site.devices.keys())
    linesOf.set(
      device,
      lines.filter((_, index) => bound[index]?.devices.has(device)),
    );

  const save = (draft: Draft, slot: Slot, saved: Save | undefined): void => {
    for (const [key, value] of saved ?? []) draft.saved.push({ owner: slot.stage.owner, key, value });
  };

  const take = (draft: Draft, slot: Slot, step: Step, device: string | undefined): readonly Item[] => {
    save(draft, slot, step.save);
    recordOwner(draft, step.output, slot.stage.owner);
    if (step.dropped !== undefined)
      for (const [reason, by] of Object.entries(step.dropped)) count(`${slot.stage.name}.${reason}`, by, device);
    return step.output;
  };

  /** What the store holds of a stage, with what this draft will add to it. */
  const savedOf = async (slot: Slot, draft: Draft): Promise<Map<string, Uint8Array>> => {
    await flights.allLanded();
    if (flights.isRecovering()) throw new GatewayError('exhausted', 'what the stages hold is not what the store holds');
    const saved = new Map(await outbox.restore(slot.stage.owner));
    for (const { owner, key, value } of draft.saved) if (owner === slot.stage.owner) put(saved, key, value);
    return saved;
  };

  const report = (draft: Draft, slot: Slot, thrown: unknown, deadLetters: number): void => {
    const now = clock.now();
    const { pipeline, stage } = slot;
    count(`${stage.name}.failed`, 1);
    if (clock.steady() - slot.reportedAt < reportEvery) return;
    slot.reportedAt = clock.steady();
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error('a stage failed and was rebuilt', { pipeline, stage: stage.name, error: messageOf(thrown), stack });
    draft.conclusions.push({
      kind: 'conclusion',
      event: 'gateway.stage.failed',
      source: 'pipeline',
      subject: `pipeline/${pipeline}`,
      time: now,
      key: `${stage.owner}/${now}`,
      severity: 'MEDIUM',
      data: { pipeline, stage: stage.name, message: messageOf(thrown) || 'no message', deadLetters },
    });
  };

  const bury = (draft: Draft, pipeline: string, stage: string, item: Item, thrown: unknown): void => {
    const letter = deadLetterOf(pipeline, stage, item, thrown, clock);
    count(`${stage}.dead-letter`, 1, letter.device);
    draft.deadLetters.push(letter);
  };

  /** A stage threw: rebuilt from what is saved of it, it takes the batch item by item; what it cannot bear is buried. */
  const survive = async (slot: Slot, items: readonly Item[], first: unknown, draft: Draft): Promise<Step> => {
    const { pipeline, stage } = slot;
    const saved = await savedOf(slot, draft);
    const output: Item[] = [];
    const changes = new Map<string, Uint8Array | undefined>();
    const dropped: Record<string, number> = {};
    let buried = 0;
    slot.running = start(pipeline, stage, saved);
    for (const item of items) {
      try {
        const step = slot.running.step([item]);
        output.push(...step.output);
        // Everything is saved at once here: the next item may cost us the state in memory again.
        for (const [key, value] of [...(step.save ?? []), ...slot.running.checkpoint()]) {
          changes.set(key, value);
          put(saved, key, value);
        }
        for (const [reason, by] of Object.entries(step.dropped ?? {})) dropped[reason] = (dropped[reason] ?? 0) + by;
      } catch (thrown) {
        buried++;
        bury(draft, pipeline, stage.name, item, thrown);
        slot.running = start(pipeline, stage, saved);
      }
    }
    report(draft, slot, first, buried);
    return { output, save: changes, dropped };
  };

  /** Through the stages from `index` on. */
  const pass = async (
    line: Line,
    index: number,
    items: readonly Item[],
    draft: Draft,
    device: string | undefined,
  ): Promise<void> => {
    let flowing = items;
    for (const slot of line.slots.slice(index)) {
      if (flowing.length === 0) return;
      let step: Step;
      try {
        step = slot.running.step(flowing);
      } catch (thrown) {
        step = await survive(slot, flowing, thrown, draft);
      }
      flowing = take(draft, slot, step, device);
    }
    for (const item of flowing) {
      if (item.kind === 'conclusion') draft.conclusions.push(item);
      else count(`no-stage.${item.kind}`, 1, item.device);
    }
  };

  const send = (draft: Draft, items: number, settle: Batch<unknown>['settle'], wait: Patience): void =>
    flights.send(seal(draft), items, settle, wait);

  const tick = async (): Promise<Draft> => {
    const draft = newDraft();
    const now = clock.now();
    const steady = clock.steady();
    for (const line of lines)
      for (const [index, slot] of line.slots.entries()) {
        let output: readonly Item[] = [];
        try {
          output = take(draft, slot, slot.running.tick(now, steady), undefined);
        } catch (thrown) {
          slot.running = start(slot.pipeline, slot.stage, await savedOf(slot, draft));
          report(draft, slot, thrown, 0);
        }
        await pass(line, index + 1, output, draft, undefined);
      }
    return draft;
  };

  const checkpoint = (): void => {
    const draft = newDraft();
    for (const { slots } of lines) for (const slot of slots) save(draft, slot, slot.running.checkpoint());
    if (hasContent(draft)) send(draft, 0, undefined, 'company');
  };

  const left = await concludeLeftStages({
    pipelines: bound,
    stages,
    site,
    outbox,
    now: clock.now(),
    isState: sealer.isState,
    log,
  });
  const owners = new Set(bound.flatMap(({ stages }) => stages.map(({ owner }) => owner)));
  const endings = await open.endLeft(owners, clock.now());
  if (left.saved.length > 0 || endings.length > 0) {
    try {
      const conclusions = [...left.conclusions, ...endings];
      await append(seal({ ...newDraft(), conclusions, saved: [...left.saved] }));
    } catch (thrown) {
      await open.reload();
      log.error('what stages of an older configuration held is told at the next start', { error: messageOf(thrown) });
    }
  }

  /** `isDue`: what changed since the last checkpoint is saved too. */
  const tickOnce = async (isDue: () => boolean): Promise<void> => {
    try {
      if (flights.isRecovering()) return;
      const draft = await tick();
      if (hasContent(draft)) send(draft, 0, undefined, 'company');
      if (isDue()) checkpoint();
    } catch (thrown) {
      // The stages may have concluded what is lost now: they return to what the store holds.
      flights.fail('refused', toGatewayError(thrown), 0, undefined);
    }
  };

  let ticks = 0;
  let ticking = false;
  const timer = setInterval(() => {
    // A tick that still waits for the disk stands for the ones after it.
    if (ticking) return;
    ticking = true;
    void inLine(() => exclusively(() => tickOnce(() => ++ticks % ticksPerCheckpoint === 0))).finally(() => {
      ticking = false;
    });
  }, tickEvery satisfies Duration);

  /** Rejects with what the stage has against it. */
  const giveFile = (owner: string, file: StageFile): Promise<void> =>
    exclusively(async () => {
      for (const line of lines)
        for (const [index, slot] of line.slots.entries()) {
          if (slot.stage.owner !== owner) continue;
          const draft = newDraft();
          await pass(line, index + 1, take(draft, slot, slot.running.load(file), undefined), draft, undefined);
          if (hasContent(draft)) send(draft, 0, undefined, 'company');
        }
    });

  const takeBatch = async (
    device: string,
    items: readonly Observation[],
    settle: Batch<Observation>['settle'],
  ): Promise<void> => {
    if (closing.signal.aborted) {
      flights.fail('turned-away', closed(), items.length, settle);
      return;
    }
    const draft = newDraft();
    const through = linesOf.get(device) ?? [];
    if (through.length === 0 && items.length > 0) count('no-pipeline', items.length, device);
    try {
      for (const line of through) await pass(line, 0, items, draft, device);
    } catch (thrown) {
      flights.fail('refused', toGatewayError(thrown), items.length, settle);
      return;
    }
    if (hasContent(draft) || settle !== undefined)
      send(draft, items.length, settle, settle === undefined ? 'company' : 'room');
  };

  const closed = (): GatewayError => new GatewayError('exhausted', 'the gateway stops and accepts nothing more');
  let ended: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    clearInterval(timer);
    closing.abort();
    await exclusively(async () => {
      if (!flights.isRecovering()) checkpoint();
    });
    await flights.allSettled();
    await files?.[Symbol.asyncDispose]();
  };

  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };

  const conclude: Pipelines['conclude'] = (conclusions, mediaSettled) =>
    new Promise((resolve, reject) => {
      if (closing.signal.aborted) reject(closed());
      else
        send(
          { ...newDraft(), conclusions: [...conclusions], ...(mediaSettled !== undefined && { mediaSettled }) },
          conclusions.length,
          failure => (failure === undefined ? resolve() : reject(failure)),
          'none',
        );
    });

  /** What cannot be accepted now stands in the log at least. */
  const tell = (conclusion: Conclusion): void => {
    conclude([conclusion]).catch((thrown: unknown) => {
      log.warn('an event about a file was not accepted', { error: messageOf(thrown) });
    });
  };

  files = await openStageFiles({
    files: bound.flatMap(({ name: pipeline, stages }) =>
      stages.flatMap(({ name: stage, owner, files }) =>
        Object.entries(files).map(([name, path]) => ({ owner, pipeline, stage, name, path })),
      ),
    ),
    clock,
    give: giveFile,
    onLoaded: (watched, file) => {
      log.info('a file of a stage is in force', { stage: watched.stage, path: watched.path, version: file.version });
      tell(fileLoaded(watched, file));
    },
    onRefused: (watched, error, inForce) => {
      const { message, advice } = error;
      log.error('a file of a stage cannot be used', {
        stage: watched.stage,
        path: watched.path,
        error: message,
        advice,
      });
      count(`${watched.stage}.file-refused`, 1);
      tell(fileRefused(watched, error, inForce, clock.now()));
    },
  });

  return {
    accept: async (device, { items, settle }) => {
      if (items.length === 0 && settle === undefined) return;
      await inLine(async () => {
        let taken = false;
        while (!taken) {
          await flights.room();
          await exclusively(async () => {
            // Something may have been refused while this batch waited for its turn.
            if (flights.isRecovering() && !closing.signal.aborted) return;
            taken = true;
            await takeBatch(device, items, settle);
          });
        }
      });
    },
    conclude,
    open: () => ({ conditions: open.list(), beyond: open.beyond() }),
    stateTopics: bound.flatMap(({ stages }) =>
      stages.flatMap(({ states }) => states.map(({ event, source }) => sealer.topicOf(event, source))),
    ),
    shift: shift =>
      exclusively(async () => {
        if (closing.signal.aborted) return;
        for (const { slots } of lines) for (const slot of slots) slot.running.shift(shift);
        await flights.allLanded();
        if (!flights.isRecovering()) {
          const saved = await open.shift(shift);
          if (saved.length > 0) send({ ...newDraft(), saved: [...saved] }, 0, undefined, 'company');
        }
        await tickOnce(() => true);
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
};

const put = (saved: Map<string, Uint8Array>, key: string, value: Uint8Array | undefined): void => {
  if (value === undefined) saved.delete(key);
  else saved.set(key, value);
};
