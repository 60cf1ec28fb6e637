import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import mqtt from 'mqtt';
import { createCommandOffers } from '../../core/command.ts';
import type { Log } from '../../core/log.ts';
import type { Sealed } from '../../core/sealed.ts';
import { systemClock } from '../../core/time.ts';
import { encode } from '../../drivers/protocols/ais/encode.ts';
import { driver } from '../../drivers/vessels/ais-receiver/driver.ts';
import { openOutbox } from '../../gateway/outbox/open.ts';
import { createSealer } from '../../gateway/runtime/create-sealer.ts';
import { openPipelines } from '../../gateway/runtime/pipeline.ts';
import { receiverSite } from '../events.ts';
import type { BenchRow } from '../row.ts';

const count = 50_000;
const window = 1000;

const isInstalled = (program: string): boolean =>
  spawnSync('sh', ['-c', 'command -v "$0"', program], { env: withServers(), stdio: 'ignore' }).status === 0;

/** Debian keeps servers where an ordinary user's PATH does not lead. */
const withServers = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` });

const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const untilOpen = async (port: number): Promise<void> => {
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>(resolve => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

/** One of each vessel, under way. */
const createPositions = (vessels: number): Uint8Array =>
  Buffer.from(
    Array.from({ length: vessels }, (_, vessel) =>
      encode({
        messageType: 1,
        mmsi: 574_000_000 + vessel,
        longitude: 107 + vessel / vessels,
        latitude: 16.5,
        sogKnots: 5 + (vessel % 100) / 10,
        cogDegrees: vessel % 360,
        navigationalStatus: 0,
      }),
    ).join(''),
    'latin1',
  );

/** Says all it has to whoever connects. */
const startReceiver = async (sentences: Uint8Array): Promise<AsyncDisposable & { readonly port: number }> => {
  const server = net.createServer(socket => {
    socket.setNoDelay(true);
    socket.on('error', () => {
      // Its reader has heard enough.
    });
    socket.write(sentences);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
};

export const row: BenchRow = {
  name: 'uplink',
  summary: `${count} AIS positions over TCP, decoded, tracked, sealed, through the outbox on the disk, to mosquitto at QoS 1`,
  unit: 'events/s',
  peer: `bare MQTT.js, the same bodies, window ${window}, nodelay at both ends`,
  goal: { ratio: { atLeast: 0.5 } },
  missing: () => {
    const missing = ['mosquitto', 'mosquitto_sub'].filter(program => !isInstalled(program));
    return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
  },
  prepare: async ({ folder, report }) => {
    const port = await freePort();
    const url = `mqtt://127.0.0.1:${port}`;
    const file = path.join(folder, 'mosquitto.conf');
    await writeFile(
      file,
      `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n` +
        'max_inflight_messages 0\nmax_queued_messages 0\n',
    );
    const broker = spawn('mosquitto', ['-c', file], { env: withServers(), stdio: 'ignore' });
    await untilOpen(port);
    const subscriber = spawn('mosquitto_sub', ['-p', String(port), '-t', 'ioc/v1/#', '-q', '0', '-F', '%l'], {
      stdio: 'ignore',
    });
    const sentences = createPositions(count);
    /** As our first round made them. */
    const events: Sealed[] = [];
    let round = 0;

    const ours = async (): Promise<number> => {
      const connected = Promise.withResolvers<void>();
      const ending = new AbortController();
      await using receiver = await startReceiver(sentences);
      await using outbox = await openOutbox({
        folder: path.join(folder, `ours-${++round}`),
        site: receiverSite,
        uplinks: [{ name: 'ioc', sink: 'mqtt', url, protocol: 5 }],
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
      let accepted = 0;
      await using pipelines = await openPipelines({
        // Every position becomes an event.
        pipelines: [
          { name: 'vessels', from: ['ais-1'], stages: [{ stage: 'track' }, { stage: 'downsample', every: '0s' }] },
        ],
        site: receiverSite,
        outbox: {
          append: acceptance => {
            accepted += acceptance.events?.length ?? 0;
            if (round === 1) events.push(...(acceptance.events ?? []));
            return outbox.append(acceptance);
          },
          restore: outbox.restore,
        },
        sealer: createSealer(receiverSite),
        clock: systemClock,
        timeQuality: () => 'ntp',
        log: silent,
        count: () => {},
      });
      const device = driver.bind('ais-1', {
        connection: { transport: 'tcp-client', host: '127.0.0.1', port: receiver.port },
      });
      const began = performance.now();
      for await (const batch of device.open({
        signal: ending.signal,
        clock: systemClock,
        log: silent,
        count: () => {},
        reveal: () => '',
        commands: createCommandOffers(),
      })) {
        await pipelines.accept('ais-1', batch);
        if (accepted >= count) break;
      }
      ending.abort();
      await outbox.drain(60_000);
      return (count / (performance.now() - began)) * 1000;
    };

    const peer = async (): Promise<number> => {
      const client = await mqtt.connectAsync(url, { protocolVersion: 5 });
      if (client.stream instanceof net.Socket) client.stream.setNoDelay(true);
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        let sent = 0;
        let delivered = 0;
        const send = (): void => {
          const event = events[sent++];
          if (event === undefined) return;
          const body = `{"streamseq":"0001-${String(sent).padStart(12, '0')}",${event.body.slice(1)}`;
          client.publish(event.topic, body, { qos: 1 }, error => {
            if (error) reject(error);
            else if (++delivered === events.length) resolve();
            else send();
          });
        };
        for (let index = 0; index < window; index++) send();
      });
      const elapsed = performance.now() - began;
      await client.endAsync();
      return (events.length / elapsed) * 1000;
    };
    return {
      ours,
      peer,
      close: async () => {
        const ended = [once(subscriber, 'exit'), once(broker, 'exit')];
        subscriber.kill();
        broker.kill();
        await Promise.all(ended);
      },
    };
  },
};
