import { expect, it } from 'vitest';
import type { CameraClip } from '../../../core/observation.ts';
import { stage } from '../../../pipelines/clips/stage.ts';
import { drive, toWire } from '../../support/events.ts';

const time = Date.UTC(2026, 10, 22, 17, 4, 10, 240);

const recorded: CameraClip = {
  ...{ kind: 'camera-clip', device: 'cam-3', time, timeFrom: 'gateway' },
  object: {
    ...{ label: 'person', confidence: 0.812345, track: '20261122T170402Z-187' },
    box: { x: 0.412_345, y: 0.3, width: 0.1, height: 0.2 },
  },
  detector: {
    model: 'yolox-nano',
    version: '0.1.1',
    sha256: 'c789161e04bb',
    threshold: 0.5,
    thresholds: { person: 0.4 },
  },
  clip: {
    ...{ sha256: '9b2f4c0a7d1e4f58b6c3a2910f7e6d5c4b3a29181716151413121110f0e0d0c0', mediaType: 'video/mp4' },
    ...{ bytes: 1_204_332, width: 1280, height: 720, capturedAt: time - 5000, duration: 10_000, codec: 'h264' },
    redaction: 'person-boxes,vehicle-boxes',
  },
};

it('tells of a clip with the object that it was recorded for, under the correlation of its track', () => {
  const driven = drive(stage, {});
  driven.step(recorded);
  const [event] = driven.conclusions.map(conclusion => toWire(conclusion));
  expect(event).toMatchObject({
    type: 'vn.ioc.urban-camera.clip.recorded.v1',
    time: '2026-11-22T17:04:10.240Z',
    correlationid: 'track/cam-3/20261122T170402Z-187',
    dataclassification: 'restricted',
    data: {
      headline: {
        vi: expect.stringContaining('đã quay video có người lúc 00:04 ngày 23/11'),
        en: expect.stringContaining('recorded a clip of a person at 00:04 on 23 Nov'),
      },
      object: { class: 'person', confidence: 0.8123, box: { x: 0.4123 } },
      detector: { threshold: 0.4 },
      media: [
        {
          ...{ role: 'clip', state: 'pending', mediaType: 'video/mp4', durationSeconds: 10, codec: 'h264' },
          key: 'hue/gw-017/cam-3/2026/11/22/170405240-9b2f4c0a.mp4',
          capturedAt: '2026-11-22T17:04:05.240Z',
        },
      ],
    },
  });
});
