import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { createDecoder } from './codec.ts';
import { sparkplugConfig } from './config.ts';
import { readEdgeNode } from './reading.ts';
import { seenIn } from './seen.ts';

export const driver = defineDriver({
  name: 'sparkplug',
  family: 'sensors',
  summary:
    'Devices of Sparkplug B 3.0 edge nodes (Ignition, PLC gateways, LoRaWAN bridges), by the metrics of their births.',
  host: 'main',
  emits: ['measurement'],
  config: sparkplugConfig,
  silence: hours(1),
  createDecoder,
  seenIn,
  open: readEdgeNode,
});
