/** What may not happen in a zone of a picture, and does. */
import { formatDuration, seconds } from '../core/time.ts';
import { defineEvent, type Headline } from './event-type.ts';
import { fixedField, mediaField, numberField, timeField, wordField } from './fields.ts';
import {
  camera,
  capitalized,
  detectorField,
  exampleDetector,
  exampleObject,
  examplePlace,
  exampleSnapshot,
  exampleZone,
  objectField,
  placeFields,
  wordsOf,
  zoneField,
} from './urban-camera-fields.ts';

const rules = ['loitering', 'restricted-hours', 'stopped', 'wrong-way', 'left-behind'] as const;

/** What is told where a rule is broken, and what has ended; `beyond` names the rule's limit where it has one. */
const words: Readonly<
  Record<
    (typeof rules)[number],
    { readonly raised: (what: Headline, zone: Headline, beyond: Headline) => Headline; readonly noun: Headline }
  >
> = {
  loitering: {
    raised: (what, zone, beyond) => ({
      vi: `${what.vi} ở lại vùng ${zone.vi}${beyond.vi}`,
      en: `${what.en} stays in zone ${zone.en}${beyond.en}`,
    }),
    noun: { vi: 'việc ở lại quá lâu', en: 'the long stay' },
  },
  'restricted-hours': {
    raised: (what, zone) => ({
      vi: `${what.vi} có mặt ở vùng ${zone.vi} trong giờ cấm`,
      en: `${what.en} in zone ${zone.en} at forbidden hours`,
    }),
    noun: { vi: 'việc có mặt trong giờ cấm', en: 'the presence at forbidden hours' },
  },
  stopped: {
    raised: (what, zone, beyond) => ({
      vi: `${what.vi} đứng yên ở vùng ${zone.vi}${beyond.vi}`,
      en: `${what.en} stands still in zone ${zone.en}${beyond.en}`,
    }),
    noun: { vi: 'việc đứng yên', en: 'the standing still' },
  },
  'wrong-way': {
    raised: (what, zone) => ({
      vi: `${what.vi} đi ngược chiều ở vùng ${zone.vi}`,
      en: `${what.en} moves the wrong way in zone ${zone.en}`,
    }),
    noun: { vi: 'việc đi ngược chiều', en: 'the movement the wrong way' },
  },
  'left-behind': {
    raised: (what, zone, beyond) => ({
      vi: `${what.vi} bị bỏ lại ở vùng ${zone.vi}${beyond.vi}`,
      en: `${what.en} left behind in zone ${zone.en}${beyond.en}`,
    }),
    noun: { vi: 'việc bỏ lại đồ vật', en: 'the thing left behind' },
  },
};

const ends = {
  recovered: { vi: 'đã chấm dứt', en: 'ended' },
  'source-lost': { vi: 'không còn theo dõi được', en: 'cannot be followed any more' },
  'config-removed': { vi: 'không còn được xét', en: 'is not judged any more' },
  interrupted: { vi: 'không còn theo dõi được (bị gián đoạn)', en: 'cannot be followed any more (interrupted)' },
} as const;

const commonFields = () => ({
  rule: wordField('The rule of the zone', rules, 'loitering'),
  brokenAt: timeField('When it was broken', '2026-11-22T17:09:10.240Z'),
  enteredAt: timeField('When the object entered the zone', '2026-11-22T17:04:10.240Z'),
  limitSeconds: numberField({
    description: 'How long the rule allows it',
    unit: 's',
    minimum: 0,
    maximum: 86_400,
    example: 300,
  }).optional(),
  object: objectField(),
  zone: zoneField(),
  detector: detectorField(),
  ...placeFields(),
});

const example = {
  ...camera,
  subject: 'zone/quay-1',
  correlation: 'breach/cam-3/20261122T170402Z-187/quay-1/1/loitering/1',
} as const;
const exampleCommon = {
  rule: 'loitering' as const,
  brokenAt: '2026-11-22T17:09:10.240Z',
  enteredAt: '2026-11-22T17:04:10.240Z',
  limitSeconds: 300,
  object: exampleObject,
  zone: exampleZone,
  detector: exampleDetector,
  ...examplePlace,
};

const nameOf = ({
  name,
  englishName = name,
}: {
  readonly name: string;
  readonly englishName?: string | undefined;
}) => ({
  vi: name,
  en: englishName,
});

export const zoneBreachRaised = defineEvent({
  name: 'urban-camera.zone-breach.raised',
  lane: 'alert',
  version: '1.0.0',
  summary: 'An object breaks a rule of a zone of a picture',
  data: () => ({ phase: fixedField('Of the condition', 'raised'), ...commonFields(), media: mediaField().optional() }),
  headline: ({ rule, object, zone, limitSeconds }, { when }) => {
    const what = wordsOf(object.class);
    const limit = limitSeconds === undefined ? '' : formatDuration(seconds(limitSeconds));
    const beyond = limit === '' ? { vi: '', en: '' } : { vi: ` quá ${limit}`, en: ` for more than ${limit}` };
    const told = words[rule].raised({ vi: capitalized(what.vi), en: capitalized(what.en) }, nameOf(zone), beyond);
    return { vi: `${told.vi} ${when.vi}`, en: `${told.en} ${when.en}` };
  },
  example: {
    ...example,
    time: '2026-11-22T17:09:10.240Z',
    severity: 'MEDIUM',
    data: { phase: 'raised', ...exampleCommon, media: [exampleSnapshot] },
  },
});

export const zoneBreachCleared = defineEvent({
  name: 'urban-camera.zone-breach.cleared',
  lane: 'alert',
  version: '1.0.0',
  summary: 'A rule of a zone of a picture is not broken any more',
  data: () => ({
    phase: fixedField('Of the condition', 'cleared'),
    reason: wordField(
      'Why: it is over, or nobody can tell any more',
      ['recovered', 'source-lost', 'config-removed', 'interrupted'],
      'recovered',
    ),
    durationSeconds: numberField({
      description: 'How long it was broken',
      unit: 's',
      minimum: 0,
      maximum: 1e9,
      example: 73.2,
    }).optional(),
    ...commonFields(),
  }),
  headline: ({ rule, object, zone, reason }, { when }) => {
    const [what, name, end] = [wordsOf(object.class), nameOf(zone), ends[reason]];
    const { noun } = words[rule];
    return {
      vi: `${capitalized(what.vi)}: ${noun.vi} ở vùng ${name.vi} ${end.vi} ${when.vi}`,
      en: `${capitalized(what.en)}: ${noun.en} in zone ${name.en} ${end.en} ${when.en}`,
    };
  },
  example: {
    ...example,
    time: '2026-11-22T17:10:23.440Z',
    severity: 'INFORMATIONAL',
    data: { phase: 'cleared', reason: 'recovered', durationSeconds: 73.2, ...exampleCommon },
  },
});
