/** Where vessels and sea marks are and what is known of them, in the words of Smart Data Models. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import {
  entityField,
  fixedField,
  numberField,
  pointField,
  textField,
  timeField,
  unitsField,
  wordField,
} from './fields.ts';
import {
  callSignField,
  courseField,
  mmsiField,
  observedAtField,
  positionProviderField,
  receiversField,
  registryField,
  speedField,
  vesselEntityField,
  vesselNameField,
} from './vessel-fields.ts';

const receiverField = () => entityField('The receiver', 'urn:ngsi-ld:Device:hue-gw-017-ais-1');
const providerField = () => fixedField('Where it comes from', 'AIS');
const metres = (description: string, maximum: number, example: number) =>
  numberField({ description, unit: 'm', minimum: 0, maximum, example });

const receiver = { source: 'ais-1', device: 'ais-1', time: '2026-11-23T01:12:44.000Z' } as const;

export const vesselObserved = defineEvent({
  name: 'fishing-vessel.vessel.observed',
  lane: 'obs',
  version: '1.1.0',
  summary:
    "A vessel's position, thinned out: ITU-R M.1371-5 messages 1-3, 9, 18, 19 and 27, reports by satellite and by radio",
  data: () => ({
    id: vesselEntityField(),
    type: fixedField('Smart Data Model', 'Vessel'),
    mmsi: mmsiField().optional(),
    name: vesselNameField().optional(),
    location: pointField('Position'),
    positionAccuracy: z
      .union([z.literal(0), z.literal(1)])
      .meta({ description: 'Of AIS. 1: better than 10 m; 0: worse, or not told', examples: [1] })
      .optional(),
    speedOverGround: speedField().optional(),
    courseOverGround: courseField().optional(),
    heading: numberField({
      description: 'Where the bow points, clockwise from true north',
      unit: 'deg',
      minimum: 0,
      maximum: 360,
      example: 214,
    }).optional(),
    turnRate: numberField({
      description: 'Rate of turn, to starboard positive (the model has 0 to 708 only)',
      unit: 'deg/min',
      minimum: -720,
      maximum: 720,
      example: -4.5,
    }).optional(),
    altitude: metres('Of an aircraft in search and rescue', 5000, 303).optional(),
    navigationStatus: numberField({
      description: 'ITU-R M.1371-5 table 45; 7 is fishing',
      unit: '1',
      minimum: 0,
      maximum: 14,
      example: 7,
    }).optional(),
    stationClass: wordField('Of the AIS station', ['A', 'B', 'sar-aircraft'], 'A').optional(),
    quality: wordField(
      'Absent for a position that is believed; `suspect`: it implies a speed that no vessel has',
      ['suspect'],
      'suspect',
    ).optional(),
    observedAt: observedAtField(),
    dataProvider: positionProviderField(),
    units: unitsField({
      speedOverGround: 'm/s',
      courseOverGround: 'deg',
      heading: 'deg',
      turnRate: 'deg/min',
      altitude: 'm',
    }),
    refDevice: receiverField(),
  }),
  example: {
    ...receiver,
    subject: 'vessel/mmsi/574123456',
    data: {
      id: 'urn:ngsi-ld:Vessel:mmsi-574123456',
      type: 'Vessel',
      mmsi: 574123456,
      name: 'TTH 96969 TS',
      location: { type: 'Point', coordinates: [107.63, 16.57] },
      positionAccuracy: 1,
      speedOverGround: 4.32,
      courseOverGround: 212,
      navigationStatus: 7,
      stationClass: 'A',
      observedAt: '2026-11-23T01:12:44.000Z',
      dataProvider: 'AIS',
      units: { speedOverGround: 'm/s', courseOverGround: 'deg' },
      refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
    },
  },
});

export const vesselDescribed = defineEvent({
  name: 'fishing-vessel.vessel.described',
  lane: 'obs',
  version: '1.1.0',
  summary:
    'What is known of a vessel changed, or is told again: ITU-R M.1371-5 messages 5, 19 and 24, and its line in the registry',
  data: () => ({
    id: vesselEntityField(),
    type: fixedField('Smart Data Model', 'Vessel'),
    mmsi: mmsiField().optional(),
    imo: z
      .int()
      .min(1)
      .max(999_999_999)
      .meta({ description: 'IMO number', unit: '1', examples: [9863637] })
      .optional(),
    callSign: callSignField().optional(),
    name: vesselNameField().optional(),
    vesselSubType: numberField({
      description: 'Type of ship and cargo, ITU-R M.1371-5 table 53; 30 is fishing',
      unit: '1',
      minimum: 1,
      maximum: 99,
      example: 30,
    }).optional(),
    toBow: metres('From the antenna to the bow', 511, 12).optional(),
    toStern: metres('From the antenna to the stern', 511, 5).optional(),
    toPort: metres('From the antenna to port', 63, 2).optional(),
    toStardboard: metres('From the antenna to starboard (spelled as the model does)', 63, 3).optional(),
    draught: metres('Draught', 25.5, 2.1).optional(),
    destination: textField('As the crew entered it', 'THUAN AN', 20).optional(),
    mothershipMmsi: mmsiField().optional(),
    registry: registryField().optional(),
    receivers: receiversField().optional(),
    observedAt: timeField('When the newest part of it was told', '2026-11-23T01:12:44.000Z'),
    dataProvider: positionProviderField(),
    units: unitsField({ toBow: 'm', toStern: 'm', toPort: 'm', toStardboard: 'm', draught: 'm' }),
    refDevice: receiverField(),
  }),
  example: {
    ...receiver,
    subject: 'vessel/mmsi/574123456',
    data: {
      id: 'urn:ngsi-ld:Vessel:mmsi-574123456',
      type: 'Vessel',
      mmsi: 574123456,
      callSign: 'XVAB1',
      name: 'TTH 96969 TS',
      vesselSubType: 30,
      toBow: 12,
      toStern: 5,
      receivers: ['ais-1'],
      observedAt: '2026-11-23T01:12:44.000Z',
      dataProvider: 'AIS',
      units: { toBow: 'm', toStern: 'm' },
      refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
    },
  },
});

const markFields = (entity: string, description: string) => ({
  id: entityField(description, entity),
  mmsi: mmsiField(),
  location: pointField('Position'),
  observedAt: timeField('When it was told', '2026-11-23T01:12:44.000Z'),
  dataProvider: providerField(),
  refDevice: receiverField(),
});

export const navigationAidObserved = defineEvent({
  name: 'fishing-vessel.navigation-aid.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'A buoy, light or beacon tells where it is and whether it drifted: ITU-R M.1371-5 message 21',
  data: () => ({
    ...markFields('urn:ngsi-ld:NavigationAid:mmsi-995741234', 'The aid to navigation'),
    type: fixedField('Kind of thing', 'NavigationAid'),
    aidType: numberField({
      description: 'ITU-R M.1371-5 table 74',
      unit: '1',
      minimum: 1,
      maximum: 31,
      example: 24,
    }).optional(),
    name: textField('Name', 'PHAO SO 0', 34).optional(),
    position: wordField('Of a floating aid, by its own receiver', ['on', 'off'], 'on').optional(),
    presence: wordField('`virtual`: no physical aid is there', ['physical', 'virtual'], 'physical'),
  }),
  example: {
    ...receiver,
    subject: 'navigation-aid/mmsi/995741234',
    data: {
      id: 'urn:ngsi-ld:NavigationAid:mmsi-995741234',
      type: 'NavigationAid',
      mmsi: 995741234,
      aidType: 24,
      name: 'PHAO SO 0',
      location: { type: 'Point', coordinates: [107.61, 16.59] },
      position: 'on',
      presence: 'physical',
      observedAt: '2026-11-23T01:12:44.000Z',
      dataProvider: 'AIS',
      refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
    },
  },
});

export const baseStationObserved = defineEvent({
  name: 'fishing-vessel.base-station.observed',
  lane: 'obs',
  version: '1.0.0',
  summary: 'A coast station tells where it is: ITU-R M.1371-5 message 4',
  data: () => ({
    ...markFields('urn:ngsi-ld:BaseStation:mmsi-5740001', 'The station'),
    type: fixedField('Kind of thing', 'BaseStation'),
  }),
  example: {
    ...receiver,
    subject: 'base-station/mmsi/5740001',
    data: {
      id: 'urn:ngsi-ld:BaseStation:mmsi-5740001',
      type: 'BaseStation',
      mmsi: 5740001,
      location: { type: 'Point', coordinates: [107.65, 16.55] },
      observedAt: '2026-11-23T01:12:44.000Z',
      dataProvider: 'AIS',
      refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
    },
  },
});
