/** What can be switched at a device: orders go to a topic, and where the device reports its state it has to say so. */
import type { z } from 'zod';
import { aborted } from '../../../core/abort.ts';
import type { CommandPort } from '../../../core/command.ts';
import { outputSet } from '../../../core/device-commands.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { MessageBatch } from '../../../core/message.ts';
import { seconds } from '../../../core/time.ts';
import type { Publish } from '../../transports/mqtt.ts';
import type { MqttOutput } from './config.ts';

type Order = z.output<typeof outputSet.input>;

export interface Outputs {
  /** Topics under which the outputs say what they are. */
  readonly stateTopics: readonly string[];
  serve(port: CommandPort, publish: Publish): Disposable;
  /** The messages without those of the outputs. */
  read(batches: AsyncIterable<MessageBatch>): AsyncIterable<MessageBatch>;
}

const saysSoWithin = seconds(10);

/** `isRead`: topics whose messages hold something else too. */
export const createOutputs = (
  configs: Readonly<Record<string, MqttOutput>>,
  isRead: (topic: string) => boolean,
): Outputs => {
  const stateTopics = new Set(Object.values(configs).flatMap(({ state }) => state ?? []));
  const listeners = new Set<(topic: string, text: string) => void>();

  /** Resolves when the output says that it is what it is to be. */
  const saidSo = ({ state, ...words }: MqttOutput, wanted: 'on' | 'off') => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listener = (topic: string, text: string): void => {
      if (topic === state && text.trim() === words[wanted]) resolve();
    };
    listeners.add(listener);
    return { promise, [Symbol.dispose]: () => void listeners.delete(listener) };
  };

  const set = async (publish: Publish, { output, state }: Order, signal: AbortSignal) => {
    const config = Object.hasOwn(configs, output) ? configs[output] : undefined;
    if (config === undefined) {
      throw new GatewayError('config', 'the device has no such output', {
        advice: `It has: ${Object.keys(configs).slice(0, 50).join(', ')}.`,
      });
    }
    using said = saidSo(config, state);
    await publish(config.topic, new TextEncoder().encode(config[state]), signal);
    if (config.state !== undefined) {
      const late = aborted(AbortSignal.any([signal, AbortSignal.timeout(saysSoWithin)])).then(() => {
        throw new GatewayError('unreachable', `${output} does not say that it is ${state}`, {
          advice: 'Check that the device is on; it reports under the topic "state" of its output.',
        });
      });
      await Promise.race([said.promise, late]);
    }
    return { output, state };
  };

  async function* read(batches: AsyncIterable<MessageBatch>): AsyncGenerator<MessageBatch, void> {
    const decoder = new TextDecoder();
    for await (const { messages, settle } of batches) {
      const others = messages.filter(({ channel, bytes }) => {
        if (!stateTopics.has(channel)) return true;
        for (const listener of listeners) listener(channel, decoder.decode(bytes.subarray(0, 1024)));
        return isRead(channel);
      });
      yield { messages: others, settle };
    }
  }

  return {
    stateTopics: [...stateTopics],
    serve: (port, publish) => port.serve(outputSet, (order, signal) => set(publish, order, signal)),
    read,
  };
};
