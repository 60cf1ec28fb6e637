import { describe, expect, it } from 'vitest';
import { parseAngle } from '../../../../drivers/protocols/records/angle.ts';

describe('an angle', () => {
  it.each([
    [16.5575, 'decimal', 16.5575],
    [-16.5575, 'decimal', -16.5575],
    ['16.5575', 'decimal', 16.5575],
    ['16,5575', 'decimal', 16.5575],
    ['+16.5', 'decimal', 16.5],
    ['.94', 'decimal', 0.94],
    ['N16.5575', 'decimal', 16.5575],
    ['16.5575 S', 'decimal', -16.5575],
    ['16.5575° s', 'decimal', -16.5575],
    [1633.45, 'ddmm', 16.5575],
    ['1633.4500', 'ddmm', 16.5575],
    ['-0833.45', 'ddmm', -8.5575],
    ['1633.45S', 'ddmm', -16.5575],
    ['0000.60', 'ddmm', 0.01],
    // What a text with signs means, it says itself.
    ["16°33.45'", 'decimal', 16.5575],
    ['16°33\'27"N', 'decimal', 16.5575],
    ['16º 33’ 27” S', 'decimal', -16.5575],
    ["N 16° 33,45'", 'ddmm', 16.5575],
    ["-8°33'27''", 'ddmm', -8.5575],
    ['1°30', 'decimal', 1.5],
  ] as const)('%j (%s) is %d', (value, format, expected) => {
    expect(parseAngle(value, format, 'latitude')).toBeCloseTo(expected, 10);
  });

  it('takes its letter from a field of its own', () => {
    expect(parseAngle('10741.2', 'ddmm', 'longitude', 'E')).toBeCloseTo(107.6866667, 6);
    expect(parseAngle('10741.2', 'ddmm', 'longitude', ' w ')).toBeCloseTo(-107.6866667, 6);
    expect(parseAngle('10741.2', 'ddmm', 'longitude', '')).toBeCloseTo(107.6866667, 6);
  });

  it.each([
    ['', 'decimal'],
    ['north', 'decimal'],
    ['E16.5', 'decimal'],
    ['N16.5S', 'decimal'],
    ['N-16.5', 'decimal'],
    ['16.5.1', 'decimal'],
    ['1,234,5', 'decimal'],
    ['16 33 27', 'decimal'],
    ['1660.00', 'ddmm'],
    ["16°60'", 'decimal'],
    ['16°33\'60"', 'decimal'],
    ["16°33'450", 'decimal'],
    ["16.5°33'", 'decimal'],
    [null, 'decimal'],
    [true, 'decimal'],
    [Number.NaN, 'decimal'],
    [{ lat: 1 }, 'decimal'],
  ] as const)('%j (%s) is none', (value, format) => {
    expect(parseAngle(value, format, 'latitude')).toBeUndefined();
  });

  it('does not believe a letter of the other axis', () => {
    expect(parseAngle('16.5', 'decimal', 'latitude', 'E')).toBeUndefined();
    expect(parseAngle('16.5', 'decimal', 'latitude', 'NORTH')).toBeUndefined();
  });
});
