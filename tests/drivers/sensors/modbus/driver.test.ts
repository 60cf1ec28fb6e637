import { expect, it } from 'vitest';
import { systemClock } from '../../../../core/time.ts';
import { driver } from '../../../../drivers/sensors/modbus/driver.ts';
import { simulator } from '../../../../simulators/sensors/modbus.ts';
import { createWorld } from '../../../../simulators/world/create.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { until } from '../../../support/resources.ts';
import { recordedLog } from '../../support/context.ts';
import { read } from '../../support/reading.ts';

it('goes on with the others of the line while nothing answers at one address', async () => {
  const ending = new AbortController();
  await using line = await simulator.start(
    { connection: { transport: 'tcp-server' }, addresses: [1, 2] },
    {
      world: createWorld(7),
      clock: systemClock,
      log: recordedLog(),
      signal: ending.signal,
      random: createRandom(1, 'modbus'),
    },
  );
  const open = (address: number) => {
    const config = { ...line.address, address, map: 'renke-weather-station', interval: '100ms', timeout: '200ms' };
    return read(driver.bind(`device-${address}`, config), { secrets: {} });
  };
  const [first, dead, second] = [open(1), open(9), open(2)];
  await until('the end of the dead one', () => dead.ended() !== undefined);
  expect(dead.batches()).toBe(0);
  expect(dead.ended()?.failure).toMatchObject({ kind: 'unreachable' });
  const before = [first.batches(), second.batches()] as const;
  await until('more of the others', () => first.batches() > before[0] && second.batches() > before[1]);
  expect([first.ended(), second.ended()]).toEqual([undefined, undefined]);
  await first.stop();
  await second.stop();
  ending.abort();
});
