import { minutes } from '../../core/time.ts';
import { busyTraffic, watchTraffic } from '../busy-harbor.ts';
import type { BenchRow } from '../row.ts';

const vessels = Object.values(busyTraffic).reduce((sum, count) => sum + count, 0);
const linkKilobits = 64;

export const row: BenchRow = {
  name: 'thin-uplink',
  summary:
    `What a harbor with ${vessels} vessels, each as often on the air as ITU-R M.1371-5 table 1 says, needs of an uplink ` +
    `of ${linkKilobits} kbit/s after downsampling, with the headers of MQTT, TCP and IP; no more than half, so that a ` +
    'backlog drains beside it',
  unit: 'kbit/s',
  peer: 'every position',
  goal: { value: { atMost: linkKilobits / 2 } },
  rounds: 1,
  prepare: async ({ report }) => {
    const kilobits = (settings: Readonly<Record<string, unknown>>): number => {
      const { duration, bytes, errors, errorsUnderWay } = watchTraffic(1, busyTraffic, minutes(10), settings);
      report(
        `off the truth by up to ${errors.quantile(0.95)} m in 95 % of all cases, under way ` +
          `${errorsUnderWay.quantile(0.95)} m, and ${errors.quantile(1)} m at most`,
      );
      return (bytes * 8) / duration;
    };
    return { ours: async () => kilobits({}), peer: async () => kilobits({ every: '0s' }) };
  },
};
