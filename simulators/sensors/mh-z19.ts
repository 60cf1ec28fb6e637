import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { encode, readRequest } from '../../drivers/sensors/mh-z19/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

/** Outdoors, where the world tells no other. */
const outdoorsPpm = 425;

export const simulator = defineSimulator({
  name: 'mh-z19',
  summary: 'An MH-Z19B that answers with the carbon dioxide of the world, on a pty or behind a serial server.',
  config: z.strictObject({ connection: outletConfig }),
  start: ({ connection }, { world, clock, signal, random }: SimulatorContext<World>) =>
    startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const found = firstRequest(heard, [{ request: readRequest, means: 'read' }]);
        return found && { bytes: encode(world.quantitiesAt(clock.now()).co2 ?? outdoorsPpm), taken: found.taken };
      },
    }),
});
