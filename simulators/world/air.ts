/** The air, weather, noise and water at the sensor station, as true values before any sensor's own error. */
import type { QuantityName } from '../../core/quantity.ts';
import { hours, type Instant } from '../../core/time.ts';
import { wander } from './random.ts';

const gauss = (hour: number, peak: number, width: number): number => {
  const distance = Math.abs(hour - peak);
  const around = Math.min(distance, 24 - distance);
  return Math.exp(-((around / width) ** 2) / 2);
};

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Pure in the seed and the instant. The day is that of Huế (UTC+7): two rush hours, warm afternoons, damp nights. */
export const airAt = (seed: number, instant: Instant): Readonly<Partial<Record<QuantityName, number>>> => {
  const hour = ((instant + hours(7)) % hours(24)) / hours(1);
  const slow = (name: string, period: number): number => wander(instant / period, seed, name);
  const rush = gauss(hour, 7.5, 1.3) + 0.8 * gauss(hour, 17.8, 1.6);
  const afternoon = gauss(hour, 14, 4);
  const daylight = Math.max(0, Math.sin(((hour - 5.6) / 12.4) * Math.PI));

  const pm25 = Math.max(2, 14 + 16 * rush + 6 * slow('pm-day', hours(9)) + 2.5 * slow('pm-minutes', 90_000));
  const pm1 = pm25 * 0.68;
  const pm10 = pm25 * (1.42 + 0.12 * slow('coarse', hours(1)));
  const temperature = 23.5 + 5.5 * afternoon + 1.5 * slow('temperature-day', hours(20)) + 0.2 * slow('gust', 60_000);
  const relativeHumidity = Math.min(
    0.99,
    Math.max(0.4, 0.92 - 0.028 * (temperature - 23) + 0.03 * slow('damp', hours(3))),
  );
  const tide = 0.42 + 0.23 * Math.sin((instant / hours(12.42)) * 2 * Math.PI);
  return {
    pm1: round(pm1, 1),
    pm25: round(pm25, 1),
    pm10: round(pm10, 1),
    particles03: Math.round(pm25 * 182),
    particles05: Math.round(pm25 * 52),
    particles1: Math.round(pm25 * 9.6),
    particles25: Math.round(pm25 * 0.9),
    particles5: Math.round(pm25 * 0.22),
    particles10: Math.round(pm25 * 0.09),
    co2: Math.round(422 + 38 * rush + 9 * slow('co2', 300_000)),
    co: Math.round(420 + 620 * rush + 60 * slow('co', 300_000)),
    no2: round(12 + 26 * rush + 3 * slow('no2', 300_000), 1),
    so2: round(6 + 4 * rush + 1.5 * slow('so2', hours(1)), 1),
    o3: round(28 + 46 * afternoon + 4 * slow('o3', hours(1)), 1),
    temperature: round(temperature, 2),
    relativeHumidity: round(relativeHumidity, 4),
    atmosphericPressure: round(1011 + 3.5 * slow('pressure', hours(16)) + Math.cos((hour / 12) * 2 * Math.PI - 5), 1),
    windSpeed: round(Math.max(0.1, 2.6 + 1.6 * afternoon + 1.2 * slow('wind', 40_000)), 1),
    windDirection: round(60 + 45 * slow('wind-direction', 600_000), 0),
    precipitation: 0,
    illuminance: Math.round(4 + 72_000 * daylight * (0.75 + 0.25 * slow('cloud', 240_000))),
    LAeq: round(52 + 13 * Math.min(1, rush + 0.6 * daylight) + 3 * slow('noise', 20_000), 1),
    waterLevel: round(tide + 0.02 * slow('swell', 8000) + 0.004 * slow('ripple', 900), 3),
  };
};
