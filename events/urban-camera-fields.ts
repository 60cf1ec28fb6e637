/** What events of cameras have in common: fields, words for what is seen, and an example of each. */
import { z } from 'zod';
import {
  fixedField,
  fractionField,
  identifierField,
  numberField,
  patternField,
  pointField,
  textField,
} from './fields.ts';

export const boxField = (description: string) =>
  z
    .strictObject({
      x: fractionField('Left edge, from the left of the picture', 0.412),
      y: fractionField('Upper edge, from the top of the picture', 0.305),
      width: fractionField('Width', 0.081),
      height: fractionField('Height', 0.247),
    })
    .meta({ description });

const trackField = () =>
  patternField('The object as long as the camera followed it', /^[A-Za-z0-9._-]{1,64}$/, '20261122T170402Z-187');

export const objectField = () =>
  z
    .strictObject({
      class: textField('Label of the model', 'person', 32),
      trackId: trackField(),
      confidence: fractionField('Of the detection', 0.81),
      box: boxField('Where it was in the picture'),
    })
    .meta({ description: 'The object, at the time of the event' });

export const zoneField = () =>
  z
    .strictObject({
      id: identifierField('Configured zone', 'quay-1'),
      name: textField('For people', 'Cầu cảng số 1'),
      englishName: textField('The same in English', 'Quay 1').optional(),
      version: patternField('Changes whenever the outline of the zone does', /^[0-9a-f]{6}$/, '0b77e1'),
    })
    .meta({ description: 'The zone' });

export const lineField = () =>
  z
    .strictObject({
      id: identifierField('Configured line', 'gate'),
      name: textField('For people', 'Cổng cảng'),
      englishName: textField('The same in English', 'Port gate').optional(),
      version: patternField('Changes whenever the line is drawn elsewhere', /^[0-9a-f]{6}$/, '4d20c9'),
    })
    .meta({ description: 'The line' });

export const detectorField = () =>
  z
    .strictObject({
      model: textField('Model', 'yolox-nano', 64),
      version: textField('Its version', '0.1.1', 32),
      sha256: patternField(
        'SHA-256 of its weights, or the beginning of it; absent where the camera detects by a model of its own',
        /^[0-9a-f]{12,64}$/,
        'c789161e04bb',
      ).optional(),
      threshold: fractionField('Lowest confidence that counts for an object of its class', 0.5),
    })
    .meta({ description: 'What detected it' });

export const zonesField = () =>
  z
    .array(identifierField('Zone', 'quay-1'))
    .max(64)
    .meta({ description: 'Zones it was in, in the order of their entering' });

export const dwellField = (description: string) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e9, example: 21.4 });

export const placeFields = () => ({
  location: pointField('Where the camera stands').optional(),
  locationOf: fixedField('Whose place `location` is', 'camera').optional(),
});

export const camera = { source: 'cam-3', device: 'cam-3', correlation: 'track/cam-3/20261122T170402Z-187' } as const;
export const exampleZone = { id: 'quay-1', name: 'Cầu cảng số 1', englishName: 'Quay 1', version: '0b77e1' } as const;
export const exampleLine = { id: 'gate', name: 'Cổng cảng', englishName: 'Port gate', version: '4d20c9' } as const;
export const exampleBox = { x: 0.412, y: 0.305, width: 0.081, height: 0.247 } as const;
export const exampleObject = {
  class: 'person',
  trackId: '20261122T170402Z-187',
  confidence: 0.81,
  box: exampleBox,
} as const;
export const exampleDetector = {
  model: 'yolox-nano',
  version: '0.1.1',
  sha256: 'c789161e04bb',
  threshold: 0.5,
} as const;
export const examplePlace: { location: z.infer<ReturnType<typeof pointField>>; locationOf: 'camera' } = {
  location: { type: 'Point', coordinates: [107.64612, 16.55734] },
  locationOf: 'camera',
};
export const exampleKey = 'hue/gw-017/cam-3/2026/11/22/170410240-9b2f4c0a.jpg';
export const exampleSha256 = '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0';

export const exampleSnapshot = {
  role: 'snapshot',
  state: 'pending',
  key: exampleKey,
  sha256: exampleSha256,
  mediaType: 'image/jpeg',
  bytes: 48211,
  width: 1280,
  height: 720,
  capturedAt: '2026-11-22T17:04:10.240Z',
  redaction: 'person-boxes,vehicle-boxes',
  expiresAt: '2026-12-22T17:04:10Z',
} as const;

/** The words for a label of a model; one without words is told as it is. */
export const wordsOf = (label: string): { readonly vi: string; readonly en: string } => {
  const words = labels.get(label);
  return words ?? { vi: `vật thể "${label}"`, en: label };
};

const labels: ReadonlyMap<string, { readonly vi: string; readonly en: string }> = new Map([
  ['person', { vi: 'người', en: 'person' }],
  ['bicycle', { vi: 'xe đạp', en: 'bicycle' }],
  ['motorbike', { vi: 'xe máy', en: 'motorbike' }],
  ['motorcycle', { vi: 'xe máy', en: 'motorbike' }],
  ['car', { vi: 'ô tô', en: 'car' }],
  ['bus', { vi: 'xe buýt', en: 'bus' }],
  ['truck', { vi: 'xe tải', en: 'truck' }],
  ['train', { vi: 'tàu hỏa', en: 'train' }],
  ['boat', { vi: 'tàu thuyền', en: 'boat' }],
  ['backpack', { vi: 'ba lô', en: 'backpack' }],
  ['handbag', { vi: 'túi xách', en: 'handbag' }],
  ['suitcase', { vi: 'va li', en: 'suitcase' }],
  ['dog', { vi: 'chó', en: 'dog' }],
  ['cow', { vi: 'bò', en: 'cow' }],
]);

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
