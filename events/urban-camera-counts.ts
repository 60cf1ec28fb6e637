/** Who crossed a line of a picture, and how many crossed lines and were in zones, interval by interval. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import { countField, fractionField, mediaField, numberField, textField, timeField, wordField } from './fields.ts';
import {
  camera,
  capitalized,
  detectorField,
  exampleDetector,
  exampleLine,
  exampleObject,
  examplePlace,
  exampleSnapshot,
  exampleZone,
  lineField,
  objectField,
  placeFields,
  wordsOf,
  zoneField,
} from './urban-camera-fields.ts';

const ways = { in: { vi: 'đi vào', en: 'inward' }, out: { vi: 'đi ra', en: 'outward' } } as const;

export const lineCrossed = defineEvent({
  name: 'urban-camera.line.crossed',
  lane: 'event',
  version: '1.1.0',
  summary: 'An object crossed a line of a picture',
  data: () => ({
    direction: wordField('`in`: to the side that is configured as the inward one', ['in', 'out'], 'in'),
    object: objectField(),
    line: lineField(),
    speedMetresPerSecond: numberField({
      description: 'Over the ground, as the mean of the last second; where the plane of the ground is configured',
      unit: 'm/s',
      minimum: 0,
      maximum: 1e6,
      example: 1.31,
    }).optional(),
    detector: detectorField(),
    media: mediaField().optional(),
    ...placeFields(),
  }),
  headline: ({ object, line, direction }, { when }) => {
    const words = wordsOf(object.class);
    return {
      vi: `${capitalized(words.vi)} ${ways[direction].vi} qua vạch ${line.name} ${when.vi}`,
      en: `${capitalized(words.en)} crossed line ${line.englishName ?? line.name} ${ways[direction].en} ${when.en}`,
    };
  },
  example: {
    ...camera,
    subject: 'line/gate',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'INFORMATIONAL',
    data: {
      direction: 'in',
      object: exampleObject,
      line: exampleLine,
      speedMetresPerSecond: 1.31,
      detector: exampleDetector,
      media: [exampleSnapshot],
      ...examplePlace,
    },
  },
});

const periodField = () =>
  z
    .strictObject({
      start: timeField('Begin of the interval', '2026-11-22T17:00:00.000Z'),
      end: timeField('End of the interval', '2026-11-22T17:15:00.000Z'),
      completeness: fractionField('Part of the interval in which the camera was watched', 0.98),
    })
    .meta({ description: 'The interval' });

const classField = () => textField('Label of the model; `other` for what exceeds 100 of them', 'person', 32);

const example = {
  source: 'cam-3',
  device: 'cam-3',
  time: '2026-11-22T17:15:00.000Z',
} as const;
const examplePeriod = {
  start: '2026-11-22T17:00:00.000Z',
  end: '2026-11-22T17:15:00.000Z',
  completeness: 0.98,
} as const;

export const trafficCounted = defineEvent({
  name: 'urban-camera.traffic.counted',
  lane: 'obs',
  version: '1.0.0',
  summary: 'How many crossed a line in an interval, by class and direction',
  data: () => ({
    line: lineField(),
    period: periodField(),
    counts: z
      .array(
        z
          .strictObject({
            class: classField(),
            in: countField('Crossed to the inward side', 14),
            out: countField('Crossed to the other side', 9),
          })
          .meta({ description: 'Of one class' }),
      )
      .max(100)
      .meta({ description: 'Classes of which at least one crossed; each crossing counts, also of the same object' }),
    detector: detectorField(),
    ...placeFields(),
  }),
  example: {
    ...example,
    subject: 'line/gate',
    data: {
      line: exampleLine,
      period: examplePeriod,
      counts: [{ class: 'person', in: 14, out: 9 }],
      detector: exampleDetector,
      ...examplePlace,
    },
  },
});

export const occupancyCounted = defineEvent({
  name: 'urban-camera.occupancy.counted',
  lane: 'obs',
  version: '1.0.0',
  summary: 'How many were in a zone of a picture in an interval',
  data: () => ({
    zone: zoneField(),
    period: periodField(),
    counts: z
      .array(
        z
          .strictObject({
            class: classField(),
            entered: countField('Entered', 14),
            left: countField('Moved out of it, or gone from the picture', 9),
          })
          .meta({ description: 'Of one class' }),
      )
      .max(100)
      .meta({ description: 'Classes of which at least one entered or left' }),
    peak: countField('The most that were there at once', 6),
    mean: numberField({
      description: 'How many were there, as the mean over the time that was watched',
      unit: '1',
      minimum: 0,
      maximum: 5_000,
      example: 2.35,
    }),
    detector: detectorField(),
    ...placeFields(),
  }),
  example: {
    ...example,
    subject: 'zone/quay-1',
    data: {
      zone: exampleZone,
      period: examplePeriod,
      counts: [{ class: 'person', entered: 14, left: 9 }],
      peak: 6,
      mean: 2.35,
      detector: exampleDetector,
      ...examplePlace,
    },
  },
});
