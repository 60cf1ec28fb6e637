import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { hours } from '../../core/time.ts';
import { encode, request } from '../../drivers/sensors/hydreon-rg15/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

/** A heavy shower, mm/h. */
const rate = 36;

export const simulator = defineSimulator({
  name: 'hydreon-rg15',
  summary: 'An RG-15 in a steady shower that answers when it is asked, on a pty or behind a serial server.',
  config: z.strictObject({ connection: outletConfig }),
  start: ({ connection }, { clock, signal, random }: SimulatorContext<World>) => {
    const powered = clock.steady();
    return startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const found = firstRequest(heard, [{ request, means: true }]);
        return found && { bytes: encode((rate * (clock.steady() - powered)) / hours(1), rate), taken: found.taken };
      },
    });
  },
});
