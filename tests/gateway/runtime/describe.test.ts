import { expect, it } from 'vitest';
import type { Observation } from '../../../core/observation.ts';
import { describeObservation } from '../../../gateway/runtime/describe.ts';

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
