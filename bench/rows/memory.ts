import { sleep } from '../../core/abort.ts';
import { fleetInterval, fleetSize } from '../fleet.ts';
import type { BenchRow } from '../row.ts';
import { missingForStation, openStation, residentMegabytes, stop, untilConnected } from '../station.ts';

const { sensors, vessels } = fleetSize;
const samples = 20;

/** Every sensor and vessel has its say in a round. */
export const row: BenchRow = {
  name: 'memory',
  summary:
    `Resident memory of a gateway without cameras: ${sensors} MQTT sensors with a connection and a login each, and ` +
    `${vessels} vessels, each heard every ${fleetInterval / 1000} s; the highest of ${samples} samples`,
  unit: 'MiB',
  goal: { value: { atMost: 170 } },
  rounds: 3,
  missing: missingForStation,
  prepare: async ({ folder }) => {
    const station = await openStation(folder);
    // The first start after a change compiles, which takes memory that the next one does without.
    const first = await station.startGateway();
    await untilConnected(first, station.fleet, sensors);
    await stop(first);
    const gateway = await station.startGateway();
    await untilConnected(gateway, station.fleet, sensors);
    const { signal } = new AbortController();
    return {
      ours: async () => {
        let highest = 0;
        for (let sample = 0; sample < samples; sample++) {
          await sleep(fleetInterval / samples, signal);
          highest = Math.max(highest, await residentMegabytes(gateway));
        }
        return highest;
      },
      close: async () => {
        await stop(gateway);
        await station[Symbol.asyncDispose]();
      },
    };
  },
};
