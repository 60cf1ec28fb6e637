import mqttPacket, { type IPublishPacket } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { createPublishWriter, type PublishWriter } from '../../../sinks/mqtt/publish-writer.ts';

/** What an independent parser makes of what `write` wrote. */
const parse = (protocolVersion: 4 | 5, write: (writer: PublishWriter) => void): IPublishPacket[] => {
  const packets: IPublishPacket[] = [];
  const parser = mqttPacket.parser({ protocolVersion });
  parser.on('packet', packet => {
    if (packet.cmd === 'publish') packets.push(packet);
  });
  parser.on('error', error => {
    throw error;
  });
  const writer = createPublishWriter(protocolVersion, '0007', bytes => parser.parse(bytes));
  write(writer);
  writer.flush();
  return packets;
};

const event = (number: number, text = 'Tàu cá') => ({
  topic: 'ioc/v1/hue/gw-1/environment/obs/dev-1',
  body: Buffer.from(JSON.stringify({ id: 'x', text })),
  number,
  historical: false,
});

test.for([4, 5] as const)('writes QoS 1 publishes of MQTT version %s with the stream number in the JSON', version => {
  const [packet] = parse(version, writer => writer.event(513, event(412)));
  expect(packet).toMatchObject({ qos: 1, retain: false, dup: false, messageId: 513, topic: event(1).topic });
  expect(JSON.parse(String(packet?.payload))).toEqual({ streamseq: '0007-000000000412', id: 'x', text: 'Tàu cá' });
});

test('says over MQTT 5 what the payload is, when it was sent, and that it waited', () => {
  const [live, late] = parse(5, writer => {
    writer.leavesAt('2026-11-26T01:02:03.004Z');
    writer.event(1, event(1));
    writer.leavesAt('2026-11-26T01:02:03.005Z');
    writer.event(2, { ...event(2), historical: true });
  });
  expect(live?.properties).toEqual({
    contentType: 'application/cloudevents+json',
    userProperties: { senttime: '2026-11-26T01:02:03.004Z' },
  });
  expect(late?.properties?.userProperties).toEqual({ historical: 'true', senttime: '2026-11-26T01:02:03.005Z' });
});

test.for([1, 200, 1024])('sends an answer with the %s bytes of correlation data that its command had', length => {
  const correlationData = Buffer.alloc(length, 0xc3);
  const [packet] = parse(5, writer => writer.answer(7, 'ioc/answers', Buffer.from('{}'), correlationData));
  expect(packet).toMatchObject({ topic: 'ioc/answers', retain: false, qos: 1, payload: Buffer.from('{}') });
  expect(packet?.properties).toEqual({ correlationData });
});

test('writes any size, over the borders of its buffer', () => {
  const sizes = [0, 90, 100, 16_000, 65_000, 1, 300_000, 127, 128, 262_000, 5];
  const packets = parse(5, writer => {
    for (const [index, size] of sizes.entries()) writer.event(index + 1, event(index + 1, 'x'.repeat(size)));
  });
  expect(packets.map(({ payload }) => JSON.parse(String(payload)).text.length)).toEqual(sizes);
});

test('keeps a state, and clears it with zero bytes', () => {
  const [kept, cleared] = parse(4, writer => {
    writer.retained(1, 'a/b', Buffer.from('{}'));
    writer.retained(2, 'a/b', Buffer.alloc(0));
  });
  expect(kept).toMatchObject({ retain: true, qos: 1, payload: Buffer.from('{}') });
  expect(cleared).toMatchObject({ retain: true, qos: 1, payload: Buffer.alloc(0) });
});
