/** What a watch noticed → the conclusion that tells it. */
import type { Cause, Conclusion } from '../../core/conclusion.ts';
import { type Hazard, unitOf } from '../../core/hazard.ts';
import type { Site } from '../../core/site.ts';
import { type Instant, toTimestamp } from '../../core/time.ts';
import type { KnownEvent } from '../../events/names.ts';
import type { Reading } from './reading.ts';
import type { Judgement, Rule } from './rule.ts';
import { fill, trendWords, valueWords } from './text.ts';
import { type Change, type Open, ratePerHourOf, type Watch } from './watch.ts';

type Fields = Readonly<Record<string, unknown>>;

const categories: Readonly<Record<Hazard, Fields>> = {
  flood: { category: 'naturalDisaster', subCategory: 'flood' },
  heat: { category: 'weather', subCategory: 'heatWave' },
  noise: { category: 'environment' },
  'air-quality': { category: 'environment', subCategory: 'airPollution' },
  gas: { category: 'environment', subCategory: 'airPollution' },
  other: { category: 'environment' },
};

const compact = (time: Instant): string => toTimestamp(time).replaceAll(/[-:.]/g, '');
const rounded = (value: number): number => Number(value.toPrecision(9));

const events = {
  raised: 'warning.threshold.raised',
  updated: 'warning.threshold.updated',
  cleared: 'warning.threshold.cleared',
} as const satisfies Record<string, KnownEvent>;
type Phase = keyof typeof events;

const keyOf = ({ key }: Watch, { raisedAt }: Open, number: number): string => `${key}/${raisedAt}/${number}`;

const conclude = (
  watch: Watch,
  open: Open,
  phase: Phase,
  time: Instant,
  cause: Cause | undefined,
  more: Fields,
): Conclusion => {
  const { device } = watch;
  const number = open.told;
  const previousAt = open.toldAt;
  open.told++;
  open.toldAt = time;
  return {
    kind: 'conclusion',
    event: events[phase],
    source: device,
    device,
    subject: `station/${device}`,
    time,
    key: keyOf(watch, open, number),
    severity: open.severity,
    correlation: `threshold/${watch.key}/${compact(open.raisedAt)}`,
    ...(cause !== undefined && { cause }),
    data: {
      ...open.data,
      ...more,
      phase,
      dateIssued: toTimestamp(time),
      number,
      ...(number > 0 && { previousAt: toTimestamp(previousAt) }),
      peak: { value: rounded(open.peak.value), time: toTimestamp(open.peak.time) },
    },
  };
};

const dataOf = (watch: Watch, rule: Rule, reading: Reading, judged: Judgement, open: Open, site: Site): Fields => {
  const { device } = watch;
  const { figure, time, over, quality, assurance } = reading;
  const { name, levels, method, station } = judged;
  const level = levels[watch.level - 1];
  if (level === undefined) return open.data;
  const rate = ratePerHourOf(watch);
  const { name: place = device, location } = site.devices.get(device) ?? {};
  const entity = `${site.city}-${site.gateway}-`;
  return {
    id: `urn:ngsi-ld:Alert:${entity}${watch.key.replaceAll('/', '-')}-${compact(open.raisedAt)}`,
    type: 'Alert',
    ...categories[rule.hazard],
    alertSource: `urn:ngsi-ld:Device:${entity}${device}`,
    hazard: rule.hazard,
    rule: { id: rule.id, name },
    method,
    device,
    place,
    since: toTimestamp(open.since),
    figure,
    value: rounded(judged.value),
    unit: unitOf(figure),
    observedAt: toTimestamp(time),
    periodSeconds: over / 1000,
    ...(quality !== undefined && { quality }),
    ...(assurance !== undefined && { assurance }),
    level: { number: watch.level, of: levels.length, name: level.name },
    limits: {
      direction: rule.direction,
      threshold: level.threshold,
      clear: rounded(level.clear),
      forSeconds: rule.for / 1000,
      clearForSeconds: rule.clearFor / 1000,
      lostAfterSeconds: rule.lostAfter / 1000,
    },
    ...(rate !== undefined && { ratePerHour: Number(rate.toPrecision(3)) }),
    ...(station !== undefined && { station }),
    ...(location !== undefined && { location: { type: 'Point', coordinates: location }, locationOf: 'sensor' }),
  };
};

/** The sentence of the rule with what was measured. */
const textOf = (watch: Watch, rule: Rule, { figure }: Reading, { value, levels }: Judgement): Fields => {
  const level = levels[watch.level - 1];
  if (level === undefined) return {};
  return {
    text: fill(rule.text, {
      value: valueWords(value, figure),
      limit: valueWords(level.threshold, figure),
      level: level.name,
      trend: trendWords(ratePerHourOf(watch), figure),
    }),
  };
};

/** Tells of what a value changed. */
export const tellChange = (
  watch: Watch,
  rule: Rule,
  change: Change,
  reading: Reading,
  judged: Judgement,
  site: Site,
): Conclusion => {
  const { time, over, cause } = reading;
  const open: Open = watch.open ?? {
    raisedAt: time,
    since: watch.beyond[0] ?? time,
    over,
    told: 0,
    toldAt: time,
    toldValue: judged.value,
    worseSince: undefined,
    peak: { value: judged.value, time },
    severity: 'INFORMATIONAL',
    data: {},
  };
  watch.open = open;
  open.toldValue = judged.value;
  open.worseSince = undefined;
  open.data = dataOf(watch, rule, reading, judged, open, site);
  open.severity = change === 'clear' ? 'INFORMATIONAL' : (judged.levels[watch.level - 1]?.severity ?? open.severity);
  switch (change) {
    case 'raise':
      return conclude(watch, open, 'raised', time, cause, textOf(watch, rule, reading, judged));
    case 'clear':
      watch.open = undefined;
      watch.level = 0;
      return conclude(watch, open, 'cleared', time, cause, { reason: 'recovered' });
    default:
      return conclude(watch, open, 'updated', time, cause, { change, ...textOf(watch, rule, reading, judged) });
  }
};

/**
 * Ends what no value ends. A warning whose sensor is lost keeps its severity: nobody knows that it is over. It is caused
 * by what raised it.
 */
export const tellEnd = (
  watch: Watch,
  open: Open,
  reason: 'source-lost' | 'config-removed',
  now: Instant,
): Conclusion => {
  const { raisedAt } = open;
  watch.open = undefined;
  watch.level = 0;
  if (reason === 'config-removed') open.severity = 'INFORMATIONAL';
  const raised: Cause = { event: events.raised, source: watch.device, time: raisedAt, key: keyOf(watch, open, 0) };
  return conclude(watch, open, 'cleared', Math.max(now, open.toldAt), raised, { reason });
};
