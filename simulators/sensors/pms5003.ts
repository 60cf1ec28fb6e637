import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { encode } from '../../drivers/sensors/pms5003/codec.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import type { World } from '../world/world.ts';

/** In active mode and moving air the sensor sends about so often (its data sheet: 200 ms to 800 ms). */
const frameEvery = 800;

/** Two sensors side by side differ by so much of the value. */
const spread = 0.04;

export const simulator = defineSimulator({
  name: 'pms5003',
  summary: 'A PMS5003 in active mode in the air of the world, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    gain: z.number().positive().default(1).describe('It shows so many times what is in the air.'),
  }),
  start: async ({ connection, gain }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    const factor = gain * (1 + spread * (random() - 0.5));
    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => {
        const air = Object.entries(world.quantitiesAt(clock.now()));
        return {
          bytes: encode(Object.fromEntries(air.map(([name, value]) => [name, value * factor]))),
          pause: frameEvery,
        };
      },
    });
    return { ...speaker, address: { connection: outlet.connection } };
  },
});
