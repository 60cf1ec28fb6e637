/**
 * What the center holds against each message that arrives: its topic, its CloudEvents envelope, its own schema,
 * duplicates and gaps. Pure: told of messages, asked for a report.
 */
import { z } from 'zod';
import { type Service, services } from '../../core/service.ts';
import { type Duration, type Instant, seconds } from '../../core/time.ts';
import { createLedger, type Shed, type StreamJudgement } from './ledger.ts';
import type { SchemaCheck } from './schemas.ts';

export interface Message {
  readonly topic: string;
  readonly body: Uint8Array;
  /** The broker kept it for later subscribers. */
  readonly retained: boolean;
  readonly at: Instant;
}

export interface ServiceTally {
  readonly service: Service;
  /** Valid events; states are not counted. */
  readonly received: number;
  /** Events a second over the last ten seconds. */
  readonly rate: number;
  readonly last?: { readonly at: Instant; readonly text: string };
}

export interface JudgeReport {
  readonly received: number;
  /** Refused messages by reason; at most 100 different ones are kept. */
  readonly invalid: ReadonlyMap<string, number>;
  /** Events that arrived again under the same source and id: allowed, since delivery is at least once. */
  readonly duplicates: number;
  readonly services: readonly ServiceTally[];
  /** Events of the ten services by the last segment of their source: a device, or a stage. */
  readonly sources: ReadonlyMap<string, number>;
  readonly streams: readonly StreamJudgement[];
  /** What each gateway last said of its connection, itself or by its Will. */
  readonly gateways: ReadonlyMap<string, 'online' | 'offline'>;
}

/** Media that an event announces, which must arrive afterwards. */
export interface AnnouncedMedia {
  readonly key: string;
  readonly sha256: string;
}

export interface JudgeOptions {
  readonly check: SchemaCheck;
  /** Where the ledger begins: see `createLedger`. */
  readonly from: 'one' | 'first-seen';
  readonly onMedia?: (media: AnnouncedMedia) => void;
  readonly onEvent?: (event: CloudEvent, topic: string) => void;
}

export interface Judge {
  receive(message: Message): void;
  report(now: Instant): JudgeReport;
}

const maximumBytes = 65_536;
/** Beyond this many ids the oldest are forgotten. */
const rememberedIds = 500_000;
const rateSeconds = 10;
/** A sentence that is meant for people is not replaced by mere readings for so long. */
const headlineStays: Duration = seconds(20);
const mostValues = 4;

const topicPattern = new RegExp(
  `^ioc/v1/([a-z0-9-]{1,32})/([a-z0-9-]{1,32})/(${services.join('|')})/(obs|event|alert|state|cmd|ack)/([a-z0-9-]{1,32})$`,
);
const typePattern = /^vn\.ioc\.([a-z0-9-]+\.[a-z0-9-]+\.[a-z0-9-]+)\.v(\d+)$/;

const cloudEvent = z.looseObject({
  id: z.string(),
  source: z.string(),
  type: z.string(),
  time: z.string().optional(),
  services: z.string(),
  dataschema: z.string(),
  streamseq: z.string().optional(),
  correlationid: z.string().optional(),
  subject: z.string().optional(),
  data: z.looseObject({
    headline: z.looseObject({ vi: z.string() }).optional(),
    units: z.record(z.string(), z.string()).optional(),
    media: z.array(z.looseObject({ key: z.string(), sha256: z.string(), state: z.string() })).optional(),
  }),
});
export type CloudEvent = z.infer<typeof cloudEvent>;

const deliveryState = z.looseObject({
  streams: z.array(
    z.looseObject({
      stream: z.string(),
      epoch: z.string(),
      lastAccepted: z.number(),
      lowestUnsent: z.number(),
      shed: z.array(z.looseObject({ from: z.number(), to: z.number(), count: z.number().optional() })),
    }),
  ),
});

const connectionState = z.looseObject({ state: z.enum(['online', 'offline']), connectionid: z.string() });
type ConnectionState = z.output<typeof connectionState>;

interface Tally {
  received: number;
  last: { at: Instant; text: string; headline: boolean } | undefined;
  /** Events of each of the last seconds, at second modulo length. */
  readonly perSecond: { second: number; count: number }[];
}

export const createJudge = ({ check, from, onMedia, onEvent }: JudgeOptions): Judge => {
  const ledger = createLedger(from);
  const seen = new Set<string>();
  const invalid = new Map<string, number>();
  const sources = new Map<string, number>();
  const tallies = new Map<Service, Tally>();
  const connections = new Map<string, ConnectionState>();
  let received = 0;
  let duplicates = 0;

  const refuse = (reason: string): void => {
    const known = invalid.get(reason);
    if (known !== undefined || invalid.size < 100) invalid.set(reason, (known ?? 0) + 1);
    else invalid.set('other reasons', (invalid.get('other reasons') ?? 0) + 1);
  };

  const isRepeated = (event: CloudEvent): boolean => {
    const key = `${event.source} ${event.id}`;
    if (seen.has(key)) return true;
    seen.add(key);
    const oldest = seen.size > rememberedIds ? seen.values().next().value : undefined;
    if (oldest !== undefined) seen.delete(oldest);
    return false;
  };

  const count = (service: Service, event: CloudEvent, name: string, at: Instant): void => {
    const tally = tallies.get(service) ?? { received: 0, last: undefined, perSecond: [] };
    tallies.set(service, tally);
    tally.received++;
    const headline = event.data.headline?.vi;
    const isRead = tally.last?.headline === true && at - tally.last.at < headlineStays;
    if (headline !== undefined) tally.last = { at, text: headline, headline: true };
    else if (!isRead) tally.last = { at, text: describe(event, name), headline: false };
    const second = Math.floor(at / 1000);
    const slot = tally.perSecond[second % rateSeconds];
    if (slot?.second === second) slot.count++;
    else tally.perSecond[second % rateSeconds] = { second, count: 1 };
  };

  const takeEvent = (event: CloudEvent, name: string, message: Message, segments: Segments): string | undefined => {
    const { gateway, service, kind, source } = segments;
    const sequence = /^(\d+)-(\d+)$/.exec(event.streamseq ?? '');
    if (sequence === null) return 'an event without its streamseq';
    const [, epoch = '', number = ''] = sequence;
    ledger.receive(gateway, `${service}/${kind}`, epoch, Number(number));
    if (isRepeated(event)) {
      duplicates++;
      return undefined;
    }
    // That a device failed is said under its name, but by the gateway.
    if (service !== 'gateway') sources.set(source, (sources.get(source) ?? 0) + 1);
    count(service, event, name, message.at);
    for (const media of event.data.media ?? []) if (media.state === 'pending') onMedia?.(media);
    onEvent?.(event, message.topic);
    return undefined;
  };

  const takeDelivery = (event: CloudEvent, gateway: string): string | undefined => {
    const state = deliveryState.safeParse(event.data);
    if (!state.success) return 'its streams cannot be read';
    for (const stream of state.data.streams)
      ledger.report(gateway, {
        stream: stream.stream,
        epoch: stream.epoch,
        lastAccepted: stream.lastAccepted,
        lowestUnsent: stream.lowestUnsent,
        shed: stream.shed.map(({ from, to, count }): Shed => (count === undefined ? [from, to] : [from, to, count])),
      });
    return undefined;
  };

  const takeConnection = (event: CloudEvent, gateway: string): string | undefined => {
    const state = connectionState.safeParse(event.data);
    if (!state.success) return 'its connection cannot be read';
    const known = connections.get(gateway);
    // The Will of an older connection may come after the gateway is back on another one.
    const isOutdated = state.data.state === 'offline' && known && known.connectionid !== state.data.connectionid;
    if (!isOutdated) connections.set(gateway, state.data);
    return undefined;
  };

  const takeState = (event: CloudEvent, { gateway, source }: Segments): string | undefined => {
    if (source === 'delivery') return takeDelivery(event, gateway);
    if (source === 'connection') return takeConnection(event, gateway);
    return undefined;
  };

  /** Why the message is refused, or undefined when it was taken. */
  const take = (message: Message): string | undefined => {
    const segments = readTopic(message.topic);
    if (segments === undefined) return `not a topic of the contract: ${message.topic.slice(0, 100)}`;
    // What somebody at the center orders, and what he is answered, are no events: they are between the two.
    if (['cmd', 'ack'].includes(segments.kind)) return undefined;
    const isState = segments.kind === 'state';
    const place = `${segments.service}/${segments.kind}`;
    // Zero bytes clear a retained topic: a device was removed or renamed.
    if (message.body.length === 0) return isState ? undefined : `${place}: an empty message`;
    const event = readEvent(message.body);
    if (typeof event === 'string') return `${place}: ${event}`;
    const [, name, major = ''] = typePattern.exec(event.type) ?? [];
    if (name === undefined) return `not a type of the contract: ${event.type.slice(0, 100)}`;
    const wrong =
      check(name, event) ??
      judgeEnvelope(event, segments, name, major) ??
      (isState ? takeState(event, segments) : takeEvent(event, name, message, segments));
    return wrong === undefined ? undefined : `${name}: ${wrong}`;
  };

  return {
    receive: message => {
      received++;
      const reason = take(message);
      if (reason !== undefined) refuse(reason);
    },
    report: now => ({
      received,
      invalid: new Map(invalid),
      duplicates,
      sources: new Map(sources),
      streams: ledger.judge(),
      gateways: new Map([...connections].map(([gateway, { state }]) => [gateway, state])),
      services: services.flatMap(service => {
        const tally = tallies.get(service);
        if (tally === undefined) return [];
        const oldest = Math.floor(now / 1000) - rateSeconds;
        const recent = tally.perSecond.reduce((sum, slot) => sum + (slot.second > oldest ? slot.count : 0), 0);
        return {
          service,
          received: tally.received,
          rate: recent / rateSeconds,
          ...(tally.last !== undefined && { last: { at: tally.last.at, text: tally.last.text } }),
        };
      }),
    }),
  };
};

interface Segments {
  readonly city: string;
  readonly gateway: string;
  readonly service: Service;
  readonly kind: string;
  readonly source: string;
}

const readTopic = (topic: string): Segments | undefined => {
  const [, city, gateway, word, kind, source] = topicPattern.exec(topic) ?? [];
  const service = services.find(known => known === word);
  if (city === undefined || gateway === undefined || kind === undefined || source === undefined) return undefined;
  return service && { city, gateway, service, kind, source };
};

const readEvent = (body: Uint8Array): CloudEvent | string => {
  if (body.length > maximumBytes) return 'larger than 64 KiB';
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return 'not JSON';
  }
  const event = cloudEvent.safeParse(value);
  if (event.success) return event.data;
  const [issue] = event.error.issues;
  return `not an event of the contract: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
};

/** An event without a headline in one line: what it is about, and its first values. */
const describe = ({ subject, source, data }: CloudEvent, name: string): string => {
  const values = Object.entries(data.units ?? {})
    .flatMap(([key, unit]) => (typeof data[key] === 'number' ? [`${key} ${data[key]} ${unit}`] : []))
    .slice(0, mostValues);
  return [subject ?? source, values.length === 0 ? name : values.join(', ')].join(': ');
};

/** What ties an event to the topic it came on, and its attributes to one another; no JSON Schema can say that. */
const judgeEnvelope = (event: CloudEvent, segments: Segments, name: string, major: string): string | undefined => {
  const { city, gateway, service, kind, source } = segments;
  if (event.services.split(',')[0] !== service) return `published under ${service}, but serves ${event.services}`;
  if (!event.dataschema.startsWith(`urn:ioc:schema:${name}:${major}.`)) return `names the schema ${event.dataschema}`;
  if (kind !== 'state' && event.source !== `/ioc/${city}/${gateway}/${source}`)
    return `its source ${event.source} is not its topic's`;
  return undefined;
};
