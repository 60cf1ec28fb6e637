/** What is known of the whole fleet: one retained state that `pipelines/fleet` tells every few minutes. */
import { z } from 'zod';
import { vesselStatuses } from '../core/vessel.ts';
import { defineEvent } from './event-type.ts';
import { countField, identifierField, numberField, patternField, textField, timeField, wordField } from './fields.ts';
import { mmsiField, vesselNameField } from './vessel-fields.ts';

const tallyFields = () => ({
  vessels: countField('Vessels', 212),
  crew: countField('People aboard, of the vessels whose crew is registered', 1606),
  crewUnknown: countField('Vessels among them whose crew is not known', 14),
  oldestReportAt: timeField('The oldest of their newest reports', '2026-11-22T19:02:00.000Z').optional(),
});

const tallyField = (description: string) => z.strictObject(tallyFields()).meta({ description });

const namedField = (description: string) =>
  z
    .array(
      z.strictObject({
        subject: patternField(
          'Subject of its own events',
          /^vessel\/[\x21-\x7e]{1,200}$/,
          'vessel/vnfish/TTH-96969-TS',
        ),
        mark: textField('Registration mark', 'TTH-96969-TS', 32).optional(),
        name: vesselNameField().optional(),
        mmsi: mmsiField().optional(),
        crew: countField('Crew, as registered', 8, 1000).optional(),
        provider: textField('Who runs its VMS device', 'vnpt', 64).optional(),
        lastReportAt: timeField('Its newest report', '2026-11-22T19:02:00.000Z').optional(),
      }),
    )
    .max(80)
    .meta({ description });

const kinds = ['fishing', 'cargo', 'tanker', 'passenger', 'service', 'other', 'unknown'] as const;

const exampleVessel = {
  subject: 'vessel/vnfish/TTH-96969-TS',
  mark: 'TTH-96969-TS',
  crew: 8,
  provider: 'vnpt',
  lastReportAt: '2026-11-22T19:02:00.000Z',
};

export const fleetReported = defineEvent({
  name: 'fishing-vessel.fleet.reported',
  lane: 'state',
  version: '1.0.0',
  summary: 'How many vessels and people are at sea, in shelter and in each danger area, and how old that knowledge is',
  data: () => ({
    asOf: timeField('When it was counted', '2026-11-23T02:00:00.000Z'),
    newestReportAt: timeField('The newest report of any vessel', '2026-11-23T01:59:41.000Z').optional(),
    atSea: tallyField('Outside every port and shelter by the newest report'),
    inShelter: tallyField('In a storm shelter'),
    inPort: tallyField('In a port'),
    dangerAreas: z
      .array(
        z.strictObject({
          zone: z
            .strictObject({
              id: identifierField('Zone of the file', 'storm-12'),
              name: textField('For people', 'Vùng nguy hiểm bão số 12', 200),
            })
            .meta({ description: 'The area' }),
          ...tallyFields(),
          named: namedField('Those not heard longest first'),
        }),
      )
      .max(20)
      .meta({ description: 'Zones of the kind danger with somebody at sea inside, the fullest first' }),
    byKind: z
      .array(
        z.strictObject({
          kind: wordField('By the registry, else as the vessel says', kinds, 'fishing'),
          atSea: countField('At sea', 198),
          inHarbor: countField('In port or shelter', 67),
        }),
      )
      .max(kinds.length)
      .meta({ description: 'By kind of vessel' }),
    byStatus: z
      .array(
        z.strictObject({
          status: wordField('By order of a duty officer, else by the registry', vesselStatuses, 'active'),
          vessels: countField('Registered vessels', 240),
        }),
      )
      .max(vesselStatuses.length)
      .meta({ description: 'Registered vessels that were heard of, by status' }),
    agesAtSea: z
      .array(
        z.strictObject({
          upToHours: numberField({
            description: 'Age of the newest report; absent: older than all of these',
            unit: 'h',
            minimum: 1,
            maximum: 24,
            example: 3,
          }).optional(),
          vessels: countField('Vessels at sea', 120),
        }),
      )
      .max(8)
      .meta({ description: 'How old the knowledge of the vessels at sea is' }),
    silent: z
      .strictObject({
        vessels: countField('Registered vessels at sea that are silent for longer', 3),
        longerThanSeconds: numberField({
          description: 'Than this',
          unit: 's',
          minimum: 1,
          maximum: 1e8,
          example: 21_600,
        }),
        named: namedField('Those not heard longest first'),
      })
      .meta({ description: 'Registered vessels at sea without a report' }),
  }),
  example: {
    source: 'fleet',
    subject: 'fleet/fleet',
    time: '2026-11-23T02:00:00.000Z',
    data: {
      asOf: '2026-11-23T02:00:00.000Z',
      newestReportAt: '2026-11-23T01:59:41.000Z',
      atSea: { vessels: 212, crew: 1606, crewUnknown: 14, oldestReportAt: '2026-11-22T19:02:00.000Z' },
      inShelter: { vessels: 61, crew: 430, crewUnknown: 2, oldestReportAt: '2026-11-23T00:10:00.000Z' },
      inPort: { vessels: 6, crew: 41, crewUnknown: 0, oldestReportAt: '2026-11-23T01:40:00.000Z' },
      dangerAreas: [
        {
          zone: { id: 'storm-12', name: 'Vùng nguy hiểm bão số 12' },
          vessels: 1,
          crew: 8,
          crewUnknown: 0,
          oldestReportAt: '2026-11-22T19:02:00.000Z',
          named: [exampleVessel],
        },
      ],
      byKind: [{ kind: 'fishing', atSea: 198, inHarbor: 67 }],
      byStatus: [{ status: 'active', vessels: 240 }],
      agesAtSea: [{ upToHours: 1, vessels: 120 }, { vessels: 2 }],
      silent: { vessels: 1, longerThanSeconds: 21_600, named: [exampleVessel] },
    },
  },
});
