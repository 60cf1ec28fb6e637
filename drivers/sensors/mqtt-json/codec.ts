/** JSON payloads of sensors ⇄ measurements. One chunk is one whole message; its channel is the topic. */
import type { Chunk } from '../../../core/chunk.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import type { Measurement } from '../../../core/observation.ts';
import { quantities, toQuantityUnit } from '../../../core/quantity.ts';
import { hours, type Instant } from '../../../core/time.ts';
import { matchesTopic } from '../../protocols/mqtt/topic.ts';
import { createTimeParser } from '../../protocols/records/device-time.ts';
import { type PayloadPath, parsePayloadPath, valueAt } from '../../protocols/records/payload-path.ts';
import { isAbsent, toNumber } from '../../protocols/records/value.ts';
import { type MqttJsonConfig, toFilter, variablesOf } from './config.ts';

/** Sensors publish readings, not files. */
const largestPayload = 64 * 1024;

/** Before this instant a device's clock was never set. */
const earliestTime = Date.UTC(2020, 0, 1);

const parseJson = (bytes: Uint8Array): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown };
  } catch {
    return undefined;
  }
};

const pathOf = (text: string | undefined): PayloadPath => (text === undefined ? [] : (parsePayloadPath(text) ?? []));

export const createJsonDecoder = (config: MqttJsonConfig, device: string): Decoder => {
  const topics = config.topics.map(topic => ({ filter: toFilter(topic), variables: variablesOf(topic) }));
  const values = config.values.map(({ quantity, path, unit, where }) => ({
    quantity,
    path: pathOf(path),
    unit: unit ?? quantities[quantity].unit,
    where: Object.entries(where ?? {}),
  }));
  const time = config.time && { path: pathOf(config.time.path), parse: createTimeParser(config.time) };

  /** Undefined when the device does not publish under `topic`; without a topic nothing is known of its variables. */
  const variablesIn = (topic: string | undefined): ReadonlyMap<string, string> | undefined => {
    if (topic === undefined) return new Map();
    const match = topics.find(({ filter }) => matchesTopic(filter, topic));
    if (match === undefined) return undefined;
    const levels = topic.split('/');
    return new Map([...match.variables].map(([index, name]) => [name, levels[index] ?? '']));
  };

  const timeOf = (payload: unknown, receivedAt: Instant): Pick<Measurement, 'time' | 'timeFrom'> | string => {
    const given = time && valueAt(payload, time.path);
    if (time === undefined || isAbsent(given)) return { time: receivedAt, timeFrom: 'gateway' };
    const instant = time.parse(given);
    if (instant === undefined) return 'unreadable-time';
    if (instant < earliestTime || instant > receivedAt + hours(24)) return 'implausible-time';
    return { time: instant, timeFrom: 'device' };
  };

  return ({ bytes, channel, receivedAt }: Chunk): readonly Decoded[] => {
    const variables = variablesIn(channel);
    if (variables === undefined) return [{ kind: 'ignored', reason: 'other-topic' }];
    if (bytes.length > largestPayload) return [{ kind: 'malformed', reason: 'too-long' }];
    const parsed = parseJson(bytes);
    if (parsed === undefined) return [{ kind: 'malformed', reason: 'not-json' }];

    const decoded: Decoded[] = [];
    const when = timeOf(parsed.value, receivedAt);
    if (typeof when === 'string') decoded.push({ kind: 'ignored', reason: when });
    const { time, timeFrom } = typeof when === 'string' ? { time: receivedAt, timeFrom: 'gateway' as const } : when;

    for (const { quantity, path, unit, where } of values) {
      if (!where.every(([name, wanted]) => variables.get(name) === wanted)) continue;
      const given = valueAt(parsed.value, path);
      if (isAbsent(given)) continue;
      const number = toNumber(given);
      const value = number === undefined ? undefined : toQuantityUnit(quantity, number, unit);
      decoded.push(
        value === undefined
          ? { kind: 'malformed', reason: 'not-a-number' }
          : { kind: 'observation', observation: { kind: 'measurement', device, time, timeFrom, quantity, value } },
      );
    }
    return decoded.length > 0 ? decoded : [{ kind: 'ignored', reason: 'no-value' }];
  };
};

const withValue = (node: unknown, [step, ...rest]: PayloadPath, value: unknown): unknown =>
  step === undefined
    ? value
    : { ...(typeof node === 'object' ? node : {}), [step]: withValue(valueAt(node, [step]), rest, value) };

/** What a device would publish that has each value at its path, all of them objects. For simulators. */
export const encodeJson = (entries: readonly { readonly path?: string; readonly value: unknown }[]): Uint8Array => {
  const payload = entries.reduce<unknown>((node, { path, value }) => withValue(node, pathOf(path), value), undefined);
  return new TextEncoder().encode(JSON.stringify(payload));
};
