/** A site, events and a listener for tests of the outbox and its uplinks. */
import mqtt from 'mqtt';
import { uplinkSchema } from '../../config/uplink.ts';
import { GatewayError } from '../../core/errors.ts';
import type { Sealed } from '../../core/sealed.ts';
import type { Site } from '../../core/site.ts';
import { toGroupTopic } from '../../gateway/outbox/group-topic.ts';
import type { Notice } from '../../gateway/outbox/notice.ts';
import { type OutboxOptions, openOutbox } from '../../gateway/outbox/open.ts';
import type { Outbox } from '../../gateway/outbox/outbox.ts';
import type { Group } from '../../gateway/outbox/protocol.ts';

export const site: Site = {
  city: 'hue',
  gateway: 'gw-1',
  siteId: 'pole-1',
  areaCode: '00000',
  timeZone: 'Asia/Ho_Chi_Minh',
  status: 'test',
  configVersion: '0123456789ab',
  devices: new Map(),
};

export const eventTopic = (lane: Sealed['lane'], source = 'dev-1', service = 'environment'): string =>
  `ioc/v1/hue/gw-1/${service}/${lane}/${source}`;

/** An event that is recognized by its id, `n` in 32 digits. */
export const sealed = (n: number, overrides: Partial<Sealed> = {}): Sealed => {
  const id = String(n).padStart(32, '0');
  return {
    lane: 'obs',
    id,
    topic: eventTopic(overrides.lane ?? 'obs'),
    time: Date.now(),
    body: JSON.stringify({ specversion: '1.0', id, source: '/ioc/hue/gw-1/dev-1', data: { n, text: 'Tàu cá' } }),
    ...overrides,
  };
};

/** The moment of `measured(0)`. */
export const measuredFrom = Date.parse('2026-11-23T00:00:00Z');

/** An event that is recognized by its id, with a figure that is `n`, a second after the one before. */
export const measured = (n: number, data: Readonly<Record<string, unknown>> = {}): Sealed => {
  const plain = sealed(n);
  const body = {
    specversion: '1.0',
    id: plain.id,
    source: '/ioc/hue/gw-1/dev-1',
    type: 'vn.ioc.environment.air-quality.observed.v1',
    subject: 'station/kim-long',
    time: new Date(measuredFrom + n * 1000).toISOString(),
    siteid: 'pole-1',
    eventstatus: 'actual',
    data: { pm25: n, ...data },
  };
  return { ...plain, body: JSON.stringify(body) };
};

/** One call's events, as they cross to the worker. */
export const groupOf = (topic: string, bodies: readonly string[]): Group => {
  const known = toGroupTopic(topic);
  if (known === undefined) throw new Error(`${topic} is no topic`);
  const buffers = bodies.map(body => Buffer.from(body));
  let end = 0;
  return {
    topics: [known],
    topicOf: bodies.map(() => 0),
    times: bodies.map(() => 1),
    expires: bodies.map(() => Number.NaN),
    ends: buffers.map(({ length }) => {
      end += length;
      return end;
    }),
    bodies: Buffer.concat(buffers),
    savedOwners: [],
    savedKeys: [],
    savedValues: [],
    deadLetters: [],
    media: [],
    mediaSettled: [],
    calls: [bodies.length, 0, 0, 0, 0],
    patient: [false],
  };
};

export interface OpenedOutbox extends AsyncDisposable {
  readonly outbox: Outbox;
  readonly notices: readonly Notice[];
  readonly failures: readonly GatewayError[];
}

export const openTestOutbox = async (
  folder: string,
  uplinks: readonly Record<string, unknown>[] = [],
  overrides: Partial<OutboxOptions> = {},
): Promise<OpenedOutbox> => {
  const notices: Notice[] = [];
  const failures: GatewayError[] = [];
  const outbox = await openOutbox({
    folder,
    site,
    uplinks: uplinks.map(uplink => uplinkSchema.parse({ name: 'ioc', sink: 'mqtt', ...uplink })),
    budget: { bytes: 256 * 2 ** 20 },
    reveal: ({ name }) => {
      const value = process.env[name];
      if (value === undefined) throw new GatewayError('config', `${name} is not set`);
      return value;
    },
    onNotice: notice => notices.push(notice),
    onFailure: failure => failures.push(failure),
    ...overrides,
  });
  return { outbox, notices, failures, [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose]() };
};

export interface Received {
  readonly topic: string;
  readonly body: string;
  readonly retained: boolean;
  readonly historical: boolean;
  /** Of the event; empty for what is no JSON. */
  readonly id: string;
  readonly streamseq: string | undefined;
}

export interface Listener extends AsyncDisposable {
  readonly received: readonly Received[];
  /** Without states. */
  events(): readonly Received[];
  newestState(name: string): Received | undefined;
}

export const listen = async (
  port: number,
  filter = 'ioc/v1/#',
  options: mqtt.IClientOptions = {},
): Promise<Listener> => {
  const received: Received[] = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    reconnectPeriod: 100,
    ...options,
  });
  client.on('message', (topic, payload, packet) => {
    const body = payload.toString();
    const event: { id?: string; streamseq?: string } = body === '' ? {} : JSON.parse(body);
    received.push({
      topic,
      body,
      retained: packet.retain,
      historical: packet.properties?.userProperties?.['historical'] === 'true',
      id: event.id ?? '',
      streamseq: event.streamseq,
    });
  });
  await client.subscribeAsync(filter, { qos: 1, rap: true });
  return {
    received,
    events: () => received.filter(({ topic }) => !topic.includes('/state/')),
    newestState: name => received.findLast(({ topic }) => topic.endsWith(`/state/${name}`)),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};
