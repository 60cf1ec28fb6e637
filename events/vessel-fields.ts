/**
 * The fields that every event about a vessel shares; `core/vessel-fields.ts` fills them.
 *
 *   data: { ...vesselFields(), zone: …, evidence: … }
 */
import { z } from 'zod';
import {
  entityField,
  fixedField,
  identifierField,
  numberField,
  patternField,
  pointField,
  textField,
  timeField,
  unitsField,
  wordField,
} from './fields.ts';

export const mmsiField = () =>
  z
    .int()
    .min(0)
    .max(999_999_999)
    .meta({ description: 'Maritime Mobile Service Identity', unit: '1', examples: [574123456] });

export const vesselEntityField = () => entityField('The vessel', 'urn:ngsi-ld:Vessel:mmsi-574123456');

export const vesselNameField = () => textField('As the registry or the vessel tells it', 'TTH 96969 TS', 64);

export const callSignField = () => textField('Call sign', 'XVAB1', 16);

export const speedField = () =>
  numberField({
    description: 'Speed over ground; 10 kn are 5.144',
    unit: 'm/s',
    minimum: 0,
    maximum: 600,
    example: 4.32,
  });

export const courseField = () =>
  numberField({
    description: 'Course over ground, clockwise from true north',
    unit: 'deg',
    minimum: 0,
    maximum: 360,
    example: 212,
  });

export const observedAtField = () => timeField('When the position was so', '2026-11-23T01:12:44.000Z');

/** AIS: heard from the vessel; VMS: its device's report by satellite; duty officer: the captain's report by radio. */
export const positionProviderField = () =>
  wordField('Where the position comes from', ['AIS', 'VMS', 'duty officer'], 'AIS');

/** Devices that heard the vessel lately. */
export const receiversField = () =>
  z
    .array(identifierField('Device', 'ais-1'))
    .max(8)
    .meta({ description: 'Devices that heard the vessel lately', examples: [['ais-1']] });

export const registryField = () =>
  z
    .strictObject({
      mark: textField('Registration mark', 'TTH-96969-TS', 32),
      lengthMaxMetres: numberField({
        description: 'Greatest length (Lmax)',
        unit: 'm',
        minimum: 0,
        maximum: 200,
        example: 17.2,
      }).optional(),
      crew: z
        .int()
        .min(0)
        .max(1000)
        .meta({ description: 'Crew', unit: '{person}', examples: [8] })
        .optional(),
      gear: textField('Fishing gear, as registered', 'gillnet', 64).optional(),
      homePort: textField('Home port', 'Thuận An', 64).optional(),
      matchedBy: wordField(
        'By what the line of the registry was found',
        ['mmsi', 'vms-id', 'call-sign', 'mark'],
        'mmsi',
      ).optional(),
      version: textField('Of the registry: first digits of the SHA-256 of its file', '1f3a9c0b7e21', 64).optional(),
    })
    .meta({ description: "The vessel's line in the registry of fishing vessels" });

/** `vessel`, `units` and `registry`. */
export const vesselFields = () => ({
  vessel: z
    .strictObject({
      id: vesselEntityField(),
      type: fixedField('Smart Data Model', 'Vessel'),
      mmsi: mmsiField().optional(),
      name: vesselNameField().optional(),
      callSign: callSignField().optional(),
      flagCode: patternField('Country, ISO 3166-1 alpha-2', /^[A-Z]{2}$/, 'VN').optional(),
      location: pointField('Position').optional(),
      speedOverGround: speedField().optional(),
      courseOverGround: courseField().optional(),
      observedAt: observedAtField().optional(),
      dataProvider: positionProviderField().optional(),
    })
    .meta({ description: 'The vessel, and where it was last' }),
  units: unitsField({ speedOverGround: 'm/s', courseOverGround: 'deg' }),
  registry: registryField().optional(),
});

/** For the examples of events about a vessel. */
export const vesselExample = {
  vessel: {
    id: 'urn:ngsi-ld:Vessel:vnfish-TTH-96969-TS',
    type: 'Vessel',
    mmsi: 574123456,
    name: 'TTH 96969 TS',
    flagCode: 'VN',
    location: { type: 'Point', coordinates: [107.63, 16.57] },
    speedOverGround: 4.32,
    courseOverGround: 212,
    observedAt: '2026-11-23T01:12:44.000Z',
    dataProvider: 'AIS',
  },
  units: { speedOverGround: 'm/s', courseOverGround: 'deg' },
  registry: {
    mark: 'TTH-96969-TS',
    lengthMaxMetres: 17.2,
    crew: 8,
    gear: 'gillnet',
    homePort: 'Thuận An',
    matchedBy: 'mmsi',
    version: '1f3a9c0b7e21',
  },
} satisfies z.input<z.ZodObject<ReturnType<typeof vesselFields>>>;
