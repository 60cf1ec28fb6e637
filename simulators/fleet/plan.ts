/** What a scenario says of its fleet: how many boats, when they are away, and what goes wrong. Times count from its start. */
import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes } from '../../core/time.ts';
import { gears } from './boats.ts';

const boat = () => z.int().min(1).describe('Number of the boat, from 1.');
const at = () => duration().describe('When it happens.');
const from = () => duration().describe('When it begins.');
const until = () => duration().optional().describe('When it ends; never when absent.');
const knots = () => z.number().positive().max(60);
const place = () =>
  z
    .tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])
    .describe('Longitude and latitude in WGS 84 degrees.');

const incident = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('silent'),
      boat: boat(),
      device: z.enum(['ais', 'vms', 'both']),
      from: from(),
      to: until(),
    })
    .describe('Its devices say nothing.'),
  z
    .strictObject({
      kind: z.literal('outage'),
      provider: z.string(),
      from: from(),
      to: duration(),
      kept: z.enum(['lost', 'late']).describe('What became of the reports of that time.'),
    })
    .describe('A VMS provider relays nothing.'),
  z
    .strictObject({
      kind: z.literal('detour'),
      boat: boat(),
      at: at(),
      to: place(),
      knots: knots().default(8),
      stay: duration().default(minutes(1)),
      driftKnots: z.number().min(0).max(5).default(0),
    })
    .describe('It leaves its ground for another place and stays there for a while.'),
  z
    .strictObject({
      kind: z.literal('teleport'),
      boat: boat(),
      device: z.enum(['ais', 'vms']),
      from: from(),
      to: duration(),
      place: place(),
    })
    .describe('Its device reports another place.'),
  z
    .strictObject({ kind: z.literal('twin'), boat: boat(), from: from(), to: duration(), place: place() })
    .describe('A second AIS device with its identity sends from another place.'),
  z
    .strictObject({ kind: z.literal('rename'), boat: boat(), at: at(), name: z.string().max(20) })
    .describe('Its AIS gives another name from then on.'),
  z
    .strictObject({
      kind: z.literal('beacon'),
      mmsi: z.int().min(970_000_000).max(974_999_999),
      from: from(),
      to: duration(),
      place: place(),
      mode: z.enum(['active', 'test']),
    })
    .describe('A distress beacon on the air: 970 AIS-SART, 972 man overboard, 974 EPIRB.'),
  z
    .strictObject({
      kind: z.literal('net-buoys'),
      count: z.int().min(1).max(100),
      from: from(),
      to: duration(),
      place: place(),
    })
    .describe('Buoys of a net that drifts, on the air as if they were vessels.'),
]);
export type Incident = z.output<typeof incident>;

const changes = z.strictObject({
  number: boat(),
  lengthMetres: z.number().min(4).max(60).optional(),
  gear: z.enum(gears).optional(),
  crew: z.int().min(1).max(60).optional(),
  ais: z.enum(['A', 'B', 'none']).optional(),
  vms: z.string().optional().describe('Its VMS provider, or none.'),
  channelKnots: knots().optional(),
  cruiseKnots: knots().optional(),
  /** For boats without a length, which no rule about lengths may touch. */
  registered: z.enum(['yes', 'without-length', 'no']).optional(),
});

const span = (what: string, fallback: readonly [string, string]) =>
  z
    .tuple([duration(), duration()])
    .prefault([...fallback])
    .describe(what);

export const fleetPlan = z.strictObject({
  boats: z.int().min(1).max(2000).default(300).describe('Boats that call Thuận An their home.'),
  start: z.iso
    .datetime()
    .default('2026-11-23T05:00:00Z')
    .describe('World time at which a recording of the fleet begins.'),
  duration: duration({ minimum: minutes(1), maximum: hours(24 * 14) })
    .prefault('24h')
    .describe('World time that a recording of the fleet takes.'),
  stayIn: z.number().min(0).max(1).default(0.05).describe('Part of the boats that do not go out.'),
  out: span('First and last boat through the basin on the way out.', ['1h', '4h']),
  home: span('First and last boat at the sea buoy on the way home.', ['17h', '20h']),
  grounds: z.number().min(0.05).max(1).default(1).describe('Part of the way to the usual grounds that they go.'),
  hearing: z.number().min(1).max(100).default(24).describe('Nautical miles from the quay at which AIS is heard.'),
  vmsInterval: duration({ minimum: minutes(1) })
    .prefault('2h')
    .describe('From one VMS report to the next.'),
  change: z.array(changes).default([]).describe('What certain boats have otherwise.'),
  incidents: z.array(incident).default([]).describe('What goes wrong; nothing does by itself.'),
});
export type FleetPlan = z.output<typeof fleetPlan>;
