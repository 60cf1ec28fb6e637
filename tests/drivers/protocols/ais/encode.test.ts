import ggencoder from 'ggencoder';
import { describe, expect, it } from 'vitest';
import { type AisMessage, encode } from '../../../../drivers/protocols/ais/encode.ts';
import { decodeText, observationsOf } from '../../support/ais.ts';

const position = { longitude: 107.64612, latitude: 16.55734, accurate: true } as const;
const motion = { ...position, sogKnots: 8.7, cogDegrees: 241.3, headingDegrees: 239 } as const;
const hull = { shipType: 30, toBowMetres: 12, toSternMetres: 9, toPortMetres: 3, toStarboardMetres: 2 } as const;

const decoded = (message: AisMessage): readonly Readonly<Record<string, unknown>>[] =>
  observationsOf(decodeText(encode(message))).map(observation => ({ ...observation }));

describe('what is encoded', () => {
  const messages: readonly AisMessage[] = [
    { name: 'positionClassA', mmsi: 574_000_101, values: { ...motion, navigationStatus: 7 } },
    {
      name: 'positionClassA',
      type: 3,
      mmsi: 1,
      values: { longitude: -180, latitude: -90, accurate: false, sogKnots: 0 },
    },
    { name: 'baseStation', mmsi: 5_741_024, values: { longitude: position.longitude, latitude: position.latitude } },
    {
      name: 'staticClassA',
      mmsi: 574_000_102,
      values: {
        ...hull,
        imo: 9_134_270,
        callSign: 'XVA1234',
        name: 'TTH 90123 TS',
        destination: 'THUAN AN',
        draughtMetres: 2.2,
      },
    },
    {
      name: 'searchAndRescueAircraft',
      mmsi: 111_574_001,
      values: { ...position, altitudeMetres: 303, sogKnots: 42, cogDegrees: 154.5 },
    },
    { name: 'positionClassB', mmsi: 574_000_103, values: motion },
    { name: 'staticPartA', mmsi: 574_000_103, values: { name: 'TTH 91234 TS' } },
    { name: 'staticPartB', mmsi: 574_000_103, values: { ...hull, callSign: 'XVB1234' } },
    {
      name: 'staticPartBAuxiliary',
      mmsi: 985_740_001,
      values: { shipType: 30, callSign: 'XVB1234', mothershipMmsi: 574_000_103 },
    },
  ];

  it.each(messages.map(message => [`${message.name} of ${message.mmsi}`, message] as const))(
    'is decoded again: %s',
    (_, message) => {
      expect(decoded(message)).toEqual([expect.objectContaining({ mmsi: message.mmsi, ...message.values })]);
    },
  );

  it('is a position and static data in an extended class B report', () => {
    const values = { ...motion, ...hull, name: 'HAWK' };
    const [where, who] = decoded({ name: 'extendedClassB', mmsi: 574_000_104, values });
    expect(where).toMatchObject({ kind: 'vessel-position', ...motion });
    expect(who).toMatchObject({ kind: 'vessel-static', ...hull, name: 'HAWK' });
  });

  it('keeps tenths of a minute in a long range report', () => {
    const [report] = decoded({
      name: 'longRange',
      mmsi: 574_000_105,
      values: { ...position, sogKnots: 12, cogDegrees: 77 },
    });
    expect(report).toMatchObject({ longitude: 107.646667, latitude: 16.556667, sogKnots: 12, cogDegrees: 77 });
  });

  it.each([
    [0, 0],
    [10, 10],
    [-127.3, -127.3],
    [720, 708.7],
  ])('turns a rate of %d into the nearest that can be sent', (rate, sent) => {
    const values = { ...position, rateOfTurnDegreesPerMinute: rate };
    const [report] = decoded({ name: 'positionClassA', mmsi: 1, values });
    expect(Math.abs(Number(report?.['rateOfTurnDegreesPerMinute']) - sent)).toBeLessThan(2.5);
  });

  it('says nothing of what was not given', () => {
    expect(decoded({ name: 'positionClassA', mmsi: 574_000_106, values: {} })).toEqual([]);
    const [bare] = decoded({ name: 'positionClassA', mmsi: 574_000_106, values: position });
    expect(Object.keys(bare ?? {}).sort()).toEqual([
      'accurate',
      'device',
      'kind',
      'latitude',
      'longitude',
      'messageType',
      'mmsi',
      'stationClass',
      'time',
      'timeFrom',
    ]);
  });

  it('is split into sentences of at most 82 characters with their line end', () => {
    const sentences = encode(
      { name: 'staticClassA', mmsi: 1, values: { name: 'A'.repeat(20) } },
      { sequence: 7, channel: 'B' },
    );
    const lines = sentences.split(/(?<=\r\n)/);
    expect(lines.map(line => line.slice(0, 15))).toEqual(['!AIVDM,2,1,7,B,', '!AIVDM,2,2,7,B,']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(82);
  });

  it('writes what AIS cannot write as a question mark, and small letters as capitals', () => {
    const [told] = decoded({ name: 'staticPartA', mmsi: 1, values: { name: 'Hải đăng' } });
    expect(told).toMatchObject({ name: 'H?I ??NG' });
  });

  it('must be a field of the message', () => {
    expect(() => encode({ name: 'staticPartA', mmsi: 1, values: { nmae: 'X' } })).toThrow(/nmae/);
  });
});

describe('beside ggencoder', () => {
  const theirs = (message: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] => {
    const { nmea } = new ggencoder.AisEncode(message);
    return observationsOf(decodeText(`${nmea}\r\n`)).map(observation => ({ ...observation }));
  };

  it('reads its class A positions', () => {
    const [report] = theirs({
      aistype: 1,
      repeat: 0,
      mmsi: 351759000,
      navstatus: 7,
      lon: -70.5,
      lat: -33.25,
      rot: 0,
      sog: 12.3,
      cog: 224,
      hdg: 215,
      smi: 0,
    });
    expect(report).toMatchObject({
      mmsi: 351759000,
      navigationStatus: 7,
      longitude: -70.5,
      latitude: -33.25,
      sogKnots: 12.3,
      cogDegrees: 224,
      headingDegrees: 215,
    });
  });

  it('reads its class B positions', () => {
    const [report] = theirs({
      aistype: 18,
      repeat: 0,
      mmsi: 338087471,
      accuracy: 1,
      lon: 107.5,
      lat: 16.5,
      sog: 4.5,
      cog: 79.5,
      hdg: 80,
    });
    expect(report).toMatchObject({
      accurate: true,
      longitude: 107.5,
      latitude: 16.5,
      sogKnots: 4.5,
      cogDegrees: 79.5,
      headingDegrees: 80,
    });
  });

  it('reads its static data, which it sends in one long sentence', () => {
    const [told] = theirs({
      aistype: 5,
      repeat: 0,
      mmsi: 351759000,
      imo: 9134270,
      callsign: '3FOF8',
      shipname: 'EVER DIADEM',
      cargo: 70,
      dimA: 225,
      dimB: 70,
      dimC: 1,
      dimD: 31,
      draught: 12.5,
      destination: 'NEW YORK',
    });
    expect(told).toMatchObject({
      imo: 9134270,
      callSign: '3FOF8',
      name: 'EVER DIADEM',
      shipType: 70,
      toBowMetres: 225,
      toSternMetres: 70,
      toPortMetres: 1,
      toStarboardMetres: 31,
      draughtMetres: 12.5,
      destination: 'NEW YORK',
    });
  });

  it('is read by it in turn', () => {
    const session = {};
    const [first = '', last = ''] = encode({
      name: 'staticClassA',
      mmsi: 574_000_102,
      values: { ...hull, name: 'TTH 90123 TS' },
    }).split('\r\n');
    new ggencoder.AisDecode(first, session);
    expect(new ggencoder.AisDecode(last, session)).toMatchObject({
      valid: true,
      shipname: 'TTH 90123 TS',
      cargo: 30,
      dimA: 12,
    });
    const [sentence = ''] = encode({ name: 'positionClassB', mmsi: 574_000_103, values: motion }).split('\r\n');
    expect(new ggencoder.AisDecode(sentence, {})).toMatchObject({ valid: true, sog: 8.7, cog: 241.3, hdg: 239 });
  });
});
