import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes, seconds } from '../../core/time.ts';

const knots = () => z.number().min(0).max(100);

const speeds = { leastKnots: knots(), mostKnots: knots() };

const gear = z
  .strictObject({
    name: z.string().min(1).max(64).describe('Told in events.'),
    words: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(50)
      .describe('What the vessel registry calls it; marks and capitals make no difference.'),
    leastKnots: speeds.leastKnots.describe('Slowest speed over ground while it is used.'),
    mostKnots: speeds.mostKnots.describe('Fastest speed over ground while it is used.'),
  })
  .refine(({ leastKnots, mostKnots }) => leastKnots < mostKnots, 'leastKnots is not below mostKnots');

/**
 * Otter trawlers of the Zhoushan grounds fish at 2.5 to 5.0 kn (Wang, Wang and Zheng, J. Ocean Univ. China 14, 2015),
 * those around England at 1 to 6 kn (Mills et al., ICES J. Mar. Sci. 64, 2007). The other rows are this project's own
 * judgement of how such gear is set and hauled: they are to be corrected by who knows the local fleet.
 */
const gears: z.input<typeof gear>[] = [
  {
    name: 'trawl',
    words: ['trawl', 'trawler', 'otter trawl', 'pair trawl', 'lưới kéo', 'giã cào', 'OTB', 'PTB'],
    leastKnots: 2,
    mostKnots: 5,
  },
  { name: 'longline', words: ['longline', 'longliner', 'câu vàng', 'LL', 'LLD'], leastKnots: 1, mostKnots: 6 },
  {
    name: 'gillnet',
    words: ['gillnet', 'gillnetter', 'drift net', 'lưới rê', 'GN', 'GND', 'GNS'],
    leastKnots: 0.3,
    mostKnots: 3,
  },
  { name: 'purse-seine', words: ['purse seine', 'purse seiner', 'lưới vây', 'PS'], leastKnots: 0.3, mostKnots: 3 },
  {
    name: 'falling-net',
    words: ['falling net', 'stick-held falling net', 'lift net', 'chụp', 'lưới chụp', 'vó', 'mành'],
    leastKnots: 0.2,
    mostKnots: 2,
  },
  {
    name: 'handline',
    words: ['handline', 'jig', 'squid jig', 'câu tay', 'câu mực', 'câu', 'LHP'],
    leastKnots: 0.2,
    mostKnots: 2.5,
  },
];

export const geofenceConfig = z.strictObject({
  zones: z
    .string()
    .min(1)
    .max(4096)
    .describe('GeoJSON file of the zones, relative to the working directory; read again when it changes.'),
  edgeMetres: z
    .number()
    .min(0)
    .max(5000)
    .prefault(50)
    .describe('A vessel has left a zone, or crossed a line, when it is farther than this beyond the edge.'),
  settle: duration({ minimum: minutes(1), maximum: hours(24) })
    .prefault('30m')
    .describe('So long beyond the edge, in 10 positions or more, counts as much, however near to it.'),
  interpolateWithin: duration({ maximum: hours(24) })
    .prefault('30m')
    .describe(
      'Largest gap between two positions in which the moment of a crossing is interpolated; beyond it tracks by VMS are off too far (Wang, Wang and Zheng 2015).',
    ),
  bridgeWithin: duration({ minimum: minutes(1), maximum: hours(48) })
    .prefault('6h')
    .describe(
      'Largest gap between two positions of which anything is concluded together: a line crossed, a pattern of speeds.',
    ),
  lost: duration({ minimum: minutes(10), maximum: hours(24 * 30) })
    .prefault('6h')
    .describe('Visits and conditions of a vessel that was not heard for so long are closed.'),
  approach: z
    .strictObject({
      within: duration({ minimum: minutes(1), maximum: hours(24) })
        .prefault('30m')
        .describe('How far ahead it is looked whether a vessel reaches a boundary.'),
      atLeastKnots: knots().prefault(1).describe('A slower vessel has no course to speak of.'),
      for: duration({ maximum: hours(1) })
        .prefault('30s')
        .describe('So long it must head for the boundary before that is told.'),
      clearedFor: duration({ maximum: hours(24) })
        .prefault('5m')
        .describe('So long it must not any more.'),
    })
    .prefault({}),
  speeding: z
    .strictObject({
      toleranceKnots: knots().prefault(0.5).describe('By how much a speed limit may be exceeded before it counts.'),
      for: duration({ maximum: hours(1) })
        .prefault('30s')
        .describe('For how long.'),
      clearedFor: duration({ maximum: hours(24) })
        .prefault('1m')
        .describe('So long the limit must be kept again.'),
      stepKnots: z.number().min(0.1).max(100).prefault(3).describe('So much faster than told last is told again.'),
    })
    .prefault({}),
  anchoring: z
    .strictObject({
      atMostKnots: knots().prefault(0.5).describe('Up to this speed over ground a vessel lies.'),
      releaseKnots: knots().prefault(1).describe('Above this one it does not any more.'),
      for: duration({ minimum: seconds(1), maximum: hours(24) })
        .prefault('10m')
        .describe('So long it must lie.'),
      clearedFor: duration({ maximum: hours(24) })
        .prefault('2m')
        .describe('So long it must move again.'),
    })
    .refine(({ atMostKnots, releaseKnots }) => atMostKnots <= releaseKnots, 'releaseKnots is below atMostKnots')
    .prefault({}),
  fishing: z
    .strictObject({
      for: duration({ minimum: minutes(1), maximum: hours(48) })
        .prefault('30m')
        .describe('So long a vessel must keep to the speeds of its gear.'),
      positions: z.int().min(2).max(1000).prefault(4).describe('With at least so many positions.'),
      pause: duration({ maximum: hours(6) })
        .prefault('5m')
        .describe('Other speeds for up to this long do not end the pattern: a turn, a net that is hauled.'),
      clearedFor: duration({ maximum: hours(48) })
        .prefault('15m')
        .describe('So long it must not fit any more.'),
      gears: z.array(gear).max(100).prefault(gears).describe('Speeds by gear; the first row that has the word counts.'),
      otherGear: z
        .strictObject(speeds)
        .refine(({ leastKnots, mostKnots }) => leastKnots < mostKnots, 'leastKnots is not below mostKnots')
        .prefault({ leastKnots: 2, mostKnots: 5 })
        .describe('Of fishing vessels whose gear is not known.'),
    })
    .prefault({}),
});

export type GeofenceConfig = z.output<typeof geofenceConfig>;
