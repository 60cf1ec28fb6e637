/**
 * A vessel stays in a small area at sea for hours though it neither fishes, anchors nor rests: it moves, but goes
 * nowhere. Judged only where zones are told, since without them every berth is open sea.
 */
import { z } from 'zod';
import { duration } from '../../../core/fields.ts';
import { distanceMetres, metresPerNauticalMile, type Place } from '../../../core/geodesy.ts';
import { hours, type Instant, seconds, shiftInstant, toTimestamp } from '../../../core/time.ts';
import { type ZoneKind, zoneKinds } from '../../../core/vessel.ts';
import { severityField } from '../condition.ts';
import { toKnots, toMetres, toReceivers } from '../evidence.ts';
import { defineRule } from '../rule.ts';
import { aisFixOf, isIn, isVessel, maximumVessels, toSeconds } from '../watch.ts';

const config = z.strictObject({
  for: duration({ minimum: seconds(1), maximum: hours(24 * 7) })
    .prefault('4h')
    .describe('How long it stays there.'),
  radiusNauticalMiles: z.number().min(0.05).max(50).default(1.5).describe('Radius of the area.'),
  leastKnots: z
    .number()
    .min(0)
    .max(10)
    .default(0.7)
    .describe('Mean speed below which it is at anchor, whatever it says of itself.'),
  mostKnots: z.number().min(0.5).max(30).default(5).describe('Speed above which it goes somewhere.'),
  not: z
    .array(z.enum(zoneKinds))
    .max(zoneKinds.length)
    .default(['port', 'shelter', 'anchorage', 'channel'])
    .describe('Kinds of zones where it is not asked.'),
  exceptShipTypes: z
    .array(z.int().min(1).max(99))
    .max(99)
    .default([30, 31, 32, 33, 34, 35, 36, 37, 50, 51, 52, 53, 54, 55])
    .describe(
      'Kinds of ships (ITU-R M.1371-5 table 53) that stay for work or pleasure: fishing, tugs, pilots, dredgers, patrols, yachts.',
    ),
  exceptNavigationStatus: z
    .array(z.int().min(0).max(15))
    .max(16)
    .default([1, 2, 3, 5, 6, 7])
    .describe('Navigational status (table 45) that explains it: at anchor, not under command, moored, fishing.'),
  gap: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('1h')
    .describe('After so long without a report nothing is known of what it did, and it begins anew.'),
  again: duration({ maximum: hours(24 * 7) })
    .prefault('12h')
    .describe('Shortest time between two alarms of the same vessel.'),
  severity: severityField().default('LOW').describe('Of the alarm.'),
});

interface Stay {
  longitude: number;
  latitude: number;
  since: Instant;
  last: Instant;
  reports: number;
  /** Of the speeds. */
  knots: number;
}

const stayRow = z.object({
  longitude: z.number(),
  latitude: z.number(),
  since: z.number(),
  last: z.number(),
  reports: z.number(),
  knots: z.number(),
});

/** The area is left when the vessel is this much farther from its middle than the radius. */
const leaving = 1.25;

export const loitering = defineRule({
  name: 'loitering',
  config,
  again: ({ again }) => again,
  start: (settings, watch, episodes) => {
    const { radiusNauticalMiles, leastKnots, mostKnots, gap, severity } = settings;
    const radius = radiusNauticalMiles * metresPerNauticalMile;
    const kinds: ReadonlySet<ZoneKind> = new Set(settings.not);
    const types = new Set(settings.exceptShipTypes);
    const statuses = new Set(settings.exceptNavigationStatus);
    const condition = episodes.of('loitering', settings.again);
    const stays = watch.openTable<Stay>({
      name: 'stay',
      keyedBy: 'vessel',
      row: stayRow,
      maximum: maximumVessels,
      shift: (row, shift) => {
        row.since = shiftInstant(row.since, shift);
        row.last = shiftInstant(row.last, shift);
      },
    });
    const dataOf = (stay: Stay, receivers: readonly string[]) => ({
      evidence: {
        stayingSince: toTimestamp(stay.since),
        center: { type: 'Point', coordinates: [stay.longitude, stay.latitude] },
        reports: stay.reports,
        meanSpeedKnots: toKnots(stay.knots / stay.reports),
        receivers,
      },
      limits: { staySeconds: toSeconds(settings.for), radiusMetres: toMetres(radius), speedKnots: mostKnots },
    });

    return {
      take: (vessel, update) => {
        const fix = aisFixOf(update);
        if (fix === undefined) return;
        const { identity } = vessel;
        const { key } = identity;
        const { sogKnots, navigationStatus } = fix;
        const isExcused =
          !isVessel(identity) ||
          isIn(vessel, kinds) !== false ||
          (identity.shipType !== undefined && types.has(identity.shipType)) ||
          (navigationStatus !== undefined && statuses.has(navigationStatus)) ||
          sogKnots === undefined ||
          // A fishing vessel of the registry drifts with its gear.
          identity.registry !== undefined;
        const stay = stays.get(key);
        const goes = (sogKnots ?? 0) > mostKnots;
        const isElsewhere =
          stay !== undefined &&
          (distanceMetres(stay, fix) > radius * (condition.get(key) === undefined ? 1 : leaving) ||
            fix.time - stay.last > gap);
        if (isExcused || goes || isElsewhere) {
          if (stay !== undefined) stays.delete(key);
          condition.clear(key, {
            time: fix.time,
            vessel,
            fix,
            reason: isExcused ? 'superseded' : 'recovered',
            endedBy: isIn(vessel, kinds) === true ? 'harbor' : 'movement',
          });
        }
        if (isExcused || goes || sogKnots === undefined) return;
        const now: Stay =
          stay === undefined || isElsewhere
            ? { ...placeOf(fix), since: fix.time, last: fix.time, reports: 0, knots: 0 }
            : stay;
        now.last = fix.time;
        now.reports++;
        now.knots += sogKnots;
        if (now === stay) stays.touch(key);
        else stays.put(key, now);
        if (fix.time - now.since < settings.for || now.knots / now.reports < leastKnots) return;
        if (condition.get(key) !== undefined) return;
        const data = dataOf(now, toReceivers(vessel));
        condition.raise(key, { time: fix.time, severity, vessel, fix, data });
      },
      tick: now => {
        for (const { key, raisedAt } of [...condition.open()]) {
          const last = stays.get(key)?.last ?? raisedAt;
          if (now - Math.max(last, watch.listeningSince) < gap) continue;
          const vessel = watch.vessels.get(key);
          stays.delete(key);
          condition.clear(key, {
            time: now,
            ...(vessel !== undefined && { vessel, fix: vessel.fixes.ais }),
            reason: 'source-lost',
            endedBy: 'silence',
          });
        }
      },
    };
  },
});

const placeOf = ({ longitude, latitude }: Place): Place => ({ longitude, latitude });
