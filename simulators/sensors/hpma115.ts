import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { seconds } from '../../core/time.ts';
import { acknowledgement, commands, encode, models } from '../../drivers/sensors/hpma115/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

const known = (Object.keys(commands) as (keyof typeof commands)[]).map(means => ({ request: commands[means], means }));

export const simulator = defineSimulator({
  name: 'hpma115',
  summary: 'An HPMA115 in the air of the world, by itself or asked, on a pty or behind a serial server.',
  config: z.strictObject({ connection: outletConfig, model: z.enum(models).default('standard') }),
  start: ({ connection, model }, { world, clock, signal, random }: SimulatorContext<World>) => {
    let speaks = true;
    return startAnswerer({
      connection,
      signal,
      random,
      speak: () => ({
        bytes: speaks ? encode(model, 'autosend', world.quantitiesAt(clock.now())) : new Uint8Array(0),
        pause: seconds(1),
      }),
      answer: heard => {
        const found = firstRequest(heard, known);
        if (found === undefined) return undefined;
        if (found.means === 'autosend') speaks = true;
        if (found.means === 'stopAutosend') speaks = false;
        const isRead = found.means === 'read';
        return {
          bytes: isRead ? encode(model, 'request', world.quantitiesAt(clock.now())) : acknowledgement,
          taken: found.taken,
        };
      },
    });
  },
});
