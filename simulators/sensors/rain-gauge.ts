import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { encodeCount } from '../../drivers/sensors/rain-gauge/codec.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import type { World } from '../world/world.ts';

const saysEvery = 1000;
/** A shower of some 36 mm/h. */
const tipsPerSecond = 0.05;
const tipMillimeters = 0.2;

export const simulator = defineSimulator({
  name: 'rain-gauge',
  summary: 'A box that counts the tips of a bucket of 0.2 mm in a shower, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    count: z.int().min(0).max(65_535).default(0).describe('Where its counter of 16 bits begins.'),
  }),
  start: async ({ connection, count }, { signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    let counted = count;
    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => {
        if (random() < tipsPerSecond) counted = (counted + 1) % 65_536;
        return { bytes: encodeCount(counted), pause: saysEvery };
      },
    });
    return { ...speaker, address: { connection: outlet.connection, tipMillimeters, counterBits: 16 } };
  },
});
