import { expect, test } from 'vitest';
import { createPace } from '../../../sinks/mqtt/pace.ts';

interface Line {
  readonly bytesPerSecond: number;
  /** There and back. */
  readonly roundTripMs: number;
}

/** Keeps as many events on their way over an imagined line as the pace allows. */
const drive = (line: Line, seconds: number, eventBytes = 1000) => {
  const pace = createPace(4 * 2 ** 20);
  const waiting: { readonly sentAt: number; readonly doneAt: number; readonly isAlone: boolean }[] = [];
  const latencies: number[] = [];
  let inFlight = 0;
  let freeAt = 0;
  let now = 0;
  let acknowledged = 0;
  while (now < seconds * 1000) {
    while (inFlight < pace.bytes && waiting.length < 1000) {
      freeAt = Math.max(freeAt, now) + (eventBytes / line.bytesPerSecond) * 1000;
      waiting.push({ sentAt: now, doneAt: freeAt + line.roundTripMs, isAlone: inFlight === 0 });
      inFlight += eventBytes;
    }
    const [done] = waiting.splice(0, 1);
    if (done === undefined) break;
    now = done.doneAt;
    pace.acknowledged({ bytes: eventBytes, latency: now - done.sentAt, inFlight, isAlone: done.isAlone, moment: now });
    inFlight -= eventBytes;
    acknowledged += eventBytes;
    latencies.push(now - done.sentAt);
  }
  const settled = latencies.slice(Math.floor(latencies.length / 2)).sort((a, b) => a - b);
  return {
    p99: settled[Math.floor(settled.length * 0.99)] ?? Number.NaN,
    used: acknowledged / (now / 1000) / line.bytesPerSecond,
    bytes: pace.bytes,
  };
};

test.for([
  // One event alone takes 400 ms there.
  ['NB-IoT', { bytesPerSecond: 5000, roundTripMs: 200 }, 850],
  ['2G', { bytesPerSecond: 20_000, roundTripMs: 150 }, 500],
  ['3G', { bytesPerSecond: 200_000, roundTripMs: 80 }, 500],
  ['a broker that takes 50 a second', { bytesPerSecond: 50_000, roundTripMs: 1 }, 500],
] as const)('keeps the wait over %s short for ten minutes, and the line busy', ([, line, limit]) => {
  const { p99, used } = drive(line, 600);
  expect(p99).toBeLessThan(limit);
  expect(used).toBeGreaterThan(0.8);
});

test('does not starve a satellite, whose way alone takes longer', () => {
  expect(drive({ bytesPerSecond: 100_000, roundTripMs: 700 }, 120).used).toBeGreaterThan(0.8);
});

test('is no limit on a fast line', () => {
  const { bytes, used } = drive({ bytesPerSecond: 50_000_000, roundTripMs: 5 }, 2);
  expect(bytes).toBeGreaterThan(900_000);
  expect(used).toBeGreaterThan(0.5);
});

test('learns that the way itself became longer, and does not send one at a time for it', () => {
  const pace = createPace(2 ** 20);
  const send = (latency: number, rounds: number, from: number): void => {
    for (let round = 0; round < rounds; round++) {
      const inFlight = Math.max(1000, pace.bytes);
      for (let sent = 0; sent < inFlight; sent += 1000) {
        pace.acknowledged({
          bytes: 1000,
          latency,
          inFlight,
          isAlone: inFlight <= 1000,
          moment: from + (round + 1) * latency,
        });
      }
    }
  };
  send(20, 6, 0);
  expect(pace.bytes).toBeGreaterThan(100_000);
  send(600, 40, 1000);
  expect(pace.bytes).toBeGreaterThan(20_000);
});

test('always lets one event through', () => {
  const pace = createPace(2 ** 20);
  for (let round = 0; round < 200; round++) {
    const latency = round === 0 ? 10 : 60_000;
    pace.acknowledged({ bytes: 1000, latency, inFlight: 2000, isAlone: false, moment: round * 100_000 });
  }
  expect(pace.bytes).toBeGreaterThan(0);
});
