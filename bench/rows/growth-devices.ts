import { createGrowth, type Growth, growthBegan, growthInterval } from '../growth.ts';
import type { BenchRow } from '../row.ts';

const few = 10;
const many = 10_000;
/** A minute of the many. */
const observations = 60_000;

const growthOf = (sensors: number): Growth =>
  createGrowth({
    devices: Array.from({ length: sensors }, (_, index) => ({
      id: `air-${index}`,
      driver: 'mqtt-json',
      service: 'environment',
    })),
    observations,
    batchItems: 1,
    observationAt: index => ({
      kind: 'measurement',
      device: `air-${index % sensors}`,
      time: growthBegan + Math.floor(index / sensors) * growthInterval,
      timeFrom: 'device',
      quantity: 'pm25',
      value: 10 + (index % 50),
    }),
  });

export const row: BenchRow = {
  name: 'growth-devices',
  summary: `CPU time of a measurement through its stages and the seal, one a batch, with ${many} sensors`,
  unit: 'µs',
  peer: `the same with ${few} sensors`,
  goal: { ratio: { atMost: 1.3 } },
  prepare: async () => {
    const large = growthOf(many);
    const small = growthOf(few);
    return { ours: async () => large.round(), peer: async () => small.round() };
  },
};
