import { describe, expect, it } from 'vitest';
import { cameraSignalNames } from '../../../../core/camera-signals.ts';
import type { Notification } from '../../../../drivers/protocols/onvif/events.ts';
import { topics, toSignal } from '../../../../drivers/protocols/onvif/topics.ts';
import { healthSignals } from '../../../../pipelines/detect/health.ts';

const notification = (topic: string, changes: Partial<Notification> = {}): Notification => ({
  topic,
  time: 0,
  operation: 'Changed',
  source: new Map(),
  key: new Map(),
  data: new Map(),
  ...changes,
});

/** One that a row with a slash at its end means. */
const whole = (topic: string): string => (topic.endsWith('/') ? `${topic}ImagingService` : topic);

describe('a topic of a camera', () => {
  it('is there for each signal that is not judged by pictures alone', () => {
    const told = topics.map(({ signal }) => signal);
    expect(new Set([...told, ...healthSignals])).toEqual(new Set(cameraSignalNames));
    expect(healthSignals.filter(signal => !told.includes(signal))).toEqual(['frozen', 'covered', 'night']);
  });

  it.each(topics.filter(({ state }) => state !== undefined))('$topic begins and ends as it says', row => {
    const said = (value: string, operation: Notification['operation'] = 'Changed') =>
      toSignal(notification(whole(row.topic), { operation, data: new Map([[row.state ?? '', value]]) }))?.state;
    expect(toSignal(notification(whole(row.topic), { data: new Map([[row.state ?? '', 'true']]) }))).toEqual({
      signal: row.signal,
      state: 'begun',
    });
    expect(said('1', 'Initialized')).toBe('begun');
    expect(said('false')).toBe('ended');
    expect(said('0')).toBe('ended');
    expect(said('true', 'Deleted')).toBe('ended');
    expect(said('perhaps')).toBeUndefined();
  });

  it.each(topics.filter(({ state }) => state === undefined))('$topic happens, but not again at the beginning', row => {
    const said = (operation: Notification['operation']) => toSignal(notification(row.topic, { operation }))?.state;
    expect(said(undefined)).toBe('happened');
    expect(said('Changed')).toBe('happened');
    expect(said('Initialized')).toBeUndefined();
  });

  it('names the lens and the rule, shortened where they are endless', () => {
    const source = new Map([
      ['VideoSourceConfigurationToken', 'lens-2'],
      ['Rule', 'r'.repeat(100)],
    ]);
    const data = new Map([['IsInside', 'true']]);
    expect(toSignal(notification('RuleEngine/FieldDetector/ObjectsInside', { source, data }))).toEqual({
      signal: 'field-entered',
      state: 'begun',
      source: 'lens-2',
      rule: 'r'.repeat(64),
    });
  });

  it('names the object for which it begins and ends, or which did it', () => {
    const key = new Map([['ObjectId', '15']]);
    const data = new Map([['IsInside', 'true']]);
    expect(toSignal(notification('RuleEngine/FieldDetector/ObjectsInside', { key, data }))?.object).toBe('15');
    const crossed = notification('RuleEngine/LineDetector/Crossed', { data: new Map([['ObjectId', '16']]) });
    expect(toSignal(crossed)).toEqual({ signal: 'line-crossed', state: 'happened', object: '16' });
  });

  it('names the input or part where it is one of those', () => {
    const input = { source: new Map([['InputToken', 'door']]), data: new Map([['LogicalState', 'true']]) };
    expect(toSignal(notification('Device/Trigger/DigitalInput', input))?.source).toBe('door');
    const part = { source: new Map([['Token', 'SD_1']]), data: new Map([['Failed', 'true']]) };
    expect(toSignal(notification('Device/HardwareFailure/StorageFailure', part))?.source).toBe('SD_1');
  });

  it('that the gateway does not report is nothing', () => {
    expect(toSignal(notification('Monitoring/OperatingTime/LastReboot'))).toBeUndefined();
    expect(toSignal(notification('VideoSource/MotionAlarm/More'))).toBeUndefined();
  });
});
