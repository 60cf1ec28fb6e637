import { describe, expect, it } from 'vitest';
import { isGearName, toMmsiKind } from '../../core/mmsi.ts';
import { mmsiKinds } from '../../core/vessel.ts';

describe('the kind of a station', () => {
  const kinds = [
    [574_123_456, 'ship'],
    [201_000_000, 'ship'],
    [775_999_999, 'ship'],
    [5_740_001, 'coast-station'],
    [57_400_001, 'group'],
    [111_574_001, 'sar-aircraft'],
    [995_741_234, 'navigation-aid'],
    [985_741_234, 'auxiliary-craft'],
    [857_412_345, 'handheld'],
    [970_210_000, 'sart'],
    [972_000_001, 'mob'],
    [974_999_999, 'epirb'],
    [979_123_456, 'gear'],
    [0, 'unknown'],
    [123_456_789, 'unknown'],
    [200_999_999, 'unknown'],
    [776_000_000, 'unknown'],
    [900_123_456, 'unknown'],
    [971_000_000, 'unknown'],
    [980_000_001, 'unknown'],
    [1_073_741_823, 'unknown'],
  ] as const;

  it.each(kinds)('of %i is %s', (mmsi, kind) => {
    expect(toMmsiKind(mmsi)).toBe(kind);
  });

  it('is tried for every one of them', () => {
    expect(new Set(kinds.map(([, kind]) => kind))).toEqual(new Set(mmsiKinds));
  });
});

describe('the name of a net buoy', () => {
  it.each([
    'FISHNET-83%',
    'NET-BUOY 12V',
    'NETBUOY',
    'NET MARK 3',
    '88-1-11.9V',
    'Z6 100%',
    '35%',
    'ABC-12.50 V',
    'FISHING NET',
    'LONGLINE BUOY 4',
    'PHAO LUOI 12',
  ])('is told: %s', name => {
    expect(isGearName(name)).toBe(true);
  });

  it.each([
    'TTH 96969 TS',
    'QNG-95001-TS',
    'EVER DIADEM',
    'STAR IV',
    'HENRY V',
    'MAGNET',
    'GREEN PLANET',
    'CABINET 5',
    'BUOY TENDER',
    'PHAO SO 0',
    'V100',
    'CAR 500%',
    '',
  ])('is not taken for one: %s', name => {
    expect(isGearName(name)).toBe(false);
  });
});
