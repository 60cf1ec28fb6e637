/** From the samples of a station to its warnings, through the stages that a gateway runs before this one. */
import { expect, it } from 'vitest';
import type { Conclusion, Item } from '../../../core/conclusion.ts';
import type { QuantityName } from '../../../core/quantity.ts';
import { minutes, seconds } from '../../../core/time.ts';
import { exampleSite } from '../../../events/example-site.ts';
import { stage as aggregate } from '../../../pipelines/aggregate/stage.ts';
import { stage as airQuality } from '../../../pipelines/air-quality/stage.ts';
import { stage as alert } from '../../../pipelines/alert/stage.ts';
import { stage as normalize } from '../../../pipelines/normalize/stage.ts';
import { stage as quality } from '../../../pipelines/quality/stage.ts';
import { toWire } from '../../support/events.ts';

/** 18:00 in Vietnam. */
const begin = Date.UTC(2026, 9, 27, 11);
const device = 'aq-kimlong';

const station = () => {
  const bound = [
    [normalize, {}],
    [quality, { limits: Object.fromEntries(['pm25', 'LAeq', 'no2'].map(name => [name, { flat: 'off' }])) }],
    [aggregate, { periods: ['5m', '1h'] }],
    [airQuality, {}],
    [alert, { over: '5m' }],
  ] as const;
  const running = bound.map(([stage, config]) => stage.bind(config, exampleSite).start(new Map()));
  const told: Conclusion[] = [];
  const pass = (items: readonly Item[], from: number): void => {
    const [stage] = running.slice(from);
    if (items.length === 0) return;
    if (stage !== undefined) pass(stage.step(items).output, from + 1);
    else for (const item of items) if (item.kind === 'conclusion') told.push(item);
  };
  return {
    told,
    measure: (time: number, values: Partial<Record<QuantityName, number>>) =>
      pass(
        Object.entries(values).map(([quantity, value]) => ({
          kind: 'measurement',
          device,
          time,
          timeFrom: 'device',
          quantity: quantity as QuantityName,
          value,
        })),
        0,
      ),
    tick: (now: number) => {
      for (const [index, stage] of running.entries()) pass(stage.tick(now).output, index + 1);
    },
  };
};

it('warns of noise and gas with the first hour and of the air with the second, each caused by the event of that hour', () => {
  const { told, measure, tick } = station();
  for (let minute = 0; minute <= 180; minute += 5) {
    const time = begin + minutes(minute);
    tick(time + seconds(6));
    tick(time + seconds(7));
    const isBad = minute < 120;
    measure(time + seconds(60), { pm25: isBad ? 160 : 159, LAeq: isBad ? 72 : 60, no2: isBad ? 210 : 150 });
  }
  const warnings = told.filter(({ event }) => event.startsWith('warning.'));
  expect(warnings.map(({ time, event, data }) => [(time - begin) / minutes(60), event, data['hazard']])).toEqual([
    [1, 'warning.threshold.raised', 'gas'],
    [1, 'warning.threshold.raised', 'noise'],
    [2, 'warning.threshold.raised', 'air-quality'],
    [3, 'warning.threshold.cleared', 'gas'],
    [3, 'warning.threshold.cleared', 'noise'],
  ]);
  const idsOfHours = new Set(
    told
      .filter(({ event, key }) => event.endsWith('.observed') && key.endsWith('/3600000'))
      .map(item => toWire(item)['id']),
  );
  for (const warning of warnings) expect(idsOfHours).toContain(toWire(warning)['causationid']);
});
