import type { BenchRow } from '../row.ts';
import { contestOf, type Load, missingNodeRed, startNodeRed, startOurs } from '../sensor-relays.ts';

const load: Load = { sensors: 1000, intervalMs: 1000 };

export const row: BenchRow = {
  name: 'mqtt-sensors',
  summary: `CPU time of a message of ${load.sensors} MQTT sensors that publish once a second: each second of each becomes an event at the center`,
  unit: 'µs',
  peer: 'Node-RED: MQTT in, function, file, MQTT out',
  goal: {},
  rounds: 3,
  missing: missingNodeRed,
  prepare: contestOf(
    { startRelay: startOurs, load },
    { startRelay: startNodeRed, load },
    journey => journey.cpuMicrosecondsPerMessage,
  ),
};
