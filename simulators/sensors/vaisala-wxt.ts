import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import type { Instant } from '../../core/time.ts';
import { encode, request } from '../../drivers/sensors/vaisala-wxt/codec.ts';
import { firstRequest, startAnswerer } from '../outlets/answerer.ts';
import { outletConfig } from '../outlets/open.ts';
import type { World } from '../world/world.ts';

const address = '0';
/** It may be set to speak once a second. */
const speaksEvery = 1000;
/** Gusts are so much above the mean wind. */
const gust = 1.5;

/** The composite message of a transmitter that is set to SI units. */
const composite = (world: World, instant: Instant): string => {
  const air = world.quantitiesAt(instant);
  const direction = (((air.windDirection ?? 0) % 360) + 360) % 360;
  const wind = air.windSpeed ?? 0;
  return [
    `Dm=${String(Math.round(direction)).padStart(3, '0')}D`,
    `Sm=${wind.toFixed(1)}M`,
    `Sx=${(wind * gust).toFixed(1)}M`,
    `Ta=${(air.temperature ?? 25).toFixed(1)}C`,
    `Ua=${((air.relativeHumidity ?? 0.8) * 100).toFixed(1)}P`,
    `Pa=${(air.atmosphericPressure ?? 1013).toFixed(1)}H`,
    'Rc=0.00M',
    'Ri=0.0M',
    'Vs=12.1V',
  ].join(',');
};

export const simulator = defineSimulator({
  name: 'vaisala-wxt',
  summary:
    'A WXT530 that speaks by itself once a second, or answers when it is polled, on a pty or behind a serial server.',
  config: z.strictObject({
    connection: outletConfig,
    speaks: z.boolean().default(true).describe('Whether it speaks by itself; otherwise it only answers.'),
  }),
  start: ({ connection, speaks }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const say = (isChecked: boolean): Uint8Array => encode(address, isChecked, composite(world, clock.now()));
    return startAnswerer({
      connection,
      signal,
      random,
      answer: heard => {
        const found = firstRequest(heard, [
          { request: request(address, false), means: false },
          { request: request(address, true), means: true },
        ]);
        return found && { bytes: say(found.means), taken: found.taken };
      },
      ...(speaks && { speak: () => ({ bytes: say(false), pause: speaksEvery }) }),
    });
  },
});
