/**
 * Everything at once, in an order that a seed repeats: what an hour or a month may bring to a gateway, one trouble after the
 * other without a pause, and sensors that go on publishing all the while.
 */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import mqtt from 'mqtt';
import { test } from 'vitest';
import { systemClock } from '../../core/time.ts';
import { openSettableClock, type SettableClock } from '../../scripts/capture/settable-clock.ts';
import { simulator as rtspCamera } from '../../simulators/cameras/rtsp-camera.ts';
import { createWorld } from '../../simulators/world/create.ts';
import { createRandom, pick, type Random } from '../../simulators/world/random.ts';
import { createSender, signCommand } from '../support/commands.ts';
import { missingPrograms, temporaryFolder, until } from '../support/resources.ts';
import { type AirSite, openAirSite, sensorPassword } from './support/air-site.ts';
import { type Disk, mountDisk } from './support/disk.ts';
import { inForm, seed, tell } from './support/form.ts';
import { endForWantOfMemory, visionPid } from './support/vision.ts';

const missing = missingPrograms('mosquitto', 'ffmpeg');
const troublesWanted = inForm({ short: 12, long: 250 });
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const sentence = '!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\r\n';

interface Rig {
  readonly site: AirSite;
  readonly disk: Disk | undefined;
  readonly clock: SettableClock;
  readonly flooding: Set<net.Socket>;
  readonly order: (command: string, input: unknown) => Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

const day = 24 * 3_600_000;

const pidOf = ({ site }: Rig): number => {
  const { pid } = site.gateway().process;
  if (pid === undefined) throw new Error('the gateway has no process');
  return pid;
};

/** Fills the disk of the gateway for a while. */
const fill = async ({ disk }: Rig, ms: number): Promise<void> => {
  if (disk === undefined) return;
  const block = Buffer.alloc(4 * 2 ** 20);
  const names: string[] = [];
  try {
    for (let part = 0; part < 200; part++) {
      const name = path.join(disk.folder, `filler-${part}`);
      names.push(name);
      writeFileSync(name, block);
    }
  } catch {
    // It is full.
  }
  await pause(ms);
  for (const name of names) rmSync(name, { force: true });
};

/** What no driver can read: no text, no JSON, JSON of another form, more of it than anybody takes. */
const nonsense = (random: Random): Buffer =>
  pick(random, [
    Buffer.from(Array.from({ length: 1 + Math.floor(random() * 2000) }, () => Math.floor(random() * 256))),
    Buffer.from('{"time":"yesterday","value":{"value":[[[[[]]]]]}}'),
    Buffer.from(`{"value":${'9'.repeat(400)}}`),
    Buffer.from('['.repeat(50_000)),
  ]);

const troubles: readonly [Trouble, ...Trouble[]] = [
  {
    name: 'kill',
    bring: async ({ site }) => {
      await site.gateway().kill();
      await site.restart();
    },
  },
  {
    name: 'restart',
    bring: async ({ site }) => {
      await site.gateway().stop();
      await site.restart();
    },
  },
  {
    name: 'broker away',
    bring: async ({ site }, random) => {
      await site.stopCenterBroker();
      await pause(3000 * random());
      await site.startCenterBroker();
    },
  },
  { name: 'link cut', bring: async ({ site }) => site.link.cut() },
  {
    name: 'link dead',
    bring: async ({ site }, random) => {
      site.link.freeze();
      await pause(4000 * random());
      site.link.thaw();
      site.link.cut();
    },
  },
  {
    name: 'process stands still',
    bring: async (rig, random) => {
      process.kill(pidOf(rig), 'SIGSTOP');
      await pause(2000 * random());
      process.kill(pidOf(rig), 'SIGCONT');
    },
  },
  {
    name: 'database deleted',
    bring: async ({ site: { storage } }) => {
      const file = path.join(storage, 'outbox.db');
      const inode = (): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;
      const before = inode();
      for (const suffix of ['', '-wal']) rmSync(`${file}${suffix}`, { force: true });
      // Deleting and losing the power within the same second is more than is promised.
      await until('it is written again', () => inode() !== undefined && inode() !== before, 30_000);
    },
  },
  {
    name: 'clock set',
    bring: async ({ clock }, random) => {
      await clock.set(Math.round((random() - 0.5) * 2 * day));
      await pause(2000 * random());
      await clock.set(0);
    },
  },
  {
    name: 'vision process out of memory',
    bring: async rig => {
      const pid = visionPid(pidOf(rig));
      if (pid !== undefined) await endForWantOfMemory(pid);
    },
  },
  {
    name: 'nonsense from devices',
    bring: async ({ site, flooding }, random) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${site.embeddedPort}`, {
        username: 'sensor',
        password: sensorPassword,
      });
      for (let count = 0; count < 20; count++) {
        const bytes = nonsense(random);
        for (const socket of flooding) socket.write(bytes);
        await client.publishAsync('air/embedded', bytes, { qos: 1 });
      }
      await client.endAsync();
    },
  },
  { name: 'disk full', bring: (rig, random) => fill(rig, 2000 * random()) },
  {
    name: 'flood',
    bring: async ({ flooding }, random) => {
      const many = sentence.repeat(2000);
      const over = performance.now() + 1500 * random();
      while (performance.now() < over) {
        for (const socket of flooding) if (socket.writableLength < 2 ** 20) socket.write(many);
        await pause(5);
      }
    },
  },
  { name: 'order to restart a device', bring: ({ order }) => order('device.restart', { device: 'external' }) },
  {
    name: 'order to replay',
    bring: ({ order }) => order('outbox.replay', { stream: 'environment/obs', from: 1, to: 200 }),
  },
];

interface Trouble {
  readonly name: string;
  readonly bring: (rig: Rig, random: Random) => Promise<void>;
}

test.skipIf(missing !== undefined)(
  `after ${troublesWanted} troubles at random the ledgers of center and gateway agree to the event`,
  { timeout: inForm({ short: 300_000, long: 1_140_000 }) },
  async () => {
    await using folder = await temporaryFolder();
    using disk = mountDisk(folder.path, 256);
    const flooding = new Set<net.Socket>();
    await using receiver = await listenForGateway(flooding);
    const sender = createSender('ioc');
    const clock = await openSettableClock(folder.path);
    const ending = new AbortController();
    await using camera = await rtspCamera.start(
      { scene: 'street' },
      { world: createWorld(seed), clock: systemClock, log: silent, signal: ending.signal, random: () => 0.5 },
    );
    const street = {
      id: 'street',
      driver: 'rtsp-camera',
      ...camera.address,
      detect: { model: 'simulated-scenes', fps: 1 },
    };
    await using site = await openAirSite({
      ...(disk !== undefined && { storage: () => path.join(disk.folder, 'storage') }),
      sections: `commands: { keys: [{ id: ioc, commands: [all], publicKey: ${JSON.stringify(sender.publicKey)} }] }`,
      devices: `  - { id: ais, driver: ais-receiver, connection: { transport: tcp-client, host: 127.0.0.1, port: ${receiver.port} } }
  - ${JSON.stringify(street)}`,
      env: clock.env,
    });
    const order = async (command: string, input: unknown): Promise<void> => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${site.centerPort}`, { protocolVersion: 5 });
      await client.publishAsync('ioc/v1/hue/gw-1/gateway/cmd/ioc', signCommand(sender, { command, input }), { qos: 1 });
      await client.endAsync();
    };
    const rig: Rig = { site, disk, clock, flooding, order };
    const random = createRandom('chaos', seed);
    const counts = new Map<string, number>();
    for (let count = 0; count < troublesWanted; count++) {
      const trouble = pick(random, troubles);
      counts.set(trouble.name, (counts.get(trouble.name) ?? 0) + 1);
      const enough = site.embedded.acknowledged.size + Math.floor(random() * 100);
      await until(
        `more samples are acknowledged before "${trouble.name}"`,
        () => site.embedded.acknowledged.size > enough,
        300_000,
      );
      await pause(500 * random());
      await trouble.bring(rig, random);
    }
    const acknowledged = await site.settle();
    const setAside = readdirSync(site.storage).filter(name => name.includes('damaged') || name.includes('salvaged'));
    tell(
      `chaos, seed ${seed}: ${troublesWanted} troubles (${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}), ` +
        `${acknowledged} samples acknowledged, 0 lost, 0 told twice, ${setAside.length} stores set aside`,
    );
  },
);

/** A device that the gateway dials, and that says nothing until it is told to flood. */
const listenForGateway = async (sockets: Set<net.Socket>) => {
  const server = net.createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {
      // The gateway went away.
    });
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>(resolve => void server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
