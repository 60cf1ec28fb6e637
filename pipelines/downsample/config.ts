import { z } from 'zod';
import { duration } from '../../core/fields.ts';
import { hours, minutes, seconds } from '../../core/time.ts';

const between = () => duration({ maximum: hours(24) });

const pace = (every: string, atRest: string) =>
  z
    .strictObject({
      every: between().prefault(every).describe('Of one that moves; "0s" passes all.'),
      atRest: between().prefault(atRest).describe('Of one that does not move; "0s" passes all.'),
    })
    .prefault({});

export const downsampleConfig = z.strictObject({
  every: duration({ maximum: hours(1) })
    .prefault('30s')
    .describe('Shortest time between two positions of a vessel under way; "0s" passes all of them.'),
  atRest: duration({ minimum: seconds(1), maximum: hours(24) })
    .prefault('3m')
    .describe('Time between two positions of a vessel that does not move.'),
  classes: z
    .strictObject({
      'class-b': z
        .strictObject({ every: between(), atRest: between() })
        .optional()
        .describe('AIS of class B; as all vessels when absent.'),
      'sar-aircraft': pace('10s', '1m').describe('Aircraft in search and rescue.'),
      distress: pace('10s', '1m').describe('AIS-SART, man overboard and EPIRB-AIS.'),
      gear: pace('15m', '1h').describe('Buoys of fishing nets.'),
      vms: pace('0s', '0s').describe('Reports by satellite: few, and each of them counts.'),
      'duty-officer': pace('0s', '0s').describe('Reports by radio.'),
    })
    .prefault({})
    .describe('Times between two positions for what is not an ordinary vessel.'),
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
