/** Texts and application messages that are heard over AIS: what stations tell ships, and each other. */
import { z } from 'zod';
import { mmsiKinds } from '../core/vessel.ts';
import { defineEvent, type Headline } from './event-type.ts';
import {
  countField,
  entityField,
  fixedField,
  fractionField,
  numberField,
  patternField,
  pointField,
  textField,
  timeField,
  unitsField,
  wordField,
} from './fields.ts';
import { mmsiField } from './vessel-fields.ts';

const senderField = () =>
  z
    .strictObject({
      mmsi: mmsiField(),
      kind: wordField('What kind of station the MMSI belongs to, ITU-R M.585', mmsiKinds, 'coast-station'),
      name: textField('As the registry or the vessel tells it', 'TTH 96969 TS', 64).optional(),
      mark: textField('Registration mark, of a registered fishing vessel', 'TTH-96969-TS', 32).optional(),
    })
    .meta({ description: 'Who sent it' });

const messageFields = () => ({
  sender: senderField(),
  toMmsi: mmsiField().optional(),
  observedAt: timeField('When it was heard', '2026-11-23T01:12:44.000Z'),
  dataProvider: fixedField('Where it comes from', 'AIS'),
  refDevice: entityField('The receiver', 'urn:ngsi-ld:Device:hue-gw-017-ais-1'),
});

const heard = {
  observedAt: '2026-11-23T01:12:44.000Z',
  dataProvider: 'AIS',
  refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
} as const;

const coastStation = {
  source: 'ais-1',
  device: 'ais-1',
  subject: 'base-station/mmsi/5740001',
  time: '2026-11-23T01:12:44.000Z',
} as const;

type Sender = z.infer<ReturnType<typeof senderField>>;

const kindWords: Readonly<Record<Sender['kind'], Headline>> = {
  ship: { vi: 'tàu', en: 'vessel' },
  'coast-station': { vi: 'đài bờ', en: 'coast station' },
  group: { vi: 'nhóm tàu', en: 'group of vessels' },
  'sar-aircraft': { vi: 'máy bay tìm kiếm cứu nạn', en: 'rescue aircraft' },
  'navigation-aid': { vi: 'báo hiệu hàng hải', en: 'aid to navigation' },
  'auxiliary-craft': { vi: 'xuồng của tàu', en: 'craft of a ship' },
  handheld: { vi: 'máy cầm tay', en: 'handheld radio' },
  sart: { vi: 'thiết bị AIS-SART', en: 'AIS-SART' },
  mob: { vi: 'thiết bị báo người rơi xuống biển', en: 'man-overboard device' },
  epirb: { vi: 'phao EPIRB', en: 'EPIRB' },
  gear: { vi: 'phao lưới', en: 'net buoy' },
  unknown: { vi: 'trạm lạ', en: 'unknown station' },
};

const senderWords = ({ kind, mmsi, name, mark }: Sender): Headline => {
  const who = mark ?? name;
  const number = who === undefined ? `MMSI ${mmsi}` : `${who} (MMSI ${mmsi})`;
  return { vi: `${kindWords[kind].vi} ${number}`, en: `${kindWords[kind].en} ${number}` };
};

export const safetyTextReceived = defineEvent({
  name: 'fishing-vessel.safety-text.received',
  lane: 'event',
  version: '1.0.0',
  summary: 'A text about safety, to everybody or to one station: ITU-R M.1371-5 messages 12 and 14',
  data: () => ({
    ...messageFields(),
    text: textField('As sent: capitals without marks', 'GIO GIAT CAP 8 O VINH BAC BO', 256),
  }),
  headline: ({ sender, toMmsi, text }, { when }) => {
    const from = senderWords(sender);
    const to = toMmsi === undefined ? { vi: '', en: '' } : { vi: ` gửi MMSI ${toMmsi}`, en: ` to MMSI ${toMmsi}` };
    return {
      vi: `Tin an toàn từ ${from.vi}${to.vi} ${when.vi}: ${text}`,
      en: `Safety text from ${from.en}${to.en} ${when.en}: ${text}`,
    };
  },
  example: {
    ...coastStation,
    severity: 'MEDIUM',
    data: {
      sender: { mmsi: 5740001, kind: 'coast-station' },
      text: 'GIO GIAT CAP 8 O VINH BAC BO',
      ...heard,
    },
  },
});

const linkageField = () =>
  countField('Joins messages of one sender that belong together; 0: none', 29, 1023).optional();

const bearing = (description: string, example: number) =>
  numberField({ description, unit: 'deg', minimum: 0, maximum: 360, example });
const metres = (description: string, maximum: number, example: number, minimum = 0) =>
  numberField({ description, unit: 'm', minimum, maximum, example });
const speed = (description: string, example: number) =>
  numberField({ description, unit: 'm/s', minimum: 0, maximum: 70, example });
const celsius = (description: string, example: number) =>
  numberField({ description, unit: 'Cel', minimum: -60, maximum: 60, example });
const wind = (description: string, example: number) =>
  numberField({
    description: `${description}, clockwise from north as in WeatherObserved`,
    unit: 'deg',
    minimum: -180,
    maximum: 180,
    example,
  });

const weatherUnits = {
  temperature: 'Cel',
  dewPoint: 'Cel',
  relativeHumidity: '1',
  atmosphericPressure: 'hPa',
  windSpeed: 'm/s',
  gustSpeed: 'm/s',
  windDirection: 'deg',
  gustDirection: 'deg',
  visibility: 'm',
  waterLevel: 'm',
  waveHeight: 'm',
  wavePeriod: 's',
  waveDirection: 'deg',
  swellHeight: 'm',
  swellPeriod: 's',
  swellDirection: 'deg',
  waterTemperature: 'Cel',
  salinity: '[ppth]',
  currentSpeed: 'm/s',
  currentDirection: 'deg',
  currentDepth: 'm',
} as const;

const weatherField = () =>
  z
    .strictObject({
      observedAt: timeField('When it was measured, by the station', '2026-11-23T01:10:00.000Z').optional(),
      location: pointField('Where it was measured').optional(),
      temperature: celsius('Air temperature', 24.1).optional(),
      dewPoint: celsius('Dew point', 21.4).optional(),
      relativeHumidity: fractionField('Relative humidity, 1 = saturated', 0.84).optional(),
      atmosphericPressure: numberField({
        description: 'Air pressure; 799 and 1201 stand for so much and beyond',
        unit: 'hPa',
        minimum: 799,
        maximum: 1201,
        example: 1009,
      }).optional(),
      pressureTendency: wordField(
        'How the pressure changes',
        ['steady', 'decreasing', 'increasing'],
        'decreasing',
      ).optional(),
      windSpeed: speed('Mean of ten minutes', 8.7).optional(),
      gustSpeed: speed('Highest of ten minutes', 12.3).optional(),
      windDirection: wind('Where the wind comes from', 45).optional(),
      gustDirection: wind('Where the strongest gust came from', 50).optional(),
      visibility: metres('Horizontal visibility', 50_000, 4445).optional(),
      visibilityIs: fixedField('The instrument sees no farther', 'at-least').optional(),
      precipitation: wordField(
        'WMO 306 code table 4.201',
        ['rain', 'thunderstorm', 'freezing-rain', 'mixed-ice', 'snow'],
        'rain',
      ).optional(),
      waterLevel: metres('Water level above the local chart datum, tide included', 30, 0.62, -10).optional(),
      waterLevelTrend: wordField(
        'How the water level changes',
        ['steady', 'decreasing', 'increasing'],
        'increasing',
      ).optional(),
      waveHeight: metres('Significant wave height', 25.1, 2.3).optional(),
      wavePeriod: numberField({
        description: 'Wave period',
        unit: 's',
        minimum: 0,
        maximum: 60,
        example: 7,
      }).optional(),
      waveDirection: bearing('Where the waves come from', 45).optional(),
      swellHeight: metres('Swell height', 25.1, 1.1).optional(),
      swellPeriod: numberField({
        description: 'Swell period',
        unit: 's',
        minimum: 0,
        maximum: 60,
        example: 11,
      }).optional(),
      swellDirection: bearing('Where the swell comes from', 90).optional(),
      seaState: numberField({ description: 'Beaufort', unit: '1', minimum: 0, maximum: 12, example: 5 }).optional(),
      waterTemperature: celsius('At the surface', 22.5).optional(),
      salinity: numberField({
        description: 'Parts per thousand; 50.1 stands for so much and more',
        unit: '[ppth]',
        minimum: 0,
        maximum: 50.1,
        example: 31.5,
      }).optional(),
      ice: wordField('Ice on the water', ['no', 'yes'], 'no').optional(),
      currents: z
        .array(
          z
            .strictObject({
              depth: metres('Below the surface', 30, 0).optional(),
              speed: speed('Speed; 12.913 stands for so much and more', 0.4).optional(),
              direction: bearing('Where it flows to', 160).optional(),
            })
            .meta({ description: 'Current at one depth' }),
        )
        .max(3)
        .meta({ description: 'Currents from the surface downwards' })
        .optional(),
      units: unitsField(weatherUnits),
    })
    .meta({ description: 'IMO SN.1/Circ.289 1/31, SN/Circ.236 1/11' });

const areaField = () =>
  z
    .strictObject({
      shape: wordField('Kind of area', ['circle', 'rectangle', 'sector', 'polyline', 'polygon', 'text'], 'circle'),
      location: pointField('Middle, or south-west corner of a rectangle').optional(),
      radius: metres('Of a circle or sector; 0 is a point', 4_095_000, 1500).optional(),
      east: metres('Of a rectangle: from west to east', 255_000, 2000).optional(),
      north: metres('Of a rectangle: from south to north', 255_000, 500).optional(),
      orientation: bearing('Of a rectangle: turned clockwise by so much', 30).optional(),
      left: bearing('Of a sector: where it begins, clockwise', 350).optional(),
      right: bearing('Of a sector: where it ends', 20).optional(),
      path: z
        .array(
          z
            .tuple([
              numberField({
                description: 'Longitude, east positive',
                unit: 'deg',
                minimum: -180,
                maximum: 180,
                example: 107.63,
              }),
              numberField({
                description: 'Latitude, north positive',
                unit: 'deg',
                minimum: -90,
                maximum: 90,
                example: 16.57,
              }),
            ])
            .meta({ description: 'Longitude, then latitude, WGS 84' }),
        )
        .max(5)
        .meta({
          description:
            'Of a polyline or polygon, from the point in front of it on; a polygon closes to its first. Up to 4 legs each',
        })
        .optional(),
      text: textField('Text that belongs to the areas', 'CAM DANH BAT', 14).optional(),
    })
    .meta({ description: 'An area, in meters; lines go on in the next one' });

const areaNoticeField = () =>
  z
    .strictObject({
      linkage: linkageField(),
      code: countField('Number of the notice', 32, 127),
      notice: textField(
        'What it says, in the words of the standard',
        'Restricted area: fishing prohibited',
        80,
      ).optional(),
      start: timeField('From when on', '2026-11-23T02:00:00.000Z').optional(),
      duration: numberField({
        description: 'How long it holds; 0 takes it back',
        unit: 'min',
        minimum: 0,
        maximum: 262_142,
        example: 600,
      }).optional(),
      areas: z.array(areaField()).max(10).meta({ description: 'Where it holds' }),
    })
    .meta({ description: 'IMO SN.1/Circ.289 1/22 and 1/23' });

const persons = (description: string, example: number) => countField(description, example, 8191).optional();

const personsOnBoardField = () =>
  z
    .strictObject({
      persons: persons('All of them; 8191 stands for so many and more', 8),
      crew: persons('Crew', 8),
      passengers: persons('Passengers', 0),
      personnel: persons('Other personnel of the vessel', 0),
    })
    .meta({ description: 'IMO SN.1/Circ.289 1/16, and 200/55 of inland navigation' });

const textMessageField = () =>
  z
    .strictObject({
      linkage: linkageField(),
      sequence: countField('Number of the text', 3, 2047).optional(),
      text: textField('As sent: capitals without marks', 'TAM DUNG VAO CANG', 256).optional(),
    })
    .meta({ description: 'ITU-R M.1371-5 annex 5 IFM 0, IMO SN.1/Circ.289 1/29 and 1/30' });

const inlandShipField = () =>
  z
    .strictObject({
      identifier: textField('European vessel identification number', '02103547', 8).optional(),
      length: metres('Length', 800, 39).optional(),
      beam: metres('Beam', 100, 5).optional(),
      shipType: countField('ERI code of the type of vessel or convoy', 8010, 8999).optional(),
      hazard: wordField(
        'Dangerous goods',
        ['none', 'one-cone', 'two-cones', 'three-cones', 'b-flag'],
        'none',
      ).optional(),
      draught: metres('Draught', 20, 2.04).optional(),
      load: wordField('Whether it carries cargo', ['loaded', 'unloaded'], 'loaded').optional(),
    })
    .meta({ description: '200/10 of inland navigation' });

export const applicationMessageReceived = defineEvent({
  name: 'fishing-vessel.application-message.received',
  lane: 'obs',
  version: '1.0.0',
  summary:
    'Data of an application: weather and water of a station, area notices, persons on board, texts; others as they came: ITU-R M.1371-5 messages 6 and 8',
  data: () => ({
    ...messageFields(),
    designatedAreaCode: countField('Who defined the application: 1 is international', 1, 1023),
    functionIdentifier: countField('Number of the application there', 31, 63),
    weather: weatherField().optional(),
    areaNotice: areaNoticeField().optional(),
    personsOnBoard: personsOnBoardField().optional(),
    textMessage: textMessageField().optional(),
    inlandShip: inlandShipField().optional(),
    hex: patternField(
      'The data as they came, where the application is not understood',
      /^[0-9a-f]{0,384}$/,
      '448010068000',
    ).optional(),
  }),
  example: {
    ...coastStation,
    data: {
      sender: { mmsi: 5740001, kind: 'coast-station' },
      designatedAreaCode: 1,
      functionIdentifier: 31,
      weather: {
        observedAt: '2026-11-23T01:10:00.000Z',
        location: { type: 'Point', coordinates: [107.65, 16.55] },
        windSpeed: 8.745,
        windDirection: 45,
        waveHeight: 2.3,
        currents: [{ depth: 0, speed: 0.412, direction: 160 }],
        units: {
          windSpeed: 'm/s',
          windDirection: 'deg',
          waveHeight: 'm',
          currentDepth: 'm',
          currentSpeed: 'm/s',
          currentDirection: 'deg',
        },
      },
      ...heard,
    },
  },
});
