import { decodingMessages } from '../../../core/decoding.ts';
import { outputSet } from '../../../core/device-commands.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours, minutes } from '../../../core/time.ts';
import { matchesTopic } from '../../protocols/mqtt/topic.ts';
import { openMqtt, type Publish } from '../../transports/mqtt.ts';
import { createJsonDecoder } from './codec.ts';
import { mqttJsonConfig, presenceOf, toFilter, topicsOf } from './config.ts';
import { createCopies } from './copies.ts';
import { framed } from './dialects.ts';
import { createOutputs } from './outputs.ts';
import { seenIn } from './seen.ts';

export const driver = defineDriver({
  name: 'mqtt-json',
  family: 'sensors',
  summary:
    "Sensors that publish JSON over MQTT (Tasmota, Shelly, Zigbee2MQTT, LoRaWAN, own firmware), to the gateway's broker or another.",
  host: 'main',
  emits: ['measurement'],
  config: mqttJsonConfig,
  silence: hours(1),
  // Radio time is dear: few devices of LoRaWAN send more often.
  intervalOf: ({ dialect }) => (dialect !== 'json' && framed.has(dialect) ? minutes(10) : undefined),
  createDecoder: (config, device) => createJsonDecoder(config, device),
  seenIn,
  commands: ({ outputs }) => (Object.keys(outputs).length > 0 ? [outputSet.name] : []),
  open: (config, device, context) => {
    const read = [...topicsOf(config).map(toFilter), ...presenceOf(config)];
    const outputs = createOutputs(config.outputs, topic => read.some(filter => matchesTopic(filter, topic)));
    const filters = [...read, ...outputs.stateTopics];
    const options =
      Object.keys(config.outputs).length > 0
        ? { onConnected: (publish: Publish) => outputs.serve(context.commands, publish) }
        : {};
    const messages = outputs.read(openMqtt(config, filters, device, context, options));
    return decodingMessages(messages, createJsonDecoder(config, device, createCopies()), context.count);
  },
});
