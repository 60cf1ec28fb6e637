import { expect, it } from 'vitest';
import { exampleSite } from '../../../events/example-site.ts';
import { estimateTraffic, type TrafficSource } from '../../../gateway/runtime/estimate.ts';

const air: TrafficSource = { device: 'aq-kimlong', emits: ['measurement'], quantities: ['pm25', 'pm10'] };
const vessels: TrafficSource = { device: 'ais-1', emits: ['vessel-position', 'vessel-static'] };
const camera: TrafficSource = { device: 'cam-3', emits: ['detections'] };

const estimateOne = (source: TrafficSource, stages: readonly { stage: string; [key: string]: unknown }[]) => {
  const [estimate] = estimateTraffic(exampleSite, [{ name: 'one', from: [source.device], stages }], [source]);
  if (estimate === undefined) throw new Error('nothing was estimated');
  return estimate;
};

it('counts one event a minute and Smart Data Model for a sensor whose samples become means of a minute', () => {
  const estimate = estimateOne(air, [{ stage: 'normalize' }, { stage: 'aggregate', periods: ['1m'] }]);
  expect(estimate.eventsPerDay).toBe(1440);
  expect(estimate.bytesPerDay / 1440).toBeGreaterThan(900);
  expect(estimate.bytesPerDay / 1440).toBeLessThan(2000);
  expect(estimate.assumed).toBe('2 quantities');
});

it('follows the configuration of the stages', () => {
  const often = estimateOne(air, [{ stage: 'aggregate', periods: ['10s'] }]);
  const seldom = estimateOne(air, [{ stage: 'aggregate', periods: ['10m'] }]);
  expect(often.eventsPerDay).toBe(8640);
  expect(seldom.eventsPerDay).toBe(144);
});

it('assumes vessels and objects, and says so', () => {
  const [ais, picture] = estimateTraffic(
    exampleSite,
    [
      { name: 'vessels', from: ['ais-1'], stages: [{ stage: 'track' }, { stage: 'downsample', every: '30s' }] },
      { name: 'cameras', from: ['cam-3'], stages: [{ stage: 'zones' }] },
    ],
    [vessels, camera],
  );
  expect(ais).toMatchObject({ device: 'ais-1', assumed: '20 vessels under way' });
  expect(ais?.eventsPerDay).toBe(20 * 2 * 60 * 24);
  expect(picture).toMatchObject({ assumed: '30 objects an hour, without pictures', eventsPerDay: 30 * 24 });
});

it('is nothing for a device that no pipeline reads', () => {
  const [estimate] = estimateTraffic(exampleSite, [{ name: 'one', from: ['cam-3'], stages: [] }], [air]);
  expect(estimate).toMatchObject({ eventsPerDay: 0, bytesPerDay: 0 });
});

it('uses the default pipelines where the configuration names none', () => {
  const estimates = estimateTraffic(exampleSite, [], [air, vessels, camera]);
  expect(estimates.map(({ eventsPerDay }) => eventsPerDay > 0)).toEqual([true, true, true]);
});
