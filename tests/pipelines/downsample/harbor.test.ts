/** A busy harbor at the pace of ITU-R M.1371-5 over a thin uplink, and what the center sees of it. The test prints it. */
import { expect, it } from 'vitest';
import { busyTraffic, watchTraffic } from '../../../bench/busy-harbor.ts';
import { minutes } from '../../../core/time.ts';

/** Of a link of 64 kbit/s half, so that a backlog drains beside it. */
const bytesPerSecond = 64_000 / 8 / 2;

it('fits a busy harbor into half of 64 kbit/s, and shows where its vessels are', () => {
  const day = watchTraffic(1, busyTraffic, minutes(10));
  const { vessels, duration, positions, told, events, bytes, errors, errorsUnderWay } = day;
  const rate = (bytes / duration) * 1000;
  process.stdout.write(
    `${vessels} vessels: ${positions} positions became ${told} events (${((100 * told) / positions).toFixed(1)} %); ` +
      `${((events / duration) * 1000).toFixed(2)} events/s, ${rate.toFixed(0)} bytes/s; off the truth by up to ` +
      `${errors.quantile(0.95)} m in 95 %, under way ${errorsUnderWay.quantile(0.95)} m, at most ${errors.quantile(1)} m\n`,
  );
  expect(vessels).toBe(500);
  expect(told / positions).toBeLessThan(0.25);
  expect(rate).toBeLessThan(bytesPerSecond);
  expect(errors.count).toBe(vessels * 120);
  expect(errors.quantile(0.95)).toBeLessThan(60);
  expect(errorsUnderWay.quantile(0.95)).toBeLessThan(80);
});
