import { formatDuration } from '../../core/time.ts';
import { createGrowth, type Growth, growthBegan, growthInterval } from '../growth.ts';
import type { BenchRow } from '../row.ts';

const few = 100;
const many = 100_000;
/** Half a minute of the many. */
const observations = 300_000;

/** Reports of a vessel on its way there, and as many back. */
const leg = 100;
/** Every third report becomes an event: with longer times a round of few vessels would tell more than one of many. */
const told = 3;
/** 8.3 kn over `growthInterval` at this latitude. */
const degreesPerReport = 0.0004;

const growthOf = (vessels: number): Growth =>
  createGrowth({
    devices: [{ id: 'ais-1', driver: 'ais-receiver', service: 'fishing-vessel' }],
    pipelines: [
      {
        name: 'vessels',
        from: ['ais-1'],
        stages: [{ stage: 'track' }, { stage: 'downsample', every: formatDuration(told * growthInterval) }],
      },
    ],
    observations,
    batchItems: 100,
    observationAt: index => {
      const vessel = index % vessels;
      const turn = Math.floor(index / vessels);
      const phase = turn % (2 * leg);
      const isBack = phase > leg;
      return {
        kind: 'vessel-position',
        device: 'ais-1',
        time: growthBegan + turn * growthInterval,
        timeFrom: 'gateway',
        mmsi: 574_000_000 + vessel,
        stationClass: 'A',
        messageType: 1,
        longitude: 107 + vessel / many + (isBack ? 2 * leg - phase : phase) * degreesPerReport,
        latitude: 16.5,
        accurate: true,
        sogKnots: 8.3,
        cogDegrees: isBack ? 270 : 90,
      };
    },
  });

export const row: BenchRow = {
  name: 'growth-tracks',
  summary: `CPU time of a vessel's position through its stages and the seal, every third one told, with ${many} vessels`,
  unit: 'µs',
  peer: `the same with ${few} vessels`,
  goal: { ratio: { atMost: 1.3 } },
  prepare: async () => {
    const large = growthOf(many);
    const small = growthOf(few);
    return { ours: async () => large.round(), peer: async () => small.round() };
  },
};
