/** Which names belong to one vessel, and receivers that do not hear what they used to. */
import { z } from 'zod';
import { defineEvent } from './event-type.ts';
import { countField, entityField, fractionField, numberField, patternField, timeField, wordField } from './fields.ts';
import { vesselExample, vesselFields } from './vessel-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

export const vesselIdentified = defineEvent({
  name: 'fishing-vessel.vessel.identified',
  lane: 'event',
  version: '1.0.0',
  summary:
    'A vessel is known under another subject from here on, or another name of it was found: its MMSI, its VMS device, its registration mark',
  data: () => ({
    formerSubject: patternField(
      'The subject, or other name, that means the same vessel',
      /^vessel\/[\x21-\x7e]{1,200}$/,
      'vessel/mmsi/574123456',
    ),
    ...vesselFields(),
  }),
  headline: ({ formerSubject, ...data }, { when }) => {
    const words = vesselWordsOf(data);
    return {
      vi: `${words.vi} là ${formerSubject}, biết được ${when.vi}`,
      en: `${words.en} is ${formerSubject}, found ${when.en}`,
    };
  },
  example: {
    source: 'track',
    device: 'ais-1',
    subject: 'vessel/vnfish/TTH-96969-TS',
    time: '2026-11-23T01:12:44.000Z',
    data: { formerSubject: 'vessel/mmsi/574123456', ...vesselExample },
  },
});

const deafnessFields = () => ({
  refDevice: entityField('The receiver', 'urn:ngsi-ld:Device:hue-gw-017-ais-1'),
  since: timeField('Start of the first period in which it was deaf', '2026-11-23T01:00:00.000Z'),
  period: z
    .strictObject({
      start: timeField('Start', '2026-11-23T01:00:00.000Z'),
      end: timeField('End', '2026-11-23T02:00:00.000Z'),
    })
    .meta({ description: 'In which the vessels were counted' }),
  heardVessels: countField('Different vessels that it heard in the period', 3),
  usualVessels: numberField({
    description:
      'Median of what it heard at this time of the day; while few such periods are known, what it heard in nine of ten of all',
    unit: '1',
    minimum: 0,
    maximum: 1_000_000,
    example: 41,
  }),
  knownPeriods: countField('Periods that the usual number is from', 480),
  limits: z
    .strictObject({
      raise: fractionField('Below this share of the usual number it is deaf', 0.25),
      clear: fractionField('From this share on it has recovered', 0.5),
    })
    .meta({ description: 'As configured' }),
});

const deafnessExample = {
  refDevice: 'urn:ngsi-ld:Device:hue-gw-017-ais-1',
  since: '2026-11-23T01:00:00.000Z',
  period: { start: '2026-11-23T01:00:00.000Z', end: '2026-11-23T02:00:00.000Z' },
  heardVessels: 3,
  usualVessels: 41,
  knownPeriods: 480,
  limits: { raise: 0.25, clear: 0.5 },
} as const;

const deafnessOrigin = {
  source: 'ais-1',
  device: 'ais-1',
  subject: 'receiver/ais-1',
  correlation: 'receiver-deafness/ais-1/2026-11-23T01:00:00.000Z',
} as const;

export const receiverDeafnessRaised = defineEvent({
  name: 'fishing-vessel.receiver-deafness.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A receiver hears far fewer vessels than it used to: its antenna, cable or place may be the cause',
  data: () => ({ phase: wordField('Of the condition', ['raised'], 'raised'), ...deafnessFields() }),
  headline: ({ heardVessels, usualVessels }, { when, source }) => ({
    vi: `Máy thu ${source} chỉ nghe được ${heardVessels} tàu, bình thường ${Math.round(usualVessels)}, ${when.vi}`,
    en: `Receiver ${source} hears only ${heardVessels} vessels, usually ${Math.round(usualVessels)}, ${when.en}`,
  }),
  example: {
    ...deafnessOrigin,
    time: '2026-11-23T02:00:00.000Z',
    severity: 'MEDIUM',
    data: { phase: 'raised', ...deafnessExample },
  },
});

export const receiverDeafnessCleared = defineEvent({
  name: 'fishing-vessel.receiver-deafness.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A receiver hears again what it used to',
  data: () => ({
    phase: wordField('Of the condition', ['cleared'], 'cleared'),
    reason: wordField(
      '`superseded`: what it hears now counts as usual',
      ['recovered', 'superseded', 'config-removed'],
      'recovered',
    ),
    ...deafnessFields(),
  }),
  headline: ({ heardVessels, reason }, { when, source }) =>
    reason === 'config-removed'
      ? {
          vi: `Máy thu ${source} không còn trong cấu hình ${when.vi}`,
          en: `Receiver ${source} is not configured any more ${when.en}`,
        }
      : {
          vi: `Máy thu ${source} nghe được ${heardVessels} tàu, coi là bình thường ${when.vi}`,
          en: `Receiver ${source} hears ${heardVessels} vessels, which counts as usual, ${when.en}`,
        },
  example: {
    ...deafnessOrigin,
    time: '2026-11-23T05:00:00.000Z',
    severity: 'INFORMATIONAL',
    data: {
      phase: 'cleared',
      reason: 'recovered',
      ...deafnessExample,
      period: { start: '2026-11-23T04:00:00.000Z', end: '2026-11-23T05:00:00.000Z' },
      heardVessels: 38,
    },
  },
});
