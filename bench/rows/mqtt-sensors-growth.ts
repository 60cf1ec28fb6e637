import type { BenchRow } from '../row.ts';
import { contestOf, type Load, missingForSensors, startOurs } from '../sensor-relays.ts';

/** As many messages a second from both. */
const few: Load = { sensors: 1000, intervalMs: 1000 };
const many: Load = { sensors: 10_000, intervalMs: 10_000 };

export const row: BenchRow = {
  name: 'mqtt-sensors-growth',
  summary: `CPU time of a message of the whole gateway, with ${many.sensors} MQTT sensors that publish every ${many.intervalMs / 1000} s`,
  unit: 'µs',
  peer: `the same with ${few.sensors} that publish every second`,
  goal: { ratio: { atMost: 1.3 } },
  rounds: 3,
  missing: missingForSensors,
  prepare: contestOf(
    { startRelay: startOurs, load: many },
    { startRelay: startOurs, load: few },
    journey => journey.cpuMicrosecondsPerMessage,
  ),
};
