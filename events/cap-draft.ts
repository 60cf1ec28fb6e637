/**
 * A warning → a message of the Common Alerting Protocol (OASIS CAP 1.2, 2010-07-01), in Vietnamese and English, as a
 * draft for the duty officer. Never more: whom the public is warned by is a matter of law, and no gateway is among them.
 * So its status is Draft, or Test where the event tells of nothing real, and its scope Restricted. Pure.
 */
import { XMLBuilder } from 'fast-xml-parser';
import { z } from 'zod';
import { type Severity, severities } from '../core/conclusion.ts';
import { GatewayError } from '../core/errors.ts';
import { type Hazard, hazards } from '../core/hazard.ts';
import { eventStatuses } from '../core/sealed.ts';
import type { Headline } from './event-type.ts';

export interface CapOptions {
  /** IANA name of the zone in which times are told: CAP demands an offset, and no `Z`. */
  readonly timeZone: string;
  /** Around the place of the sensor. 0: the point alone, as nobody measured more. */
  readonly radiusKilometres: number;
}

const severityNames = Object.keys(severities) as [Severity, ...Severity[]];
const words = z.object({ vi: z.string(), en: z.string() });

/** What a draft is made of; the rest of the event stays with the event. */
const warning = z.object({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.iso.datetime(),
  correlationid: z.string(),
  areacode: z.string(),
  eventstatus: z.enum(eventStatuses),
  severitytext: z.enum(severityNames),
  data: z.object({
    phase: z.enum(['raised', 'updated', 'cleared']),
    reason: z.enum(['recovered', 'source-lost', 'config-removed']).optional(),
    headline: words,
    text: words.optional(),
    dateIssued: z.iso.datetime(),
    previousAt: z.iso.datetime().optional(),
    number: z.int().min(0),
    hazard: z.enum(hazards),
    rule: z.object({ id: z.string(), name: words }),
    method: z.string(),
    place: z.string(),
    since: z.iso.datetime(),
    figure: z.string(),
    value: z.number(),
    unit: z.string(),
    observedAt: z.iso.datetime(),
    periodSeconds: z.number(),
    quality: z.string().optional(),
    assurance: z.string().optional(),
    level: z.object({ number: z.number(), of: z.number(), name: words }),
    limits: z.object({ direction: z.string(), threshold: z.number() }),
    ratePerHour: z.number().optional(),
    peak: z.object({ value: z.number(), time: z.iso.datetime() }),
    station: z.object({ id: z.string(), name: z.string(), river: z.string() }).optional(),
    location: z.object({ coordinates: z.tuple([z.number(), z.number()]) }).optional(),
  }),
});
type Warning = z.output<typeof warning>;

const warningType = /^vn\.ioc\.warning\.threshold\.(?:raised|updated|cleared)\.v1$/;

const parse = (event: unknown): Warning => {
  const type = z.object({ type: z.string() }).safeParse(event).data?.type;
  if (type === undefined || !warningType.test(type))
    throw new GatewayError(
      'config',
      `this is ${type === undefined ? 'no event' : `an event ${type}`}, and no warning`,
      {
        advice: 'Give an event whose type begins with "vn.ioc.warning.threshold.", whole as it was published.',
      },
    );
  const read = warning.safeParse(event);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new GatewayError('config', `the warning is not whole: ${issue?.path.join('.')}: ${issue?.message}`, {
    advice: 'Give the event as it was published, with all its attributes and its data.',
  });
};

/** Beyond them XML 1.0 has no way to write a character. */
const unwritable = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** CAP 1.2, 3.3.2: `2026-10-27T20:00:00+07:00`. */
const createTimes = (timeZone: string): ((instant: string) => string) => {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return instant => {
    const time = Date.parse(instant);
    const name = offset.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    return `${parts.format(time).replace(' ', 'T')}${name === 'GMT' ? '+00:00' : name.slice(3)}`;
  };
};

/** CAP 1.2, 3.2.2 `category` and `event`. Floods are of meteorology there. */
const kinds: Readonly<
  Record<Hazard, { readonly categories: readonly string[]; readonly event: Headline | undefined }>
> = {
  flood: { categories: ['Met'], event: { vi: 'Lũ', en: 'Flood' } },
  heat: { categories: ['Met', 'Health'], event: { vi: 'Nắng nóng', en: 'Heat' } },
  noise: { categories: ['Env'], event: { vi: 'Tiếng ồn', en: 'Noise' } },
  'air-quality': { categories: ['Env', 'Health'], event: { vi: 'Ô nhiễm không khí', en: 'Air pollution' } },
  gas: { categories: ['Env', 'Health'], event: { vi: 'Khí độc hại', en: 'Hazardous gas' } },
  other: { categories: ['Other'], event: undefined },
};

const capSeverities: Readonly<Record<Severity, string>> = {
  INFORMATIONAL: 'Minor',
  LOW: 'Minor',
  MEDIUM: 'Moderate',
  HIGH: 'Severe',
  CRITICAL: 'Extreme',
};

interface Standing {
  readonly msgType: 'Alert' | 'Update' | 'Cancel';
  /** `Assess` is not for the public, by CAP itself: the officer is to judge. */
  readonly responseType: 'Assess' | 'AllClear';
  readonly urgency: 'Immediate' | 'Expected' | 'Past' | 'Unknown';
  readonly certainty: 'Observed' | 'Unknown';
}

const standingOf = ({ severitytext, data: { phase, reason } }: Warning): Standing => {
  if (reason === 'recovered')
    return { msgType: 'Update', responseType: 'AllClear', urgency: 'Past', certainty: 'Observed' };
  if (phase === 'cleared') {
    const msgType = reason === 'config-removed' ? 'Cancel' : 'Update';
    return { msgType, responseType: 'Assess', urgency: 'Unknown', certainty: 'Unknown' };
  }
  return {
    msgType: phase === 'raised' ? 'Alert' : 'Update',
    responseType: 'Assess',
    urgency: severities[severitytext] >= severities.HIGH ? 'Immediate' : 'Expected',
    certainty: 'Observed',
  };
};

/** `ioc.hue.gw-017`: no spaces, commas, `<` or `&`. */
const senderOf = ({ source }: Warning): string => source.split('/').slice(1, 4).join('.');
const identifierOf = (warned: Warning, number: number): string =>
  `${senderOf(warned)}.${warned.correlationid.split('/').slice(1).join('.')}.${number}`;

/**
 * Which message of the condition it is, and the one before. What the gateway itself ended, since rule or device are gone,
 * carries the data that were told last.
 */
const placeOf = ({ time, data: { number, dateIssued, previousAt } }: Warning) => {
  if (time !== dateIssued) return { number: number + 1, previousAt: dateIssued };
  return { number, previousAt };
};

const note: Headline = {
  vi: 'Bản nháp do máy lập từ số liệu quan trắc tự động. Không phải bản tin cảnh báo: chỉ cơ quan có thẩm quyền được phát tin.',
  en: 'Draft, made by a machine from what sensors measured. No warning: only the competent authority issues one.',
};

const measured: Readonly<Record<'measured' | 'limit' | 'peak' | 'since' | 'rule', Headline>> = {
  measured: { vi: 'Quan trắc', en: 'Measured' },
  limit: { vi: 'Ngưỡng', en: 'Limit' },
  peak: { vi: 'Giá trị xấu nhất', en: 'Worst value' },
  since: { vi: 'Từ', en: 'Since' },
  rule: { vi: 'Căn cứ', en: 'By' },
};

const describe = ({ data }: Warning, language: Language, timeOf: (instant: string) => string): string => {
  const { headline, text, value, unit, figure, observedAt, limits, level, peak, since, method } = data;
  const isIndicative = data.assurance === 'indicative' || data.quality === 'suspect';
  const doubt = { vi: 'Số liệu chỉ có tính tham khảo.', en: 'The data are indicative only.' };
  return [
    text === undefined ? `${headline[language]}.` : `${data.rule.name[language]}: ${text[language]}.`,
    `${measured.measured[language]}: ${figure} ${value} ${unit}, ${timeOf(observedAt)}.`,
    `${measured.limit[language]}: ${limits.threshold} ${unit} (${level.name[language]}).`,
    `${measured.peak[language]}: ${peak.value} ${unit}, ${timeOf(peak.time)}.`,
    `${measured.since[language]}: ${timeOf(since)}. ${measured.rule[language]}: ${method}.`,
    ...(isIndicative ? [doubt[language]] : []),
    note[language],
  ].join(' ');
};

type Language = keyof Headline;
const languages: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-US' };

const parametersOf = ({ id, data }: Warning): readonly object[] => {
  const {
    rule,
    method,
    figure,
    value,
    unit,
    periodSeconds,
    quality,
    assurance,
    limits,
    level,
    ratePerHour,
    peak,
    station,
  } = data;
  const named = {
    'ioc:eventId': id,
    'ioc:rule': rule.id,
    'ioc:method': method,
    'ioc:figure': figure,
    'ioc:value': value,
    'ioc:unit': unit,
    'ioc:periodSeconds': periodSeconds,
    'ioc:threshold': limits.threshold,
    'ioc:level': `${level.number}/${level.of}`,
    'ioc:ratePerHour': ratePerHour,
    'ioc:peak': peak.value,
    'ioc:quality': quality,
    'ioc:assurance': assurance,
    // The alarm stage of a river is another scale than the risk level 1 to 5 of QĐ 18/2021: that one only people give.
    'vn:tramThuyVan': station && `${station.name}, sông ${station.river}`,
    'vn:baoDongLu': station && ['I', 'II', 'III'][level.number - 1],
  };
  return Object.entries(named).flatMap(([valueName, value]) => (value === undefined ? [] : [{ valueName, value }]));
};

const areaOf = ({ areacode, data: { place, location } }: Warning, { radiusKilometres }: CapOptions): object => {
  const [longitude, latitude] = location?.coordinates ?? [];
  return {
    areaDesc: place,
    ...(location !== undefined && { circle: `${latitude},${longitude} ${radiusKilometres}` }),
    geocode: { valueName: 'vn:maDonViHanhChinh', value: areacode },
  };
};

/**
 * The XML of the draft. `event` is a `warning.threshold.….v1` as it was published; throws `config` for anything else.
 */
export const toCapDraft = (event: unknown, options: CapOptions): string => {
  const warned = parse(event);
  const { source, time, correlationid, eventstatus, severitytext, data } = warned;
  const { number, previousAt } = placeOf(warned);
  const timeOf = createTimes(options.timeZone);
  const { msgType, responseType, urgency, certainty } = standingOf(warned);
  const kind = kinds[data.hazard];
  const info = (Object.keys(languages) as Language[]).map(language => ({
    language: languages[language],
    category: kind.categories,
    event: (kind.event ?? data.rule.name)[language],
    responseType,
    urgency,
    severity: capSeverities[severitytext],
    certainty,
    onset: timeOf(data.since),
    senderName: source,
    headline: data.headline[language],
    description: describe(warned, language, timeOf),
    parameter: parametersOf(warned),
    area: areaOf(warned, options),
  }));
  const alert = {
    '@xmlns': 'urn:oasis:names:tc:emergency:cap:1.2',
    identifier: identifierOf(warned, number),
    sender: senderOf(warned),
    sent: timeOf(time),
    status: eventstatus === 'actual' ? 'Draft' : 'Test',
    msgType,
    scope: 'Restricted',
    restriction: "For the duty officers of the city's operations center",
    note: `${note.vi} ${note.en}`,
    ...(previousAt !== undefined && {
      references: `${senderOf(warned)},${identifierOf(warned, number - 1)},${timeOf(previousAt)}`,
    }),
    incidents: correlationid,
    info,
  };
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true });
  const xml = builder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, alert });
  return String(xml).replaceAll(unwritable, '');
};
