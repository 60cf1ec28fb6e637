import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { VesselAlarm } from '../../../../core/vessel.ts';
import { encodeNaf } from '../../../../drivers/protocols/naf/encode.ts';
import { createNafReader } from '../../../../drivers/protocols/naf/reader.ts';
import { type NafReport, parseDegreeMinutes } from '../../../../drivers/protocols/naf/report.ts';
import { createAlarmReader } from '../../../../drivers/protocols/vms/alarm.ts';
import { createRandom } from '../../../../simulators/world/random.ts';
import { dataFile, missingData, readJsonLines } from '../../../support/resources.ts';

const read = (text: string) => createNafReader().read(Buffer.from(text, 'latin1'));

const only = (text: string): NafReport => {
  const pieces = read(text);
  const [piece] = pieces;
  if (pieces.length !== 1 || piece?.kind !== 'report') throw new Error(JSON.stringify(pieces));
  return piece.report;
};

const message = z.object({
  naf: z.string(),
  valid: z.boolean(),
  expected: z.union([z.string(), z.record(z.string(), z.unknown())]),
});
const angle = z.object({ field: z.enum(['LA', 'LO']), value: z.string(), expected_deg: z.number(), tol: z.number() });
const vectors =
  missingData() === undefined
    ? z.array(z.union([message, angle])).parse(await readJsonLines(dataFile('vessels', 'naf.jsonl')))
    : [];

/** The oracle's names → ours. */
const expectedOf: Readonly<Record<string, (report: NafReport) => unknown>> = {
  type: report => report.type,
  ir: report => report.internalReference,
  ircs: report => report.callSign,
  xr: report => report.externalMark,
  name: report => report.name ?? null,
  time: report => new Date(report.time).toISOString().replace('.000', ''),
  course: report => report.courseDegrees ?? null,
  speed_kn: report => report.speedKnots ?? null,
  lat: report => Number(report.latitude.toFixed(7)),
  lon: report => Number(report.longitude.toFixed(7)),
  from_: report => report.from,
  to: report => report.to,
  flag: report => report.flag,
};

describe.skipIf(missingData() !== undefined)('messages of other systems', () => {
  it('are read field by field as they expect, or refused as they do', () => {
    let fields = 0;
    let refused = 0;
    for (const vector of vectors) {
      if ('field' in vector) {
        const degrees = parseDegreeMinutes(vector.value, vector.field === 'LA' ? 'latitude' : 'longitude');
        expect(Math.abs((degrees ?? 999) - vector.expected_deg)).toBeLessThan(vector.tol);
        continue;
      }
      if (!vector.valid) {
        expect(read(vector.naf)).toEqual([
          { kind: 'malformed', reason: expect.stringMatching(/^(?:no-time|bad-position)$/) },
        ]);
        refused++;
        continue;
      }
      const report = only(vector.naf);
      if (typeof vector.expected === 'string') throw new Error(vector.expected);
      for (const [name, value] of Object.entries(vector.expected)) {
        // Said to people.
        if (name === 'note') continue;
        expect({ [name]: expectedOf[name]?.(report) }).toEqual({ [name]: value });
        fields++;
      }
    }
    expect([fields, refused, vectors.length]).toEqual([50, 2, 12]);
  });
});

const time = Date.UTC(2026, 10, 26, 6, 30);
const report: NafReport = {
  type: 'POS',
  to: 'VNM',
  from: 'VNM',
  name: 'HAI DANG 1',
  callSign: 'XVA1234',
  externalMark: 'TTH-96969-TS',
  internalReference: 'VN000096969',
  imo: 9_134_270,
  flag: 'VNM',
  time,
  latitude: 16.557,
  longitude: 107.646,
  speedKnots: 7.3,
  courseDegrees: 185,
};
const body = '//SR//TM/POS//RC/XVA1234//DA/20261126//TI/0630//LT/16.5//LG/107.5';

describe('a record', () => {
  it('that was encoded is read back', () => {
    expect(only(encodeNaf(report))).toEqual(report);
    expect(encodeNaf(report)).toMatch(
      /^\/\/SR\/\/TM\/POS\/\/.*\/\/LT\/\+16\.557\/\/LG\/\+107\.646\/\/.*\/\/ER\/\/\r\n$/,
    );
    const south = { ...report, latitude: -0.05, longitude: -7.25 };
    expect(only(encodeNaf(south))).toEqual(south);
  });

  it('of Omnicom that was encoded is read back', () => {
    const omnicom: NafReport = {
      type: 'OVB',
      imei: '300234010030450',
      time,
      latitude: -4.051,
      longitude: 3.561,
      speedKnots: 2,
      courseDegrees: 30,
    };
    expect(encodeNaf(omnicom)).toContain(
      '//SR//TM/OVB//IMEI/300234010030450//TOM/SPR//DAP/20261126//TIP/0630//XLT/-04.051',
    );
    expect(only(encodeNaf(omnicom))).toEqual(omnicom);
  });

  it.each([
    [
      'its fields in any order, lower case and blanks',
      '//SR//co/ 90 // LG/107.5//ti/0630//LT/16.5//DA/20261126//RC/XVA1234//SP/73//TM/POS//ER//',
      { courseDegrees: 90, speedKnots: 7.3, time },
    ],
    ['no slashes after ER', `${body}//ER`, { time }],
    [
      'seconds, as CLS writes',
      '//SR//OP/CLS//TM/POS//RC/X1//DA/20261126//TI/063015//LT/16.5//LG/107.5//ER//',
      { time: time + 15_000 },
    ],
    ['a colon in its time', '//SR//TM/POS//RC/X1//DA/261126//TI/06:30//LT/16.5//LG/107.5//ER//', { time }],
    ['a field again: the first stands', `${body}//LT/1.0//RC/OTHER//ER//`, { latitude: 16.5, callSign: 'XVA1234' }],
    [
      'an empty field before the one that counts',
      '//SR//TM/POS//RC/X1//LT///LG///LA/N1630//LO/E10730//DA/20261126//TI/0630//ER//',
      { latitude: 16.5, longitude: 107.5 },
    ],
    ['an unknown flag', `${body}//FS/X//ER//`, { flag: undefined }],
    ['an unknown code', `${body}//GF/0//VE/12//ER//`, { time }],
    ['a course of 360', `${body}//CO/360//ER//`, { courseDegrees: 0 }],
    ['a course that is not known', `${body}//CO/999//ER//`, { courseDegrees: undefined }],
    ['knots with a decimal point', `${body}//SP/7.3//ER//`, { speedKnots: 7.3 }],
    ['a speed that is none', `${body}//SP/FAST//ER//`, { speedKnots: undefined }],
    ['a slash in a name', `${body}//NA/A/B//ER//`, { name: 'A/B' }],
    ['a name in ISO 8859-1', `${body}//NA/JOS\xc9//ER//`, { name: 'JOSÉ' }],
    ['a name in UTF-8', `${body}//NA/H\xe1\xba\xa3i//ER//`, { name: 'Hải' }],
    [
      'degrees and minutes, south and west',
      '//SR//TM/ENT//RC/X1//DA/20261126//TI/0630//LA/S3315//LO/W00830//ER//',
      { type: 'ENT', latitude: -33.25, longitude: -8.5 },
    ],
  ])('may have %s', (_, text, expected) => {
    expect(only(text)).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    );
    for (const [name, value] of Object.entries(expected))
      if (value === undefined) expect(only(text)).not.toHaveProperty(name);
  });

  it.each([
    ['malformed', 'no-time', '//SR//TM/POS//RC/X//DA/20261126//LT/1.0//LG/2.0//ER//'],
    ['malformed', 'no-time', '//SR//TM/POS//RC/X//RD/20261126//RT/0630//LT/1.0//LG/2.0//ER//'],
    ['malformed', 'bad-time', '//SR//TM/POS//RC/X//DA/20260230//TI/0630//LT/1.0//LG/2.0//ER//'],
    ['malformed', 'bad-time', '//SR//TM/POS//RC/X//DA/20261126//TI/2400//LT/1.0//LG/2.0//ER//'],
    ['malformed', 'bad-time', '//SR//TM/POS//RC/X//DA/20261126//TI/630//LT/1.0//LG/2.0//ER//'],
    ['malformed', 'bad-position', '//SR//TM/POS//RC/X//DA/20261126//TI/0630//LT/91.0//LG/2.0//ER//'],
    ['malformed', 'bad-position', '//SR//TM/POS//RC/X//DA/20261126//TI/0630//LA/N1261//LO/E10730//ER//'],
    ['malformed', 'bad-position', '//SR//TM/POS//RC/X//DA/20261126//TI/0630//LT/1e1//LG/2.0//ER//'],
    ['ignored', 'no-position', '//SR//TM/POS//RC/X//DA/20261126//TI/0630//LT///LG///ER//'],
    ['ignored', 'other-message', '//SR//TM/RET//RS/ACK//RN/1//ER//'],
    ['ignored', 'other-message', '//SR//TM/CAT//RC/X//CA/COD 100//ER//'],
    ['ignored', 'other-message', '//SR//RC/X//ER//'],
    ['ignored', 'other-message', '//SR//TM/OVB//IMEI/300234010030450//TOM/AA//DA/170710//TI/0820//ER'],
    ['ignored', 'test', `${body}//TEST//ER//`],
    ['malformed', 'noise', 'GET / HTTP/1.1\r\n'],
  ])('is %s as %s: %s', (kind, reason, text) => {
    expect(read(text)).toEqual([{ kind, reason }]);
  });

  it('of an Omnicom history gives a report for each position', () => {
    const one = (minute: string, latitude: string): string =>
      `//DAP/20160301//TIP/${minute}//XLT/${latitude}//XLG/3.56123//SP/20//CO/30//VIN/16//RPI/0//SAF/0//GEOID/0`;
    const pieces = read(
      `//SR//TM/OVB//IMEI/300234010030450//TOM/HPR//ID/301//CDR/3${one('0938', '-4.05123')}${one('0838', '-4.06')}${one('0738', '')}//ER`,
    );
    expect(pieces).toMatchObject([
      {
        kind: 'report',
        report: {
          imei: '300234010030450',
          time: Date.UTC(2016, 2, 1, 9, 38),
          latitude: -4.05123,
          speedKnots: 2,
          courseDegrees: 30,
        },
      },
      { kind: 'report', report: { imei: '300234010030450', time: Date.UTC(2016, 2, 1, 8, 38), latitude: -4.06 } },
      { kind: 'ignored', reason: 'no-position' },
    ]);
  });
});

describe('an alarm', () => {
  const alarmsOf = (code: string, values: Readonly<Record<string, VesselAlarm>>) =>
    createNafReader({ code, read: createAlarmReader(values) });
  const where = '//RC/X1//DA/20261126//TI/0630//LT/16.5//LG/107.5//ER//';

  it('is what the configured field says', () => {
    const reader = alarmsOf('TM', { SOS: 'distress' });
    const text = `//SR//TM/SOS${where}//SR//TM/POS${where}//SR//TM/RET${where}`;
    expect(reader.read(Buffer.from(text))).toMatchObject([
      { report: { type: 'POS', alarm: 'distress', latitude: 16.5 } },
      { report: { type: 'POS' } },
      { kind: 'ignored', reason: 'other-message' },
    ]);
    expect(read(`//SR//TM/SOS${where}`)).toEqual([{ kind: 'ignored', reason: 'other-message' }]);
  });

  it('is heard also without a position or a time that can be read', () => {
    const reader = alarmsOf('TM', { SOS: 'distress' });
    const sos = (fields: string) => `//SR//TM/SOS//RC/X1${fields}//ER//`;
    const when = '//DA/20261126//TI/0630';
    expect(
      reader.read(Buffer.from(sos('') + sos(when) + sos(`${when}//LT/95//LG/107`) + sos('//LT/16.5//LG/107.5'))),
    ).toEqual([
      { kind: 'call', call: { callSign: 'X1' } },
      { kind: 'call', call: { callSign: 'X1', time } },
      { kind: 'call', call: { callSign: 'X1', time } },
      { kind: 'call', call: { callSign: 'X1' } },
    ]);
    const omnicom = alarmsOf('TOM', { AR: 'distress' });
    expect(omnicom.read(Buffer.from('//SR//TM/OVB//IMEI/1//TOM/AR//ER//'))).toEqual([
      { kind: 'call', call: { imei: '1' } },
    ]);
  });

  it('of Omnicom holds for the positions of its message', () => {
    const reader = alarmsOf('TOM', { AR: 'distress', SPR: 'none' });
    const one = (kind: string) =>
      `//SR//TM/OVB//IMEI/1//TOM/${kind}//DAP/20261126//TIP/0630//XLT/16.5//XLG/107.5//ER//`;
    expect(reader.read(Buffer.from(`${one('AR')}${one('SPR')}${one('HPR')}`))).toMatchObject([
      { report: { alarm: 'distress' } },
      { report: { alarm: 'none' } },
      { report: expect.not.objectContaining({ alarm: expect.anything() }) },
    ]);
  });
});

it('a history keeps what belongs to each position, whatever the order of its fields', () => {
  const one = (minute: string, latitude: string) => `//XLT/${latitude}//XLG/107.5//DAP/20261126//TIP/${minute}//SP/20`;
  const pieces = read(`//SR//TM/OVB//IMEI/1//TOM/HPR${one('0630', '16.1')}${one('0430', '16.2')}//ER//`);
  expect(pieces).toMatchObject([
    { report: { latitude: 16.1, time } },
    { report: { latitude: 16.2, time: time - 7_200_000 } },
  ]);
});

describe('a stream of records', () => {
  it('goes on after a record that broke off, and after what is none', () => {
    const pieces = read(`x//ER//${body}${body}//ER//\0\r\n/ //SR//SR//TM/RET//ER${body}//ER//`);
    expect(pieces.map(piece => ('reason' in piece ? piece.reason : piece.kind))).toEqual([
      'noise',
      'truncated',
      'report',
      'truncated',
      'other-message',
      'report',
    ]);
  });

  it('gives up a record of more than 16 KiB, and reads the next one', () => {
    const reader = createNafReader();
    const reasons: string[] = [];
    for (const piece of reader.read(Buffer.from(`//SR//NA/${'x'.repeat(20_000)}`)))
      reasons.push('reason' in piece ? piece.reason : piece.kind);
    for (const piece of reader.read(Buffer.from(`${body}//ER`)))
      reasons.push('reason' in piece ? piece.reason : piece.kind);
    expect(reasons).toEqual(['too-long', 'noise', 'report']);
  });

  it('says at its end that something was missing', () => {
    const reader = createNafReader();
    expect(reader.read(Buffer.from(`${body}//ER//\n`))).toHaveLength(1);
    expect(reader.end()).toEqual([]);
    reader.read(Buffer.from(body));
    expect(reader.end()).toEqual([{ kind: 'malformed', reason: 'truncated' }]);
    reader.read(Buffer.from('//S'));
    expect(reader.end()).toEqual([{ kind: 'malformed', reason: 'noise' }]);
    expect(reader.end()).toEqual([]);
  });

  it('means the same in whatever pieces it comes', () => {
    const text = `${encodeNaf(report)}noise${body}//ER\n//SR//TM/RET//ER//${body}//LT/3//ER`;
    const whole = JSON.stringify(read(text).filter(({ kind }) => kind !== 'malformed'));
    for (let round = 0; round < 200; round++) {
      const random = createRandom(round);
      const reader = createNafReader();
      const pieces = [];
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; ) {
        const length = 1 + Math.floor(random() * 20);
        pieces.push(...reader.read(bytes.subarray(at, at + length)));
        at += length;
      }
      expect(JSON.stringify(pieces.filter(({ kind }) => kind !== 'malformed'))).toBe(whole);
    }
  });
});
