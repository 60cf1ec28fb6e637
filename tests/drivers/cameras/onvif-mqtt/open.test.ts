import { describe, expect, it } from 'vitest';
import type { CameraSignal, Detections, Observation } from '../../../../core/observation.ts';
import { systemClock } from '../../../../core/time.ts';
import { driver } from '../../../../drivers/cameras/onvif-mqtt/driver.ts';
import { openBroker } from '../../../../gateway/broker/open.ts';
import { devicesIn } from '../../../../gateway/discover/broker.ts';
import { until } from '../../../support/resources.ts';
import { startSimulator } from '../../../support/simulate.ts';
import { createContext, recordedLog, revealFrom } from '../../support/context.ts';

const message = (channel: string, text: string) => ({
  channel,
  bytes: Buffer.from(text),
  receivedAt: Date.UTC(2026, 10, 26, 10),
  retained: false,
});

describe('a camera that publishes', () => {
  it('is read through the broker of the gateway: what it says, and what it sees under its own numbers', async () => {
    await using broker = await openBroker({
      host: '127.0.0.1',
      port: 0,
      users: [],
      reveal: revealFrom({}),
      clock: systemClock,
      log: recordedLog(),
      count: () => {},
    });
    const context = createContext({ embedded: broker.source });
    const items: Observation[] = [];
    const reading = (async () => {
      for await (const batch of driver.bind('cam-9', { prefix: 'cameras/gate' }).open(context)) {
        items.push(...batch.items);
        batch.settle?.();
      }
    })();
    const url = `mqtt://127.0.0.1:${broker.port}`;
    await using _camera = await startSimulator('onvif-mqtt', { url, prefix: 'cameras/gate', interval: '50ms' });
    const detections = (): readonly Detections[] => items.filter(item => item.kind === 'detections');
    const signals = (): readonly CameraSignal[] => items.filter(item => item.kind === 'camera-signal');
    await until('it sees people and vehicles', () => detections().length > 5);
    await until('it tells of motion', () => signals().some(({ signal }) => signal === 'motion'));
    context.abort();
    await reading;
    const labels = new Set(detections().flatMap(({ objects }) => objects.map(({ label }) => label)));
    expect([...labels].toSorted()).toEqual(['person', 'vehicle']);
    const [first, next] = detections().map(({ objects }) => objects.map(({ track }) => track));
    expect(first?.length).toBeGreaterThan(3);
    expect(first?.[0]).toMatch(/^\d{8}T\d{6}Z-Analytics_1-\d+$/);
    expect(next, 'the same objects keep their numbers').toEqual(expect.arrayContaining(first?.slice(0, 3) ?? []));
    expect(signals()[0]).toMatchObject({ device: 'cam-9', source: 'VideoSource_1', by: 'camera', timeFrom: 'device' });
  });

  it('is found among what a broker passes on, by its prefix, and read by that alone', () => {
    const event = '{"UtcTime":"2026-11-26T10:00:00Z","Source":{"Source":"1"},"Data":{"State":true}}';
    const found = devicesIn(
      [driver],
      [
        message('city/gate/onvif-ej/VideoSource/MotionAlarm/&1', event),
        message('city/gate/onvif-mj/VideoAnalytics/P/M', '{"Frame":[]}'),
        message('city/yard/onvif-mj/VideoAnalytics/P/M', '{"Frame":[{}]}'),
        message('else/onvif-ej/x', 'no json'),
        message('tele/kim-long/SENSOR', event),
      ],
    );
    expect(found.map(({ seen }) => [seen.name, seen.config, seen.remarks[0]])).toEqual([
      ['gate', { prefix: 'city/gate' }, 'ONVIF over MQTT: topics of events 1, of metadata 1'],
      ['yard', { prefix: 'city/yard' }, 'ONVIF over MQTT: topics of events 0, of metadata 1'],
    ]);
  });

  it('gives no object up for lost that another module calls by the same number', () => {
    const decode = driver.bind('cam-9', { prefix: 'gate' }).createDecoder();
    const frame = (module: string, seconds: number, ids: readonly number[]) =>
      decode?.({
        ...message(
          `gate/onvif-mj/VideoAnalytics/P/${module}`,
          JSON.stringify({
            Frame: {
              '@UtcTime': new Date(Date.UTC(2026, 10, 26, 10, 0, seconds)).toISOString(),
              Object: ids.map(id => ({
                '@ObjectId': id,
                Appearance: { Shape: { BoundingBox: { '@left': 0, '@right': 1, '@top': 1, '@bottom': 0 } } },
              })),
            },
          }),
        ),
        receivedAt: Date.UTC(2026, 10, 26, 10, 0, seconds),
      }).flatMap(piece => (piece.kind === 'observation' ? [piece.observation] : []))[0];
    frame('a', 0, [1]);
    frame('b', 0, [1]);
    expect(frame('a', 11, [2])).toMatchObject({ ended: ['20261126T100000Z-a-1'] });
    expect(frame('b', 12, [1])).toMatchObject({ objects: [{ track: '20261126T100000Z-b-1' }], ended: [] });
  });

  it('is refused with a prefix that is none', () => {
    for (const prefix of ['', 'a/#', 'a/'])
      expect(driver.schema.safeParse({ prefix }).success, JSON.stringify(prefix)).toBe(false);
  });
});
