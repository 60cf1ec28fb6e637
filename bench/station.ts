/** A whole gateway as a process of its own between the devices of a large station and a broker of the center. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import {
  freePort,
  type Mosquitto,
  missingPrograms,
  projectFile,
  type Running,
  start,
  startMosquitto,
  until,
} from '../tests/support/resources.ts';
import { type Fleet, fleetConfig, fleetEnvironment, startFleet } from './fleet.ts';

export const missingForStation = (): string | undefined =>
  process.platform === 'linux' ? missingPrograms('mosquitto') : 'it reads /proc';

/** One that listens to everything, as the center does. */
export interface Listener {
  /** Resolves when the next event comes that is about a device and not about the gateway itself. */
  nextOfDevice(): Promise<void>;
}

export interface Station extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly center: Listener;
  /** The command line `haidang run`, on a new storage folder each time. */
  startGateway(): Promise<Running>;
}

const listen = (client: MqttClient): Listener => ({
  nextOfDevice: () =>
    new Promise(resolve => {
      const take = (topic: string): void => {
        if (topic.split('/')[4] === 'gateway') return;
        client.off('message', take);
        resolve();
      };
      client.on('message', take);
    }),
});

/** In units of 2^20 bytes, as `free` and systemd count them (proc(5), /proc/pid/status). */
export const residentMegabytes = async ({ process: { pid } }: Running): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
};

/** As an operator stops it: the compiled code is written at the end, which takes longer than `Running` waits. */
export const stop = async ({ process: child }: Running): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
};

/** Resolves when every sensor is connected. */
export const untilConnected = (gateway: Running, fleet: Fleet, sensors: number): Promise<unknown> =>
  until(
    'every sensor is connected',
    () => {
      if (gateway.process.exitCode !== null) throw new Error(`the gateway ended: ${gateway.output()}`);
      return fleet.connected() === sensors;
    },
    60_000,
  );

export const openStation = async (folder: string): Promise<Station> => {
  const stack = new AsyncDisposableStack();
  const broker: Mosquitto = stack.use(await startMosquitto({ folder }));
  const ports = { broker: await freePort(), ais: await freePort(), api: await freePort(), center: broker.port };
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  stack.defer(() => client.endAsync(true));
  await client.subscribeAsync('ioc/v1/#');
  const fleet = stack.use(await startFleet(ports));
  let starts = 0;
  return {
    fleet,
    center: listen(client),
    startGateway: async () => {
      const file = path.join(folder, `gateway-${++starts}.yaml`);
      await writeFile(file, fleetConfig(ports, path.join(folder, `storage-${starts}`)));
      return start(process.execPath, [projectFile('bin', 'haidang.mjs'), 'run', file], {
        ...process.env,
        ...fleetEnvironment,
      });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
};
