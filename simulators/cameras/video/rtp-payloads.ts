/**
 * How pictures of each codec travel in RTP and stand in a session description: H.264 (RFC 6184, packetization mode 1),
 * H.265 (RFC 7798), JPEG (RFC 2435). Pure.
 */
import type { CodedPicture } from '../../scenes/coded-pictures.ts';
import type { Film } from '../../scenes/film.ts';

export interface RtpFormat {
  /** Of RFC 3551 or, from 96 on, named in the session description. */
  readonly payloadType: number;
  readonly encoding: string;
  /** The value of `a=fmtp` after the payload type; the parameter sets stand in it unless they are left to the stream. */
  readonly parameters: (film: Film, sets: 'described' | 'in-band') => string | undefined;
  /** Pieces of a picture that go into packets of their own, in order. */
  readonly payloads: (picture: CodedPicture) => readonly Uint8Array[];
}

/** Bytes: with the headers of RTP, UDP and IP a packet fits the 1500 of an Ethernet frame. */
const largestPayload = 1400;

const base64 = (set: Uint8Array): string => Buffer.from(set).toString('base64');

/** Cuts `unit` without its first `headerLength` bytes; each piece follows what `header` makes for it. */
const fragment = (
  unit: Uint8Array,
  headerLength: number,
  header: (isFirst: boolean, isLast: boolean) => readonly number[],
): readonly Uint8Array[] => {
  if (unit.length <= largestPayload) return [unit];
  const step = largestPayload - headerLength - 1;
  const pieces: Uint8Array[] = [];
  for (let at = headerLength; at < unit.length; at += step) {
    const bytes = header(at === headerLength, at + step >= unit.length);
    pieces.push(Buffer.concat([Buffer.from(bytes), unit.subarray(at, at + step)]));
  }
  return pieces;
};

const edges = (isFirst: boolean, isLast: boolean): number => (isFirst ? 0x80 : 0) | (isLast ? 0x40 : 0);

/** RFC 6184, 5.8: fragmentation unit A. */
const h264Payloads = ({ units }: CodedPicture): readonly Uint8Array[] =>
  units.flatMap(unit => {
    const header = unit[0] ?? 0;
    return fragment(unit, 1, (isFirst, isLast) => [(header & 0xe0) | 28, edges(isFirst, isLast) | (header & 0x1f)]);
  });

/** RFC 7798, 4.4.3: the header of a unit has two bytes, its type stands in bits 1 to 6 of the first. */
const h265Payloads = ({ units }: CodedPicture): readonly Uint8Array[] =>
  units.flatMap(unit => {
    const [first = 0, second = 0] = unit;
    const type = (first >> 1) & 0x3f;
    return fragment(unit, 2, (isFirst, isLast) => [(first & 0x81) | (49 << 1), second, edges(isFirst, isLast) | type]);
  });

const quantizationTable = 64;

/** What RFC 2435 sends of a JPEG file (ITU-T T.81 annex B): its size, its tables of quantization and its scan. */
interface JpegParts {
  readonly width: number;
  readonly height: number;
  /** Of luminance and chrominance. */
  readonly tables: Uint8Array;
  readonly scan: Uint8Array;
}

const jpegParts = (file: Uint8Array): JpegParts => {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const tables: Uint8Array[] = [];
  let width = 0;
  let height = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1];
    const length = bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + 4, at + 2 + length);
    at += 2 + length;
    if (marker === 0xdb) {
      for (let from = 0; from < segment.length; from += 1 + quantizationTable) {
        tables.push(segment.subarray(from + 1, from + 1 + quantizationTable));
      }
    } else if (marker === 0xc0) {
      height = segment.readUInt16BE(1);
      width = segment.readUInt16BE(3);
    } else if (marker === 0xda) {
      const [luminance = Buffer.alloc(quantizationTable), chrominance = luminance] = tables;
      return { width, height, tables: Buffer.concat([luminance, chrominance]), scan: bytes.subarray(at, -2) };
    }
  }
  throw new Error('this is no baseline JPEG');
};

/** RFC 2435, 3.1: type 1 is 4:2:0; quality 255 says that the tables come with each picture. */
const jpegPayloads = ({ units }: CodedPicture): readonly Uint8Array[] =>
  units.flatMap(file => {
    const { width, height, tables, scan } = jpegParts(file);
    const payloads: Uint8Array[] = [];
    for (let at = 0; at < scan.length; ) {
      const size = [Math.ceil(width / 8), Math.ceil(height / 8)];
      const head = Buffer.from([0, at >> 16, (at >> 8) & 0xff, at & 0xff, 1, 255, ...size]);
      const quantization = at === 0 ? [Buffer.from([0, 0, tables.length >> 8, tables.length & 0xff]), tables] : [];
      const before = Buffer.concat([head, ...quantization]);
      const part = scan.subarray(at, at + largestPayload - before.length);
      payloads.push(Buffer.concat([before, part]));
      at += part.length;
    }
    return payloads;
  });

export const rtpFormats: Readonly<Record<Film['codec'], RtpFormat>> = {
  h264: {
    payloadType: 96,
    encoding: 'H264',
    parameters: ({ parameterSets: [sps = new Uint8Array(), ...more] }, sets) => {
      if (sets === 'in-band') return 'packetization-mode=1';
      const profile = Buffer.from(sps.subarray(1, 4)).toString('hex').toUpperCase();
      const sprop = [sps, ...more].map(base64).join(',');
      return `packetization-mode=1;profile-level-id=${profile};sprop-parameter-sets=${sprop}`;
    },
    payloads: h264Payloads,
  },
  h265: {
    payloadType: 96,
    encoding: 'H265',
    parameters: ({ parameterSets: [vps, sps, pps] }, sets) =>
      sets === 'in-band' || vps === undefined || sps === undefined || pps === undefined
        ? undefined
        : `sprop-vps=${base64(vps)};sprop-sps=${base64(sps)};sprop-pps=${base64(pps)}`,
    payloads: h265Payloads,
  },
  mjpeg: { payloadType: 26, encoding: 'JPEG', parameters: () => undefined, payloads: jpegPayloads },
};
