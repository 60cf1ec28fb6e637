import { expect, it } from 'vitest';
import type { Measurement, Observation } from '../../../core/observation.ts';
import { describeObservation, mostTelling } from '../../../gateway/runtime/describe.ts';

const observed = { device: 'd', time: 0, timeFrom: 'gateway' } as const;
const detector = { model: 'm', version: '1', sha256: 'a', threshold: 0.5 };
const box = { x: 0, y: 0, width: 0.1, height: 0.1 };

it.each<[string, Observation]>([
  ['pm25 12.35 ug/m3', { ...observed, kind: 'measurement', quantity: 'pm25', value: 12.3456 }],
  ['LAeq 149 dB(A) (suspect)', { ...observed, kind: 'measurement', quantity: 'LAeq', value: 149, quality: 'suspect' }],
  [
    'vessel 574123456 in 16.55000, 107.64000 at 10.2 kn',
    {
      ...observed,
      kind: 'vessel-position',
      mmsi: 574_123_456,
      stationClass: 'A',
      messageType: 1,
      longitude: 107.64,
      latitude: 16.55,
      accurate: true,
      sogKnots: 10.2,
    },
  ],
  ['vessel 574123456 is TTH 96969', { ...observed, kind: 'vessel-static', mmsi: 574_123_456, name: 'TTH 96969' }],
  [
    '2 person, 1 boat',
    {
      ...observed,
      kind: 'detections',
      objects: ['person', 'boat', 'person'].map(label => ({ label, confidence: 0.9, box })),
      ended: [],
      detector,
    },
  ],
  ['nothing in the picture', { ...observed, kind: 'detections', objects: [], ended: [], detector }],
])('says "%s"', (text, observation) => {
  expect(describeObservation(observation)).toBe(text);
});

it('tells of a batch its newest observation, and of one moment what people ask for first', () => {
  const measured = (quantity: Measurement['quantity'], time = 1) =>
    ({ ...observed, kind: 'measurement', quantity, value: 1, time }) satisfies Measurement;
  const [old, fine, coarse, count] = [
    measured('pm25', 0),
    measured('pm25'),
    measured('pm10'),
    measured('particles10'),
  ] as const;
  expect(mostTelling([old, coarse, fine, count])).toBe(fine);
  expect(mostTelling([old, coarse, count])).toBe(coarse);
  expect(mostTelling([count])).toBe(count);
  expect(mostTelling([])).toBeUndefined();
});
