/** What cameras find out by themselves: of the scene, and of how they see it. */

import { type CameraSignalName, cameraSignalNames, cameraSignals } from '../core/camera-signals.ts';
import { formatDuration, seconds } from '../core/time.ts';
import { defineEvent, type Headline } from './event-type.ts';
import { fixedField, numberField, pointField, textField, timeField, wordField } from './fields.ts';

const words: Readonly<Record<CameraSignalName, Headline>> = {
  motion: { vi: 'chuyển động', en: 'motion' },
  'field-entered': { vi: 'có đối tượng trong vùng', en: 'something inside a field' },
  'line-crossed': { vi: 'có đối tượng vượt qua vạch', en: 'something that crossed a line' },
  night: { vi: 'trời tối', en: 'night' },
  tamper: { vi: 'bị phá hoại hoặc che khuất', en: 'tampered with' },
  'signal-lost': { vi: 'mất tín hiệu hình ảnh', en: 'without a video signal' },
  black: { vi: 'hình ảnh quá tối', en: 'too dark' },
  frozen: { vi: 'hình ảnh bị đứng', en: 'frozen' },
  covered: { vi: 'bị che khuất', en: 'covered' },
  blurred: { vi: 'hình ảnh bị mờ', en: 'blurred' },
  moved: { vi: 'bị xoay khỏi hướng nhìn', en: 'turned away from its view' },
  'digital-input': { vi: 'tín hiệu ở ngõ vào số', en: 'a signal at its digital input' },
  'storage-failure': { vi: 'hỏng bộ nhớ lưu trữ', en: 'without working storage' },
  'fan-failure': { vi: 'hỏng quạt', en: 'without a working fan' },
  'power-failure': { vi: 'hỏng nguồn điện', en: 'without a working power supply' },
  'too-hot': { vi: 'quá nóng', en: 'too hot' },
  'login-failed': { vi: 'đăng nhập sai', en: 'a failed login' },
};

const namesOf = (is: 'impairment' | 'sight') => cameraSignalNames.filter(name => cameraSignals[name].is === is);

const commonFields = () => ({
  by: wordField('Who found it out: the camera itself, or the gateway by its pictures', ['camera', 'gateway'], 'camera'),
  source: textField("Which of the camera's lenses or inputs, by its own name", 'VideoSource_1', 64).optional(),
  rule: textField("The camera's own rule, by the name that it has there", 'MyFieldDetector1', 64).optional(),
  location: pointField('Where the camera stands').optional(),
  locationOf: fixedField('Whose place `location` is', 'camera').optional(),
});

const reasonField = () =>
  wordField(
    'Why: it is over, nobody looks for it any more, or the gateway stopped meanwhile and heard no more of it',
    ['recovered', 'config-removed', 'interrupted'],
    'recovered',
  );

const lastingFields = () => ({
  begunAt: timeField('When it began', '2026-11-22T17:04:10.240Z'),
  durationSeconds: numberField({
    description: 'How long it lasted',
    unit: 's',
    minimum: 0,
    maximum: 1e9,
    example: 21.4,
  }),
});

const camera = { source: 'cam-3', device: 'cam-3', subject: 'camera/cam-3' } as const;
const place = {
  location: { type: 'Point' as const, coordinates: [107.64612, 16.55734] as [number, number] },
  locationOf: 'camera' as const,
};

const ruleOf = (rule: string | undefined): string => (rule === undefined ? '' : ` (${rule})`);

const lasted = (durationSeconds: number): string => formatDuration(seconds(Math.max(1, Math.round(durationSeconds))));

export const cameraSignaled = defineEvent({
  name: 'urban-camera.camera.signaled',
  lane: 'event',
  version: '1.0.0',
  summary:
    'A camera noticed something: motion, what a rule of its own looks for, an input, a failed login; or it is night',
  data: () => ({
    phase: wordField('`happened` is over at once', ['begun', 'ended', 'happened'], 'begun'),
    signal: wordField('What it saw', namesOf('sight'), 'motion'),
    reason: reasonField().optional(),
    begunAt: lastingFields().begunAt.optional(),
    durationSeconds: lastingFields().durationSeconds.optional(),
    ...commonFields(),
  }),
  headline: ({ phase, signal, rule, durationSeconds = 0 }, { when, source }) => {
    const { vi, en } = words[signal];
    if (phase === 'ended') {
      return {
        vi: `${source} hết ${vi}${ruleOf(rule)} ${when.vi}, sau ${lasted(durationSeconds)}`,
        en: `${source} no longer sees ${en}${ruleOf(rule)} ${when.en}, after ${lasted(durationSeconds)}`,
      };
    }
    return {
      vi: `${source} phát hiện ${vi}${ruleOf(rule)} ${when.vi}`,
      en: `${source} sees ${en}${ruleOf(rule)} ${when.en}`,
    };
  },
  example: {
    ...camera,
    correlation: 'signal/cam-3/motion/1795367050240',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'INFORMATIONAL',
    data: { phase: 'begun', signal: 'motion', by: 'camera', source: 'VideoSource_1', ...place },
  },
});

export const cameraImpaired = defineEvent({
  name: 'urban-camera.camera.impaired',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera does not see or work as it should',
  data: () => ({
    phase: fixedField('Of the impairment', 'impaired'),
    signal: wordField('What is wrong', namesOf('impairment'), 'tamper'),
    ...commonFields(),
  }),
  headline: ({ signal, rule }, { when, source }) => ({
    vi: `${source} ${words[signal].vi}${ruleOf(rule)} ${when.vi}`,
    en: `${source} is ${words[signal].en}${ruleOf(rule)} ${when.en}`,
  }),
  example: {
    ...camera,
    correlation: 'signal/cam-3/tamper/1795367050240',
    time: '2026-11-22T17:04:10.240Z',
    severity: 'HIGH',
    data: { phase: 'impaired', signal: 'tamper', by: 'camera', rule: 'MyTamperDetectorRule', ...place },
  },
});

export const cameraRestored = defineEvent({
  name: 'urban-camera.camera.restored',
  lane: 'event',
  version: '1.0.0',
  summary: 'A camera sees and works as it should again',
  data: () => ({
    phase: fixedField('Of the impairment', 'restored'),
    signal: wordField('What was wrong', namesOf('impairment'), 'tamper'),
    reason: reasonField(),
    ...lastingFields(),
    ...commonFields(),
  }),
  headline: ({ signal, rule, durationSeconds }, { when, source }) => ({
    vi: `${source} không còn ${words[signal].vi}${ruleOf(rule)} ${when.vi}, sau ${lasted(durationSeconds)}`,
    en: `${source} is no longer ${words[signal].en}${ruleOf(rule)} ${when.en}, after ${lasted(durationSeconds)}`,
  }),
  example: {
    ...camera,
    correlation: 'signal/cam-3/tamper/1795367050240',
    time: '2026-11-22T17:04:31.640Z',
    severity: 'INFORMATIONAL',
    data: {
      phase: 'restored',
      signal: 'tamper',
      reason: 'recovered',
      begunAt: '2026-11-22T17:04:10.240Z',
      durationSeconds: 21.4,
      by: 'camera',
      rule: 'MyTamperDetectorRule',
      ...place,
    },
  },
});
