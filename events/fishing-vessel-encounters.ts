/** Vessels that loiter, meet at sea or come too close: `pipelines/vessel-rules` concludes it. */
import type { z } from 'zod';
import { defineEvent, type Headline, type HeadlineWords } from './event-type.ts';
import { countField, pointField, timeField, wordField } from './fields.ts';
import { receiversField, vesselFields } from './vessel-fields.ts';
import {
  clearedExample,
  clearedFields,
  conditionFields,
  endingWords,
  evidenceField,
  example,
  exampleAis,
  exampleOther,
  knotsField,
  lasting,
  limitsField,
  marked,
  metresField,
  otherField,
  raisedExample,
  reportField,
  secondsField,
  sentence,
  updatedExample,
  type WithVessel,
} from './vessel-rule-fields.ts';

const loiteringFields = () => ({
  ...vesselFields(),
  evidence: evidenceField({
    stayingSince: timeField('Since when it stays there', '2026-11-22T20:10:00.000Z'),
    center: pointField('Where it began to stay'),
    reports: countField('Reports since then', 480),
    meanSpeedKnots: knotsField('Mean speed', 1.4),
    receivers: receiversField(),
  }),
  limits: limitsField({
    staySeconds: secondsField('It counts after', 14_400),
    radiusMetres: metresField('Radius of the area', 2778),
    speedKnots: knotsField('It goes somewhere above', 5),
  }),
});
const loiteringExample = {
  evidence: {
    stayingSince: '2026-11-22T20:10:00.000Z',
    center: { type: 'Point' as const, coordinates: [107.63, 16.57] satisfies [number, number] },
    reports: 480,
    meanSpeedKnots: 1.4,
    receivers: ['ais-1'],
  },
  limits: { staySeconds: 14_400, radiusMetres: 2778, speedKnots: 5 },
};

export const loiteringRaised = defineEvent({
  name: 'fishing-vessel.loitering.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel stays in a small area at sea for hours without fishing, anchoring or resting',
  data: () => ({ ...conditionFields('raised'), ...loiteringFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `lảng vảng tại một khu vực hơn ${lasting(data.limits.staySeconds)}`,
      en: `has loitered in one area for more than ${lasting(data.limits.staySeconds)}`,
    }),
  example: { ...example('loitering', marked, 'LOW'), data: { ...raisedExample, ...loiteringExample } },
});

export const loiteringCleared = defineEvent({
  name: 'fishing-vessel.loitering.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel that loitered moved on',
  data: () => ({ ...clearedFields(), ...loiteringFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn lảng vảng (${endingWords[data.endedBy].vi})`,
      en: `loiters no more (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('loitering', marked, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'movement', ...loiteringExample },
  },
});

const otherWords = ({ other }: { readonly other: z.infer<ReturnType<typeof otherField>> }): string =>
  other.name ?? other.mark ?? other.mmsi?.toString() ?? other.subject;

const rendezvousFields = () => ({
  ...vesselFields(),
  other: otherField(),
  evidence: evidenceField({
    togetherSince: timeField('Since when', '2026-11-22T23:40:00.000Z'),
    distanceMetres: metresField('The closest that they were', 45),
    first: reportField('Of the vessel'),
    second: reportField('Of the other vessel'),
    receivers: receiversField(),
  }),
  limits: limitsField({
    togetherSeconds: secondsField('It counts after', 1800),
    distanceMetres: metresField('They are together within', 185),
    speedKnots: knotsField('They are slow below', 2),
  }),
});
const rendezvousExample = {
  other: exampleOther,
  evidence: {
    togetherSince: '2026-11-22T23:40:00.000Z',
    distanceMetres: 45,
    first: exampleAis,
    second: exampleAis,
    receivers: ['ais-1'],
  },
  limits: { togetherSeconds: 1800, distanceMetres: 185, speedKnots: 2 },
};
const pairKey = 'mmsi/574200100|vnfish/TTH-96969-TS';

export const rendezvousRaised = defineEvent({
  name: 'fishing-vessel.rendezvous.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels lie close to each other at sea for a while',
  data: () => ({ ...conditionFields('raised'), ...rendezvousFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `áp mạn tàu ${otherWords(data)} trên biển`,
      en: `lies close to ${otherWords(data)} at sea`,
    }),
  example: { ...example('rendezvous', pairKey, 'LOW'), data: { ...raisedExample, ...rendezvousExample } },
});

export const rendezvousCleared = defineEvent({
  name: 'fishing-vessel.rendezvous.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels that lay close to each other are apart',
  data: () => ({ ...clearedFields(), ...rendezvousFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn áp mạn tàu ${otherWords(data)} (${endingWords[data.endedBy].vi})`,
      en: `lies no longer close to ${otherWords(data)} (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('rendezvous', pairKey, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'distance', ...rendezvousExample },
  },
});

const collisionFields = () => ({
  ...vesselFields(),
  state: wordField('How soon', ['risk', 'imminent'], 'risk'),
  other: otherField(),
  evidence: evidenceField({
    closestApproachMetres: metresField(
      'Closest point of approach, if both keep their speed and follow the usual way, or else their course',
      20,
    ),
    closestApproachSeconds: secondsField('Time to it', 150),
    distanceMetres: metresField('Between the two now', 1400),
    first: reportField('Of the vessel'),
    second: reportField('Of the other vessel'),
    receivers: receiversField(),
  }),
  limits: limitsField({
    distanceMetres: metresField('Closest approach below which it is a risk, for vessels of their lengths', 57),
    withinSeconds: secondsField('Time to it below which it is a risk', 240),
  }),
});
const collisionExample = {
  state: 'risk' as const,
  other: exampleOther,
  evidence: {
    closestApproachMetres: 20,
    closestApproachSeconds: 150,
    distanceMetres: 1400,
    first: exampleAis,
    second: exampleAis,
    receivers: ['ais-1'],
  },
  limits: { distanceMetres: 57, withinSeconds: 240 },
};
const collisionSentence = (
  data: WithVessel & z.infer<z.ZodObject<ReturnType<typeof collisionFields>>>,
  words: HeadlineWords,
): Headline => {
  const { closestApproachMetres: metres, closestApproachSeconds: time } = data.evidence;
  return sentence(data, words, {
    vi: `có nguy cơ va chạm với ${otherWords(data)}: cách ${metres} m sau ${lasting(time)}`,
    en: `may collide with ${otherWords(data)}: ${metres} m apart in ${lasting(time)}`,
  });
};

export const collisionRiskRaised = defineEvent({
  name: 'fishing-vessel.collision-risk.raised',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels under way come too close if both go on as they do',
  data: () => ({ ...conditionFields('raised'), ...collisionFields() }),
  headline: collisionSentence,
  example: { ...example('collision-risk', pairKey, 'MEDIUM'), data: { ...raisedExample, ...collisionExample } },
});

export const collisionRiskUpdated = defineEvent({
  name: 'fishing-vessel.collision-risk.updated',
  lane: 'event',
  version: '1.0.0',
  summary: 'A risk of collision is imminent',
  data: () => ({ ...conditionFields('updated'), ...collisionFields() }),
  headline: collisionSentence,
  example: {
    ...example('collision-risk', pairKey, 'HIGH'),
    data: { ...updatedExample, ...collisionExample, state: 'imminent' },
  },
});

export const collisionRiskCleared = defineEvent({
  name: 'fishing-vessel.collision-risk.cleared',
  lane: 'event',
  version: '1.0.0',
  summary: 'Two vessels passed each other, or do not come too close any more',
  data: () => ({ ...clearedFields(), ...collisionFields() }),
  headline: (data, words) =>
    sentence(data, words, {
      vi: `không còn nguy cơ va chạm với ${otherWords(data)} (${endingWords[data.endedBy].vi})`,
      en: `no longer risks a collision with ${otherWords(data)} (${endingWords[data.endedBy].en})`,
    }),
  example: {
    ...example('collision-risk', pairKey, 'INFORMATIONAL'),
    data: { ...clearedExample, endedBy: 'distance', ...collisionExample },
  },
});
