import type { BenchRow } from '../row.ts';
import { contestOf, type Load, missingForSensors, startBridge, startOurs } from '../sensor-relays.ts';

const load: Load = { sensors: 1000, intervalMs: 1000 };

export const row: BenchRow = {
  name: 'mqtt-sensors-limit',
  summary: `CPU time of a message of ${load.sensors} MQTT sensors that publish once a second; the peer makes no event and keeps nothing`,
  unit: 'µs',
  peer: "mosquitto's bridge",
  goal: {},
  rounds: 3,
  missing: missingForSensors,
  prepare: contestOf(
    { startRelay: startOurs, load },
    { startRelay: startBridge, load },
    journey => journey.cpuMicrosecondsPerMessage,
  ),
};
