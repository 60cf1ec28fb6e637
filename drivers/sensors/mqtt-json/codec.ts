/** JSON payloads of sensors ⇄ measurements. One chunk is one whole message; its channel is the topic. */
import type { Chunk } from '../../../core/chunk.ts';
import type { Decoded, Decoder } from '../../../core/driver.ts';
import type { Measurement } from '../../../core/observation.ts';
import { type QuantityName, quantities, toQuantityUnit } from '../../../core/quantity.ts';
import { hours, type Instant } from '../../../core/time.ts';
import { matchesTopic } from '../../protocols/mqtt/topic.ts';
import { createTimeParser } from '../../protocols/records/device-time.ts';
import { type PayloadPath, parsePayloadPath, valueAt } from '../../protocols/records/payload-path.ts';
import { isAbsent, toNumber } from '../../protocols/records/value.ts';
import { numberAt } from './byte-map.ts';
import { type MqttJsonConfig, presenceOf, toFilter, topicsOf, variablesOf } from './config.ts';
import type { Copies } from './copies.ts';
import { dialects, type Report, unitWords } from './dialects.ts';

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

/** Times of dialects: ISO 8601, or seconds or milliseconds since 1970, of which 1e11 are the year 5138 or 1973. */
const createAnyTimeParser = () => {
  const parseText = createTimeParser({ format: 'iso', zone: 'UTC' });
  return (given: unknown): Instant | undefined =>
    typeof given === 'number' ? Math.round(Math.abs(given) < 1e11 ? given * 1000 : given) : parseText(given);
};

const present = /^(?:online|true|\{\s*"state"\s*:\s*"online"\s*\})$/i;

/** With `copies` a message that only says again what another one said is ignored; without, each is read for itself. */
export const createJsonDecoder = (config: MqttJsonConfig, device: string, copies?: Copies): Decoder => {
  const dialect = config.dialect === 'json' ? undefined : dialects[config.dialect];
  const topics = topicsOf(config).map(topic => ({ filter: toFilter(topic), variables: variablesOf(topic) }));
  const presence = new Set(presenceOf(config));
  const values = config.values.map(({ quantity, path, unit, where }) => ({
    quantity,
    path: pathOf(path),
    unit: unit ?? quantities[quantity].unit,
    where: Object.entries(where ?? {}),
  }));
  const usual = (config.values.length > 0 ? [] : (dialect?.usual ?? [])).map(({ path, unitAt, ...rest }) => ({
    ...rest,
    path: pathOf(path),
    unitAt: unitAt === undefined ? undefined : pathOf(unitAt),
  }));
  const time = config.time && { path: pathOf(config.time.path), parse: createTimeParser(config.time) };
  const parseAnyTime = createAnyTimeParser();

  /** Undefined when the device does not publish under `topic`; without a topic nothing is known of its variables. */
  const variablesIn = (topic: string | undefined): ReadonlyMap<string, string> | undefined => {
    if (topic === undefined) return new Map();
    const match = topics.find(({ filter }) => matchesTopic(filter, topic));
    if (match === undefined) return undefined;
    const levels = topic.split('/');
    return new Map([...match.variables].map(([index, name]) => [name, levels[index] ?? '']));
  };

  const restOf = (topic = ''): string => {
    const name = `${config.topicName}/`;
    const from = topic.indexOf(name);
    return from < 0 ? '' : topic.slice(from + name.length);
  };

  const timeOf = (payload: unknown, said: unknown, receivedAt: Instant): When | string => {
    const given = time ? valueAt(payload, time.path) : said;
    if (isAbsent(given)) return { time: receivedAt, timeFrom: 'gateway' };
    const instant = (time?.parse ?? parseAnyTime)(given);
    if (instant === undefined) return 'unreadable-time';
    if (instant < earliestTime || instant > receivedAt + hours(24)) return 'implausible-time';
    return { time: instant, timeFrom: 'device' };
  };

  return ({ bytes, channel, receivedAt, retained = false }: Chunk): readonly Decoded[] => {
    if (channel !== undefined && presence.has(channel)) return presenceIn(bytes);
    const variables = variablesIn(channel);
    if (variables === undefined) return [{ kind: 'ignored', reason: 'other-topic' }];
    if (bytes.length > largestPayload) return [{ kind: 'malformed', reason: 'too-long' }];
    const parsed = parseJson(bytes);
    if (parsed === undefined) return [{ kind: 'malformed', reason: 'not-json' }];

    const rest = restOf(channel);
    const report: Report = dialect?.read(parsed.value, rest) ?? { root: parsed.value };
    const when = timeOf(parsed.value, report.time, receivedAt);
    const isTimed = typeof when !== 'string' && when.timeFrom === 'device';
    // Without its own time nobody knows how long the broker has kept it.
    if (retained && !isTimed) return [{ kind: 'ignored', reason: 'retained' }];
    if (copies !== undefined) {
      if (dialect?.repeats?.(rest) && copies.hasSaidTime) return [{ kind: 'ignored', reason: 'repeated' }];
      if (report.frame !== undefined && copies.isCopy(report.frame.key))
        return [{ kind: 'ignored', reason: 'duplicate' }];
      copies.hasSaidTime ||= isTimed;
    }

    const decoded: Decoded[] = [];
    if (typeof when === 'string') decoded.push({ kind: 'ignored', reason: when });
    const { time, timeFrom } = typeof when === 'string' ? { time: receivedAt, timeFrom: 'gateway' as const } : when;

    const tell = (quantity: QuantityName, given: unknown, unit: string): void => {
      if (isAbsent(given)) return;
      const number = toNumber(given);
      const value = number === undefined ? undefined : toQuantityUnit(quantity, number, unit);
      decoded.push(
        value === undefined
          ? { kind: 'malformed', reason: 'not-a-number' }
          : { kind: 'observation', observation: { kind: 'measurement', device, time, timeFrom, quantity, value } },
      );
    };

    for (const { quantity, path, unit, where } of values) {
      if (where.every(([name, wanted]) => variables.get(name) === wanted))
        tell(quantity, valueAt(report.root, path), unit);
    }
    for (const { quantity, path, unit, unitAt } of usual) {
      const root = report.usualRoot ?? report.root;
      const word = unitAt && valueAt(root, unitAt);
      tell(quantity, valueAt(root, path), (word === undefined ? unit : unitWords.get(word)) ?? 'unknown');
    }
    if (report.frame !== undefined) {
      for (const field of config.bytes) {
        if (field.port !== undefined && field.port !== report.frame.port) continue;
        const number = numberAt(report.frame.payload, field);
        if (number === 'too-short') decoded.push({ kind: 'malformed', reason: 'too-short' });
        else if (number !== 'absent') tell(field.quantity, number, field.unit ?? quantities[field.quantity].unit);
      }
      tell('rssi', report.frame.rssi, 'dBm');
      tell('snr', report.frame.snr, 'dB');
    }
    return decoded.length > 0 ? decoded : [{ kind: 'ignored', reason: 'no-value' }];
  };
};

type When = Pick<Measurement, 'time' | 'timeFrom'>;

/** A device that its broker calls gone gives no sign of life: nothing at all. */
const presenceIn = (bytes: Uint8Array): readonly Decoded[] =>
  present.test(new TextDecoder().decode(bytes.subarray(0, 64)).trim()) ? [{ kind: 'ignored', reason: 'online' }] : [];

const withValue = (node: unknown, [step, ...rest]: PayloadPath, value: unknown): unknown =>
  step === undefined
    ? value
    : { ...(typeof node === 'object' ? node : {}), [step]: withValue(valueAt(node, [step]), rest, value) };

/** What a device would publish that has each value at its path, all of them objects. For simulators. */
export const encodeJson = (entries: readonly { readonly path?: string; readonly value: unknown }[]): Uint8Array => {
  const payload = entries.reduce<unknown>((node, { path, value }) => withValue(node, pathOf(path), value), undefined);
  return new TextEncoder().encode(JSON.stringify(payload));
};
