/** Cameras among the messages of a broker, by the levels that ONVIF gives their topics. */
import type { Seen } from '../../../core/driver.ts';
import type { Message } from '../../../core/message.ts';
import { createOnvifMqttDecoder, eventsLevel, metadataLevel } from './codec.ts';

const prefixOf = (topic: string): string | undefined =>
  new RegExp(`^(.+?)/(?:${eventsLevel}|${metadataLevel})/`).exec(topic)?.[1];

const count = (topics: readonly string[], level: string): number =>
  topics.filter(topic => topic.includes(`/${level}/`)).length;

export const seenIn = (messages: readonly Message[]): readonly Seen[] => {
  const byPrefix = Map.groupBy(messages, ({ channel }) => prefixOf(channel));
  return [...byPrefix].flatMap(([prefix, own]): readonly Seen[] => {
    if (prefix === undefined) return [];
    const decode = createOnvifMqttDecoder({ prefix }, 'seen');
    // Others may have such levels in their topics as well.
    if (own.every(message => decode(message).every(({ kind }) => kind === 'malformed'))) return [];
    const topics = [...new Set(own.map(({ channel }) => channel))];
    const remark = `ONVIF over MQTT: topics of events ${count(topics, eventsLevel)}, of metadata ${count(topics, metadataLevel)}`;
    return [{ name: prefix.split('/').at(-1) ?? prefix, config: { prefix }, remarks: [remark], topics }];
  });
};
