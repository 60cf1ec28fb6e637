/** Devices among the messages of a broker: by the topics and the values of each dialect, the rest by the names of its numbers. */
import type { Seen } from '../../../core/driver.ts';
import type { Message } from '../../../core/message.ts';
import { guess, guessAll } from '../../protocols/records/guess.ts';
import { createJsonDecoder } from './codec.ts';
import { mqttJsonConfig } from './config.ts';
import { type DialectName, dialectNames, dialects, framed } from './dialects.ts';

/** Stands for the name in the topics of a dialect; no topic holds it. */
const placeholder = '\u0000';

/** `tele/kim-long/SENSOR` → `kim-long`. */
const nameIn = (dialect: DialectName, topic: string): string | undefined => {
  for (const form of dialects[dialect].topics(placeholder)) {
    const pattern = form
      .split('/')
      .map(level =>
        level === placeholder ? '(.+)' : level === '+' ? '[^/]+' : level.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    const name = new RegExp(`^${pattern}$`).exec(topic)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
};

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
};

/** Radio alone is no measurement of the device. */
const ofRadio = new Set(['rssi', 'snr']);

const quantitiesOf = (config: Readonly<Record<string, unknown>>, messages: readonly Message[]): readonly string[] => {
  const parsed = mqttJsonConfig.safeParse(config).data;
  if (parsed === undefined) return [];
  const decode = createJsonDecoder(parsed, 'seen');
  const observed = messages.flatMap(message =>
    decode({ ...message, retained: false }).flatMap(piece =>
      piece.kind === 'observation' && piece.observation.kind === 'measurement' ? [piece.observation.quantity] : [],
    ),
  );
  return [...new Set(observed)].filter(quantity => !ofRadio.has(quantity));
};

const topicsOf = (messages: readonly Message[]): readonly string[] => [
  ...new Set(messages.map(({ channel }) => channel)),
];

const guessed = 'guessed by the names of its numbers: check quantities and units';

/** A network server passes on what a decoder of its own makes of a frame, or the raw frame alone. */
const framedConfig = (dialect: DialectName, topicName: string, messages: readonly Message[]) => {
  const reports = messages.map(({ bytes }) => dialects[dialect].read(parseJson(bytes), ''));
  const values = reports.map(({ root }) => guessAll(root)).find(list => list.length > 0);
  if (values !== undefined) return { config: { dialect, topicName, values }, remarks: [guessed] };
  const port = reports.find(({ frame }) => frame !== undefined)?.frame?.port;
  const field = { quantity: 'temperature', ...(port !== undefined && { port }), offset: 0, type: 'i16', scale: 0.1 };
  return {
    config: { dialect, topicName, bytes: [field] },
    remarks: ['what stands in its payload says the manual of the device'],
    isDraft: true,
  };
};

const seenAs = (dialect: DialectName, topicName: string, messages: readonly Message[]): readonly Seen[] => {
  const seen = { name: topicName, topics: topicsOf(messages) };
  if (framed.has(dialect)) {
    const { config, remarks, isDraft } = framedConfig(dialect, topicName, messages);
    const told = isDraft === true ? [] : quantitiesOf(config, messages);
    return [{ ...seen, config, remarks: [`${dialect}: ${told.join(', ')}`, ...remarks], ...(isDraft && { isDraft }) }];
  }
  const config = { dialect, topicName };
  const told = quantitiesOf(config, messages);
  return told.length === 0 ? [] : [{ ...seen, config, remarks: [`${dialect}: ${told.join(', ')}`] }];
};

/** A topic of its own firmware: an object of numbers, or one number that its topic names. */
const seenAsJson = (topic: string, messages: readonly Message[]): readonly Seen[] => {
  const levels = topic.split('/');
  for (const { bytes } of messages) {
    const payload = parseJson(bytes);
    const named = levels.toReversed().flatMap(level => guess(level, payload) ?? []);
    const values = typeof payload === 'object' ? guessAll(payload) : named.slice(0, 1);
    if (values.length === 0) continue;
    const remarks = [`${topic}: ${values.map(({ quantity }) => quantity).join(', ')}`, guessed];
    return [{ name: levels.slice(-2).join('-'), topics: [topic], config: { topics: [topic], values }, remarks }];
  }
  return [];
};

export const seenIn = (messages: readonly Message[]): readonly Seen[] => {
  const seen: Seen[] = [];
  const known = new Set<string>();
  for (const dialect of dialectNames) {
    const byName = Map.groupBy(messages, ({ channel }) => nameIn(dialect, channel));
    for (const [name, own] of byName) {
      if (name === undefined) continue;
      const found = seenAs(dialect, name, own);
      for (const { topics } of found) for (const topic of topics) known.add(topic);
      seen.push(...found);
    }
  }
  for (const [topic, own] of Map.groupBy(messages, ({ channel }) => channel))
    if (!known.has(topic) && !topic.startsWith('$')) seen.push(...seenAsJson(topic, own));
  return seen;
};
