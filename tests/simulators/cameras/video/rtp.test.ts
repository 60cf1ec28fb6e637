import { expect, test } from 'vitest';
import { packetize, rtpTime, senderReport } from '../../../../simulators/cameras/video/rtp.ts';
import { rtpFormats } from '../../../../simulators/cameras/video/rtp-payloads.ts';

const stream = { ssrc: 0x01020304, sequence: 65_535, time: 90_000 };

test('a small unit travels whole', () => {
  const unit = Buffer.from([0x41, 1, 2, 3]);
  const packets = packetize({ keyframe: false, units: [unit] }, rtpFormats.h264, stream);
  expect(packets.map(packet => packet.subarray(12))).toEqual([unit]);
});

test('a large unit travels in fragments that give it back (RFC 6184, 5.8)', () => {
  const unit = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index === 0 ? 0x65 : index % 251)));
  const packets = packetize({ keyframe: true, units: [unit] }, rtpFormats.h264, stream);
  expect(packets.map(packet => packet[12])).toEqual([0x7c, 0x7c, 0x7c, 0x7c]);
  expect(packets.map(packet => packet[13])).toEqual([0x85, 0x05, 0x05, 0x45]);
  expect(Buffer.concat(packets.map(packet => packet.subarray(14)))).toEqual(unit.subarray(1));
  expect(Math.max(...packets.map(({ length }) => length))).toBeLessThanOrEqual(1412);
});

test('only the last packet of a picture carries the marker, and numbers wrap', () => {
  const packets = packetize(
    { keyframe: true, units: [Buffer.from([0x67]), Buffer.from([0x65])] },
    rtpFormats.h264,
    stream,
  );
  expect(packets.map(packet => packet[1])).toEqual([96, 96 | 0x80]);
  expect(packets.map(packet => packet.readUInt16BE(2))).toEqual([65_535, 0]);
  expect(packets.map(packet => packet.readUInt32BE(4))).toEqual([90_000, 90_000]);
  expect(packets.map(packet => packet.readUInt32BE(8))).toEqual([0x01020304, 0x01020304]);
});

test('a report ties wall time to the time of the packets', () => {
  const instant = Date.UTC(2026, 10, 23, 1, 0, 0, 500);
  const report = senderReport({ ssrc: 7, instant, packets: 3, bytes: 900 });
  expect(report.readUInt32BE(8) - 2_208_988_800).toBe(Math.floor(instant / 1000));
  expect(report.readUInt32BE(12)).toBe(2 ** 31);
  expect(report.readUInt32BE(16)).toBe(rtpTime(instant));
  expect([report.readUInt32BE(20), report.readUInt32BE(24)]).toEqual([3, 900]);
  expect(report.length % 4).toBe(0);
});
