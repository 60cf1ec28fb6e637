import { z } from 'zod';
import { defineSimulator, type SimulatorContext } from '../../core/simulator.ts';
import type { Instant } from '../../core/time.ts';
import { encode } from '../../drivers/sensors/nmea-weather/codec.ts';
import { openOutlet, outletConfig } from '../outlets/open.ts';
import { startSpeaker } from '../outlets/speaker.ts';
import type { World } from '../world/world.ts';

/** Stations say everything once a second. */
const burstEvery = 1000;
const millimetersPerInch = 25.4;
const hectopascalsPerMillimeterOfMercury = 1.33322387415;

const text = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '';

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const clockAt = (instant: Instant): string => {
  const at = new Date(instant);
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()].map(twoDigits).join('');
  return `WIZDA,${clock},${twoDigits(at.getUTCDate())},${twoDigits(at.getUTCMonth() + 1)},${at.getUTCFullYear()},00,00`;
};

/** What an Airmar-like station with a water probe says of the air of the world at once. */
const burst = (world: World, instant: Instant): string => {
  const air = world.quantitiesAt(instant);
  const pressure = air.atmosphericPressure ?? 1013.25;
  const inches = pressure / hectopascalsPerMillimeterOfMercury / millimetersPerInch;
  const direction = (((air.windDirection ?? 0) % 360) + 360) % 360;
  const humidity = air.relativeHumidity === undefined ? undefined : air.relativeHumidity * 100;
  const wind = text(air.windSpeed, 1);
  return [
    clockAt(instant),
    `WIMDA,${text(inches, 4)},I,${text(pressure / 1000, 4)},B,${text(air.temperature, 1)},C,,,${text(humidity, 1)},,,C,,T,,M,,N,,M`,
    `WIMWV,${text(direction, 1)},R,${wind},M,A`,
    `SDDBT,,f,${text((air.waterLevel ?? 0) + 2, 2)},M,,F`,
  ]
    .map(encode)
    .join('');
};

export const simulator = defineSimulator({
  name: 'nmea-weather',
  summary: 'A weather station with a sounder that sends NMEA 0183 once a second, on a pty, over TCP or UDP.',
  config: z.strictObject({ connection: outletConfig }),
  start: async ({ connection }, { world, clock, signal, random }: SimulatorContext<World>) => {
    const outlet = await openOutlet(connection);
    const speaker = startSpeaker({
      outlet,
      signal,
      random,
      speak: () => ({ bytes: Buffer.from(burst(world, clock.now())), pause: burstEvery }),
    });
    return { ...speaker, address: { connection: outlet.connection } };
  },
});
