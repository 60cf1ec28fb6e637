import { expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { systemClock } from '../../../core/time.ts';
import { driver } from '../../../drivers/sensors/pms5003/driver.ts';
import { simulator } from '../../../simulators/sensors/pms5003.ts';
import { createWorld } from '../../../simulators/world/create.ts';
import { createRandom } from '../../../simulators/world/random.ts';
import { createContext, recordedLog } from '../../drivers/support/context.ts';

const world = createWorld(7);

it('measures the air of the world within a few percent, in whole micrograms', async () => {
  const ending = new AbortController();
  const context = { world, clock: systemClock, log: recordedLog(), signal: ending.signal, random: createRandom('pms') };
  await using device = await simulator.start({ connection: { transport: 'tcp-server' } }, context);
  const measured: Observation[] = [];
  for await (const { items } of driver.bind('aq-1', device.address).open(createContext())) {
    measured.push(...items);
    if (items.length > 0) break;
  }
  const truth = world.quantitiesAt(systemClock.now());
  const values = measured.flatMap(one => (one.kind === 'measurement' ? [one] : []));
  expect(values.length).toBe(9);
  for (const { quantity, value } of values) {
    expect(Number.isInteger(value)).toBe(true);
    expect(Math.abs(value - (truth[quantity] ?? -100))).toBeLessThan(2 + 0.06 * (truth[quantity] ?? 0));
  }
});
