import mqtt from 'mqtt';
import type { Delivered } from './ledger.ts';
import type { Identity } from './patterns.ts';

export interface Subscriber extends AsyncDisposable {
  /** What came of one gateway, by stream and number. */
  of(gateway: string): Delivered;
  /** The ids of all events that came of one gateway, whatever became of its store. */
  ids(gateway: string): ReadonlySet<number>;
  /** Numbers that came with two different events. */
  readonly conflicts: readonly string[];
}

const topicPattern = /^ioc\/v1\/hue\/([a-z0-9-]+)\/([a-z0-9-]+\/(?:alert|event|obs))\//;

/** Receives what the loads of this suite deliver, with a session that outlives its connection. */
export const openSubscriber = async (port: number): Promise<Subscriber> => {
  const gateways = new Map<string, Map<string, Map<number, Identity>>>();
  const ids = new Map<string, Set<number>>();
  const conflicts: string[] = [];
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: 'subscriber',
    clean: false,
    reconnectPeriod: 50,
  });
  client.on('error', () => {
    // The broker is away; the client tries again.
  });
  client.on('message', (topic, payload) => {
    const [, gateway, stream] = topicPattern.exec(topic) ?? [];
    if (gateway === undefined || stream === undefined) return;
    // The uplink of a load sends only what `eventOf` made.
    const event = JSON.parse(payload.toString()) as { streamseq: string; id: string; at: string; key: string };
    const number = Number(event.streamseq.slice(5));
    const streams = gateways.get(gateway) ?? new Map<string, Map<number, Identity>>();
    gateways.set(gateway, streams);
    const numbers = streams.get(stream) ?? new Map<number, Identity>();
    streams.set(stream, numbers);
    const seen = ids.get(gateway) ?? new Set();
    ids.set(gateway, seen.add(Number(event.id)));
    const at = Number(event.at);
    const before = numbers.get(number);
    if (before !== undefined && before.at !== at) conflicts.push(`${gateway} ${stream} ${number}: ${before.at}, ${at}`);
    numbers.set(number, { at, id: Number(event.id), key: event.key });
  });
  await client.subscribeAsync('ioc/v1/#', { qos: 1 });
  return {
    conflicts,
    ids: gateway => ids.get(gateway) ?? new Set(),
    of: gateway => gateways.get(gateway) ?? new Map(),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
};
