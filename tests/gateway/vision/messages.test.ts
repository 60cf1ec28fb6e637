import { describe, expect, it } from 'vitest';
import type { CameraClip, CameraSignal, Detections, Frame } from '../../../core/observation.ts';
import { fromChildSchema } from '../../../gateway/vision/messages.ts';

const frame: Frame = { kind: 'frame', device: 'cam-1', time: 0, width: 1, height: 1, pixels: new Uint8Array(3) };
const detections: Detections = {
  kind: 'detections',
  device: 'cam-1',
  time: 0,
  timeFrom: 'gateway',
  objects: [],
  ended: [],
  detector: { model: 'own', version: '1.0.0', sha256: '0123456789ab', threshold: 0.5 },
};
const snapshot = {
  ...{ sha256: 'a'.repeat(64), mediaType: 'image/jpeg', bytes: 1, width: 1, height: 1, capturedAt: 0 },
  redaction: 'person-boxes,vehicle-boxes',
} as const;
const isTaken = (item: object): boolean =>
  // As IPC carries it: JSON.
  fromChildSchema.safeParse(JSON.parse(JSON.stringify({ kind: 'batch', session: 1, items: [item] }))).success;

describe('what the vision process may say', () => {
  it('is what was seen, with the name of a redacted picture', () => {
    expect(isTaken(detections)).toBe(true);
    expect(isTaken({ ...detections, snapshot })).toBe(true);
    expect(isTaken({ ...detections, scene: [{ label: 'flood', confidence: 0.93 }] })).toBe(true);
    expect(isTaken({ ...detections, scene: [{ label: 'flood', confidence: 2 }] })).toBe(false);
  });

  it('is what the camera says by itself', () => {
    const signal: CameraSignal = {
      ...{ kind: 'camera-signal', device: 'cam-1', time: 0, timeFrom: 'device' },
      ...{ signal: 'motion', state: 'begun', by: 'camera', source: 'lens-1', rule: 'gate' },
    };
    expect(isTaken(signal)).toBe(true);
    expect(isTaken({ ...signal, pixels: [0] })).toBe(false);
    expect(isTaken({ ...signal, signal: 'rumor' })).toBe(false);
  });

  it('is a clip by its name, of something that is followed, and never its pictures or one in which nothing was hidden', () => {
    const recorded: CameraClip = {
      ...{ kind: 'camera-clip', device: 'cam-1', time: 0, timeFrom: 'gateway', detector: detections.detector },
      object: { label: 'person', confidence: 0.9, box: { x: 0, y: 0, width: 1, height: 1 }, track: 't1' },
      clip: { ...snapshot, mediaType: 'video/mp4', duration: 1000, codec: 'h264' },
    };
    expect(isTaken(recorded)).toBe(true);
    const { track: _, ...untracked } = recorded.object;
    for (const wrong of [
      { object: untracked },
      { frames: [frame] },
      { clip: { ...recorded.clip, pixels: [0] } },
      { clip: { ...recorded.clip, redaction: '' } },
    ])
      expect(isTaken({ ...recorded, ...wrong }), Object.keys(wrong).join()).toBe(false);
  });

  it('is never a raw frame, nor pixels beside what was seen', () => {
    expect(isTaken(frame)).toBe(false);
    for (const more of [{ pixels: [0, 0, 0] }, { large: frame }, { frame }, { snapshot: { ...snapshot, pixels: [0] } }])
      expect(isTaken({ ...detections, ...more }), Object.keys(more).join()).toBe(false);
  });

  it('is never a picture in which nothing was hidden', () => {
    expect(isTaken({ ...detections, snapshot: { ...snapshot, redaction: '' } })).toBe(false);
  });
});
