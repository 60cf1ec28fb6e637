import { decodingMessages } from '../../../core/decoding.ts';
import { defineDriver } from '../../../core/driver.ts';
import { hours } from '../../../core/time.ts';
import { openMqtt } from '../../transports/mqtt.ts';
import { createOnvifMqttDecoder, eventsLevel, metadataLevel } from './codec.ts';
import { onvifMqttConfig } from './config.ts';
import { seenIn } from './seen.ts';

export const driver = defineDriver({
  name: 'onvif-mqtt',
  family: 'cameras',
  summary:
    "Cameras that publish what they find out and see by themselves over MQTT (ONVIF Profile M), to the gateway's broker or another.",
  host: 'main',
  emits: ['camera-signal', 'detections'],
  config: onvifMqttConfig,
  // A camera publishes when something changes, which at night may be never.
  silence: hours(24),
  createDecoder: createOnvifMqttDecoder,
  seenIn,
  open: (config, device, context) => {
    const filters = [`${config.prefix}/${eventsLevel}/#`, `${config.prefix}/${metadataLevel}/VideoAnalytics/#`];
    const messages = openMqtt(config, filters, device, context);
    return decodingMessages(messages, createOnvifMqttDecoder(config, device), context.count);
  },
});
