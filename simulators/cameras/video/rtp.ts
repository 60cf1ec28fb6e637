/** Pictures in RTP packets, and the sender reports that give them wall time (RFC 3550). */
import type { Instant } from '../../../core/time.ts';
import type { CodedPicture } from '../../scenes/coded-pictures.ts';
import type { RtpFormat } from './rtp-payloads.ts';

const clockRate = 90_000;
const headerLength = 12;
/** Seconds between 1900, where NTP begins, and 1970. */
const ntpOffset = 2_208_988_800;

/** RTP time of a wall time: one clock for all streams and clients. Wraps at 2³². */
export const rtpTime = (instant: Instant): number => Math.round(instant * (clockRate / 1000)) % 2 ** 32;

/** Packets of one picture with their sequence numbers from `sequence` on; the last carries the marker. */
export const packetize = (
  picture: CodedPicture,
  { payloadType, payloads }: Pick<RtpFormat, 'payloadType' | 'payloads'>,
  stream: { readonly ssrc: number; readonly sequence: number; readonly time: number },
): readonly Buffer[] => {
  const pieces = payloads(picture);
  return pieces.map((payload, index) => {
    const packet = Buffer.allocUnsafe(headerLength + payload.length);
    packet[0] = 0x80;
    packet[1] = payloadType | (index === pieces.length - 1 ? 0x80 : 0);
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
