import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import mqtt from 'mqtt';
import { openOutbox } from '../../gateway/outbox/open.ts';
import { freePort, missingPrograms, start, startMosquitto, until } from '../../tests/support/resources.ts';
import { benchEvents, benchSite } from '../events.ts';
import type { BenchRow } from '../row.ts';

const count = 50_000;
const callEvents = 25;
const window = 1000;
const savedEvery = 1000;
const patienceSeconds = 120;

const events = 'ioc/v1/hue/gw-bench/fishing-vessel/obs';
/** Retained at the center's broker: whoever gets it is subscribed, and it went there over the bridge. */
const marker = `${events}/marker`;

/**
 * mosquitto acknowledges a message before it is on the disk. Its database is written as a whole, and synced, whenever
 * `savedEvery` messages were queued; what was acknowledged since then is lost with the power. Neither of the brokers
 * holds a message back for its own limits.
 */
const bridgeConfiguration = (port: number, folder: string, centerPort: number): string =>
  [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'persistence_file bridge.db',
    'autosave_on_changes true',
    `autosave_interval ${savedEvery}`,
    'connection center',
    `address 127.0.0.1:${centerPort}`,
    'topic # out 1',
    'cleansession false',
    'start_type automatic',
    'restart_timeout 1',
  ].join('\n');

export const row: BenchRow = {
  name: 'uplink-bridge',
  summary:
    `${count} serialized events accepted with synchronous=FULL and delivered at QoS 1 until they are at a subscriber of the center's broker; ` +
    `the peer acknowledges before it stores, and saves its whole database every ${savedEvery} messages`,
  unit: 'events/s',
  peer: `mosquitto's persistent bridge, fed by bare MQTT.js, the same bodies, window ${window}`,
  goal: { ratio: { atLeast: 0.5 } },
  missing: () => missingPrograms('mosquitto', 'mosquitto_sub'),
  prepare: async ({ folder, report }) => {
    const center = await startMosquitto({ folder });
    const port = await freePort();
    const bridge = await startMosquitto({
      folder,
      port,
      configuration: bridgeConfiguration(port, folder, center.port),
    });
    const feed = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 });
    if (feed.stream instanceof net.Socket) feed.stream.setNoDelay(true);
    await feed.publishAsync(marker, 'reached', { qos: 1, retain: true });

    const sealed = benchEvents(count);
    const numbered = sealed.map(
      ({ body }, index) => `{"streamseq":"0001-${String(index + 1).padStart(12, '0')}",${body.slice(1)}`,
    );
    let round = 0;

    /** From the first event that is handed over until the last has arrived at the subscriber. */
    const timed = async (handOver: () => Promise<void>): Promise<number> => {
      const filter = ['-p', String(center.port), '-t', `${events}/+`, '-q', '0', '-F', '%l'];
      const end = ['-C', String(count + 1), '-W', String(patienceSeconds)];
      await using subscriber = start('mosquitto_sub', [...filter, ...end]);
      const ended = once(subscriber.process, 'exit');
      await until('the subscriber is there', () => subscriber.output() !== '');
      const began = performance.now();
      await handOver();
      await ended;
      if (subscriber.process.exitCode !== 0) throw new Error(`not all have arrived within ${patienceSeconds} s`);
      return (count / (performance.now() - began)) * 1000;
    };

    const ours = async (): Promise<number> => {
      const connected = Promise.withResolvers<void>();
      await using outbox = await openOutbox({
        folder: path.join(folder, `ours-${++round}`),
        site: benchSite,
        uplinks: [{ name: 'center', sink: 'mqtt', url: `mqtt://127.0.0.1:${center.port}`, protocol: 5 }],
        budget: { bytes: 2 ** 31 },
        reveal: () => '',
        onNotice: notice => {
          if (notice.kind === 'connected') connected.resolve();
          else report(`notice: ${notice.kind}`);
        },
        onFailure: failure => {
          throw failure;
        },
      });
      await connected.promise;
      return await timed(async () => {
        let next = 0;
        const appendOn = async (): Promise<void> => {
          while (next < count) {
            const from = next;
            next += callEvents;
            await outbox.append({ events: sealed.slice(from, from + callEvents) });
          }
        };
        await Promise.all(Array.from({ length: window / callEvents }, appendOn));
      });
    };

    const peer = (): Promise<number> =>
      timed(
        () =>
          new Promise<void>((resolve, reject) => {
            let sent = 0;
            let taken = 0;
            const send = (): void => {
              const at = sent++;
              const topic = sealed[at]?.topic;
              const body = numbered[at];
              if (topic === undefined || body === undefined) return;
              feed.publish(topic, body, { qos: 1 }, error => {
                if (error) reject(error);
                else if (++taken === count) resolve();
                else send();
              });
            };
            for (let index = 0; index < window; index++) send();
          }),
      );

    return {
      ours,
      peer,
      close: async () => {
        await feed.endAsync(true);
        await bridge[Symbol.asyncDispose]();
        await center[Symbol.asyncDispose]();
      },
    };
  },
};
