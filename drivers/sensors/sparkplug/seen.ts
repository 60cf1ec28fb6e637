/** Devices of edge nodes among the messages of a broker, by the metrics that their births name. */
import type { Seen } from '../../../core/driver.ts';
import type { Message } from '../../../core/message.ts';
import { type Guess, guess } from '../../protocols/records/guess.ts';
import {
  birthNumberMetric,
  decodePayload,
  type Metric,
  type Payload,
  rebirthRequest,
} from '../../protocols/sparkplug/payload.ts';
import { commandTopic, sparkplugConfig } from './config.ts';

interface Sighting {
  readonly group: string;
  readonly edgeNode: string;
  readonly device: string | undefined;
  readonly topics: Set<string>;
  /** The last one; undefined where only data were seen. */
  birth?: Payload;
  /** When the last of its messages came. */
  receivedAt: number;
}

const speaking = /^[ND](?:BIRTH|DATA)$/;

const sightingsIn = (messages: readonly Message[]): readonly Sighting[] => {
  const sightings = new Map<string, Sighting>();
  for (const { channel, bytes, receivedAt, retained } of messages) {
    const [space, group = '', verb = '', edgeNode = '', device] = channel.split('/');
    // What is retained tells how things were (§6.4), and nothing of an edge node should be.
    if (space !== 'spBv1.0' || retained || !speaking.test(verb)) continue;
    const payload = decodePayload(bytes);
    if (payload === undefined) continue;
    const key = JSON.stringify([group, edgeNode, device]);
    const sighting = sightings.get(key) ?? { group, edgeNode, device, topics: new Set(), receivedAt };
    sightings.set(key, sighting);
    sighting.topics.add(channel);
    sighting.receivedAt = Math.max(sighting.receivedAt, receivedAt);
    if (verb.endsWith('BIRTH')) sighting.birth = payload;
  }
  return [...sightings.values()];
};

/** How nodes write units → UCUM, after `µ` became `u` and raised digits plain ones. */
const unitWords: ReadonlyMap<string, string> = new Map([
  ['°C', 'Cel'],
  ['C', 'Cel'],
  ['degC', 'Cel'],
  ['°F', '[degF]'],
  ['F', '[degF]'],
  ['degF', '[degF]'],
  ['%RH', '%'],
  ['mbar', 'hPa'],
  ['inHg', "[in_i'Hg]"],
  ['mmHg', 'mm[Hg]'],
  ['ppm', '[ppm]'],
  ['ppb', '[ppb]'],
  ['in', '[in_i]'],
  ['°', 'deg'],
  ['kn', '[kn_i]'],
  ['knots', '[kn_i]'],
  ['lux', 'lx'],
  ['dBA', 'dB(A)'],
  ['dB', 'dB(A)'],
  ['NTU', '{NTU}'],
  ['mg/l', 'mg/L'],
]);

/** What stands in the table is read so, all else as the UCUM code that it may be. */
const unitOf = ({ unit = '' }: Metric): string => {
  const plain = unit.trim().replaceAll(/[µμ]/g, 'u').replaceAll('²', '2').replaceAll('³', '3');
  return unitWords.get(plain) ?? plain;
};

/** What every node tells about itself. */
const ofTheNode = /^(?:Node Control|Device Control|Properties)\//;

interface Numbers {
  readonly guessed: readonly (Guess & { readonly name: string })[];
  /** Of the same quantity as one before, and such as no name tells. */
  readonly others: readonly string[];
}

/** `Soil/Temperature` → `SoilTemperature`, `Temperature`, `Soil`. */
const namesIn = (metric: string): readonly string[] => {
  const levels = metric.split('/');
  return [levels.slice(-2).join(''), ...levels.toReversed()];
};

const numbersIn = (birth: Payload): Numbers => {
  const guessed = new Map<string, Numbers['guessed'][number]>();
  const others: string[] = [];
  for (const metric of birth.metrics) {
    const { name } = metric;
    const value = metric.held(undefined);
    if (name === undefined || typeof value !== 'number' || name === birthNumberMetric || ofTheNode.test(name)) continue;
    const [found] = namesIn(name).flatMap(one => guess(one, value, unitOf(metric)) ?? []);
    if (found === undefined || guessed.has(found.quantity)) others.push(name);
    else guessed.set(found.quantity, { name, ...found });
  }
  return { guessed: [...guessed.values()], others };
};

const mostTold = 8;

const list = (names: readonly string[]): string =>
  names.length > mostTold
    ? `${names.slice(0, mostTold).join(', ')} and ${names.length - mostTold} more`
    : names.join(', ');

const asSeen = ({ group, edgeNode, device, topics, birth, receivedAt }: Sighting): Seen | undefined => {
  const place = { group, edgeNode, ...(device !== undefined && { device }) };
  const seen = { name: device ?? edgeNode, topics: [...topics] };
  const draft = (name: string) => ({
    config: { ...place, metrics: [{ name, quantity: 'temperature' }] },
    isDraft: true,
  });
  if (birth === undefined)
    return {
      ...seen,
      ...draft('the name of a metric'),
      remarks: [`Sparkplug B of ${edgeNode}: its birth was not heard, which names its metrics`],
      question: { topic: commandTopic({ group, edgeNode }), payload: rebirthRequest(receivedAt) },
    };
  const { guessed, others } = numbersIn(birth);
  const more = others.length === 0 ? [] : [`numbers that are not read: ${list(others)}`];
  if (guessed.length > 0)
    return {
      ...seen,
      config: { ...place, metrics: guessed },
      remarks: [
        `Sparkplug B of ${edgeNode}: ${guessed.map(({ quantity }) => quantity).join(', ')}`,
        'guessed by the names of its metrics: check quantities and units',
        ...more,
      ],
    };
  const [first] = others;
  // Every node counts something about itself.
  if (first === undefined || device === undefined) return undefined;
  return {
    ...seen,
    ...draft(first),
    remarks: [`Sparkplug B of ${edgeNode}: nothing whose name says what it measures`, ...more],
  };
};

export const seenIn = (messages: readonly Message[]): readonly Seen[] =>
  sightingsIn(messages).flatMap(sighting => {
    const seen = asSeen(sighting);
    // A name with what no configuration takes is no name of Sparkplug either.
    const isValid = sparkplugConfig.safeParse(seen?.config).success;
    return seen !== undefined && isValid ? [seen] : [];
  });
