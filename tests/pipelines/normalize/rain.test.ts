/** Rain from the counter of a gauge to its sums: the stages normalize and aggregate one behind the other. */
import { expect, it } from 'vitest';
import type { Item } from '../../../core/conclusion.ts';
import type { Measurement } from '../../../core/observation.ts';
import { hours, minutes, seconds } from '../../../core/time.ts';
import { stage as aggregate } from '../../../pipelines/aggregate/stage.ts';
import { stage as normalize } from '../../../pipelines/normalize/stage.ts';
import { drive } from '../../support/events.ts';

/** Midnight in Vietnam. */
const midnight = Date.UTC(2026, 10, 22, 17);
const millimetersPerTip = 0.2;

const drivePipeline = () => {
  const first = drive(normalize);
  const last = drive(aggregate);
  let passed = 0;
  const passOn = (): readonly Item[] => {
    const items = first.items.slice(passed);
    passed = first.items.length;
    return items;
  };
  return {
    tick: (now: number) => {
      first.tick(now);
      last.tick(now);
    },
    step: (...batch: readonly Item[]) => {
      first.step(...batch);
      last.step(...passOn());
    },
    /** Both stages' changes of a step are one transaction: what a crash leaves is always of the same step. */
    restart: () => {
      first.restart();
      last.restart();
    },
    sumsOver: (length: number) =>
      last.conclusions
        .filter(({ key }) => Number(key.split('/')[1]) === length)
        .map(({ data }) => data as { precipitation?: number; precipitationTotal?: number; quality?: object }),
    /** Until every period is told. */
    settle: () => {
      for (let after = hours(25); after < hours(28); after += minutes(30)) last.tick(midnight + after);
    },
  };
};

const stand = (time: number, tips: number, more: Partial<Measurement> = {}): Measurement => ({
  kind: 'measurement',
  device: 'rain-kimlong',
  time,
  timeFrom: 'gateway',
  quantity: 'precipitationTotal',
  value: Number((tips * millimetersPerTip).toFixed(6)),
  ...more,
});

/** Stands of three hours, one each half minute: a counter that was set back, one that ran over, then one more. */
const threeHours = (): readonly Measurement[] => {
  const rollover = 65_536 * millimetersPerTip;
  return Array.from({ length: 360 }, (_, index) => {
    // A tip a minute.
    const fallen = Math.floor(index / 2);
    const tips = index < 200 ? (65_500 + fallen) % 65_536 : fallen - 100;
    return stand(midnight + index * seconds(30), tips, { rollover });
  });
};

const run = (isRestartedAt: (index: number) => boolean) => {
  const driven = drivePipeline();
  for (const [index, sample] of threeHours().entries()) {
    driven.tick(sample.time + 1);
    driven.step(sample);
    if (isRestartedAt(index)) driven.restart();
  }
  driven.settle();
  return driven;
};

it('sums rain per minute, hour and day over a rollover and a reset of the counter, the same whenever the gateway restarts', () => {
  const driven = run(() => false);
  const days = driven.sumsOver(hours(24));
  // 179 tips fell. The hundredth came between the last stand and the reset: no counter tells of it, hence suspect.
  expect(days).toMatchObject([{ precipitation: 35.6, quality: { precipitation: 'suspect' } }]);
  expect(driven.sumsOver(hours(1)).map(({ precipitation }) => precipitation)).toEqual([11.8, 11.8, 12]);
  const byMinute = driven.sumsOver(minutes(1)).map(({ precipitation = 0 }) => precipitation);
  expect(Math.max(...byMinute)).toBeLessThanOrEqual(0.4);
  expect(byMinute.reduce((sum, each) => sum + each, 0)).toBeCloseTo(35.6, 6);
  for (const every of [7, 60]) {
    const restarted = run(index => index % every === 0);
    for (const length of [minutes(1), hours(1), hours(24)])
      expect(restarted.sumsOver(length), `${length} ms, restarted every ${every}`).toEqual(driven.sumsOver(length));
  }
});

it('counts what fell while the gateway was away for some minutes once, and shows the counter itself beside it', () => {
  const driven = drivePipeline();
  driven.step(stand(midnight, 100), stand(midnight + minutes(1), 101));
  driven.restart();
  // A redelivery of the last stand, then the next one after the pause.
  driven.step(
    stand(midnight + minutes(1), 101),
    stand(midnight + minutes(20), 131),
    stand(midnight + minutes(20), 131),
  );
  driven.settle();
  expect(driven.sumsOver(hours(24))).toMatchObject([
    { precipitation: 6.2, precipitationTotal: 26.2, quality: { precipitation: 'pass' } },
  ]);
});

it('keeps in a sum what fell at a time that nobody knows, and says so', () => {
  const driven = drivePipeline();
  driven.step(stand(midnight, 100), stand(midnight + minutes(1), 101));
  driven.step(stand(midnight + hours(5), 151), stand(midnight + hours(5) + minutes(1), 152));
  driven.settle();
  expect(driven.sumsOver(hours(24))).toMatchObject([
    { precipitation: 10.4, samples: { precipitation: 3 }, quality: { precipitation: 'suspect' } },
  ]);
});
