import mqtt from 'mqtt';
import { missingPrograms, start, startMosquitto, until } from '../../tests/support/resources.ts';
import { backlogFolder, openBenchOutbox } from '../backlog.ts';
import { percentile } from '../measure.ts';
import type { BenchRow } from '../row.ts';

const every = 20;
const count = 150;
const topic = 'ioc/v1/hue/gw-bench/environment/obs/live';

export const row: BenchRow = {
  name: 'backlog-live',
  summary: 'The 99th percentile of the way of a new event to a subscriber, while a large backlog of its lane goes out',
  unit: 'ms',
  goal: { value: { atMost: 1000 } },
  rounds: 3,
  missing: () => missingPrograms('mosquitto', 'mosquitto_sub'),
  prepare: async preparation => {
    const { folder } = preparation;
    const full = await backlogFolder(preparation);
    const broker = await startMosquitto({ folder });
    const url = `mqtt://127.0.0.1:${broker.port}`;
    // The backlog needs somebody who takes it, or it would wait.
    const backlog = ['-p', String(broker.port), '-t', 'ioc/v1/hue/gw-bench/fishing-vessel/#', '-q', '0', '-F', '%l'];
    const subscriber = start('mosquitto_sub', backlog);
    let last = 0;
    return {
      ours: async () => {
        const sentAt = new Map<string, number>();
        const took: number[] = [];
        const client = await mqtt.connectAsync(url);
        client.on('message', (_, payload) => {
          const event: { readonly id: string } = JSON.parse(payload.toString());
          const at = sentAt.get(event.id);
          if (at !== undefined) took.push(performance.now() - at);
          sentAt.delete(event.id);
        });
        await client.subscribeAsync(topic);
        try {
          await using outbox = await openBenchOutbox(full, url);
          const uplink = () => outbox.status().uplinks[0];
          await until('the backlog goes out', () => (uplink()?.delivered ?? 0) > 1000, 30_000);
          for (let sent = 0; sent < count; sent++) {
            const id = `live-${++last}`;
            sentAt.set(id, performance.now());
            const body = JSON.stringify({ specversion: '1.0', id });
            void outbox.append({ events: [{ lane: 'obs', id, topic, time: Date.now(), body }] });
            await new Promise(resolve => setTimeout(resolve, every));
          }
          await until('all have arrived', () => took.length === count, 60_000);
          if (uplink()?.backlog === 0) throw new Error('the backlog was gone before the last new event was sent');
          return percentile(took, 0.99);
        } finally {
          await client.endAsync(true);
        }
      },
      close: async () => {
        await subscriber[Symbol.asyncDispose]();
        await broker[Symbol.asyncDispose]();
      },
    };
  },
};
