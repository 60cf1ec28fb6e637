import { z } from 'zod';
import { type Severity, severities } from '../../core/conclusion.ts';
import { coordinates, duration, identifier } from '../../core/fields.ts';
import { hours, minutes, seconds } from '../../core/time.ts';

const fraction = () => z.number().min(0).max(1);
const bearing = () => z.number().min(0).max(360);

const severityNames = Object.keys(severities).filter((name): name is Severity => Object.hasOwn(severities, name));

const zone = z.strictObject({
  id: identifier().describe('Name of the zone; part of the events that tell of it.'),
  name: z.string().min(1).max(200).describe('For people, in Vietnamese.'),
  englishName: z.string().min(1).max(200).optional().describe('For people, in English; `name` when absent.'),
  bearings: z
    .tuple([bearing(), bearing()])
    .describe('From the first bearing clockwise to the second, degrees from true north, seen from the camera.'),
  ranges: z
    .tuple([z.number().min(0).max(50_000), z.number().min(0).max(50_000)])
    .refine(([least, most]) => least < most, 'the first range is the nearer one')
    .describe('From the first distance to the second, metres from the foot of the camera.'),
  unidentified: z
    .enum(['count', 'event'])
    .default('count')
    .describe(
      'Boats that carry neither AIS nor VMS: `count` them, or tell an `event` of each. Boats under 15 m lawfully carry none.',
    ),
  severity: z.enum(severityNames).default('MEDIUM').describe('Of the event that tells of one boat.'),
});

const camera = z.strictObject({
  id: identifier().describe('The camera: a device of this gateway whose detections the pipeline gets.'),
  position: coordinates().describe('Where the lens is: [longitude, latitude].'),
  height: z.number().min(1).max(2000).describe('Of the lens above the water, metres.'),
  heading: bearing().describe('Where it looks: degrees clockwise from true north. `haidang calibrate` finds it.'),
  tilt: z.number().min(-30).max(89).describe('How far it looks down, degrees below the horizontal.'),
  roll: z.number().min(-45).max(45).default(0).describe('How far it leans to its right, degrees.'),
  fieldOfView: z.number().min(1).max(150).describe('Across the width of the picture, degrees.'),
  aspect: z
    .number()
    .min(0.5)
    .max(4)
    .default(16 / 9)
    .describe('Width of the picture over its height.'),
  k1: z
    .number()
    .min(-0.5)
    .max(0.5)
    .default(0)
    .describe('Radial distortion of the lens, as k1 of OpenCV: negative for the barrel of wide lenses.'),
  headingUncertainty: z
    .number()
    .min(0.01)
    .max(10)
    .default(0.5)
    .describe('Of `heading`, one standard deviation, degrees.'),
  tiltUncertainty: z.number().min(0.01).max(10).default(0.2).describe('Of `tilt`, one standard deviation, degrees.'),
  heightUncertainty: z
    .number()
    .min(0.01)
    .max(50)
    .default(0.5)
    .describe('Of `height` with tide and swell, one standard deviation, metres.'),
  pixels: z.int().min(64).max(16_384).default(416).describe('Width in pixels of the pictures that the model gets.'),
  leastPixels: z
    .number()
    .min(1)
    .max(1000)
    .default(12)
    .describe('Width in those pixels from which the model finds a boat. Smaller ones are not missed.'),
  obstructions: z
    .array(
      z
        .array(z.tuple([fraction(), fraction()]))
        .min(3)
        .max(64),
    )
    .max(16)
    .default([])
    .describe(
      'Parts of the picture that hide the water: land, a breakwater, the quay. Outlines as [x, y], fractions of the picture from the top left.',
    ),
  zones: z
    .array(zone)
    .max(16)
    .default([])
    .refine(zones => new Set(zones.map(({ id }) => id)).size === zones.length, 'two zones have the same id')
    .describe('Parts of the water that are counted each for itself; the first one that holds a boat counts it.'),
});

export const sightingConfig = z.strictObject({
  cameras: z
    .array(camera)
    .min(1)
    .max(32)
    .refine(cameras => new Set(cameras.map(({ id }) => id)).size === cameras.length, 'two cameras have the same id')
    .describe('Calibrated cameras.'),
  boats: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(32)
    .default(['boat'])
    .describe('Labels of the model that are boats.'),
  unknownLength: z
    .number()
    .min(2)
    .max(400)
    .default(12)
    .describe('Taken for the length of a vessel that tells none, metres.'),
  window: duration({ minimum: seconds(20), maximum: minutes(10) })
    .prefault('2m')
    .describe('How much of a boat’s way in the picture is compared with the way of a vessel.'),
  evidence: z
    .number()
    .min(1)
    .max(50)
    .default(5)
    .describe(
      'How much better a vessel must explain what the camera saw than an unknown boat would, as a natural logarithm: 5 is 150 times.',
    ),
  margin: z
    .number()
    .min(0)
    .max(50)
    .default(3)
    .describe('How much better than every other way to pair boats and vessels, likewise: 3 is 20 times.'),
  settle: duration({ minimum: seconds(1), maximum: minutes(10) })
    .prefault('8s')
    .describe('How long a boat must have been followed before anything is concluded of it.'),
  again: duration({ minimum: minutes(1), maximum: hours(24 * 7) })
    .prefault('30m')
    .describe('Time watched without a vessel after which its next sighting is told again.'),
  patience: duration({ minimum: seconds(10), maximum: hours(12) })
    .prefault('4m')
    .describe(
      'How long reports of a vessel are waited for before a boat counts as unidentified, and how old the newest report of any may be for anything to be concluded. AIS reports every 3 minutes at the slowest; longer where VMS is to count that comes late.',
    ),
  aisSilence: duration({ minimum: minutes(1), maximum: hours(24) })
    .prefault('10m')
    .describe('Nothing heard of any vessel for so long: the receiver may be deaf, and no boat counts as unidentified.'),
  vmsReach: duration({ minimum: minutes(1), maximum: hours(24 * 10) })
    .prefault('6h')
    .describe('A vessel whose last VMS report is younger may be where its speed could have taken it.'),
  vmsSpeed: z.number().min(1).max(60).default(10).describe('That speed, knots.'),
  period: duration({ minimum: minutes(1), maximum: hours(24) })
    .prefault('1h')
    .describe('Over which unidentified boats are counted; periods begin at multiples of it since 1970.'),
  unseenAfter: duration({ minimum: seconds(5), maximum: hours(24) })
    .prefault('10m')
    .describe(
      'How long a vessel must be missing from pictures that should show it; what is open of it ends when it may have been there for as long.',
    ),
  unseenFrames: z
    .int()
    .min(10)
    .max(100_000)
    .default(100)
    .describe('Pictures that were looked at in this time, at least.'),
  unseenProof: duration({ minimum: seconds(10), maximum: hours(24) })
    .prefault('5m')
    .describe(
      'Time counts as missed only while the camera sighted, in this time before, a vessel that looked as narrow and, since it is missing, one about as far away: else it may be fog.',
    ),
  unseenLight: z
    .enum(['day', 'any'])
    .default('day')
    .describe('`any` where the camera sees boats at night: a thermal one.'),
  sunElevation: z
    .number()
    .min(-18)
    .max(60)
    .default(3)
    .describe('It is day when the sun stands higher than this, degrees.'),
  unseenSeverity: z.enum(severityNames).default('MEDIUM').describe('Of the event that tells of an unseen vessel.'),
});

export type SightingConfig = z.output<typeof sightingConfig>;
export type CameraConfig = SightingConfig['cameras'][number];
export type CameraZone = CameraConfig['zones'][number];
