import { describe, expect, it } from 'vitest';
import type { Decoded } from '../../../../core/driver.ts';
import { appendFields } from '../../../../drivers/protocols/ais/json-fields.ts';

const heard = { device: 'ais-1', time: 1_795_311_645_000, timeFrom: 'device' } as const;

const read = (fields: Readonly<Record<string, unknown>>): readonly Decoded[] => {
  const out: Decoded[] = [];
  appendFields({ mmsi: 574_123_456, ...fields }, heard, out);
  return out;
};

/** The one observation, without what all have. */
const observed = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const [decoded, ...rest] = read(fields);
  expect(rest).toEqual([]);
  if (decoded?.kind !== 'observation') throw new Error(JSON.stringify(decoded));
  const { device, time, timeFrom, ...said } = decoded.observation;
  expect({ device, time, timeFrom }).toEqual(heard);
  return said;
};

const place = { lon: 107.63, lat: 16.57 };

describe('a position', () => {
  it('has what the vessel gives', () => {
    expect(
      observed({ type: 1, ...place, accuracy: true, speed: 8.8, course: 231, heading: 230, turn: -18, status: 7 }),
    ).toEqual({
      kind: 'vessel-position',
      mmsi: 574_123_456,
      stationClass: 'A',
      messageType: 1,
      longitude: 107.63,
      latitude: 16.57,
      accurate: true,
      sogKnots: 8.8,
      cogDegrees: 231,
      headingDegrees: 230,
      rateOfTurnDegreesPerMinute: -18,
      navigationStatus: 7,
    });
  });

  it('has nothing of what is not available', () => {
    expect(
      observed({ type: 3, ...place, speed: 102.3, course: 360, heading: 511, turn: 'nan', status: 15, accuracy: 1 }),
    ).toEqual({
      kind: 'vessel-position',
      mmsi: 574_123_456,
      stationClass: 'A',
      messageType: 3,
      longitude: 107.63,
      latitude: 16.57,
      accurate: false,
    });
  });

  it('of an aircraft is in whole knots, with its altitude', () => {
    expect(observed({ type: 9, ...place, speed: 280, alt: 303 })).toMatchObject({
      stationClass: 'sar-aircraft',
      sogKnots: 280,
      altitudeMetres: 303,
    });
  });

  it('of long range has no speed of 63 knots', () => {
    expect(observed({ type: 27, ...place, speed: 63 })).not.toHaveProperty('sogKnots');
    expect(observed({ type: 27, ...place, speed: 62 })).toMatchObject({ sogKnots: 62 });
  });

  it.each([
    ['none', {}],
    ['not available', { lon: 181, lat: 91 }],
    ['text', { lon: '107', lat: '16' }],
  ])('that is %s is none', (_, where) => {
    expect(read({ type: 18, ...where })).toEqual([{ kind: 'ignored', reason: 'no-position' }]);
  });
});

describe('particulars', () => {
  it('are read without filling, zeros and what AIS cannot write', () => {
    expect(
      observed({
        type: 5,
        imo: 0,
        callsign: 'xvab1 ',
        shipname: 'TÀU CÁ 96969 WITH A NAME THAT IS TOO LONG',
        shiptype: 30,
        to_bow: 12,
        to_stern: 0,
        draught: 2.1,
        destination: '',
      }),
    ).toEqual({
      kind: 'vessel-static',
      mmsi: 574_123_456,
      callSign: 'XVAB1',
      name: 'T?U C? 96969 WITH A',
      shipType: 30,
      toBowMetres: 12,
      draughtMetres: 2.1,
    });
  });

  it('of message 19 come beside its position', () => {
    expect(
      read({ type: 19, ...place, shipname: 'A' }).map(piece => piece.kind === 'observation' && piece.observation.kind),
    ).toEqual(['vessel-position', 'vessel-static']);
  });
});

it('reads aids to navigation, base stations and texts', () => {
  expect(observed({ type: 21, ...place, aid_type: 14, name: 'PHAO SO 0', virtual_aid: true })).toMatchObject({
    kind: 'navigation-aid',
    aidType: 14,
    name: 'PHAO SO 0',
    virtual: true,
  });
  expect(observed({ type: 4, ...place })).toMatchObject({ kind: 'base-station', longitude: 107.63 });
  expect(observed({ type: 12, dest_mmsi: 5_740_001, text: 'OK' })).toMatchObject({ toMmsi: 5_740_001, text: 'OK' });
  expect(observed({ type: 14, dest_mmsi: 5_740_001, text: 'SART TEST' })).not.toHaveProperty('toMmsi');
});

it.each([
  ['no type', { type: undefined }, 'malformed', 'bad-fields'],
  ['a type that there is none of', { type: 28 }, 'malformed', 'bad-fields'],
  ['no identity', { type: 1, mmsi: '574' }, 'malformed', 'bad-fields'],
  ['a number of ten digits in place of an identity', { type: 1, mmsi: 1_073_741_823 }, 'ignored', 'no-mmsi'],
  ['a binary message', { type: 8, dac: 1, fid: 31 }, 'ignored', 'message-8'],
  ['an empty text', { type: 14, text: ' ' }, 'ignored', 'no-text'],
])('counts %s', (_, fields, kind, reason) => {
  expect(read(fields)).toEqual([{ kind, reason }]);
});
