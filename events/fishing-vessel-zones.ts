/** What vessels do in and around the zones of the sea: `pipelines/geofence` concludes it, `docs/zones.md` explains it. */
import { z } from 'zod';
import { metresPerNauticalMile } from '../core/geodesy.ts';
import { formatDuration, seconds } from '../core/time.ts';
import { zoneKinds } from '../core/vessel.ts';
import { defineEvent, type Headline, type HeadlineWords } from './event-type.ts';
import {
  countField,
  fixedField,
  identifierField,
  numberField,
  patternField,
  textField,
  timeField,
  wordField,
} from './fields.ts';
import { receiversField, vesselExample, vesselFields } from './vessel-fields.ts';
import { vesselWordsOf } from './vessel-words.ts';

const knotsField = (description: string, example: number) =>
  numberField({ description, unit: '[kn_i]', minimum: 0, maximum: 1200, example });

const secondsField = (description: string, example: number) =>
  numberField({ description, unit: 's', minimum: 0, maximum: 1e10, example });

const zoneField = () =>
  z
    .strictObject({
      id: identifierField('Zone of the file', 'thuan-an-shelter'),
      name: textField('For people', 'Khu neo đậu tránh trú bão Thuận An', 200),
      englishName: textField('The same in English', 'Thuan An storm shelter', 200).optional(),
      kind: wordField('What it is there for', zoneKinds, 'shelter'),
      version: patternField('Changes whenever its shape or its rules do', /^[0-9a-f]{6}$/, '1f3a9c'),
    })
    .meta({ description: 'The zone' });

const coordinatesField = () =>
  z
    .tuple([
      numberField({
        description: 'Longitude, east positive',
        unit: 'deg',
        minimum: -180,
        maximum: 180,
        example: 107.63,
      }),
      numberField({ description: 'Latitude, north positive', unit: 'deg', minimum: -90, maximum: 90, example: 16.57 }),
    ])
    .meta({ description: 'Longitude, then latitude, WGS 84' });

const momentField = (description: string) =>
  z
    .strictObject({ time: timeField('When', '2026-11-23T01:12:34.000Z'), coordinates: coordinatesField() })
    .meta({ description });

const witnessFields = () => ({
  before: momentField('The position before it').optional(),
  after: momentField('The position that shows it'),
  source: wordField('Who told the positions', ['ais', 'vms', 'duty-officer'], 'ais'),
  receivers: receiversField(),
  navigationStatus: numberField({
    description: 'As the vessel told it, ITU-R M.1371-5 table 45; 1 is at anchor, 7 is fishing',
    unit: '1',
    minimum: 0,
    maximum: 14,
    example: 7,
  }).optional(),
});

const evidenceField = () => z.strictObject(witnessFields()).meta({ description: 'What it was concluded from' });

const crossingEvidenceField = () =>
  z
    .strictObject({
      ...witnessFields(),
      crossing: wordField(
        '`interpolated` between two positions; `between` two positions too far apart to say when and where; `unknown`: it was there from the first position on, or the end was not seen',
        ['interpolated', 'between', 'unknown'],
        'interpolated',
      ),
      crossed: momentField('When and where, on the straight way between the two positions').optional(),
    })
    .meta({ description: 'What it was concluded from' });

const visitField = () =>
  patternField(
    'Correlation of the visit during which it is so',
    /^visit\/[\x21-\x7e]{1,200}$/,
    'visit/thuan-an-shelter/TTH-96969-TS/20261123T011241Z',
  );

const clearReasons = ['recovered', 'superseded', 'source-lost', 'config-removed'] as const;
type ClearReason = (typeof clearReasons)[number];

const reasonField = () =>
  wordField(
    '`recovered`: it is so no more; `superseded`: by what came of it, or by better knowledge of the vessel; `source-lost`: the vessel was not heard any more; `config-removed`: the zone or its rule is gone, or has other limits now',
    clearReasons,
    'recovered',
  );

const exampleZone = {
  id: 'thuan-an-shelter',
  name: 'Khu neo đậu tránh trú bão Thuận An',
  englishName: 'Thuan An storm shelter',
  kind: 'shelter',
  version: '1f3a9c',
} as const;

const examplePark = {
  id: 'example-reserve',
  name: 'Vùng bảo vệ ví dụ',
  englishName: 'Example reserve',
  kind: 'protected',
  version: '77b0c2',
} as const;

const exampleLine = {
  id: 'example-boundary',
  name: 'Đường ranh giới ví dụ',
  englishName: 'Example boundary',
  kind: 'boundary',
  version: '0b77e1',
} as const;

const exampleVisit = 'visit/thuan-an-shelter/TTH-96969-TS/20261123T011241Z';
const exampleReserveVisit = 'visit/example-reserve/TTH-96969-TS/20261123T003000Z';

const exampleEvidence: z.input<ReturnType<typeof evidenceField>> = {
  before: { time: '2026-11-23T01:12:34.000Z', coordinates: [107.63021, 16.57028] },
  after: { time: '2026-11-23T01:12:44.000Z', coordinates: [107.629905, 16.569874] },
  source: 'ais',
  receivers: ['ais-1'],
};

const exampleCrossing: z.input<ReturnType<typeof crossingEvidenceField>> = {
  ...exampleEvidence,
  crossing: 'interpolated',
  crossed: { time: '2026-11-23T01:12:41.000Z', coordinates: [107.63, 16.57] },
};

const origin = { source: 'geofence', device: 'ais-1', subject: 'vessel/vnfish/TTH-96969-TS' } as const;

const conditionExample = (zone: typeof exampleZone | typeof examplePark | typeof exampleLine) => ({
  since: '2026-11-23T01:02:44.000Z',
  zone,
  ...vesselExample,
  evidence: exampleEvidence,
});

type Named = Parameters<typeof vesselWordsOf>[0] & {
  readonly zone: { readonly name: string; readonly englishName?: string | undefined };
};

/** Vessel and zone in both languages. */
const wordsOf = (data: Named): { readonly vessel: Headline; readonly zone: Headline } => ({
  vessel: vesselWordsOf(data),
  zone: { vi: data.zone.name, en: data.zone.englishName ?? data.zone.name },
});

/**
 * When an edge was crossed: between two positions far apart nobody knows more than that the second one lies behind it.
 * For that `when` is the time of the second.
 */
const crossedWords = (
  { crossing, before, after }: z.infer<ReturnType<typeof crossingEvidenceField>>,
  when: Headline,
): Headline => {
  if (crossing !== 'between' || before === undefined) return when;
  const gap = lasting((Date.parse(after.time) - Date.parse(before.time)) / 1000);
  return { vi: `trong khoảng ${gap} tính đến ${when.vi}`, en: `in the ${gap} before it was heard ${when.en}` };
};

const lasting = (count: number): string => formatDuration(seconds(Math.max(1, Math.round(count))));

const oneDigit = (value: number, language: 'vi' | 'en'): string =>
  language === 'vi' ? value.toFixed(1).replace('.', ',') : value.toFixed(1);

export const vesselZoneEntered = defineEvent({
  name: 'fishing-vessel.zone.entered',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel entered a zone, or was in it when it was first heard',
  data: () => ({
    phase: fixedField('Of the visit', 'entered'),
    zone: zoneField(),
    ...vesselFields(),
    evidence: crossingEvidenceField(),
  }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const crossed = crossedWords(data.evidence, when);
    return data.evidence.crossing === 'unknown'
      ? { vi: `${vessel.vi} ở trong ${zone.vi} ${when.vi}`, en: `${vessel.en} is in ${zone.en} ${when.en}` }
      : { vi: `${vessel.vi} vào ${zone.vi} ${crossed.vi}`, en: `${vessel.en} entered ${zone.en} ${crossed.en}` };
  },
  example: {
    ...origin,
    time: '2026-11-23T01:12:41.000Z',
    severity: 'INFORMATIONAL',
    correlation: exampleVisit,
    data: { phase: 'entered', zone: exampleZone, ...vesselExample, evidence: exampleCrossing },
  },
});

export const vesselZoneLeft = defineEvent({
  name: 'fishing-vessel.zone.left',
  lane: 'event',
  version: '1.0.0',
  summary: 'A vessel left a zone, or the visit ended in another way',
  data: () => ({
    phase: fixedField('Of the visit', 'left'),
    reason: wordField(
      '`moved` out of it; `source-lost`: not heard any more; `config-removed`: the zone is gone, was drawn elsewhere or is not in effect any more; `superseded`: another visit turned out to be that of the same vessel, or this to be no vessel',
      ['moved', 'source-lost', 'config-removed', 'superseded'],
      'moved',
    ),
    zone: zoneField(),
    enteredAt: timeField('When it entered', '2026-11-22T21:00:00.000Z'),
    staySeconds: secondsField('How long it was there', 15_161),
    ...vesselFields(),
    evidence: crossingEvidenceField(),
  }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const stay = lasting(data.staySeconds);
    const crossed = crossedWords(data.evidence, when);
    const atMost = data.evidence.crossing === 'between' ? { vi: 'không quá ', en: 'at most ' } : { vi: '', en: '' };
    const told: Readonly<Record<typeof data.reason, Headline>> = {
      moved: {
        vi: `${vessel.vi} rời ${zone.vi} ${crossed.vi}, sau ${atMost.vi}${stay}`,
        en: `${vessel.en} left ${zone.en} ${crossed.en}, after ${atMost.en}${stay}`,
      },
      'source-lost': {
        vi: `${vessel.vi} mất tín hiệu trong ${zone.vi}, lần cuối ${when.vi}`,
        en: `${vessel.en} is not heard any more in ${zone.en}, last ${when.en}`,
      },
      'config-removed': {
        vi: `${vessel.vi} không còn được theo dõi trong ${zone.vi} ${when.vi}: vùng đã thay đổi hoặc hết hiệu lực`,
        en: `${vessel.en} is not watched any more in ${zone.en} ${when.en}: the zone was changed, or holds no longer`,
      },
      superseded: {
        vi: `${vessel.vi} trong ${zone.vi} ${when.vi}: lượt theo dõi này được thay thế vì đã xác định lại tàu`,
        en: `${vessel.en} in ${zone.en} ${when.en}: this visit is superseded by what is known of the vessel now`,
      },
    };
    return told[data.reason];
  },
  example: {
    ...origin,
    time: '2026-11-23T01:12:41.000Z',
    severity: 'INFORMATIONAL',
    correlation: 'visit/thuan-an-shelter/TTH-96969-TS/20261122T210000Z',
    data: {
      phase: 'left',
      reason: 'moved',
      zone: exampleZone,
      enteredAt: '2026-11-22T21:00:00.000Z',
      staySeconds: 15_161,
      ...vesselExample,
      evidence: exampleCrossing,
    },
  },
});

const directions = ['to-left', 'to-right', 'inward', 'outward'] as const;

const directionWords: Readonly<Record<(typeof directions)[number], Headline>> = {
  'to-left': { vi: 'sang bên trái', en: 'to its left' },
  'to-right': { vi: 'sang bên phải', en: 'to its right' },
  inward: { vi: 'vào trong', en: 'inward' },
  outward: { vi: 'ra ngoài', en: 'outward' },
};

export const boundaryCrossed = defineEvent({
  name: 'fishing-vessel.boundary.crossed',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel crossed a boundary',
  data: () => ({
    direction: wordField(
      'To which side of the line, looking along it from its first corner to its last; or into or out of the area',
      directions,
      'outward',
    ),
    courseDegrees: numberField({
      description: 'Bearing from the position before to the one after, clockwise from true north',
      unit: 'deg',
      minimum: 0,
      maximum: 360,
      example: 92.4,
    }),
    zone: zoneField(),
    ...vesselFields(),
    evidence: crossingEvidenceField(),
  }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const words = directionWords[data.direction];
    const crossed = crossedWords(data.evidence, when);
    return {
      vi: `${vessel.vi} vượt ${zone.vi} ${words.vi} ${crossed.vi}`,
      en: `${vessel.en} crossed ${zone.en} ${words.en} ${crossed.en}`,
    };
  },
  example: {
    ...origin,
    time: '2026-11-23T01:12:41.000Z',
    severity: 'HIGH',
    data: {
      direction: 'to-right',
      courseDegrees: 92.4,
      zone: exampleLine,
      ...vesselExample,
      evidence: exampleCrossing,
    },
  },
});

/** The fields that the events of one condition have in common, besides its own. */
const conditionFields = () => ({
  since: timeField('Since when it was so', '2026-11-23T01:02:44.000Z'),
  zone: zoneField(),
  ...vesselFields(),
  evidence: evidenceField(),
});

const endWords: Readonly<Record<ClearReason, Headline>> = {
  recovered: { vi: 'đã chấm dứt', en: 'ended' },
  superseded: { vi: 'đã được thay thế', en: 'was superseded' },
  'source-lost': { vi: 'không còn theo dõi được (mất tín hiệu)', en: 'cannot be followed any more (not heard)' },
  'config-removed': {
    vi: 'không còn được xét (vùng đã thay đổi)',
    en: 'is not judged any more (the zone was changed)',
  },
};

const ended = (noun: Headline, data: Named & { readonly reason: ClearReason }, { when }: HeadlineWords): Headline => {
  const { vessel, zone } = wordsOf(data);
  const end = endWords[data.reason];
  return {
    vi: `${vessel.vi}: ${noun.vi} ở ${zone.vi} ${end.vi} ${when.vi}`,
    en: `${vessel.en}: ${noun.en} at ${zone.en} ${end.en} ${when.en}`,
  };
};

const stayFields = () => ({
  visit: visitField(),
  limitSeconds: secondsField('Longest stay that the zone allows', 43_200),
  staySeconds: secondsField('How long it was there by then', 43_260),
});
const stayExample = { visit: exampleVisit, limitSeconds: 43_200, staySeconds: 43_260 };
const stayCommon = {
  ...origin,
  correlation: 'zone-stay/thuan-an-shelter/TTH-96969-TS/20261123T011241Z',
  time: '2026-11-23T13:13:41.000Z',
} as const;
export const zoneStayRaised = defineEvent({
  name: 'fishing-vessel.zone-stay.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel stays in a zone for longer than the zone allows',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...stayFields() }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const limit = lasting(data.limitSeconds);
    return {
      vi: `${vessel.vi} ở ${zone.vi} quá ${limit} ${when.vi}`,
      en: `${vessel.en} has been in ${zone.en} for more than ${limit} ${when.en}`,
    };
  },
  example: {
    ...stayCommon,
    severity: 'LOW',
    data: { phase: 'raised', ...conditionExample(exampleZone), ...stayExample },
  },
});

export const zoneStayCleared = defineEvent({
  name: 'fishing-vessel.zone-stay.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A stay beyond the limit of a zone ended',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...stayFields(),
  }),
  headline: (data, words) => ended({ vi: 'việc lưu lại quá thời hạn', en: 'the stay beyond its limit' }, data, words),
  example: {
    ...stayCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...conditionExample(exampleZone), ...stayExample },
  },
});

const approachFields = () => ({
  cause: wordField(
    '`course`: it will reach the boundary, or its buffer, when it goes on like this; `buffer`: it is nearer than the buffer',
    ['course', 'buffer'],
    'course',
  ),
  distanceMetres: numberField({
    description: 'From the boundary now',
    unit: 'm',
    minimum: 0,
    maximum: 1e6,
    example: 4120,
  }),
  closest: z
    .strictObject({
      time: timeField('When', '2026-11-23T01:25:10.000Z'),
      metres: numberField({ description: 'How far from it', unit: 'm', minimum: 0, maximum: 1e6, example: 0 }),
    })
    .meta({ description: 'Closest point of approach to the boundary within the time that is looked ahead' }),
  reachesAt: timeField('When it reaches the boundary, or its buffer', '2026-11-23T01:24:02.000Z'),
  bufferNauticalMiles: numberField({
    description: 'Buffer around the boundary',
    unit: '[nmi_i]',
    minimum: 0,
    maximum: 100,
    example: 1,
  }),
  withinSeconds: secondsField('How far it is looked ahead', 1800),
  filteredSpeedKnots: knotsField('Speed that was reckoned with', 8.4).optional(),
  filteredCourseDegrees: numberField({
    description: 'Course that was reckoned with, clockwise from true north',
    unit: 'deg',
    minimum: 0,
    maximum: 360,
    example: 92.4,
  }).optional(),
});
const approachExample: z.input<z.ZodObject<ReturnType<typeof approachFields>>> = {
  cause: 'course',
  distanceMetres: 4120,
  closest: { time: '2026-11-23T01:25:10.000Z', metres: 0 },
  reachesAt: '2026-11-23T01:24:02.000Z',
  bufferNauticalMiles: 1,
  withinSeconds: 1800,
  filteredSpeedKnots: 8.4,
  filteredCourseDegrees: 92.4,
};
const approachCommon = {
  ...origin,
  correlation: 'boundary-approach/example-boundary/TTH-96969-TS/20261123T011244Z',
  time: '2026-11-23T01:12:44.000Z',
} as const;

export const boundaryApproachRaised = defineEvent({
  name: 'fishing-vessel.boundary-approach.raised',
  lane: 'alert',
  version: '1.0.0',
  summary:
    'A vessel will reach a boundary, or the buffer around it, within a configured time when it goes on like this',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...approachFields() }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const miles = data.distanceMetres / metresPerNauticalMile;
    return {
      vi: `${vessel.vi} đang tiến gần ${zone.vi} ${when.vi}, còn cách ${oneDigit(miles, 'vi')} hải lý`,
      en: `${vessel.en} is approaching ${zone.en} ${when.en}, ${oneDigit(miles, 'en')} nautical miles away`,
    };
  },
  example: {
    ...approachCommon,
    severity: 'MEDIUM',
    data: { phase: 'raised', ...conditionExample(exampleLine), ...approachExample },
  },
});

export const boundaryApproachCleared = defineEvent({
  name: 'fishing-vessel.boundary-approach.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary:
    'A vessel does not approach a boundary any more, or crossed it (`superseded`); the figures are those of the raising',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...approachFields(),
  }),
  headline: (data, words) => ended({ vi: 'việc tiến gần', en: 'the approach' }, data, words),
  example: {
    ...approachCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'superseded', ...conditionExample(exampleLine), ...approachExample },
  },
});

const speedingFields = () => ({
  visit: visitField(),
  limitKnots: knotsField('Speed limit of the zone', 6),
  toleranceKnots: knotsField('By how much it may be exceeded before it counts', 0.5),
  speedKnots: knotsField('Filtered speed over ground now', 8.9),
  highestKnots: knotsField('Highest filtered speed over ground of this condition so far', 8.9),
});
const speedingExample = { visit: exampleVisit, limitKnots: 6, toleranceKnots: 0.5, speedKnots: 8.9, highestKnots: 8.9 };
const speedingHeadline = (
  data: z.infer<z.ZodObject<ReturnType<typeof speedingFields>>> & Named,
  when: Headline,
): Headline => {
  const { vessel, zone } = wordsOf(data);
  const { highestKnots, limitKnots } = data;
  return {
    vi: `${vessel.vi} chạy ${oneDigit(highestKnots, 'vi')} hải lý/giờ trong ${zone.vi} ${when.vi}, giới hạn ${oneDigit(limitKnots, 'vi')}`,
    en: `${vessel.en} makes ${oneDigit(highestKnots, 'en')} kn in ${zone.en} ${when.en}, the limit is ${oneDigit(limitKnots, 'en')}`,
  };
};
const speedingCommon = {
  ...origin,
  correlation: 'speeding/thuan-an-shelter/TTH-96969-TS/20261123T011204Z',
  time: '2026-11-23T01:12:44.000Z',
} as const;

export const speedingRaised = defineEvent({
  name: 'fishing-vessel.speeding.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel is faster than the speed limit of a zone',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...speedingFields() }),
  headline: (data, { when }) => speedingHeadline(data, when),
  example: {
    ...speedingCommon,
    severity: 'MEDIUM',
    data: { phase: 'raised', ...conditionExample(exampleZone), ...speedingExample },
  },
});

export const speedingUpdated = defineEvent({
  name: 'fishing-vessel.speeding.updated',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel that is faster than the speed limit of a zone became clearly faster still',
  data: () => ({ phase: fixedField('Of the condition', 'updated'), ...conditionFields(), ...speedingFields() }),
  headline: (data, { when }) => speedingHeadline(data, when),
  example: {
    ...speedingCommon,
    severity: 'MEDIUM',
    data: { phase: 'updated', ...conditionExample(exampleZone), ...speedingExample },
  },
});

export const speedingCleared = defineEvent({
  name: 'fishing-vessel.speeding.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel keeps the speed limit of a zone again, or left it',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...speedingFields(),
  }),
  headline: (data, words) => ended({ vi: 'việc chạy quá tốc độ', en: 'the speeding' }, data, words),
  example: {
    ...speedingCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...conditionExample(exampleZone), ...speedingExample },
  },
});

const anchoringFields = () => ({
  visit: visitField(),
  atMostKnots: knotsField('Up to this filtered speed over ground a vessel lies', 0.5),
  forSeconds: secondsField('For so long it lay', 600),
});
const anchoringExample = { visit: exampleVisit, atMostKnots: 0.5, forSeconds: 600 };
const anchoringCommon = {
  ...origin,
  correlation: 'forbidden-anchoring/thuan-an-shelter/TTH-96969-TS/20261123T010244Z',
  time: '2026-11-23T01:12:44.000Z',
} as const;

export const forbiddenAnchoringRaised = defineEvent({
  name: 'fishing-vessel.forbidden-anchoring.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel lies where no vessel may',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...anchoringFields() }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    return {
      vi: `${vessel.vi} neo đậu trong ${zone.vi}, nơi cấm neo đậu, ${when.vi}`,
      en: `${vessel.en} lies in ${zone.en}, where anchoring is forbidden, ${when.en}`,
    };
  },
  example: {
    ...anchoringCommon,
    severity: 'MEDIUM',
    data: { phase: 'raised', ...conditionExample(exampleZone), ...anchoringExample },
  },
});

export const forbiddenAnchoringCleared = defineEvent({
  name: 'fishing-vessel.forbidden-anchoring.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel that lay where no vessel may moves again, or left',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...anchoringFields(),
  }),
  headline: (data, words) => ended({ vi: 'việc neo đậu trái phép', en: 'the forbidden anchoring' }, data, words),
  example: {
    ...anchoringCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...conditionExample(exampleZone), ...anchoringExample },
  },
});

const permitsField = () =>
  z
    .strictObject({
      lengthMetres: z
        .strictObject({
          least: numberField({
            description: 'Shortest greatest length (Lmax) that is permitted',
            unit: 'm',
            minimum: 0,
            maximum: 500,
            example: 12,
          }).optional(),
          below: numberField({
            description: 'Greatest length (Lmax) from which on it is not permitted any more',
            unit: 'm',
            minimum: 0,
            maximum: 500,
            example: 15,
          }).optional(),
        })
        .meta({ description: 'Lengths that are permitted' })
        .optional(),
      gear: z
        .array(textField('Gear', 'gillnet', 64))
        .max(50)
        .meta({ description: 'Gear that is permitted' })
        .optional(),
    })
    .meta({ description: 'What the zone permits' });

const broken = ['length', 'gear'] as const;

const brokenField = () =>
  z
    .array(wordField('What of the vessel is not permitted', broken, 'length'))
    .max(broken.length)
    .meta({ description: 'What of the vessel is not permitted' });

const presenceFields = () => ({ visit: visitField(), permits: permitsField(), notPermitted: brokenField() });
const presenceExample: z.input<z.ZodObject<ReturnType<typeof presenceFields>>> = {
  visit: exampleReserveVisit,
  permits: { lengthMetres: { least: 12, below: 15 } },
  notPermitted: ['length'],
};
const presenceCommon = {
  ...origin,
  correlation: 'forbidden-presence/example-reserve/TTH-96969-TS/20261123T003000Z',
  time: '2026-11-23T00:30:00.000Z',
} as const;

export const forbiddenPresenceRaised = defineEvent({
  name: 'fishing-vessel.forbidden-presence.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel is in a zone that does not permit vessels of its length or gear',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...presenceFields() }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    return {
      vi: `${vessel.vi} ở trong ${zone.vi}, nơi không cho phép tàu loại này, ${when.vi}`,
      en: `${vessel.en} is in ${zone.en}, which does not permit such vessels, ${when.en}`,
    };
  },
  example: {
    ...presenceCommon,
    severity: 'MEDIUM',
    data: { phase: 'raised', ...conditionExample(examplePark), ...presenceExample },
  },
});

export const forbiddenPresenceCleared = defineEvent({
  name: 'fishing-vessel.forbidden-presence.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel left a zone that does not permit it, or is known to be permitted now (`superseded`)',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...presenceFields(),
  }),
  headline: (data, words) => ended({ vi: 'sự hiện diện trái phép', en: 'the forbidden presence' }, data, words),
  example: {
    ...presenceCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...conditionExample(examplePark), ...presenceExample },
  },
});

const fishingFields = () => ({
  visit: visitField(),
  ground: wordField(
    '`protected`: nobody may fish here; `not-permitted`: vessels of this length or gear may not',
    ['protected', 'not-permitted'],
    'protected',
  ),
  permits: permitsField().optional(),
  notPermitted: brokenField().optional(),
  pattern: z
    .strictObject({
      gear: textField('Row of the table of speeds', 'trawl', 64),
      leastKnots: knotsField('Slowest speed over ground of the pattern', 2),
      mostKnots: knotsField('Fastest speed over ground of the pattern', 5),
      forSeconds: secondsField('How long it kept to the pattern', 1860),
      positions: countField('Positions that fit the pattern', 14),
    })
    .meta({ description: 'Speeds that are typical of fishing with this gear' }),
  method: fixedField('How it was concluded', 'speed-pattern'),
});
const fishingExample: z.input<z.ZodObject<ReturnType<typeof fishingFields>>> = {
  visit: exampleReserveVisit,
  ground: 'protected',
  pattern: { gear: 'trawl', leastKnots: 2, mostKnots: 5, forSeconds: 1860, positions: 14 },
  method: 'speed-pattern',
};
const fishingCommon = {
  ...origin,
  correlation: 'suspected-fishing/example-reserve/TTH-96969-TS/20261123T010244Z',
  time: '2026-11-23T01:33:44.000Z',
} as const;

export const suspectedFishingRaised = defineEvent({
  name: 'fishing-vessel.suspected-fishing.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A fishing vessel moves as if it fished where it may not',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...conditionFields(), ...fishingFields() }),
  headline: (data, { when }) => {
    const { vessel, zone } = wordsOf(data);
    const stay = lasting(data.pattern.forSeconds);
    return {
      vi: `${vessel.vi} nghi đang đánh bắt trong ${zone.vi} ${when.vi}, đã ${stay}`,
      en: `${vessel.en} moves as if fishing in ${zone.en} ${when.en}, for ${stay} now`,
    };
  },
  example: {
    ...fishingCommon,
    severity: 'HIGH',
    data: { phase: 'raised', ...conditionExample(examplePark), ...fishingExample },
  },
});

export const suspectedFishingCleared = defineEvent({
  name: 'fishing-vessel.suspected-fishing.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A vessel does not move any more as if it fished where it may not, or left',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: reasonField(),
    ...conditionFields(),
    ...fishingFields(),
  }),
  headline: (data, words) => ended({ vi: 'việc nghi đánh bắt', en: 'the suspected fishing' }, data, words),
  example: {
    ...fishingCommon,
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', ...conditionExample(examplePark), ...fishingExample },
  },
});
