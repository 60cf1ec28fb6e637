import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import { commands, encode, passiveAcknowledgement } from '../../drivers/sensors/pms5003/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

/** In active mode and moving air the sensor sends about so often (its data sheet: 200 ms to 800 ms). */
const frameEvery = 800;

/** Two sensors side by side differ by so much of the value. */
const spread = 0.04;

const none = new Uint8Array(0);

const known = (Object.keys(commands) as (keyof typeof commands)[]).map(command => ({
  request: commands[command],
  means: command,
}));

export const simulator = defineSimulator({
  name: 'pms5003',
  summary:
    'A PMS5003 in the air of the world, by itself until it is told to be asked, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    gain: z.number().positive().default(1).describe('It shows so many times what is in the air.'),
  }),
  start: ({ connection, gain }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const factor = gain * (1 + spread * (random() - 0.5));
    let speaks = true;
    let sleeps = false;
    const frame = (): Uint8Array => {
      const air = Object.entries(world.quantitiesAt(clock.now()));
      return encode(Object.fromEntries(air.map(([name, value]) => [name, value * factor])));
    };
    const answers: Readonly<Record<keyof typeof commands, () => Uint8Array>> = {
      passive: () => {
        speaks = false;
        return passiveAcknowledgement;
      },
      read: () => (sleeps ? none : frame()),
      sleep: () => {
        sleeps = true;
        return none;
      },
      wake: () => {
        sleeps = false;
        return none;
      },
    };
    return startAnswerer({
      connection,
      signal,
      random,
      speak: () => ({ bytes: speaks && !sleeps ? frame() : none, pause: frameEvery }),
      answer: heard => {
        const found = firstRequest(heard, known);
        return found && { bytes: answers[found.means](), taken: found.taken };
      },
    });
  },
});
