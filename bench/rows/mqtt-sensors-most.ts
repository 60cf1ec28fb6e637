import type { BenchRow } from '../row.ts';
import { contestOf, type Load, missingNodeRed, startNodeRed, startOurs } from '../sensor-relays.ts';

const load: Load = { sensors: 10_000, intervalMs: 1000, isTooMuch: true };

export const row: BenchRow = {
  name: 'mqtt-sensors-most',
  summary: `How many messages of ${load.sensors} MQTT sensors that publish once a second are at the center in their time`,
  unit: 'messages/s',
  peer: 'Node-RED: MQTT in, function, file, MQTT out',
  goal: {},
  rounds: 3,
  missing: missingNodeRed,
  prepare: contestOf(
    { startRelay: startOurs, load },
    { startRelay: startNodeRed, load },
    journey => journey.messagesPerSecond,
  ),
};
