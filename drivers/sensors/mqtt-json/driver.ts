import { decodingMessages } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { openMqtt } from '../../transports/mqtt.ts';
import { createJsonDecoder } from './codec.ts';
import { mqttJsonConfig, toFilter } from './config.ts';

export const driver = defineDriver({
  name: 'mqtt-json',
  family: 'sensors',
  summary:
    "Sensors that publish JSON over MQTT (Tasmota, Shelly, Zigbee bridges, own firmware), to the gateway's broker or another.",
  host: 'main',
  emits: ['measurement'],
  config: mqttJsonConfig,
  silence: hours(1),
  createDecoder: createJsonDecoder,
  open: (config, device, context) =>
    decodingMessages(
      openMqtt(config, config.topics.map(toFilter), device, context),
      createJsonDecoder(config, device),
      context.count,
    ),
});
