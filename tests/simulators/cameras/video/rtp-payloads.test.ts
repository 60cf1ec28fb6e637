import { expect, test } from 'vitest';
import { rtpFormats } from '../../../../simulators/cameras/video/rtp-payloads.ts';

test('a large unit of H.265 travels in fragments that give it back (RFC 7798, 4.4.3)', () => {
  // An IDR picture (19) of layer 0, temporal id 1.
  const unit = Buffer.from(Array.from({ length: 3000 }, (_, index) => [0x26, 0x01][index] ?? index % 251));
  const pieces = rtpFormats.h265.payloads({ keyframe: true, units: [unit] });
  expect(pieces.map(piece => [...piece.subarray(0, 3)])).toEqual([
    [0x62, 0x01, 0x80 | 19],
    [0x62, 0x01, 19],
    [0x62, 0x01, 0x40 | 19],
  ]);
  expect(Buffer.concat(pieces.map(piece => piece.subarray(3)))).toEqual(unit.subarray(2));
  for (const { length } of pieces) expect(length).toBeLessThanOrEqual(1400);
});

/** A marker with its segment (ITU-T T.81, B.1.1.4). */
const segment = (marker: number, bytes: readonly number[]): readonly number[] => [
  ...[0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff],
  ...bytes,
];

test('a JPEG travels as its size, its tables and its scan (RFC 2435, 3.1)', () => {
  const table = Array.from({ length: 64 }, (_, index) => index + 1);
  const scan = Array.from({ length: 2000 }, (_, index) => index % 200);
  const file = Uint8Array.from([
    ...[0xff, 0xd8],
    ...segment(0xdb, [0, ...table]),
    ...segment(0xc0, [8, 0, 36, 0, 64, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]),
    ...segment(0xda, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]),
    ...scan,
    ...[0xff, 0xd9],
  ]);
  const [first = new Uint8Array(), second = new Uint8Array(), ...more] = rtpFormats.mjpeg.payloads({
    keyframe: true,
    units: [file],
  });
  expect(more).toEqual([]);
  // Type 1, tables with the picture, 64 × 40 pixels; then 128 bytes of tables, chrominance as luminance.
  expect([...first.subarray(0, 12)]).toEqual([0, 0, 0, 0, 1, 255, 8, 5, 0, 0, 0, 128]);
  expect([...first.subarray(12, 140)]).toEqual([...table, ...table]);
  expect(Buffer.from(second).readUIntBE(1, 3)).toBe(first.length - 140);
  expect([...first.subarray(140), ...second.subarray(8)]).toEqual(scan);
});

test('parameter sets stand in the description unless they are left to the stream', () => {
  const film = { codec: 'h265', width: 64, height: 36, fps: 1, frames: [] } as const;
  const parameterSets = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')];
  const { parameters } = rtpFormats.h265;
  expect(parameters({ ...film, parameterSets }, 'described')).toBe('sprop-vps=YQ==;sprop-sps=Yg==;sprop-pps=Yw==');
  expect(parameters({ ...film, parameterSets }, 'in-band')).toBeUndefined();
});
