import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { encode } from '../../drivers/sensors/maxbotix/codec.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import type { World } from '../world/world.ts';

/** An MB7389 runs free at 6.67 Hz. */
const rangeEvery = 150;
/** Waves, mm. */
const spread = 20;
/** How often a pulse does not come back. */
const lost = 0.05;

export const simulator = defineSimulator({
  name: 'maxbotix',
  summary: 'An MB7389 above the water of the world, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    mountHeight: z.number().default(4).describe('From the zero of the gauge up to the sensor, in meters.'),
  }),
  start: async ({ connection, mountHeight }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => {
        const level = world.quantitiesAt(clock.now()).waterLevel ?? 0;
        const range = (mountHeight - level) * 1000 + spread * (random() - 0.5);
        return { bytes: encode('5m', random() < lost ? undefined : range), pause: rangeEvery };
      },
    });
    return { ...speaker, address: { connection: outlet.connection } };
  },
});
