/** Devices at the brokers of a configuration, or at one that a person named. */
import path from 'node:path';
import { z } from 'zod';
import { createSecrets } from '../../config/reveal.ts';
import type { Config } from '../../config/schema.ts';
import { createCommandOffers } from '../../core/command.ts';
import type { Context, Question } from '../../core/driver.ts';
import { GatewayError, toGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Message } from '../../core/message.ts';
import { type Duration, formatDuration, systemClock } from '../../core/time.ts';
import { drivers } from '../../drivers/registry.generated.ts';
import { mqttFields, refineMqttFields } from '../../drivers/transports/mqtt.ts';
import { openBroker } from '../broker/open.ts';
import {
  type BrokerDevice,
  brokerEntry,
  devicesIn,
  type Listened,
  type ListenOptions,
  listenToBroker,
  listenToEmbedded,
} from '../discover/broker.ts';
import type { Entry } from '../discover/entry.ts';
import type { SniffOptions } from '../discover/serial.ts';
import type { Progress } from './progress.ts';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** Refused by the same schema as a configuration would. */
const brokerConfig = z.strictObject(mqttFields).superRefine(refineMqttFields);

/** What a configuration writes to reach a broker, the password by where it is kept. */
export const reachOf = (
  url: string,
  values: { readonly username?: string; readonly 'password-file'?: string; readonly ca?: string },
): Readonly<Record<string, unknown>> => ({
  broker: url,
  ...(values.username !== undefined && { username: values.username }),
  ...(values['password-file'] !== undefined && { password: `\${file:${path.resolve(values['password-file'])}}` }),
  ...(values.ca !== undefined && { ca: path.resolve(values.ca) }),
});

const keysOfReach = ['broker', 'username', 'password', 'protocol', 'ca', 'certificate', 'key'];

/** How the devices of a configuration reach other brokers, each once. */
const configuredBrokers = (config: Config | undefined): readonly Readonly<Record<string, unknown>>[] => {
  const reaches = (config?.devices ?? []).flatMap(({ slice }) => {
    const broker: unknown = Reflect.get(Object(slice), 'broker');
    if (typeof broker !== 'string' || broker === 'embedded') return [];
    return [Object.fromEntries(Object.entries(Object(slice)).filter(([key]) => keysOfReach.includes(key)))];
  });
  return [...new Map(reaches.map(reach => [JSON.stringify(reach), reach])).values()];
};

/** Whether a device of the configuration reads one of the messages already. */
const isRead = (config: Config | undefined, messages: readonly Message[]): boolean =>
  (config?.devices ?? []).some(({ profile, driver, slice }) => {
    // Another would try to make something of any bytes.
    if (typeof Reflect.get(Object(driver.schema.safeParse(slice).data), 'broker') !== 'string') return false;
    const decode = driver.bind(profile.id, slice).createDecoder();
    const pieces = messages.flatMap(message => decode?.(message) ?? []);
    return pieces.some(piece => piece.kind !== 'ignored' || piece.reason !== 'other-topic');
  });

interface Brokers {
  readonly config: Config | undefined;
  /** Of another broker, which a person named. */
  readonly named: Readonly<Record<string, unknown>> | undefined;
  readonly listenFor: Duration;
  readonly questions: SniffOptions['questions'];
  readonly signal: AbortSignal;
  readonly err: (text: string) => void;
  readonly progress: Progress;
}

export const lookAtBrokers = async (brokers: Brokers): Promise<readonly Entry[]> => {
  const { config, named, listenFor, questions, signal, err, progress } = brokers;
  const began = performance.now();
  const { reveal } = createSecrets(process.env);
  const context: Context = {
    signal,
    clock: systemClock,
    log: silentLog,
    count: () => {},
    reveal,
    commands: createCommandOffers(),
  };
  const unreadIn = (messages: readonly Message[]): readonly BrokerDevice[] =>
    devicesIn(drivers, messages).filter(({ seen }) => {
      const own = messages.filter(({ channel }) => seen.topics.includes(channel));
      return !isRead(config, own);
    });
  const questionsIn = (messages: readonly Message[]): readonly Question[] =>
    unreadIn(messages).flatMap(({ seen }) => seen.question ?? []);
  const listenOptions = (place: string): ListenOptions => {
    let told = 0;
    const onTopics = (count: number): void => {
      if (count !== told) progress.tell(place, `topics: ${count}`, listenFor - (performance.now() - began));
      told = count;
    };
    progress.tell(place, 'topics: 0', listenFor);
    return { listenFor, context, onTopics, ...(questions === 'harmless' && { questionsIn }) };
  };
  const tell = (place: string, reach: Readonly<Record<string, unknown>>, listened: Listened): readonly Entry[] => {
    const { messages, passedOver, error } = listened;
    const devices = unreadIn(messages);
    const topics = new Set(messages.map(({ channel }) => channel));
    const more = passedOver === 0 ? '' : `, ${passedOver} messages passed over`;
    const lines = [
      `${place}: topics: ${topics.size}${more}; devices that are not configured: ${devices.length}`,
      ...(error === undefined ? [] : [error.message, error.advice ?? []].flat().map(line => `  ${line}`)),
      ...devices.map(({ driver, seen }) => `  ${seen.name} (${driver.name}): ${seen.remarks[0]}`),
      ...(questions === 'none' && devices.some(({ seen }) => seen.question !== undefined)
        ? ['  --ask asks them what they are']
        : []),
    ];
    progress.end(place, `${lines.join('\n')}\n`);
    return devices.map(device => brokerEntry(device, place, reach));
  };

  const others = named === undefined ? configuredBrokers(config) : [named];
  const own = named === undefined ? config?.broker : undefined;
  const count = others.length + (own === undefined ? 0 : 1);
  if (count > 0) err(`${count} broker${count === 1 ? '' : 's'}, ${formatDuration(listenFor)}\n`);
  const listening = others.map(async reach => {
    const parsed = brokerConfig.safeParse(reach);
    const place = String(reach['broker']);
    if (!parsed.success) throw new GatewayError('config', `${place}: ${parsed.error.issues[0]?.message}`);
    return tell(place, reach, await listenToBroker(parsed.data, listenOptions(place)));
  });
  if (own !== undefined) {
    const place = `the gateway's own broker at port ${own.port}`;
    listening.push(
      (async () => {
        await using broker = await openBroker({ ...own, reveal, clock: systemClock, log: silentLog, count: () => {} });
        const listened = await listenToEmbedded(broker.source, listenOptions(place));
        if (listened.error !== undefined) throw listened.error;
        return tell(place, {}, listened);
      })().catch((thrown: unknown) => {
        const { kind, message, advice = '' } = toGatewayError(thrown);
        const hint =
          kind === 'unreachable' ? 'A gateway that runs has it: stop that for the time of the search.' : advice;
        progress.end(place, `${place}: skipped: ${message}\n  ${hint}\n`);
        return [];
      }),
    );
  }
  return (await Promise.all(listening)).flat();
};
