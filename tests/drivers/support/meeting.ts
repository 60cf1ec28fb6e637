/** What every driver must do with its simulator, over real sockets, lines and processes. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Fault, faults, type RunningSimulator } from '../../../core/simulator.ts';
import { systemClock } from '../../../core/time.ts';
import { drivers } from '../../../drivers/registry.generated.ts';
import { simulators } from '../../../simulators/registry.generated.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { missingPrograms, temporaryFolder, until } from '../../support/resources.ts';
import { recordedLog } from './context.ts';
import { read } from './reading.ts';
import { fillRig, outcomeOf, programsOf, type Rig, readRigs } from './rigs.ts';

type RegisteredDriver = (typeof drivers)[number];

/** The files in which drivers meet their simulators, so that they do it side by side; each driver belongs to one. */
export const meetings = {
  cameras: ({ family }) => family === 'cameras',
  'sensors-a-to-m': ({ family, name }) => family === 'sensors' && name < 'n',
  'sensors-n-to-z': ({ family, name }) => family === 'sensors' && name >= 'n',
  vessels: ({ family }) => family === 'vessels',
} as const satisfies Record<string, (driver: RegisteredDriver) => boolean>;

const seed = 20_261_125;
/** As other tests of simulated cameras, which then find their films rendered. */
const world = createWorld(7);

/** Sockets, pipes, processes and the like that keep this process alive; timers of the tests themselves are not meant. */
const handles = (): readonly string[] =>
  process
    .getActiveResourcesInfo()
    .filter(name => !/Timeout|Immediate|FSReq|TickObject|Random|Worker|MessagePort/.test(name));

const beyond = (before: readonly string[]): readonly string[] => {
  const known = [...before];
  return handles().filter(name => {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
};

/** The driver against its simulator, over real sockets, lines and processes. */
const meetSimulator = (driver: RegisteredDriver, rig: Rig): void => {
  const simulator = simulators.find(({ name }) => name === driver.name);
  const programs = programsOf(rig);
  const missing = programs.length === 0 ? undefined : missingPrograms(...programs);

  interface Meeting extends AsyncDisposable {
    readonly device: RunningSimulator;
    open(): ReturnType<typeof read>;
    readonly knock: ReturnType<RegisteredDriver['bind']>['knock'];
  }

  const meet = async (): Promise<Meeting> => {
    if (simulator === undefined) throw new Error(`${driver.name} has rigs but no simulator`);
    const folder = await temporaryFolder();
    const filled = await fillRig(rig, folder.path);
    const ending = new AbortController();
    const device = await simulator.start(filled.simulator, {
      world,
      clock: systemClock,
      log: recordedLog(),
      signal: ending.signal,
      random: createRandom(seed, driver.name),
    });
    const bound = driver.bind('device-1', { ...device.address, ...filled.driver });
    return {
      device,
      open: () => read(bound, { secrets: rig.secrets }),
      knock: bound.knock,
      [Symbol.asyncDispose]: async () => {
        ending.abort();
        await device[Symbol.asyncDispose]();
        await filled[Symbol.asyncDispose]();
        await folder[Symbol.asyncDispose]();
      },
    };
  };

  const firstBatch = (reading: ReturnType<typeof read>): Promise<unknown> =>
    until(
      'the first batch',
      () => {
        const end = reading.ended();
        if (end !== undefined) throw end.failure ?? new Error('it ended by itself');
        return reading.batches() > 0;
      },
      rig.firstBatchWithin,
    );

  describe.skipIf(missing !== undefined)(`${driver.name}, ${rig.name}`, () => {
    // A simulator may have to render its scene the first time.
    beforeAll(async () => {
      await using _meeting = await meet();
    }, 300_000);

    it('reads its simulator, and ends within a second of its abort with nothing left open', async () => {
      const before = handles();
      {
        await using meeting = await meet();
        const reading = meeting.open();
        await firstBatch(reading);
        await until('an item', () => reading.kinds.size > 0, rig.firstBatchWithin);
        expect(driver.emits).toEqual(expect.arrayContaining([...reading.kinds]));
        expect(await reading.stop()).toBeLessThan(1000);
        expect(reading.ended()).toEqual({});
      }
      await until('everything is closed', () => beyond(before).length === 0).catch(() => {});
      expect(beyond(before)).toEqual([]);
    });

    it('answers a knock, where its driver knows one, for as long as it is there', async () => {
      await using meeting = await meet();
      const { knock } = meeting;
      if (knock === undefined) return;
      await knock(AbortSignal.timeout(5000));
      meeting.device.show('away');
      await expect(knock(AbortSignal.timeout(5000))).rejects.toMatchObject({ kind: 'unreachable' });
    });

    it('ends within a second also when it is aborted at once', async () => {
      await using meeting = await meet();
      const reading = meeting.open();
      expect(await reading.stop()).toBeLessThan(1000);
      expect(reading.ended()).toEqual({});
    });

    it.concurrent.each(faults)(
      'comes through "%s" of its device, and reads on afterwards',
      { timeout: 120_000 },
      async fault => {
        await using meeting = await meet();
        const outcome = outcomeOf(rig, fault);
        const first = meeting.open();
        await firstBatch(first);
        // A login is asked for when a connection begins.
        if (fault === 'refuse-login' && outcome === 'denied') await first.stop();
        meeting.device.show(fault);
        const during = first.ended() === undefined ? first : meeting.open();
        await showsItself(during, outcome, fault);
        expect(await during.stop()).toBeLessThan(1000);
        meeting.device.show(undefined);
        const deadline = performance.now() + rig.firstBatchWithin + 10_000;
        // As the supervisor would: again and again, for the device may need a moment to come back.
        for (;;) {
          const after = meeting.open();
          const came = await until(
            'a batch or an end',
            () => after.batches() > 0 || after.ended() !== undefined,
            20_000,
          );
          const isBack = after.batches() > 0;
          await after.stop();
          expect(came).toBe(true);
          if (isBack) break;
          if (performance.now() > deadline) throw after.ended()?.failure ?? new Error('it did not come back');
          await new Promise(resolve => setTimeout(resolve, 100));
        }
      },
    );
  });

  const showsItself = async (reading: ReturnType<typeof read>, outcome: string, fault: Fault): Promise<void> => {
    if (outcome === 'running') {
      const before = reading.batches();
      // Which of them noise spares is chance: of answers with a checksum few.
      await until(`batches go on under ${fault}`, () => reading.batches() >= before + 3, 60_000);
      return;
    }
    if (outcome === 'as-it-falls') {
      const before = reading.batches();
      const end = await until(
        `batches go on under ${fault}, or it ends`,
        () => reading.batches() > before || reading.ended(),
        60_000,
      );
      if (end !== true) expect(end.failure).toMatchObject({ kind: expect.stringMatching(/^(unreachable|protocol)$/) });
      return;
    }
    if (outcome === 'quiet') {
      // What was on its way still arrives; then nothing does for longer than the device ever pauses.
      let [seen, since] = [reading.batches(), performance.now()];
      await until(`it falls quiet under ${fault}`, () => {
        if (reading.batches() !== seen) [seen, since] = [reading.batches(), performance.now()];
        return performance.now() - since > 1500;
      });
      expect(reading.ended()).toBeUndefined();
      return;
    }
    const end = await until(`it ends under ${fault}`, () => reading.ended(), 20_000);
    expect(end.failure).toMatchObject({ kind: outcome, message: expect.stringMatching(/^.{10,300}$/s) });
  };
};

/** Describes the meetings of one file. */
export const describeMeetings = async (file: keyof typeof meetings): Promise<void> => {
  for (const driver of drivers.filter(meetings[file]))
    for (const rig of (await readRigs(driver.family, driver.name)).rigs) meetSimulator(driver, rig);
};
