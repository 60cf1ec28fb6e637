import type { BenchRow } from '../row.ts';
import { contestOf, type Load, missingNodeRed, startNodeRed, startOurs } from '../sensor-relays.ts';

const load: Load = { sensors: 1000, intervalMs: 1000 };

export const row: BenchRow = {
  name: 'mqtt-sensors-delay',
  summary: `From a message of ${load.sensors} MQTT sensors until a subscriber of the center's broker has it, the slowest of a hundred; ours from the end of the second that it is the mean of`,
  unit: 'ms',
  peer: 'Node-RED: MQTT in, function, file, MQTT out',
  goal: {},
  rounds: 3,
  missing: missingNodeRed,
  prepare: contestOf({ startRelay: startOurs, load }, { startRelay: startNodeRed, load }, journey => journey.p99Ms),
};
