import { fleetSize } from '../fleet.ts';
import type { BenchRow } from '../row.ts';
import { kill, missingForStation, openStation } from '../station.ts';

const { sensors, vessels } = fleetSize;

export const row: BenchRow = {
  name: 'start',
  summary:
    'From the start of the process to the first event of a device at the center, on an empty storage folder, with ' +
    `${sensors} MQTT sensors that knock at its door and ${vessels} vessels`,
  unit: 's',
  goal: { value: { atMost: 3 } },
  missing: missingForStation,
  prepare: async ({ folder }) => {
    const station = await openStation(folder);
    return {
      ours: async () => {
        const heard = station.center.nextOfDevice();
        const began = performance.now();
        const gateway = await station.startGateway();
        try {
          await heard;
          return (performance.now() - began) / 1000;
        } finally {
          await kill(gateway);
        }
      },
      close: async () => {
        await station[Symbol.asyncDispose]();
      },
    };
  },
};
