/** The tables of law that count on a day: VN_AQI and the limits of QCVN 05. They are data: a change of law is a row. */
import { z } from 'zod';
import qcvn from './qcvn-05.json' with { type: 'json' };
import vnAqi from './vn-aqi.json' with { type: 'json' };

/** Those that the index counts, in the order in which the first of equals is the responsible one. */
export const pollutants = ['pm25', 'pm10', 'o3', 'no2', 'so2', 'co'] as const;
export type Pollutant = (typeof pollutants)[number];

const limited = [...pollutants, 'tsp', 'h2s', 'nh3', 'hcho'] as const;
export type Limited = (typeof limited)[number];
export const isLimited = (name: string): name is Limited => limited.some(known => known === name);

/** Local dates, both inclusive. */
const inForce = { effectiveFrom: z.iso.date(), effectiveTo: z.iso.date().optional() };

const scale = z.strictObject({
  ...inForce,
  method: z.string(),
  index: z.array(z.number()),
  /** ug/m3; of an hour, and of particulates of the Nowcast or the day. */
  breakpoints: z.record(z.enum(pollutants), z.array(z.number())),
  /** ug/m3; beyond the last one only the hour counts. */
  ozoneOfEightHours: z.array(z.number()),
  levels: z.array(
    z.strictObject({ to: z.number(), name: z.string(), color: z.tuple([z.number(), z.number(), z.number()]) }),
  ),
});
export type Scale = z.output<typeof scale>;

const averagings = ['1h', '8h', '24h'] as const;
export type Averaging = (typeof averagings)[number];

const limit = z.strictObject({
  ...inForce,
  quantity: z.enum(limited),
  averaging: z.enum(averagings),
  /** ug/m3 at 25 degrees Celsius and 760 mmHg. */
  limit: z.number(),
});
export type Limit = z.output<typeof limit>;

const scales = z.array(scale).parse(vnAqi);
const { regulation: named, limits } = z.strictObject({ regulation: z.string(), limits: z.array(limit) }).parse(qcvn);

export const regulation = named;

const counts =
  (date: string) =>
  ({ effectiveFrom, effectiveTo = '9999-12-31' }: { effectiveFrom: string; effectiveTo?: string | undefined }) =>
    date >= effectiveFrom && date <= effectiveTo;

/** `date` is the local one, `2026-01-01`. Undefined before the first table. */
export const scaleOn = (date: string): Scale | undefined => scales.find(counts(date));

export const limitsOn = (date: string, averaging: Averaging): readonly Limit[] =>
  limits.filter(counts(date)).filter(row => row.averaging === averaging);
