import { fleetSize } from '../fleet.ts';
import type { BenchRow } from '../row.ts';
import { missingForStation, openStation, stop } from '../station.ts';

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
        // Stopped as an operator stops it: the first round leaves its compiled code for the next.
        const gateway = await station.startGateway();
        await heard;
        const elapsed = performance.now() - began;
        await stop(gateway);
        return elapsed / 1000;
      },
      close: async () => {
        await station[Symbol.asyncDispose]();
      },
    };
  },
};
