import { describe, expect, it } from 'vitest';
import type { ApplicationMessage, SafetyText } from '../../../core/observation.ts';
import type { VesselIdentity, VesselUpdate } from '../../../core/vessel.ts';
import { nearestMoment } from '../../../pipelines/downsample/content.ts';
import { stage } from '../../../pipelines/downsample/stage.ts';
import { decodeText, observationsOf } from '../../drivers/support/ais.ts';
import { drive, toWire } from '../../support/events.ts';

const start = Date.UTC(2026, 10, 23, 1, 0, 0);
const second = 1000;
const minute = 60 * second;

const text = (at: number, changes: Partial<SafetyText> = {}): SafetyText => ({
  kind: 'safety-text',
  device: 'ais-1',
  time: start + at,
  timeFrom: 'device',
  mmsi: 5_740_001,
  text: 'GIO GIAT CAP 8 O VINH BAC BO',
  ...changes,
});

const application = (at: number, changes: Partial<ApplicationMessage> = {}): ApplicationMessage => ({
  kind: 'application-message',
  device: 'ais-1',
  time: start + at,
  timeFrom: 'device',
  mmsi: 5_740_001,
  designatedAreaCode: 235,
  functionIdentifier: 10,
  hex: '448010068000',
  ...changes,
});

/** Of the one event that comes of it, as on the wire. */
const dataOf = (message: ApplicationMessage | SafetyText): Readonly<Record<string, unknown>> => {
  const driven = drive(stage);
  driven.step(message);
  expect(driven.conclusions).toHaveLength(1);
  const [conclusion] = driven.conclusions;
  if (conclusion === undefined) throw new Error('no event');
  return Object(toWire(conclusion)['data']);
};

describe('a text about safety', () => {
  it('is told with who sent it, in both languages', () => {
    const driven = drive(stage);
    driven.step(text(0));
    const [conclusion] = driven.conclusions;
    expect(conclusion).toMatchObject({
      event: 'fishing-vessel.safety-text.received',
      source: 'ais-1',
      subject: 'base-station/mmsi/5740001',
      severity: 'MEDIUM',
      data: { sender: { mmsi: 5_740_001, kind: 'coast-station' }, text: 'GIO GIAT CAP 8 O VINH BAC BO' },
    });
    expect(dataOf(text(0))['headline']).toEqual({
      vi: 'Tin an toàn từ đài bờ MMSI 5740001 lúc 08:00 ngày 23/11: GIO GIAT CAP 8 O VINH BAC BO',
      en: 'Safety text from coast station MMSI 5740001 at 08:00 on 23 Nov: GIO GIAT CAP 8 O VINH BAC BO',
    });
  });

  it('to one station says to which', () => {
    expect(dataOf(text(0, { mmsi: 574_123_456, toMmsi: 5_740_001 }))).toMatchObject({
      sender: { kind: 'ship' },
      toMmsi: 5_740_001,
      headline: { en: expect.stringContaining('from vessel MMSI 574123456 to MMSI 5740001 at') },
    });
  });

  it('of a registered vessel names it by its mark', () => {
    const vessel: VesselIdentity = {
      key: 'vnfish/TTH-96969-TS',
      mmsi: 574_123_456,
      mmsiKind: 'ship',
      registry: { mark: 'TTH-96969-TS', name: 'Hải Đăng 1', status: 'active' },
    };
    const update: VesselUpdate = {
      kind: 'vessel-update',
      cause: 'identity',
      device: 'ais-1',
      time: start,
      timeFrom: 'device',
      vessel,
      receivers: ['ais-1'],
      firstSeen: start,
      lastSeen: start,
    };
    const driven = drive(stage);
    driven.step(update, text(1, { mmsi: 574_123_456 }));
    expect(driven.conclusions.at(-1)).toMatchObject({
      subject: 'vessel/vnfish/TTH-96969-TS',
      data: { sender: { mmsi: 574_123_456, kind: 'ship', name: 'Hải Đăng 1', mark: 'TTH-96969-TS' } },
    });
    // The registry no longer has it: it is called what it calls itself.
    driven.step(
      { ...update, vessel: { key: 'mmsi/574123456', mmsi: 574_123_456, mmsiKind: 'ship', name: 'HAI DANG' } },
      text(2, { mmsi: 574_123_456, text: 'OK' }),
    );
    expect(driven.conclusions.at(-1)).toMatchObject({
      subject: 'vessel/mmsi/574123456',
      data: { sender: { name: 'HAI DANG' } },
    });
  });

  it('is told once for a quarter of an hour, whoever hears it, and then again', () => {
    const driven = drive(stage);
    driven.step(text(0), text(second, { device: 'ais-2' }), text(14 * minute));
    expect(driven.conclusions).toHaveLength(1);
    expect(driven.dropped).toEqual({ repeated: 2 });
    driven.step(text(15 * minute));
    expect(driven.conclusions).toHaveLength(2);
  });

  it('is another one when its words, its sender or whom it is for differ', () => {
    const driven = drive(stage);
    driven.step(text(0), text(1, { text: 'GIO GIAT CAP 9' }), text(2, { mmsi: 5_740_002 }), text(3, { toMmsi: 1 }));
    expect(driven.conclusions).toHaveLength(4);
  });

  it('is told each time where that is asked for', () => {
    const driven = drive(stage, { messages: '0s' });
    driven.step(text(0), text(second), text(2 * second));
    expect(driven.conclusions).toHaveLength(3);
    expect(new Set(driven.conclusions.map(({ key }) => key)).size).toBe(3);
  });

  it('has the same key when it is told again after a crash', () => {
    const driven = drive(stage);
    driven.step(text(0));
    driven.restart();
    driven.step(text(0));
    const [first, again] = driven.conclusions;
    expect(again?.key).toBe(first?.key);
  });
});

describe('an application message', () => {
  it('that is not understood is told as it came', () => {
    const data = dataOf(application(0, { toMmsi: 2_500_912, mmsi: 992_509_976 }));
    expect(data).toMatchObject({
      sender: { mmsi: 992_509_976, kind: 'navigation-aid' },
      toMmsi: 2_500_912,
      designatedAreaCode: 235,
      functionIdentifier: 10,
      hex: '448010068000',
    });
    expect(data).not.toHaveProperty('headline');
  });

  it('is told once for a quarter of an hour, unless its data changed', () => {
    const driven = drive(stage);
    driven.step(application(0), application(minute), application(2 * minute, { hex: '448010068001' }));
    expect(driven.conclusions).toHaveLength(2);
    expect(driven.dropped).toEqual({ repeated: 1 });
  });

  it('of weather is told in the words and units of Smart Data Models, with the moment of its measurement', () => {
    const data = dataOf(
      application(0, {
        functionIdentifier: 31,
        designatedAreaCode: 1,
        application: 'meteorological-hydrographic',
        content: {
          longitude: 107.65,
          latitude: 16.55,
          accurate: true,
          day: 23,
          hour: 0,
          minute: 50,
          windSpeedKnots: 17,
          windDirectionDegrees: 225,
          relativeHumidityPercent: 84,
          pressureHectopascals: 1009,
          visibilityNauticalMiles: 2.4,
          waterLevelMetres: 0.62,
          waterLevelTrend: 'increasing',
          seaStateBeaufort: 5,
          currentSpeedKnots: 0.8,
          currentDirectionDegrees: 160,
          current2SpeedKnots: 1,
          current2DepthMetres: 10,
        },
      }),
    );
    expect(data).not.toHaveProperty('hex');
    expect(data['weather']).toEqual({
      observedAt: '2026-11-23T00:50:00.000Z',
      location: { type: 'Point', coordinates: [107.65, 16.55] },
      windSpeed: 8.746,
      windDirection: -135,
      relativeHumidity: 0.84,
      atmosphericPressure: 1009,
      visibility: 4445,
      waterLevel: 0.62,
      waterLevelTrend: 'increasing',
      seaState: 5,
      currents: [
        { depth: 0, speed: 0.412, direction: 160 },
        { depth: 10, speed: 0.514 },
      ],
      units: {
        windSpeed: 'm/s',
        windDirection: 'deg',
        relativeHumidity: '1',
        atmosphericPressure: 'hPa',
        visibility: 'm',
        waterLevel: 'm',
        currentDepth: 'm',
        currentSpeed: 'm/s',
        currentDirection: 'deg',
      },
    });
  });

  it('of an area notice is told with the corners of its lines', () => {
    const data = dataOf(
      application(0, {
        designatedAreaCode: 1,
        functionIdentifier: 22,
        application: 'area-notice',
        content: {
          messageLinkage: 12,
          noticeCode: 32,
          notice: 'Restricted area: fishing prohibited',
          startMonth: 11,
          startDay: 23,
          startHour: 2,
          startMinute: 0,
          durationMinutes: 600,
          areas: [
            { shape: 'circle', longitude: 107.63, latitude: 16.57, decimals: 4, radiusMetres: 0 },
            {
              shape: 'polygon',
              legs: [
                { bearingDegrees: 90, distanceMetres: 10_000 },
                { bearingDegrees: 180, distanceMetres: 10_000 },
              ],
            },
            { shape: 'polygon', legs: [{ bearingDegrees: 270, distanceMetres: 10_000 }] },
            { shape: 'text', text: 'CAM DANH BAT' },
          ],
        },
      }),
    );
    expect(data['areaNotice']).toMatchObject({
      linkage: 12,
      code: 32,
      start: '2026-11-23T02:00:00.000Z',
      duration: 600,
      areas: [
        { shape: 'circle', radius: 0, location: { coordinates: [107.63, 16.57] } },
        {
          shape: 'polygon',
          path: [
            [107.63, 16.57],
            [expect.closeTo(107.7238, 3), expect.closeTo(16.57, 3)],
            [expect.closeTo(107.7238, 3), expect.closeTo(16.48, 3)],
          ],
        },
        { shape: 'polygon', path: [expect.anything(), [expect.closeTo(107.63, 3), expect.closeTo(16.48, 3)]] },
        { shape: 'text', text: 'CAM DANH BAT' },
      ],
    });
  });

  it('of every application that a real station sends is accepted by the schema', () => {
    const sentences = [
      '!AIVDO,1,1,4,B,8>jR06@0Bk3:wOli;<`WPhh<1rqVBQf2V@Pdt0J82avIM2b<<Rv1t<ot=@1,2*54',
      '!AIVDO,1,1,5,A,8>jR06@0Gwli:QQUP3en?wvlFR06EuOwgwl?wnSwe7wvlOwwsAwwnSGmwvh0,0*51',
      '!AIVDM,1,1,0,B,803Ovrh0EPM0WB0h2l0MwJUi=6B4G9000aip8<2Bt2Hq2Qhp,0*01',
      '!AIVDM,2,1,1,A,803Ovrh0EPJ0Vvch00@=w52I9BK<00000VFHkP0>D>3,0*24',
      '!AIVDM,2,2,1,A,;J005>?11PBGP4=1PPP,0*3F',
      '!AIVDM,1,1,,B,83aDChPj2d<dL<uM=hhhI?a@6HP0,0*40',
      '!AIVDM,1,1,,B,65Ps:8=:0MjP0420<4U>1@E=B10i>04<fp0,2*23',
      '!AIVDM,1,1,,B,63aGD6@0RW?8<SL4000000000000,0*11',
      '!AIVDM,1,1,4,B,6>jR0600V:C0>da4P106P00,2*02',
    ];
    const driven = drive(stage);
    driven.step(...observationsOf(decodeText(`${sentences.join('\r\n')}\r\n`)));
    const fields = driven.conclusions.flatMap(({ data }) => Object.keys(data));
    expect(driven.conclusions).toHaveLength(8);
    for (const field of ['weather', 'areaNotice', 'inlandShip', 'textMessage', 'personsOnBoard', 'hex'])
      expect(fields).toContain(field);
  });
});

describe('the moment of a message that tells no year', () => {
  const heard = Date.UTC(2026, 11, 31, 23, 58);
  const nearest = (month: number | undefined, day: number, hour: number): string | undefined => {
    const moment = nearestMoment({ month, day, hour, minute: 5 }, heard);
    return moment === undefined ? undefined : new Date(moment).toISOString().slice(0, 16);
  };

  it.each([
    [undefined, 31, 23, '2026-12-31T23:05'],
    // The clock of the station is ahead, in the next year.
    [undefined, 1, 0, '2027-01-01T00:05'],
    [undefined, 20, 6, '2026-12-20T06:05'],
    [1, 2, 3, '2027-01-02T03:05'],
    [12, 30, 3, '2026-12-30T03:05'],
    [8, 15, 3, '2026-08-15T03:05'],
  ])('%s-%i %i h is %s', (month, day, hour, expected) => {
    expect(nearest(month, day, hour)).toBe(expected);
  });

  it('is none for a day that there is none of, or without its hour', () => {
    expect(nearest(2, 30, 0)).toBeUndefined();
    expect(nearestMoment({ month: undefined, day: 3, hour: undefined, minute: 0 }, heard)).toBeUndefined();
    // On the first of March, a 31st was a month ago.
    expect(nearestMoment({ month: undefined, day: 31, hour: 0, minute: 0 }, Date.UTC(2026, 2, 1, 12))).toBeUndefined();
  });
});

it('holds no more texts than it may, however many are forged', () => {
  const driven = drive(stage);
  for (let round = 0; round < 11; round++)
    driven.step(...Array.from({ length: 1000 }, (_, index) => text(index, { text: `FORGED ${round} ${index}` })));
  const told = driven.conclusions.length;
  // The first ones were forgotten, the last ones were not.
  driven.step(text(0, { text: 'FORGED 0 0' }), text(999, { text: 'FORGED 10 999' }));
  expect(driven.conclusions.length - told).toBe(1);
});
