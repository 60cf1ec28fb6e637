/** What the center orders over MQTT: read from the connection as it comes, bounded, and handed on. */
import type { IPublishPacket } from 'mqtt';
import type { IncomingCommand } from '../../core/sink.ts';

/** Larger commands are not handed on. */
export const largestCommand = 64 * 2 ** 10;
/** It goes back with the answer; what is longer is nobody's. */
const longestCorrelation = 1024;
const longestTopic = 512;

export interface CommandReader {
  isCommand(topic: string): boolean;
  read(topic: string, payload: Buffer, packet: IPublishPacket): void;
}

/** Without a filter nothing is a command. The filter ends with one `+`. */
export const createCommandReader = (
  sink: string,
  filter: string | undefined,
  onCommand: (command: IncomingCommand) => void,
): CommandReader => {
  const prefix = filter?.replace(/\+$/, '');
  return {
    isCommand: topic => prefix !== undefined && topic.startsWith(prefix),
    read: (topic, payload, { properties = {} }) => {
      const { responseTopic, correlationData } = properties;
      if (payload.length > largestCommand || (correlationData?.length ?? 0) > longestCorrelation) return;
      onCommand({
        sink,
        topic,
        payload,
        ...(responseTopic !== undefined && { responseTopic }),
        ...(correlationData !== undefined && { correlationData }),
      });
    },
  };
};

/** A topic that a publish may have: a broker ends the connection over another one, whoever asked for it. */
export const isAnswerable = (topic: string): boolean =>
  topic.length > 0 && topic.length <= longestTopic && /^[\x20-\x7e]+$/.test(topic) && !/[#+]/.test(topic);
