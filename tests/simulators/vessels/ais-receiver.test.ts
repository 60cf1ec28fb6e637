import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { type Clock, type Instant, minutes, seconds, systemClock } from '../../../core/time.ts';
import { driver } from '../../../drivers/vessels/ais-receiver/driver.ts';
import { simulator } from '../../../simulators/vessels/ais-receiver.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';
import { until } from '../../support/resources.ts';

const world = createWorld(7);

/** Time that passes `factor` times as fast. */
const fastClock = (factor: number): Clock => {
  const start = systemClock.now();
  const since = performance.now();
  return {
    now: () => Math.round(start + (performance.now() - since) * factor),
    steady: () => (performance.now() - since) * factor,
  };
};

/** What the driver hears over TCP until `enough`, with the time of the simulator's clock. */
const hear = async (
  clock: Clock,
  enough: (heard: readonly Observation[]) => boolean,
): Promise<readonly Observation[]> => {
  const ending = new AbortController();
  const context = { world, clock, log: recordedLog(), signal: ending.signal, random: createRandom('ais') };
  await using device = await simulator.start({ connection: { transport: 'tcp-server' } }, context);
  const reader = { ...createContext(), clock };
  const heard: Observation[] = [];
  const stop = new AbortController();
  const reading = (async () => {
    for await (const { items } of driver.bind('ais-1', device.address).open({ ...reader, signal: stop.signal }))
      heard.push(...items);
  })();
  await until('enough is heard', () => enough(heard), 20_000);
  stop.abort();
  await reading;
  return heard;
};

const times = (heard: readonly Observation[], mmsi: number, kind: Observation['kind']): readonly Instant[] =>
  heard.flatMap(one => (one.kind === kind && 'mmsi' in one && one.mmsi === mmsi ? [one.time] : []));

const gaps = (instants: readonly Instant[]): readonly number[] =>
  instants.slice(1).map((at, index) => at - (instants[index] ?? at));

describe('an AIS receiver in the harbour', () => {
  it('hears every vessel of the world within ten seconds, where it is, and its name', async () => {
    const everyone = world.vesselsAt(systemClock.now()).map(({ vessel }) => vessel);
    const startedAt = performance.now();
    const heard = await hear(systemClock, so_far =>
      everyone.every(({ mmsi }) =>
        ['vessel-position', 'vessel-static'].every(kind =>
          so_far.some(one => one.kind === kind && 'mmsi' in one && one.mmsi === mmsi),
        ),
      ),
    );
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    for (const { mmsi, name } of everyone) {
      expect(heard).toContainEqual(expect.objectContaining({ kind: 'vessel-static', mmsi, name }));
    }
    for (const one of heard) {
      if (one.kind !== 'vessel-position') continue;
      const truth = world.vesselsAt(one.time).find(({ vessel }) => vessel.mmsi === one.mmsi);
      expect(Math.abs(one.longitude - (truth?.longitude ?? 0))).toBeLessThan(1e-4);
      expect(Math.abs(one.latitude - (truth?.latitude ?? 0))).toBeLessThan(1e-4);
      expect(one.stationClass).toBe(truth?.vessel.stationClass);
    }
  });

  it('hears each of them as often as its class and speed ask for, its base station and its buoy', async () => {
    const clock = fastClock(60);
    const start = clock.now();
    const heard = await hear(clock, () => clock.now() - start > minutes(10));
    // The simulator looks ten times a second what is due.
    const tick = seconds(6);
    for (const { vessel, navigationStatus } of world.vesselsAt(start)) {
      const lies = navigationStatus === 1 || navigationStatus === 5;
      // Small boats under way fall below two knots at the turns of their course.
      const often = lies ? minutes(3) : vessel.stationClass === 'B' ? seconds(30) : seconds(10);
      const seldom = lies || vessel.stationClass === 'B' ? minutes(3) : seconds(10);
      const between = gaps(times(heard, vessel.mmsi, 'vessel-position'));
      const mean = between.reduce((sum, gap) => sum + gap, 0) / between.length;
      expect(mean, vessel.name).toBeGreaterThan(often * 0.85);
      expect(mean, vessel.name).toBeLessThan(seldom * 1.15 + 2 * tick);
      const described = times(heard, vessel.mmsi, 'vessel-static').length / (vessel.stationClass === 'A' ? 1 : 2);
      expect(described, vessel.name).toBe(2);
    }
    expect(heard.some(({ kind }) => kind === 'base-station')).toBe(true);
    expect(heard).toContainEqual(
      expect.objectContaining({ kind: 'navigation-aid', name: 'THUAN AN 0', virtual: false }),
    );
  });
});
