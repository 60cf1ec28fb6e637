import { expect, test } from 'vitest';
import { createJudge, type JudgeOptions, type Message } from '../../../simulators/ioc/judge.ts';

const event = (changes: Readonly<Record<string, unknown>> = {}) => ({
  specversion: '1.0',
  id: '3f1c9a0e7b5d4c2f8a6e1d0b9c7f5a43',
  source: '/ioc/hue/gw-017/aq-kimlong',
  type: 'vn.ioc.environment.air-quality.observed.v1',
  time: '2026-11-23T01:00:00.000Z',
  services: 'environment',
  dataschema: 'urn:ioc:schema:environment.air-quality.observed:1.0.0',
  streamseq: '0001-000000000001',
  data: { pm25: 20.6 },
  ...changes,
});

const topic = 'ioc/v1/hue/gw-017/environment/obs/aq-kimlong';

const message = (body: unknown, changes: Partial<Message> = {}): Message => ({
  topic,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  retained: false,
  at: 1000,
  ...changes,
});

const judge = (options: Partial<JudgeOptions> = {}) => createJudge({ check: () => undefined, from: 'one', ...options });

const refusals = (...messages: readonly Message[]): readonly string[] => {
  const center = judge();
  for (const each of messages) center.receive(each);
  return [...center.report(1000).invalid.keys()];
};

test('an event of the contract is taken and counted under its service and its source', () => {
  const center = judge();
  center.receive(message(event()));
  expect(center.report(1000)).toMatchObject({
    received: 1,
    invalid: new Map(),
    sources: new Map([['aq-kimlong', 1]]),
    services: [{ service: 'environment', received: 1, rate: 0.1 }],
    streams: [{ stream: 'gw-017/environment/obs', received: 1, lost: 0 }],
  });
});

test('orders and their answers are between two others', () => {
  const order = message('eyJhbGciOiJFZERTQSJ9.e30.AA', { topic: 'ioc/v1/hue/gw-017/gateway/cmd/ioc' });
  const answer = message({ status: 'done' }, { topic: 'ioc/v1/hue/gw-017/gateway/ack/ioc' });
  expect(refusals(order, answer)).toEqual([]);
});

test('the same event again is a duplicate, not another event', () => {
  const center = judge();
  center.receive(message(event()));
  center.receive(message(event()));
  expect(center.report(1000)).toMatchObject({ duplicates: 1, services: [{ received: 1 }] });
});

test('what the gateway says of a device is not counted as the device’s own', () => {
  const center = judge();
  const failed = event({
    type: 'vn.ioc.gateway.device.failed.v1',
    dataschema: 'urn:ioc:schema:gateway.device.failed:1.0.0',
    services: 'gateway',
  });
  center.receive(message(failed, { topic: 'ioc/v1/hue/gw-017/gateway/event/aq-kimlong' }));
  const { invalid, sources, services } = center.report(1000);
  expect([...invalid]).toEqual([]);
  expect(sources.size).toBe(0);
  expect(services).toMatchObject([{ service: 'gateway', received: 1 }]);
});

test('an event that its schema refuses is refused with the reason', () => {
  const center = judge({ check: () => '/data/pm25 must be number' });
  center.receive(message(event()));
  expect([...center.report(1000).invalid]).toEqual([
    ['environment.air-quality.observed: /data/pm25 must be number', 1],
  ]);
});

test.each([
  ['a foreign topic', message(event(), { topic: 'sensors/aq' }), 'not a topic of the contract'],
  ['no JSON', message('{'), 'not JSON'],
  ['more than 64 KiB', message(event({ data: { text: 'x'.repeat(70_000) } })), 'larger than 64 KiB'],
  ['a foreign type', message(event({ type: 'com.example.thing' })), 'not a type of the contract'],
  ['another service than its topic', message(event({ services: 'warning' })), 'published under environment'],
  ['another source than its topic', message(event({ source: '/ioc/hue/gw-017/other' })), 'is not its topic'],
  ['no stream number', message(event({ streamseq: undefined })), 'without its streamseq'],
  ['another schema than its type', message(event({ dataschema: 'urn:ioc:schema:a.b.c:1.0.0' })), 'names the schema'],
  ['nothing at all', message(''), 'an empty message'],
])('%s is refused', (_, refused, reason) => {
  expect(refusals(refused)).toEqual([expect.stringContaining(reason)]);
});

test('the retained delivery state explains the holes in the numbers', () => {
  const center = judge();
  center.receive(message(event({ streamseq: '0001-000000000003' })));
  center.receive(
    message(
      event({
        source: '/ioc/hue/gw-017',
        type: 'vn.ioc.gateway.delivery.reported.v1',
        dataschema: 'urn:ioc:schema:gateway.delivery.reported:1.0.0',
        services: 'gateway',
        streamseq: undefined,
        data: {
          streams: [
            {
              stream: 'environment/obs',
              epoch: '0001',
              lastAccepted: 3,
              lowestUnsent: 4,
              shed: [{ from: 1, to: 1 }],
            },
          ],
        },
      }),
      { topic: 'ioc/v1/hue/gw-017/gateway/state/delivery', retained: true },
    ),
  );
  expect(center.report(1000).streams).toMatchObject([{ received: 1, lost: 1, shed: 1, late: 0 }]);
});

test('the Will of a gateway says that it is gone, unless it is the Will of an older connection', () => {
  const center = judge();
  const say = (state: string, connectionid: string): unknown => {
    const connection = event({
      source: '/ioc/hue/gw-017/connection',
      type: 'vn.ioc.gateway.connection.reported.v1',
      dataschema: 'urn:ioc:schema:gateway.connection.reported:1.0.0',
      services: 'gateway',
      streamseq: undefined,
      data: { state, connectionid },
    });
    center.receive(message(connection, { topic: 'ioc/v1/hue/gw-017/gateway/state/connection', retained: true }));
    const { gateways, invalid } = center.report(1000);
    expect([...invalid]).toEqual([]);
    return gateways.get('gw-017');
  };
  expect(say('offline', 'before this center came')).toBe('offline');
  expect(say('online', 'first')).toBe('online');
  expect(say('online', 'second')).toBe('online');
  expect(say('offline', 'first')).toBe('online');
  expect(say('offline', 'second')).toBe('offline');
});

test('a cleared retained topic is no event', () => {
  expect(refusals(message('', { topic: 'ioc/v1/hue/gw-017/gateway/state/alerts', retained: true }))).toEqual([]);
});

test('media that an event announces are asked for', () => {
  const announced: string[] = [];
  const center = judge({ onMedia: ({ key }) => announced.push(key) });
  const picture = { key: 'hue/a.jpg', sha256: 'aa', state: 'pending' };
  center.receive(message(event({ data: { media: [picture, { ...picture, key: 'hue/b.jpg', state: 'lost' }] } })));
  expect(announced).toEqual(['hue/a.jpg']);
});

test('the newest event of a service is shown by its Vietnamese headline', () => {
  const center = judge();
  center.receive(message(event({ data: { headline: { vi: 'Không khí tốt', en: 'Good air' } } })));
  expect(center.report(1000).services[0]?.last?.text).toBe('Không khí tốt');
});

test('readings do not push a headline away at once', () => {
  const center = judge();
  const reading = (number: number) =>
    event({ id: `${number}`, subject: 'station/kim-long', data: { pm25: 20.6, units: { pm25: 'ug/m3' } } });
  center.receive(message(event({ data: { headline: { vi: 'Không khí xấu' } } }), { at: 0 }));
  center.receive(message(reading(1), { at: 1000 }));
  expect(center.report(1000).services[0]?.last).toEqual({ at: 0, text: 'Không khí xấu' });
  center.receive(message(reading(2), { at: 60_000 }));
  expect(center.report(60_000).services[0]?.last).toEqual({ at: 60_000, text: 'station/kim-long: pm25 20.6 ug/m3' });
});

test('reasons are bounded however many different ones a sender finds', () => {
  const center = judge();
  for (let number = 0; number < 500; number++) center.receive(message(event(), { topic: `foreign/${number}` }));
  const { invalid } = center.report(1000);
  expect(invalid.size).toBe(101);
  expect([...invalid.values()].reduce((sum, count) => sum + count, 0)).toBe(500);
});
