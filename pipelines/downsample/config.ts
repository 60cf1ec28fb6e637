import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes } from '../../core/time.ts';

const longest = () => duration({ maximum: hours(24) });
const metres = () => z.number().min(1).max(100_000);

const pace = (every: string, atRest: string, deviation: number) =>
  z
    .strictObject({
      every: longest().prefault(every).describe('Of one under way; "0s" passes all.'),
      atRest: longest().prefault(atRest).describe('Of one that lies still.'),
      deviation: metres().prefault(deviation).describe('Meters.'),
    })
    .prefault({});

export const downsampleConfig = z.strictObject({
  deviation: metres()
    .prefault(50)
    .describe(
      'Meters. A position goes on when it is farther than this from where the vessel would be had it kept the speed and course that were told last.',
    ),
  every: longest()
    .prefault('3m')
    .describe('Longest time between two positions of a vessel under way; "0s" passes all positions.'),
  fast: longest().prefault('1m').describe('The same of a vessel at 14 knots or more, where it is shorter.'),
  atRest: longest().prefault('15m').describe('The same of a vessel that lies still.'),
  classes: z
    .strictObject({
      'class-b': z
        .strictObject({
          every: longest().optional(),
          atRest: longest().optional(),
          deviation: metres().optional(),
        })
        .prefault({})
        .describe('AIS of class B; as all vessels where absent.'),
      'sar-aircraft': pace('10s', '1m', 200).describe('Aircraft in search and rescue.'),
      distress: pace('10s', '1m', 50).describe('AIS-SART, man overboard and EPIRB-AIS.'),
      gear: pace('15m', '1h', 200).describe('Buoys of fishing nets.'),
      vms: pace('0s', '0s', 50).describe('Reports by satellite: few, and each of them counts.'),
      'duty-officer': pace('0s', '0s', 50).describe('Reports by radio.'),
    })
    .prefault({})
    .describe('Longest times and deviations of what is not an ordinary vessel.'),
  turn: z
    .number()
    .min(1)
    .max(180)
    .prefault(30)
    .describe('Degrees. A vessel that turned by so much since its last told position is told at once.'),
  speedChange: z
    .number()
    .min(0.1)
    .max(50)
    .prefault(4)
    .describe('Knots. A vessel whose speed changed by so much since its last told position is told at once.'),
  details: duration({ minimum: minutes(1), maximum: hours(7 * 24) })
    .prefault('6h')
    .describe('Time after which name, size and other particulars are told again though nothing changed.'),
  marks: duration({ minimum: minutes(1), maximum: hours(7 * 24) })
    .prefault('1h')
    .describe('Time after which a buoy or a base station is told again though nothing changed.'),
  messages: duration({ maximum: hours(24) })
    .prefault('15m')
    .describe('Time after which the same text or application message of a station is told again; "0s" passes all.'),
});

export type DownsampleConfig = z.output<typeof downsampleConfig>;
