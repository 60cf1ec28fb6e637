/** The tables of law that count on a day: alarm stages of rivers, limits of noise. They are data: a change of law is a row. */
import { z } from 'zod';
import noise from './noise-limits.json' with { type: 'json' };
import rivers from './river-stages.json' with { type: 'json' };

/** Local dates, both inclusive. */
const inForce = { effectiveFrom: z.iso.date(), effectiveTo: z.iso.date().optional() };

const stage = z.strictObject({
  /** In the datum of the station. */
  metres: z.number(),
  /** `decision`: read in the decision itself; `press`: as agencies tell it in the press; `no`: in no source. */
  verified: z.enum(['decision', 'press', 'no']),
  source: z.string(),
});

const station = z.strictObject({
  station: z.string(),
  name: z.string(),
  river: z.string(),
  ...inForce,
  effectiveFromIs: z.string().optional(),
  /** I, II and III. */
  stages: z.tuple([stage, stage, stage]),
});
export type RiverStation = z.output<typeof station>;

export const riverLaw = z
  .strictObject({ decision: z.string(), method: z.string(), stations: z.array(station) })
  .parse(rivers);

/** The hours of a day from which limits count, ascending; the last one counts until the first of the next day. */
export const hourlyLimits = z
  .array(
    z.strictObject({
      fromHour: z.int().min(0).max(23).describe('Local hour from which it counts.'),
      limit: z.number().min(0).max(150).describe('LAeq of an hour, dB(A).'),
    }),
  )
  .min(1)
  .max(24)
  .refine(
    list => list.every(({ fromHour }, index) => index === 0 || fromHour > (list[index - 1]?.fromHour ?? 0)),
    'expected hours that ascend',
  );
export type HourlyLimits = z.output<typeof hourlyLimits>;

const area = z.strictObject({ area: z.enum(['ordinary', 'special']), ...inForce, limits: hourlyLimits });
export type NoiseArea = z.output<typeof area>['area'];

export const noiseLaw = z
  .strictObject({
    regulation: z.string(),
    method: z.string(),
    source: z.string(),
    successor: z.string(),
    areas: z.array(area),
  })
  .parse(noise);

const counts =
  (date: string) =>
  ({ effectiveFrom, effectiveTo = '9999-12-31' }: { effectiveFrom: string; effectiveTo?: string | undefined }) =>
    date >= effectiveFrom && date <= effectiveTo;

/** `date` is the local one. Undefined before the first row. */
export const riverStationOn = (date: string, name: string): RiverStation | undefined =>
  riverLaw.stations.filter(counts(date)).find(row => row.station === name);

export const noiseLimitsOn = (date: string, name: NoiseArea): HourlyLimits | undefined =>
  noiseLaw.areas.filter(counts(date)).find(row => row.area === name)?.limits;

/** The limit that counts in the hour (0–23). */
export const limitAt = (limits: HourlyLimits, hour: number): number =>
  (limits.findLast(({ fromHour }) => hour >= fromHour) ?? limits.at(-1))?.limit ?? Number.POSITIVE_INFINITY;
