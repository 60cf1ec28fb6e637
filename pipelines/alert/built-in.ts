/** Our own rules: alarm stages of rivers, heat, noise, VN_AQI, and gases above their limit of an hour or of eight. */
import type { Severity } from '../../core/conclusion.ts';
import type { Site } from '../../core/site.ts';
import { hours, type Instant, minutes } from '../../core/time.ts';
import { type AlertConfig, type BuiltIn, lostAfterOf } from './config.ts';
import { heatIndexMethod } from './heat-index.ts';
import { limitAt, noiseLaw, noiseLimitsOn, riverLaw, riverStationOn } from './law.ts';
import type { Level, Rule } from './rule.ts';
import type { Words } from './text.ts';

interface LocalTime {
  /** `2026-11-23` */
  dateOf(time: Instant): string;
  /** 0–23 */
  hourOf(time: Instant): number;
}

const openLocalTime = ({ timeZone }: Site): LocalTime => {
  // Swedish writes dates as ISO 8601 does.
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  const hour = new Intl.DateTimeFormat('en-US', { timeZone, hour: 'numeric', hourCycle: 'h23' });
  return { dateOf: time => date.format(time), hourOf: time => Number(hour.format(time)) };
};

/** Levels that differ in their limit, name and severity only. */
const ladder = (
  hysteresis: number,
  rows: readonly (readonly [threshold: number, severity: Severity, name: Words])[],
): readonly Level[] =>
  rows.map(([threshold, severity, name]) => ({ name, threshold, clear: threshold - hysteresis, severity }));

const stageNames = ['I', 'II', 'III'].map((stage): Words => ({ vi: `báo động ${stage}`, en: `alarm stage ${stage}` }));
const stageSeverities = ['MEDIUM', 'HIGH', 'CRITICAL'] as const;
/** Waves and the wash of boats are about so high after a minute's mean. */
const waterHysteresisMetres = 0.05;

/** Above the highest stage there is no other: people still must know how far above. */
const waterStepMetres = 0.5;

const flood = ({ gauges, over }: AlertConfig, { dateOf }: LocalTime): Rule => {
  const gaugeOf = new Map(gauges.map(gauge => [gauge.device, gauge]));
  return {
    id: 'flood',
    hazard: 'flood',
    figures: ['waterLevel'],
    direction: 'at-least',
    for: minutes(5),
    clearFor: minutes(30),
    lostAfter: Math.max(minutes(30), lostAfterOf(over)),
    text: {
      vi: 'mực nước {value}, trên {level} ({limit}){trend}',
      en: 'water level {value}, at {level} ({limit}){trend}',
    },
    covers: device => gaugeOf.has(device),
    judge: reading => {
      const gauge = gaugeOf.get(reading.device);
      if (gauge === undefined || reading.over !== over) return undefined;
      const station = riverStationOn(dateOf(reading.time), gauge.station);
      if (station === undefined) return undefined;
      const { name, river, stages } = station;
      return {
        name: { vi: `Lũ sông ${river}`, en: `Flood of the ${river} river` },
        // Nine digits: 2.3 - 0.3 is the second stage.
        value: Number((reading.value + gauge.zeroMetres).toPrecision(9)),
        levels: ladder(
          waterHysteresisMetres,
          stages.map(({ metres }, index) => [
            metres,
            stageSeverities[index] ?? 'CRITICAL',
            stageNames[index] ?? { vi: '', en: '' },
          ]),
        ),
        step: waterStepMetres,
        method: riverLaw.method,
        station: { id: gauge.station, name, river, zeroMetres: gauge.zeroMetres },
      };
    },
  };
};

/** NWS: danger from 103 °F, extreme danger from 125 °F. Extreme caution, from 90 °F, is every day of a summer in Hue. */
const heatLevels = ladder(1, [
  [39.4, 'MEDIUM', { vi: 'mức nguy hiểm', en: 'danger' }],
  [51.7, 'HIGH', { vi: 'mức cực kỳ nguy hiểm', en: 'extreme danger' }],
]);

const heat = ({ over }: AlertConfig): Rule => ({
  id: 'heat',
  hazard: 'heat',
  figures: ['heatIndex'],
  direction: 'at-least',
  for: minutes(10),
  clearFor: minutes(30),
  lostAfter: lostAfterOf(over),
  text: {
    vi: 'nhiệt độ cảm nhận {value}, {level} (từ {limit})',
    en: 'it feels like {value}, {level} (from {limit})',
  },
  covers: () => true,
  judge: ({ value, over: length }) =>
    length === over
      ? { name: { vi: 'Nắng nóng', en: 'Heat' }, value, levels: heatLevels, step: 3, method: heatIndexMethod }
      : undefined,
});

const noise = ({ noise: { area, limits: own } }: AlertConfig, { dateOf, hourOf }: LocalTime): Rule => ({
  id: 'noise',
  hazard: 'noise',
  figures: ['LAeq'],
  direction: 'above',
  for: 0,
  clearFor: 0,
  lostAfter: lostAfterOf(hours(1)),
  text: {
    vi: 'mức âm trong giờ qua {value}, giới hạn {limit}',
    en: 'sound level of the last hour {value}, limit {limit}',
  },
  covers: () => true,
  judge: ({ value, time, over }) => {
    if (over !== hours(1)) return undefined;
    const start = time - over;
    const limits = own ?? noiseLimitsOn(dateOf(start), area);
    if (limits === undefined) return undefined;
    return {
      name: { vi: 'Tiếng ồn', en: 'Noise' },
      value,
      levels: ladder(1, [[limitAt(limits, hourOf(start)), 'LOW', { vi: 'vượt giới hạn', en: 'above the limit' }]]),
      method: own === undefined ? noiseLaw.method : 'threshold',
    };
  },
});

/** The levels of QD 1459/QD-TCMT that are worse than its "Trung bình". */
export const airQualityLevels = ladder(5, [
  [100, 'LOW', { vi: 'Kém', en: 'poor' }],
  [150, 'MEDIUM', { vi: 'Xấu', en: 'bad' }],
  [200, 'HIGH', { vi: 'Rất xấu', en: 'very bad' }],
  [300, 'CRITICAL', { vi: 'Nguy hại', en: 'hazardous' }],
]);

const airQuality = (): Rule => ({
  id: 'air-quality',
  hazard: 'air-quality',
  figures: ['airQualityIndex'],
  direction: 'above',
  for: 0,
  clearFor: 0,
  lostAfter: lostAfterOf(hours(1)),
  text: { vi: 'chỉ số VN_AQI của giờ qua {value}, mức {level}', en: 'VN_AQI of the last hour {value}, {level}' },
  covers: () => true,
  judge: ({ value, over }) =>
    over === hours(1)
      ? {
          name: { vi: 'Chất lượng không khí', en: 'Air quality' },
          value,
          levels: airQualityLevels,
          // Half of "Rất xấu" and a quarter of "Nguy hại"; the others are no wider.
          step: 50,
          method: 'QD-1459-QD-TCMT-2019',
        }
      : undefined,
});

/** As people write them. */
const gases: Readonly<Partial<Record<string, string>>> = {
  so2: 'SO₂',
  co: 'CO',
  no2: 'NO₂',
  o3: 'O₃',
  h2s: 'H₂S',
  nh3: 'NH₃',
  hcho: 'HCHO',
};

const gas = (): Rule => ({
  id: 'gas',
  hazard: 'gas',
  figures: ['so2', 'co', 'no2', 'o3', 'h2s', 'nh3', 'hcho'],
  direction: 'above',
  for: 0,
  clearFor: 0,
  lostAfter: lostAfterOf(hours(1)),
  text: { vi: 'trung bình {level} {value}, giới hạn {limit}', en: 'mean of {level} {value}, limit {limit}' },
  covers: () => true,
  judge: ({ figure, value, over, legalLimit }) => {
    const symbol = gases[figure];
    // A day is over when its mean is known: that is no warning.
    if (symbol === undefined || legalLimit === undefined || over > hours(8)) return undefined;
    const count = over / hours(1);
    return {
      part: `${figure}-${count}h`,
      name: { vi: `Khí ${symbol} vượt giới hạn`, en: `${symbol} above its limit` },
      value,
      levels: ladder(legalLimit * 0.05, [[legalLimit, 'MEDIUM', { vi: `${count} giờ`, en: `${count} h` }]]),
      step: legalLimit * 0.5,
      method: 'QCVN-05-2023-BTNMT',
    };
  },
});

const made: Readonly<Record<BuiltIn, (config: AlertConfig, local: LocalTime) => Rule>> = {
  flood,
  heat,
  noise,
  'air-quality': airQuality,
  gas,
};

export const builtInRules = (config: AlertConfig, site: Site): readonly Rule[] => {
  const local = openLocalTime(site);
  return Object.entries(made).flatMap(([name, make]) =>
    config.without.some(left => left === name) ? [] : [make(config, local)],
  );
};
