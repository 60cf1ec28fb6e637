import { lanes } from '../../core/sealed.ts';
import type { GroupTopic } from './protocol.ts';

const topicPattern = /^ioc\/v1\/[a-z0-9-]{1,32}\/[a-z0-9-]{1,32}\/([a-z0-9-]{1,32})\/([a-z]{1,32})\/[a-z0-9-]{1,32}$/;

/** The lane and stream of an event's topic, or undefined when no event belongs there (events.md, Topic). */
export const toGroupTopic = (topic: string): GroupTopic | undefined => {
  const [, service, word] = topicPattern.exec(topic) ?? [];
  const lane = lanes.find(one => one === word);
  return service === undefined || lane === undefined ? undefined : { topic, stream: `${service}/${lane}`, lane };
};
