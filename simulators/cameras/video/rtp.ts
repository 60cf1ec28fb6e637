/** H.264 in RTP packets (RFC 6184, packetization mode 1) and the sender reports that give them wall time (RFC 3550). */
import type { Instant } from '../../../core/time.ts';
import type { AccessUnit } from '../../scenes/access-units.ts';

/** Dynamic payload type named in the session description. */
export const payloadType = 96;
const clockRate = 90_000;

/** Bytes of payload: with its headers a packet fits the 1500 bytes of an Ethernet frame. */
const largestPayload = 1400;
const headerLength = 12;
const fragmentationUnitA = 28;
/** Seconds between 1900, where NTP begins, and 1970. */
const ntpOffset = 2_208_988_800;

/** RTP time of a wall time: one clock for all streams and clients. Wraps at 2³². */
export const rtpTime = (instant: Instant): number => Math.round(instant * (clockRate / 1000)) % 2 ** 32;

/** Pieces of an access unit that go into packets of their own, in order. */
const payloadsOf = ({ nalUnits }: AccessUnit): readonly Uint8Array[] => {
  const payloads: Uint8Array[] = [];
  for (const unit of nalUnits) {
    if (unit.length <= largestPayload) {
      payloads.push(unit);
      continue;
    }
    const header = unit[0] ?? 0;
    const indicator = (header & 0xe0) | fragmentationUnitA;
    const step = largestPayload - 2;
    for (let at = 1; at < unit.length; at += step) {
      const part = unit.subarray(at, at + step);
      const start = at === 1 ? 0x80 : 0;
      const end = at + step >= unit.length ? 0x40 : 0;
      payloads.push(Buffer.concat([Buffer.from([indicator, start | end | (header & 0x1f)]), part]));
    }
  }
  return payloads;
};

/** Packets of one picture with their sequence numbers from `sequence` on; the last carries the marker. */
export const packetize = (
  picture: AccessUnit,
  stream: { readonly ssrc: number; readonly sequence: number; readonly time: number },
): readonly Buffer[] => {
  const payloads = payloadsOf(picture);
  return payloads.map((payload, index) => {
    const packet = Buffer.allocUnsafe(headerLength + payload.length);
    packet[0] = 0x80;
    packet[1] = payloadType | (index === payloads.length - 1 ? 0x80 : 0);
    packet.writeUInt16BE((stream.sequence + index) & 0xffff, 2);
    packet.writeUInt32BE(stream.time, 4);
    packet.writeUInt32BE(stream.ssrc, 8);
    packet.set(payload, headerLength);
    return packet;
  });
};

/** RFC 3550, 6.4.1: a sender report without reception blocks, and the source's name. */
export const senderReport = (stream: {
  readonly ssrc: number;
  readonly instant: Instant;
  readonly packets: number;
  readonly bytes: number;
}): Buffer => {
  const name = Buffer.from('haidang-simulator', 'latin1');
  const report = Buffer.alloc(28);
  report[0] = 0x80;
  report[1] = 200;
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(stream.ssrc, 4);
  report.writeUInt32BE((Math.floor(stream.instant / 1000) + ntpOffset) % 2 ** 32, 8);
  report.writeUInt32BE(Math.floor(((stream.instant % 1000) / 1000) * 2 ** 32), 12);
  report.writeUInt32BE(rtpTime(stream.instant), 16);
  report.writeUInt32BE(stream.packets % 2 ** 32, 20);
  report.writeUInt32BE(stream.bytes % 2 ** 32, 24);
  // SDES: version 2, one source, CNAME, ended by at least one zero and filled to a multiple of four bytes.
  const description = Buffer.alloc(8 + Math.ceil((2 + name.length + 1) / 4) * 4);
  description[0] = 0x81;
  description[1] = 202;
  description.writeUInt16BE(description.length / 4 - 1, 2);
  description.writeUInt32BE(stream.ssrc, 4);
  description[8] = 1;
  description[9] = name.length;
  description.set(name, 10);
  return Buffer.concat([report, description]);
};
