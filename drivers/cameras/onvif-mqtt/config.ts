import { z } from 'zod';
import { isTopicName } from '../../protocols/mqtt/topic.ts';
import { mqttFields, refineMqttFields } from '../../transports/mqtt.ts';

export const onvifMqttConfig = z
  .strictObject({
    ...mqttFields,
    prefix: z
      .string()
      .max(256)
      .refine(text => isTopicName(text) && !text.endsWith('/'), 'expected topic levels such as "cameras/gate"')
      .describe('The TopicPrefix that was given to the camera, another one for each.'),
  })
  .superRefine(refineMqttFields);
