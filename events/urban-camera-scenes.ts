/** What whole pictures of cameras show, by a model that classifies them. */
import { formatDuration, seconds } from '../core/time.ts';
import { defineEvent, type Headline } from './event-type.ts';
import { fixedField, fractionField, numberField, pointField, textField, timeField, wordField } from './fields.ts';
import { detectorField } from './urban-camera-fields.ts';

const words: ReadonlyMap<string, Headline> = new Map([
  ['flood', { vi: 'ngập nước', en: 'flooding' }],
  ['smoke', { vi: 'khói', en: 'smoke' }],
  ['fire', { vi: 'lửa cháy', en: 'fire' }],
  ['congestion', { vi: 'ùn tắc giao thông', en: 'congested traffic' }],
  ['garbage', { vi: 'rác thải', en: 'garbage' }],
]);

/** A label without words is told as it is. */
const wordsOf = (label: string): Headline => words.get(label) ?? { vi: `"${label}"`, en: `"${label}"` };

const lasted = (durationSeconds: number): string => formatDuration(seconds(Math.max(1, Math.round(durationSeconds))));

export const sceneClassified = defineEvent({
  name: 'urban-camera.scene.classified',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera shows a state of the whole scene, such as flooding or smoke, or does not any more',
  data: () => ({
    phase: wordField('Of the state', ['begun', 'ended'], 'begun'),
    class: textField('Label of the model', 'flood', 32),
    confidence: fractionField('Highest of the pictures since it began', 0.93),
    begunAt: timeField('Of the first picture that showed it', '2026-11-22T17:03:40.240Z'),
    durationSeconds: numberField({
      description: 'How long it lasted, when it has ended',
      unit: 's',
      minimum: 0,
      maximum: 1e9,
      example: 1840,
    }).optional(),
    reason: wordField(
      'Why it ended: it is over, nobody looks for it any more, or the camera gave no pictures for half an hour',
      ['over', 'config-removed', 'interrupted'],
      'over',
    ).optional(),
    detector: detectorField(),
    location: pointField('Where the camera stands').optional(),
    locationOf: fixedField('Whose place `location` is', 'camera').optional(),
  }),
  headline: ({ phase, class: label, durationSeconds = 0 }, { when, source }) => {
    const { vi, en } = wordsOf(label);
    if (phase === 'ended') {
      return {
        vi: `${source} không còn thấy ${vi} ${when.vi}, sau ${lasted(durationSeconds)}`,
        en: `${source} no longer shows ${en} ${when.en}, after ${lasted(durationSeconds)}`,
      };
    }
    return { vi: `${source} phát hiện ${vi} ${when.vi}`, en: `${source} shows ${en} ${when.en}` };
  },
  example: {
    source: 'cam-3',
    device: 'cam-3',
    subject: 'camera/cam-3',
    correlation: 'scene/cam-3/flood/1795367020240',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'HIGH',
    data: {
      phase: 'begun',
      class: 'flood',
      confidence: 0.93,
      begunAt: '2026-11-22T17:03:40.240Z',
      detector: { model: 'street-states', version: '1.0.0', sha256: 'c789161e04bb', threshold: 0.6 },
      location: { type: 'Point', coordinates: [107.64612, 16.55734] },
      locationOf: 'camera',
    },
  },
});
